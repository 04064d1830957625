/**
 * KV caches: under a causal mask the keys and values of earlier tokens never change, so a model that
 * remembers them reads each token once. A cache knows where new tokens stand and what they may see.
 *
 * Shapes: B sequences in a batch, H heads, D numbers per head, T new tokens.
 */
import { embeddingLookup, tf, writeAt } from '../backend';
import { variable } from '../nn';
import { causalMask, paddingMask, visibleKeys } from './mask';
import { scaledDotProductAttention, type ScaledDotProductOptions } from './scaled-dot-product';

/** What one attention layer remembers. */
export interface LayerCache {
  /** Tokens before the new ones. */
  readonly length: number;
  /** Hides from T new tokens what they may not see; undefined when they may see everything. */
  mask(T: number): tf.Tensor | undefined;
  /**
   * Remembers the keys and values of new tokens, whose queries attend to all tokens so far.
   * q, k, v: (B, H, T, D) -> (B, H, T, D)
   */
  attend(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, options?: ScaledDotProductOptions): tf.Tensor;
}

/** What a whole model remembers. */
export interface ModelCache {
  /** Tokens before the new ones. */
  readonly length: number;
  /** One for each block, or none when nothing is remembered. */
  readonly layers: readonly LayerCache[];
  /**
   * The rows of a table with one row for each position, (contextLength, C), at the positions of T
   * new tokens: (T, C), or (B, T, C) where sequences are padded.
   */
  positionRows(table: tf.Tensor, T: number): tf.Tensor;
  /** As {@link LayerCache.mask}: one mask serves all layers. */
  mask(T: number): tf.Tensor | undefined;
}

const isPadded = (padding: readonly number[]): boolean => padding.some((count) => count > 0);

/** What T tokens after `past` others may see. A single token without padding may see everything. */
function maskAfter(
  past: number,
  T: number,
  padding: readonly number[] = [],
): tf.Tensor | undefined {
  if (isPadded(padding)) return paddingMask(padding, T, past + T);
  return T > 1 ? causalMask(T, past + T) : undefined;
}

/** See {@link ModelCache.positionRows}. Positions count from where a sequence's padding ends. */
function rowsAfter(
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

/** A layer that remembers nothing: the new tokens are all there are. */
export const noLayerCache: LayerCache = {
  length: 0,
  mask: (T) => maskAfter(0, T),
  attend: scaledDotProductAttention,
};

/** Remembers nothing: the model reads whole sequences. */
export class NoCache implements ModelCache {
  readonly length = 0;
  readonly layers: readonly LayerCache[] = [];

  /** @param padding how many tokens at the start of each sequence no other token may see */
  constructor(private readonly padding: readonly number[] = []) {}

  positionRows(table: tf.Tensor, T: number): tf.Tensor {
    return rowsAfter(0, table, T, this.padding);
  }

  mask(T: number): tf.Tensor | undefined {
    return maskAfter(0, T, this.padding);
  }
}

/** The keys and values of one layer, which grow with the text. */
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

  /** @throws Error when the batch is not that of the earlier tokens */
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

  /** Copies of both with room for `capacity` tokens. */
  withRoom(capacity: number): FixedLayerState {
    const { keys, values, length } = this;
    if (!keys || !values) throw new Error('The cache is empty');
    const room: [number, number][] = [
      [0, 0],
      [0, 0],
      [0, capacity - length],
      [0, 0],
    ];
    return {
      keys: variable(() => tf.pad(keys, room)),
      values: variable(() => tf.pad(values, room)),
    };
  }

  dispose(): void {
    this.keys?.dispose();
    this.values?.dispose();
    this.keys = this.values = undefined;
  }
}

/** A cache that grows with the text. */
export class KVCache implements ModelCache {
  readonly layers: readonly GrowingLayerCache[];

  /** @param padding how many tokens at the start of each sequence no other token may see */
  constructor(
    nLayers: number,
    private readonly padding: readonly number[] = [],
  ) {
    this.layers = Array.from({ length: nLayers }, () => new GrowingLayerCache(padding));
  }

  /** Tokens that every layer remembers. */
  get length(): number {
    return this.layers[this.layers.length - 1].length;
  }

  positionRows(table: tf.Tensor, T: number): tf.Tensor {
    return rowsAfter(this.length, table, T, this.padding);
  }

  mask(T: number): tf.Tensor | undefined {
    return maskAfter(this.length, T, this.padding);
  }

  /**
   * What a {@link FixedKVCache} needs to go on from here: copies, which are the caller's.
   *
   * @param capacity most tokens, earlier and new ones together
   * @throws Error when the cache is empty
   */
  withRoom(capacity: number): FixedKVState {
    const layers = this.layers.map((layer) => layer.withRoom(capacity));
    const [B] = layers[0].keys.shape;
    const padding = this.padding.length ? [...this.padding] : Array<number>(B).fill(0);
    return { layers, padding: tf.keep(tf.tensor1d(padding, 'int32')) };
  }

  /** Frees the memory; the cache is empty and can be used again. */
  dispose(): void {
    for (const layer of this.layers) layer.dispose();
  }
}

/** Keys and values of one layer with room for more, (B, H, capacity, D) each. */
type FixedLayerState = { keys: tf.Variable; values: tf.Variable };

/** What a {@link FixedKVCache} writes to and reads. `tf.dispose` frees it. */
export type FixedKVState = {
  layers: FixedLayerState[];
  /** How many tokens at the start of each sequence are padding; (B), int32. */
  padding: tf.Tensor;
};

/**
 * A cache of fixed size that takes one token at a time and is written in place: a compiled step needs
 * shapes that never change. The position of the token is a tensor, because it does change.
 */
export class FixedKVCache implements ModelCache {
  /** All the room but that of the new token; the mask hides what is not yet written. */
  readonly length: number;
  readonly layers: readonly LayerCache[];
  private readonly padding: tf.Tensor;

  /** @param position where the new token's keys and values go, counted from 0; int32 scalar */
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
    return visibleKeys(this.padding, this.position, this.length + 1); // (B, 1, 1, capacity)
  }
}

function checkOneToken(T: number): void {
  if (T !== 1) throw new Error(`A cache of fixed size takes one token at a time, got ${T}`);
}
