/**
 * Scaled dot-product attention (Vaswani et al. 2017, "Attention is all you need"), in the three
 * steps of chapter 3. In {@link SelfAttention} a token sees every token, in
 * {@link CausalSelfAttention} only itself and earlier ones; {@link MultiHeadAttention}, the layer
 * of GPT-2, has several such heads. Built in notebooks 2 and 3.
 *
 * Shapes: B sequences in a batch, T tokens in each, C numbers per token, H heads, D = C / H
 * numbers per head.
 */
import { tf } from './backend';
import { checkPositive } from './core/checks';
import { noLayerCache, type LayerCache } from './attention/cache';
import { causalMask } from './attention/mask';
import { observed, type Observer } from './attention/observer';
import { scaledDotProductAttention } from './attention/scaled-dot-product';
import {
  defaultInit,
  Dropout,
  Linear,
  Module,
  prefixed,
  uniformInit,
  type Initializer,
  type ParameterMap,
  type TrainingStep,
} from './nn';

export {
  FixedKVCache,
  KVCache,
  NoCache,
  type FixedKVState,
  type LayerCache,
  type ModelCache,
} from './attention/cache';
export { causalMask } from './attention/mask';
export { observed, type Observer } from './attention/observer';

/** A layer's output together with its attention weights. */
export type OutputAndWeights = {
  /** The tokens' new representation, (..., T, outDim). */
  output: tf.Tensor;
  /** After dropout: row i says how much token i attends to each token. (..., T, T) */
  weights: tf.Tensor;
};

function withWeights(forward: (observer: Observer) => tf.Tensor): OutputAndWeights {
  const { result: output, attention } = observed(forward);
  return { output, weights: attention[0] };
}

export interface SelfAttentionOptions {
  /** Numbers per token in the input. */
  inDim: number;
  /** Numbers per token in the output. */
  outDim: number;
  /** Whether query, key and value have biases; default false. */
  qkvBias?: boolean;
  /** Seed for the initial weights; by default every layer starts with different ones. */
  seed?: number;
}

export interface SelfAttentionForwardOptions {
  /** Given in a training step: turns dropout on. */
  training?: TrainingStep;
  /** Receives the attention weights. */
  observer?: Observer;
}

/** Self-attention with trainable queries, keys and values: one head, no mask. */
export class SelfAttention extends Module {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;

  /** @throws RangeError if a size is not a positive whole number */
  constructor({ inDim, outDim, qkvBias = false, seed }: SelfAttentionOptions) {
    super();
    checkPositive({ inDim, outDim });
    const init = seed === undefined ? defaultInit : uniformInit(seed);
    this.query = new Linear(inDim, outDim, { bias: qkvBias, init });
    this.key = new Linear(inDim, outDim, { bias: qkvBias, init });
    this.value = new Linear(inDim, outDim, { bias: qkvBias, init });
  }

  /**
   * (..., T, inDim) -> (..., T, outDim)
   *
   * @throws Error that names the axis of `x` that is wrong
   */
  forward(x: tf.Tensor, { observer }: SelfAttentionForwardOptions = {}): tf.Tensor {
    return tf.tidy(() => {
      checkInput(x, this.query.inDim);
      const [q, k, v] = [this.query.forward(x), this.key.forward(x), this.value.forward(x)];
      return scaledDotProductAttention(q, k, v, { observer }); // (..., T, outDim)
    });
  }

  /** Like `forward`, but returns the attention weights as well. */
  attend(
    x: tf.Tensor,
    options: Omit<SelfAttentionForwardOptions, 'observer'> = {},
  ): OutputAndWeights {
    return withWeights((observer) => this.forward(x, { ...options, observer }));
  }

  parameters(): ParameterMap {
    return {
      ...prefixed('query.', this.query.parameters()),
      ...prefixed('key.', this.key.parameters()),
      ...prefixed('value.', this.value.parameters()),
    };
  }
}

export interface CausalSelfAttentionOptions extends SelfAttentionOptions {
  /** Longest sequence accepted, in tokens. */
  contextLength: number;
  /** Share of the attention weights dropped in training, from 0 to below 1; default 0. */
  dropRate?: number;
}

/** Self-attention in which a token sees itself and earlier tokens only, with dropout. */
export class CausalSelfAttention extends SelfAttention {
  readonly contextLength: number;
  readonly dropout: Dropout;

  /** @throws RangeError if a size or the dropout rate is out of range */
  constructor(options: CausalSelfAttentionOptions) {
    super(options);
    checkPositive({ contextLength: options.contextLength });
    this.contextLength = options.contextLength;
    this.dropout = new Dropout(options.dropRate ?? 0);
  }

  /**
   * (..., T, inDim) -> (..., T, outDim)
   *
   * @throws Error that names the axis of `x` that is wrong
   */
  forward(x: tf.Tensor, { training, observer }: SelfAttentionForwardOptions = {}): tf.Tensor {
    return tf.tidy(() => {
      checkInput(x, this.query.inDim, this.contextLength);
      const mask = causalMask(x.shape[x.rank - 2]); // (T, T)
      const [q, k, v] = [this.query.forward(x), this.key.forward(x), this.value.forward(x)];
      return scaledDotProductAttention(q, k, v, {
        mask,
        dropout: this.dropout,
        training,
        observer,
      });
    });
  }
}

