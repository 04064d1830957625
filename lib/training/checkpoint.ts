/**
 * Checkpoints: everything a training needs to go on as if it had never stopped, in one folder
 * that is there as a whole or not at all.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { compiles, precision, tf } from '../backend';
import { prefixed, type ParameterMap } from '../nn';
import {
  becomes,
  explainFileError,
  removeAbandoned,
  unlessDone,
  writeBeside,
} from '../core/atomic-write';
import { DataError } from '../core/errors';
import { explainReading, readText } from '../core/read-file';
import { type LoaderState } from '../data';
import { phrase } from '../language';
import type { AdamW } from './adamw';
import { readSafetensors, serializeSafetensors } from '../weights';
import type { TrainingHistory } from './history';

const FORMAT = 'gpt-in-typescript checkpoint 2';
/** Without config, optimizer and checksums. */
const FORMAT_1 = 'gpt-in-typescript checkpoint 1';
const TENSORS = 'tensors.safetensors';
const STATE = 'state.json';
/** As `sha256sum` writes them, and checks them with `-c`. */
const SUMS = 'SHA256SUMS';

/** What the numbers of a run depend on beside its state: the same here gives the same bits. */
export interface Engine {
  backend: string;
  mode: 'eager' | 'compiled';
  threads: number;
  /** `float32`, or what lets matrix products round to less. */
  precision: string;
}

/** The engine of this process. */
export function thisEngine(): Engine {
  const { TF_NUM_INTRAOP_THREADS, TF_SET_ONEDNN_FPMATH_MODE } = process.env;
  return {
    backend: tf.getBackend(),
    mode: compiles() ? 'compiled' : 'eager',
    threads: Number(TF_NUM_INTRAOP_THREADS) || os.availableParallelism(),
    precision: TF_SET_ONEDNN_FPMATH_MODE?.toLowerCase() ?? precision(),
  };
}

/** What is saved: the parts of a training, as they are used in it. */
export interface TrainingState {
  /** Where it has a config, as a GPTModel has, a resumed model must have the same. */
  model: { parameters(): ParameterMap; readonly config?: object };
  optimizer: AdamW;
  loader: { state(): LoaderState; restore(state: LoaderState): void };
  history: TrainingHistory;
  /** Of dropout, which depends on it and on the step alone. */
  seed: number;
}

/** A checkpoint as it was read. */
export interface Checkpoint {
  readonly history: TrainingHistory;
  readonly seed: number;
  readonly data: LoaderState;
  readonly engine: Engine;
  /**
   * Puts weights, optimizer state and data position into the parts of a training.
   *
   * @throws DataError when they are not of the same model, optimizer and data
   */
  restore(parts: Pick<TrainingState, 'model' | 'optimizer' | 'loader'>): void;
}

const NUMBERED = /^checkpoint-(\d{8})$/;
/** What another process has half removed, or a version before this one half written. */
const UNFINISHED = /^checkpoint-\d{8}(\.\d+)?\.tmp$/;

/** The folders in `dir` whose names match, oldest first. */
function matching(dir: string, pattern: RegExp): string[] {
  if (!fs.existsSync(dir)) return [];
  const names = fs.readdirSync(dir).filter((name) => pattern.test(name));
  return names.sort();
}

const newest = (dir: string): string | undefined => matching(dir, NUMBERED).slice(-1)[0];

/** Whether a folder holds a checkpoint. */
export const hasCheckpoint = (dir: string): boolean => newest(dir) !== undefined;

type Variables = Pick<TrainingState, 'model' | 'optimizer'>;

/** All that a training changes, by the name in the file. */
function variables({ model, optimizer }: Variables): ParameterMap {
  return {
    ...prefixed('model.', model.parameters()),
    ...prefixed('optimizer.', optimizer.state()),
  };
}

/**
 * Saves a training in a folder, in place of what it held. Written beside, flushed, then renamed:
 * whenever the process or the machine stops, the old checkpoint is there or the new one.
 *
 * @throws DataError in one line when the disk is full or the folder cannot be written; the old
 * checkpoint is intact then
 */
