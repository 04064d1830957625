/** The layout of OpenAI's own release of GPT-2: a TensorFlow checkpoint and `hparams.json`. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DataError } from '../core/errors';
import { readText } from '../core/read-file';
import { gptConfig, type GPTConfig } from '../model';
import {
  matchParameters,
  readObject,
  shortJson,
  type StoredModel,
  type StoredTensor,
} from './stored-model';
import { TensorBundle } from './tensor-bundle';

/**
 * Opens a folder that OpenAI's `download_model.py` filled, or one like it.
 *
 * @throws DataError or CheckpointError if the folder does not hold a GPT-2
 */
export function openOpenAI(dir: string): StoredModel {
  const config = readHparams(path.join(dir, 'hparams.json'));
  const bundle = new TensorBundle(path.join(dir, checkpointName(dir)));
  const tensors = [...bundle.tensors].map(([name, { shape }]): StoredTensor => {
    // OpenAI's linear layers are convolutions of width 1: (1, in, out).
    const matrix = name.endsWith('/w') && shape.length === 3 && shape[0] === 1;
    const parameter = parameterName(name);
    return {
      parameter,
      name,
      shape: matrix ? shape.slice(1) : shape,
      read: () => bundle.floats(name),
    };
  });
  return { layout: 'OpenAI', config, parameters: matchParameters(config, tensors, dir) };
}

/** The model's name for a variable: `h.0.attn.c_attn.weight` for `model/h0/attn/c_attn/w`. */
function parameterName(name: string): string {
  const parts = name.replace(/^model\//, '').split('/');
  const last = parts[parts.length - 1];
  if (last === 'wte' || last === 'wpe') parts.push('weight');
  else if (last === 'w' || last === 'g') parts[parts.length - 1] = 'weight';
  else if (last === 'b') parts[parts.length - 1] = 'bias';
  return parts.join('.').replace(/^h(\d+)\./, 'h.$1.');
}

function readHparams(file: string): GPTConfig {
  const hparams = readObject(file);
  const size = (key: string) => {
    const value = hparams[key];
    if (value === undefined) throw new DataError(`${file} lacks ${key}`);
    if (!Number.isSafeInteger(value)) {
      throw new DataError(`${file}: ${key} is ${shortJson(value)}, expected a whole number`);
    }
    return value as number;
  };
  const sizes = {
    vocabSize: size('n_vocab'),
    contextLength: size('n_ctx'),
    embDim: size('n_embd'),
    nHeads: size('n_head'),
    nLayers: size('n_layer'),
  };
  try {
    return gptConfig(sizes);
  } catch (error) {
    throw new DataError(`${file}: ${(error as Error).message}`);
  }
}

/** The name in the file `checkpoint`, which OpenAI's folders contain. */
function checkpointName(dir: string): string {
  const file = path.join(dir, 'checkpoint');
  if (!existsSync(file)) return 'model.ckpt';
  const name = /^model_checkpoint_path: "(.+)"$/m.exec(readText(file))?.[1];
  if (!name) throw new DataError(`${file} names no model_checkpoint_path`);
  return path.basename(name); // it may be a path on another machine
}
