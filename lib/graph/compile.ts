/**
 * Records what a function computes and replays it as one TensorFlow graph. That spares tfjs's work
 * for each op, and TensorFlow sees the whole: it fuses, reuses memory, and updates in place.
 * `docs/compile.md` tells how.
 */
import * as tf from '@tensorflow/tfjs';
import { flatten, keyOf, type Flat, type Leaf } from './arguments';
import { buildGraph } from './build-graph';
import { CompileError } from './error';
import { describesTensorFlow } from './ops';
import { passesFor, runPasses, type PassReport, type Precision } from './passes';
import { record } from './record';
import { recorder } from './recorder';
import type { RecordedVariable, Recording } from './recording';
import { GraphSession } from './session';
import { isNative, isTaping } from './tfjs-node';

export interface CompileOptions {
  /** False makes the compiled function the function itself; default true. */
  enabled?: boolean;
  /** In which numbers matrices are multiplied; default `float32`. */
  precision?: Precision;
  /**
   * How many graphs a function keeps, a positive whole number or Infinity: the one used longest ago
   * makes room; default 64.
   */
  maxGraphs?: number;
  /** Is told of each graph that is built. */
  onBuild?(report: GraphReport): void;
  /** The last sentence of errors: how to run the function as it is. */
  advice?: string;
}

/** One graph of a compiled function: what it is for, and what became of the recording. */
export interface GraphReport {
  /** The tensors' types and the plain values that it was built for, by their path. */
  arguments: Record<string, string>;
  opsRecorded: number;
  opsInGraph: number;
  /** What each pass took out and put in, by the ops' names. */
  passes: PassReport[];
  variables: number;
  /** Nodes of the graph as TensorFlow gets it, with constants and those for variables. */
  nodes: number;
  milliseconds: {
    record: number;
    build: number;
    /** Of the first call, in which TensorFlow optimises the graph. */
    firstRun: number;
  };
  /** Calls so far. */
  runs: number;
}

export type Compiled<A extends unknown[], R> = ((...args: A) => R) & {
  /** Frees the graphs. Variables keep their values. */
  dispose(): void;
  /** Describes the graphs that there are; none where the function is not compiled. */
  explain(): GraphReport[];
};

/** Enough for texts of 16, 32, …, 1024 tokens, to which `InstructionLoader` fills up its batches. */
const MAX_GRAPHS = 64;
const ADVICE = 'To run it as it is, without compiling, pass the option { enabled: false }.';

/**
 * A function that does what `fn` does, as one TensorFlow graph.
 *
 * Arguments and results are tensors, or lists and plain objects of them; anything else in the
 * arguments belongs to the function, and another value is recorded anew, as are tensors of other
 * shapes. Variables that `fn` uses are found by themselves; it may assign to them. Arguments that
 * are variables may be other variables at the next call.
 *
 * The first call runs `fn` once to record it, without its effects. Whatever `fn` does beside
 * computing with tensors happens then only: a plain number that it reads from outside stays what
 * it was. Random ops whose seed is an argument or a variable stay random.
 *
 * A compiled function that `fn` calls becomes part of its graph. Where tfjs takes gradients of what
 * calls the compiled function, and where there is no TensorFlow, `fn` itself runs.
 *
 * @param optionsOf asked at the first call with TensorFlow, so that a function may be made before
 *   the engine starts
 * @throws CompileError at the first call, when `fn` does what a graph cannot: see `record`; at any
 *   call, when an argument is of a kind that it cannot take: see `flatten`, or when `maxGraphs` is
 *   neither a positive whole number nor Infinity
 */
export function compile<A extends unknown[], R>(
  fn: (...args: A) => R,
  optionsOf: () => CompileOptions = () => ({}),
): Compiled<A, R> {
  let graphs: GraphCache | undefined;
  let enabled: boolean | undefined;
  const call = (...args: A): R => {
    // Inside another compiled function it is part of that one.
    if (recorder.active || !isNative() || isTaping()) return fn(...args);
    if (enabled === undefined) {
      const options = optionsOf();
      graphs = new GraphCache(fn as (...args: unknown[]) => unknown, options);
      enabled = options.enabled !== false && describesTensorFlow();
    }
    return enabled ? (graphs!.call(args) as R) : fn(...args);
  };
  return Object.assign(call, {
    dispose: () => graphs?.dispose(),
    explain: () => graphs?.explain() ?? [],
  });
}

/** A graph with what a call needs to use it. */
interface Plan {
  session: GraphSession;
  leaves: Leaf[];
  /** The variables of the graph: those of the function, or the number of an argument. */
  variables: RecordedVariable['source'][];
  /** Puts the outputs where the function's result has them. */
  restore: Flat['rebuild'];
  report: GraphReport;
}

/** The graphs of one function, by what they were built for; the one used last is the last. */
class GraphCache {
  private readonly plans = new Map<string, Plan>();
  private readonly maxGraphs: number;
  private warned = false;