export function saveCheckpoint(dir: string, state: TrainingState): void {
  const { model, optimizer, loader, history, seed } = state;
  const json = JSON.stringify({
    format: FORMAT,
    engine: thisEngine(),
    seed,
    data: loader.state(),
    history,
    config: model.config,
    optimizer: optimizer.settings,
  });
  const tensors = hashed(serializeSafetensors(variables(state)));
  const sums = function* () {
    // Asked for when the tensors are written.
    yield Buffer.from(
      `${tensors.digest()}  ${TENSORS}\n${sha256([Buffer.from(json)])}  ${STATE}\n`,
    );
  };
  try {
    fs.mkdirSync(dir, { recursive: true });
    for (const name of matching(dir, UNFINISHED)) remove(path.join(dir, name));
    removeAbandoned(dir);
    const files = { [TENSORS]: tensors.pieces, [STATE]: json, [SUMS]: sums() };
    let name: string;
    writeBeside(dir, files, (_, beside) => {
      // The next number; where another process takes it at this moment, the one after.
      do name = nextName(dir);
      while (!becomes(beside, path.join(dir, name)));
    });
    for (const old of matching(dir, NUMBERED).filter((one) => one < name)) {
      // Renamed first, so that a half removed one is never taken for a checkpoint.
      const gone = path.join(dir, `${old}.tmp`);
      unlessDone(() => fs.renameSync(path.join(dir, old), gone), 'ENOTEMPTY', 'EEXIST');
      remove(gone);
    }
  } catch (error) {
    throw explainFileError(error, dir);
  }
}

function nextName(dir: string): string {
  const number = Number(NUMBERED.exec(newest(dir) ?? '')?.[1] ?? 0) + 1;
  return `checkpoint-${String(number).padStart(8, '0')}`;
}

const remove = (folder: string) => fs.rmSync(folder, { recursive: true, force: true });

/** The same pieces, and their SHA-256 once they have all been read. */
function hashed(content: Iterable<Uint8Array>) {
  const hash = createHash('sha256');
  const pieces = (function* () {
    for (const piece of content) {
      hash.update(piece);
      yield piece;
    }
  })();
  return { pieces, digest: () => hash.digest('hex') };
}

function sha256(pieces: Iterable<Uint8Array>): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/** A file of any size, piece by piece; each is only there until the next. */
function* piecesOf(file: string): Generator<Uint8Array> {
  const buffer = Buffer.alloc(1 << 20);
  const handle = fs.openSync(file, 'r');
  try {
    for (let n = 1; n;) {
      n = fs.readSync(handle, buffer);
      yield buffer.subarray(0, n);
    }
  } finally {
    fs.closeSync(handle);
  }
}

/**
 * Reads the checkpoint in a folder, and warns when it comes from another engine, mode, number of
 * threads or precision: training goes on then, but not bit for bit as it would have there.
 *
 * @throws DataError in one line when there is none, or it is damaged or not ours
 */
export function loadCheckpoint(dir: string): Checkpoint {
  for (;;) {
    const name = newest(dir);
    if (!name) throw new DataError(`There is no checkpoint in ${dir}`, 'absent');
    try {
      return openCheckpoint(dir, path.join(dir, name));
    } catch (error) {
      if (newest(dir) === name) throw error; // else another process has replaced it meanwhile
    }
  }
}

