import { existsSync } from 'node:fs';
import { DataError, readFilesAtomic } from '../data';
import { isHuggingFace, openHuggingFace } from './huggingface';
import { isOpenAI, openOpenAI } from './openai';
import { type StoredModel } from './stored';

/**
 * Opens a model's folder without reading the weights: which layout it has, its configuration, and
 * that every parameter has its tensor.
 *
 * @throws DataError in one line when it holds no GPT-2, or tensors are missing, unknown or misshapen
 */
export function openModel(dir: string, dropRate?: number): StoredModel {
  return readFilesAtomic(dir, (folder) => openFolder(folder, dropRate));
}

function openFolder(dir: string, dropRate?: number): StoredModel {
  if (!existsSync(dir)) throw new DataError(`There is no folder ${dir}`);
  if (isHuggingFace(dir)) return openHuggingFace(dir, dropRate);
  if (isOpenAI(dir)) {
    const stored = openOpenAI(dir);
    return {
      ...stored,
      config: { ...stored.config, dropRate: dropRate ?? stored.config.dropRate },
    };
  }
  throw new DataError(
    `${dir} holds no model: neither config.json (Hugging Face) nor hparams.json (OpenAI) is there`,
  );
}
