import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = path.resolve(__dirname, '..');
const python = path.join(root, '.venv', 'bin', 'python');
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
  const script = path.join(root, 'scripts', 'notebooks.py');
  const run = spawnSync(python, [script, ...options, ...files], { cwd: root, encoding: 'utf8' });
  const sections: Record<string, string> = {};
  for (const section of run.stdout.split(/\n(?=ok |FAIL |notebooks:)/)) {
    const name = /^(?:ok|FAIL) +(\S+)\.ipynb/.exec(section)?.[1];
    if (name) sections[name] = section;
  }
  return { code: run.status, text: run.stdout + run.stderr, sections };
}

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-notebooks-'));
});
afterAll(() => {
  for (const file of fs.readdirSync(dir)) {
    fs.rmSync(path.join(root, 'notebooks', '.executed', file), { force: true });
  }
  fs.rmSync(dir, { recursive: true });
});

const PATIENCE = 180_000; // ms: a kernel starts slowly on a busy machine

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
    'kernel-death': { cells: ['process.exit(3)'], says: /cell 1: the kernel died/ },
    'time-limit': {
      cells: ['await new Promise(() => {})'],
      says: /cell 1: ran over its limit of 5 s/,
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
    expect(result.text).toContain('notebooks: 0 passed, 9 failed');
  });

  test('a name that fits no notebook, and says which there are', () => {
    const { code, text } = execute(['99']);
    expect(code).toBe(1);
    expect(text).toMatch(/no notebook is called "99"; there are: /);
  });
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

  test('stops at an interrupt within a second, and the next cell runs', () => {
    const run = talk(`
import time
load = "import { interruptible } from './lib/backend';"
client.execute_interactive(load, timeout=120, output_hook=lambda m: None)
for endless in [
    "while (true) {}",
    "for (;;) await new Promise((done) => setImmediate(done));",
    "const loop = interruptible(); for (;;) await loop.pause();",
]:
    request = client.execute(endless)
    time.sleep(2.5)
    manager.interrupt_kernel()
    start = time.time()
    reply = client.get_shell_msg(timeout=10)
    while reply["parent_header"]["msg_id"] != request:
        reply = client.get_shell_msg(timeout=10)
    waited = time.time() - start
    time.sleep(0.5)
    after = client.execute_interactive("console.log('alive')", timeout=10, output_hook=lambda m: None)
    print(reply["content"]["status"], waited < 1, after["content"]["status"])
`);
    expect(run.stderr).not.toContain('Traceback');
    expect(run.stdout.trim().split('\n')).toEqual(Array(3).fill('error True ok'));
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
    expect(documentation).toContain('Starts the fastest engine that works here');
  });

  test('ends when the program that started it is killed', async () => {
    const run = talk(`
import os, signal
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
