/** What is in a model's folder. */
import { readdirSync } from 'node:fs';
import { DataError, isSystemError } from '../core/errors';
import { explainReading } from '../core/read-file';

/** The names in a folder. @throws DataError when it is not there, is no folder or cannot be read */
export function listFolder(dir: string): string[] {
  return explainReading(dir, () => {
    try {
      return readdirSync(dir).sort();
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) {
        throw new DataError(`There is no folder ${dir}`, 'absent');
      }
      if (isSystemError(error, 'ENOTDIR')) {
        throw new DataError(`${dir} is a file, expected a folder`);
      }
      throw error;
    }
  });
}

const SAVE_AGAIN = 'save it in Python with save_pretrained, which writes model.safetensors';
/** Weights in other forms, by the ends of their files' names. */
const OTHERS: [name: RegExp, what: string][] = [
  [/\.(bin|pt|pth|ckpt|pkl)(\.index\.json)?$/, `a Python pickle: ${SAVE_AGAIN}`],
  [/\.(h5|msgpack|ot)$/, `weights for Keras, Flax or Rust: ${SAVE_AGAIN}`],
  [/\.onnx$/, 'an ONNX graph: the model.safetensors that it was made from is needed'],
  [/\.gguf$/, 'for llama.cpp: the model.safetensors that it was made from is needed'],
  [/\.safetensors$/, 'expected model.safetensors, or model.safetensors.index.json with shards'],
  [/\.index$/, 'a TensorFlow checkpoint: hparams.json is needed beside it'],
];

/** The weights in a folder that are in a form which is not read, and what is needed instead. */
export function otherWeights(names: readonly string[]): string | undefined {
  const weights = names.filter(
    (name) => !/^(training_args|optimizer|scheduler|rng_state)/.test(name),
  );
  for (const [pattern, what] of OTHERS) {
    const name = weights.find((each) => pattern.test(each));
    if (name) return `${name} only, ${what}`;
  }
  return undefined;
}