export interface MultiHeadAttentionOptions extends CausalSelfAttentionOptions {
  /** Number of heads; each gets outDim / nHeads of the numbers, so it must divide `outDim`. */
  nHeads: number;
  /** Whether to hide later tokens; default true. */
  causal?: boolean;
  /**
   * Draws the initial weights. Default: {@link uniformInit} with `seed` or, without a seed,
   * {@link defaultInit}.
   */
  init?: Initializer;
  /** The `place` of this layer's {@link Dropout}; default 0. */
  dropoutPlace?: number;
}

export interface MultiHeadForwardOptions extends SelfAttentionForwardOptions {
  /** Remembers earlier tokens: `x` then holds only the new tokens, and the cache takes them in. */
  cache?: LayerCache;
  /**
   * Added to the scores in place of the causal mask, so that layers can share one: 0 where a query
   * may see a key, −∞ where it may not. Broadcast to (B, H, T, tokens).
   */
  mask?: tf.Tensor;
}

/**
 * Several attention heads side by side, each working on D of the projected numbers, and a final
 * linear layer that mixes them. The parameters have GPT-2's names and layout: the columns of
 * `c_attn.weight` (inDim, 3 · outDim) hold the queries, then the keys, then the values.
 */
export class MultiHeadAttention extends Module {
  readonly inDim: number;
  readonly outDim: number;
  readonly nHeads: number;
  readonly contextLength: number;
  readonly causal: boolean;
  readonly dropout: Dropout;
  /** Projects to queries, keys and values. LoRA replaces it, and `cProj` as well. */
  cAttn: Linear;
  cProj: Linear;

  /**
   * @throws RangeError if a size or the dropout rate is out of range; Error if `nHeads` does not
   *   divide `outDim`
   */
  constructor(options: MultiHeadAttentionOptions) {
    super();
    const { inDim, outDim, nHeads, contextLength, seed } = options;
    checkPositive({ inDim, outDim, nHeads, contextLength });
    if (outDim % nHeads) {
      throw new Error(`nHeads (${nHeads}) must divide the attention's width (${outDim})`);
    }
    this.inDim = inDim;
    this.outDim = outDim;
    this.nHeads = nHeads;
    this.contextLength = contextLength;
    this.causal = options.causal ?? true;
    this.dropout = new Dropout(options.dropRate ?? 0, options.dropoutPlace);
    const init = options.init ?? (seed === undefined ? defaultInit : uniformInit(seed));
    this.cAttn = new Linear(inDim, 3 * outDim, { bias: options.qkvBias ?? false, init });
    this.cProj = new Linear(outDim, outDim, { residual: true, init });
  }

  /**
   * (B, T, inDim) -> (B, T, outDim)
   *
   * @throws Error that names the axis of `x` that is wrong
   */
  forward(x: tf.Tensor, options: MultiHeadForwardOptions = {}): tf.Tensor {
    const { training, observer, cache = noLayerCache } = options;
    return tf.tidy(() => {
      checkInput(x, this.inDim, this.contextLength, cache.length);
      if (x.rank !== 3) {
        throw new Error(`MultiHeadAttention needs x of 3 axes (batch, tokens, ${this.inDim})`);
      }
      const [B, T] = x.shape;

      const qkv = this.cAttn
        .forward(x) // (B, T, C) -> (B, T, 3C)
        .reshape([B, T, 3 * this.nHeads, this.outDim / this.nHeads]) // -> (B, T, 3H, D)
        .transpose([0, 2, 1, 3]); // -> (B, 3H, T, D): each head's vectors are contiguous
      const [q, k, v] = tf.split(qkv, 3, 1); // (B, H, T, D) each

      const mask = options.mask ?? (this.causal ? cache.mask(T) : undefined);
      const context = cache
        .attend(q, k, v, { mask, dropout: this.dropout, training, observer }) // (B, H, T, D)
        .transpose([0, 2, 1, 3]) // -> (B, T, H, D)
        .reshape([B, T, this.outDim]); // -> (B, T, C): the heads side by side
      return this.cProj.forward(context);
    });
  }

  /** Like `forward`, but returns the attention weights (B, H, T, tokens) as well. */
  attend(x: tf.Tensor, options: Omit<MultiHeadForwardOptions, 'observer'> = {}): OutputAndWeights {
    return withWeights((observer) => this.forward(x, { ...options, observer }));
  }

  parameters(): ParameterMap {
    return {
      ...prefixed('c_attn.', this.cAttn.parameters()),
      ...prefixed('c_proj.', this.cProj.parameters()),
    };
  }
}

/**
 * @param past number of tokens in the cache, which count towards the context too
 * @throws Error that names the axis of `x` that is wrong
 */
function checkInput(x: tf.Tensor, inDim: number, contextLength = Infinity, past = 0): void {
  const got = `got x of shape (${x.shape.join(', ')})`;
  if (x.rank < 2) throw new Error(`Attention needs x of shape (..., tokens, ${inDim}), ${got}`);
  const [tokens, width] = x.shape.slice(-2);
  if (width !== inDim) {
    throw new Error(`Axis ${x.rank - 1} of x must have inDim = ${inDim} numbers, ${got}`);
  }
  if (past + tokens > contextLength) {
    const earlier = past ? ` after ${past} cached tokens` : '';
    throw new Error(
      `Axis ${x.rank - 2} of x has ${tokens} tokens${earlier}, more than contextLength = ` +
        `${contextLength}; ${got}`,
    );
  }
}
