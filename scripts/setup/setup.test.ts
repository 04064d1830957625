import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = path.resolve(__dirname, '..', '..');

/** A folder with a copy of what set-up reads, and a PATH that holds only what a test puts there. */
let project: string;
let bin: string;

function put(name: string, script: string): void {
  fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const npmThatWorks = 'mkdir -p node_modules/.bin && echo npm >> calls';
const slowNpm = (seconds: number) =>
  `[ "$1" = --version ] || { echo npm >> calls; sleep ${seconds}; mkdir -p node_modules; }`;
const pythonThatWorks = `
case "$*" in
  *sys.version_info*) echo 3.12 ;;
  *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python && echo venv >> calls ;;
  *"pip --"*|*"pip install"*) echo pip >> calls ;;
esac`;

beforeEach(() => {
  project = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-setup-'));
  bin = path.join(project, 'bin');
  fs.mkdirSync(bin);
  for (const name of ['package.json', 'package-lock.json']) {
    fs.copyFileSync(path.join(root, name), path.join(project, name));
  }
  fs.cpSync(path.join(root, 'scripts'), path.join(project, 'scripts'), { recursive: true });
  put('npm', npmThatWorks);
  put('python3', pythonThatWorks);
  for (const tool of ['mkdir', 'cp', 'sleep']) {
    const real = execFileSync('/bin/sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();
    fs.symlinkSync(real, path.join(bin, tool));
  }
});
afterEach(() => fs.rmSync(project, { recursive: true }));

const environment = (more: Record<string, string> = {}) => ({
  PATH: bin,
  HOME: project,
  GPT_BACKEND: 'wasm',
  ...more,
});

function setup(args: string[] = [], more: Record<string, string> = {}) {
  const script = path.join(project, 'scripts', 'setup', 'setup.mjs');
  const run = spawnSync(process.execPath, [script, ...args], {
    cwd: project,
    env: environment(more),
    encoding: 'utf8',
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

/** Starts set-up and goes on. */
function begin() {
  const script = path.join(project, 'scripts', 'setup', 'setup.mjs');
  const child = spawn(process.execPath, [script], { cwd: project, env: environment() });
  let out = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { process: child, out: () => out, code };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const calls = () =>
  fs.existsSync(path.join(project, 'calls'))
    ? fs.readFileSync(path.join(project, 'calls'), 'utf8').trim().split('\n')
    : [];

describe('set-up', () => {
  test('does each step once, says so, and registers the kernel', () => {
    const first = setup();
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toMatch(/npm packages: done in [\d.]+ s/);
    expect(first.out).toMatch(/Python 3.12 environment with JupyterLab: done in/);
    const spec = path.join(project, '.venv/share/jupyter/kernels/tslab/kernel.json');
    expect(JSON.parse(fs.readFileSync(spec, 'utf8')).argv[0]).toBe(process.execPath);
    const done = calls();
    expect(setup().code).toBe(0);
    expect(calls()).toEqual(done);
  });

  test('a step that fails says why in one line, and the next run does it again', () => {
    for (const [printed, says] of [
      ['npm error code ENOTFOUND', /^setup: npm ci: no answer from the network/],
      ['npm error ENOSPC: no space left on device', /^setup: npm ci: the disk is full/],
      ['npm error something new', /^setup: npm ci failed: npm error something new/],
    ] as const) {
      put('npm', `echo "${printed}" >&2; exit 1`);
      const failed = setup();
      expect(failed.code).toBe(1);
      expect(failed.err).toMatch(says);
      expect(failed.err.trim().split('\n')).toHaveLength(1);
    }
    put('npm', npmThatWorks);
    expect(setup().code).toBe(0);
    expect(calls()).toContain('npm');
  });

  test('an npm that cannot read the lock file runs one that can', () => {
    put('npm', 'if [ "$1" = --version ]; then echo 11.6.2; else echo "$*" >> calls; fi');
    const { out } = setup();
    expect(out).toContain('npm 11.6.2 cannot read the lock file; npm 11.19.1 does this step');
    expect(calls()[0]).toMatch(/^exec --yes --package=npm@11.19.1 -- npm ci --ignore-scripts/);
  });

  test('stopped with Ctrl-C in the middle, it completes when it is run again', async () => {
    put('npm', slowNpm(30));
    const run = begin();
    await until(() => calls().length > 0);
    run.process.kill('SIGINT');
    expect(await run.code).toBe(130);
    expect(run.out()).toContain('stopped during "npm packages". Run the same command again');
    put('npm', npmThatWorks);
    expect(setup().code).toBe(0);
    expect(fs.existsSync(path.join(project, '.setup.lock'))).toBe(false);
  });

  test('of several at once one works, the others wait and say for what', async () => {
    put('npm', slowNpm(1));
    const runs = [begin(), begin(), begin()];
    expect(await Promise.all(runs.map(({ code }) => code))).toEqual([0, 0, 0]);
    expect(calls().filter((call) => call === 'npm')).toHaveLength(1);
    expect(calls().filter((call) => call === 'venv')).toHaveLength(1);
    const waited = runs.filter(({ out }) => out().includes('another set-up is at work'));
    expect(waited).toHaveLength(2);
    for (const { out } of waited) {
      expect(out()).toMatch(/\(process \d+ on \S+, since \d+:\d+:.*\); waiting for it/);
    }
    expect(fs.readdirSync(project).filter((name) => name.startsWith('.setup.lock'))).toEqual([]);
  });

  test('one that waits can be stopped, and does not disturb the other', async () => {
    put('npm', slowNpm(1));
    const first = begin();
    await until(() => calls().length > 0);
    const second = begin();
    await until(() => second.out().includes('waiting for it'));
    second.process.kill('SIGINT');
    expect(await second.code).toBe(130);
    expect(second.out()).toMatch(/^setup: stopped\. Run the same command again/m);
    expect(fs.existsSync(path.join(project, '.setup.lock'))).toBe(true);
    expect(await first.code).toBe(0);
  });

  test('one that was killed leaves a command running, which the next one waits for', async () => {
    put('npm', `${slowNpm(2)}\n[ "$1" = --version ] || echo over >> calls`);
    const first = begin();
    const lock = path.join(project, '.setup.lock');
    await until(() => calls().length > 0 && fs.readFileSync(lock, 'utf8').includes('npm ci'));
    first.process.kill('SIGKILL');
    await first.code;
    const { code, out } = setup();
    expect(code).toBe(0);
    expect(out).toMatch(/a set-up that was ended left "npm ci" \(process \d+\) running; waiting/);
    expect(calls().slice(0, 3)).toEqual(['npm', 'over', 'npm']);
  });

  test.each([
    ['a process that is gone', { pid: 2 ** 30, since: new Date().toISOString() }],
    ['a time before the machine started', { pid: process.pid, since: '2001-01-01T00:00:00Z' }],
  ])('a lock of %s is taken over at once', (_, owner) => {
    const lock = { token: 'old', host: os.hostname(), ...owner };
    fs.writeFileSync(path.join(project, '.setup.lock'), JSON.stringify(lock));
    expect(setup()).toEqual({ code: 0, out: expect.not.stringContaining('waiting'), err: '' });
  });

  test('a HOME that cannot be written, or none, is not needed', () => {
    put('npm', '[ "$1" = --version ] || echo "cache $npm_config_cache" >> calls');
    expect(setup([], { HOME: '/dev/null/home' })).toMatchObject({ code: 0, err: '' });
    expect(calls()[0]).toBe(`cache ${path.join(project, '.npm-cache.tmp')}`);
    fs.rmSync(path.join(project, 'node_modules'), { recursive: true });
    expect(setup([], { HOME: '' }).code).toBe(0);
    fs.rmSync(path.join(project, 'node_modules'), { recursive: true });
    // npm itself sets this variable for the commands that it runs.
    for (const [cache, used] of [
      ['/dev/null/home/.npm', path.join(project, '.npm-cache.tmp')],
      [path.join(project, 'mine'), path.join(project, 'mine')],
    ]) {
      expect(setup([], { HOME: '/dev/null/home', npm_config_cache: cache }).code).toBe(0);
      expect(calls().at(-1)).toBe(`cache ${used}`);
      fs.rmSync(path.join(project, 'node_modules'), { recursive: true });
    }
    expect(setup().code).toBe(0); // a HOME that can be written: npm's own
    expect(calls().at(-1)).toBe('cache');
  });

  test('a place that cannot be written is one line that says which and what to do', () => {
    put('npm', 'echo "npm error EACCES: permission denied, mkdir node_modules" >&2; exit 1');
    expect(setup().err).toMatch(
      /^setup: npm ci: something may not be written here \(npm error EACCES.*\)\. Use a copy/,
    );
    put('npm', npmThatWorks);
    fs.writeFileSync(path.join(project, 'node_modules'), 'a file');
    const { code, err } = setup();
    expect(code).toBe(1);
    expect(err).toMatch(/^setup: E\w+: .*node_modules/);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  test('a missing or old Python is one line that says what to install', () => {
    fs.rmSync(path.join(bin, 'python3'));
    expect(setup().err).toMatch(
      /^setup: Python 3.10 or later with venv is needed and none was found: install/,
    );
    put('python3', 'echo 3.9');
    expect(setup().err).toMatch(/needed \(python3 is version 3.9\)/);
    put('python3', 'exit 1');
    expect(setup()).toMatchObject({ code: 1, err: expect.stringMatching(/install python3-venv/) });
  });
});

describe('set-up from a kit', () => {
  let kit: string;
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const about = (more: object = {}) => {
    const hash = createHash('sha256');
    for (const name of [
      'package-lock.json',
      'scripts/setup/requirements.txt',
      'scripts/setup/constraints.txt',
    ])
      hash.update(fs.readFileSync(path.join(project, name)));
    const platforms = [`${process.platform}-${process.arch}`];
    const fits = {
      commit: 'abc1234',
      platforms,
      pythons: ['3.12'],
      registry: 'R',
      tensorflow: '2.21.0',
    };
    return JSON.stringify({ ...fits, locks: hash.digest('hex'), ...more });
  };
  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(kit, name)), { recursive: true });
    fs.writeFileSync(path.join(kit, name), text);
  };

  beforeEach(() => {
    kit = path.join(project, 'kit');
    write('kit.json', about());
    write('npm/cache/_cacache/index-v5/00/entry', 'index');
    write('npm/cache/_cacache/content-v2/sha512/00', 'content');
    // As npm does: reads content and adds to the index of its cache.
    write(
      'npm/node_modules/npm/bin/npm-cli.js',
      `const fs = require('node:fs');
       const cache = process.argv.find((one) => one.startsWith('--cache=')).slice(8) + '/_cacache';
       fs.readFileSync(cache + '/content-v2/sha512/00');
       fs.appendFileSync(cache + '/index-v5/00/entry', 'more');
       fs.mkdirSync('node_modules');
       fs.writeFileSync('npm-arguments', process.argv.slice(2).join(' '));`,
    );
    write('wheels/a.whl', 'wheel');
    write('data/gutenberg/book.txt', 'text');
    write('npm/node_modules/npm/lib/part.js', 'part');
    write(
      'SHA256SUMS',
      `${sha256('part')}  npm/node_modules/npm/lib/part.js\n${sha256('wheel')}  wheels/a.whl\n${sha256('text')}  data/gutenberg/book.txt\n`,
    );
    fs.rmSync(path.join(bin, 'npm')); // the kit brings its own
    put('python3', `${pythonThatWorks}\necho "$*" >> python-arguments`);
  });
  const from = (more: Record<string, string> = {}) => setup([], { GPT_KIT: kit, ...more });

  test('asks no registry, leaves the kit as it is, and brings the data', () => {
    expect(from()).toMatchObject({ code: 0, err: '' });
    const npm = fs.readFileSync(path.join(project, 'npm-arguments'), 'utf8');
    expect(npm).toMatch(/^ci --ignore-scripts .*--offline --registry=R/);
    const pip = fs.readFileSync(path.join(project, 'python-arguments'), 'utf8');
    expect(pip).toContain(`--no-index --find-links ${kit}/wheels -r`);
    expect(fs.readFileSync(path.join(kit, 'npm/cache/_cacache/index-v5/00/entry'), 'utf8')).toBe(
      'index',
    );
    const book = path.join(project, 'data/cache/gutenberg/book.txt');
    expect(fs.readFileSync(book, 'utf8')).toBe('text');
    expect(fs.existsSync(path.join(project, '.npm-cache.tmp'))).toBe(false);
    expect(setup()).toEqual({ code: 0, out: expect.not.stringContaining('done'), err: '' });
  });

  test('a kit that does not fit, or is damaged, is one line that says why', () => {
    for (const [more, says] of [
      [{ locks: 'other' }, /another version of the project \(commit abc1234/],
      [{ platforms: ['sun-sparc'] }, /made for sun-sparc, and this is/],
      [{ pythons: ['3.10'] }, /made for Python 3.10, and this is 3.12/],
      [{ tensorflow: '1.0' }, /holds TensorFlow 1.0, and 2.21.0 is needed/],
    ] as const) {
      write('kit.json', about(more));
      expect(from()).toMatchObject({ code: 1, err: expect.stringMatching(says) });
    }
    fs.rmSync(path.join(kit, 'kit.json'));
    expect(from().err).toMatch(/^setup: GPT_KIT=.* holds no whole kit \(kit.json: ENOENT\)/);
    write('kit.json', about());
    write('npm/node_modules/npm/lib/part.js', 'damaged');
    expect(from().err).toMatch(/^setup: .*part.js is damaged: its SHA-256/);
    write('npm/node_modules/npm/lib/part.js', 'part');
    write('wheels/a.whl', 'whale');
    expect(from().err).toMatch(/^setup: .*wheels\/a.whl is damaged: its SHA-256/);
    write('wheels/a.whl', 'wheel');
    write('data/gutenberg/book.txt', 'test');
    expect(from().err).toMatch(/book.txt is damaged/);
    expect(fs.readdirSync(path.join(project, 'data/cache/gutenberg'))).toEqual([]);
  });
});

describe('the choice of engine', () => {
  const plan = (options: object, more: Record<string, string> = {}) => {
    const source = `import('./scripts/setup/platform.mjs').then((m) => {
      const plan = m.nativePlan(${JSON.stringify(options)});
      console.log(JSON.stringify({ ...plan, compileArgs: plan.compileArgs?.('F').join(' ') }));
    })`;
    const env = environment({ GPT_BACKEND: '', ...more });
    return JSON.parse(
      execFileSync(process.execPath, ['-e', source], { cwd: project, env, encoding: 'utf8' }),
    );
  };
  const linux = { platform: 'linux', arch: 'x64' };

  test('a compiler and a wheel: native TensorFlow', () => {
    put('c++', 'exit 0');
    expect(plan(linux)).toMatchObject({ wheel: 'tensorflow-cpu==2.21.0', compiler: 'c++' });
    expect(plan({ ...linux, arch: 'arm64' }).wheel).toBe('tensorflow==2.21.0');
    const mac = plan({ platform: 'darwin', arch: 'arm64' });
    expect(mac.wheel).toBe('tensorflow==2.21.0');
    expect(mac.compileArgs).toContain('@loader_path');
    expect(mac.cuda).toBeUndefined();
  });

  test('an NVIDIA card: TensorFlow with its CUDA packages', () => {
    put('c++', 'exit 0');
    put('nvidia-smi', 'echo "GPU 0: a card"');
    const { wheel, cuda } = plan(linux);
    expect(wheel).toBe('tensorflow==2.21.0');
    expect(cuda.join(' ')).toContain('nvidia-cudnn-cu12');
    // A kit has nothing for cards.
    expect(plan({ ...linux, cuda: false })).toMatchObject({ wheel: 'tensorflow-cpu==2.21.0' });
    put('nvidia-smi', 'echo "no devices were found"; exit 6');
    expect(plan(linux)).toMatchObject({ wheel: 'tensorflow-cpu==2.21.0' });
  });

  test('neither: WebAssembly, why, and what it costs', () => {
    expect(plan(linux).note).toMatch(/^No C\+\+ compiler was found .*5 to 30 times slower/);
    put('c++', 'exit 0');
    expect(plan({ platform: 'darwin', arch: 'x64' }).note).toMatch(/Macs with Intel.*WebAssembly/);
    expect(plan(linux, { GPT_BACKEND: 'wasm' }).note).toMatch(/GPT_BACKEND=wasm/);
  });
});