  constructor(
    private readonly fn: (...args: unknown[]) => unknown,
    private readonly options: CompileOptions,
  ) {
    const { maxGraphs = MAX_GRAPHS } = options;
    if (maxGraphs !== Infinity && !(Number.isInteger(maxGraphs) && maxGraphs > 0)) {
      throw new CompileError(
        `the option maxGraphs is ${String(maxGraphs)}; expected a positive whole number or Infinity.`,
      );
    }
    this.maxGraphs = maxGraphs;
  }

  call(args: readonly unknown[]): unknown {
    const flat = this.advise(() => flatten(args, 'args'));
    const key = keyOf(flat.leaves);
    const plan = this.plans.get(key) ?? this.advise(() => this.build(flat));
    this.plans.delete(key);
    this.plans.set(key, plan);
    const variables = plan.variables.map((source) =>
      typeof source === 'number' ? (flat.tensors[source] as tf.Variable) : source,
    );
    if (new Set(variables).size < variables.length) this.advise(() => refuseTwice(variables, plan));
    const { report } = plan;
    const start = performance.now();
    const outputs = plan.session.run(flat.tensors, variables);
    report.runs++;
    if (report.runs === 1) {
      report.milliseconds.firstRun = round(performance.now() - start);
      this.options.onBuild?.(report);
    }
    return plan.restore(outputs);
  }

  explain(): GraphReport[] {
    return [...this.plans.values()].map(({ report }) => structuredClone(report));
  }

  dispose(): void {
    for (const { session } of this.plans.values()) session.dispose();
    this.plans.clear();
  }

  private build(flat: Flat): Plan {
    const start = performance.now();
    const { recording, restore } = recordCall(this.fn, flat);
    const recorded = performance.now();
    this.makeRoom(flat.leaves);
    const { recording: optimized, reports } = runPasses(recording, passesFor(this.options));
    const graph = buildGraph(optimized);
    const session = new GraphSession(graph);
    const report: GraphReport = {
      arguments: Object.fromEntries(flat.leaves.map(({ path, value }) => [path, value])),
      opsRecorded: recording.ops.length,
      opsInGraph: optimized.ops.length,
      passes: reports,
      variables: graph.variables.length,
      nodes: graph.nodes.length,
      milliseconds: {
        record: round(recorded - start),
        build: round(performance.now() - recorded),
        firstRun: 0,
      },
      runs: 0,
    };
    const variables = recording.variables.map(({ source }) => source);
    return { session, leaves: flat.leaves, variables, restore, report };
  }

  /** Frees the graph that was used longest ago when there are too many, and says once why. */
  private makeRoom(leaves: readonly Leaf[]): void {
    const { maxGraphs } = this;
    if (this.plans.size < maxGraphs) return;
    if (!this.warned) {
      this.warned = true;
      const all = [...this.plans.values()].map((plan) => plan.leaves);
      console.warn(whatChanges([...all, leaves], maxGraphs));
    }
    const [[oldest, { session }]] = this.plans;
    session.dispose();
    this.plans.delete(oldest);
  }

  /** Adds to an error what its reader can do. */
  private advise<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const advice = this.options.advice ?? ADVICE;
      if (error instanceof CompileError && !error.message.endsWith(advice)) {
        error.message += ` ${advice}`;
      }
      throw error;
    }
  }
}

function recordCall(
  fn: (...args: unknown[]) => unknown,
  args: Flat,
): { recording: Recording; restore: Flat['rebuild'] } {
  let restore: Flat['rebuild'] | undefined;
  let recording: Recording | undefined;
  tf.tidy(() => {
    recording = record((standIns) => {
      const result = flatten(fn(...(args.rebuild(standIns) as unknown[])), 'result');
      restore = result.rebuild;
      return result.tensors;
    }, args.tensors);
  });
  return { recording: recording!, restore: restore! };
}

function refuseTwice(variables: readonly tf.Variable[], plan: Plan): never {
  const twice = variables.find((variable, i) => variables.indexOf(variable) < i)!;
  const argument = plan.variables.find(
    (source, i) => typeof source === 'number' && variables[i] === twice,
  ) as number;
  const { path } = plan.leaves.filter(({ kind }) => kind === 'tensor')[argument];
  throw new CompileError(
    `the variable that is ${path} is also one that the function uses without being given it, so ` +
      'that the graph would have it twice. Let the function reach it in one way.',
  );
}

/** Names the argument that has had the most values. */
function whatChanges(all: readonly (readonly Leaf[])[], maxGraphs: number): string {
  const leaves = all.flat();
  const values = new Map<string, Set<string>>();
  for (const { path, value } of leaves) {
    values.set(path, (values.get(path) ?? new Set()).add(value));
  }
  const [path, seen] = [...values].reduce((most, each) =>
    each[1].size > most[1].size ? each : most,
  );
  const remedy = leaves.some((leaf) => leaf.path === path && leaf.kind === 'tensor')
    ? 'Give it few shapes, by filling up to one of them'
    : 'Pass it as a tensor (tf.scalar of a number), so that one graph serves all its values';
  return (
    `compile: a graph was built for each of ${seen.size} values of ${path} ` +
    `(${[...seen].slice(0, 3).join('; ')}; …), and only ${maxGraphs} graphs are kept. ${remedy}.`
  );
}

const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;
