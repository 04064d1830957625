import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = path.resolve(__dirname, '..', '..');
const python = path.join(root, '.venv', 'bin', 'python');
const RUNNER = [path.join(root, 'gpt.mjs'), 'notebooks', 'run'];
let dir: string;

interface Cell {
  source: string;
  tags?: string[];
}

function writeNotebook(name: string, cells: (string | Cell)[]): string {
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
    cells: cells.map((cell, i) => ({
      cell_type: 'code',
      id: `cell-${i}`,
      metadata: typeof cell === 'string' ? {} : { tags: cell.tags },
      source: typeof cell === 'string' ? cell : cell.source,
      execution_count: null,
      outputs: [],
    })),
  };
  const file = path.join(dir, `${name}.ipynb`);
  fs.writeFileSync(file, JSON.stringify(notebook));
  return file;
}

/** Runs the runner once and returns its exit code and, by notebook name, the lines about each. */
function execute(files: string[], ...options: string[]) {
  const run = spawnSync(process.execPath, [...RUNNER, ...options, ...files], { encoding: 'utf8' });
  const sections: Record<string, string> = {};
  for (const section of run.stdout.split(/\n(?=ok |FAIL |notebooks:)/)) {
    const name = /^(?:ok|FAIL) +(\S+)\.ipynb/.exec(section)?.[1];
    if (name) sections[name] = section;
  }
  return { code: run.status, text: run.stdout + run.stderr, sections };
}

/** What `for (let i = 0; i < n; i++) console.log(i)` prints. */
const lines = (n: number) => Array.from({ length: n }, (_, i) => `${i}\n`).join('');

interface Output {
  name?: string;
  text?: string[];
  data?: Record<string, string | string[]>;
}
const outputsOf = (file: string, cell: number): Output[] =>
  JSON.parse(fs.readFileSync(file, 'utf8')).cells[cell].outputs;
const textOf = (file: string, cell: number, name = 'stdout') =>
  outputsOf(file, cell)
    .filter((output) => output.name === name)
    .map((output) => output.text!.join(''))
    .join('');

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-notebooks-'));
});
afterAll(() => {
  for (const file of fs.readdirSync(dir)) {
    fs.rmSync(path.join(root, 'notebooks', '.executed', file), { force: true });
  }
  fs.rmSync(dir, { recursive: true });
});

const PATIENCE = 900_000; // ms: a kernel starts slowly on a busy machine

test('checks that a cell leaves out are counted as skipped', { timeout: PATIENCE }, () => {
  const file = writeNotebook('skips', [
    "console.log('checked: one');\nconsole.log('skipped: another');",
    "console.log('SKIPPED, not passed: a third\\n');\n'nothing is skipped here'",
  ]);
  const summary = path.join(dir, 'summary.json');
  const { code, text } = execute([file], '--summary', summary);
  expect(code).toBe(0);
  expect(text).toMatch(/ok {3}skips\.ipynb: [^]*cell 1: skipped: another\n +cell 2: SKIPPED, not/);
  expect(text).toContain('notebooks: 1 passed, 0 failed; 2 checks in them skipped');
  const counts = JSON.parse(fs.readFileSync(summary, 'utf8'));
  expect(counts).toEqual({ passed: 1, failed: 0, skipped: 2 });
});

