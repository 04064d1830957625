"""Executes notebooks headless on the tslab kernel and fails when anything in them went wrong.

usage: npm run notebooks [-- [--write | --twice] [NAME ...]]

NAME is a notebook file or the start of a file name in notebooks/ ("03"); without one, every
chapter and every solution runs. --write puts the outputs into the notebook itself, with a static
image of each plot, and into its Portuguese twin; otherwise the executed copy goes to
notebooks/.executed/. --twice runs each two times and fails where the second prints something else,
but for cells tagged "measured".

tslab reports errors as text on stderr, not as Jupyter error outputs, so that tools which look for
those pass a notebook that throws. Here a notebook fails on: an error reply, text on stderr, a
promise rejected with nobody awaiting it, a cell that was never executed, a kernel that died, a
cell over its time limit. A cell tagged "raises-exception" has to fail.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from outputs import NOTEBOOKS, ROOT, LeftAlone, NotANotebook, add_images, code_cells, committed, join_streams, read, tidy
from outputs import write as write_notebook

EXECUTED = NOTEBOOKS / ".executed"
SETTLE = "await new Promise<void>((done) => setTimeout(done, 300));"


class Failure(Exception):
    """What went wrong in a notebook, and in which cell (counted from 1 over all cells)."""

    def __init__(self, cell, message):
        super().__init__(message)
        self.cell = cell


class PeakMemory(threading.Thread):
    """Samples the resident memory of a process and its children."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.bytes, self.done = pid, 0, threading.Event()
        self.start()

    def run(self):
        while True:
            try:
                process = psutil.Process(self.pid)
                family = [process, *process.children(recursive=True)]
                self.bytes = max(self.bytes, sum(p.memory_info().rss for p in family))
            except psutil.Error:
                pass
            if self.done.wait(0.2):
                return


class Run(NotebookClient):
    """One notebook in one kernel. Keeps every stderr message, also those that come late."""

    def __init__(self, notebook, limit):
        super().__init__(notebook, kernel_name="tslab", timeout=limit, allow_errors=True)
        self.requests = {}  # message id of a request -> cell number
        self.stderr = {}  # cell number -> text
        self.replies = {}  # cell number -> status
        self.current = 0
        self.peak = None
        # What the process itself writes to its terminal: TensorFlow's greeting, or why it died.
        self.terminal = tempfile.TemporaryFile()
        self.on_cell_executed = self.keep_reply

    def keep_reply(self, cell, cell_index, execute_reply):
        self.replies[cell_index + 1] = execute_reply["content"]["status"]

    def watch(self):
        """Sees requests and outputs before nbclient, which drops what arrives after a cell."""
        execute, get_msg = self.kc.execute, self.kc.iopub_channel.get_msg

        def watched_execute(*args, **kwargs):
            message_id = execute(*args, **kwargs)
            self.requests[message_id] = self.current
            return message_id

        async def watched_get_msg(*args, **kwargs):
            message = await get_msg(*args, **kwargs)
            if message["msg_type"] == "stream" and message["content"]["name"] == "stderr":
                cell = self.requests.get(message["parent_header"].get("msg_id"), self.current)
                self.stderr[cell] = self.stderr.get(cell, "") + message["content"]["text"]
            return message

        self.kc.execute, self.kc.iopub_channel.get_msg = watched_execute, watched_get_msg
        self.peak = PeakMemory(self.km.provisioner.pid)

    def check(self, number, cell):
        expected = "raises-exception" in cell.metadata.get("tags", [])
        text = self.stderr.get(number, "").strip()
        status = self.replies.get(number, "ok")
        if status in ("abort", "aborted"):
            raise Failure(number, "was never executed: the kernel skipped it")
        if expected and status == "ok":
            raise Failure(number, 'is tagged "raises-exception" and did not fail')
        if expected:
            return
        if status != "ok" or text:
            raise Failure(number, text or f"the kernel answered {status!r} without a message")

    def last_words(self):
        self.terminal.seek(0)
        text = self.terminal.read().decode(errors="replace").strip()
        return "\n".join(["the kernel died", *text.splitlines()[-10:]])

    async def settle(self):
        """Waits for promises nobody awaited, in a cell of its own whose outputs are read."""
        self.current = len(self.nb.cells)
        message_id = self.kc.execute(SETTLE, store_history=False)
        while True:
            message = await self.kc.iopub_channel.get_msg(timeout=30)
            ours = message["parent_header"].get("msg_id") == message_id
            if ours and message["content"].get("execution_state") == "idle":
                return

    async def run_cells(self):
        async with self.async_setup_kernel(cwd=str(ROOT), stderr=self.terminal):
            self.watch()
            try:
                info = await self.kc.kernel_info(reply=True, timeout=60)
                self.nb.metadata["language_info"] = info["content"]["language_info"]
                for index, cell in enumerate(self.nb.cells):
                    if cell.cell_type != "code" or not cell.source.strip():
                        continue
                    self.current = index + 1
                    try:
                        await self.async_execute_cell(cell, index)
                    except CellTimeoutError:
                        raise Failure(index + 1, f"ran over its limit of {self.timeout} s") from None
                    except DeadKernelError:
                        raise Failure(index + 1, self.last_words()) from None
                    self.check(index + 1, cell)
                    if self.replies[index + 1] != "ok":
                        # After an error tslab refuses cells for 0.2 s, to stop a "Run all".
                        await asyncio.sleep(0.4)
                await self.settle()
                for number, cell in enumerate(self.nb.cells, 1):
                    if cell.cell_type != "code" or not cell.source.strip():
                        continue
                    if number not in self.replies:
                        raise Failure(number, "was never executed")
                    self.check(number, cell)
            finally:
                self.peak.done.set()


