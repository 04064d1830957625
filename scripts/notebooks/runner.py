"""Executes notebooks headless on the tslab kernel and fails when anything in them went wrong.

`./gpt notebooks run` (run.ts) reads the options, and passes them on as JSON.

tslab reports errors as text on stderr, not as Jupyter error outputs, so that tools which look for
those pass a notebook that throws. Here a notebook fails on: an error reply, text on stderr, a
promise rejected with nobody awaiting it, a cell that was never executed or never ended, a kernel
that died, a cell over its limit. A cell tagged "raises-exception" has to fail.

The limit is `limit` seconds of processor time, counted in the thread of the kernel that uses most of
it, or as many (240 at most) in which the cell prints nothing and computes nothing: a slow or busy
machine fails nothing. Of a cell that prints very much the runner keeps the beginning and the end,
and says so. Ctrl-C, SIGTERM and SIGHUP end the run at once: the notebook under way stays as it was.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends the imports below without a traceback

import nbformat
import psutil
from nbclient import NotebookClient

from outputs import NOTEBOOKS, ROOT, LeftAlone, NotANotebook, add_images, code_cells, committed, join_streams, read, tidy
from outputs import write as write_notebook

EXECUTED = NOTEBOOKS / ".executed"
SETTLE = "await new Promise<void>((done) => setTimeout(done, 300));"

LIMIT = 900  # seconds of processor time: ours take 100 at most, a slow laptop's four times as long
SILENCE = 240  # seconds
TICK = 0.2  # seconds between two looks at the kernel
# Of one cell, in characters: text kept of each stream, and of its end where there is more; displays
# of which the runner says so, and that it keeps.
MOST_TEXT, END = 1_000_000, 10_000
LARGE_DISPLAYS, MOST_DISPLAYS = 1_000_000, 10_000_000
LONG_LINE = 1000  # characters of a line of an error, on the terminal
SKIPPED = re.compile(r"^(?:skipped|omitido)\b.*", re.IGNORECASE | re.MULTILINE)


class Failure(Exception):
    """What went wrong in a notebook, and in which cell (counted from 1 over all cells)."""

    def __init__(self, cell, message):
        super().__init__(message)
        self.cell = cell


class Stopped(KeyboardInterrupt):
    """A signal ended the run."""


class Signals:
    """Ctrl-C, SIGTERM, and SIGHUP of a terminal that was closed, raise Stopped where they arrive.

    While files are replaced they wait until that is done. One that comes seconds later ends the
    process; sooner it is the same Ctrl-C, which ./gpt passes on to a process that had it already.
    """

    def __init__(self):
        self.arrived, self.since, self.replacing, self.run = None, 0, False, None

    def listen(self):
        signal.signal(signal.SIGINT, self.arrive)
        signal.signal(signal.SIGTERM, self.arrive)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(signal.SIGHUP, self.arrive)

    def arrive(self, number, _frame):
        again = self.arrived is not None
        if not again:
            self.arrived, self.since = signal.Signals(number), time.monotonic()
        if self.replacing or (again and time.monotonic() < self.since + 3):
            return
        if not again:
            raise Stopped
        if self.run and self.run.family:
            self.run.family.kill()
        os._exit(128 + self.arrived)

    def check(self):
        if self.arrived:
            raise Stopped

    @contextmanager
    def hold(self):
        self.replacing = True
        try:
            yield
        finally:
            self.replacing = False


SIGNALS = Signals()


class Family:
    """The process of a kernel and its children: their memory, and the processor time they use."""

    def __init__(self, pid):
        self.process = psutil.Process(pid)
        self.peak = 0  # bytes
        self.used = {}  # (process, thread) -> seconds of processor time
        self.before = {}  # the same when the present cell began

    def members(self):
        try:
            return [self.process, *self.process.children(recursive=True)]
        except psutil.Error:
            return []

    def look(self):
        memory = 0
        for process in self.members():
            try:
                memory += process.memory_info().rss
                try:
                    threads = process.threads()
                except psutil.AccessDenied:  # on a Mac
                    times = process.cpu_times()
                    self.used[process.pid, 0] = times.user + times.system
                else:
                    for thread in threads:
                        self.used[process.pid, thread.id] = thread.user_time + thread.system_time
            except psutil.Error:
                pass  # it ended meanwhile
        self.peak = max(self.peak, memory)

    def begin_cell(self):
        self.look()
        self.before = dict(self.used)

    def busiest(self):
        """The seconds that one thread has computed for the present cell."""
        return max((used - self.before.get(key, 0) for key, used in self.used.items()), default=0)

    def total(self):
        return sum(self.used.values())

    def kill(self, members=None):
        for process in members or self.members():
            try:
                process.kill()
            except psutil.Error:
                pass


class Text:
    """One stream of a cell: its beginning and, where it is long, its end."""

    def __init__(self, name):
        self.name, self.kept, self.left, self.lines, self.end = name, 0, 0, 0, ""
        self.last = None  # the output for the end

    def take(self, text, outputs):
        """Puts into `outputs` what there is room for, and one more for the end of all others."""
        kept = text[: MOST_TEXT - self.kept]
        rest = text[len(kept) :]
        self.kept += len(kept)
        if kept:
            outputs.append(nbformat.v4.new_output("stream", name=self.name, text=kept))
        if rest and self.last is None:
            self.last = nbformat.v4.new_output("stream", name=self.name, text="")
            outputs.append(self.last)
        self.left += len(rest)
        self.lines += rest.count("\n")
        self.end = (self.end + rest)[-END:]

    def notes(self):
        if self.left > END:
            lines, left = self.lines - self.end.count("\n"), self.left - END
            yield f"{lines:,} lines, {left:,} characters of {self.name} were left out"

    def finish(self):
        if self.last:
            self.last.text = "".join(f"\n[{note} here.]\n" for note in self.notes()) + self.end


class Displays:
    """The size of what a cell displays."""

    def __init__(self):
        self.kept, self.left, self.output = 0, 0, None

    def take(self, size, outputs, instead=0):
        """Says whether there is room for it; where there is none, `outputs` gets a line that says so.

        instead: the size of the display that it takes the place of.
        """
        if self.kept - instead + size <= MOST_DISPLAYS:
            self.kept += size - instead
            return True
        if self.output is None:
            self.output = nbformat.v4.new_output("stream", name="stdout", text="")
            outputs.append(self.output)
        self.left += 1
        self.output.text = f"[{self.left:,} displays were left out here: {MOST_DISPLAYS / 1e6:.0f} MB are kept.]\n"
        return False

    def notes(self):
        if self.left:
            yield f"{self.left:,} displays were left out: {MOST_DISPLAYS / 1e6:.0f} MB are kept"
        if self.kept > LARGE_DISPLAYS:
            yield f"its displays take {self.kept / 1e6:.1f} MB of the file: show fewer values"


class Request:
    """What the kernel was asked, and for which cell (0: none)."""

    def __init__(self, cell):
        self.cell, self.reply, self.idle, self.ended = cell, None, False, asyncio.Event()


class Run(NotebookClient):
    """One notebook in one kernel. Keeps all outputs, also those that come after their cell's end."""

    def __init__(self, notebook, limit):
        # The limits below hold for the start, too, in place of nbclient's.
        super().__init__(notebook, kernel_name="tslab", startup_timeout=10**6)
        self.limit = limit
        self.requests = {}  # message id -> Request
        self.replies = {}  # cell number -> status
        self.texts = {}  # (cell number, stream) -> Text
        self.displays = {}  # cell number -> Displays
        self.shown = {}  # display id -> the Displays it belongs to, and its size there
        self.current = 0
        self.silence = 0  # seconds without output
        self.family = None
        self.readers = []
        self.clear_before_next_output = False  # as nbclient begins a cell
        # What the process itself writes to its terminal: TensorFlow's greeting, or why it died.
        self.terminal = tempfile.TemporaryFile()

    async def read(self, channel):
        """Takes what the kernel sends on a channel, for ever."""
        while True:
            message = await channel.get_msg(timeout=None)
            self.silence = 0
            request = self.requests.get(message["parent_header"].get("msg_id"))
            if request is None:
                continue
            if channel is self.kc.shell_channel:
                request.reply = message["content"]
            elif message["msg_type"] == "status":
                request.idle |= message["content"]["execution_state"] == "idle"
            elif request.cell:
                self.keep(message, request.cell)
            if request.reply and request.idle:
                request.ended.set()

    def keep(self, message, number):
        cell, content = self.nb.cells[number - 1], message["content"]
        if message["msg_type"] == "stream":
            name = content["name"]
            self.texts.setdefault((number, name), Text(name)).take(content["text"], cell.outputs)
            return
        if message["msg_type"] in ("display_data", "update_display_data"):
            name, size = content.get("transient", {}).get("display_id"), len(json.dumps(content["data"]))
            displays, instead = self.displays.setdefault(number, Displays()), 0
            if message["msg_type"] == "update_display_data":
                displays, instead = self.shown.get(name, (displays, 0))
            if not displays.take(size, cell.outputs, instead):
                return
            self.shown[name] = displays, size
        self.process_message(message, cell, number - 1)

    def notes(self):
        """What was left out, and displays that make the file large."""
        kept = [(cell, text) for (cell, _), text in self.texts.items()] + list(self.displays.items())
        return [f"cell {cell}: {note}" for cell, each in kept for note in each.notes()]

    async def within_limits(self, work, seconds=LIMIT, request=None):
        """Waits for `work`; fails where the kernel died or computed or waited for too long."""
        loop, dead = asyncio.get_running_loop(), False
        task = asyncio.ensure_future(work)
        self.family.begin_cell()
        total, looked, self.silence = self.family.total(), loop.time(), 0
        try:
            while True:
                await asyncio.wait([task, *self.readers], timeout=TICK, return_when=asyncio.FIRST_COMPLETED)
                for done in [task, *self.readers]:
                    if done.done():
                        return done.result()  # a reader ends by an error only
                # At most a second: this process may have been stopped, or the computer asleep.
                self.silence += min(loop.time() - looked, 1)
                looked = loop.time()
                self.family.look()
                if self.family.total() > total + 0.1:
                    total, self.silence = self.family.total(), 0
                if dead and self.silence > 1:  # what it sent before has arrived
                    raise Failure(self.current, await self.last_words())
                dead = not await self.km.is_alive()
                if self.family.busiest() > seconds:
                    raise Failure(self.current, f"ran over its limit of {seconds} s of processor time")
                patience = min(seconds, SILENCE)
                if self.silence > patience:
                    half = ": it answered, but never said that it ended" if request and request.reply else ""
                    limit = f"ran over its limit of {patience} s without output or processor time"
                    raise Failure(self.current, limit + half)
        finally:
            task.cancel()

    async def ask(self, message_id, cell=0):
        """Waits for the reply to a message and for the end of what it caused."""
        request = self.requests[message_id] = Request(cell)
        await self.within_limits(request.ended.wait(), self.limit if cell else LIMIT, request)
        return request.reply

    def finish_texts(self):
        for text in self.texts.values():
            text.finish()

    def check(self, number, cell):
        self.finish_texts()
        expected = "raises-exception" in cell.metadata.get("tags", [])
        streams = [output for output in cell.outputs if output.output_type == "stream"]
        text = "".join(output.text for output in streams if output.name == "stderr").strip()
        status = self.replies.get(number, "ok")
        if status in ("abort", "aborted"):
            raise Failure(number, "was never executed: the kernel skipped it")
        if expected and status == "ok":
            raise Failure(number, 'is tagged "raises-exception" and did not fail')
        if expected:
            return
        if status != "ok" or text:
            raise Failure(number, text or f"the kernel answered {status!r} without a message")

    async def last_words(self):
        code = await self.km.provisioner.poll()
        how = f"exit code {code}" if code is None or code >= 0 else signal.Signals(-code).name
        self.terminal.seek(0)
        text = self.terminal.read().decode(errors="replace").strip()
        return "\n".join([f"the kernel died ({how})", *text.splitlines()[-10:]])

    async def execute(self, cell, number):
        self.current = number
        cell.outputs = []
        for _ in range(100):
            reply = await self.ask(self.kc.execute(cell.source, stop_on_error=False), number)
            self.replies[number] = reply["status"]
            if reply["status"] != "abort":
                break
            # For 0.2 s after an error tslab refuses cells, to stop a "Run all".
            await asyncio.sleep(0.2)
        self.check(number, cell)

    async def run_cells(self):
        cells = [
            (number, cell)
            for number, cell in enumerate(self.nb.cells, 1)
            if cell.cell_type == "code" and cell.source.strip()
        ]
        self.create_kernel_manager()
        try:
            await self.async_start_new_kernel(cwd=str(ROOT), stderr=self.terminal)
            self.family = Family(self.km.provisioner.pid)
            await self.within_limits(self.async_start_new_kernel_client())
            channels = [self.kc.shell_channel, self.kc.iopub_channel]
            self.readers = [asyncio.ensure_future(self.read(channel)) for channel in channels]
            info = await self.ask(self.kc.kernel_info())
            self.nb.metadata["language_info"] = info["language_info"]
            for number, cell in cells:
                await self.execute(cell, number)
            # Promises that nobody awaited, and what they print.
            await self.ask(self.kc.execute(SETTLE, store_history=False), self.current)
            for number, cell in cells:
                self.check(number, cell)
        except BaseException:
            self.shutdown_kernel = "immediate"
            raise
        finally:
            await self.end_kernel()

    async def end_kernel(self):
        """Ends the kernel and every process that it started."""
        self.finish_texts()
        members = self.family.members() if self.family else []
        for reader in self.readers:
            reader.cancel()
        if self.km and self.km.has_kernel:
            await self._async_cleanup_kernel()
        if members:
            self.family.kill(members)


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
    command = [str(tsx), str(Path(__file__).with_name(name)), *map(str, arguments)]
    # In a session of its own: Ctrl-C does not end it halfway.
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, start_new_session=True)


