/**
 * GPT-2 with the operations of `native/`: the model of chapter 4 for a few new tokens at a time.
 *
 * Shapes: rows are new tokens, of one or several sequences; C numbers per token.
 */
import type { LogitsSource, NextLogitsOptions } from '../decoding';
import type { GPTConfig } from '../model';
import type { Handle, WritingOps } from './ops';
import { BYTES, roundMatrix, type WeightType } from './rounding';

/**
 * Maximum number of rows that are computed together. It bounds the memory that reading a prompt
 * takes.
 */
const MOST_ROWS = 64;

interface Linear {
  weight: Handle;
  bias: Float32Array | null;
}

interface Norm {
  scale: Float32Array;
  shift: Float32Array;
}

interface Block {
  ln1: Norm;
  attnIn: Linear;
  attnOut: Linear;
  ln2: Norm;
  mlpIn: Linear;
  mlpOut: Linear;
}

/** New tokens: the id, the sequence and the position of each. */
interface Rows {
  tokens: Int32Array;
  sequences: Int32Array;
  positions: Int32Array;
}

/** The packed weights of a model, and the computation with them. */
export class NativeModel {
  /** Bytes of all weights. */
  bytes = 0;
  private readonly handles: Handle[] = [];
  private readonly wte: Handle;
  private readonly wpe: Float32Array;
  private readonly blocks: Block[];
  private readonly lnF: Norm;
  private readonly head: Handle;

  /**
   * @param read returns the values of a parameter by name, or null if there is none. Each is read
   *   once, so that one float32 matrix at a time is enough.
   */
  constructor(
    readonly config: GPTConfig,
    private readonly ops: WritingOps,
    read: (name: string) => Float32Array | null,
    weights: WeightType,
  ) {
    const { embDim: C, vocabSize, nLayers, tiedHead } = config;
    const vector = (name: string): Float32Array => {
      const values = read(name)!;
      this.bytes += values.byteLength;
      return values;
    };
    const matrix = (name: string, inputs: number, outputs: number, transposed = false): Handle => {
      const rounded = roundMatrix(read(name)!, { outputs, transposed }, weights);
      const { values, scales = null } = rounded;
      const handle = ops.matrix(values, inputs, outputs, transposed, scales);
      this.handles.push(handle);
      this.bytes += inputs * outputs * BYTES[weights] + (scales?.byteLength ?? 0);
      return handle;
    };
    const norm = (name: string): Norm => ({
      scale: vector(`${name}.weight`),
      shift: vector(`${name}.bias`),
    });
    const linear = (name: string, inputs: number, outputs: number): Linear => {
      const bias = read(`${name}.bias`);
      this.bytes += bias?.byteLength ?? 0;
      return { weight: matrix(`${name}.weight`, inputs, outputs), bias };
    };
    // One output for each token: its column is the token's embedding.
    this.wte = matrix('wte.weight', C, vocabSize, true);
    this.wpe = vector('wpe.weight');
    this.blocks = Array.from({ length: nLayers }, (_, i) => ({
      ln1: norm(`h.${i}.ln_1`),
      attnIn: linear(`h.${i}.attn.c_attn`, C, 3 * C),
      attnOut: linear(`h.${i}.attn.c_proj`, C, C),
      ln2: norm(`h.${i}.ln_2`),
      mlpIn: linear(`h.${i}.mlp.c_fc`, C, 4 * C),
      mlpOut: linear(`h.${i}.mlp.c_proj`, 4 * C, C),
    }));
    this.lnF = norm('ln_f');
    this.head = tiedHead ? this.wte : matrix('lm_head.weight', C, vocabSize, true);
  }

