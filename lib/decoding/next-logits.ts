/**
 * Computes the logits of the next token, step by step. With a cache, each token is read once until
 * the window is full.
 */
import { compile, compiles, tf, type Compiled } from '../backend';
import { FixedKVCache, KVCache, NoCache, type FixedKVState } from '../attention';
import type { GPTConfig, GPTModel } from '../model';

/** Reads one token for each sequence: ids (B, 1) and their position -> logits (B, 1, vocabSize). */
type CompiledStep = Compiled<[ids: tf.Tensor, position: tf.Tensor, state: FixedKVState], tf.Tensor>;

/** The compiled step of each model, and the parameters that the model had when it was compiled. */
const compiledSteps = new WeakMap<GPTModel, { step: CompiledStep; parameters: tf.Variable[] }>();

/**
 * Compiles a step for the model, or returns the earlier one if the parameters are still the same.
 */
function compiledStepOf(model: GPTModel): CompiledStep {
  const parameters = Object.values(model.parameters());
  const cached = compiledSteps.get(model);
  const isSame = (variable: tf.Variable, i: number) => variable === parameters[i];
  if (cached?.parameters.length === parameters.length && cached.parameters.every(isSame)) {
    return cached.step;
  }
  cached?.step.dispose(); // LoRA adds parameters and removes them
  const step: CompiledStep = compile((ids, position, state) =>
    model.forward(ids, { cache: new FixedKVCache(state, position), lastOnly: true }),
  );
  compiledSteps.set(model, { step, parameters });
  model.attach(step);
  return step;
}

/** Compiling a step takes as long as about ten tokens. It does not pay for shorter texts. */
const MIN_COMPILED_TOKENS = 16;

/** Smallest capacity of a cache of fixed size, in tokens. */
const MIN_CAPACITY = 64;

export interface NextLogitsOptions {
  /** Number of tokens by which the sequences may grow. */
  maxNewTokens: number;
  /** Whether to keep the keys and values of earlier tokens. */
  useCache: boolean;
  /** Number of tokens of a prompt that are read between two pauses. */
  prefillChunk: number;
}

/** Gives the logits for sequences that grow token by token. */
export interface LogitsSource {
  /** The logits of the token after each sequence, (vocabSize) each. */
  next(pause: () => Promise<void>): Promise<Float32Array[]>;
  /** Frees the cache. */
  dispose(): void;
}

/** A model that computes its logits in a way of its own, such as `forWriting` returns. */
export interface TextModel {
  readonly config: GPTConfig;
  /** @param sequences the caller appends one token to each before every step except the first */
  nextLogits(sequences: readonly (readonly number[])[], options: NextLogitsOptions): LogitsSource;
}

/** Computes logits for sequences that grow token by token, and holds the model's cache for them. */
export class NextLogits implements LogitsSource {
  private cache?: KVCache;
  private fixedState?: FixedKVState;

  /** @param sequences the caller appends one token to each before every step except the first */
  constructor(
    private readonly model: GPTModel,
    private readonly sequences: readonly (readonly number[])[],
    private readonly options: NextLogitsOptions,
  ) {
    this.reset();
  }

  async next(pause: () => Promise<void>): Promise<Float32Array[]> {
    const { sequences } = this;
    const { maxNewTokens, prefillChunk } = this.options;
    const { contextLength, vocabSize } = this.model.config;
    const longest = Math.max(...sequences.map(({ length }) => length));
    // Once the window is full, each step moves every token to another position.
    if (longest > contextLength) this.reset();
    const { cache } = this;
    if (cache?.length && compiles() && maxNewTokens >= MIN_COMPILED_TOKENS) {
      this.moveToFixedState(longest);
    }
    const length = Math.min(longest, contextLength);
    await pause();
    while (cache && !this.fixedState && cache.length + prefillChunk < length) {
      tf.tidy(() => void this.read(cache.length + prefillChunk));
      await pause();
    }
    const logits = tf.tidy(() =>
      this.fixedState ? this.readLastToken(longest - 1, this.fixedState) : this.read(length),
    );
    // Outside the tidy, which would search the returned array for tensors.
    const values = logits.dataSync() as Float32Array;
    logits.dispose();
    return sequences.map((_, row) => values.subarray(row * vocabSize, (row + 1) * vocabSize));
  }

  /**
   * For each sequence, the padding tokens that make it as long as the longest within the window.
   */
  private padding(): number[] {
    const { contextLength } = this.model.config;
    const lengths = this.sequences.map(({ length }) => Math.min(length, contextLength));
    return lengths.map((length) => Math.max(...lengths) - length);
  }

  /**
   * Reads each window from the end of the cache up to the index `end`. Returns the logits,
   * (B, 1, vocabSize).
   */
  private read(end: number): tf.Tensor {
    const padding = this.padding();
    const cache = this.cache ?? new NoCache(padding);
    const windows = this.sequences.map((sequence, row) => [
      ...Array<number>(padding[row]).fill(0),
      ...sequence.slice(-this.model.config.contextLength),
    ]);
    const ids = windows.map((window) => window.slice(cache.length, end));
    return this.model.forward(ids, { cache, lastOnly: true });
  }

  /**
   * Reads the last token of each sequence by the compiled step. Returns the logits,
   * (B, 1, vocabSize).
   */
  private readLastToken(position: number, state: FixedKVState): tf.Tensor {
    const last = this.sequences.map((sequence) => [sequence[sequence.length - 1]]);
    const ids = tf.tensor2d(last, undefined, 'int32');
    return compiledStepOf(this.model)(ids, tf.scalar(position, 'int32'), state);
  }

  /** Moves the cached keys and values to a state of fixed size. */
  private moveToFixedState(longest: number): void {
    const needed = Math.max(MIN_CAPACITY, longest + this.options.maxNewTokens);
    // A power of two, so that one compiled step serves texts of many lengths.
    const capacity = Math.min(2 ** Math.ceil(Math.log2(needed)), this.model.config.contextLength);
    this.fixedState = this.cache!.toFixedState(capacity);
    this.cache!.dispose();
  }

  /** Starts again with an empty cache. */
  private reset(): void {
    this.dispose();
    if (this.options.useCache) this.cache = new KVCache(this.model.config.nLayers, this.padding());
  }

  dispose(): void {
    this.cache?.dispose();
    if (this.fixedState) tf.dispose(this.fixedState);
    this.fixedState = undefined;
  }
}
