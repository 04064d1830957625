/** What goes into a model: token ids and their positions, checked. */
import { tf } from '../backend';
import type { GPTConfig } from './config';

/** Token ids, (B, T): rows of equal length, or an int32 tensor. */
export type TokenIds = readonly (readonly number[])[] | tf.Tensor;

/**
 * The ids as a tensor, (B, T).
 *
 * @param past tokens before these, which take places in the context
 * @throws Error when they are no (B, T) of known tokens, or longer than the context. In a tensor,
 *   unknown tokens are found by the lookup only.
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

/** Positions of T tokens after `past` others, (B, T), counted from where each row's padding ends. */
export function paddedPositions(padding: readonly number[], past: number, T: number): tf.Tensor {
  const rows = padding.map((count) =>
    Array.from({ length: T }, (_, t) => Math.max(0, past + t - count)),
  );
  return tf.tensor2d(rows, undefined, 'int32');
}
