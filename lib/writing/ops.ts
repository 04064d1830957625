/** The operations that are compiled from `native/`: how they are found, and what they take. */
import os from 'node:os';
import path from 'node:path';
import { isNative, tf } from '../backend';

/** A matrix of weights or a KV cache, in memory outside of JavaScript's. */
export type Handle = object;

/**
 * Each writes into `out` and takes rows one after the other; see `native/ops.cc`.
 *
 * All throw RangeError when sizes do not fit.
 */
export interface WritingOps {
  /** How many threads compute. No result depends on it. */
  threads(count: number): void;
  /** Packs a matrix (inputs, outputs), or (outputs, inputs) where it is transposed. */
  matrix(
    values: Float32Array | Uint16Array | Int8Array,
    inputs: number,
    outputs: number,
    transposed: boolean,
    scales: Float32Array | null,
  ): Handle;
  /** The weights of one output, (inputs). */
  column(out: Float32Array, matrix: Handle, output: number): void;
  /** out = gelu(x · matrix + bias) + residual: (rows, inputs) -> (rows, outputs). */
  linear(
    out: Float32Array,
    x: Float32Array,
    matrix: Handle,
    bias: Float32Array | null,
    gelu: boolean,
    residual: Float32Array | null,
  ): void;
  /** (rows, C) -> (rows, C) */
  layerNorm(out: Float32Array, x: Float32Array, scale: Float32Array, shift: Float32Array): void;
  /** An empty KV cache. */
  cache(layers: number, sequences: number, heads: number, size: number, tokens: number): Handle;
  /**
   * Remembers keys and values of new tokens, whose queries see their own sequence up to themselves:
   * (rows, 3 C) -> (rows, C).
   */
  attention(
    out: Float32Array,
    qkv: Float32Array,
    cache: Handle,
    layer: number,
    sequences: Int32Array,
    positions: Int32Array,
  ): void;
  /** Frees a matrix or a cache. */
  free(handle: Handle): void;
}

export type FoundOps = { ops: WritingOps; level: string } | { ops?: undefined; why: string };

const FOLDER = path.resolve(__dirname, '..', '..', '.native', 'writing');

/** The modules that set-up compiles, for the level of instructions that this processor has. */
function load(): FoundOps {
  try {
    const { level } = require(path.join(FOLDER, 'processor.node')) as { level: string };
    if (!level) return { why: 'they are not compiled for this processor' };
    return { ops: require(path.join(FOLDER, `${level}.node`)) as WritingOps, level };
  } catch {
    return { why: 'set-up did not compile them' };
  }
}

let loaded: FoundOps | undefined;

/** The operations, or why there are none here: `GPT_OPS=0` says that none are wanted. */
export function findOps(): FoundOps {
  if (process.env.GPT_OPS === '0') return { why: 'GPT_OPS=0' };
  const onCard = (tf.backend() as unknown as { isUsingGpuDevice?: boolean }).isUsingGpuDevice;
  if (isNative() && onCard) return { why: 'a graphics card computes' };
  loaded ??= load();
  const threads = Number(process.env.TF_NUM_INTRAOP_THREADS) || os.availableParallelism();
  loaded.ops?.threads(threads);
  return loaded;
}
