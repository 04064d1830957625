"""Exports a GPT to ONNX in the form that transformers.js runs: one step with earlier keys and values.

Inputs: ids (B, T) and, for each layer, past_key.i and past_value.i (B, heads, P, D). Outputs: the
last token's logits (B, vocabulary), and keys and values of all P + T tokens.
"""

import sys

import torch
from torch import nn
from torch_gpt import load_gpt


class Step(nn.Module):
    def __init__(self, folder):
        super().__init__()
        self.gpt = load_gpt(folder)

    def attend(self, attn, x, past):
        B, T, C = x.shape
        q, k, v = attn.c_attn(x).view(B, T, 3, attn.heads, -1).permute(2, 0, 3, 1, 4)
        key = torch.cat([past[0], k], dim=2)
        value = torch.cat([past[1], v], dim=2)
        before = key.size(2) - T
        reach = torch.arange(T)[:, None] + before
        mask = torch.where(torch.arange(key.size(2))[None] <= reach, 0.0, float("-inf"))
        weights = torch.softmax(q @ key.transpose(2, 3) * k.size(-1) ** -0.5 + mask, dim=-1)
        out = (weights @ value).transpose(1, 2).reshape(B, T, C)
        return attn.c_proj(out), (key, value)

    def forward(self, ids, *past):
        gpt = self.gpt
        before = past[0].size(2)
        x = gpt.wte(ids) + gpt.wpe(torch.arange(ids.size(1)) + before)
        present = []
        for i, block in enumerate(gpt.h):
            out, pair = self.attend(block.attn, block.ln_1(x), past[2 * i : 2 * i + 2])
            present += pair
            x = x + out
            x = x + block.mlp(block.ln_2(x))
        return gpt.ln_f(x[:, -1]) @ gpt.wte.weight.T, *present


def export(folder, file):
    step = Step(folder).eval()
    attn = step.gpt.h[0].attn
    layers = range(len(step.gpt.h))
    dim = attn.c_proj.weight.size(0) // attn.heads
    # Not 0 or 1, which the exporter would take for fixed.
    past = [torch.zeros(2, attn.heads, 3, dim) for _ in layers for _ in "kv"]
    names = [f"{what}.{i}" for i in layers for what in ("key", "value")]
    batch, tokens, before = (torch.export.Dim(name) for name in ("batch", "tokens", "before"))
    torch.onnx.export(
        step,
        (torch.zeros(2, 4, dtype=torch.long), *past),
        file,
        dynamo=True,
        external_data=True,
        input_names=["ids", *(f"past_{name}" for name in names)],
        output_names=["logits", *(f"present_{name}" for name in names)],
        dynamic_shapes=({0: batch, 1: tokens}, tuple({0: batch, 2: before} for _ in past)),
        verbose=False,
    )


export(*sys.argv[1:])
