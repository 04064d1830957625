/**
 * GPT-2 (Radford et al. 2019, "Language models are unsupervised multitask learners"): the same
 * computation, parameter names and layouts as OpenAI's, so that its weights fit. Built in
 * notebook 4.
 *
 * Shapes: B sequences in a batch, T tokens in each, C = embDim numbers per token.
 */
import { embeddingLookup, gelu, tf } from './backend';
import {
  causalMask,
  FixedKVCache,
  MultiHeadAttention,
  paddingMask,
  type KVCache,
  type LayerMemory,
} from './attention';
import { gptConfig, type DropRates, type GPT2Name, type GPTConfig } from './model/config';
import { idsTensor, paddedPositions, type TokenIds } from './model/input';
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

export { gelu, LayerNorm };
export * from './model/config';
export type { TokenIds } from './model/input';

/** Two linear layers, four times as wide in between, with GELU: works on each token alone. */
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

export interface BlockOptions {
  training?: TrainingStep;
  cache?: LayerMemory;
  mask?: tf.Tensor;
}

/**
 * One layer of the model: attention, then feed-forward, each normalised before (pre-norm) and
 * added to what came in (shortcut).
 */
export class TransformerBlock extends Module {
  readonly ln1: LayerNorm;
  readonly attn: MultiHeadAttention;
  readonly ln2: LayerNorm;
  readonly mlp: FeedForward;
  private readonly attnDropout: Dropout;
  private readonly mlpDropout: Dropout;

  /** @param index the block's place in the model, which its dropout depends on */
  constructor(config: GPTConfig, init: Initializer = defaultInit, index = 0) {
    super();
    const { embDim, dropRate } = config;
    const place = 1 + 3 * index; // the embeddings have place 0
    this.ln1 = new LayerNorm(embDim);
    this.attn = new MultiHeadAttention({
      ...{ inDim: embDim, outDim: embDim, init, dropRate, dropoutPlace: place },
      nHeads: config.nHeads,
      contextLength: config.contextLength,
      qkvBias: config.qkvBias,
    });
    this.ln2 = new LayerNorm(embDim);
    this.mlp = new FeedForward(embDim, init);
    this.attnDropout = new Dropout(dropRate, place + 1);
    this.mlpDropout = new Dropout(dropRate, place + 2);
  }

  /** (B, T, C) -> (B, T, C) */
  forward(x: tf.Tensor, options: BlockOptions = {}): tf.Tensor {
    return tf.tidy(() =>
      this.afterAttention(x, this.attn.forward(this.ln1.forward(x), options), options),
    );
  }

  /** As `forward`, and returns the attention weights (B, H, T, T) too. */
  trace(x: tf.Tensor, options: BlockOptions = {}): { output: tf.Tensor; attention: tf.Tensor } {
    return tf.tidy(() => {
      const { output, weights } = this.attn.attend(this.ln1.forward(x), options);
      return { output: this.afterAttention(x, output, options), attention: weights };
    });
  }

  /** Adds what attention gave to `x`, then what feed-forward makes of the sum. */
  private afterAttention(x: tf.Tensor, attended: tf.Tensor, { training }: BlockOptions): tf.Tensor {
    const seen = x.add(this.attnDropout.forward(attended, training));
    const thought = this.mlp.forward(this.ln2.forward(seen));
    return seen.add(this.mlpDropout.forward(thought, training));
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
  /** Earlier tokens' keys and values: `ids` then holds the new tokens only, one if it is fixed. */
  cache?: KVCache | FixedKVCache;
  /** How many tokens at the start of each row are padding, which no other token looks at. */
  padding?: readonly number[];
  /** Logits of the last token only, (B, 1, vocabSize): all that generating needs. */
  lastOnly?: boolean;
}

/** What happens inside a model, as {@link GPTModel.trace} returns it. */
export type Trace = {
  /** (B, T, vocabSize) */
  logits: tf.Tensor3D;
  /** nLayers + 1 of (B, T, C): what goes into each block, and what comes out of the last norm. */
  hiddenStates: tf.Tensor[];
  /** nLayers of (B, H, T, T): row i says how much token i looks at each token. */
  attention: tf.Tensor[];
};

export interface GPTModelOptions {
  /** Of the initial weights; default 0. */
  seed?: number;
  /**
   * How the weights start. `gpt2`, the default: normal with standard deviation 0.02, divided by
   * √(2 · nLayers) where a layer adds to a shortcut, biases 0. `pytorch`: embeddings standard
   * normal, linear layers uniform in ±1/√in. `zeros`: nothing drawn, for weights to be loaded.
   */
  init?: keyof typeof initializers;
}

/** The whole model: token ids in, for every token the logits of the token that follows out. */
export class GPTModel extends Module {
  readonly config: GPTConfig;
  /**
   * Set by `loadModel` where a config.json has rates of dropout that differ, while one holds
   * everywhere here: the model writes, which needs none, and `forward` refuses to train it.
   */
  dropRates?: DropRates;
  readonly wte: tf.Variable;
  readonly wpe: tf.Variable;
  readonly blocks: TransformerBlock[];
  readonly lnF: LayerNorm;
  /** (vocabSize, C); `wte` itself where the head is tied. */
  readonly head: tf.Variable;
  private readonly dropout: Dropout;