describe('the runner fails on', () => {
  const cases: Record<string, { cells: (string | Cell)[]; says: RegExp }> = {
    'thrown-error': {
      cells: ["console.log('fine')", "throw new Error('boom')", "console.log('never')"],
      says: /cell 2: [\s\S]*Error: boom[\s\S]*1 later cells were not executed/,
    },
    'type-error': { cells: ["const n: number = 'x';"], says: /cell 1: 1:7 - Type 'string' is not/ },
    stderr: { cells: ['1', "console.error('watch out')"], says: /cell 2: watch out/ },
    'rejection-nobody-awaited': {
      cells: ["void Promise.reject(new Error('nobody'));"],
      says: /cell 1: UnhandledPromiseRejection: Error: nobody/,
    },
    'rejection-after-the-last-cell': {
      cells: ["setTimeout(() => void Promise.reject(new Error('late')), 100);\n'done'"],
      says: /cell 1: UnhandledPromiseRejection: Error: late/,
    },
    'kernel-death': {
      cells: ['for (let i = 0; i < 20000; i++) console.log(i);\nprocess.exit(3)'],
      says: /cell 1: the kernel died \(exit code 3\)/,
    },
    'kernel-killed': {
      cells: ["process.kill(process.pid, 'SIGKILL');\nwhile (true) {}"],
      says: /cell 1: the kernel died \(SIGKILL\)/,
    },
    'a-promise-that-nothing-keeps': {
      cells: ['await new Promise(() => {})'],
      says: /cell 1: ran over its limit of 5 s without output or processor time/,
    },
    'a-loop-without-end': {
      cells: ['1', 'while (true) {}'],
      says: /cell 2: ran over its limit of 5 s of processor time/,
    },
    'a-cell-that-never-ends': {
      cells: [
        "const { ZmqServer } = (process as any).mainModule.require('tslab/dist/jupyter');",
        'ZmqServer.prototype.publishStatus = () => {};',
      ],
      says: /cell 2: ran over its limit of 5 s without [^\n]*: it answered, but never said that it ended/,
    },
    'an-error-after-many-lines': {
      cells: ["for (let i = 0; i < 3000; i++) console.error('line', i);\nthrow new Error('last')"],
      says: /cell 1: line 0\n[\s\S]*\.\.\.\n[\s\S]*Error: last/,
    },
    'a-long-line': {
      cells: ["throw new Error('x'.repeat(1e6) + 'END');"],
      says: /cell 1: [^]*\n +Error: x{900,1000} \.\.\. \(1,000,010 characters\)\n/,
    },
    'missing-error': {
      cells: [{ source: '1 + 1', tags: ['raises-exception'] }],
      says: /cell 1: is tagged "raises-exception" and did not fail/,
    },
  };
  let result: ReturnType<typeof execute>;
  beforeAll(() => {
    const files = Object.entries(cases).map(([name, { cells }]) => writeNotebook(name, cells));
    fs.writeFileSync(path.join(dir, 'no-notebook.ipynb'), '{"cells": 3}');
    result = execute([...files, path.join(dir, 'no-notebook.ipynb')], '--limit', '5');
  }, PATIENCE);

  test.each(Object.keys(cases))('%s', (name) => {
    expect(result.sections[name]).toMatch(/^FAIL/);
    expect(result.sections[name]).toMatch(cases[name].says);
    expect(result.sections[name]).toMatch(/saved as notebooks.\.executed/);
  });

  test('a file that is no notebook, and its exit code is 1', () => {
    expect(result.sections['no-notebook']).toMatch(/^FAIL no-notebook.ipynb: not a notebook/);
    expect(result.code).toBe(1);
    expect(result.text).toContain('notebooks: 0 passed, 14 failed');
  });

  test('a kernel that ends, and shows all that it printed before', () => {
    const file = path.join(root, 'notebooks', '.executed', 'kernel-death.ipynb');
    expect(textOf(file, 0)).toBe(lines(20000));
  });

  test(
    'names, files and numbers that do not fit, before anything is run',
    { timeout: PATIENCE },
    () => {
      const trials: [args: string[], code: number, says: RegExp][] = [
        [['99'], 1, /no notebook is called "99"; there are: /],
        [['--write', ''], 2, /^NAME is empty/],
        [['--limit', '0', '01'], 2, /--limit must be a whole number from 1, got "0"/],
        [['--limit', '', '01'], 2, /--limit must be a whole number from 1, got ""/],
        [['--summary', dir, '01'], 2, /cannot be written/],
        [['--summary', path.join(dir, 'a', 'b'), '01'], 2, /cannot be written/],
      ];
      for (const [args, code, says] of trials) {
        const result = execute(args);
        expect(result.text).toMatch(says);
        expect(result.code).toBe(code);
        expect(result.text).not.toContain('Traceback');
      }
    },
  );
});

