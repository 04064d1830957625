/** Scaled dot-product attention, which all attention layers share. */
import { tf } from '../backend';
import type { Dropout, TrainingStep } from '../nn';
import type { Observer } from './observer';

export interface ScaledDotProductOptions {
  /** Added to the scores: 0 where a query may see a key, −∞ where it may not. (..., T, tokens) */
  mask?: tf.Tensor;
  /** Applied to the attention weights in a training step. */
  dropout?: Dropout;
  training?: TrainingStep;
  observer?: Observer;
}

/**
 * softmax(Q Kᵀ / √D + mask) V (Vaswani et al. 2017): for each query, the average of the values,
 * weighted by how well the query matches each key.
 *
 * @param q (..., T, D)
 * @param k (..., tokens, D)
 * @param v (..., tokens, D)
 * @returns (..., T, D)
 */
export function scaledDotProductAttention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  { mask, dropout, training, observer }: ScaledDotProductOptions = {},
): tf.Tensor {
  const scale = 1 / Math.sqrt(q.shape[q.rank - 1]);
  const scores = tf.matMul(q.mul(scale), k, false, true); // (..., T, tokens)
  let attention: tf.Tensor = tf.softmax(mask ? scores.add(mask) : scores);
  if (dropout) attention = dropout.forward(attention, training);
  observer?.attention?.(attention);
  return tf.matMul(attention, v); // (..., T, tokens) (..., tokens, D) -> (..., T, D)
}
