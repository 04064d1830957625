/** Whatever a graph cannot do is an error that names it and leaves everything as it was. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { initBackend, isNative, rawOp, tf } from '../backend';
import { buildGraph } from './build-graph';
import { compile, type CompileOptions } from './compile';
import { CompileError } from './compile-error';
import { DT } from './graphdef';
import { opTable } from './op-table';
import { record } from './record-function';
import type { Recording } from './recording';
import { allVariables, nativeBackend } from './tfjs-node';

let earlyRuns = 0;
const early = compile((x: tf.Tensor) => {
  earlyRuns++;
  return x.mul(2);
});
const earlyResults: number[][] = [];

const values = (tensor: tf.Tensor) => Array.from(tensor.dataSync());
const sessions = () =>
  (nativeBackend().binding as unknown as { getNumOfSavedModels(): number }).getNumOfSavedModels();

let tensors = 0;
beforeAll(async () => {
  await tf.setBackend('cpu'); // a call before the engine starts
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false; // no advertisement
  earlyResults.push(tf.tidy(() => values(early(tf.tensor1d([1])))));
  await initBackend();
  tensors = tf.memory().numTensors;
});
beforeEach((context) => context.skip(!isNative(), 'functions are compiled with TensorFlow only'));
// Every test frees what it makes, even after an error.
afterEach(() => {
  vi.restoreAllMocks();
  expect(tf.memory().numTensors).toBe(tensors);
  if (isNative()) expect(sessions()).toBe(0);
});

/** The error that a call throws. What the call left is freed. */
function errorOf(call: () => unknown): Error | undefined {
  let error: Error | undefined;
  tf.tidy(() => {
    try {
      call();
    } catch (thrown) {
      error = thrown as Error;
    }
  });
  return error;
}

function refuses(fn: (...args: never[]) => unknown, args: () => unknown[], message: string): void {
  const f = compile(fn as (...args: unknown[]) => unknown);
  const error = errorOf(() => f(...args()));
  expect(error).toBeInstanceOf(CompileError);
  expect(error!.message).toContain(message);
  expect(error!.message).toMatch(/^compile: .*pass the option \{ enabled: false \}\.$/);
  f.dispose();
}

test('a function that was called before the engine started is compiled later', () => {
  for (const x of [2, 3]) earlyResults.push(tf.tidy(() => values(early(tf.tensor1d([x])))));
  expect(earlyResults).toEqual([[2], [4], [6]]);
  expect(earlyRuns).toBe(2); // once before, and once to be recorded
  early.dispose();
});

