"""Goes on with a training of `./gpt pretrain` in Hugging Face's Trainer, on many processes.

usage: accelerate launch --num_processes N scripts/pretrain/accelerate.py [options]

  --state DIR  as for ./gpt pretrain (default data/cache/gpt-mini): its checkpoint is read, and
               replaced in the end, so that ./gpt pretrain goes on from there
  --until N    the step to stop after (default: all, or where the last stage of a recipe begins)

The run.json there says steps and rates. Batches, their order, schedule, optimizer and its state are those of ./gpt pretrain: see
docs/larger-training.md. Needs torch, transformers, accelerate.
"""

import argparse
import hashlib
import json
import math
import os
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from torch.nn.functional import cross_entropy
from torch.utils.data import Dataset, SequentialSampler
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainerCallback, TrainingArguments

ROOT = Path(__file__).resolve().parents[2]
HEAD_SIZE = 64  # of every GPT-2, where the checkpoint does not say
FILES = ("tensors.safetensors", "state.json")
BETAS, EPSILON, MAX_NORM, DECAY = (0.9, 0.99), 1e-8, 1.0, 0.2


def seeded_random(seed, stream):
    """sfc32 as in lib/core/seeded-random.ts: the same numbers."""
    mask = 0xFFFFFFFF
    a, b, c, counter = seed & mask, stream & mask, 0, 1

    def step():
        nonlocal a, b, c, counter
        word = (a + b + counter) & mask
        counter = (counter + 1) & mask
        a = b ^ (b >> 9)
        b = (c + (c << 3)) & mask
        c = ((((c << 21) | (c >> 11)) & mask) + word) & mask
        return word / 2**32

    for _ in range(15):
        step()
    return step


def permutation(n, random):
    """Fisher and Yates as in lib/core/seeded-random.ts."""
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(random() * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


class Windows(Dataset):
    """The windows of the next steps, in the order in which SlidingWindowLoader gives them."""

    def __init__(self, tokens, data, steps):
        form = r"(\d+) windows of (\d+), stride (\d+), batches of (\d+), shuffled with seed (\d+)"
        found = re.fullmatch(form, data["order"])
        if not found:
            sys.exit(f"The checkpoint's data are not pretrain's: {data['order']}")
        windows, self.length, self.stride, self.batch, seed = map(int, found.groups())
        if windows != math.ceil((len(tokens) - self.length) / self.stride):
            sys.exit(f"train.bin has {len(tokens)} tokens, which are not {data['order']}")
        self.tokens = tokens
        self.starts = []
        batches = windows // self.batch
        epoch, position = data["epoch"], data["position"]
        order = permutation(windows, seeded_random(seed, epoch))
        for _ in range(steps):
            first = position * self.batch
            self.starts += [i * self.stride for i in order[first : first + self.batch]]
            position += 1
            if position == batches:
                epoch, position = epoch + 1, 0
                order = permutation(windows, seeded_random(seed, epoch))
        self.after = {**data, "epoch": epoch, "position": position}

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, i):
        start = self.starts[i]
        window = torch.from_numpy(self.tokens[start : start + self.length + 1].astype(np.int64))
        return {"input_ids": window[:-1], "targets": window[1:]}


class SameOrderTrainer(Trainer):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.losses = []

    def _get_train_sampler(self, *_):
        # accelerate gives process p of n every n-th batch from the p-th on: together, our batches.
        return SequentialSampler(self.train_dataset)

    def compute_loss(self, model, inputs, return_outputs=False, **_):
        # With targets of our own: given labels, GPT-2 would leave out each window's last token.
        logits = model(input_ids=inputs["input_ids"]).logits
        loss = cross_entropy(logits.flatten(0, 1), inputs["targets"].flatten())
        self.losses.append(self.accelerator.gather(loss.detach().reshape(1)).mean().item())
        return (loss, logits) if return_outputs else loss


class GradientNorms(TrainerCallback):
    def __init__(self):
        self.norms = []

    def on_log(self, args, state, control, logs=None, **_):
        if "grad_norm" in logs:
            self.norms.append(float(logs["grad_norm"]))


def schedule(run):
    """trapezoidSchedule and cosineSchedule of lib/training, as pretrain uses them."""
    steps, peak, warmup = run["steps"], run["rate"], run["warmup"]
    falling = math.floor(DECAY * steps + 0.5)

    def rate(step):
        if step < warmup:
            return (step + 1) * peak / warmup
        if run["schedule"] == "trapezoid":
            if step < steps - falling:
                return peak
            return max(0, peak * (steps - step) / (falling + 1))
        progress = min(1, (step - warmup) / (steps - warmup))
        return peak / 20 + (peak - peak / 20) * 0.5 * (1 + math.cos(math.pi * progress))

    return rate


