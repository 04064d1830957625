"""The form in which notebooks are committed, whoever saved them: `./gpt notebooks clean`.

No counts, no times, a figure on one line, a static image beside each plot, and outputs that come
from the runner only: where JupyterLab or a person's run changed them, the committed ones come back.
An edited cell keeps its edit; `./gpt notebooks run --write NAME` then makes its outputs anew.
A notebook that is not committed may be somebody's own: it is cleaned only where it is named.
"""

import base64
import io
import json
import os
import secrets
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import nbformat
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
PLOTLY = "application/vnd.plotly.v1+json"
PNG = "image/png"
# Of an image; those that show numbers as colours need more.
COLORS, MAP_COLORS = 10, 16
# What an image of ours has in its field "Software"; rules.ts looks for it too.
MARK = "gpt-in-typescript"


class NotANotebook(Exception):
    """Why a file cannot be read as a notebook, in one line."""


class LeftAlone(Exception):
    """Why a file was not replaced, in one line."""


def read(path):
    """A notebook and the bytes it was read from, which `write` compares with those that it replaces.

    Raises NotANotebook, and OSError where the file cannot be read.
    """
    raw = path.read_bytes()
    try:
        notebook = nbformat.reads(raw.decode("utf-8-sig"), as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises many kinds, all of them a bad file
        raise NotANotebook(f"not a notebook: {(str(error).splitlines() or [type(error).__name__])[0]}") from None
    return raw, notebook


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tidy(notebook, ours=True):
    """Takes out what differs from run to run and, in notebooks of ours, from editor to editor."""
    kept = ("gpt", "kernelspec", "language_info")
    for key in [key for key in notebook.metadata if ours and key not in kept]:
        del notebook.metadata[key]
    for cell in notebook.cells:
        for key in [key for key in cell.metadata if ours or key == "execution"]:
            if key not in ("tags", "translates") or not cell.metadata[key]:
                del cell.metadata[key]
        if cell.cell_type != "code":
            continue
        cell.execution_count = None
        cell.outputs = join_streams(cell.outputs)
        for output in cell.outputs:
            output.pop("transient", None)
            if output.output_type == "execute_result":
                output.execution_count = None


def join_streams(outputs):
    """One text block instead of one a line: how the pieces were cut depends on timing."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def drop_twins(notebook):
    """Takes plain text out where HTML, or an image and its description, says the same."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            data = output.get("data", {})
            if "text/html" in data or (PNG in data and output.metadata.get("alt")):
                data.pop("text/plain", None)


def write(notebook, path, before=None):
    """Writes the notebook as a whole or not at all: as nbformat does, but a figure takes one line.

    before: the bytes that it was read from; what somebody saved since then stays as it is.
    Returns whether the file is another now. Raises LeftAlone where it may not be replaced.
    """
    figures = []

    def short(node):
        if isinstance(node, dict):
            return {key: mark(value) if key == PLOTLY else short(value) for key, value in node.items()}
        return [short(item) for item in node] if isinstance(node, list) else node

    def mark(figure):
        figures.append(json.dumps(figure, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
        return f"\0figure {len(figures) - 1}\0"

    drop_twins(notebook)
    plain = json.loads(nbformat.writes(notebook))
    text = json.dumps(short(plain), sort_keys=True, indent=1, ensure_ascii=False)
    for index, figure in enumerate(figures):
        text = text.replace(f'"\\u0000figure {index}\\u0000"', figure, 1)
    # Half a surrogate pair has no UTF-8, only JSON's \ud800.
    return replace(path, f"{text}\n".encode("utf-8", "backslashreplace"), before)


def replace(path, content, before=None):
    """The bytes `content` in place of the bytes `before`, of which nothing else may have been made."""
    path = path.resolve()  # a link goes on leading to its file
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    if before is not None:
        check(path, before)
        if content == before:
            return False
    try:
        with open(temporary, "xb") as file:
            file.write(content)
        if before is not None:
            shutil.copymode(path, temporary)
            check(path, before)  # again, as late as possible
        os.replace(temporary, path)
    except OSError as error:
        raise LeftAlone(f"could not be written: {error.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)
    return True


def check(path, before):
    """Raises LeftAlone unless the file holds the bytes `before` and may be written."""
    try:
        if path.read_bytes() != before:
            raise LeftAlone("was changed since it was read")
        if not path.stat().st_mode & stat.S_IWUSR:
            raise LeftAlone("is read-only")
    except FileNotFoundError:
        raise LeftAlone("was deleted or renamed since it was read") from None
    except OSError as error:
        raise LeftAlone(f"cannot be read again: {error.strerror}") from None


def bundles(notebook):
    """The outputs that are plots."""
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    return [output for output in outputs if PLOTLY in output.get("data", {})]


def is_ours(png):
    """JupyterLab saves an image of its own over ours, which says what drew it."""
    try:
        return Image.open(io.BytesIO(base64.b64decode(png or ""))).info.get("Software") == MARK
    except UnidentifiedImageError:
        return False


def shrink(png, colors=COLORS):
    """A PNG with a palette of at most 16 colours, an eighth of the size, and our mark."""
    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    # Of the methods of Pillow, the one that keeps the colours of thin lines.
    small = image.quantize(colors, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    mark = PngInfo()
    mark.add_text("Software", MARK)
    packed = io.BytesIO()
    small.save(packed, "PNG", optimize=True, pnginfo=mark)
    return base64.b64encode(packed.getvalue()).decode()


def add_images(notebook, before):
    """A static image beside each plot; returns why not, where there is no Chromium to draw it."""
    drawn = {json.dumps(o.data[PLOTLY], sort_keys=True): o.data.get(PNG) for o in bundles(before)}
    missing = []
    for output in bundles(notebook):
        known = drawn.get(json.dumps(output.data[PLOTLY], sort_keys=True))
        if is_ours(output.data.get(PNG)):
            continue
        output.data.pop(PNG, None)
        if is_ours(known):
            output.data[PNG] = known
        else:
            missing.append(output)
    if not missing:
        return None
    figures = json.dumps([output.data[PLOTLY] for output in missing])
    script = Path(__file__).with_name("plots.mjs")
    run = subprocess.run(["node", str(script)], input=figures, capture_output=True, text=True)
    if run.returncode != 0:
        return f"{len(missing)} plots have no static image: {run.stderr.strip()}"
    for output, png in zip(missing, json.loads(run.stdout)):
        is_map = any(trace["type"] == "heatmap" for trace in output.data[PLOTLY]["data"])
        output.data[PNG] = shrink(png, MAP_COLORS if is_map else COLORS)
    return None


def committed(path):
    """The notebook as it was committed last, or None."""
    if not path.is_relative_to(ROOT):
        return None
    name = path.relative_to(ROOT).as_posix()
    try:
        show = subprocess.run(["git", "show", f"HEAD:./{name}"], cwd=ROOT, capture_output=True, check=True)
        return nbformat.reads(show.stdout.decode(), as_version=4)
    except Exception:  # no git, no commit, no such file in it, or no notebook
        return None


def restore(notebook, before):
    """Committed outputs come back, unless the runner has made new ones since."""
    if notebook.metadata.get("gpt") != before.metadata.get("gpt"):
        return
    notebook.metadata = before.metadata
    known = {cell.get("id"): cell for cell in code_cells(before)}
    for cell in code_cells(notebook):
        old = known.get(cell.get("id"))
        if old and old.source == cell.source:
            cell.outputs = old.outputs


def clean(path, named):
    """What was done with one notebook, in a line."""
    raw, notebook = read(path)
    before = committed(path)
    if before:
        restore(notebook, before)
    elif not named:
        return f"left    {path.name}: it is not committed, so it may be somebody's own; name it to clean it"
    tidy(notebook)
    problem = add_images(notebook, before or notebook)
    changed = write(notebook, path, raw)
    return f"{'cleaned' if changed else 'clean  '} {path.name}" + (f": {problem}" if problem else "")


def both_editions():
    """The notebooks of both editions."""
    homes = [NOTEBOOKS, NOTEBOOKS / "pt"]
    return sorted(path for home in homes for path in [*home.glob("*.ipynb"), *home.glob("solutions/*.ipynb")])


def main():
    named = [Path(file).resolve() for file in json.loads(sys.argv[1])["files"]]
    failed = False
    for path in named or both_editions():
        try:
            print(clean(path, bool(named)))
        except (LeftAlone, NotANotebook, OSError) as problem:
            print(f"FAIL    {path.name}: {getattr(problem, 'strerror', None) or problem}")
            failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
