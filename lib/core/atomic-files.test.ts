import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readFilesAtomic, ReplacedError, retryReplaced } from './atomic-read';
import { writeFilesAtomic } from './atomic-write';
import { dies } from '../fixtures/dying-process';

const ROOT = path.resolve(__dirname, '../..');
const GONE = 2 ** 22 + 1; // more than any process's number

let dir: string;
beforeEach(() => (dir = fs.mkdtempSync(path.join(tmpdir(), 'gpt-files-test-'))));
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(dir, { recursive: true, force: true });
});

type Contents = Record<string, string | undefined>;
const OLD: Contents = { a: 'old a', b: 'old b', gone: 'old' };
const NEW: Contents = { a: 'new a', b: 'new b', more: 'new' };

/** The visible files of a folder. */
const contents = (folder: string): Contents =>
  Object.fromEntries(
    fs
      .readdirSync(folder)
      .filter((name) => !name.startsWith('.') && fs.statSync(path.join(folder, name)).isFile())
      .map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]),
  );
const read = () => readFilesAtomic(dir, contents);
const replace = () => writeFilesAtomic(dir, { ...NEW, gone: undefined });
const names = () => fs.readdirSync(dir).sort();

let decided: number | undefined; // the number of the call after the renaming that decides

/** Leaves `dir` as if a process had died right after that renaming, or some calls later. */
function leaveWaiting(later = 0): void {
  const start = () => writeFilesAtomic(dir, { ...OLD, more: undefined });
  start();
  if (decided === undefined) {
    for (decided = 0; !fs.existsSync(path.join(dir, '.saved.tmp')); decided++)
      dies(decided, replace);
    decided--;
    start();
  }
  dies(decided + later, replace);
}

describe('a process that dies at any call of the file system', () => {
  test('leaves all old files or all new ones, and nothing else after the next reading', () => {
    const seen = { old: 0, new: 0 };
    for (let k = 0, died = true; died; k++) {
      fs.rmSync(dir, { recursive: true, force: true });
      writeFilesAtomic(dir, OLD);
      died = dies(k, replace);
      const found = read();
      const which = found.a === OLD.a ? 'old' : 'new';
      expect(found, `killed at call ${k}`).toEqual(which === 'old' ? OLD : NEW);
      expect(names(), `killed at call ${k}`).toEqual(Object.keys(found).sort());
      seen[which]++;
    }
    expect(seen.old).toBeGreaterThan(15);
    expect(seen.new).toBeGreaterThan(15);
  });

  test('and neither does one that dies while it completes what a dead one left', () => {
    for (let k = 0, died = true; died; k++) {
      fs.rmSync(dir, { recursive: true, force: true });
      leaveWaiting();
      died = dies(k, read);
      expect(read(), `killed at call ${k}`).toEqual(NEW);
      expect(names()).toEqual(Object.keys(NEW).sort());
    }
  });

  test('and the next set is written over it', () => {
    for (let k = 0, died = true; died; k += 3) {
      fs.rmSync(dir, { recursive: true, force: true });
      writeFilesAtomic(dir, OLD);
      died = dies(k, replace);
      writeFilesAtomic(dir, { a: 'third', b: undefined, gone: undefined, more: undefined });
      expect(names(), `killed at call ${k}`).toEqual(['a']);
      expect(read()).toEqual({ a: 'third' });
    }
  });
});

describe('what is left over', () => {
  const left = (owner: string) => `.saving-${owner}-0a0b0c.tmp`;

  test('of dead processes is deleted by the next reading, and by the next writing', () => {
    for (const next of [read, () => writeFilesAtomic(dir, OLD)]) {
      writeFilesAtomic(dir, OLD);
      fs.mkdirSync(path.join(dir, left(`${hostname()}-${GONE}`), 'x'), { recursive: true });
      // Such a file was left by an earlier version, long ago.
      const file = path.join(dir, `model.safetensors.${GONE}-0a0b0c.tmp`);
      fs.writeFileSync(file, 'half');
      fs.utimesSync(file, 1e9, 1e9);
      next();
      expect(names()).toEqual(Object.keys(OLD).sort());
    }
  });

  test('of a running process, or of another machine, stays, and so do files of others', () => {
    const others = [left(`${hostname()}-${process.ppid}`), left('elsewhere-1'), 'mine.tmp'];
    for (const name of others) fs.mkdirSync(path.join(dir, name, 'x'), { recursive: true });
    writeFilesAtomic(dir, OLD);
    read();
    expect(names()).toEqual([...others, ...Object.keys(OLD)].sort());
    const day = new Date(Date.now() - 25 * 3600_000);
    fs.utimesSync(path.join(dir, others[1], 'x'), day, day);
    fs.utimesSync(path.join(dir, others[1]), day, day);
    read();
    expect(fs.existsSync(path.join(dir, others[1]))).toBe(false);
  });

  test('after an error half-way: nothing', () => {
    writeFilesAtomic(dir, OLD);
    function* broken() {
      yield Buffer.from('a');
      throw new Error('half-way');
    }
    expect(() => writeFilesAtomic(dir, { ...NEW, last: broken() })).toThrow('half-way');
    expect(read()).toEqual(OLD);
    expect(names()).toEqual(Object.keys(OLD).sort());
  });
});