def keep_measured(notebook, before):
    """Cells tagged `measured` hold times and memory: while their sources stay, so do they."""
    kinds = lambda outputs: [(output.output_type, output.get("name")) for output in join_streams(outputs)]
    kept = {cell.get("id"): cell.outputs for cell in code_cells(before)}
    for cell in code_cells(notebook):
        old = kept.get(cell.get("id"), [])
        if "measured" in cell.metadata.get("tags", []) and kinds(old) == kinds(cell.outputs):
            cell.outputs = old


def run_script(name, *arguments):
    tsx = ROOT / "node_modules" / ".bin" / "tsx"
    command = [str(tsx), str(ROOT / "scripts" / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def sources(path):
    """The hash of everything the outputs come from, or None where an import leads nowhere."""
    run = run_script("notebook/sources.ts", path)
    return run.stdout.strip() if run.returncode == 0 else None


def follow(paths):
    """Takes new outputs over into the Portuguese edition, which has the same code.

    Returns whether that went well: a twin with cells that are not ours is left as it is.
    """
    inside = [path.relative_to(NOTEBOOKS) for path in paths if path.is_relative_to(NOTEBOOKS)]
    twins = [path for path in inside if (NOTEBOOKS / "pt" / path).exists()]
    if not twins:
        return True
    run = run_script("translation.ts", "--update", *twins)
    said = [line for line in run.stdout.splitlines() if line.startswith("updated")]
    print("\n".join([*said, *run.stderr.splitlines()]), flush=True)
    return run.returncode == 0


def is_pair(path):
    """Whether it is a chapter with a solution, or that solution: others may be somebody's own."""
    home = path.parent
    twin = home.parent / path.name if home.name == "solutions" else home / "solutions" / path.name
    return twin.exists()


def select(names):
    chapters = sorted(NOTEBOOKS.glob("[0-9]*.ipynb")) + sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))
    if not names:
        return [path for path in chapters if is_pair(path)]
    chosen = []
    for name in names:
        exact = [path for path in chapters if name in (path.name, path.stem)]
        found = exact or [path for path in chapters if path.name.startswith(name) and is_pair(path)]
        if not found and Path(name).is_file():
            found = [Path(name).resolve()]
        if not found:
            known = ", ".join(sorted({path.name for path in chapters}))
            sys.exit(f'notebooks: no notebook is called "{name}"; there are: {known}')
        chosen += found
    return chosen