describe('arguments', () => {
  class Settings {
    rate = 0.1;
  }
  const cycle: Record<string, unknown> = {};
  cycle.inner = [cycle];

  test.each<[string, unknown, string]>([
    ['a function', () => 1, 'args[1].option is a function'],
    ['an instance of a class', new Settings(), 'args[1].option is an instance of Settings'],
    ['a map', new Map([['rate', 1]]), 'args[1].option is an instance of Map'],
    ['a typed array', new Float32Array(2), 'args[1].option is an instance of Float32Array'],
    ['a symbol', Symbol('rate'), 'args[1].option is a symbol'],
    ['what contains itself', cycle, 'args[1].option.inner[0] contains itself'],
  ])('%s', (_, option, message) => {
    refuses(
      (x: tf.Tensor) => x.add(1),
      () => [tf.scalar(1), { option }],
      message,
    );
  });

  test('a result that is not made of tensors and plain values', () => {
    refuses(
      (x: tf.Tensor) => ({ x, again: () => x }),
      () => [tf.scalar(1)],
      'result.again is a function',
    );
    refuses(
      (x: tf.Tensor) => Promise.resolve(x),
      () => [tf.scalar(1)],
      'result is an instance of Promise',
    );
  });

  test('plain values that print alike are told apart, and shared parts may occur twice', () => {
    const factor = (key: unknown): number => {
      if (typeof key === 'string') return 10;
      if (typeof key === 'object' && key) return Object.keys(key).length;
      return Object.is(key, -0) ? -1 : 1;
    };
    const f = compile((x: tf.Tensor, key: unknown) => x.mul(factor(key)));
    const shared = { list: [1, null, undefined, 'a\nb', true, 2n] };
    const call = (key: unknown) => tf.tidy(() => values(f(tf.tensor1d([3]), key))[0]);
    expect([call(1), call('1'), call(0), call(-0)]).toEqual([3, 30, 3, -3]);
    expect([call([]), call([[]]), call({}), call({ a: {} })]).toEqual([0, 3, 0, 3]);
    expect(call([shared, shared])).toBe(6);
    expect(f.explain().at(-1)!.arguments).toMatchObject({
      'args[0]': 'tensor float32 (1)',
      'args[1][1].list[3]': 'string "a\\nb"',
    });
    f.dispose();
  });

  test('the same tensor twice is two arguments', () => {
    const f = compile((a: tf.Tensor, b: tf.Tensor) => a.sub(b));
    tf.tidy(() => {
      const [x, y] = [tf.tensor1d([5]), tf.tensor1d([2])];
      expect(values(f(x, x))).toEqual([0]);
      expect(values(f(x, x.clone()))).toEqual([0]);
      expect(values(f(x, y))).toEqual([3]);
    });
    f.dispose();
  });

  test('the same variable twice is one variable', () => {
    const [v, w] = [1, 10].map((value) => tf.tidy(() => tf.variable(tf.scalar(value))));
    const f = compile((a: tf.Variable, b: tf.Variable) => {
      a.assign(a.add(1));
      b.assign(b.mul(2));
      return a.add(b);
    });
    const call = (a: tf.Variable, b: tf.Variable) => tf.tidy(() => values(f(a, b))[0]);
    expect([call(v, w), call(v, v), call(w, w)]).toEqual([22, 12, 84]);
    expect([...values(v), ...values(w)]).toEqual([6, 42]);
    f.dispose();
    tf.dispose([v, w]);
  });

  test('a variable that is both given and reached from outside', () => {
    const [v, w] = [1, 10].map((value) => tf.tidy(() => tf.variable(tf.scalar(value))));
    const f = compile((by: tf.Variable) => w.mul(by));
    const call = (by: tf.Variable) => tf.tidy(() => values(f(by)));
    expect(call(v)).toEqual([10]);
    expect(errorOf(() => f(w))?.message).toContain('the variable that is args[0] is also one that');
    expect(call(v)).toEqual([10]);
    f.dispose();
    tf.dispose([v, w]);
  });

  test('a tensor that is both given and reached from outside', () => {
    const x = tf.scalar(3);
    refuses(
      (given: tf.Tensor) => given.add(x),
      () => [x],
      'uses a tensor of shape () that it did not make',
    );
    x.dispose();
  });

  test('a tensor that was freed: the stand-ins made before it are freed too', () => {
    const [v, w] = [2, 3].map((value) => tf.tidy(() => tf.variable(tf.scalar(value))));
    const f = compile((by: tf.Tensor, x: tf.Tensor) => by.mul(x));
    const freed = tf.scalar(1);
    freed.dispose();
    expect(errorOf(() => f(v, freed))).toBeInstanceOf(CompileError);
    expect(errorOf(() => f(v, freed))?.message).toContain('args[1] is a tensor that was freed.');
    expect(errorOf(() => record(() => [], [v, freed]))).toBeDefined(); // by itself, too
    expect(tf.tidy(() => values(f(v, tf.scalar(5))))).toEqual([10]);
    expect(errorOf(() => f(v, freed))?.message).toContain('args[1] is a tensor that was freed.');
    w.dispose();
    expect(errorOf(() => f(w, tf.scalar(5)))?.message).toContain('args[0] is a variable that was');
    refuses(
      () => freed,
      () => [],
      'result is a tensor that was freed.',
    );
    f.dispose();
    v.dispose();
  });

  test('the initial value of a variable is not the variable', () => {
    const initial = tf.scalar(3);
    const v = tf.variable(initial);
    refuses(
      () => v.add(initial),
      () => [],
      'uses a tensor of shape () that it did not make',
    );
    tf.dispose([v, initial]);
  });
});

