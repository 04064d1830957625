/**
 * Checkpoints: everything a training needs to go on as if it had never stopped, in one folder
 * that is there as a whole or not at all.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compiles, precision, tf } from '../backend';
import { prefixed, type ParameterMap } from '../attention';
import { DataError, explainFileError, flushFolder, type LoaderState } from '../data';
import type { AdamW } from './adamw';
import { readSafetensors, writeSafetensors } from '../weights';
import type { TrainingHistory } from './loop';

const FORMAT = 'gpt-in-typescript checkpoint 1';
const TENSORS = 'tensors.safetensors';
const STATE = 'state.json';

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
  model: { parameters(): ParameterMap };
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
const UNFINISHED = /^checkpoint-\d{8}(\.\d+)?\.tmp$/;

/** The folders in `dir` whose names match, oldest first. */
function matching(dir: string, pattern: RegExp): string[] {
  if (!fs.existsSync(dir)) return [];
  const names = fs.readdirSync(dir).filter((name) => pattern.test(name));
  return names.sort();
}

/** Whether a folder holds a checkpoint. */
export const hasCheckpoint = (dir: string): boolean => matching(dir, NUMBERED).length > 0;

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
  const { history, seed, loader } = state;
  const json = { format: FORMAT, engine: thisEngine(), seed, data: loader.state(), history };
  let beside: string | undefined;
  try {
    fs.mkdirSync(dir, { recursive: true });
    const old = matching(dir, NUMBERED);
    const number = Number(NUMBERED.exec(old[old.length - 1] ?? '')?.[1] ?? 0) + 1;
    const target = path.join(dir, `checkpoint-${String(number).padStart(8, '0')}`);
    for (const name of matching(dir, UNFINISHED)) remove(path.join(dir, name));
    beside = `${target}.${process.pid}.tmp`;
    fs.mkdirSync(beside);
    writeSafetensors(path.join(beside, TENSORS), variables(state));
    fs.writeFileSync(path.join(beside, STATE), JSON.stringify(json), { flush: true });
    flushFolder(beside);
    fs.renameSync(beside, target);
    flushFolder(dir);
    for (const name of old) {
      // Renamed first, so that a half removed one is never taken for a checkpoint.
      const gone = path.join(dir, `${name}.tmp`);
      fs.renameSync(path.join(dir, name), gone);
      remove(gone);
    }
  } catch (error) {
    try {
      if (beside) remove(beside);
    } catch {
      // What went wrong first is what to report.
    }
    throw explainFileError(error, dir);
  }
}

const remove = (folder: string) => fs.rmSync(folder, { recursive: true, force: true });

/**
 * Reads the checkpoint in a folder, and warns when it comes from another engine, mode, number of
 * threads or precision: training goes on then, but not bit for bit as it would have there.
 *
 * @throws DataError in one line when there is none, or it is damaged or not ours
 */
export function loadCheckpoint(dir: string): Checkpoint {
  const [name] = matching(dir, NUMBERED).slice(-1);
  if (!name) throw new DataError(`There is no checkpoint in ${dir}`);
  const folder = path.join(dir, name);
  const { engine, history, seed, data } = readState(path.join(folder, STATE));
  const file = path.join(folder, TENSORS);
  const tensors = readSafetensors(file);
  const here = thisEngine();
  const changes = (Object.keys(here) as (keyof Engine)[])
    .filter((key) => engine[key] !== here[key])
    .map((key) => `${key} was ${engine[key]} and is ${here[key]}`);
  if (changes.length) {
    console.warn(`Resuming elsewhere, so the numbers will differ a little: ${changes.join(', ')}`);
  }
  return {
    ...{ engine, history, seed, data },
    restore(parts) {
      const targets = variables(parts);
      const names = new Set([...Object.keys(targets), ...tensors.tensors.keys()]);
      const wrong = [...names].filter(
        (name) => targets[name]?.shape.join() !== tensors.tensors.get(name)?.shape.join(),
      );
      if (wrong.length) {
        const [first] = wrong;
        const [has, needs] = [tensors.tensors.get(first), targets[first]].map((one) =>
          one ? `(${one.shape.join(', ')})` : 'absent',
        );
        throw new DataError(
          `The checkpoint in ${dir} is of another model or optimizer: ${wrong.length} tensors ` +
            `differ, such as ${first}, which is ${has} there and ${needs} here`,
        );
      }
      parts.loader.restore(data);
      for (const [name, variable] of Object.entries(targets)) {
        tf.tidy(() => variable.assign(tensors.tensor(name)));
      }
    },
  };
}

type State = Pick<Checkpoint, 'engine' | 'history' | 'seed' | 'data'>;

function readState(file: string): State {
  let state: Partial<State & { format: string }> | undefined;
  try {
    state = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new DataError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const { format, engine, history, seed, data } = state ?? {};
  if (format !== FORMAT || !engine || !history || seed === undefined || !data) {
    throw new DataError(`${file} is no "${FORMAT}"`);
  }
  return { engine, history, seed, data };
}
