/**
 * Weights in files: reads and writes safetensors and Hugging Face's layout, reads OpenAI's
 * TensorFlow checkpoints, and gets GPT-2 from this machine or from the Hugging Face hub.
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
import { openModel } from './weights/open-model';
import { type ParameterSource, type StoredModel } from './weights/stored-model';

export { CheckpointError, type CheckpointReason } from './weights/checkpoint-error';
export { decodeFloats, encodeFloats, type FloatDtype } from './weights/floats';
export {
  SafetensorsError,
  type Dtype,
  type SafetensorsReason,
  type TensorInfo,
} from './weights/safetensors-header';
export {
  readSafetensors,
  Safetensors,
  serializeSafetensors,
  writeSafetensors,
  type TensorBytes,
  type WriteOptions,
} from './weights/safetensors';
export { openModel } from './weights/open-model';
export { modelFiles, saveModel, type ModelFilesOptions } from './weights/huggingface';
export { type StoredModel } from './weights/stored-model';
export {
  linkPretrained,
  pretrained,
  publishedName,
  type Pretrained,
  type PretrainedName,
} from './weights/pretrained';
export {
  choosePretrained,
  GPT_MINI_BOOKS_DIR,
  GPT_MINI_DIR,
  type LanguageModel,
  type LanguageModelName,
} from './weights/choose-pretrained';
export { fetchPretrained, type FetchOptions } from './weights/hub';

export interface LoadOptions {
  /**
   * The model's dropout rate; default: the one in its config. If the config's three rates differ,
   * the model can only generate: training it is an error that asks for this option.
   */
  dropRate?: number;
  signal?: AbortSignal;
}

/**
 * Loads a model from a folder in Hugging Face's or OpenAI's layout. The caller disposes it.
 *
 * @throws DataError in one line, see {@link openModel}; SafetensorsError or CheckpointError if a
 *   file is damaged; Error named AbortError if interrupted
 */
export function loadModel(dir: string, options: LoadOptions = {}): Promise<GPTModel> {
  return retryReplaced(async () => readWeights(openModel(dir, options.dropRate), options.signal));
}

/**
 * Loads a model as {@link loadModel} does, together with the tokenizer in the same folder; both
 * belong to one saved set. The caller disposes the model.
 *
 * @throws DataError like {@link loadModel} and `loadTokenizer`
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

/** Reads the weights of a model whose folder was opened. @throws like {@link loadModel} */
export async function readWeights(
  { config, parameters, dropRates }: StoredModel,
  signal?: AbortSignal,
): Promise<GPTModel> {
  const model = new GPTModel(config, { init: 'zeros' });
  model.dropRates = dropRates;
  const loop = interruptible(signal);
  try {
    const variables = model.parameters();
    for (const source of parameters) {
      await loop.pause();
      tf.tidy(() => variables[source.parameter].assign(readTensor(source)));
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
 * Loads a published GPT-2 with its tokenizer, or gpt-mini if those weights are not on this machine.
 * Never uses the network. The caller disposes the model.
 *
 * @param name default `gpt2`, which has 124 million parameters
 * @returns the model, the tokenizer, and in `note` one line that says which model it is and why
 * @throws DataError like {@link loadModel}
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
function readTensor({ read, shape, transposed }: ParameterSource): tf.Tensor {
  const tensor = tf.tensor(read(), [...shape], 'float32');
  return transposed ? tensor.transpose() : tensor;
}
