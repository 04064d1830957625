/**
 * KV caches. Under a causal mask the keys and values of earlier tokens never change, so a model
 * that remembers them has to read each token only once. A cache also knows the positions of new
 * tokens and which earlier tokens they may see.
 *
 * Shapes: B sequences in a batch, H heads, D numbers per head, T new tokens.
 */
import { embeddingLookup, tf, writeAt } from '../backend';
import { variable } from '../nn';
import { causalMask, oneTokenMask, paddingMask } from './mask';
import { scaledDotProductAttention, type ScaledDotProductOptions } from './scaled-dot-product';

/** The keys and values that one attention layer remembers. */
export interface LayerCache {
  /** Number of tokens before the new ones. */
  readonly length: number;
  /** The mask for T new tokens, (..., T, tokens); undefined if they may see every token. */
  mask(T: number): tf.Tensor | undefined;
  /**
   * Remembers the keys and values of T new tokens and lets their queries attend to all tokens.
   *
   * @returns (B, H, T, D), the shape of q, k and v
   */
  attend(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, options?: ScaledDotProductOptions): tf.Tensor;
}

/** The keys and values that a whole model remembers. */
export interface ModelCache {
  /** Number of tokens before the new ones. */
  readonly length: number;
  /** One for each block; empty if nothing is remembered. */
  readonly layers: readonly LayerCache[];
  /**
   * Looks up the positions of T new tokens in a table with one row for each position,
   * (contextLength, C).
   *
   * @returns (T, C), or (B, T, C) if sequences are padded
   */
  positionRows(table: tf.Tensor, T: number): tf.Tensor;
  /** Like {@link LayerCache.mask}: one mask serves all layers. */
  mask(T: number): tf.Tensor | undefined;
}

const isPadded = (padding: readonly number[]): boolean => padding.some((count) => count > 0);

/**
 * The mask for T tokens after `past` others. A single token without padding may see every token.
 */
function maskAfter(
  past: number,
  T: number,
  padding: readonly number[] = [],
): tf.Tensor | undefined {
  if (isPadded(padding)) return paddingMask(padding, T, past + T);
  return T > 1 ? causalMask(T, past + T) : undefined;
}

/**
 * Implements {@link ModelCache.positionRows}. Positions are counted from the end of a sequence's
 * padding.
 */
function positionRowsAfter(
  past: number,
  table: tf.Tensor,
  T: number,
  padding: readonly number[],
): tf.Tensor {
  if (!isPadded(padding)) return table.slice(past, T); // (T, C)
  const positions = padding.map((count) =>
    Array.from({ length: T }, (_, t) => Math.max(0, past + t - count)),
  );
  return embeddingLookup(table, tf.tensor2d(positions, undefined, 'int32')); // (B, T, C)
}

/** The cache of a layer that remembers nothing: the new tokens are the whole sequence. */
export const noLayerCache: LayerCache = {
  length: 0,
  mask: (T) => maskAfter(0, T),
  attend: scaledDotProductAttention,
};

/** The cache of a model that remembers nothing and reads whole sequences. */
export class NoCache implements ModelCache {
  readonly length = 0;
  readonly layers: readonly LayerCache[] = [];

  /**
   * @param padding number of padding tokens at the start of each sequence, which no token may see
   */
  constructor(private readonly padding: readonly number[] = []) {}

  positionRows(table: tf.Tensor, T: number): tf.Tensor {
    return positionRowsAfter(0, table, T, this.padding);
  }

  mask(T: number): tf.Tensor | undefined {
    return maskAfter(0, T, this.padding);
  }
}

/** The keys and values of one layer, which grow as the text does. */
class GrowingLayerCache implements LayerCache {
  private keys?: tf.Tensor; // (B, H, tokens, D)
  private values?: tf.Tensor;

  constructor(private readonly padding: readonly number[]) {}

  get length(): number {
    return this.keys?.shape[2] ?? 0;
  }

  mask(T: number): tf.Tensor | undefined {
    return maskAfter(this.length, T, this.padding);
  }

  /** @throws Error if the batch size differs from that of the earlier tokens */
  attend(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, options?: ScaledDotProductOptions): tf.Tensor {
    if (this.keys && this.keys.shape[0] !== k.shape[0]) {
      throw new Error(
        `The cache holds a batch of ${this.keys.shape[0]} sequences, got ${k.shape[0]} (axis 0)`,
      );
    }
    const append = (earlier: tf.Tensor | undefined, added: tf.Tensor) =>
      tf.keep(earlier ? tf.concat([earlier, added], 2) : added.clone());
    const [keys, values] = [append(this.keys, k), append(this.values, v)];
    this.dispose();
    [this.keys, this.values] = [keys, values];
    return scaledDotProductAttention(q, keys, values, options);
  }

