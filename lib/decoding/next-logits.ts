/** The logits of the next token, step after step, computing each token's keys and values once. */
import { compile, compiles, tf, type Compiled } from '../backend';
import { FixedKVCache, KVCache, NoCache, type FixedKVState } from '../attention';
import type { GPTConfig, GPTModel } from '../model';

/** One token for each sequence: ids (B, 1) and their place -> logits (B, vocabSize). */
type Step = Compiled<[ids: tf.Tensor, position: tf.Tensor, state: FixedKVState], tf.Tensor>;

/** The compiled step of each model, and the parameters that the model had then. */
const compiled = new WeakMap<GPTModel, { step: Step; parameters: tf.Variable[] }>();

/** The model's compiled step, compiled once, and again after its parameters change, as by LoRA. */
function stepOf(model: GPTModel): Step {
  const parameters = Object.values(model.parameters());
  const known = compiled.get(model);
  const isSame = (variable: tf.Variable, i: number) => variable === parameters[i];
  if (known?.parameters.length === parameters.length && known.parameters.every(isSame)) {
    return known.step;
  }
  known?.step.dispose();
  const step: Step = compile((ids, position, state) =>
    model.forward(ids, { cache: new FixedKVCache(state, position), lastOnly: true }),
  );
  compiled.set(model, { step, parameters });
  model.attach(step);
  return step;
}

/** Compiling a step takes as long as about ten tokens: shorter texts go without. */
const MIN_COMPILED_TOKENS = 16;

/** Fewest tokens that a cache of fixed size has room for. */
const MIN_CAPACITY = 64;

export interface NextLogitsOptions {
  /** How much longer the sequences may become, in tokens. */
  maxNewTokens: number;
  /** Remember keys and values of earlier tokens. */
  useCache: boolean;
  /** How many tokens of a prompt are read between two pauses. */
  prefillChunk: number;
}

/** Where the logits of sequences that grow token by token come from. */
export interface LogitsSource {
  /** The logits that follow each sequence, (vocabSize) each. */
  next(pause: () => Promise<void>): Promise<Float32Array[]>;
  /** Frees what is remembered. */
  dispose(): void;
}

/** A model that writes in a way of its own, as `forWriting` returns it. */
export interface TextModel {
  readonly config: GPTConfig;
  /** @param sequences to which the caller adds one token each before every step but the first */
  nextLogits(sequences: readonly (readonly number[])[], options: NextLogitsOptions): LogitsSource;
}

/** Sequences that grow token by token, and what the model remembers of them. */
export class NextLogits implements LogitsSource {
  private cache?: KVCache;
  private fixed?: FixedKVState;

  /** @param sequences to which the caller adds one token each before every step but the first */
  constructor(
    private readonly model: GPTModel,
    private readonly sequences: readonly (readonly number[])[],
    private readonly options: NextLogitsOptions,
  ) {
    this.forget();
  }

  async next(pause: () => Promise<void>): Promise<Float32Array[]> {
    const { sequences } = this;
    const { maxNewTokens, prefillChunk } = this.options;
    const { contextLength, vocabSize } = this.model.config;
    const longest = Math.max(...sequences.map(({ length }) => length));
    // Once the window is full, every token moves to another position at each step.
    if (longest > contextLength) this.forget();
    const { cache } = this;
    if (cache?.length && compiles() && maxNewTokens >= MIN_COMPILED_TOKENS) this.makeRoom(longest);
    const length = Math.min(longest, contextLength);
    await pause();
    while (cache && !this.fixed && cache.length + prefillChunk < length) {
      tf.tidy(() => void this.read(cache.length + prefillChunk));
      await pause();
    }
    const logits = tf.tidy(() => (this.fixed ? this.oneStep(longest - 1) : this.read(length)));
    const values = logits.dataSync() as Float32Array; // not in the tidy, which would walk through it
    logits.dispose();
    return sequences.map((_, row) => values.subarray(row * vocabSize, (row + 1) * vocabSize));
  }

  /** How many tokens of padding make each sequence as long as the longest, within the window. */
  private padding(): number[] {
    const { contextLength } = this.model.config;
    const lengths = this.sequences.map(({ length }) => Math.min(length, contextLength));
    return lengths.map((length) => Math.max(...lengths) - length);
  }

  /** Reads the windows up to this length, from where the cache ends. (B, 1, vocabSize) */
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

  private oneStep(position: number): tf.Tensor {
    const last = this.sequences.map((sequence) => [sequence[sequence.length - 1]]);
    const ids = tf.tensor2d(last, undefined, 'int32');
    return stepOf(this.model)(ids, tf.scalar(position, 'int32'), this.fixed!);
  }

  /** Moves what is remembered to a cache of fixed size. */
  private makeRoom(longest: number): void {
    const wanted = Math.max(MIN_CAPACITY, longest + this.options.maxNewTokens);
    // Powers of two, so that one compiled step serves texts of many lengths.
    const capacity = Math.min(2 ** Math.ceil(Math.log2(wanted)), this.model.config.contextLength);
    this.fixed = this.cache!.withRoom(capacity);
    this.cache!.dispose();
  }

  /** Frees what is remembered, and starts with nothing. */
  private forget(): void {
    this.dispose();
    if (this.options.useCache) this.cache = new KVCache(this.model.config.nLayers, this.padding());
  }

  dispose(): void {
    this.cache?.dispose();
    if (this.fixed) tf.dispose(this.fixed);
    this.fixed = undefined;
  }
}
