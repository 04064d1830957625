/**
 * Operations that a GPT needs and that tfjs computes slowly or not at all, with the gradients that
 * training needs. On the native backend they use TensorFlow's own ops where one fits. Elsewhere
 * they are composed of tfjs's operations.
 *
 * The gradients are of first order, which is all that training needs: `tf.customGrad` treats saved
 * tensors as constants, so that a gradient of these gradients would be wrong.
 */
import * as tf from '@tensorflow/tfjs';
import { checkNumber } from '../core/checks';
import { inPlaceOp, isNative, isRecording, rawOp, rawOps } from './native';
import { randomUniform, type Seed } from './random-tensors';

type Save = (tensors: tf.Tensor[]) => void;

/** `tf.customGrad` with types, and with a gradient that frees its intermediate tensors. */
function withGradient(
  inputs: tf.Tensor[],
  forward: (save: Save) => {
    value: tf.Tensor;
    gradient: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[];
  },
): tf.Tensor {
  return tf.customGrad((...args) => {
    const { value, gradient } = forward(args[inputs.length] as unknown as Save);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => tf.tidy(() => gradient(dy, saved));
    return { value, gradFunc };
  })(...inputs);
}

/**
 * Layer normalisation over the last axis (Ba et al. 2016): each vector is brought to mean 0 and
 * variance 1 (the biased variance, as in PyTorch and GPT-2), then scaled and shifted.
 *
 * @param x (..., C)
 * @param scale (C)
 * @param shift (C)
 * @returns (..., C)
 */
export function layerNorm(
  x: tf.Tensor,
  scale: tf.Tensor,
  shift: tf.Tensor,
  epsilon = 1e-5,
): tf.Tensor {
  return withGradient([x, scale, shift], (save) => {
    const mean = x.mean(-1, true);
    const centred = x.sub(mean);
    // squaredDifference is faster for many rows and costs 100 µs for a single one. In a graph
    // without gradients TensorFlow would fuse it with what follows, and take 0.001 for epsilon.
    const fewRows = x.size / scale.size <= 16;
    const fusible = isRecording() && tf.engine().state.gradientDepth === 0;
    const squares = fewRows || fusible ? centred.square() : tf.squaredDifference(x, mean);
    const inverse = squares.mean(-1, true).add(epsilon).rsqrt();
    const normal = centred.mul(inverse);
    save([normal, inverse, scale]);
    return {
      value: normal.mul(scale).add(shift),
      gradient(dy, [normal, inverse, scale]) {
        const rows = dy.shape.slice(0, -1).map((_, axis) => axis);
        const dNormal = dy.mul(scale);
        const along = dNormal.mul(normal).mean(-1, true);
        return [
          dNormal.sub(dNormal.mean(-1, true)).sub(normal.mul(along)).mul(inverse),
          dy.mul(normal).sum(rows),
          dy.sum(rows),
        ];
      },
    };
  });
}

const GELU_LINEAR = 2 * Math.sqrt(2 / Math.PI);
const GELU_CUBIC = GELU_LINEAR * 0.044715;

/**
 * GELU in the tanh form that GPT-2 uses (Hendrycks and Gimpel 2016, section 2):
 * x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))). It is computed as the equal x · sigmoid(2 √(2/π) (…)).
 *
 * @param x any shape
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  return withGradient([x], (save) => {
    const inner = x.mul(x.square().mul(GELU_CUBIC).add(GELU_LINEAR));
    const gate = inner.sigmoid();
    save([x, inner, gate]);
    return {
      value: x.mul(gate),
      gradient(dy, [x, inner, gate]) {
        // x times the derivative of `inner`, which is 3 inner − 2 GELU_LINEAR x.
        const slope = inner.mul(3).sub(x.mul(2 * GELU_LINEAR));
        const dGate = isNative()
          ? rawOp('SigmoidGrad', { T: 'float32' }, [gate, slope])
          : slope.mul(gate).mul(tf.sub(1, gate));
        return [dy.mul(dGate.add(gate))];
      },
    };
  });
}

/**
 * Looks up rows of a table. The gradient sums what each row received, without the transposes of
 * tfjs's own gradient.
 *
 * @param table (rows, C)
 * @param ids int32, any shape
 * @returns (...ids.shape, C)
 * @throws Error if an id is out of range; on a GPU the result is zeros instead
 */
export function embeddingLookup(table: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  const [rows, width] = table.shape;
  return withGradient([table], (save) => {
    save([ids]);
    return {
      // tf.gather would read the ids back to check them, and make a GPU wait.
      value: isNative() ? nativeGather(table, ids) : tf.gather(table, ids),
      gradient(dy, [ids]) {
        const index = ids.reshape([-1]) as tf.Tensor1D;
        return [tf.unsortedSegmentSum(dy.reshape([-1, width]), index, rows)];
      },
    };
  });
}

function nativeGather(table: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  const types = { Tparams: 'float32', Tindices: 'int32', Taxis: 'int32' } as const;
  return rawOp('GatherV2', { ...types, batch_dims: { int: 0 } }, [
    table,
    ids,
    tf.scalar(0, 'int32'),
  ]);
}

/**
 * Checks that each target is a class or is ignored. The engines disagree about any other target:
 * TensorFlow refuses it on a CPU and gives the loss NaN on a GPU, and one-hot encoding gives 0.
 *
 * @returns how many targets are not ignored
 * @throws Error naming the first target that is neither ignored nor a whole number in [0, classes)
 */
