/**
 * Checkpoints: everything that a training needs to continue as if it had never stopped, in a folder
 * that appears complete or not at all.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compiles, precision, tf } from '../backend';
import { prefixed, type ParameterMap } from '../nn';
import {
  explainFileError,
  removeAbandoned,
  tryRename,
  unlessDone,
  writeBeside,
} from '../core/atomic-write';
import { DataError } from '../core/errors';
import { explainReading, readText } from '../core/read-file';
import { type LoaderState } from '../data';
import { phrase } from '../language';
import type { AdamW } from './adamw';
import { FORMAT, readState } from './checkpoint-state';
import { readSafetensors, serializeSafetensors } from '../weights';
import type { TrainingHistory } from './history';

const TENSORS_FILE = 'tensors.safetensors';
const STATE_FILE = 'state.json';
/** Checksums in the format of `sha256sum`, which can check them with `-c`. */
const SUMS_FILE = 'SHA256SUMS';

/** The conditions of a run: with the same state, the same engine gives the same bits. */
export interface Engine {
  backend: string;
  mode: 'eager' | 'compiled';
  /** Number of threads of TensorFlow. */
  threads: number;
  /** `float32`, or the lower precision that matrix products may use, such as `bfloat16`. */
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

/** The parts of a training that are saved. */
export interface TrainingState {
  /** If it has a `config`, like a GPTModel, the resumed model must have the same. */
  model: { parameters(): ParameterMap; readonly config?: object };
  optimizer: AdamW;
  loader: { state(): LoaderState; restore(state: LoaderState): void };
  history: TrainingHistory;
  /** Seed for dropout, which depends only on it and on the step. */
  seed: number;
}

/** A checkpoint that was read. */
export interface Checkpoint {
  readonly history: TrainingHistory;
  readonly seed: number;
  readonly data: LoaderState;
  readonly engine: Engine;
  /**
   * Restores weights, optimizer state and data position into the parts of a training.
   *
   * @throws DataError if the model, the optimizer or the data differ from the saved ones
   */
  restore(parts: Pick<TrainingState, 'model' | 'optimizer' | 'loader'>): void;
}

const NUMBERED = /^checkpoint-(\d{8})$/;
/** Folders that another process has only half removed, or an earlier version only half written. */
const UNFINISHED = /^checkpoint-\d{8}(\.\d+)?\.tmp$/;

/** The names of the folders in `dir` that match, oldest first. */
function matchingNames(dir: string, pattern: RegExp): string[] {
  if (!fs.existsSync(dir)) return [];
  const names = fs.readdirSync(dir).filter((name) => pattern.test(name));
  return names.sort();
}

const newestName = (dir: string): string | undefined => matchingNames(dir, NUMBERED).slice(-1)[0];

/** Whether a folder holds a checkpoint. */
export const hasCheckpoint = (dir: string): boolean => newestName(dir) !== undefined;

type Variables = Pick<TrainingState, 'model' | 'optimizer'>;

/** All variables that a training changes, by their names in the file. */
function variables({ model, optimizer }: Variables): ParameterMap {
  return {
    ...prefixed('model.', model.parameters()),
    ...prefixed('optimizer.', optimizer.state()),
  };
}

/**
 * Saves a training in a folder, replacing the checkpoint there. The new one is written beside the
 * old one, flushed, then renamed: whenever the process or the machine stops, there is either the
 * old checkpoint or the new one.
 *
 * @throws DataError in one line if the disk is full or the folder cannot be written; the old
 *   checkpoint is intact then
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
  const tensors = hashWhileReading(serializeSafetensors(variables(state)));
  const sums = function* () {
    // Runs after the tensors have been written, when their hash is complete.
    yield Buffer.from(
      `${tensors.digest()}  ${TENSORS_FILE}\n${sha256([Buffer.from(json)])}  ${STATE_FILE}\n`,
    );
  };
  try {
    fs.mkdirSync(dir, { recursive: true });
    for (const name of matchingNames(dir, UNFINISHED)) remove(path.join(dir, name));
    removeAbandoned(dir);
    const files = { [TENSORS_FILE]: tensors.pieces, [STATE_FILE]: json, [SUMS_FILE]: sums() };
    let name: string;
    writeBeside(dir, files, (_, beside) => {
      // The next number, or the one after if another process takes it at this moment.
      do name = nextName(dir);
      while (!tryRename(beside, path.join(dir, name)));
    });
    for (const old of matchingNames(dir, NUMBERED).filter((other) => other < name)) {
      // Renamed first, so that a half removed folder is never taken for a checkpoint.
      const renamed = path.join(dir, `${old}.tmp`);
      unlessDone(() => fs.renameSync(path.join(dir, old), renamed), 'ENOTEMPTY', 'EEXIST');
      remove(renamed);
    }
  } catch (error) {
    throw explainFileError(error, dir);
  }
}

function nextName(dir: string): string {
  const number = Number(NUMBERED.exec(newestName(dir) ?? '')?.[1] ?? 0) + 1;
  return `checkpoint-${String(number).padStart(8, '0')}`;
}

const remove = (folder: string) => fs.rmSync(folder, { recursive: true, force: true });

/** Passes pieces on; `digest` is their SHA-256 once all have been read. */
function hashWhileReading(content: Iterable<Uint8Array>) {
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

/** A file of any size in pieces; each is valid until the next is read. */
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
 * Reads the checkpoint in a folder. It warns if the checkpoint comes from another engine, mode,
 * number of threads or precision: the training can then continue, but not bit for bit as it would
 * have there.
 *
 * @throws DataError in one line if there is no checkpoint, or if it is damaged or has another
 *   format
 */
export function loadCheckpoint(dir: string): Checkpoint {
  for (;;) {
    const name = newestName(dir);
    if (!name) throw new DataError(`There is no checkpoint in ${dir}`, 'absent');
    try {
      return openCheckpoint(dir, path.join(dir, name));
    } catch (error) {
      if (newestName(dir) === name) throw error; // otherwise another process has just replaced it
    }
  }
}

function openCheckpoint(dir: string, folder: string): Checkpoint {
  const state = readState(path.join(folder, STATE_FILE));
  const { engine, history, seed, data } = state;
  const tensors = readSafetensors(path.join(folder, TENSORS_FILE));
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
      const different = [...names].filter(
        (name) => targets[name]?.shape.join() !== tensors.tensors.get(name)?.shape.join(),
      );
      if (different.length) {
        const [first] = different;
        const [saved, current] = [tensors.tensors.get(first), targets[first]].map((tensor) =>
          tensor ? `(${tensor.shape.join(', ')})` : 'absent',
        );
        fail(
          `model or optimizer: ${different.length} tensors ` +
            `differ, such as ${first}, which is ${saved} there and ${current} here`,
        );
      }
      const { config } = parts.model;
      const modelChanges = config && state.config ? changes(state.config, config) : [];
      if (modelChanges.length) fail(`model: ${modelChanges.join(', ')}`);
      const optimizerChanges = state.optimizer
        ? changes(state.optimizer, parts.optimizer.settings)
        : [];
      if (optimizerChanges.length) fail(`optimizer: ${optimizerChanges.join(', ')}`);
      tf.tidy(() => {
        // All tensors are read before the first variable changes.
        const values = Object.keys(targets).map((name) => tensors.tensor(name));
        parts.loader.restore(data);
        Object.values(targets).forEach((variable, i) => variable.assign(values[i]));
      });
    },
  };
}