  /** Copies of keys and values, padded with zeros to `capacity` tokens. */
  toFixedState(capacity: number): FixedLayerState {
    const { keys, values, length } = this;
    if (!keys || !values) throw new Error('The cache is empty');
    const padding: [number, number][] = [
      [0, 0],
      [0, 0],
      [0, capacity - length],
      [0, 0],
    ];
    return {
      keys: variable(() => tf.pad(keys, padding)),
      values: variable(() => tf.pad(values, padding)),
    };
  }

  dispose(): void {
    this.keys?.dispose();
    this.values?.dispose();
    this.keys = this.values = undefined;
  }
}

/** A cache that grows as the text does. */
export class KVCache implements ModelCache {
  readonly layers: readonly GrowingLayerCache[];

  /**
   * @param padding number of padding tokens at the start of each sequence, which no token may see
   */
  constructor(
    nLayers: number,
    private readonly padding: readonly number[] = [],
  ) {
    this.layers = Array.from({ length: nLayers }, () => new GrowingLayerCache(padding));
  }

  /** Number of tokens that every layer remembers. */
  get length(): number {
    return this.layers[this.layers.length - 1].length;
  }

  positionRows(table: tf.Tensor, T: number): tf.Tensor {
    return positionRowsAfter(this.length, table, T, this.padding);
  }

  mask(T: number): tf.Tensor | undefined {
    return maskAfter(this.length, T, this.padding);
  }

  /**
   * Copies everything that a {@link FixedKVCache} needs to continue from here. The caller frees it.
   *
   * @param capacity maximum number of tokens, earlier and new ones together
   * @throws Error if the cache is empty
   */
  toFixedState(capacity: number): FixedKVState {
    const layers = this.layers.map((layer) => layer.toFixedState(capacity));
    const [B] = layers[0].keys.shape;
    const padding = this.padding.length ? [...this.padding] : Array<number>(B).fill(0);
    return { layers, padding: tf.keep(tf.tensor1d(padding, 'int32')) };
  }

  /** Frees the memory and leaves an empty cache, which can be used again. */
  dispose(): void {
    for (const layer of this.layers) layer.dispose();
  }
}

/** The keys and values of one layer with room for more tokens, (B, H, capacity, D) each. */
type FixedLayerState = { keys: tf.Variable; values: tf.Variable };

/** The memory that a {@link FixedKVCache} reads and writes. `tf.dispose` frees it. */
export type FixedKVState = {
  layers: FixedLayerState[];
  /** Number of padding tokens at the start of each sequence; (B), int32. */
  padding: tf.Tensor;
};

/**
 * A cache of fixed size that takes one token at a time and is updated in place, for compiled steps,
 * whose shapes never change. The token's position does change, so it is a tensor.
 */
export class FixedKVCache implements ModelCache {
  /** The capacity minus the new token. The mask hides places that are not written yet. */
  readonly length: number;
  readonly layers: readonly LayerCache[];
  private readonly padding: tf.Tensor;

  /** @param position index at which the new token's keys and values are written; int32 scalar */
  constructor(
    { layers, padding }: FixedKVState,
    private readonly position: tf.Tensor,
  ) {
    this.padding = padding;
    const length = layers[0].keys.shape[2]! - 1;
    this.length = length;
    this.layers = layers.map(({ keys, values }) => ({
      length,
      mask: (T: number) => this.mask(T),
      attend: (q, k, v, options) =>
        scaledDotProductAttention(
          q,
          writeAt(keys, k, position),
          writeAt(values, v, position),
          options,
        ),
    }));
  }

  positionRows(table: tf.Tensor, T: number): tf.Tensor {
    checkOneToken(T);
    const positions = this.position.sub(this.padding).expandDims(1); // (B, 1)
    return embeddingLookup(table, positions); // (B, 1, C)
  }

  mask(T: number): tf.Tensor {
    checkOneToken(T);
    return oneTokenMask(this.padding, this.position, this.length + 1); // (B, 1, 1, capacity)
  }
}

function checkOneToken(T: number): void {
  if (T !== 1) throw new Error(`A cache of fixed size takes one token at a time, got ${T}`);
}