export function checkTargets(
  targets: ArrayLike<number>,
  classes: number,
  ignoreIndex?: number,
): number {
  let count = 0;
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i];
    if (target === ignoreIndex) continue;
    if (!(Number.isInteger(target) && target >= 0 && target < classes)) {
      const ignored = ignoreIndex === undefined ? '' : `; only ${ignoreIndex} is ignored`;
      throw new Error(`Target ${target} is outside [0, ${classes}), the classes${ignored}`);
    }
    count++;
  }
  return count;
}

/**
 * The cross-entropy −log softmax(logits)[label] of each row, without a one-hot matrix of the
 * labels.
 *
 * @param logits (N, classes)
 * @param labels (N), int32
 * @param ignoreIndex rows with this label have loss 0 and gradient 0
 * @returns (N)
 * @throws Error if the shapes do not fit or a label is not a class. In a compiled function
 *   TensorFlow checks the labels at each run. On a GPU it does not: the loss of a wrong label is
 *   NaN.
 */
export function sparseCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  ignoreIndex?: number,
): tf.Tensor1D {
  const [rows, classes] = logits.shape;
  if (logits.rank !== 2 || labels.rank !== 1 || labels.shape[0] !== rows) {
    throw new Error(
      `Cross-entropy needs logits (N, classes) and labels (N), got (${logits.shape.join(', ')}) ` +
        `and (${labels.shape.join(', ')})`,
    );
  }
  if (labels.dtype !== 'int32') {
    throw new Error(`Cross-entropy needs labels of int32, got ${labels.dtype}`);
  }
  // A recorded computation has no values yet.
  if (!isRecording()) checkTargets(labels.dataSync(), classes, ignoreIndex);
  const losses = withGradient([logits], (save) => {
    // An ignored label need not be a class: read class 0 instead, then drop the result.
    const counts = ignoreIndex === undefined ? undefined : labels.notEqual(ignoreIndex);
    const safe = counts ? tf.where(counts, labels, tf.zerosLike(labels)) : labels;
    const weights = counts ? counts.cast('float32') : tf.ones([rows]);
    const [losses, gradient] = isNative()
      ? rawOps(
          'SparseSoftmaxCrossEntropyWithLogits',
          { T: 'float32', Tlabels: 'int32' },
          [logits, safe],
          2,
        )
      : composedCrossEntropy(logits, safe, classes);
    save([gradient, weights]);
    return {
      value: losses.mul(weights),
      gradient: (dy, [gradient, weights]) => [gradient.mul(dy.mul(weights).expandDims(1))],
    };
  });
  return losses as tf.Tensor1D;
}

/** The losses (N) and their gradient with respect to the logits (N, classes). */
function composedCrossEntropy(logits: tf.Tensor, labels: tf.Tensor, classes: number): tf.Tensor[] {
  // Not tf.oneHot with float32, for which WebAssembly writes the bits of integers.
  const oneHot = tf.oneHot(labels, classes).cast('float32');
  const logProbabilities = tf.logSoftmax(logits);
  return [oneHot.mul(logProbabilities).sum(1).neg(), logProbabilities.exp().sub(oneHot)];
}

/**
 * Dropout (Srivastava et al. 2014): zeroes a share `rate` of the values and multiplies the others
 * by 1 / (1 − rate), which keeps the expected value. The seed alone decides which values are
 * zeroed.
 *
 * @param x any shape
 * @throws RangeError if the rate is not in [0, 1), or a seed is not an integer of 32 bits
 */
export function dropout(x: tf.Tensor, rate: number, seed: Seed): tf.Tensor {
  checkNumber({ rate }, { from: 0, below: 1, caller: 'dropout' });
  if (rate === 0) return x.clone();
  const apply = (values: tf.Tensor, kept: tf.Tensor) =>
    tf.where(kept, values.mul(1 / (1 - rate)), tf.zerosLike(values));
  return withGradient([x], (save) => {
    const kept = randomUniform(x.shape, seed).greaterEqual(rate);
    save([kept]);
    return { value: apply(x, kept), gradient: (dy, [kept]) => [apply(dy, kept)] };
  });
}

/**
 * Overwrites one place on axis 2 of a variable. In a compiled function the rest is not copied. It
 * has no gradient.
 *
 * @param buffer (A, B, places, C)
 * @param values (A, B, 1, C)
 * @param place int32 scalar
 * @returns the variable's new value
 */
export function writeAt(buffer: tf.Variable, values: tf.Tensor, place: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    if (isNative()) {
      const zero = tf.scalar(0, 'int32');
      const begin = tf.stack([zero, zero, place, zero]);
      const end = tf.stack([zero, zero, place.add(tf.scalar(1, 'int32')), zero]);
      const whole = { int: 0b1011 }; // a bit for each axis that is taken as a whole: all but axis 2
      const mask = { begin_mask: whole, end_mask: whole };
      const none = { int: 0 };
      const masks = { ...mask, ellipsis_mask: none, new_axis_mask: none, shrink_axis_mask: none };
      const [written] = inPlaceOp(
        'ResourceStridedSliceAssign',
        { T: 'float32', Index: 'int32', ...masks },
        [buffer],
        [begin, end, tf.onesLike(begin), values],
      );
      buffer.assign(written);
    } else {
      const here = tf.range(0, buffer.shape[2]!, 1, 'int32').equal(place);
      buffer.assign(tf.where(here.reshape([1, 1, -1, 1]), values, buffer));
    }
    return buffer.clone();
  });
}