describe('the number of graphs is limited', () => {
  test('a thousand changing numbers: few graphs, right results, one warning that names the number', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const f = compile(
      (x: tf.Tensor, { step }: { step: number }) => x.mul(step),
      () => ({ maxGraphs: 8 }),
    );
    for (let step = 0; step < 1000; step++) {
      expect(tf.tidy(() => values(f(tf.tensor1d([2]), { step })))).toEqual([2 * step]);
      expect(sessions()).toBeLessThanOrEqual(8);
    }
    expect(f.explain()).toHaveLength(8);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0][0]).toMatch(
      /^compile: .* 9 values of args\[1\]\.step \(number 0; number 1; number 2; …\), and only 8 graphs are kept\. Pass it as a tensor/,
    );
    f.dispose();
  });

  test('the least recently used graph is freed, and the warning names shapes', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    let runs = 0;
    const f = compile(
      (x: tf.Tensor) => {
        runs++;
        return x.sum();
      },
      () => ({ maxGraphs: 2 }),
    );
    const call = (size: number) => tf.tidy(() => values(f(tf.ones([size])))[0]);
    expect([1, 2, 1, 3, 1, 2].map(call)).toEqual([1, 2, 1, 3, 1, 2]);
    expect(runs).toBe(4); // for 1, 2, 3, and for 2 again
    expect(warn.mock.calls[0][0]).toContain('3 values of args[0] (tensor float32 (2); ');
    expect(warn.mock.calls[0][0]).toContain('Give it few shapes');
    f.dispose();
  });

  test.each([0, -1, 1.5, NaN, -Infinity])('maxGraphs: %d is refused at every call', (maxGraphs) => {
    const f = compile(
      (x: tf.Tensor) => x.add(1),
      () => ({ maxGraphs }),
    );
    for (let i = 0; i < 2; i++) {
      const error = errorOf(() => f(tf.scalar(1)));
      expect(error).toBeInstanceOf(CompileError);
      expect(error!.message).toContain(`maxGraphs is ${maxGraphs}; expected a positive whole`);
    }
    f.dispose();
  });

  test('maxGraphs: Infinity keeps all', () => {
    const f = compile(
      (x: tf.Tensor) => x.sum(),
      () => ({ maxGraphs: Infinity }),
    );
    for (const size of [1, 2, 3]) tf.tidy(() => void f(tf.ones([size])));
    expect(f.explain()).toHaveLength(3);
    f.dispose();
  });

  test('variables keep their values when their graph is freed', () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const v = tf.tidy(() => tf.variable(tf.scalar(0)));
    const f = compile(
      (by: number) => {
        v.assign(v.add(by));
        return v.add(0);
      },
      () => ({ maxGraphs: 1 }),
    );
    expect([1, 2, 3].map((by) => tf.tidy(() => values(f(by))[0]))).toEqual([1, 3, 6]);
    f.dispose();
    expect(values(v)).toEqual([6]);
    v.dispose();
  });
});

describe('random numbers of JavaScript', () => {
  test.each<[string, () => unknown]>([
    ['Math.random', () => tf.scalar(Math.random())],
    ['tf.multinomial', () => tf.multinomial([0.5, 0.5], 1, 7)],
    ['tf.rand', () => tf.rand([2], () => 1)],
    ['tf.randomGamma', () => tf.randomGamma([2], 1, 1, 'float32', 7)],
    ['tf.randomNormal', () => tf.randomNormal([2], 0, 1, 'float32', 7)],
    ['tf.randomStandardNormal', () => tf.randomStandardNormal([2], 'float32', 7)],
    ['tf.randomUniform', () => tf.randomUniform([2], 0, 1, 'float32', 7)],
    ['tf.randomUniformInt', () => tf.randomUniformInt([2], 0, 9, 7)],
    ['tf.truncatedNormal', () => tf.truncatedNormal([2], 0, 1, 'float32', 7)],
    ['tf.randomUniform', () => tf.dropout(tf.ones([2]), 0.5, undefined, 7)],
  ])('%s', (name, draw) => {
    refuses(draw, () => [], `the function calls ${name}, which draws its numbers in JavaScript`);
    tf.tidy(() => void draw()); // allowed again
    expect(Math.random()).toBeLessThan(1);
  });
});