def build_model(tensors, state):
    vocabulary, width = tensors["model.wte.weight"].shape
    config = GPT2Config(
        vocab_size=vocabulary,
        n_positions=tensors["model.wpe.weight"].shape[0],
        n_embd=width,
        n_head=state.get("config", {}).get("nHeads", width // HEAD_SIZE),
        n_layer=len({name.split(".")[2] for name in tensors if name.startswith("model.h.")}),
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=None,
        eos_token_id=None,
        tie_word_embeddings="model.lm_head.weight" not in tensors,
        use_cache=False,
    )
    return GPT2LMHeadModel(config)


def our_names(model):
    """Parameters under the names of our checkpoints."""
    return {name.removeprefix("transformer."): p for name, p in model.named_parameters()}


def restore(model, tensors, step, weight_decay):
    """Puts weights into the model, and returns AdamW with its state."""
    parameters = our_names(model)
    groups = [
        {"params": [p for p in parameters.values() if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in parameters.values() if p.ndim < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=1.0, betas=BETAS, eps=EPSILON)
    for name, p in parameters.items():
        with torch.no_grad():
            p.copy_(torch.from_numpy(tensors[f"model.{name}"]))
        optimizer.state[p] = {
            "step": torch.tensor(float(step)),
            "exp_avg": torch.from_numpy(tensors[f"optimizer.{name}.momentum"].copy()),
            "exp_avg_sq": torch.from_numpy(tensors[f"optimizer.{name}.variance"].copy()),
        }
    return optimizer


def collect(model, optimizer, tensors, steps):
    """What `restore` took apart, as it is now."""
    now = {}
    for name, p in our_names(model).items():
        state = optimizer.state[p]
        now[f"model.{name}"] = p.detach().cpu().numpy()
        now[f"optimizer.{name}.momentum"] = state["exp_avg"].cpu().numpy()
        now[f"optimizer.{name}.variance"] = state["exp_avg_sq"].cpu().numpy()
    for i, beta in enumerate(BETAS, 1):
        power = tensors[f"optimizer.beta{i}.power"]
        for _ in range(steps):
            power = (power * np.float32(beta)).astype(np.float32)
        now[f"optimizer.beta{i}.power"] = power
    return {name: np.array(tensor, order="C") for name, tensor in now.items()}


def sums(folder):
    """What SHA256SUMS says of an undamaged checkpoint."""
    return [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}" for name in FILES]


def load(folder):
    state = json.loads((folder / "state.json").read_text())
    if not state["format"].endswith(" 1"):  # that had no checksums
        said = (folder / "SHA256SUMS").read_text().splitlines()
        if any(line not in said for line in sums(folder)):
            sys.exit(f"{folder} is damaged: its SHA256SUMS are others")
    return state, load_file(folder / "tensors.safetensors")


def flush(path):
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def save(folder, tensors, state):
    """Replaces a checkpoint by the next one: written beside, flushed, then renamed."""
    number = int(folder.name.split("-")[1]) + 1
    target = folder.with_name(f"checkpoint-{number:08d}")
    beside = folder.with_name(f"{target.name}.tmp")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    save_file(tensors, beside / "tensors.safetensors")
    (beside / "state.json").write_text(json.dumps(state))
    (beside / "SHA256SUMS").write_text("\n".join(sums(beside)) + "\n")
    for path in [*beside.iterdir(), beside]:
        flush(path)
    beside.rename(target)
    flush(target.parent)
    # Renamed first, so that a half removed one is never taken for a checkpoint.
    gone = folder.with_name(f"{folder.name}.tmp")
    folder.rename(gone)
    shutil.rmtree(gone)
    return target


def main():
    options = argparse.ArgumentParser(
        usage=__doc__.split("usage: ")[1], formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("--state", type=Path, default=ROOT / "data" / "cache" / "gpt-mini")
    options.add_argument("--until", type=int)
    args = options.parse_args()

    folders = sorted((args.state / "checkpoint").glob("checkpoint-" + "[0-9]" * 8))
    if not folders:
        sys.exit(f"There is no checkpoint in {args.state / 'checkpoint'}: ./gpt pretrain makes one")
    state, tensors = load(folders[-1])
    run = json.loads((args.state / "run.json").read_text())
    history = state["history"]
    # What is read after step lateFrom stands in another file, which ./gpt pretrain reads alone.
    last = run.get("lateFrom", run["steps"])
    done, until = history["step"], min(args.until or last, last)
    if until <= done:
        sys.exit(f"The checkpoint is at step {done} already; --until must be more, and at most {last}")
    tokens = np.fromfile(args.state / "train.bin", dtype="<u2")
    if args.until and args.until > last:
        print(f"stopping at step {last}, not {args.until}: ./gpt pretrain alone reads what follows")
    windows = Windows(tokens, state["data"], until - done)

    model = build_model(tensors, state)
    optimizer = restore(model, tensors, done, run["weightDecay"])
    rate = schedule(run)
    training = TrainingArguments(
        output_dir=str(args.state / "trainer"),
        max_steps=until - done,
        per_device_train_batch_size=1,  # set below, when the processes are known
        max_grad_norm=MAX_NORM,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        use_cpu=not torch.cuda.is_available(),
    )
    world = training.world_size
    if windows.batch % world:
        sys.exit(f"{world} processes cannot share batches of {windows.batch} evenly")
    training.per_device_train_batch_size = windows.batch // world
    norms = GradientNorms()
    trainer = SameOrderTrainer(
        model=model,
        args=training,
        train_dataset=windows,
        optimizers=(
            optimizer,
            torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(done + step)),
        ),
        callbacks=[norms],
    )
    trainer.train()
    if not trainer.is_world_process_zero():
        return

    steps = until - done
    history["losses"] += trainer.losses
    history["gradNorms"] += norms.norms
    history["learningRates"] += [rate(done + i) for i in range(steps)]
    history["step"] = until
    history["tokens"] += steps * windows.batch * windows.length
    state["data"] = windows.after
    state["engine"] = {
        "backend": f"pytorch, {world} processes",
        "mode": "eager",
        "threads": torch.get_num_threads(),
        "precision": "float32",
    }
    saved = save(folders[-1], collect(model, optimizer, tensors, steps), state)
    print(f"steps {done + 1} to {until}: loss {trainer.losses[0]:.4f} to {trainer.losses[-1]:.4f}")
    print(f"saved {saved}; ./gpt pretrain goes on from there")


main()