def sources(path):
    """The hash of everything the outputs come from, or None where an import leads nowhere."""
    run = run_script("sources.ts", path)
    return run.stdout.strip() if run.returncode == 0 else None


def follow(paths):
    """Takes new outputs over into the Portuguese edition, which has the same code.

    Returns why not, where a twin stays as it is: it holds cells that are not ours.
    """
    inside = [path.relative_to(NOTEBOOKS) for path in paths if path.is_relative_to(NOTEBOOKS)]
    twins = [path for path in inside if (NOTEBOOKS / "pt" / path).exists()]
    if not twins:
        return None
    run = run_script("translation.ts", "--update", *twins)
    print("\n".join(line for line in run.stdout.splitlines() if line.startswith("updated")), flush=True)
    return None if run.returncode == 0 else run.stderr.strip()


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
    return list(dict.fromkeys(chosen))


def portuguese(paths):
    """The Portuguese twins that speak Portuguese: the outputs of others are copies."""
    inside = [path.relative_to(NOTEBOOKS) for path in paths if path.is_relative_to(NOTEBOOKS)]
    speaking = [path for path in inside if (NOTEBOOKS / "pt" / "texts" / f"{path.stem}.json").exists()]
    return [NOTEBOOKS / "pt" / path for path in speaking if (NOTEBOOKS / "pt" / path).exists()]


