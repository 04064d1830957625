import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { initBackend, tf } from '../backend';
import { seededRandom } from '../core/seeded-random';
import { SlidingWindowLoader } from '../data';
import { dies } from '../fixtures/dying-process';
import { GPTModel } from '../model';
import {
  AdamW,
  cosineSchedule,
  loadCheckpoint,
  newHistory,
  saveCheckpoint,
  train,
} from '../training';

const ROOT = path.resolve(__dirname, '../..');
const text = Array.from({ length: 205 }, (_, i) => (i * i) % 13);
const config = {
  vocabSize: 13,
  contextLength: 8,
  embDim: 16,
  nHeads: 2,
  nLayers: 1,
  dropRate: 0.2,
  qkvBias: false,
  tiedHead: true,
};
const STEPS = 16;
const schedule = cosineSchedule({ steps: STEPS, peak: 0.01, warmup: 4 });

/** The parts of a training; everything but `seed`, which only draws weights, fixes its numbers. */
function parts(seed: number) {
  const model = new GPTModel(config, { seed });
  const optimizer = new AdamW(model.parameters(), { weightDecay: 0.1 });
  // Seven batches in an epoch.
  const loader = new SlidingWindowLoader(text, { length: 8, batchSize: 4, shuffle: true, seed: 3 });
  return { model, optimizer, loader };
}

const run = (
  of: ReturnType<typeof parts>,
  more: { steps?: number; history?: ReturnType<typeof newHistory> },
) => train({ ...of, steps: STEPS, schedule, accumulate: 2, seed: 7, quiet: true, ...more });

let dir: string;

beforeAll(async () => {
  await initBackend();
});
beforeEach(() => {
  tf.engine().startScope();
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-checkpoint-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  tf.engine().endScope();
  fs.rmSync(dir, { recursive: true });
});

const folders = () => fs.readdirSync(dir).sort();
const fileOf = (name: string) => path.join(dir, 'checkpoint-00000001', name);

/** Saves a checkpoint at step 2 and returns its parts. */
async function saved(seed = 1) {
  const of = parts(seed);
  const history = await run(of, { steps: 2 });
  saveCheckpoint(dir, { ...of, history, seed: 7 });
  return of;
}

/** The same parts of a training that never ran. */
function untrained() {
  const of = parts(1);
  const numbers = [1, 1];
  const series = { losses: numbers, gradNorms: numbers, learningRates: numbers };
  saveCheckpoint(dir, { ...of, history: { ...newHistory(), step: 2, ...series }, seed: 7 });
  return of;
}