/** Runs Python lines that have a `manager` and a `client` of a fresh kernel. */
function talk(lines: string) {
  const source = `
import atexit
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="tslab")
atexit.register(lambda: (client.stop_channels(), manager.shutdown_kernel(now=True)))
${lines}`;
  return spawnSync(python, ['-c', source], { cwd: root, encoding: 'utf8', timeout: PATIENCE });
}

describe('the kernel', { timeout: PATIENCE }, () => {
  const reload = path.join(root, '.test-reload');
  afterAll(() => fs.rmSync(reload, { recursive: true, force: true }));

  test('runs what tslab alone does not: for await, edited modules, the engine', () => {
    fs.mkdirSync(reload, { recursive: true });
    fs.writeFileSync(path.join(reload, 'shape.ts'), 'export class Shape { sides = 3; }');
    fs.writeFileSync(
      path.join(reload, 'factory.ts'),
      "import { Shape } from './shape';\nexport const make = () => new Shape();",
    );
    const imports =
      "import { Shape } from './.test-reload/shape';\nimport { make } from './.test-reload/factory';";
    const good = writeNotebook('good', [
      'async function* count() { yield 1; yield 2; }',
      'let sum = 0;\nfor await (const n of count()) sum += n;',
      "import assert from 'node:assert/strict';\nassert.equal(sum, 3);",
      'const boxed = { sum, more: { sum } };\nassert.deepEqual(boxed, { sum: 3, more: { sum: 3 } });',
      'let left = 0;\n({ sum: left } = boxed);\n({ sum } = boxed);\nassert.equal(left + sum, 6);',
      'const make = () => ({ model: 1, deep: { model: 2 } });',
      'const { model: one, deep: { model: two } } = make();\nassert.equal(one + two, 3);',
      `${imports}\nassert(make() instanceof Shape); assert.equal(make().sides, 3);`,
      // The compiler sees the edit through its file watcher.
      `import fs from 'node:fs';
       fs.writeFileSync('.test-reload/shape.ts', 'export class Shape { sides = 4; }');
       fs.writeFileSync('.test-reload/later.ts', 'export const made = "later";');
       await new Promise<void>((done) => setTimeout(done, 1000));`,
      `${imports}\nassert(make() instanceof Shape); assert.equal(make().sides, 4);`,
      "import { made } from './.test-reload/later';\nassert.equal(made, 'later');",
      "import { initBackend, tf } from './lib/backend';\nconst engine = await initBackend();",
      'assert.deepEqual(tf.matMul([[1, 2]], [[3], [4]]).arraySync(), [[11]]);',
      { source: 'const wrong: string = null;', tags: ['raises-exception'] },
      { source: "throw new Error('on purpose')", tags: ['raises-exception'] },
    ]);
    const { code, text } = execute([good], '--write');
    expect(text).toMatch(/^ok {3}good.ipynb: \d+ s, peak memory \d+ MB/);
    expect(code).toBe(0);
    const written = JSON.parse(fs.readFileSync(good, 'utf8'));
    const stack = written.cells.at(-1).outputs[0].text.join('');
    expect(stack).toContain('Error: on purpose');
    expect(stack).not.toMatch(/node:|node_modules/);
  });

  test('lets exercises answer in the language of the notebook', () => {
    fs.mkdirSync(path.join(dir, 'notebooks', 'pt'), { recursive: true });
    const cell = [
      "import { messagesOf } from './lib/exercises/say';",
      "console.log(messagesOf('chapter02')`Head ${1}`);",
    ].join('\n');
    const files = ['english', 'notebooks/pt/portuguese'].map((name) => writeNotebook(name, [cell]));
    expect(execute(files, '--write').text).toContain('2 passed, 0 failed');
    const said = files.map(
      (file) => JSON.parse(fs.readFileSync(file, 'utf8')).cells[0].outputs[0].text[0],
    );
    expect(said).toEqual(['Head 1\n', 'A cabeça 1\n']);
  });

  test('stops soon at an interrupt, also amid a flood of lines, and the next cell runs', () => {
    const run = talk(`
import time, psutil
load = "import { interruptible } from './lib/backend';"
client.execute_interactive(load, timeout=600, output_hook=lambda m: None)
kernel = psutil.Process(manager.provisioner.pid)
computed = lambda: sum(kernel.cpu_times()[:2])
long = "const line = 'x'.repeat(1000); "
# Node loses a SIGINT of the moment in which it ends breakOnSigint, at a cell's first await.
pause = "await new Promise((done) => setTimeout(done, 100)); "
for endless, sign in [
    ("console.log('begun'); while (true) {}", "begun"),
    (pause + "console.log('begun'); for (;;) await new Promise((done) => setImmediate(done));", "begun"),
    (pause + "console.log('begun'); const loop = interruptible(); for (;;) await loop.pause();", "begun"),
    (long + "while (true) console.log(line);", "the rest is left out, but for its end.]"),
    (long + "while (true) console.error(line);", "the rest is left out, but for its end.]"),
    ("for (let i = 0; ; i++) (i % 2 ? console.log : console.error)(i);", "9999"),
]:
    request, size, text, ended, idle = client.execute(endless), 0, "", False, False
    def read():
        global size, text, ended, idle
        message = client.get_iopub_msg(timeout=600)
        if message["parent_header"]["msg_id"] == request:
            new = message["content"].get("text", "")
            size, text = size + len(new), (text + new)[-1000:]
            ended = ended or "nterrupted" in new
            idle = message["content"].get("execution_state") == "idle"
    while sign not in text: read()
    manager.interrupt_kernel()
    before = computed()
    reply = client.get_shell_msg(timeout=600)
    while reply["parent_header"]["msg_id"] != request:
        reply = client.get_shell_msg(timeout=600)
    used = computed() - before
    while not idle: read()
    after = {"status": "abort"}
    while after["status"] == "abort":
        time.sleep(0.2)
        after = client.execute_interactive("console.log('alive')", timeout=600, output_hook=lambda m: None)["content"]
    bounded = size < 2 * 2**24 and kernel.memory_info().rss < 1e9
    print(reply["content"]["status"], used < 1, ended, bounded, after["status"])
`);
    expect(run.stderr).not.toContain('Traceback');
    expect(run.stdout.trim().split('\n')).toEqual(Array(6).fill('error True True True ok'));
  });

  test('loses nothing of what a cell prints and displays, and keeps the order', () => {
    const print = 'for (let i = 0; i < 20000; i++) console.log(i);';
    const file = writeNotebook('output', [
      print,
      `for (let burst = 0; burst < 20000; burst += 800) {
         for (let i = burst; i < Math.min(burst + 800, 20000); i++) console.log(i);
         await new Promise((done) => setImmediate(done));
       }`,
      { source: `${print}\nthrow new Error('after many lines');`, tags: ['raises-exception'] },
      {
        source: `for (let i = 0; i < 2000; i++) { console.log(i); console.error(i); }
                 throw new Error('on purpose');`,
        tags: ['raises-exception'],
      },
      `await new Promise<void>((done) => process.stdout.write('called back, ', () => done()));
       process.stdout.write('6865782c20', 'hex');
       for (const byte of Buffer.from('é 😀\\n')) process.stdout.write(new Uint8Array([byte]));
       console.log('half: ' + '😀'[0]);`,
      `import { display } from 'tslab';
       display.html('x'.repeat(3_000_000));
       display.html('half: ' + '😀'[0]);
       for (let i = 0; i < 1000; i++) { console.log(i); display.html('<b>' + i + '</b>'); }`,
      'for (let i = 0; i < 300000; i++) console.log(i);',
      "for (let i = 0; i < 12; i++) display.html('y'.repeat(1_000_000));",
      `import { newDisplay } from 'tslab';
       for (let i = 0; i < 12; i++) {
         const shown = newDisplay();
         shown.html('small');
         for (let size = 0; size < 3; size++) shown.html(String(size).repeat(1_000_000));
       }`,
      `import { Worker } from 'node:worker_threads';
       new Worker('for (let i = 0; i < 5000; i++) console.log(i)', { eval: true });
       await new Promise((done) => setTimeout(done, 3000));`,
      `for (let i = 0; i < 5000; i++) void Promise.resolve().then(() => console.log(i));
       void setTimeout(() => console.log('late'), 100);`,
    ]);
    const { code, text } = execute([file], '--write');
    expect(text).toMatch(/^ok/);
    expect(code).toBe(0);
    expect(textOf(file, 0)).toBe(lines(20000));
    expect(textOf(file, 1)).toBe(lines(20000));
    expect(textOf(file, 2)).toBe(lines(20000));
    expect(textOf(file, 2, 'stderr')).toContain('\nError: after many lines\n');

    const both = outputsOf(file, 3).map((output) => output.text!.join(''));
    const last = both.pop(); // with the error
    expect(both).toEqual(Array.from({ length: 3999 }, (_, i) => `${i >> 1}\n`));
    expect(last).toMatch(/^1999\n[^]*\nError: on purpose\n/);

    expect(textOf(file, 4)).toBe('called back, hex, é 😀\nhalf: \ufffd\n');

    const shown = outputsOf(file, 5);
    expect([shown[0].data!['text/html']].flat().join('')).toHaveLength(3_000_000);
    expect(shown[1].data!['text/html']).toEqual(['half: \ufffd']);
    const order = shown.slice(2).map((o) => (o.text ?? [o.data!['text/html']].flat()).join(''));
    expect(order).toEqual(order.map((_, i) => (i % 2 ? `<b>${i >> 1}</b>` : `${i >> 1}\n`)));
    expect(order).toHaveLength(2000);
    expect(text).toContain('cell 6: its displays take 3.0 MB of the file');

    const cut = textOf(file, 6);
    expect(cut.length).toBeLessThan(1_020_000);
    expect(cut.slice(0, 1_000_000)).toBe(lines(300000).slice(0, 1_000_000));
    const [said, lineCount, characters] =
      /\n\[([\d,]+) lines, ([\d,]+) characters .*left out here.\]\n/.exec(cut)!;
    const rest = cut.slice(1_000_000 + said.length);
    const number = (text: string) => Number(text.replaceAll(',', ''));
    expect(1_000_000 + number(characters) + rest.length).toBe(lines(300000).length);
    expect(cut.replace(said, '').split('\n').length - 1 + number(lineCount)).toBe(300000);
    expect(rest).toMatch(/299998\n299999\n$/);
    expect(text).toContain(
      `cell 7: ${lineCount} lines, ${characters} characters of stdout were left out`,
    );

    expect(outputsOf(file, 7).filter((output) => output.data)).toHaveLength(9);
    expect(text).toMatch(/cell 8: 3 displays were left out/);
    expect(textOf(file, 7)).toMatch(/3 displays were left out here/);

    const sizes = outputsOf(file, 8).flatMap(({ data }) =>
      data ? [[data['text/html']].flat().join('')] : [],
    );
    expect(sizes.map(({ length }) => length)).toEqual([
      ...Array<number>(9).fill(1_000_000),
      ...Array<number>(3).fill(5),
    ]);
    expect(sizes[0]).toMatch(/^2+$/);
    expect(text).toMatch(/cell 9: 9 displays were left out/);

    expect(textOf(file, 9)).toBe(lines(5000));
    expect(textOf(file, 10)).toBe(`${lines(5000)}late\n`);
  });

  test('completes and documents the names of lib', () => {
    const run = talk(`
import json
setup = "import { initBackend } from './lib/backend';"
client.execute_interactive(setup, timeout=30, output_hook=lambda m: None)
complete = client.complete("initB", 5, reply=True, timeout=30)["content"]
inspect = client.inspect("initBackend", 3, reply=True, timeout=30)["content"]
print(json.dumps([complete["matches"], inspect["data"]["text/plain"]]))
`);
    const [matches, documentation] = JSON.parse(run.stdout);
    expect(matches).toContain('initBackend');
    expect(documentation).toContain('function initBackend(): Promise<BackendInfo>');
    expect(documentation).toContain('Starts the fastest engine that works on this machine');
  });

  test('ends when the program that started it is killed, also amid a loop', async () => {
    const run = talk(`
import os, signal
request = client.execute("console.log('begun'); while (true) {}")
while client.get_iopub_msg(timeout=600)["msg_type"] != "stream": pass
print(manager.provisioner.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
`);
    const pid = Number(run.stdout);
    expect(pid).toBeGreaterThan(1);
    // Z is a process that ended and that nobody collected.
    const lives = () =>
      /^[^Z]/.test(
        spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout,
      );
    while (lives()) await new Promise((done) => setTimeout(done, 200));
  });
});

