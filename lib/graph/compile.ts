/**
 * Records what a function computes and replays it as one TensorFlow graph. That spares tfjs's work
 * for each op, and TensorFlow sees the whole: it fuses, reuses memory, and updates in place.
 */
import * as tf from '@tensorflow/tfjs';
import { buildGraph, type Precision } from './build';
import { record } from './record';
import { recorder } from './recorder';
import { GraphSession } from './session';

export interface CompileOptions {
  /** False makes the compiled function the function itself; default true. */
  enabled?: boolean;
  /** In which numbers matrices are multiplied; default `float32`. */
  precision?: Precision;
}

export type Compiled<A extends unknown[], R> = ((...args: A) => R) & {
  /** Frees the graphs. Variables keep their values. */
  dispose(): void;
};

interface Plan {
  session: GraphSession;
  /** The variables of the graph: those of the function, or the number of an argument. */
  variables: (tf.Variable | number)[];
  /** Puts the outputs where the function's result has them. */
  restore(outputs: tf.Tensor[]): unknown;
}

/**
 * A function that does what `fn` does, as one TensorFlow graph.
 *
 * Arguments and results are tensors, or lists and objects of them; anything else in the arguments
 * belongs to the function, and another value is recorded anew, as are tensors of other shapes.
 * Variables that `fn` uses are found by themselves; it may assign to them. Arguments that are
 * variables may be other variables at the next call.
 *
 * The first call runs `fn` once to record it, without its effects. Whatever `fn` does beside
 * computing with tensors happens then only: a plain number that it reads from outside stays what
 * it was. Random ops whose seed is an argument or a variable stay random.
 *
 * A compiled function that `fn` calls becomes part of its graph.
 *
 * @param optionsOf asked at the first call, so that a function may be made before the engine starts
 * @throws CompileError at the first call, when `fn` reads the values of a tensor, uses one that it
 *   neither made nor was given, or makes variables
 */
export function compile<A extends unknown[], R>(
  fn: (...args: A) => R,
  optionsOf: () => CompileOptions = () => ({}),
): Compiled<A, R> {
  const plans = new Map<string, Plan>();
  let options: CompileOptions | undefined;
  const call = (...args: A): R => {
    if (recorder.active) return fn(...args); // inside another compiled function, as part of it
    options ??= optionsOf();
    const { enabled = true, precision = 'float32' } = options;
    if (!enabled) return fn(...args);
    const { tensors, key } = flatten(args);
    const plan = plans.get(key) ?? build(() => fn(...args), tensors, precision);
    plans.set(key, plan);
    const variables = plan.variables.map((each) =>
      typeof each === 'number' ? (tensors[each] as tf.Variable) : each,
    );
    return plan.restore(plan.session.run(tensors, variables)) as R;
  };
  return Object.assign(call, {
    dispose() {
      for (const { session } of plans.values()) session.dispose();
      plans.clear();
    },
  });
}

function build(fn: () => unknown, args: tf.Tensor[], precision: Precision): Plan {
  let restore: Plan['restore'] | undefined;
  let recording: ReturnType<typeof record> | undefined;
  tf.tidy(() => {
    recording = record(() => {
      const { tensors, rebuild } = flatten(fn());
      restore = rebuild;
      return tensors;
    }, args);
  });
  const session = new GraphSession(buildGraph(recording!, { precision }));
  const variables = recording!.variables.map(({ variable }) => {
    const argument = args.indexOf(variable);
    return argument < 0 ? variable : argument;
  });
  return { session, variables, restore: restore! };
}

/** The tensors of a structure, in order; the rest of it as a key; and how to put tensors back. */
function flatten(structure: unknown): {
  tensors: tf.Tensor[];
  key: string;
  rebuild(tensors: tf.Tensor[]): unknown;
} {
  const tensors: tf.Tensor[] = [];
  const walk = (value: unknown): { key: unknown; make(from: tf.Tensor[]): unknown } => {
    if (value instanceof tf.Tensor) {
      const index = tensors.push(value) - 1;
      const kind = value instanceof tf.Variable ? 'variable' : 'tensor';
      return { key: [kind, value.dtype, value.shape], make: (from) => from[index] };
    }
    if (Array.isArray(value)) {
      const parts = value.map(walk);
      return {
        key: parts.map(({ key }) => key),
        make: (from) => parts.map(({ make }) => make(from)),
      };
    }
    if (value && typeof value === 'object') {
      const parts = Object.entries(value).map(([name, each]) => [name, walk(each)] as const);
      return {
        key: Object.fromEntries(parts.map(([name, { key }]) => [name, key])),
        make: (from) => Object.fromEntries(parts.map(([name, { make }]) => [name, make(from)])),
      };
    }
    return { key: `${typeof value} ${String(value)}`, make: () => value };
  };
  const { key, make } = walk(structure);
  return { tensors, key: JSON.stringify(key), rebuild: make };
}