describe('resuming', () => {
  test.each([1, 5, 7, 12])(
    'after step %i gives the run that never stopped, bit for bit, dropout included',
    async (cut) => {
      const whole = parts(1);
      const expected = await run(whole, {});
      const first = parts(1);
      const history = await run(first, { steps: cut });
      saveCheckpoint(dir, { ...first, history, seed: 7 });
      const second = parts(99); // other weights, to be replaced
      await run(second, { steps: 1 }); // and another state
      const checkpoint = loadCheckpoint(dir);
      expect(checkpoint.seed).toBe(7);
      checkpoint.restore(second);
      expect(await run(second, { history: checkpoint.history })).toEqual(expected);
      expect(second.model.wte.dataSync()).toEqual(whole.model.wte.dataSync());
    },
  );

  test('keeps no tensors', async () => {
    const of = await saved();
    const before = tf.memory().numTensors;
    loadCheckpoint(dir).restore(of);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('on another engine it warns and says what differs', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    vi.stubEnv('TF_NUM_INTRAOP_THREADS', '1');
    await saved();
    loadCheckpoint(dir);
    expect(warn).not.toHaveBeenCalled();
    vi.stubEnv('TF_NUM_INTRAOP_THREADS', '3');
    vi.stubEnv('TF_SET_ONEDNN_FPMATH_MODE', 'BF16');
    loadCheckpoint(dir);
    expect(warn.mock.calls).toEqual([
      [
        'Resuming elsewhere, so the numbers will differ a little: threads was 1 and is 3, ' +
          'precision was float32 and is bf16',
      ],
    ]);
  });
});

describe('a checkpoint that cannot be used is one clear error', () => {
  const cases: [string, () => void, string | RegExp][] = [
    [
      'an empty folder',
      () => fs.rmSync(path.join(dir, 'checkpoint-00000001'), { recursive: true }),
      /no checkpoint in/,
    ],
    ['no tensors', () => fs.rmSync(fileOf('tensors.safetensors')), 'there is no'],
    [
      'cut tensors',
      () => fs.truncateSync(fileOf('tensors.safetensors'), 5000),
      'tensors.safetensors',
    ],
    [
      'empty tensors',
      () => fs.truncateSync(fileOf('tensors.safetensors'), 0),
      'tensors.safetensors',
    ],
    ['cut state', () => fs.truncateSync(fileOf('state.json'), 40), 'state.json cannot be read'],
    ['foreign state', () => fs.writeFileSync(fileOf('state.json'), '{"a": 1}'), 'is not a "gpt-in'],
    ['state null', () => fs.writeFileSync(fileOf('state.json'), 'null'), 'is not a "gpt-in'],
    [
      'foreign tensors',
      () => fs.writeFileSync(fileOf('tensors.safetensors'), 'GIF89a, a picture'),
      'tensors.safetensors',
    ],
  ];
  test.each(cases)('%s', async (_, damage, message) => {
    await saved();
    damage();
    const load = () => loadCheckpoint(dir);
    expect(load).toThrow(message);
    expect(load).toThrow(/^[^\n]+$/);
    expect(load).toThrow(
      expect.objectContaining({ name: expect.stringMatching(/^(Data|Safetensors)Error$/) }),
    );
  });

  test('a checkpoint of another model is refused, and nothing is changed', async () => {
    await saved();
    const of = parts(5);
    const wider = new GPTModel({ ...config, embDim: 32 }, { seed: 1 });
    const before = wider.wte.dataSync();
    const other = { ...of, model: wider, optimizer: new AdamW(wider.parameters()) };
    expect(() => loadCheckpoint(dir).restore(other)).toThrow(
      'of another model or optimizer: 45 tensors differ, such as model.wte.weight, which is ' +
        '(13, 16) there and (13, 32) here',
    );
    expect(wider.wte.dataSync()).toEqual(before);
    const { model } = of;
    const fewer = { ...of, optimizer: new AdamW({ wte: model.wte }) };
    expect(() => loadCheckpoint(dir).restore(fewer)).toThrow('absent');
    const loader = new SlidingWindowLoader(text, { length: 4 });
    expect(() => loadCheckpoint(dir).restore({ ...of, loader })).toThrow('other data');
  });
});

describe('a checkpoint belongs to a model, an optimizer and data', () => {
  const state = () => JSON.parse(fs.readFileSync(fileOf('state.json'), 'utf8'));

  test.each([
    [{ nHeads: 8 }, 'model: nHeads was 2 and is 8'],
    [{ dropRate: 0 }, 'model: dropRate was 0.2 and is 0'],
    [{ nHeads: 4, dropRate: 0.1 }, 'model: nHeads was 2 and is 4, dropRate was 0.2 and is 0.1'],
    [{ tiedHead: false }, 'model or optimizer: 3 tensors differ, such as model.lm_head.weight'],
    [{ qkvBias: true }, 'model or optimizer: 3 tensors differ, such as model.h.0.attn.c_attn.bias'],
  ])('a model with %j is refused, and nothing is changed', (change, message) => {
    untrained();
    const of = parts(5);
    const model = new GPTModel({ ...config, ...change }, { seed: 1 });
    const optimizer = new AdamW(model.parameters(), { weightDecay: 0.1 });
    const [before, position] = [model.wte.dataSync(), of.loader.state()];
    const restore = () => loadCheckpoint(dir).restore({ ...of, model, optimizer });
    expect(restore).toThrow(`The checkpoint in ${dir} is of another ${message}`);
    expect(model.wte.dataSync()).toEqual(before);
    expect(of.loader.state()).toEqual(position);
  });

  test.each([
    [{ beta1: 0.8 }, 'beta1 was 0.9 and is 0.8'],
    [{ beta2: 0.99 }, 'beta2 was 0.999 and is 0.99'],
    [{ epsilon: 1e-6 }, 'epsilon was 1e-8 and is 0.000001'],
    [{ weightDecay: 0.2 }, 'weightDecay was 0.1 and is 0.2'],
    [{ decays: () => false }, 'decays was ["wte.weight","wpe.weight",'],
  ])('an optimizer with %j is refused', (change, message) => {
    untrained();
    const of = parts(5);
    const optimizer = new AdamW(of.model.parameters(), { weightDecay: 0.1, ...change });
    const restore = () => loadCheckpoint(dir).restore({ ...of, optimizer });
    expect(restore).toThrow(`is of another optimizer: ${message}`);
  });

  test.each([
    [{ length: 4 }, /taken over 25 windows of 8, .* and the loader has 51 windows of 4/],
    [{ batchSize: 5 }, 'batches of 5'],
    [{ seed: 4 }, 'shuffled with seed 4'],
    [{ dropLast: true }, 'taken over 7 batches in an epoch, and the loader has 6 batches'],
  ])('a loader with %j is refused', (change, message) => {
    const of = untrained();
    const options = { length: 8, batchSize: 4, shuffle: true, seed: 3, ...change };
    const loader = new SlidingWindowLoader(text, options);
    expect(() => loadCheckpoint(dir).restore({ ...of, loader })).toThrow(message);
  });

  test('every flipped bit of its tensors is found', () => {
    untrained();
    const file = fileOf('tensors.safetensors');
    const content = fs.readFileSync(file);
    const random = seededRandom(1);
    for (let i = 0; i < 200; i++) {
      const [at, bit] = [Math.floor(random() * content.length), 1 << Math.floor(random() * 8)];
      content[at] ^= bit;
      fs.writeFileSync(file, content);
      expect(() => loadCheckpoint(dir), `bit ${bit} of byte ${at}`).toThrow('tensors.safetensors');
      content[at] ^= bit;
    }
    fs.writeFileSync(file, content);
    expect(loadCheckpoint(dir).history.step).toBe(2);
  });

  test.each(['tensors.safetensors', 'state.json'])('%s of another checkpoint is found', (name) => {
    const of = untrained();
    const other = fs.readFileSync(fileOf(name));
    of.model.wte.assign(tf.zerosLike(of.model.wte));
    saveCheckpoint(dir, { ...of, history: newHistory(), seed: 8 });
    const [folder] = folders();
    fs.writeFileSync(path.join(dir, folder, name), other);
    expect(() => loadCheckpoint(dir)).toThrow(
      `${path.join(dir, folder, name)} is damaged: its SHA-256 is not the one in SHA256SUMS`,
    );
  });

  test('without its checksums it is refused, and sha256sum can check them', () => {
    untrained();
    const checked = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], {
      cwd: path.join(dir, 'checkpoint-00000001'),
      encoding: 'utf8',
    });
    expect(checked).toBe('tensors.safetensors: OK\nstate.json: OK\n');
    fs.rmSync(fileOf('SHA256SUMS'));
    expect(() => loadCheckpoint(dir)).toThrow(
      /SHA256SUMS cannot be read: it is not there \(ENOENT\)/,
    );
  });

  // The states are damaged on purpose, so no type fits.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  test.each<[string, (of: Record<string, any>) => void, string]>([
    ['history {}', (of) => (of.history = {}), 'history.step: '],
    ['no losses', (of) => delete of.history.losses, 'history.losses: '],
    ['no evaluations', (of) => delete of.history.evaluations, 'history.evaluations: '],
    ['step "5"', (of) => (of.history.step = '5'), 'history.step: '],
    ['step -1', (of) => (of.history.step = -1), 'history.step: '],
    ['step 2.5', (of) => (of.history.step = 2.5), 'history.step: '],
    ['a loss too many', (of) => of.history.losses.push(1), 'history: must have a loss'],
    ['a loss null', (of) => (of.history.losses[0] = null), 'history.losses.0: '],
    ['seed text', (of) => (of.seed = 'x'), 'seed: '],
    ['data {}', (of) => (of.data = {}), 'data.epoch: '],
    ['data list', (of) => (of.data = []), 'data: '],
    ['position -5', (of) => (of.data.position = -5), 'data.position: '],
    ['engine text', (of) => (of.engine = 'x'), 'engine: '],
    ['no optimizer', (of) => delete of.optimizer, 'optimizer: '],
    ['changed loss', (of) => (of.history.losses[0] = 2), 'is damaged'],
  ])('a state with %s is one clear error', (_, damage, message) => {
    untrained();
    const changed = state();
    damage(changed);
    fs.writeFileSync(fileOf('state.json'), JSON.stringify(changed));
    const load = () => loadCheckpoint(dir);
    expect(load).toThrow(message);
    expect(load).toThrow(/^[^\n]+state\.json[^\n]+$/);
    expect(load).toThrow(expect.objectContaining({ name: 'DataError' }));
  });

  test('a position past the last batch is refused', () => {
    const of = untrained();
    const position = { ...of.loader.state(), position: 1e12 };
    expect(() => of.loader.restore(position)).toThrow('An epoch has 7 batches');
  });
});

