/** The logits of the next token, step after step, computing each token's keys and values once. */
import { compile, compiles, tf, type Compiled } from '../backend';
import { FixedKVCache, KVCache, type LayerBuffers } from '../attention';
import type { GPTModel } from '../model';

/** One token for each sequence: ids (B, 1), their place and the padding -> logits (B, vocabSize). */
type Step = Compiled<
  [ids: tf.Tensor, position: tf.Tensor, padding: tf.Tensor, buffers: LayerBuffers[]],
  tf.Tensor
>;

/** What was compiled for a model, and the parameters it had then. */
const compiled = new WeakMap<GPTModel, { step: Step; parameters: tf.Variable[] }>();

/** The model's compiled step, compiled once; anew where its parameters are others, as by LoRA. */
function stepOf(model: GPTModel): Step {
  const parameters = Object.values(model.parameters());
  const known = compiled.get(model);
  const { length } = parameters;
  if (known?.parameters.length === length && known.parameters.every((p, i) => p === parameters[i]))
    return known.step;
  known?.step.dispose();
  const step: Step = compile((ids, position, padding, buffers) => {
    const cache = new FixedKVCache(buffers, position, padding);
    return model.forward(ids, { cache, lastOnly: true });
  });
  compiled.set(model, { step, parameters });
  model.attach(step);
  return step;
}

/** Recording a step takes as long as about ten tokens: shorter texts go without. */
const WORTHWHILE = 16;

/** Sequences that grow token by token, and what the model remembers of them. */
export class NextLogits {
  private readonly cache?: KVCache;
  private fixed?: { buffers: LayerBuffers[]; padding: tf.Tensor; capacity: number };

  /**
   * @param maxNewTokens how much longer the sequences may become
   * @param chunk how many tokens of a prompt are read between two pauses
   */
  constructor(
    private readonly model: GPTModel,
    private readonly sequences: readonly (readonly number[])[],
    private readonly maxNewTokens: number,
    useCache: boolean,
    private readonly chunk = Infinity,
  ) {
    if (useCache) this.cache = new KVCache(model.config.nLayers);
  }

  /** The logits that follow each sequence, (vocabSize) each. */
  async next(pause: () => Promise<void>): Promise<Float32Array[]> {
    const { sequences, cache } = this;
    const { contextLength, vocabSize } = this.model.config;
    const longest = Math.max(...sequences.map(({ length }) => length));
    // Once a window is full positions move, and what was remembered is of no use.
    if (longest > contextLength) this.dispose();
    if (cache?.length && compiles() && this.maxNewTokens >= WORTHWHILE) this.makeRoom(longest);
    const length = Math.min(longest, contextLength);
    await pause();
    while (cache && !this.fixed && cache.length + this.chunk < length) {
      tf.tidy(() => void this.forward(cache.length + this.chunk));
      await pause();
    }
    const logits = tf.tidy(() => (this.fixed ? this.oneStep(longest - 1) : this.forward(length)));
    const values = logits.dataSync() as Float32Array; // not in the tidy, which would walk through it
    logits.dispose();
    return sequences.map((_, row) => values.subarray(row * vocabSize, (row + 1) * vocabSize));
  }

  private padding(): number[] {
    const { contextLength } = this.model.config;
    const lengths = this.sequences.map(({ length }) => Math.min(length, contextLength));
    return lengths.map((length) => Math.max(...lengths) - length);
  }

  /** Reads the windows up to this length, from where the cache ends. */
  private forward(end: number): tf.Tensor {
    const { cache } = this;
    const padding = this.padding();
    const windows = this.sequences.map((sequence, row) => [
      ...Array<number>(padding[row]).fill(0),
      ...sequence.slice(-this.model.config.contextLength),
    ]);
    const fresh = windows.map((window) => window.slice(cache?.length ?? 0, end));
    return this.model.forward(fresh, { lastOnly: true, cache, padding });
  }

  private oneStep(position: number): tf.Tensor {
    const { buffers, padding } = this.fixed!;
    const last = this.sequences.map((sequence) => [sequence[sequence.length - 1]]);
    const ids = tf.tensor2d(last, undefined, 'int32');
    return stepOf(this.model)(ids, tf.scalar(position, 'int32'), padding, buffers);
  }

  /** Moves what is remembered to buffers of fixed size. */
  private makeRoom(longest: number): void {
    const wanted = Math.max(64, longest + this.maxNewTokens);
    // Powers of two, so that one recorded step serves texts of many lengths.
    const capacity = Math.min(2 ** Math.ceil(Math.log2(wanted)), this.model.config.contextLength);
    this.fixed = {
      capacity,
      buffers: this.cache!.layers.map((layer) => layer.withRoom(capacity)),
      padding: tf.tidy(() => tf.keep(tf.tensor1d(this.padding(), 'int32'))),
    };
    this.cache!.dispose();
  }

  /** Frees what is remembered. */
  dispose(): void {
    this.cache?.dispose();
    if (this.fixed) tf.dispose([this.fixed.buffers, this.fixed.padding] as tf.TensorContainer);
    this.fixed = undefined;
  }
}
