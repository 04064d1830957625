/** Checks of the token ids that go into a model, and of the tokenizer that makes them. */
import { tf } from '../backend';
import { checkPositive } from '../core/checks';
import type { GPTConfig } from './config';

/** Token ids, (B, T): rows of equal length, or an int32 tensor. */
export type TokenIds = readonly (readonly number[])[] | tf.Tensor;

/**
 * The ids as a tensor, (B, T).
 *
 * @param past number of tokens before these, which count towards the context too
 * @throws Error if the ids do not have shape (B, T), do not fit into the context, or hold an id
 *   outside the vocabulary. The values of a tensor are not read here: the embedding lookup checks
 *   them.
 */
export function toIdTensor(ids: TokenIds, config: GPTConfig, past: number): tf.Tensor {
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

/**
 * Checks that a model knows all tokens of a tokenizer.
 *
 * @param vocabSize number of tokens of the tokenizer
 * @throws Error if the tokenizer has more tokens than the model
 */
export function checkVocabulary({ config }: { config: GPTConfig }, vocabSize: number): void {
  checkPositive({ vocabSize });
  if (vocabSize <= config.vocabSize) return;
  throw new Error(
    `The tokenizer has ${vocabSize} tokens, and the model knows ${config.vocabSize}: ` +
      'they do not belong together',
  );
}