describe('saving', () => {
  test('a process that dies at any system call leaves the old checkpoint or the new one', () => {
    const of = parts(1);
    const save = (step: number) =>
      saveCheckpoint(dir, { ...of, history: { ...newHistory(), step }, seed: 7 });
    const seen = new Set<number>();
    for (let k = 0, died = true; died; k += 2) {
      save(1);
      died = dies(k, () => save(2));
      seen.add(loadCheckpoint(dir).history.step);
      save(3);
      expect(folders(), `killed at call ${k}`).toEqual([
        expect.stringMatching(/^checkpoint-\d{8}$/),
      ]);
    }
    expect([...seen].sort()).toEqual([1, 2]);
  });

  test('of two processes that save at once, the last one wins', () => {
    const of = untrained();
    const real = fs.renameSync;
    let other = false;
    vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      if (!other) {
        other = true; // between the choice of the number and the renaming
        saveCheckpoint(dir, { ...of, history: { ...newHistory(), step: 3 }, seed: 7 });
      }
      real(from, to);
    });
    saveCheckpoint(dir, { ...of, history: { ...newHistory(), step: 4 }, seed: 7 });
    expect(folders()).toEqual(['checkpoint-00000003']);
    expect(loadCheckpoint(dir).history.step).toBe(4);
  });

  test('replaces the last checkpoint, and removes what a killed process left', async () => {
    const of = await saved();
    fs.mkdirSync(path.join(dir, 'checkpoint-00000009.123.tmp'));
    fs.mkdirSync(path.join(dir, 'checkpoint-00000001.tmp'));
    fs.writeFileSync(path.join(dir, 'mine.tmp'), '');
    saveCheckpoint(dir, { ...of, history: { ...newHistory(), step: 5 }, seed: 7 });
    expect(folders()).toEqual(['checkpoint-00000002', 'mine.tmp']);
    expect(loadCheckpoint(dir).history.step).toBe(5);
  });

  const failing = ['mkdirSync', 'writeFileSync', 'renameSync'] as const;
  test.each(failing)('if %s fails, the old checkpoint stays', async (call) => {
    const of = await saved();
    for (const [code, message] of [
      ['ENOSPC', `No room left on the disk for ${dir} (ENOSPC)`],
      ['EROFS', `Not allowed to write ${dir} (EROFS)`],
      ['EACCES', `Not allowed to write ${dir} (EACCES)`],
    ]) {
      vi.spyOn(fs, call).mockImplementation(() => {
        throw Object.assign(new Error(`${code}: injected`), { code });
      });
      expect(() => saveCheckpoint(dir, { ...of, history: newHistory(), seed: 0 })).toThrow(message);
      vi.restoreAllMocks();
      expect(folders()).toEqual(['checkpoint-00000001']);
      expect(loadCheckpoint(dir).history.step).toBe(2);
    }
  });

  test('if a file is in the way, the error says so', async () => {
    const file = path.join(dir, 'file');
    fs.writeFileSync(file, '');
    const state = { ...parts(1), history: newHistory(), seed: 0 };
    expect(() => saveCheckpoint(file, state)).toThrow('a file or folder is in the way');
  });

  test('on a disk that fills up, the old checkpoint stays', async () => {
    await saved();
    // A limit on the size of files stands for a full disk and needs no special rights.
    const output = child(`save(1).catch((error) => console.log(error.message))`, 'ulimit -f 8;');
    expect(output).toMatch(/^No room left on the disk for \S+ \(EFBIG\)\n$/);
    expect(folders()).toEqual(['checkpoint-00000001']);
    expect(loadCheckpoint(dir).history.step).toBe(2);
  });
});

