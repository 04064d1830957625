/** A trained model with the history of its training, as a folder. */
import path from 'node:path';
import { readFilesAtomic, retryReplaced } from '../core/atomic-read';
import { writeFilesAtomic } from '../core/atomic-write';
import { DataError } from '../core/errors';
import { readText } from '../core/read-file';
import type { GPTModel } from '../model';
import { modelFiles, openModel, readWeights } from '../weights';
import { historySchema } from './checkpoint-state';
import type { TrainingHistory } from './history';

export interface TrainedModel {
  model: GPTModel;
  history: TrainingHistory;
}

const HISTORY = 'history.json';

/**
 * Weights and configuration in Hugging Face's layout, and `history.json` beside them, as one set.
 */
export const trainedModels = {
  /** @throws DataError if the disk is full or the folder cannot be written */
  save({ model, history }: TrainedModel, dir: string): void {
    writeFilesAtomic(path.resolve(dir), {
      ...modelFiles(model),
      [HISTORY]: JSON.stringify(history),
    });
  },

  /**
   * The caller disposes the model.
   *
   * @throws DataError in one line if a file is missing or damaged
   */
  load(dir: string): Promise<TrainedModel> {
    return retryReplaced(async () => {
      const { stored, history } = readFilesAtomic(dir, (folder) => ({
        stored: openModel(folder),
        history: readHistory(path.join(folder, HISTORY)),
      }));
      return { model: await readWeights(stored), history };
    });
  },
};

function readHistory(file: string): TrainingHistory {
  try {
    return historySchema.parse(JSON.parse(readText(file)));
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${file} does not hold the history of a training`);
  }
}