  /** The final hidden states of new tokens, (rows, C). Adds their keys and values to the cache. */
  hidden({ tokens, sequences, positions }: Rows, cache: Handle): Float32Array {
    const { ops } = this;
    const { embDim: C } = this.config;
    const rows = tokens.length;
    const x = new Float32Array(rows * C);
    for (let row = 0; row < rows; row++) {
      const embedding = x.subarray(row * C, (row + 1) * C);
      ops.column(embedding, this.wte, tokens[row]);
      for (let i = 0; i < C; i++) embedding[i] += this.wpe[positions[row] * C + i];
    }
    const normal = new Float32Array(rows * C);
    const qkv = new Float32Array(rows * 3 * C);
    const attended = new Float32Array(rows * C);
    const wide = new Float32Array(rows * 4 * C);
    this.blocks.forEach(({ ln1, attnIn, attnOut, ln2, mlpIn, mlpOut }, layer) => {
      ops.layerNorm(normal, x, ln1.scale, ln1.shift);
      ops.linear(qkv, normal, attnIn.weight, attnIn.bias, false, null);
      ops.attention(attended, qkv, cache, layer, sequences, positions);
      ops.linear(x, attended, attnOut.weight, attnOut.bias, false, x); // added to the shortcut
      ops.layerNorm(normal, x, ln2.scale, ln2.shift);
      ops.linear(wide, normal, mlpIn.weight, mlpIn.bias, true, null); // with GELU
      ops.linear(x, wide, mlpOut.weight, mlpOut.bias, false, x);
    });
    ops.layerNorm(normal, x, this.lnF.scale, this.lnF.shift);
    return normal;
  }

  /** (rows, C) -> (rows, vocabSize) */
  logits(hidden: Float32Array): Float32Array {
    const { embDim: C, vocabSize } = this.config;
    const logits = new Float32Array((hidden.length / C) * vocabSize);
    this.ops.linear(logits, hidden, this.head, null, false, null);
    return logits;
  }

  /** A cache for this many sequences, each of at most `tokens` tokens. */
  cache(sequences: number, tokens: number): Handle {
    const { nLayers, nHeads, embDim } = this.config;
    return this.ops.cache(nLayers, sequences, nHeads, embDim / nHeads, tokens);
  }

  free(handle: Handle): void {
    this.ops.free(handle);
  }

  dispose(): void {
    for (const handle of this.handles.splice(0)) this.ops.free(handle);
  }
}

/**
 * Like `NextLogits` in `decoding`, but each sequence has its own place in the cache, without
 * padding.
 */
export class NativeLogits implements LogitsSource {
  private readonly cache: Handle;
  /** Number of tokens of each sequence that are in the cache. */
  private readonly read: number[];
  private isDisposed = false;

  /** @param sequences the caller appends one token to each before every step except the first */
  constructor(
    private readonly model: NativeModel,
    private readonly sequences: readonly (readonly number[])[],
    private readonly options: NextLogitsOptions,
  ) {
    const longest = Math.max(...sequences.map(({ length }) => length));
    const tokens = Math.min(longest + options.maxNewTokens, model.config.contextLength);
    this.cache = model.cache(sequences.length, tokens);
    this.read = sequences.map(() => 0);
  }

  async next(pause: () => Promise<void>): Promise<Float32Array[]> {
    const { model, sequences, options } = this;
    const { contextLength, embDim: C, vocabSize } = model.config;
    const last = new Float32Array(sequences.length * C);
    const pending: { token: number; sequence: number; position: number; isLast: boolean }[] = [];
    sequences.forEach((all, sequence) => {
      const window = all.slice(-contextLength);
      // Once the window is full, every token moves to another position at each step.
      const known = options.useCache && all.length <= contextLength ? this.read[sequence] : 0;
      for (let position = known; position < window.length; position++) {
        const isLast = position === window.length - 1;
        pending.push({ token: window[position], sequence, position, isLast });
      }
      this.read[sequence] = window.length;
    });
    const atOnce = Math.min(MOST_ROWS, options.prefillChunk * sequences.length);
    for (let start = 0; start < pending.length; start += atOnce) {
      await pause();
      const chunk = pending.slice(start, start + atOnce);
      const rows: Rows = {
        tokens: Int32Array.from(chunk, ({ token }) => token),
        sequences: Int32Array.from(chunk, ({ sequence }) => sequence),
        positions: Int32Array.from(chunk, ({ position }) => position),
      };
      const hidden = model.hidden(rows, this.cache);
      chunk.forEach(({ sequence, isLast }, row) => {
        if (isLast) last.set(hidden.subarray(row * C, (row + 1) * C), sequence * C);
      });
    }
    const logits = model.logits(last);
    return sequences.map((_, row) => logits.subarray(row * vocabSize, (row + 1) * vocabSize));
  }

  dispose(): void {
    if (!this.isDisposed) this.model.free(this.cache);
    this.isDisposed = true;
  }
}
