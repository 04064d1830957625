/**
 * Saving and loading a fine-tuned model: its weights in Hugging Face's layout, and its tokenizer.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readFilesAtomic } from '../core/atomic-read';
import { writeFilesAtomic } from '../core/atomic-write';
import { DataError } from '../core/errors';
import { missingTokenizerFiles } from '../data';
import { checkVocabulary, type GPTModel } from '../model';
import type { BPETokenizer } from '../tokenizer';
import { loadWithTokenizer, modelFiles } from '../weights';

/** The folder where notebook 7 saves its model and `./gpt chat` looks for one; not in git. */
export const INSTRUCTION_MODEL_DIR = path.resolve(__dirname, '../../data/cache/instruction-model');

/** A model that was trained to follow instructions in the form of `formatPrompt`. */
export interface InstructionModel {
  readonly model: GPTModel;
  readonly tokenizer: BPETokenizer;
}

const FILES = ['config.json', 'model.safetensors'];

/**
 * Writes model and tokenizer, for {@link loadInstructionModel} and for Hugging Face's
 * `from_pretrained`. Once everything is written, it replaces earlier files as a set.
 *
 * @throws DataError if the disk is full or the folder cannot be written; Error if a LoRA is not
 *   merged
 */
export function saveInstructionModel({ model, tokenizer }: InstructionModel, dir: string): void {
  writeFilesAtomic(path.resolve(dir), {
    ...modelFiles(model, { tokenizer }),
    'classifier.json': undefined, // removed, in case the folder held a classifier
  });
}

/**
 * Reads what {@link saveInstructionModel} wrote. The caller disposes the model.
 *
 * @param dir default {@link INSTRUCTION_MODEL_DIR}
 * @throws DataError in one line that names every missing file, or says what is wrong with one
 */
export async function loadInstructionModel(
  dir: string = INSTRUCTION_MODEL_DIR,
): Promise<InstructionModel> {
  const missing = readFilesAtomic(dir, (folder) => ({
    model: FILES.filter((name) => !existsSync(path.join(folder, name))),
    tokenizer: missingTokenizerFiles(folder),
  }));
  if (missing.model.length === FILES.length) {
    throw new DataError(
      `There is no fine-tuned model in ${dir}: notebooks/07-instruction-tuning.ipynb makes one`,
      'absent',
    );
  }
  const names = [...missing.model, ...missing.tokenizer];
  if (names.length) {
    throw new DataError(`The model in ${dir} is not complete: ${names.join(', ')} missing`);
  }
  const { model, tokenizer } = await loadWithTokenizer(dir, { dropRate: 0 });
  try {
    checkVocabulary(model, tokenizer.vocabSize);
  } catch (error) {
    model.dispose();
    throw new DataError(`The model in ${dir} cannot be used: ${(error as Error).message}`);
  }
  return { model, tokenizer };
}