describe('ops', () => {
  const float = { T: 'float32' } as const;
  test.each<[string, () => unknown, string]>([
    ['that the table lacks', () => rawOp('Betainc', float, [tf.ones([1]), tf.ones([1]), tf.zeros([1])]), 'the op Betainc is not supported'], // prettier-ignore
    ['with a state', () => rawOp('Multinomial', { ...float, seed: { int: 1 } }, [tf.ones([1, 2]), tf.scalar(1, 'int32')]), 'the op Multinomial does more'], // prettier-ignore
    ['whose shape depends on values', () => tf.unique(tf.tensor1d([1, 1])), 'the shape of the output of the op UniqueV2 depends'], // prettier-ignore
    ['of strings', () => tf.string.staticRegexReplace(tf.tensor1d(['a']), 'a', 'b'), 'no tensors of strings'], // prettier-ignore
  ])('%s', (_, run, message) => {
    refuses(run, () => [], message);
  });

  test('a string as an argument', () => {
    refuses(
      (x: tf.Tensor) => x.clone(),
      () => [tf.scalar('text')],
      'no tensors of strings',
    );
  });

  test('of boxes that overlap', () => {
    const boxes = () => tf.tensor2d([[0, 0, 1, 1], [0, 0, 1, 1]]); // prettier-ignore
    refuses(
      (b: tf.Tensor2D) => tf.image.nonMaxSuppression(b, [0.9, 0.8], 2),
      () => [boxes()],
      'NonMaxSuppressionV3',
    );
  });
});

test('an exception in the middle changes nothing, and the next call works', () => {
  const v = tf.tidy(() => tf.variable(tf.scalar(1)));
  let fails = true;
  const f = compile((by: tf.Variable, x: tf.Tensor) => {
    v.assign(v.add(x));
    by.assign(by.mul(x));
    tf.grad((y) => {
      if (fails) throw new Error('in the middle');
      return y.square();
    })(x);
    return v.mul(by);
  });
  const w = tf.tidy(() => tf.variable(tf.scalar(2)));
  const { getInputTensorIds, readSync, write, binding } = nativeBackend();
  expect(errorOf(() => f(w, tf.scalar(5)))?.message).toBe('in the middle');
  expect(nativeBackend()).toMatchObject({ getInputTensorIds, readSync, write, binding });
  expect([...values(v), ...values(w)]).toEqual([1, 2]);
  fails = false;
  expect(tf.tidy(() => values(f(w, tf.scalar(5))))).toEqual([60]);
  expect([...values(v), ...values(w)]).toEqual([6, 10]);
  f.dispose();
  tf.dispose([v, w]);
});

test('a function that frees one variable and makes another is refused', () => {
  const v = tf.tidy(() => tf.variable(tf.scalar(1)));
  refuses(
    (x: tf.Tensor) => {
      v.dispose();
      return x.add(tf.variable(tf.scalar(2)));
    },
    () => [tf.scalar(1)],
    'makes or frees variables',
  );
});

test.each([true, false])('a variable that was made is freed: with an error, %s', (fails) => {
  const v = tf.tidy(() => tf.variable(tf.scalar(1)));
  const before = allVariables();
  const f = compile((by: tf.Variable) => {
    v.assign(tf.scalar(5));
    const made = tf.variable(tf.scalar(2), true, 'made-while-recording');
    if (fails) throw new Error('in the middle');
    return made.mul(by);
  });
  for (let i = 0; i < 2; i++) {
    expect(errorOf(() => f(v))?.message).toContain(fails ? 'in the middle' : 'makes or frees');
    expect(allVariables()).toEqual(before);
    expect(values(v)).toEqual([1]);
  }
  f.dispose();
  v.dispose();
});

