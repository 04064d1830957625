/**
 * GPT-2 (Radford et al. 2019, "Language models are unsupervised multitask learners"), with the
 * computation, parameter names and layouts of OpenAI's code, so that the published weights fit.
 * Built in notebook 4.
 *
 * Shapes: B sequences in a batch, T tokens in each, C = embDim numbers per token.
 */
import { embeddingLookup, gelu, tf } from './backend';
import {
  MultiHeadAttention,
  NoCache,
  observed,
  type ModelCache,
  type MultiHeadForwardOptions,
  type Observer,
} from './attention';
import { gptConfig, type DropRates, type GPT2Name, type GPTConfig } from './model/config';
import { toIdTensor, type TokenIds } from './model/input';
import {
  defaultInit,
  Dropout,
  initializers,
  LayerNorm,
  Linear,
  Module,
  prefixed,
  variable,
  type Initializer,
  type ParameterMap,
  type TrainingStep,
} from './nn';

/** Chapter 4 builds these two itself and compares its own with them. */
export { gelu, LayerNorm };
export * from './model/config';
export { checkVocabulary, type TokenIds } from './model/input';

/**
 * Two linear layers with GELU between them, where the vectors are four times as wide. It works on
 * each token alone.
 */
export class FeedForward extends Module {
  cFc: Linear;
  cProj: Linear;

  constructor(embDim: number, init: Initializer = defaultInit) {
    super();
    this.cFc = new Linear(embDim, 4 * embDim, { init });
    this.cProj = new Linear(4 * embDim, embDim, { residual: true, init });
  }

  /** (B, T, C) -> (B, T, 4C) -> (B, T, C) */
  forward(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => this.cProj.forward(gelu(this.cFc.forward(x))));
  }

  parameters(): ParameterMap {
    return {
      ...prefixed('c_fc.', this.cFc.parameters()),
      ...prefixed('c_proj.', this.cProj.parameters()),
    };
  }
}

/**
 * One layer of the model: attention, then feed-forward. The input of each is normalised (pre-norm),
 * and its output is added to that input before normalising (shortcut).
 */
export class TransformerBlock extends Module {
  readonly ln1: LayerNorm;
  readonly attn: MultiHeadAttention;
  readonly ln2: LayerNorm;
  readonly mlp: FeedForward;
  private readonly attnDropout: Dropout;
  private readonly mlpDropout: Dropout;

  /**
   * @param index number of the block in the model, from 0: the seeds of its dropout depend on it
   */
  constructor(config: GPTConfig, init: Initializer = defaultInit, index = 0) {
    super();
    const { embDim, nHeads, contextLength, qkvBias, dropRate } = config;
    const place = 1 + 3 * index; // a block has three dropouts; the embeddings have place 0
    this.ln1 = new LayerNorm(embDim);
    this.attn = new MultiHeadAttention({
      inDim: embDim,
      outDim: embDim,
      nHeads,
      contextLength,
      qkvBias,
      init,
      dropRate,
      dropoutPlace: place,
    });
    this.ln2 = new LayerNorm(embDim);
    this.mlp = new FeedForward(embDim, init);
    this.attnDropout = new Dropout(dropRate, place + 1);
    this.mlpDropout = new Dropout(dropRate, place + 2);
  }

  /** (B, T, C) -> (B, T, C) */
  forward(x: tf.Tensor, options: MultiHeadForwardOptions = {}): tf.Tensor {
    return tf.tidy(() => {
      const attended = this.attn.forward(this.ln1.forward(x), options);
      x = x.add(this.attnDropout.forward(attended, options.training));
      const processed = this.mlp.forward(this.ln2.forward(x));
      return x.add(this.mlpDropout.forward(processed, options.training));
    });
  }

  parameters(): ParameterMap {
    return {
      ...prefixed('ln_1.', this.ln1.parameters()),
      ...prefixed('attn.', this.attn.parameters()),
      ...prefixed('ln_2.', this.ln2.parameters()),
      ...prefixed('mlp.', this.mlp.parameters()),
    };
  }
}

export interface ForwardOptions {
  /** Given in a training step: turns dropout on. */
  training?: TrainingStep;
  /**
   * Remembers earlier tokens: `ids` then holds only the new tokens. The cache also knows which
   * tokens are padding. By default there are no earlier tokens and no padding.
   */
  cache?: ModelCache;
  /** Receives the hidden states and the attention weights of each layer. */
  observer?: Observer;
  /** Compute the logits of the last token only, (B, 1, vocabSize): generating needs no others. */
  lastOnly?: boolean;
}

/** The intermediate results of a forward pass, as {@link GPTModel.trace} returns them. */
export type Trace = {
  /** (B, T, vocabSize) */
  logits: tf.Tensor3D;
  /** nLayers + 1 of (B, T, C): the input of each block, and the output of the final norm. */
  hiddenStates: tf.Tensor[];
  /** nLayers of (B, H, T, tokens): row i says how much token i attends to each token. */
  attention: tf.Tensor[];
};

