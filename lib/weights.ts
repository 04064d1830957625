/**
 * Weights in files: safetensors read and written, Hugging Face's layout in and out, OpenAI's
 * TensorFlow checkpoint in, and GPT-2 from the Hugging Face hub or from where it already is.
 */
import { interruptible, tf } from './backend';
import { readFilesAtomic, retryReplaced } from './core/atomic-read';
import { loadTokenizer } from './data';
import { GPTModel } from './model';
import type { BPETokenizer } from './tokenizer';
import {
  choosePretrained,
  isMini,
  pretrainedTokenizer,
  type LanguageModel,
  type LanguageModelName,
} from './weights/choose-pretrained';
import { openModel } from './weights/open';
import { type Found, type StoredModel } from './weights/stored';

export { CheckpointError, type CheckpointErrorCode } from './weights/checkpoint-error';
export { decodeFloats, encodeFloats, type FloatDtype } from './weights/floats';
export {
  SafetensorsError,
  type Dtype,
  type SafetensorsErrorCode,
  type TensorInfo,
} from './weights/header';
export {
  parseSafetensors,
  readSafetensors,
  Safetensors,
  serializeSafetensors,
  writeSafetensors,
  type RawTensor,
  type WriteOptions,
} from './weights/safetensors';
export { openModel } from './weights/open';
export { modelFiles, saveModel, type ModelFilesOptions } from './weights/huggingface';
export { type StoredModel } from './weights/stored';
export {
  linkPretrained,
  pretrained,
  publishedName,
  type Pretrained,
  type PretrainedName,
} from './weights/pretrained';
export {
  GPT_MINI_BOOKS_DIR,
  GPT_MINI_DIR,
  type LanguageModel,
  type LanguageModelName,
} from './weights/choose-pretrained';
export { fetchPretrained, type FetchOptions } from './weights/hub';

export interface LoadOptions {
  /**
   * Of the model; default what its config says. Where that has three rates that differ, the model
   * loads for writing only, and training it is an error that asks for this rate.
   */
  dropRate?: number;
  signal?: AbortSignal;
}

/**
 * A model with the weights in a folder of Hugging Face's or OpenAI's layout.
 *
 * @throws DataError in one line, see {@link openModel}; SafetensorsError or CheckpointError when a
 *   file is damaged; Error named AbortError when interrupted
 */
export function loadModel(dir: string, options: LoadOptions = {}): Promise<GPTModel> {
  return retryReplaced(async () => readWeights(openModel(dir, options.dropRate), options.signal));
}

/**
 * A model with the tokenizer in the same folder, both of one set: as {@link loadModel}. The caller
 * disposes the model.
 *
 * @throws DataError as {@link loadModel} and `loadTokenizer`
 */
export function loadWithTokenizer(
  dir: string,
  { dropRate, signal }: LoadOptions = {},
): Promise<{ model: GPTModel; tokenizer: BPETokenizer }> {
  return retryReplaced(async () => {
    const { stored, tokenizer } = readFilesAtomic(dir, (folder) => ({
      stored: openModel(folder, dropRate),
      tokenizer: loadTokenizer(folder),
    }));
    return { tokenizer, model: await readWeights(stored, signal) };
  });
}

/** The model in a folder that was opened. @throws as {@link loadModel} */
export async function readWeights(
  { config, parameters, dropRates }: StoredModel,
  signal?: AbortSignal,
): Promise<GPTModel> {
  const model = new GPTModel(config, { init: 'zeros' });
  model.dropRates = dropRates;
  const loop = interruptible(signal);
  try {
    const variables = model.parameters();
    for (const found of parameters) {
      await loop.pause();
      tf.tidy(() => variables[found.parameter].assign(readTensor(found)));
    }
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    loop.end();
  }
}

/**
 * A published GPT-2 with its tokenizer, or gpt-mini where its weights are not on this machine.
 * Never touches the network.
 *
 * @param name default `gpt2`, the one with 124 million parameters
 * @returns with `note`, one line that says which it is and why
 * @throws DataError as {@link loadModel}
 */
export async function loadPretrained(
  name: LanguageModelName = 'gpt2',
  options: LoadOptions = {},
): Promise<LanguageModel> {
  const { name: chosen, dir, note } = choosePretrained(name);
  const loaded = isMini(chosen)
    ? await loadWithTokenizer(dir, options)
    : { tokenizer: pretrainedTokenizer(chosen), model: await loadModel(dir, options) };
  return { ...loaded, name: chosen, note };
}

/** A parameter's values in the model's own layout. */
function readTensor({ read, shape, transposed }: Found): tf.Tensor {
  const tensor = tf.tensor(read(), [...shape], 'float32');
  return transposed ? tensor.transpose() : tensor;
}
