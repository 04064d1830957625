/**
 * `compile(fn)`: records what a function computes and replays it as one TensorFlow graph. Training
 * and decoding use it by themselves. The compiler is `lib/graph`; here its options are read from the
 * environment. `backend` hands this on to `decoding`, because a browser has another `backend`.
 */
import { compile as compileGraph, type Compiled, type CompileOptions } from './graph/compile';
import { describesTensorFlow } from './graph/ops';
import type { Precision } from './graph/passes';
import { isNative } from './graph/tfjs-node';

export { CompileError } from './graph/error';
export type { Compiled, CompileOptions, GraphReport } from './graph/compile';

const ADVICE =
  'To run it as it is, without compiling, set the environment variable GPT_COMPILE=0 before the ' +
  'notebook or script starts.';

/**
 * A function that does what `fn` does, as one TensorFlow graph: see `lib/graph/compile.ts`.
 *
 * Where there is no TensorFlow, or with `GPT_COMPILE=0`, this is `fn` itself. The first call decides
 * which, so that a function may be made before the engine has started. `GPT_COMPILE=verbose` prints
 * what `explain()` says of each graph when it is built.
 *
 * @param options override the environment
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

/** Whether functions are compiled here: with TensorFlow, unless `GPT_COMPILE=0`. */
export const compiles = (): boolean =>
  isNative() && process.env.GPT_COMPILE !== '0' && describesTensorFlow();

/**
 * In which numbers compiled functions multiply matrices, from `GPT_PRECISION`: `float32`, or
 * `bfloat16`, which has 8 bits of fraction instead of 24 and is faster where the processor has it.
 * On a CPU the products of few rows that BatchMatMulV3 computes stay in float32: all of one row, and
 * those of up to four whose second matrix is not transposed. Weights are always kept in float32.
 *
 * @throws Error for another word, and where bfloat16 is asked for and nothing is compiled
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
