/**
 * `compile(fn)` records what a function computes and replays it as one TensorFlow graph. Training
 * and decoding compile their steps with it. The compiler itself is in `lib/graph`; this file reads
 * its options from the environment. `backend` exports it too, and `decoding` imports it from there,
 * because browsers have a `backend` of their own.
 */
import { compile as compileGraph, type Compiled, type CompileOptions } from './graph/compile';
import { describesTensorFlow } from './graph/op-table';
import type { Precision } from './graph/passes';
import { isNative } from './graph/tfjs-node';

export { CompileError } from './graph/compile-error';
export type { Compiled, CompileOptions, GraphReport } from './graph/compile';

const ADVICE =
  'To run it as it is, without compiling, set the environment variable GPT_COMPILE=0 before the ' +
  'notebook or script starts.';

/**
 * A function that does what `fn` does, as one TensorFlow graph: see `lib/graph/compile.ts`.
 *
 * Without TensorFlow, or with `GPT_COMPILE=0`, it runs `fn` itself. The first call reads the
 * environment, so that a function may be compiled before the engine has started.
 * `GPT_COMPILE=verbose` prints the report of each graph that is built.
 *
 * @param options settings that take precedence over the environment
 */
export function compile<A extends unknown[], R>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  return compileGraph(fn, () => {
    const { enabled = compiles() } = options;
    if (!enabled) return { enabled };
    const isVerbose = process.env.GPT_COMPILE === 'verbose';
    return {
      advice: ADVICE,
      onBuild: isVerbose ? (report) => console.dir(report, { depth: null }) : undefined,
      ...options,
      enabled,
      precision: options.precision ?? precision(),
    };
  });
}

/** Whether functions are compiled: only with TensorFlow, and not with `GPT_COMPILE=0`. */
export const compiles = (): boolean =>
  isNative() && process.env.GPT_COMPILE !== '0' && describesTensorFlow();

/**
 * The type of number in which compiled functions multiply matrices, from `GPT_PRECISION`:
 * `float32`, or `bfloat16`, which has 8 significant bits instead of 24 and is faster on processors
 * that support it. On a CPU, products of few rows stay in float32, because BatchMatMulV3 computes
 * them: all those of one row, and those of up to four rows whose second matrix is not transposed.
 * Weights are always float32.
 *
 * @throws Error if the variable holds another word, or asks for bfloat16 although nothing is
 *   compiled
 */
export function precision(): Precision {
  const name = process.env.GPT_PRECISION || 'float32';
  if (name !== 'float32' && name !== 'bfloat16') {
    throw new Error(`GPT_PRECISION is "${name}"; expected float32 or bfloat16`);
  }
  if (name === 'bfloat16' && !compiles()) {
    throw new Error('GPT_PRECISION=bfloat16 needs TensorFlow, and GPT_COMPILE not to be 0');
  }
  return name;
}
