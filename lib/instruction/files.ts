/** A fine-tuned model as a folder: weights in Hugging Face's layout, and its tokenizer. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readFilesAtomic } from '../core/atomic-read';
import { writeFilesAtomic } from '../core/atomic-write';
import { DataError } from '../core/errors';
import { missingTokenizerFiles } from '../data';
import { checkVocabulary, type GPTModel } from '../model';
import type { BPETokenizer } from '../tokenizer';
import { loadWithTokenizer, modelFiles } from '../weights';

/** Where notebook 7 saves its model and `./gpt chat` looks for one; not in git. */
export const INSTRUCTION_MODEL_DIR = path.resolve(__dirname, '../../data/cache/instruction-model');

/** A model that was trained to follow instructions, asked with `formatPrompt`. */
export interface InstructionModel {
  readonly model: GPTModel;
  readonly tokenizer: BPETokenizer;
}

const FILES = ['config.json', 'model.safetensors'];

/**
 * Writes model and tokenizer, for {@link loadInstructionModel} and for Hugging Face's
 * `from_pretrained`. What was there is replaced as a set, when all is written.
 *
 * @throws DataError when the disk is full or the folder cannot be written; Error when a LoRA is not
 *   merged yet
 */
export function saveInstructionModel({ model, tokenizer }: InstructionModel, dir: string): void {
  writeFilesAtomic(path.resolve(dir), {
    ...modelFiles(model, { tokenizer }),
    'classifier.json': undefined, // of a classifier that was here
  });
}

/**
 * Reads what {@link saveInstructionModel} wrote. The caller disposes the model.
 *
 * @param dir default where notebook 7 saves
 * @throws DataError in one line that names every missing file, or what is wrong with one
 */
export async function loadInstructionModel(
  dir: string = INSTRUCTION_MODEL_DIR,
): Promise<InstructionModel> {
  const { lacking, missing } = readFilesAtomic(dir, (folder) => {
    const lacking = FILES.filter((name) => !existsSync(path.join(folder, name)));
    return { lacking, missing: [...lacking, ...missingTokenizerFiles(folder)] };
  });
  if (lacking.length === FILES.length) {
    throw new DataError(
      `There is no fine-tuned model in ${dir}: notebooks/07-instruction-tuning.ipynb makes one`,
      'absent',
    );
  }
  if (missing.length) {
    throw new DataError(`The model in ${dir} is not complete: ${missing.join(', ')} missing`);
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