test('when gradients of the call are taken, the function itself runs', () => {
  const square = compile((x: tf.Tensor) => x.square());
  tf.tidy(() => {
    const slope = tf.grad((x) => square(x).add(x).sum());
    expect(values(slope(tf.tensor1d([3, 4])))).toEqual([7, 9]);
    expect(values(square(tf.tensor1d([3])))).toEqual([9]);
  });
  expect(square.explain()).toHaveLength(1);
  square.dispose();
});

describe('two sessions that want one variable', () => {
  const start = () => tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
  const adds = (v: tf.Variable) =>
    compile((x: tf.Tensor) => {
      v.assign(v.add(x));
      return v.sum();
    });
  const doubles = (v: tf.Variable) =>
    compile((x: tf.Tensor) => {
      v.assign(v.mul(2).add(x.mul(0)));
      return v.sum();
    });
  const call = (f: (x: tf.Tensor) => tf.Tensor) => tf.tidy(() => values(f(tf.tensor1d([1, 1])))[0]);

  test('take turns', () => {
    const v = start();
    const [add, double] = [adds(v), doubles(v)];
    expect([add, double, double, add, double].map(call)).toEqual([5, 10, 20, 22, 44]);
    expect(values(v)).toEqual([18, 26]);
    add.dispose();
    expect(call(double)).toBe(88);
    double.dispose();
    expect(values(v)).toEqual([36, 52]);
    v.dispose();
  });

  test('with reads, clones, assignments and an error in between', () => {
    const v = start();
    const [add, double] = [adds(v), doubles(v)];
    call(add); // [2, 3]
    const clone = v.clone();
    call(double); // [4, 6]
    expect([values(clone), values(v)]).toEqual([[2, 3], [4, 6]]); // prettier-ignore
    tf.tidy(() => v.assign(tf.tensor1d([0, 0])));
    expect([call(double), call(add)]).toEqual([0, 2]);
    expect(errorOf(() => add(tf.ones([3])))).toBeDefined(); // shapes that do not fit
    expect([call(double), call(add)]).toEqual([4, 6]);
    v.dispose();
    expect(() => tf.tidy(() => void add(tf.ones([2])))).toThrow('a variable that was freed');
    add.dispose();
    double.dispose();
    expect(values(clone)).toEqual([2, 3]);
    clone.dispose();
  });
});

describe('a TensorFlow that the table does not describe', () => {
  const withVersion = <T>(version: string, work: () => T): T => {
    const backend = nativeBackend();
    const { binding } = backend;
    backend.binding = Object.create(binding, { TF_Version: { value: version } }) as typeof binding;
    try {
      return work();
    } finally {
      backend.binding = binding;
    }
  };

  test('runs functions uncompiled, with one warning', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const run = (version: string) => {
      const f = compile((x: tf.Tensor) => x.add(1));
      expect(withVersion(version, () => tf.tidy(() => values(f(tf.scalar(1)))))).toEqual([2]);
      const { length } = f.explain();
      f.dispose();
      return length;
    };
    expect([run('2.9.1'), run('2.9.1')]).toEqual([0, 0]);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0][0]).toContain(
      `this is TensorFlow 2.9.1, and the table of ops is that of ${opTable().tensorflow}`,
    );
    expect(run(`${opTable().tensorflow}-rc9`)).toBe(1);
  });
});

