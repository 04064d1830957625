"""The child that measures the peers: PyTorch, transformers, tiktoken and tokenizers.

It does the same work as measures.ts, from the same weights, tokens and texts, and speaks as
worker.ts does: a JSON line when it is warm, a value for each point it is asked for, and at the end
the most memory it had.
"""

import hashlib
import json
import resource
import sys
import time
from array import array
from pathlib import Path

JOB = json.loads(sys.argv[1])
BEGAN = time.perf_counter()


def say(message):
    print(json.dumps(message), flush=True)


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rate(amount, seconds, work):
    """How often `work` gets through `amount` in a second: over at least two calls and `seconds`."""
    start = time.perf_counter()
    calls = 0
    while True:
        work()
        calls += 1
        passed = time.perf_counter() - start
        if calls >= 2 and passed >= seconds:
            return calls * amount / passed


def read_tokens(file):
    tokens = array("H")
    tokens.frombytes(Path(file).read_bytes())
    return tokens


def training(points, tokens, steps, seconds, compile=False, precision=None, **_):
    from torch_gpt import Trainer

    tokens = read_tokens(tokens)
    trainers = {}
    for point in points:
        folder = point["dir"]
        if folder not in trainers:
            trainers[folder] = Trainer(folder, tokens, compile, precision == "bfloat16")

    def step(point):
        return trainers[point["dir"]].step(point["batch"], point["length"])

    losses = [step(points[0]) for _ in range(steps)]
    for point in points[1:]:
        step(point)

    def sample(i):
        point = points[i]
        return rate(point["batch"] * point["length"], seconds, lambda: step(point))

    return {"losses": losses}, sample


def decoding(points, tokens, library, precision=None, dir=None, **_):
    from torch_gpt import TorchDecoder, TransformersDecoder

    kind = TransformersDecoder if library == "transformers" else TorchDecoder
    decoder = kind(dir, precision == "bfloat16")
    tokens = read_tokens(tokens).tolist()

    def run(i):
        """The new tokens of the first row, and tokens a second after the first."""
        batch, prompt, new = (points[i][key] for key in ("batch", "prompt", "newTokens"))
        prompts = [tokens[row * prompt : (row + 1) * prompt] for row in range(batch)]
        ids, times = decoder.generate(prompts, new)
        return ids, batch * (new - 1) / (times[-1] - times[0])

    outputs = [" ".join(map(str, run(i)[0])) for i in range(len(points))]
    return {"outputs": outputs}, lambda i: run(i)[1]


def evaluation(points, tokens, seconds, precision=None, **_):
    from torch_gpt import Evaluator

    point = points[0]
    evaluator = Evaluator(point["dir"], read_tokens(tokens), precision == "bfloat16")
    batches = 4

    def evaluate():
        return evaluator.evaluate(batches, point["batch"], point["length"])

    amount = batches * point["batch"] * point["length"]
    return {"losses": [evaluate()]}, lambda _: rate(amount, seconds, evaluate)


def tokenizer(texts, folder, library, **_):
    contents = [Path(file).read_bytes().decode() for file in texts]
    if library == "tiktoken":
        encode = tiktoken_encoder(folder)
    else:
        encode = tokenizers_encoder(folder)

    def digest(ids):
        return hashlib.sha256(array("i", ids).tobytes()).hexdigest()

    outputs = [digest(encode(text)) for text in contents]

    def sample(i):
        return rate(len(contents[i].encode()) / 1e6, 0.5, lambda: encode(contents[i]))

    return {"outputs": outputs}, sample


def tiktoken_encoder(folder):
    import base64

    import tiktoken

    published = json.loads((Path(folder) / "ranks.json").read_text())
    ranks = {}
    for line in published["bpe_ranks"].split("\n"):
        _, first, *tokens = line.split(" ")
        for i, token in enumerate(tokens):
            ranks[base64.b64decode(token)] = int(first) + i
    encoding = tiktoken.Encoding(
        "gpt2",
        pat_str=published["pat_str"],
        mergeable_ranks=ranks,
        special_tokens=published["special_tokens"],
    )
    return encoding.encode


def tokenizers_encoder(folder):
    from tokenizers import ByteLevelBPETokenizer

    files = Path(folder) / "tokenizer"
    gpt2 = ByteLevelBPETokenizer(str(files / "vocab.json"), str(files / "merges.txt"))
    return lambda text: gpt2.encode(text).ids


def loading(dirs, library, **_):
    from torch_gpt import load_gpt, load_transformers

    load = load_transformers if library == "transformers" else load_gpt
    if library == "transformers":
        import transformers.models.gpt2.modeling_gpt2  # noqa: F401

    def read(folder):
        for weight in load(folder).parameters():
            weight.max().item()  # some loaders only map the file and read it later

    return {}, lambda i: timed(lambda: read(dirs[i]))


def start(library, dir=None, **_):
    phases = {}
    last = BEGAN

    def mark(name):
        nonlocal last
        now = time.perf_counter()
        phases[name] = now - last
        last = now

    import torch
    from torch_gpt import load_gpt, load_transformers

    if library == "transformers":
        import transformers.models.gpt2.modeling_gpt2  # noqa: F401
    mark("imports")
    model = load_transformers(dir) if library == "transformers" else load_gpt(dir)
    mark("weights")
    with torch.no_grad():
        ids = torch.tensor([[464, 3797]])
        out = model(ids)
        (out.logits if library == "transformers" else out).sum().item()
    mark("logits")
    return {"phases": phases}, lambda _: float("nan")


def limits(size, precision=None, **_):
    import torch

    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    a, b = (torch.rand(size, size).sub(0.5).to(dtype) for _ in range(2))
    large = torch.ones(1 if precision else 2**26)  # 256 MB
    copy = torch.empty_like(large)

    def best(amount, work):
        return amount / 1e9 / min(timed(work) for _ in range(5))

    points = [
        lambda: best(2 * size**3, lambda: torch.mm(a, b)),
        lambda: best(large.numel() * 4, lambda: large.sum()),
        lambda: best(large.numel() * 8, lambda: copy.copy_(large)),
    ]
    return {}, lambda i: points[i]()


def peak_mb():
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on a Mac
    return peak / 2**20


def main():
    kinds = [training, decoding, evaluation, tokenizer, loading, start, limits]
    measure = {kind.__name__: kind for kind in kinds}[JOB.pop("kind")]
    ready, sample = measure(**JOB)
    say(ready)
    for line in sys.stdin:
        say({"value": sample(int(line))})
    say({"peakMB": peak_mb()})


main()
