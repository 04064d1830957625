/**
 * Records what a function computes and replays it as one TensorFlow graph. That saves tfjs's work
 * for each op, and TensorFlow sees the whole: it fuses ops, reuses memory, and updates variables in
 * place. `docs/compile.md` explains how.
 */
import * as tf from '@tensorflow/tfjs';
import { flatten, keyOf, type Flat, type Leaf } from './flatten';
import { buildGraph } from './build-graph';
import { CompileError } from './compile-error';
import { describesTensorFlow } from './op-table';
import { passesFor, runPasses, type PassReport, type Precision } from './passes';
import { record } from './record-function';
import { isRecording } from './is-recording';
import type { RecordedVariable, Recording } from './recording';
import { GraphSession } from './session';
import { isNative, isTaping } from './tfjs-node';

export interface CompileOptions {
  /** Whether to compile; if false, the function runs as it is. Default true. */
  enabled?: boolean;
  /** The type of number in which matrices are multiplied; default `float32`. */
  precision?: Precision;
  /**
   * How many graphs a function keeps, a positive whole number or Infinity; default 64. When there
   * are more, the least recently used one is freed.
   */
  maxGraphs?: number;
  /** Called after the first run of each graph. */
  onBuild?(report: GraphReport): void;
  /** The last sentence of every error: how to run the function without compiling it. */
  advice?: string;
}

/** Describes one graph of a compiled function. */
export interface GraphReport {
  /** The types of tensors and the plain values that it was built for, by path. */
  arguments: Record<string, string>;
  opsRecorded: number;
  opsInGraph: number;
  /** What each pass took out and put in. */
  passes: PassReport[];
  variables: number;
  /** Nodes of the graph as TensorFlow gets it, including those of constants and variables. */
  nodes: number;
  milliseconds: {
    record: number;
    build: number;
    /** The first call, in which TensorFlow optimises the graph. */
    firstRun: number;
  };
  /** Calls so far. */
  runs: number;
}

/** A compiled function, with methods for the graphs that it keeps. */
export type Compiled<A extends unknown[], R> = ((...args: A) => R) & {
  /** Frees the graphs. Variables keep their values. */
  dispose(): void;
  /** Describes the graphs that exist now: none if the function is not compiled. */
  explain(): GraphReport[];
};

/** Enough for batches of 16, 32, …, 1024 tokens, the lengths to which `InstructionLoader` pads. */
const MAX_GRAPHS = 64;
const ADVICE = 'To run it as it is, without compiling, pass the option { enabled: false }.';

/**
 * A function that does what `fn` does, as one TensorFlow graph.
 *
 * Arguments and results are tensors, plain values, and lists and plain objects of them. There is
 * one graph for each combination of tensor types, shapes and plain values among the arguments.
 * Variables that `fn` uses are found automatically, and it may assign to them. An argument that is
 * a variable may be another variable at the next call.
 *
 * The first call of each new combination runs `fn` once to record it, and undoes what that did to
 * variables. Whatever else `fn` does besides computing with tensors happens only then: a plain
 * number that it reads from outside keeps that value. Random ops whose seed is an argument or a
 * variable stay random.
 *
 * If `fn` calls another compiled function, that one becomes part of its graph. `fn` itself runs if
 * tfjs is differentiating the code that calls the compiled function, or if there is no TensorFlow.
 *
 * @param optionsOf called once, at the first call with TensorFlow, so that a function may be
 *   compiled before the engine starts
 * @throws CompileError at the first call of a combination, if `fn` does something that a graph
 *   cannot (see `record`); at any call, if an argument is of a kind that it cannot take (see
 *   `flatten`), if a variable is both an argument and reached by `fn` from outside, or if
 *   `maxGraphs` is neither a positive whole number nor Infinity
 */
export function compile<A extends unknown[], R>(
  fn: (...args: A) => R,
  optionsOf: () => CompileOptions = () => ({}),
): Compiled<A, R> {
  let graphs: GraphCache | undefined;
  let enabled: boolean | undefined;
  const call = (...args: A): R => {
    // Inside another compiled function it becomes part of that one.
    if (isRecording() || !isNative() || isTaping()) return fn(...args);
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

/** A graph, and everything that a call needs to run it. */
interface Plan {
  session: GraphSession;
  leaves: Leaf[];
  /** Each of the graph's variables: a variable of the program, or the position of an argument. */
  variables: RecordedVariable['source'][];
  /** Puts the graph's outputs into the function's result. */
  restore: Flat['rebuild'];
  report: GraphReport;
}

/** The graphs of one function by what they were built for, the most recently used one last. */
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
    if (new Set(variables).size < variables.length)
      this.advise(() => refuseVariableTwice(variables, plan));
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

  /**
   * Frees the least recently used graph if there are too many. The first time, a warning says why.
   */
  private makeRoom(leaves: readonly Leaf[]): void {
    const { maxGraphs } = this;
    if (this.plans.size < maxGraphs) return;
    if (!this.warned) {
      this.warned = true;
      const all = [...this.plans.values()].map((plan) => plan.leaves);
      console.warn(tooManyGraphs([...all, leaves], maxGraphs));
    }
    const [[oldest, { session }]] = this.plans;
    session.dispose();
    this.plans.delete(oldest);
  }

  /** Adds to a CompileError what its reader can do about it. */
  private advise<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof CompileError) error.message += ` ${this.options.advice ?? ADVICE}`;
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

function refuseVariableTwice(variables: readonly tf.Variable[], plan: Plan): never {
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

/** The warning about too many graphs: it names the argument that has had the most values. */
function tooManyGraphs(all: readonly (readonly Leaf[])[], maxGraphs: number): string {
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