def execute(path, write, limit):
    """Runs one notebook, prints its line, and returns whether it passed."""
    label = str(path.relative_to(NOTEBOOKS) if path.is_relative_to(NOTEBOOKS) else path.name)
    try:
        raw, before = read(path)
    except (NotANotebook, OSError) as error:
        print(f"FAIL {label}: {getattr(error, 'strerror', None) or error}", flush=True)
        return False
    notebook = nbformat.from_dict(before)
    # Of what is run now: what changes meanwhile asks for another run.
    present = sources(path) if write else None
    os.environ["JPY_SESSION_NAME"] = str(path)  # as JupyterLab does: the kernel sees the language
    run, started, problem = Run(notebook, limit), time.time(), None
    try:
        asyncio.run(run.run_cells())
    except Failure as failure:
        problem = failure
    except DeadKernelError:
        problem = Failure(run.current, run.last_words())
    except Exception as error:
        problem = Failure(run.current, f"{type(error).__name__}: {error}")
    seconds = time.time() - started
    memory = run.peak.bytes / 1e6 if run.peak else 0
    if present and present == before.metadata.get("gpt", {}).get("sources"):
        keep_measured(notebook, before)
    tidy(notebook, ours=committed(path) is not None)
    figures = f"{label}: {seconds:.0f} s, peak memory {memory:.0f} MB"
    notes, left = [], None
    inside = path.relative_to(NOTEBOOKS) if path.is_relative_to(NOTEBOOKS) else path.name
    target = EXECUTED / inside
    if problem is None and write:
        notes.append(add_images(notebook, before))
        notebook.metadata.setdefault("gpt", {})
        if present:
            notebook.metadata["gpt"]["sources"] = present
        else:
            notebook.metadata["gpt"].pop("sources", None)
            notes.append("its sources have no hash, so nothing will say when its outputs are older than they")
        try:
            write_notebook(notebook, path, raw)
        except LeftAlone as reason:
            left = f"{label} {reason}: it stays as it is; what this run made is in {os.path.relpath(target)}"
    if problem or left or not write:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_notebook(notebook, target)
    if left:
        print(f"FAIL {figures}\n     {left}", flush=True)
        return False
    if problem is None:
        print(f"ok   {figures}", flush=True)
        for note in filter(None, notes):
            print(f"     {note}", flush=True)
        return True
    skipped = sum(
        1
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code" and number > problem.cell and number not in run.replies
    )
    print(f"FAIL {figures}", flush=True)
    message = re.sub(r"\x1b\[[0-9;]*m", "", str(problem))
    print(f"     cell {problem.cell}: " + "\n       ".join(message.splitlines()[:30]))
    if 0 < problem.cell <= len(notebook.cells):
        print("     | " + "\n     | ".join(notebook.cells[problem.cell - 1].source.splitlines()[:15]))
    print(f"     {skipped} later cells were not executed; saved as {os.path.relpath(target)}", flush=True)
    return False


def printed(path):
    """What the executed copy of a notebook shows as text, cell by cell."""
    inside = path.relative_to(NOTEBOOKS) if path.is_relative_to(NOTEBOOKS) else path.name
    cells = nbformat.read(EXECUTED / inside, as_version=4).cells
    parts = lambda output: [output.get("text"), *(output.get("data", {}).get(kind) for kind in ("text/plain", "text/html"))]
    shown = lambda cell: [] if "measured" in cell.metadata.get("tags", []) else cell.get("outputs", [])
    return [[parts(output) for output in shown(cell)] for cell in cells]


def execute_twice(path, limit):
    if not execute(path, False, limit):
        return False
    first = printed(path)
    if not execute(path, False, limit):
        return False
    other = [number for number, pair in enumerate(zip(first, printed(path)), 1) if pair[0] != pair[1]]
    if other:
        print(f"FAIL {path.name}: the second run prints something else in cells {', '.join(map(str, other))}", flush=True)
    return not other


def main():
    parser = argparse.ArgumentParser(prog="npm run notebooks --", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help='a notebook file, or the start of its name ("03")')
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--write", action="store_true", help="put the outputs into the notebooks themselves")
    how.add_argument("--twice", action="store_true", help="run each two times and compare what they print")
    parser.add_argument("--limit", type=int, default=240, metavar="S", help="seconds a cell may take (default 240)")
    parser.add_argument("--summary", type=Path, metavar="FILE", help="write the counts there as JSON")
    options = parser.parse_args()
    os.environ["GPT_HEADLESS"] = "1"
    # Without this, jupyter_client prints a warning about a future change of its folders.
    os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
    paths = select(options.names)
    one = lambda path: execute_twice(path, options.limit) if options.twice else execute(path, options.write, options.limit)
    results = [one(path) for path in paths]
    followed = not options.write or follow([path for path, passed in zip(paths, results) if passed])
    passed, failed = results.count(True), results.count(False)
    print(f"notebooks: {passed} passed, {failed} failed")
    if options.summary:
        options.summary.write_text(json.dumps({"passed": passed, "failed": failed}))
    sys.exit(0 if followed and not failed else 1)


if __name__ == "__main__":
    main()
