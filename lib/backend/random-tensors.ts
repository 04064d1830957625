/**
 * Random tensors that depend on the seed and the shape alone, and are the same on every backend.
 */
import * as tf from '@tensorflow/tfjs';
import { checkSeed } from '../core/checks';
import { philoxNormal, philoxUniform } from '../core/philox';
import { isNative, rawOp } from './native';

/**
 * One integer, or two, such as the number of a stream and a step in it. A compiled function takes
 * them as an int32 tensor of shape (2), so that the step can change.
 */
export type Seed = number | readonly [number, number] | tf.Tensor;

/**
 * Random numbers uniform in [`low`, `high`), the same on every backend, bit for bit: Philox
 * (Salmon et al. 2011) as TensorFlow's StatelessRandomUniform uses it.
 *
 * @param shape shape of the result
 * @param seed integers of 32 bits, with a sign or without; the same seed gives the same numbers
 * @throws RangeError if a seed is not an integer of 32 bits
 */
export function randomUniform(shape: number[], seed: Seed, low = 0, high = 1): tf.Tensor {
  return tf.tidy(() => {
    const unit = stateless('StatelessRandomUniform', philoxUniform, shape, seed);
    return low === 0 && high === 1 ? unit : unit.mul(high - low).add(low);
  });
}

/**
 * Random numbers from a normal distribution, the same on every backend up to float32 rounding.
 *
 * @param shape shape of the result
 * @param seed as for {@link randomUniform}
 * @throws RangeError if a seed is not an integer of 32 bits
 */
export function randomNormal(shape: number[], seed: Seed, mean = 0, stdDev = 1): tf.Tensor {
  return tf.tidy(() => {
    const standard = stateless('StatelessRandomNormal', philoxNormal, shape, seed);
    return mean === 0 && stdDev === 1 ? standard : standard.mul(stdDev).add(mean);
  });
}

function stateless(
  op: string,
  inJavaScript: (seed: readonly [number, number], count: number) => Float32Array,
  shape: number[],
  seed: Seed,
): tf.Tensor {
  if (seed instanceof tf.Tensor && isNative()) return native(op, shape, seed);
  const parts = seed instanceof tf.Tensor ? (seed.dataSync() as ArrayLike<number>) : seed;
  const [first, second] = typeof parts === 'number' ? [parts, 0] : [parts[0], parts[1]];
  checkSeed({ seed: first, 'second seed': second });
  const pair = [first | 0, second | 0] as const;
  if (isNative()) return native(op, shape, tf.tensor1d([...pair], 'int32'));
  return tf.tensor(inJavaScript(pair, tf.util.sizeFromShape(shape)), shape);
}

function native(op: string, shape: number[], seed: tf.Tensor): tf.Tensor {
  const types = { T: 'int32', Tseed: 'int32', dtype: 'float32' } as const;
  return rawOp(op, types, [tf.tensor1d(shape, 'int32'), seed]);
}
