/** Masks say which keys each query may see. They are added to the scores before softmax. */
import { tf } from '../backend';

/**
 * Hides later tokens: 0 where a query may see a key, and −∞, which softmax turns into exactly 0,
 * where the key comes later.
 *
 * @param queries number of queries, which are the last of the tokens
 * @param keys number of tokens; default the number of queries
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
 * Hides the padding before the shorter sequences of a batch, and later tokens.
 *
 * @param padding number of padding tokens at the start of each sequence
 * @returns (B, 1, queries, keys)
 */
export function paddingMask(padding: readonly number[], queries: number, keys: number): tf.Tensor {
  return tf.tidy(() => {
    const first = tf.tensor([...padding], [padding.length, 1, 1, 1], 'int32');
    const query = tf.range(keys - queries, keys, 1, 'int32').reshape([1, 1, queries, 1]);
    const key = tf.range(0, keys, 1, 'int32').reshape([1, 1, 1, keys]);
    // Padding may see itself: a softmax over −∞ alone would give NaN.
    const notPadding = key.greaterEqual(first).logicalOr(key.equal(query));
    return hideUnless(notPadding.logicalAnd(key.lessEqual(query)));
  });
}

/**
 * Hides, from one new token of each sequence, the padding before it and the keys after it.
 *
 * @param padding number of padding keys at the start of each sequence; (B), int32
 * @param position of the new token among the keys; int32 scalar
 * @returns (B, 1, 1, keys)
 */
export function oneTokenMask(padding: tf.Tensor, position: tf.Tensor, keys: number): tf.Tensor {
  return tf.tidy(() => {
    const key = tf.range(0, keys, 1, 'int32').reshape([1, 1, 1, keys]);
    const notPadding = key.greaterEqual(padding.reshape([-1, 1, 1, 1]));
    return hideUnless(notPadding.logicalAnd(key.lessEqual(position)));
  });
}

const hideUnless = (visible: tf.Tensor) => tf.where(visible, tf.scalar(0), tf.scalar(-Infinity));
