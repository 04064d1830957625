/**
 * Scaled dot-product attention (Vaswani et al. 2017, "Attention is all you need"), in the three
 * steps of chapter 3: {@link SelfAttention} looks everywhere, {@link CausalSelfAttention} only
 * back, {@link MultiHeadAttention} does so in several heads at once and is the layer of GPT-2.
 * Built in notebooks 2 and 3.
 *
 * Shapes: B sequences in a batch, T tokens in each, C numbers per token, H heads, D = C / H
 * numbers per head.
 */
import { tf } from './backend';
import type { LayerMemory } from './attention/cache';
import { causalMask } from './attention/mask';
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

export * from './attention/cache';
export * from './attention/mask';
// The notebooks import these from here.
export {
  Dropout,
  Linear,
  Module,
  prefixed,
  uniformInit,
  variable,
  type Initializer,
  type ParameterMap,
  type TrainingStep,
} from './nn';

/** What attention computes: new vectors, and how much each token looked at which. */
export type Attended = {
  /** The tokens' new representation, (..., T, outDim). */
  output: tf.Tensor;
  /** Row i says how much token i looks at each token, after dropout. (..., T, T) */
  weights: tf.Tensor;
};

/** softmax(Q Kᵀ / √D + mask): the attention weights. q, k: (..., T, D) -> (..., T, T) */
function attentionWeights(q: tf.Tensor, k: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  const scale = 1 / Math.sqrt(q.shape[q.rank - 1]);
  const scores = tf.matMul(q.mul(scale), k, false, true);
  return tf.softmax(mask ? scores.add(mask) : scores);
}

export interface SelfAttentionOptions {
  /** Numbers per token coming in. */
  inDim: number;
  /** Numbers per token going out. */
  outDim: number;
  /** Biases for query, key and value; default false. */
  qkvBias?: boolean;
  /** Seed for the initial weights; by default each layer has others. */
  seed?: number;
}

/** Self-attention with trainable queries, keys and values: one head, no mask. */
export class SelfAttention extends Module {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;

  constructor({ inDim, outDim, qkvBias = false, seed }: SelfAttentionOptions) {
    super();
    checkPositive({ inDim, outDim });
    const init = seed === undefined ? defaultInit : uniformInit(seed);
    this.query = new Linear(inDim, outDim, { bias: qkvBias, init });
    this.key = new Linear(inDim, outDim, { bias: qkvBias, init });
    this.value = new Linear(inDim, outDim, { bias: qkvBias, init });
  }

  /** (..., T, inDim) -> (..., T, outDim) */
  forward(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => this.attend(x).output);
  }

  /** As `forward`, and returns the attention weights too. */
  attend(x: tf.Tensor): Attended {
    return tf.tidy(() => {
      checkInput(x, this.query.inDim);
      const weights = attentionWeights(this.query.forward(x), this.key.forward(x)); // (..., T, T)
      return { output: tf.matMul(weights, this.value.forward(x)), weights };
    });
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
  /** Longest sequence accepted. */
  contextLength: number;
  /** Share of the attention weights dropped while training; default 0. */
  dropRate?: number;
}

/** Self-attention in which a token sees itself and earlier tokens only, with dropout. */
export class CausalSelfAttention extends SelfAttention {
  readonly contextLength: number;
  readonly dropout: Dropout;

  constructor(options: CausalSelfAttentionOptions) {
    super(options);
    checkPositive({ contextLength: options.contextLength });
    this.contextLength = options.contextLength;
    this.dropout = new Dropout(options.dropRate ?? 0);
  }

  forward(x: tf.Tensor, options: { training?: TrainingStep } = {}): tf.Tensor {
    return tf.tidy(() => this.attend(x, options).output);
  }

  attend(x: tf.Tensor, { training }: { training?: TrainingStep } = {}): Attended {
    return tf.tidy(() => {
      checkInput(x, this.query.inDim, this.contextLength);
      const mask = causalMask(x.shape[x.rank - 2]); // (T, T)
      const all = attentionWeights(this.query.forward(x), this.key.forward(x), mask);
      const weights = this.dropout.forward(all, training); // (..., T, T)
      return { output: tf.matMul(weights, this.value.forward(x)), weights };
    });
  }
}

