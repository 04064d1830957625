/** Finds the operations that are compiled from `native/`, and says what they take. */
import os from 'node:os';
import path from 'node:path';
import { isNative, tf } from '../backend';

/** A matrix of weights or a KV cache, in memory outside JavaScript's heap. */
export type Handle = object;

/**
 * The operations, as `native/ops.cc` defines them. Those that compute write into `out`. Rows lie
 * one after the other in an array.
 *
 * All throw RangeError if sizes do not fit.
 */
export interface WritingOps {
  /** Sets the number of threads that compute. No result depends on it. */
  threads(count: number): void;
  /** Packs a matrix (inputs, outputs), or (outputs, inputs) if it is transposed. */
  matrix(
    values: Float32Array | Uint16Array | Int8Array,
    inputs: number,
    outputs: number,
    transposed: boolean,
    scales: Float32Array | null,
  ): Handle;
  /** Writes the weights of one output, (inputs). */
  column(out: Float32Array, matrix: Handle, output: number): void;
  /**
   * out = x · matrix + bias, then GELU if `gelu` is true, then + residual: (rows, inputs) -> (rows,
   * outputs).
   */
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

/** Loads the module that set-up compiled for the level of instructions that this processor has. */
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

/**
 * The operations, or the reason why there are none here; `GPT_OPS=0` turns them off. Also sets the
 * number of threads.
 */
export function findOps(): FoundOps {
  if (process.env.GPT_OPS === '0') return { why: 'GPT_OPS=0' };
  const onCard = (tf.backend() as unknown as { isUsingGpuDevice?: boolean }).isUsingGpuDevice;
  if (isNative() && onCard) return { why: 'a graphics card computes' };
  loaded ??= load();
  const threads = Number(process.env.TF_NUM_INTRAOP_THREADS) || os.availableParallelism();
  loaded.ops?.threads(threads);
  return loaded;
}
