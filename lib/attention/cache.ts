/** What attention remembers of earlier tokens while a text is generated. */
import { tf } from '../backend';

/** Keys and values of one attention layer, (batch, heads, tokens, headDim) each. */
export class LayerCache {
  private keys?: tf.Tensor;
  private values?: tf.Tensor;

  /** Tokens remembered. */
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
