/**
 * One parameter's step of Adam (Kingma and Ba 2015), which native TensorFlow does by an op of its
 * own.
 */
import * as tf from '@tensorflow/tfjs';
import { inPlaceOp, isNative, rawOp } from './native';

/** The numbers that an update depends on, as scalar tensors, so that they can change in a graph. */
export interface AdamScalars {
  /** β₁ and β₂ to the power of the step's number, counted from 1. */
  beta1Power: tf.Tensor;
  beta2Power: tf.Tensor;
  learningRate: tf.Tensor;
  beta1: tf.Tensor;
  beta2: tf.Tensor;
  epsilon: tf.Tensor;
}

/**
 * Applies one step of Adam, and writes the new values to the three variables:
 * m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², then
 * value − learningRate · m̂ / (√v̂ + ε), where a hat means divided by 1 − βᵗ.
 *
 * @param value the parameter's old value; it may differ from the one that the variable holds
 */
export function applyAdam(
  parameter: tf.Variable,
  momentum: tf.Variable,
  variance: tf.Variable,
  gradient: tf.Tensor,
  value: tf.Tensor,
  scalars: AdamScalars,
): void {
  tf.tidy(() => {
    const { beta1Power, beta2Power, learningRate, beta1, beta2, epsilon } = scalars;
    const correction2 = tf.sub(1, beta2Power).sqrt();
    if (isNative()) {
      // TensorFlow adds its epsilon to √v, not to √v̂.
      const inputs = [beta1Power, beta2Power, learningRate, beta1, beta2];
      const [w, m, v] = inPlaceOp(
        'ResourceApplyAdam',
        { T: 'float32', use_locking: false, use_nesterov: false },
        [value, momentum, variance],
        [...inputs, epsilon.mul(correction2), gradient],
      );
      parameter.assign(w);
      momentum.assign(m);
      variance.assign(v);
      return;
    }
    const m = momentum.add(gradient.sub(momentum).mul(tf.sub(1, beta1)));
    const v = variance.add(gradient.square().sub(variance).mul(tf.sub(1, beta2)));
    const rate = learningRate.div(tf.sub(1, beta1Power));
    momentum.assign(m);
    variance.assign(v);
    parameter.assign(value.sub(m.div(v.sqrt().div(correction2).add(epsilon)).mul(rate)));
  });
}

/** The norm √Σx² over all values of all tensors. */
export function globalNorm(tensors: readonly tf.Tensor[]): tf.Scalar {
  return tf.tidy(() => {
    if (!isNative()) return tf.addN(tensors.map((x) => x.square().sum())).sqrt();
    // Σx²/2 in one pass, without an array of squares.
    const halves = tensors.map((x) => rawOp('L2Loss', { T: 'float32' }, [x]));
    return tf.addN(halves).mul(2).sqrt();
  }) as tf.Scalar;
}
