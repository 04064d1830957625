/** What attention remembers of earlier tokens while a text is generated. */
import { tf, writeAt } from '../backend';
import { variable } from '../nn';
import { visibleKeys } from './mask';

/** Keys and values of one attention layer. */
export interface LayerMemory {
  /** Tokens remembered. */
  readonly length: number;
  /** Adds those of new tokens and returns those of all; (batch, heads, tokens, headDim) each. */
  append(keys: tf.Tensor, values: tf.Tensor): { keys: tf.Tensor; values: tf.Tensor };
}

/** Keys and values that grow with the text, (batch, heads, tokens, headDim) each. */
export class LayerCache implements LayerMemory {
  private keys?: tf.Tensor;
  private values?: tf.Tensor;

  get length(): number {
    return this.keys?.shape[2] ?? 0;
  }

  /**
   * Adds those of new tokens and returns those of all tokens, which remain the cache's own.
   *
   * @throws Error when the batch is not that of the earlier tokens
   */
  append(keys: tf.Tensor, values: tf.Tensor): { keys: tf.Tensor; values: tf.Tensor } {
    if (this.keys && this.keys.shape[0] !== keys.shape[0]) {
      throw new Error(
        `The cache holds a batch of ${this.keys.shape[0]} sequences, got ${keys.shape[0]} (axis 0)`,
      );
    }
    const join = (old: tf.Tensor | undefined, added: tf.Tensor) =>
      tf.keep(old ? tf.concat([old, added], 2) : added.clone());
    const joined = { keys: join(this.keys, keys), values: join(this.values, values) };
    this.dispose();
    ({ keys: this.keys, values: this.values } = joined);
    return joined;
  }

  /** Copies of both, with room for `capacity` tokens. */
  withRoom(capacity: number): LayerBuffers {
    const { keys, values } = this;
    if (!keys || !values) throw new Error('The cache is empty');
    const room = (tensor: tf.Tensor) =>
      variable(() =>
        tf.pad(tensor, [
          [0, 0],
          [0, 0],
          [0, capacity - this.length],
          [0, 0],
        ] as [number, number][]),
      );
    return { keys: room(keys), values: room(values) };
  }

  dispose(): void {
    tf.dispose([this.keys, this.values].filter((tensor) => tensor !== undefined) as tf.Tensor[]);
    this.keys = this.values = undefined;
  }
}

/**
 * The keys and values of all layers: with them a model reads only the new tokens, because those
 * of earlier tokens never change under a causal mask.
 */
export class KVCache {
  readonly layers: readonly LayerCache[];

  constructor(nLayers: number) {
    this.layers = Array.from({ length: nLayers }, () => new LayerCache());
  }

  /** Tokens that every layer remembers. */
  get length(): number {
    return this.layers[this.layers.length - 1].length;
  }

  /** Frees the memory; the cache is empty and can be used again. */
  dispose(): void {
    for (const layer of this.layers) layer.dispose();
  }
}

/** Keys and values of one layer with room for more, (batch, heads, capacity, headDim) each. */
export type LayerBuffers = { keys: tf.Variable; values: tf.Variable };

/**
 * A cache of fixed size, written in place one token at a time: what a compiled step needs, whose
 * shapes may not change. The place of the token is a tensor, because it does.
 */
export class FixedKVCache {
  readonly layers: readonly LayerMemory[];

  /**
   * @param buffers of each layer
   * @param position where the new token's go, counted from 0; int32 scalar
   * @param padding how many tokens at the start of each sequence are padding; (B), int32
   */
  constructor(
    private readonly buffers: readonly LayerBuffers[],
    private readonly position: tf.Tensor,
    private readonly padding: tf.Tensor,
  ) {
    const put = (buffer: tf.Variable, added: tf.Tensor) => writeAt(buffer, added, position);
    this.layers = buffers.map(({ keys, values }) => ({
      length: keys.shape[2]! - 1, // with the new token all of it, of which the mask hides the rest
      append: (newKeys: tf.Tensor, newValues: tf.Tensor) => ({
        keys: put(keys, newKeys),
        values: put(values, newValues),
      }),
    }));
  }

  /** Where the new token stands in its own text, (B, 1). */
  positions(): tf.Tensor {
    return tf.tidy(() => this.position.sub(this.padding).expandDims(1));
  }

  /** Hides padding and what is not yet written, (B, 1, 1, capacity). */
  mask(): tf.Tensor {
    return visibleKeys(this.padding, this.position, this.buffers[0].keys.shape[2]!);
  }
}