/** Checks the files of a checkpoint. @throws DataError if one does not have its saved checksum */
function verify(folder: string): void {
  const lines = readText(path.join(folder, SUMS_FILE)).split('\n');
  for (const name of [TENSORS_FILE, STATE_FILE]) {
    const file = path.join(folder, name);
    const sum = explainReading(file, () => sha256(piecesOf(file)));
    if (lines.includes(`${sum}  ${name}`)) continue;
    throw new DataError(`${file} is damaged: its SHA-256 is not the one in ${SUMS_FILE}`);
  }
}

/** Describes the properties that differ: `nLayers was 2 and is 3`. */
function changes(saved: object, current: object): string[] {
  const show = (value: unknown) => JSON.stringify(value)?.slice(0, 80) ?? 'absent';
  const before = new Map<string, unknown>(Object.entries(saved));
  const now = new Map<string, unknown>(Object.entries(current));
  return [...new Set([...before.keys(), ...now.keys()])]
    .map((key) => ({ key, was: show(before.get(key)), is: show(now.get(key)) }))
    .filter(({ was, is }) => was !== is)
    .map(({ key, was, is }) => `${key} was ${was} and is ${is}`);
}

function warnOfEngine(engine: Engine): void {
  const current = thisEngine();
  const differences = (Object.keys(current) as (keyof Engine)[])
    .filter((key) => engine[key] !== current[key])
    .map((key) =>
      phrase('{key} was {before} and is {now}', { key, before: engine[key], now: current[key] }),
    );
  if (differences.length) {
    console.warn(
      phrase('Resuming elsewhere, so the numbers will differ a little: {changes}', {
        changes: differences.join(', '),
      }),
    );
  }
}