describe('a folder that cannot be written', () => {
  test.each(['EACCES', 'EPERM', 'EROFS'])('shows the new set all the same: %s', (code) => {
    let shown = 0;
    for (let later = 0; ; later++, shown++) {
      leaveWaiting(later); // some have moved already
      const before = names();
      if (!before.includes('.saved.tmp')) break;
      for (const call of ['renameSync', 'rmdirSync', 'unlinkSync'] as const) {
        const real = fs[call] as (...args: unknown[]) => void;
        vi.spyOn(fs, call).mockImplementation((...args: unknown[]) => {
          if (!String(args[0]).startsWith(dir)) return real(...args);
          throw Object.assign(new Error(code), { code });
        });
      }
      expect(read()).toEqual(NEW);
      // The same for nested readers: a classifier's calls the tokenizer's.
      expect(readFilesAtomic(dir, (at) => readFilesAtomic(at, contents))).toEqual(NEW);
      expect(names()).toEqual(before);
      expect(() => writeFilesAtomic(dir, OLD)).toThrow(`Not allowed to write ${dir} (${code})`);
      vi.restoreAllMocks();
    }
    expect(shown).toBeGreaterThan(6);
  });
});

describe('a folder from somewhere else', () => {
  const saved = () => path.join(dir, 'model', '.saved.tmp');
  const outside = () => path.join(dir, 'outside');
  const look = () => readFilesAtomic(path.join(dir, 'model'), contents);
  beforeEach(() => {
    fs.mkdirSync(path.join(outside(), 'set'), { recursive: true });
    fs.writeFileSync(path.join(outside(), 'set', 'a'), 'mine');
    fs.mkdirSync(path.join(dir, 'model', 'kept'), { recursive: true });
    fs.writeFileSync(path.join(dir, 'model', 'a'), 'theirs');
  });

  test.each<[string, () => void]>([
    ['a link in place of the sets', () => fs.symlinkSync(outside(), saved())],
    [
      'a link in place of a set',
      () => {
        fs.mkdirSync(saved());
        fs.symlinkSync(path.join(outside(), 'set'), path.join(saved(), 'set'));
      },
    ],
    [
      'a link in place of a file',
      () => {
        fs.mkdirSync(path.join(saved(), 'set'), { recursive: true });
        fs.symlinkSync(path.join(outside(), 'set', 'a'), path.join(saved(), 'set', 'a'));
      },
    ],
    ['a file in place of the sets', () => fs.writeFileSync(saved(), '{"rename": ["../outside"]}')],
  ])('with %s is refused, and nothing outside is touched', (_, make) => {
    make();
    expect(look).toThrow(/^\S+\.saved\.tmp\S* was not left by a save of this project: remove it$/);
    expect(() => writeFilesAtomic(path.join(dir, 'model'), OLD)).toThrow('remove it');
    expect(contents(path.join(outside(), 'set'))).toEqual({ a: 'mine' });
    expect(contents(path.join(dir, 'model', 'kept'))).toEqual({});
  });

  test('cannot make us delete folders, not even its own', () => {
    fs.mkdirSync(path.join(saved(), 'set', 'kept'), { recursive: true });
    fs.writeFileSync(path.join(dir, 'model', 'kept', 'file'), 'kept');
    readFilesAtomic(path.join(dir, 'model'), () => 0);
    expect(contents(path.join(dir, 'model', 'kept'))).toEqual({ file: 'kept' });
  });
});

