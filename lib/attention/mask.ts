/** Masks: which keys each query may see. They are added to the scores before softmax. */
import { tf } from '../backend';

/**
 * Hides later tokens: 0 where a query may see a key; −∞, which softmax turns into exactly 0, where
 * the key comes later. The queries are the last `queries` of the `keys` tokens.
 *
 * @returns (queries, keys)
 */
export function causalMask(queries: number, keys = queries): tf.Tensor {
  return tf.tidy(() => {
    const query = tf.range(keys - queries, keys, 1, 'int32').expandDims(1); // (queries, 1)
    const key = tf.range(0, keys, 1, 'int32').expandDims(0); // (1, keys)
    return hideUnless(key.lessEqual(query));
  });
}

/**
 * Hides the padding before shorter sequences of a batch, and later tokens.
 *
 * @param padding how many tokens at the start of each sequence are padding
 * @returns (B, 1, queries, keys)
 */
export function paddingMask(padding: readonly number[], queries: number, keys: number): tf.Tensor {
  return tf.tidy(() => {
    const first = tf.tensor([...padding], [padding.length, 1, 1, 1], 'int32');
    const query = tf.range(keys - queries, keys, 1, 'int32').reshape([1, 1, queries, 1]);
    const key = tf.range(0, keys, 1, 'int32').reshape([1, 1, 1, keys]);
    // Padding sees itself: with nothing to see at all, softmax would give NaN.
    const real = key.greaterEqual(first).logicalOr(key.equal(query));
    return hideUnless(real.logicalAnd(key.lessEqual(query)));
  });
}

/**
 * For one new token of each sequence: hides the padding before it and the keys after it.
 *
 * @param padding how many keys at the start are padding; (B), int32
 * @param position of the new token among the keys; int32 scalar
 * @returns (B, 1, 1, keys)
 */
export function visibleKeys(padding: tf.Tensor, position: tf.Tensor, keys: number): tf.Tensor {
  return tf.tidy(() => {
    const key = tf.range(0, keys, 1, 'int32').reshape([1, 1, 1, keys]);
    const real = key.greaterEqual(padding.reshape([-1, 1, 1, 1]));
    return hideUnless(real.logicalAnd(key.lessEqual(position)));
  });
}

const hideUnless = (seen: tf.Tensor) => tf.where(seen, tf.scalar(0), tf.scalar(-Infinity));