export interface GPTModelOptions {
  /** Seed for the initial weights; default 0. */
  seed?: number;
  /**
   * How the initial weights are drawn. `gpt2`, the default: normal with standard deviation 0.02,
   * divided by √(2 · nLayers) in layers that add to a shortcut, biases 0. `pytorch`: embeddings
   * standard normal, linear layers uniform in ±1/√inDim. `zeros`: nothing is drawn, for weights to
   * be loaded.
   */
  init?: keyof typeof initializers;
}

/** The whole model: reads token ids and returns, for every token, the logits of the next one. */
export class GPTModel extends Module {
  readonly config: GPTConfig;
  /**
   * Set by `loadModel` if a config.json has several different dropout rates, whereas this model has
   * only one. Such a model can generate, which needs no dropout, but `forward` refuses to train it.
   */
  dropRates?: DropRates;
  readonly wte: tf.Variable;
  readonly wpe: tf.Variable;
  readonly blocks: TransformerBlock[];
  readonly lnF: LayerNorm;
  /** (vocabSize, C); `wte` itself if the head is tied. */
  readonly head: tf.Variable;
  private readonly dropout: Dropout;

  /** @throws Error if the configuration is invalid, see {@link gptConfig} */
  constructor(
    config: GPT2Name | Partial<GPTConfig>,
    { seed = 0, init: scheme = 'gpt2' }: GPTModelOptions = {},
  ) {
    super();
    this.config = gptConfig(config);
    const { vocabSize, contextLength, embDim, nLayers, dropRate, tiedHead } = this.config;
    const init = initializers[scheme](seed, nLayers);
    this.wte = variable(() => init.embedding(vocabSize, embDim));
    this.wpe = variable(() => init.embedding(contextLength, embDim));
    this.dropout = new Dropout(dropRate);
    this.blocks = Array.from(
      { length: nLayers },
      (_, index) => new TransformerBlock(this.config, init, index),
    );
    this.lnF = new LayerNorm(embDim);
    this.head = tiedHead ? this.wte : variable(() => init.weight(embDim, vocabSize).transpose());
  }

  /**
   * The final hidden states, after the last norm, which the head reads: (B, T) -> (B, T, C).
   *
   * @throws Error like {@link forward}
   */
  hidden(ids: TokenIds, options: ForwardOptions = {}): tf.Tensor3D {
    const { training, observer, cache = new NoCache() } = options;
    if (training) this.checkDropRates();
    return tf.tidy(() => {
      const tokens = toIdTensor(ids, this.config, cache.length); // (B, T)
      const T = tokens.shape[1]!;
      const mask = cache.mask(T); // all blocks share it
      const positions = cache.positionRows(this.wpe, T); // (T, C), or (B, T, C) with padding
      let x = embeddingLookup(this.wte, tokens).add(positions); // (B, T, C)
      x = this.dropout.forward(x, training);
      for (const [i, block] of this.blocks.entries()) {
        observer?.hiddenState?.(x);
        x = block.forward(x, { training, mask, cache: cache.layers[i], observer });
      }
      x = this.lnF.forward(x);
      observer?.hiddenState?.(x);
      return x as tf.Tensor3D;
    });
  }

  /**
   * The logits of the next token, for every token: (B, T) -> (B, T, vocabSize).
   *
   * @throws Error if the ids do not have shape (B, T), an id is outside the vocabulary, or the
   *   sequence is longer than the context; in a training step, also if the model has several
   *   `dropRates`
   */
  forward(ids: TokenIds, options: ForwardOptions = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const x = this.hidden(ids, options); // (B, T, C)
      const [B, T, C] = x.shape;
      const rows = options.lastOnly ? x.slice([0, T - 1], [B, 1]) : x;
      const logits = tf.matMul(rows.reshape([-1, C]), this.head, false, true); // (B·T, vocabSize)
      return logits.reshape([B, -1, this.config.vocabSize]);
    });
  }

  /** Like `forward`, but returns the hidden states and attention weights as well. */
  trace(ids: TokenIds, options: Omit<ForwardOptions, 'observer'> = {}): Trace {
    const { result: logits, ...intermediate } = observed((observer) =>
      this.forward(ids, { ...options, observer }),
    );
    return { logits, ...intermediate };
  }

  private checkDropRates(): void {
    if (!this.dropRates) return;
    const rates = Object.entries(this.dropRates).map(([name, rate]) => `${name} ${rate}`);
    throw new Error(
      `The model was saved with ${rates.join(', ')}, but this library has one dropout rate for the ` +
        'whole model: to train it, load it with { dropRate: … }',
    );
  }

  parameters(): ParameterMap {
    return {
      'wte.weight': this.wte,
      'wpe.weight': this.wpe,
      ...Object.assign(
        {},
        ...this.blocks.map((block, i) => prefixed(`h.${i}.`, block.parameters())),
      ),
      ...prefixed('ln_f.', this.lnF.parameters()),
      ...(this.config.tiedHead ? {} : { 'lm_head.weight': this.head }),
    };
  }
}
