/** Long trainings whose stored result a weak machine or a browser tab loads instead. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { isNative } from '../backend';
import { DataError } from '../core/errors';
import { dataPlaces } from '../data';
import { trainedModels, type TrainedModel } from './trained-models';

/** Saves a result as the files of a folder, and reads it back. */
export interface ResultStorage<T> {
  save(result: T, dir: string): void;
  load(dir: string): Promise<T>;
}

/**
 * Runs a training if there is native TensorFlow. Otherwise it loads the stored result of an earlier
 * run of the same name, because WebAssembly trains 5 to 30 times slower. `GPT_TRAINING=run` always
 * trains, `load` always loads, and `store` trains and keeps the result in `runs/NAME` of the data
 * cache. Stored runs are looked for there and in `GPT_DATA_MIRROR`, never on the network.
 *
 * @param name the name of the folder, which must say whatever changes the result, as in
 *   `verdict-quick`
 * @param train must throw if it was stopped early, because whatever it returns is stored
 * @param storage default: that of a model with its history; `saveClassifier` and `loadClassifier`
 *   make another
 * @returns the result, and in `note` one line for the screen that says whether it was trained or
 *   loaded
 * @throws DataError `absent` if the run has to be loaded and is nowhere; errors of `train` and
 *   `storage`
 */
export function trainOrLoad(
  name: string,
  train: () => Promise<TrainedModel>,
): Promise<{ result: TrainedModel; note: string }>;
export function trainOrLoad<T>(
  name: string,
  train: () => Promise<T>,
  storage: ResultStorage<T>,
): Promise<{ result: T; note: string }>;
export async function trainOrLoad<T>(
  name: string,
  train: () => Promise<T>,
  storage = trainedModels as unknown as ResultStorage<T>,
): Promise<{ result: T; note: string }> {
  if (!/^[\w-]+$/.test(name)) throw new Error(`A run's name is of letters and -, got "${name}"`);
  const mode = process.env.GPT_TRAINING || (isNative() ? 'run' : 'load');
  if (!['run', 'load', 'store'].includes(mode)) {
    throw new Error(`GPT_TRAINING is "${mode}"; expected run, load or store`);
  }
  const folders = dataPlaces().map(({ folder }) => path.join(folder, 'runs', name));
  if (mode !== 'load') {
    const result = await train();
    if (mode === 'store') storage.save(result, folders[0]);
    return { result, note: `${name}: trained on this machine` };
  }
  const dir = folders.find((folder) => existsSync(folder));
  if (dir) return { result: await storage.load(dir), note: `${name}: loaded, not trained here` };
  throw new DataError(
    `The training ${name} is too long for this machine, and no stored run of it is in ` +
      `${folders.join(' or ')}; GPT_TRAINING=run trains it all the same`,
    'absent',
  );
}