export interface MultiHeadAttentionOptions extends CausalSelfAttentionOptions {
  /** Heads that share `outDim` between them. */
  nHeads: number;
  /** Hide later tokens; default true. */
  causal?: boolean;
  /** Draws the initial weights, instead of PyTorch's rule with `seed`. */
  init?: Initializer;
  /** Number of this layer's dropout, see {@link Dropout}; default 0. */
  dropoutPlace?: number;
}

export interface MultiHeadForwardOptions {
  /** Given in a training step: turns dropout on. */
  training?: TrainingStep;
  /** Keys and values of earlier tokens; those of `x` are added to it. */
  cache?: LayerMemory;
  /** Added to the scores instead of the causal mask; one can serve several layers. (…, T, tokens) */
  mask?: tf.Tensor;
}

/**
 * Several heads of attention side by side, each on its own D of the projected numbers, joined by
 * a last linear layer. The parameters have GPT-2's names and layout: the columns of
 * `c_attn.weight` (inDim, 3 · outDim) are the queries', then the keys', then the values'.
 */
export class MultiHeadAttention extends Module {
  readonly inDim: number;
  readonly outDim: number;
  readonly nHeads: number;
  readonly contextLength: number;
  readonly causal: boolean;
  readonly dropout: Dropout;
  /** Replaceable, as by a low-rank adapter. */
  cAttn: Linear;
  cProj: Linear;

  /** @throws Error when `nHeads` does not divide `outDim`, or a size is no positive integer */
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

  /** (B, T, inDim) -> (B, T, outDim) */
  forward(x: tf.Tensor, options: MultiHeadForwardOptions = {}): tf.Tensor {
    return tf.tidy(() => this.attend(x, options).output);
  }

  /** As `forward`, and returns the attention weights (B, H, T, tokens) too. */
  attend(x: tf.Tensor, options: MultiHeadForwardOptions = {}): Attended {
    return tf.tidy(() => {
      const past = options.cache?.length ?? 0;
      checkInput(x, this.inDim, this.contextLength, past);
      if (x.rank !== 3) {
        throw new Error(`MultiHeadAttention needs x of 3 axes (batch, tokens, ${this.inDim})`);
      }
      const [B, T] = x.shape;

      const qkv = this.cAttn
        .forward(x) // (B, T, C) -> (B, T, 3C)
        .reshape([B, T, 3 * this.nHeads, this.outDim / this.nHeads]) // -> (B, T, 3H, D)
        .transpose([0, 2, 1, 3]); // -> (B, 3H, T, D): each head's own vectors, in a row
      const [q, newKeys, newValues] = tf.split(qkv, 3, 1); // (B, H, T, D) each
      const { keys, values } = options.cache?.append(newKeys, newValues) ?? {
        keys: newKeys,
        values: newValues,
      };

      // A single new token may see all others: it needs no mask.
      const mask = options.mask ?? (this.causal && T > 1 ? causalMask(T, past + T) : undefined);
      const weights = this.dropout.forward(attentionWeights(q, keys, mask), options.training);

      const context = tf
        .matMul(weights, values) // (B, H, T, T) (B, H, T, D) -> (B, H, T, D)
        .transpose([0, 2, 1, 3]) // -> (B, T, H, D)
        .reshape([B, T, this.outDim]); // -> (B, T, C): the heads side by side
      return { output: this.cProj.forward(context), weights };
    });
  }

  parameters(): ParameterMap {
    return {
      ...prefixed('c_attn.', this.cAttn.parameters()),
      ...prefixed('c_proj.', this.cProj.parameters()),
    };
  }
}

function checkPositive(sizes: Record<string, number>): void {
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new Error(`${name} must be a positive integer, got ${value}`);
    }
  }
}

/** Says which axis of `x` is wrong. */
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