test('a file in place of the folder, or no folder, is for the reader to handle', () => {
  const file = path.join(dir, 'file');
  fs.writeFileSync(file, '');
  for (const place of [file, path.join(file, 'below'), path.join(dir, 'nowhere')]) {
    expect(readFilesAtomic(place, (folder) => folder)).toBe(place);
  }
});

test('a folder in place of a file is reported before anything is changed', () => {
  writeFilesAtomic(dir, OLD);
  fs.mkdirSync(path.join(dir, 'more', 'mine'), { recursive: true });
  expect(replace).toThrow(`Cannot write ${path.join(dir, 'more')}: a file or folder is in the way`);
  expect(() => writeFilesAtomic(dir, { a: '', more: undefined })).toThrow('is in the way');
  expect(fs.readFileSync(path.join(dir, 'a'), 'utf8')).toBe('old a');
  expect(names()).toEqual([...Object.keys(OLD), 'more'].sort());
});

test('a folder behind a link, and a file that is a link: the link to the folder stays', () => {
  const [real, link] = [path.join(dir, 'real'), path.join(dir, 'link')];
  fs.mkdirSync(real);
  fs.symlinkSync(real, link);
  fs.writeFileSync(path.join(dir, 'blob'), 'blob');
  fs.symlinkSync('../blob', path.join(real, 'a'));
  writeFilesAtomic(link, NEW);
  expect(contents(real)).toEqual(NEW);
  expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
  expect(fs.readFileSync(path.join(dir, 'blob'), 'utf8')).toBe('blob');
});

test('large files are renamed, and not copied', () => {
  const copy = vi.spyOn(fs, 'copyFileSync');
  const write = vi.spyOn(fs, 'writeFileSync');
  writeFilesAtomic(dir, { a: [Buffer.alloc(10), Buffer.alloc(10)] });
  expect(copy).not.toHaveBeenCalled();
  expect(write).toHaveBeenCalledTimes(2);
});

test('a long reading starts again when the files were replaced', async () => {
  let times = 0;
  const value = await retryReplaced(async () => {
    if (++times < 3) throw new ReplacedError('model.safetensors changed since it was opened');
    return times;
  });
  expect(value).toBe(3);
  await expect(retryReplaced(() => Promise.reject(new Error('other')))).rejects.toThrow('other');
});

/** A process that writes set after set. All files of a set hold its number, which is printed. */
function writer(first: number) {
  const program = `
    const { writeFilesAtomic } = require('./lib/core/atomic-write.ts');
    for (let n = ${first}; ; n += 2) {
      const files = n % 4 < 2 ? { gone: undefined, more: String(n) } : { gone: String(n), more: undefined };
      writeFilesAtomic(${JSON.stringify(dir)}, { a: String(n), b: [Buffer.from(String(n))], ...files });
      require('fs').writeSync(1, n + '\\n');
    }`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', program], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
  return {
    started: async () => {
      while (!said) await wait(5);
    },
    kill: async () => {
      child.kill('SIGKILL');
      expect(await ended).toBe('SIGKILL');
      return Number(said.trimEnd().split('\n').pop());
    },
  };
}

/** Expects one number in all files, and the file `gone` or `more` depending on it. */
function check(found: Contents): number {
  const n = Number(found.a);
  expect(found).toEqual({ a: `${n}`, b: `${n}`, [n % 4 < 2 ? 'more' : 'gone']: `${n}` });
  return n;
}

test('two processes write at once and one reads: it sees whole sets only', async () => {
  const writers = [writer(0), writer(1)];
  await Promise.all(writers.map(({ started }) => started()));
  const seen = new Set<number>();
  for (let i = 0; i < 200; i++) {
    seen.add(check(read()));
    if (i % 10 === 0) await wait(1);
  }
  await Promise.all(writers.map(({ kill }) => kill()));
  expect(seen.size).toBeGreaterThan(3);
  check(read());
  expect(names().length).toBe(3);
});

const kills = process.env.GPT_LONG === '1' ? 200 : 3;

test(
  `SIGKILL at ${kills} random moments leaves a whole set, at most one old`,
  { timeout: 30_000 * kills },
  async () => {
    for (let kill = 0; kill < kills; kill++) {
      const one = writer(kill % 2);
      await one.started();
      await wait(30 * Math.random());
      const said = await one.kill();
      const n = check(read());
      expect([said, said + 2]).toContain(n);
      expect(names().length).toBe(3);
    }
  },
);