function openCheckpoint(dir: string, folder: string): Checkpoint {
  const state = readState(path.join(folder, STATE));
  const { engine, history, seed, data } = state;
  const tensors = readSafetensors(path.join(folder, TENSORS));
  if (state.format === FORMAT) verify(folder);
  warnOfEngine(engine);
  return {
    engine,
    history,
    seed,
    data,
    restore(parts) {
      const targets = variables(parts);
      const fail = (difference: string) => {
        throw new DataError(`The checkpoint in ${dir} is of another ${difference}`);
      };
      const names = new Set([...Object.keys(targets), ...tensors.tensors.keys()]);
      const wrong = [...names].filter(
        (name) => targets[name]?.shape.join() !== tensors.tensors.get(name)?.shape.join(),
      );
      if (wrong.length) {
        const [first] = wrong;
        const [has, needs] = [tensors.tensors.get(first), targets[first]].map((one) =>
          one ? `(${one.shape.join(', ')})` : 'absent',
        );
        fail(
          `model or optimizer: ${wrong.length} tensors ` +
            `differ, such as ${first}, which is ${has} there and ${needs} here`,
        );
      }
      const { config } = parts.model;
      const otherModel = config && state.config ? changes(state.config, config) : [];
      if (otherModel.length) fail(`model: ${otherModel.join(', ')}`);
      const otherOptimizer = state.optimizer
        ? changes(state.optimizer, parts.optimizer.settings)
        : [];
      if (otherOptimizer.length) fail(`optimizer: ${otherOptimizer.join(', ')}`);
      tf.tidy(() => {
        // All are read before the first is assigned.
        const values = Object.keys(targets).map((name) => tensors.tensor(name));
        parts.loader.restore(data);
        Object.values(targets).forEach((variable, i) => variable.assign(values[i]));
      });
    },
  };
}

/** @throws DataError when a file is not as it was written */
function verify(folder: string): void {
  const lines = readText(path.join(folder, SUMS)).split('\n');
  for (const name of [TENSORS, STATE]) {
    const file = path.join(folder, name);
    const sum = explainReading(file, () => sha256(piecesOf(file)));
    if (lines.includes(`${sum}  ${name}`)) continue;
    throw new DataError(`${file} is damaged: its SHA-256 is not the one in ${SUMS}`);
  }
}

/** What differs, in words. */
function changes(was: object, is: object): string[] {
  const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 80) ?? 'absent';
  const [before, now] = [was, is].map((one) => new Map<string, unknown>(Object.entries(one)));
  return [...new Set([...before.keys(), ...now.keys()])]
    .map((key) => ({ key, a: shown(before.get(key)), b: shown(now.get(key)) }))
    .filter(({ a, b }) => a !== b)
    .map(({ key, a, b }) => `${key} was ${a} and is ${b}`);
}

function warnOfEngine(engine: Engine): void {
  const here = thisEngine();
  const different = (Object.keys(here) as (keyof Engine)[])
    .filter((key) => engine[key] !== here[key])
    .map((key) =>
      phrase('{key} was {before} and is {now}', { key, before: engine[key], now: here[key] }),
    );
  if (different.length) {
    console.warn(
      phrase('Resuming elsewhere, so the numbers will differ a little: {changes}', {
        changes: different.join(', '),
      }),
    );
  }
}

const count = z.number().int().nonnegative();
const numbers = z.array(z.number());
const loss = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN); // which JSON does not have
const history = z
  .object({
    step: count,
    tokens: count,
    losses: numbers,
    gradNorms: numbers,
    learningRates: numbers,
    evaluations: z.array(
      z.object({ step: count, trainLoss: loss, validationLoss: loss.optional() }),
    ),
  })
  .refine(
    ({ step, losses, gradNorms, learningRates }) =>
      losses.length <= step &&
      losses.length === gradNorms.length &&
      losses.length === learningRates.length,
    'must have a loss, a gradient norm and a learning rate for each step',
  );
const first = z.object({
  format: z.literal(FORMAT_1),
  engine: z.object({
    backend: z.string(),
    mode: z.enum(['eager', 'compiled']),
    threads: z.number(),
    precision: z.string(),
  }),
  seed: z.number().int(),
  data: z.object({
    epoch: count,
    position: count,
    order: z.string(),
    batches: count.optional(),
  }),
  history,
});
const second = first.extend({
  format: z.literal(FORMAT),
  config: z.record(z.string(), z.unknown()).optional(),
  optimizer: z.record(z.string(), z.unknown()),
});
const stateForm = z.discriminatedUnion('format', [
  first.extend({ config: z.undefined().optional(), optimizer: z.undefined().optional() }),
  second,
]);

function readState(file: string): z.infer<typeof stateForm> {
  const text = readText(file);
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const { data, error } = stateForm.safeParse(state);
  if (data) return data;
  const [{ path: place, message }] = error.issues;
  throw new DataError(
    `${file} is no "${FORMAT}": ${[place.join('.'), message].filter(Boolean).join(': ')}`,
  );
}