/** A process that can `save(step)` a checkpoint whose every number is `step`, or `go()` and train. */
const program = (then: string) => `
  const { initBackend, tf } = require('./lib/backend.ts');
  const { GPTModel } = require('./lib/model.ts');
  const { SlidingWindowLoader } = require('./lib/data.ts');
  const training = require('./lib/training.ts');
  const dir = process.env.GPT_TEST_DIR;
  const text = ${JSON.stringify(text)};
  const model = (seed) => new GPTModel(${JSON.stringify(config)}, { seed });
  const loader = () => new SlidingWindowLoader(text, { length: 8, batchSize: 4, shuffle: true, seed: 3 });
  let state;
  async function save(step) {
    if (!state) {
      await initBackend();
      const big = new GPTModel({ ...${JSON.stringify(config)}, embDim: 64, nLayers: 2 });
      state = { model: big, optimizer: new training.AdamW(big.parameters()), loader: loader(), seed: step };
    }
    const all = { ...state.model.parameters(), ...state.optimizer.state() };
    for (const variable of Object.values(all)) variable.assign(tf.fill(variable.shape, step));
    training.saveCheckpoint(dir, { ...state, history: { ...training.newHistory(), step } });
  }
  ${then}`;

const environment = () => ({ ...process.env, GPT_TEST_DIR: dir });

