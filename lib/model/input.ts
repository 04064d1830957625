/** Checks the token ids that go into a model. */
import { tf } from '../backend';
import type { GPTConfig } from './config';

/** Token ids, (B, T): rows of equal length, or an int32 tensor. */
export type TokenIds = readonly (readonly number[])[] | tf.Tensor;

/**
 * The ids as a tensor, (B, T).
 *
 * @param past number of tokens before these, which take places in the context too
 * @throws Error when the ids are not a (B, T) of known tokens, or reach beyond the context. Only the
 *   embedding lookup finds unknown tokens in a tensor.
 */
export function idsTensor(ids: TokenIds, config: GPTConfig, past: number): tf.Tensor {
  const { vocabSize, contextLength } = config;
  const tensor = ids instanceof tf.Tensor ? ids : fromRows(ids, vocabSize);
  const got = `got ids of shape (${tensor.shape.join(', ')})`;
  if (tensor.dtype !== 'int32') throw new Error(`Token ids must be int32, got ${tensor.dtype}`);
  if (tensor.rank !== 2 || tensor.size === 0) {
    throw new Error(`Token ids must be (batch, tokens), ${got}`);
  }
  if (past + (tensor.shape[1] as number) > contextLength) {
    const earlier = past ? ` after ${past} cached tokens` : '';
    throw new Error(
      `Axis 1 of the token ids${earlier} is longer than contextLength = ${contextLength}: ${got}`,
    );
  }
  return tensor;
}

function fromRows(rows: readonly (readonly number[])[], vocabSize: number): tf.Tensor2D {
  if (!rows.length || !rows.every((row) => Array.isArray(row) && row.length === rows[0].length)) {
    throw new Error('Token ids must be (batch, tokens): a list of lists of equal length');
  }
  const ids = rows.flat();
  for (const id of ids) {
    if (!Number.isInteger(id) || id < 0 || id >= vocabSize) {
      throw new Error(`Token id ${id} is outside [0, ${vocabSize}), the vocabulary`);
    }
  }
  return tf.tensor2d(ids, [rows.length, rows[0].length], 'int32');
}
