/** Opening a model's folder in either layout. */
import { readFilesAtomic } from '../core/atomic-read';
import { DataError } from '../core/errors';
import { listFolder, otherWeights } from './model-folder';
import { openHuggingFace } from './huggingface';
import { openOpenAI } from './openai';
import { type StoredModel } from './stored-model';

/**
 * Opens a model's folder without reading the weights: detects its layout, reads its configuration,
 * and checks that every parameter has its tensor.
 *
 * @param dropRate replaces the dropout rate in the config
 * @throws DataError in one line if it does not hold a GPT-2, or if tensors are missing, unknown or
 *   misshapen
 */
export function openModel(dir: string, dropRate?: number): StoredModel {
  return readFilesAtomic(dir, (folder) => openFolder(folder, dropRate));
}

function openFolder(dir: string, dropRate?: number): StoredModel {
  const names = listFolder(dir);
  if (names.includes('config.json')) return openHuggingFace(dir, dropRate);
  if (names.includes('hparams.json')) {
    const stored = openOpenAI(dir);
    return {
      ...stored,
      config: { ...stored.config, dropRate: dropRate ?? stored.config.dropRate },
    };
  }
  const otherForm = otherWeights(names);
  throw new DataError(
    `${dir} holds no model: neither config.json (Hugging Face) nor hparams.json (OpenAI) is there` +
      (otherForm ? `; it has ${otherForm}` : ''),
  );
}
