/** Seeded random tensors: a function of the seed and the shape alone, the same everywhere. */
import * as tf from '@tensorflow/tfjs';
import { philoxNormal, philoxUniform } from '../core/philox';
import { isNative, rawOp } from './native';

/**
 * A seed of one integer, or two where one number is a stream and the other a step in it; as an
 * int32 tensor of two where the step changes in a recorded computation.
 */
export type Seed = number | readonly [number, number] | tf.Tensor;

/**
 * Random numbers uniform in [`low`, `high`), the same on every backend, bit for bit: Philox
 * (Salmon et al. 2011) as TensorFlow's StatelessRandomUniform uses it.
 *
 * @param shape shape of the result
 * @param seed 32-bit integers; the same seed gives the same numbers
 * @throws Error when a seed is not a 32-bit integer
 */
export function randomUniform(shape: number[], seed: Seed, low = 0, high = 1): tf.Tensor {
  return tf.tidy(() => {
    const unit = stateless('StatelessRandomUniform', philoxUniform, shape, seed);
    return low === 0 && high === 1 ? unit : unit.mul(high - low).add(low);
  });
}

/**
 * Random numbers from a normal distribution, the same on every backend to float32 rounding.
 *
 * @param shape shape of the result
 * @param seed as for {@link randomUniform}
 * @throws Error when a seed is not a 32-bit integer
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
  const pair = typeof parts === 'number' ? ([parts, 0] as const) : ([parts[0], parts[1]] as const);
  for (const part of pair) {
    if (!Number.isInteger(part) || part < -(2 ** 31) || part >= 2 ** 31) {
      throw new Error(`A seed must be an integer of 32 bits, got ${part}`);
    }
  }
  if (!isNative()) {
    return tf.tensor(
      inJavaScript(
        pair,
        shape.reduce((a, b) => a * b, 1),
      ),
      shape,
    );
  }
  return native(op, shape, tf.tensor1d([...pair], 'int32'));
}

function native(op: string, shape: number[], seed: tf.Tensor): tf.Tensor {
  const types = { T: 'int32', Tseed: 'int32', dtype: 'float32' } as const;
  return rawOp(op, types, [tf.tensor1d(shape, 'int32'), seed]);
}