test('explain describes the graph, and so does onBuild at the first call', () => {
  const onBuild = vi.fn<NonNullable<CompileOptions['onBuild']>>();
  const v = tf.tidy(() => tf.variable(tf.ones([5, 5])));
  const f = compile(
    (x: tf.Tensor) => {
      x.exp(); // nobody wants it
      return tf.matMul(x, v).relu();
    },
    () => ({ precision: 'bfloat16', onBuild }),
  );
  expect(f.explain()).toEqual([]);
  for (let i = 0; i < 3; i++) tf.tidy(() => void f(tf.ones([5, 5])));
  const [report] = f.explain();
  expect(report).toMatchObject({
    arguments: { args: 'list of 1', 'args[0]': 'tensor float32 (5, 5)' },
    opsRecorded: 3,
    opsInGraph: 5,
    variables: 1,
    runs: 3,
    passes: [
      { pass: 'dropDeadOps', removed: { Exp: 1 }, added: {} },
      { pass: 'fuseScatterAdd', removed: {}, added: {} },
      { pass: 'multiplyInBfloat16', removed: {}, added: { Cast: 3 } },
      { pass: 'completeAttributes', removed: {}, added: {} },
    ],
  });
  const { build, firstRun } = report.milliseconds;
  expect(build).toBeGreaterThan(0);
  expect(firstRun).toBeGreaterThan(0);
  expect(report.nodes).toBeGreaterThan(report.opsInGraph);
  expect(onBuild).toHaveBeenCalledOnce();
  f.dispose();
  expect(f.explain()).toEqual([]);
  v.dispose();
});

describe('a value from before the call that is used after the variable has changed', () => {
  const scalars = (...numbers: number[]) =>
    numbers.map((value) => tf.tidy(() => tf.variable(tf.scalar(value))));
  /** The nodes that write the graph's variables, and what each has to wait for. */
  const writesOf = (recording: Recording) =>
    Object.fromEntries(
      buildGraph(recording)
        .nodes.filter(({ name }) => /^(put|op)/.test(name))
        .map(({ name, input }) => [name, input.filter((each) => each.startsWith('^'))]),
    );
  const recorded = (fn: () => tf.Tensor[]): Recording => {
    tf.engine().startScope();
    const recording = record(fn, []);
    tf.engine().endScope();
    return recording;
  };

  test('is returned', () => {
    const [w] = scalars(0);
    const step = () => {
      const old = w.clone();
      w.assign(tf.scalar(7).neg().neg());
      return old;
    };
    expect(writesOf(recorded(() => [step()])).put0).toEqual(['^read0']);
    const f = compile(step);
    for (const old of [0, 7, 7]) expect(tf.tidy(() => values(f()))).toEqual([old]);
    f.dispose();
    w.dispose();
  });

  test('is swapped with another', () => {
    const [a, b] = scalars(1, 2);
    const swap = () => {
      const old = a.clone();
      a.assign(b.clone());
      b.assign(old);
      return [];
    };
    const writes = writesOf(recorded(swap));
    expect(writes).toEqual({ put0: ['^read0'], put1: ['^read1'] });
    const f = compile(() => {
      swap();
      return tf.scalar(0);
    });
    for (let i = 1; i <= 50; i++) {
      tf.tidy(() => void f());
      expect([...values(a), ...values(b)]).toEqual(i % 2 ? [2, 1] : [1, 2]);
    }
    f.dispose();
    tf.dispose([a, b]);
  });

  test('is read after an op changed the variable in place', () => {
    const types = new Map([1, 2, 3, 4].map((id) => [id, { dtype: DT.float32, shape: [] }]));
    const recording: Recording = {
      ops: [
        { op: 'InPlace', attributes: {}, inputs: [2], outputs: [], inPlace: [{ before: 1, after: 3 }] }, // prettier-ignore
        { op: 'Neg', attributes: {}, inputs: [1], outputs: [4] },
      ],
      inputs: [{ id: 2, index: 0 }],
      outputs: [4],
      variables: [{ source: 1, dtype: DT.float32, shape: [], before: 1, after: 3 }],
      constants: new Map(),
      types,
    };
    expect(writesOf(recording).op0).toEqual(['^read0']);
    // If the old value is not wanted, nothing reads it.
    const { nodes } = buildGraph({ ...recording, ops: recording.ops.slice(0, 1), outputs: [3] });
    expect(nodes.map(({ name }) => name)).not.toContain('read0');
  });
});