/** Runs it to its end; `first` is a command of the shell to run before. */
function child(then: string, first = ''): string {
  const command = `${first} exec "$0" --import tsx -e "$1"`;
  return execFileSync('/bin/sh', ['-c', command, process.execPath, program(then)], {
    cwd: ROOT,
    env: environment(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Starts it; `line()` is the next line it prints. */
function start(then: string) {
  const process_ = spawn(process.execPath, ['--import', 'tsx', '-e', program(then)], {
    cwd: ROOT,
    env: environment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<string | number | null>((resolve) =>
    process_.on('exit', (code, signal) => resolve(signal ?? code)),
  );
  return {
    process: process_,
    line: async () => (await lines.next()).value as string,
    ended,
    lines,
  };
}

const kills = process.env.GPT_LONG === '1' ? 200 : 10;

test(
  `SIGKILL at ${kills} random moments leaves a whole checkpoint, at most one save old`,
  { timeout: 120_000 * kills },
  async () => {
    vi.stubEnv('GPT_BACKEND', 'cpu'); // starts fastest
    vi.spyOn(console, 'warn').mockImplementation(() => undefined); // of another engine here
    const random = seededRandom(1);
    let begin = 1;
    for (let kill = 0; kill < kills; kill++) {
      const saver = start(
        `(async () => { for (let step = ${begin}; ; step++) { await save(step); console.log(step); } })();`,
      );
      await saver.line();
      await wait(100 * random());
      saver.process.kill('SIGKILL');
      expect(await saver.ended).toBe('SIGKILL');
      let printed = begin;
      for (let line = await saver.line(); line; line = await saver.line()) printed = Number(line);
      const { step } = loadCheckpoint(dir).history;
      expect(step - printed).toBeGreaterThanOrEqual(0);
      expect(step - printed).toBeLessThanOrEqual(1);
      expect(valuesSaved()).toEqual([step]);
      begin = step + 1;
    }
  },
);

/** The different numbers in the tensors of the checkpoint. */
function valuesSaved(): number[] {
  const big = new GPTModel({ ...config, embDim: 64, nLayers: 2 }, { init: 'zeros' });
  const optimizer = new AdamW(big.parameters());
  const { loader } = parts(1);
  loadCheckpoint(dir).restore({ model: big, optimizer, loader });
  const values = Object.values({ ...big.parameters(), ...optimizer.state() }).flatMap((one) => [
    ...one.dataSync(),
  ]);
  return [...new Set(values)];
}

test('SIGTERM saves and ends the process within a step; the next process continues', async () => {
  const training = `
    (async () => {
      await initBackend();
      const m = model(1);
      const optimizer = new training.AdamW(m.parameters(), { weightDecay: 0.1 });
      await training.train({ model: m, optimizer, loader: loader(), seed: 7, quiet: true, accumulate: 2,
        steps: ${STEPS}, schedule: training.cosineSchedule({ steps: ${STEPS}, peak: 0.01, warmup: 4 }),
        checkpoint: { dir, every: 1000 },
        onStep: async ({ step }) => {
          if (step < 6) return;
          console.log(step);
          if (step === 6) await new Promise((resolve) => setTimeout(resolve, 1000));
        } });
    })();`;
  const trainer = start(training);
  expect(await trainer.line()).toBe('6');
  trainer.process.kill('SIGTERM');
  expect(await trainer.ended).toBe('SIGTERM');
  expect(await trainer.line()).toBeUndefined();
  const of = parts(2);
  const checkpoint = loadCheckpoint(dir);
  expect(checkpoint.history.step).toBe(6);
  checkpoint.restore(of);
  const { losses } = await run(of, { history: checkpoint.history });
  expect(losses).toEqual((await run(parts(1), {})).losses);
});

afterAll(() => tf.disposeVariables());
