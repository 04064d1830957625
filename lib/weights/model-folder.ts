/** Listing a model's folder, and recognising weights in forms that are not read. */
import { readdirSync } from 'node:fs';
import { DataError, isSystemError } from '../core/errors';
import { explainReading } from '../core/read-file';

/** The names in a folder, sorted. @throws DataError if it is absent, not a folder, or unreadable */
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
/** Forms of weights that are not read, by the ends of their files' names. */
const OTHER_FORMS: [name: RegExp, description: string][] = [
  [/\.(bin|pt|pth|ckpt|pkl)(\.index\.json)?$/, `a Python pickle: ${SAVE_AGAIN}`],
  [/\.(h5|msgpack|ot)$/, `weights for Keras, Flax or Rust: ${SAVE_AGAIN}`],
  [/\.onnx$/, 'an ONNX graph: the model.safetensors that it was made from is needed'],
  [/\.gguf$/, 'for llama.cpp: the model.safetensors that it was made from is needed'],
  [/\.safetensors$/, 'expected model.safetensors, or model.safetensors.index.json with shards'],
  [/\.index$/, 'a TensorFlow checkpoint: hparams.json is needed beside it'],
];

/**
 * Describes weights in a form that is not read, and what is needed instead; undefined if there are
 * none.
 */
export function otherWeights(names: readonly string[]): string | undefined {
  const weights = names.filter(
    (name) => !/^(training_args|optimizer|scheduler|rng_state)/.test(name),
  );
  for (const [pattern, description] of OTHER_FORMS) {
    const name = weights.find((each) => pattern.test(each));
    if (name) return `${name} only, ${description}`;
  }
  return undefined;
}