def label(path):
    return str(path.relative_to(NOTEBOOKS) if path.is_relative_to(NOTEBOOKS) else path.name)


def skips(notebook):
    """The checks that cells left out, as they print it: (cell number, line)."""
    return [
        (number, line)
        for number, cell in enumerate(notebook.cells, 1)
        for output in cell.get("outputs", [])
        if output.get("name") == "stdout"
        for line in SKIPPED.findall(output.text)
    ]


def execute(path, write, limit, skipped=None):
    """Runs one notebook, prints its line, and returns whether it passed.

    skipped: gets an entry for each check that a cell left out.
    """
    SIGNALS.check()
    try:
        raw, before = read(path)
    except (NotANotebook, OSError) as error:
        print(f"FAIL {label(path)}: {getattr(error, 'strerror', None) or error}", flush=True)
        return False
    notebook = nbformat.from_dict(before)
    # Of what is run now: what changes meanwhile asks for another run.
    present = sources(path) if write else None
    os.environ["JPY_SESSION_NAME"] = str(path)  # as JupyterLab does: the kernel sees the language
    run, started, problem = Run(notebook, limit), time.time(), None
    SIGNALS.run = run
    try:
        asyncio.run(run.run_cells())
    except Failure as failure:
        problem = failure
    except Exception as error:
        problem = Failure(run.current, f"{type(error).__name__}: {error}")
    seconds = time.time() - started
    memory = run.family.peak / 1e6 if run.family else 0
    if present and present == before.metadata.get("gpt", {}).get("sources"):
        keep_measured(notebook, before)
    tidy(notebook, ours=committed(path) is not None)
    figures = f"{label(path)}: {seconds:.0f} s, peak memory {memory:.0f} MB"
    notes, left = run.notes(), None
    for number, line in skips(notebook) if problem is None else []:
        notes.append(f"cell {number}: {line}")
        if skipped is not None:
            skipped.append(line)
    inside = path.relative_to(NOTEBOOKS) if path.is_relative_to(NOTEBOOKS) else path.name
    target = EXECUTED / inside
    if problem is None and write:
        notes += filter(None, [add_images(notebook, before)])
        notebook.metadata.setdefault("gpt", {})
        if present:
            notebook.metadata["gpt"]["sources"] = present
        else:
            notebook.metadata["gpt"].pop("sources", None)
            notes.append("its sources have no hash, so nothing will say when its outputs are older than they")
    SIGNALS.check()
    with SIGNALS.hold():
        if problem is None and write:
            try:
                write_notebook(notebook, path, raw)
                left = follow([path])
            except LeftAlone as reason:
                left = f"{label(path)} {reason}: it stays as it is; what this run made is in {os.path.relpath(target)}"
        if problem or left or not write:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_notebook(notebook, target)
    notes += [left] if left else []
    print(f"{'FAIL' if problem or left else 'ok  '} {figures}", *(f"\n     {note}" for note in notes), sep="", flush=True)
    if left:
        return False
    if problem is None:
        return True
    later = sum(
        1
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code" and number > problem.cell and number not in run.replies
    )
    lines = re.sub(r"\x1b\[[0-9;]*m", "", str(problem)).splitlines()
    if len(lines) > 30:
        lines[15:-15] = ["..."]
    lines = [line if len(line) <= LONG_LINE else f"{line[:LONG_LINE]} ... ({len(line):,} characters)" for line in lines]
    print(f"     cell {problem.cell}: " + "\n       ".join(lines))
    if 0 < problem.cell <= len(notebook.cells):
        print("     | " + "\n     | ".join(notebook.cells[problem.cell - 1].source.splitlines()[:15]))
    print(f"     {later} later cells were not executed; saved as {os.path.relpath(target)}", flush=True)
    return False