describe('a signal ends the run at once', { timeout: PATIENCE }, () => {
  const isAlive = (pid: number) =>
    /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout);

  /** Sends the signal while the first of two notebooks runs, in which a child process runs too. */
  async function stop(signal: NodeJS.Signals) {
    const begun = path.join(dir, `begun-${signal}`);
    const first = writeNotebook(`first-${signal}`, [
      `import fs from 'node:fs';
       import { spawn } from 'node:child_process';
       const child = spawn('sleep', ['3000'], { detached: true });
       fs.writeFileSync('${begun}.tmp', process.pid + ' ' + child.pid);
       fs.renameSync('${begun}.tmp', '${begun}');
       while (true) {}`,
    ]);
    const second = writeNotebook(`second-${signal}`, ['1']);
    const before = [first, second].map((file) => fs.readFileSync(file, 'utf8'));
    const runner = spawn(process.execPath, [...RUNNER, '--write', first, second]);
    let said = '';
    runner.stdout.on('data', (text) => (said += text));
    runner.stderr.on('data', (text) => (said += text));
    const ended = new Promise<number | null>((done) => runner.on('close', done));
    while (!fs.existsSync(begun)) await new Promise((done) => setTimeout(done, 100));
    runner.kill(signal);
    const code = await ended;
    expect(said).toContain(
      `notebooks: stopped by ${signal}: 0 passed, 0 failed; ` +
        `not done, and as before: first-${signal}.ipynb, second-${signal}.ipynb`,
    );
    expect([first, second].map((file) => fs.readFileSync(file, 'utf8'))).toEqual(before);
    const left = fs.readFileSync(begun, 'utf8').split(' ').map(Number).filter(isAlive);
    expect(left).toEqual([]);
    expect(fs.existsSync(path.join(root, 'notebooks', '.executed', `first-${signal}.ipynb`))).toBe(
      false,
    );
    return code;
  }
  test('Ctrl-C', async () => expect(await stop('SIGINT')).toBe(130));

  test('the end of the terminal', async () => expect(await stop('SIGHUP')).toBe(129));

  test('SIGTERM', async () => expect(await stop('SIGTERM')).toBe(143));

  test('but files that are being replaced are replaced first', () => {
    const source = `
import os, signal, sys
sys.path.insert(0, "scripts/notebooks")
from runner import SIGNALS, Stopped
SIGNALS.listen()
with SIGNALS.hold():
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    print("whole")
try:
    SIGNALS.check()
except Stopped:
    print("then stopped by", SIGNALS.arrived.name)
`;
    const run = spawnSync(python, ['-c', source], { cwd: root, encoding: 'utf8' });
    expect(run.stdout).toBe('whole\nthen stopped by SIGTERM\n');
  });
});