  /** @throws Error when the configuration is impossible, see {@link gptConfig} */
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
   * Logits of the next token, for every token: (B, T) -> (B, T, vocabSize).
   *
   * @throws Error when the ids are no (B, T) of known tokens, or longer than the context; when
   *   `training` a model whose `dropRates` differ
   */
  forward(ids: TokenIds, options: ForwardOptions = {}): tf.Tensor3D {
    return tf.tidy(() => this.logits(this.hidden(ids, options), options.lastOnly));
  }

  /** As `forward`, and returns what happens inside too. */
  trace(ids: TokenIds, options: ForwardOptions = {}): Trace {
    return tf.tidy(() => {
      const hiddenStates: tf.Tensor[] = [];
      const attention: tf.Tensor[] = [];
      const output = this.run(ids, options, (input, weights) => {
        hiddenStates.push(input);
        attention.push(weights);
      });
      hiddenStates.push(output);
      return { logits: this.logits(output, options.lastOnly), hiddenStates, attention };
    });
  }

  /** The last hidden state, normalised: what the head reads. (B, T) -> (B, T, C) */
  hidden(ids: TokenIds, options: ForwardOptions = {}): tf.Tensor3D {
    return tf.tidy(() => this.run(ids, options)) as tf.Tensor3D;
  }

  private run(
    ids: TokenIds,
    { training, cache, padding }: ForwardOptions,
    look?: (input: tf.Tensor, attention: tf.Tensor) => void,
  ): tf.Tensor {
    if (training && this.dropRates) {
      const rates = Object.entries(this.dropRates).map(([name, rate]) => `${name} ${rate}`);
      throw new Error(
        `The model was saved with ${rates.join(', ')}, but one rate of dropout holds everywhere ` +
          'here: to train it, load it with { dropRate: … }',
      );
    }
    const past = cache instanceof FixedKVCache ? 0 : (cache?.length ?? 0);
    const tokens = idsTensor(ids, this.config, past); // (B, T)
    const { positions, mask } =
      cache instanceof FixedKVCache
        ? { positions: embeddingLookup(this.wpe, cache.positions()), mask: cache.mask() }
        : this.places(past, tokens.shape[1]!, padding);
    let x = embeddingLookup(this.wte, tokens).add(positions); // (B, T, C)
    x = this.dropout.forward(x, training);
    this.blocks.forEach((block, i) => {
      const options = { training, mask, cache: cache?.layers[i] };
      if (!look) {
        x = block.forward(x, options); // which frees the attention map as soon as it is used
        return;
      }
      const { output, attention } = block.trace(x, options);
      look(x, attention);
      x = output;
    });
    return this.lnF.forward(x);
  }

  /** The embeddings of T positions after `past` others, and what may look at what. */
  private places(past: number, T: number, padding: readonly number[] = []) {
    if (padding.some((count) => count > 0)) {
      const positions = embeddingLookup(this.wpe, paddedPositions(padding, past, T)); // (B, T, C)
      return { positions, mask: paddingMask(padding, T, past + T) };
    }
    // The mask is the same for all blocks; a single token may look at all others.
    const mask = T > 1 ? causalMask(T, past + T) : undefined;
    return { positions: this.wpe.slice(past, T), mask }; // (T, C)
  }

  /** (B, T, C) -> (B, T, vocabSize) */
  private logits(hidden: tf.Tensor, lastOnly = false): tf.Tensor3D {
    const [B, T, C] = hidden.shape;
    const wanted = lastOnly ? hidden.slice([0, T - 1], [B, 1]) : hidden;
    const rows = wanted.reshape([-1, C]); // (B·T, C)
    return tf.matMul(rows, this.head, false, true).reshape([B, -1, this.config.vocabSize]);
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