def printed(path):
    """What the executed copy of a notebook shows as text, cell by cell."""
    inside = path.relative_to(NOTEBOOKS) if path.is_relative_to(NOTEBOOKS) else path.name
    cells = nbformat.read(EXECUTED / inside, as_version=4).cells
    parts = lambda output: [output.get("text"), *(output.get("data", {}).get(kind) for kind in ("text/plain", "text/html"))]
    shown = lambda cell: [] if "measured" in cell.metadata.get("tags", []) else cell.get("outputs", [])
    return [[parts(output) for output in shown(cell)] for cell in cells]


def execute_twice(path, limit, skipped):
    if not execute(path, False, limit, skipped):
        return False
    first = printed(path)
    if not execute(path, False, limit):
        return False
    other = [number for number, pair in enumerate(zip(first, printed(path)), 1) if pair[0] != pair[1]]
    if other:
        print(f"FAIL {path.name}: the second run prints something else in cells {', '.join(map(str, other))}", flush=True)
    return not other


def stopped(paths, results):
    """Says what was done and what was not, and ends with the exit code of the signal."""
    names = [label(path) for path in paths[len(results) :]]
    left = f"; not done, and as before: {', '.join(names)}" if names else ""
    try:
        counts = f"{results.count(True)} passed, {results.count(False)} failed"
        print(f"\nnotebooks: stopped by {SIGNALS.arrived.name}: {counts}{left}", flush=True)
    except OSError:
        pass  # the terminal is gone
    sys.exit(128 + SIGNALS.arrived)


def main():
    options = SimpleNamespace(**json.loads(sys.argv[1]))
    os.environ["GPT_HEADLESS"] = "1"
    os.environ.pop("GPT_LANG", None)  # the kernel sees the language by the notebook's path
    # Without this, jupyter_client prints a warning about a future change of its folders.
    os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
    paths = select(options.names)
    if options.portuguese:
        paths = portuguese(paths)
    elif options.write:
        paths = [each for path in paths for each in [path, *portuguese([path])]]
    results, skipped = [], []
    one = lambda path: (
        execute_twice(path, options.limit, skipped) if options.twice else execute(path, options.write, options.limit, skipped)
    )
    SIGNALS.listen()
    try:
        for path in paths:
            results.append(one(path))
    except Stopped:
        stopped(paths, results)
    passed, failed = results.count(True), results.count(False)
    print(f"notebooks: {passed} passed, {failed} failed" + (f"; {len(skipped)} checks in them skipped" if skipped else ""))
    if options.summary:
        Path(options.summary).write_text(json.dumps({"passed": passed, "failed": failed, "skipped": len(skipped)}))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
