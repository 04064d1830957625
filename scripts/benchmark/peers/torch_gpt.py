"""GPT-2 in plain PyTorch, as one would write it today: what the benchmark measures against."""

import json
import time
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F


class Linear(nn.Module):
    """GPT-2's layout: weights are (in, out)."""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_in, n_out))
        self.bias = nn.Parameter(torch.empty(n_out))

    def forward(self, x):
        rows = torch.addmm(self.bias, x.reshape(-1, x.size(-1)), self.weight)
        return rows.view(*x.shape[:-1], -1)


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.c_attn = Linear(dim, 3 * dim)
        self.c_proj = Linear(dim, dim)

    def forward(self, x, cache=None, past=0):
        B, T, C = x.shape
        q, k, v = self.c_attn(x).view(B, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if cache is not None:
            cache[0][:, :, past : past + T] = k
            cache[1][:, :, past : past + T] = v
            k, v = cache[0][:, :, : past + T], cache[1][:, :, : past + T]
        out = F.scaled_dot_product_attention(q, k, v, is_causal=T > 1)
        return self.c_proj(out.transpose(1, 2).reshape(B, T, C))


class MLP(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.c_fc = Linear(dim, 4 * dim)
        self.c_proj = Linear(4 * dim, dim)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.ln_1 = nn.LayerNorm(dim)
        self.attn = Attention(dim, heads)
        self.ln_2 = nn.LayerNorm(dim)
        self.mlp = MLP(dim)

    def forward(self, x, cache=None, past=0):
        x = x + self.attn(self.ln_1(x), cache, past)
        return x + self.mlp(self.ln_2(x))


def embedding(rows, dim):
    """Not initialised: its weights are loaded."""
    return nn.Embedding.from_pretrained(torch.empty(rows, dim), freeze=False)


class GPT(nn.Module):
    def __init__(self, n_layer, n_embd, n_head, vocab_size, n_positions):
        super().__init__()
        self.wte = embedding(vocab_size, n_embd)
        self.wpe = embedding(n_positions, n_embd)
        self.h = nn.ModuleList(Block(n_embd, n_head) for _ in range(n_layer))
        self.ln_f = nn.LayerNorm(n_embd)

    def forward(self, ids, cache=None, past=0, last_only=False):
        positions = torch.arange(past, past + ids.size(1))
        x = self.wte(ids) + self.wpe(positions)
        for i, block in enumerate(self.h):
            x = block(x, cache[i] if cache else None, past)
        if last_only:
            x = x[:, -1:]
        return F.linear(self.ln_f(x), self.wte.weight)


def load_gpt(folder):
    """From Hugging Face's layout."""
    config = json.loads((Path(folder) / "config.json").read_text())
    keys = ("n_layer", "n_embd", "n_head", "vocab_size", "n_positions")
    model = GPT(*(config[key] for key in keys))
    stored = load_file(Path(folder) / "model.safetensors")
    state = {name.removeprefix("transformer."): value.float() for name, value in stored.items()}
    model.load_state_dict(state, assign=True)
    return model


def load_transformers(folder, dtype=torch.float32):
    from transformers import GPT2LMHeadModel

    return GPT2LMHeadModel.from_pretrained(folder, dtype=dtype).eval()


def windows(tokens, first, batch, length):
    """Inputs and targets; the same windows as measures.ts takes."""
    starts = [(first + row) * length % (len(tokens) - length - 1) for row in range(batch)]
    inputs = [tokens[start : start + length].tolist() for start in starts]
    targets = [tokens[start + 1 : start + length + 1].tolist() for start in starts]
    return torch.tensor(inputs), torch.tensor(targets)


class Trainer:
    """AdamW with decay on matrices, clipped at 1."""

    def __init__(self, folder, tokens, compiled, bf16):
        self.tokens, self.bf16, self.seen = tokens, bf16, 0
        self.model = load_gpt(folder)
        matrices = [p for p in self.model.parameters() if p.dim() >= 2]
        others = [p for p in self.model.parameters() if p.dim() < 2]
        groups = [
            {"params": matrices, "weight_decay": 0.1},
            {"params": others, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=3e-4, fused=True)
        self.forward = torch.compile(self.loss) if compiled else self.loss

    def loss(self, inputs, targets):
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            logits = self.model(inputs)
        return F.cross_entropy(logits.float().view(targets.numel(), -1), targets.view(-1))

    def step(self, batch, length):
        inputs, targets = windows(self.tokens, self.seen, batch, length)
        self.seen += batch
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.forward(inputs, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.item()


class Evaluator:
    def __init__(self, folder, tokens, bf16):
        self.model = load_gpt(folder).eval()
        self.tokens, self.bf16 = tokens, bf16

    @torch.no_grad()
    def evaluate(self, batches, batch, length):
        total = 0.0
        for i in range(batches):
            inputs, targets = windows(self.tokens, i * batch, batch, length)
            with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
                logits = self.model(inputs)
            total += F.cross_entropy(logits.float().flatten(0, 1), targets.flatten()).item()
        return total / batches


class TorchDecoder:
    """Greedy, with a cache of keys and values that is made once and written into."""

    def __init__(self, folder, bf16):
        self.dtype = torch.bfloat16 if bf16 else torch.float32
        self.model = load_gpt(folder).eval().to(self.dtype)

    @torch.inference_mode()
    def generate(self, prompts, new_tokens):
        ids = torch.tensor(prompts)
        attention = self.model.h[0].attn
        dim = attention.c_proj.weight.size(0)
        shape = (len(prompts), attention.heads, ids.size(1) + new_tokens, dim // attention.heads)
        cache = [[torch.empty(shape, dtype=self.dtype) for _ in "kv"] for _ in self.model.h]
        chosen, times, past = [], [], 0
        for _ in range(new_tokens):
            logits = self.model(ids, cache, past, last_only=True)
            past += ids.size(1)
            ids = logits[:, -1].argmax(-1, keepdim=True)
            chosen.append(ids[0].item())
            times.append(time.perf_counter())
        return chosen, times


class TransformersDecoder:
    def __init__(self, folder, bf16):
        self.model = load_transformers(folder, torch.bfloat16 if bf16 else torch.float32)

    @torch.inference_mode()
    def generate(self, prompts, new_tokens):
        from transformers.generation.streamers import BaseStreamer

        class Clock(BaseStreamer):
            def __init__(self):
                self.times = []

            def put(self, value):
                self.times.append(time.perf_counter())

            def end(self):
                pass

        clock = Clock()
        ids = torch.tensor(prompts)
        out = self.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=new_tokens,
            min_new_tokens=new_tokens,
            do_sample=False,
            pad_token_id=0,
            streamer=clock,
        )
        return out[0, ids.size(1) :].tolist(), clock.times[1:]  # the first is the prompt
