import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { variable } from './nn';
import { embeddingLookup, initBackend, isNative, randomUniform, tf } from './backend';
import { compile, CompileError, precision } from './compile';
import { GPTModel } from './model';
import { AdamW, compiledTrainStep, nextTokenLosses } from './training';

let earlyRuns = 0;
/** Compiled before there is an engine, as at the top of a cell or file. */
const early = compile((x: tf.Tensor) => {
  earlyRuns++;
  return x.mul(2);
});

beforeAll(async () => {
  await initBackend();
  if (!isNative()) console.log('skipped: functions are compiled with TensorFlow only');
});
// Asked after the engine has started, because only then is the presence of TensorFlow known.
beforeEach((context) => context.skip(!isNative(), 'functions are compiled with TensorFlow only'));

const values = (tensor: tf.Tensor) => Array.from(tensor.dataSync());
const sessions = () =>
  (
    tf.backend() as unknown as { binding: { getNumOfSavedModels(): number } }
  ).binding.getNumOfSavedModels();

let tensors = 0;
let open = 0;
beforeAll(() => {
  tensors = tf.memory().numTensors;
  if (isNative()) open = sessions();
});
// Every test frees what it makes.
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensors);
  if (isNative()) expect(sessions()).toBe(open);
});

describe('compile', () => {
  test('computes what the function computes, for each shape and each plain value', () => {
    let runs = 0;
    const f = compile(({ x, by }: { x: tf.Tensor; by: number }, [y]: tf.Tensor[]) => {
      runs++;
      return { sum: x.mul(by).add(y), more: [x.sum()] };
    });
    tf.tidy(() => {
      const call = (x: number[], by: number) => {
        const { sum, more } = f({ x: tf.tensor1d(x), by }, [tf.scalar(1)]);
        return [...values(sum), ...values(more[0])];
      };
      expect(call([1, 2], 10)).toEqual([11, 21, 3]);
      expect(call([3, 4], 10)).toEqual([31, 41, 7]);
      expect(runs).toBe(1);
      expect(call([1, 2, 3], 10)).toEqual([11, 21, 31, 6]);
      expect(call([1, 2], 5)).toEqual([6, 11, 3]);
      expect(runs).toBe(3);
    });
    f.dispose();
  });

  test('compiles a function that was passed to it before the engine started', () => {
    tf.tidy(() => {
      expect(values(early(tf.tensor1d([1])))).toEqual([2]);
      expect(values(early(tf.tensor1d([2])))).toEqual([4]);
    });
    expect(earlyRuns).toBe(1);
    early.dispose();
  });

  test('the first call decides whether to compile, whatever GPT_COMPILE says later', () => {
    let runs = 0;
    const f = compile((x: tf.Tensor) => {
      runs++;
      return x.add(1);
    });
    const call = (x: number) => tf.tidy(() => values(f(tf.tensor1d([x]))));
    vi.stubEnv('GPT_COMPILE', '0');
    expect([call(1), call(2)]).toEqual([[2], [3]]);
    vi.unstubAllEnvs();
    expect([call(3), runs]).toEqual([[4], 3]);
    f.dispose();
  });

  test('changes variables as the function does; recording alone does not', () => {
    const sum = variable(() => tf.zeros([2]));
    const f = compile((x: tf.Tensor) => {
      const before = sum.clone();
      sum.assign(sum.add(x));
      return before.mul(10);
    });
    const x = tf.tensor1d([1, 2]);
    const seen = Array.from({ length: 3 }, () => tf.tidy(() => values(f(x))));
    expect(seen).toEqual([
      [0, 0],
      [10, 20],
      [20, 40],
    ]);
    expect(values(sum)).toEqual([3, 6]);
    f.dispose();
    expect(values(sum)).toEqual([3, 6]);
    tf.dispose([sum, x]);
  });

  test('a variable stays an ordinary one: read, assigned, cloned, used by two functions', () => {
    const w = variable(() => tf.tensor1d([1, 2]));
    const x = tf.tensor1d([1, 1]);
    const add = compile((y: tf.Tensor) => {
      w.assign(w.add(y));
      return w.sum();
    });
    const double = compile((y: tf.Tensor) => {
      w.assign(w.mul(2).mul(y));
      return w.sum();
    });
    const call = (f: typeof add) => tf.tidy(() => f(x).dataSync()[0]);
    expect(call(add)).toBe(5); // [2, 3]
    const clone = w.clone();
    expect(call(add)).toBe(7); // [3, 4]
    expect(values(clone)).toEqual([2, 3]);
    expect(call(double)).toBe(14); // [6, 8]
    tf.tidy(() => {
      expect(values(w.add(1))).toEqual([7, 9]);
    });
    w.assign(clone); // [2, 3]
    expect(call(double)).toBe(10); // [4, 6]
    expect(call(add)).toBe(12); // [5, 7]
    expect(values(clone)).toEqual([2, 3]);
    tf.tidy(() => {
      w.assign(tf.tensor1d([0, 1]));
    });
    expect(call(add)).toBe(3);
    expect(values(w)).toEqual([1, 2]);
    add.dispose();
    expect(call(double)).toBe(6);
    double.dispose();
    expect(values(w)).toEqual([2, 4]);
    tf.dispose([w, x, clone]);
  });

  test('an argument that is a variable may be another one at the next call', () => {
    const [a, b] = [variable(() => tf.scalar(1)), variable(() => tf.scalar(10))];
    const f = compile((v: tf.Variable) => {
      v.assign(v.mul(2));
      return v.add(0);
    });
    const call = (v: tf.Variable) => tf.tidy(() => f(v).dataSync()[0]);
    expect([call(a), call(b), call(a), call(a), call(b)]).toEqual([2, 20, 4, 8, 40]);
    expect([...values(a), ...values(b)]).toEqual([8, 40]);
    f.dispose();
    tf.dispose([a, b]);
  });

  test('a compiled function inside another is part of it: values, gradients and variables', () => {
    const w = variable(() => tf.tensor1d([1, 2]));
    const plain = ({ x }: { x: tf.Tensor }, power: number) => {
      w.assign(w.add(x));
      return [w.pow(tf.scalar(power)), x.square()];
    };
    const inner = compile(plain);
    const outer = (f: typeof plain) => (x: tf.Tensor) => {
      const loss = (y: tf.Tensor) => tf.addN(f({ x: y }, 2)).sum() as tf.Scalar;
      return { value: loss(x), slope: tf.grad(loss)(x.mul(3)) };
    };
    const run = (f: (x: tf.Tensor) => { value: tf.Tensor; slope: tf.Tensor }) => {
      tf.tidy(() => w.assign(tf.tensor1d([1, 2])));
      const seen = [1, 2].map((size) =>
        tf.tidy(() => {
          const { value, slope } = f(tf.tensor1d([size, -size]));
          return [...values(value), ...values(slope)];
        }),
      );
      return [...seen, values(w)];
    };
    const eager = run(outer(plain));
    const compiled = compile(outer(inner));
    expect(run(compiled)).toEqual(eager);
    // The outer one still sees other values, and the inner one works by itself.
    expect(run(compiled)).toEqual(eager);
    tf.tidy(() => {
      w.assign(tf.tensor1d([1, 2]));
      expect(inner({ x: tf.tensor1d([1, 1]) }, 2).map(values)).toEqual([
        [4, 9],
        [1, 1],
      ]);
    });
    expect(values(w)).toEqual([2, 3]);
    inner.dispose();
    compiled.dispose();
    w.dispose();
  });

  test('random numbers follow their seed', () => {
    const step = variable(() => tf.scalar(0, 'int32'));
    const draw = () => {
      step.assign(step.add(tf.scalar(1, 'int32')));
      return randomUniform([3], tf.stack([tf.scalar(7, 'int32'), step]));
    };
    const f = compile(draw);
    const compiled = Array.from({ length: 3 }, () => tf.tidy(() => values(f())));
    expect(new Set(compiled.flat()).size).toBe(9);
    tf.tidy(() => {
      step.assign(tf.scalar(0, 'int32'));
    });
    expect(Array.from({ length: 3 }, () => tf.tidy(() => values(draw())))).toEqual(compiled);
    f.dispose();
    step.dispose();
  });

  test('refuses what would be silently wrong', () => {
    const outside = tf.tensor1d([1, 2]);
    const refuse = (fn: () => unknown, message: string) => {
      const f = compile(fn);
      let error: unknown;
      tf.tidy(() => {
        try {
          f();
        } catch (thrown) {
          error = thrown;
        }
      });
      expect(error).toBeInstanceOf(CompileError);
      expect((error as Error).message).toContain(message);
      expect((error as Error).message).toContain('GPT_COMPILE=0');
      f.dispose();
    };
    refuse(() => outside.add(1), 'uses a tensor of shape (2) that it did not make');
    refuse(() => tf.ones([2]).add(1).dataSync(), 'reads the values of a tensor');
    const w = variable(() => tf.zeros([1]));
    refuse(() => {
      w.assign(tf.ones([1]));
      variable(() => tf.ones([1])); // freed with the recording
      return w.add(0);
    }, 'makes or frees variables');
    expect(values(w)).toEqual([0]); // as before the call
    const f = compile(() => w.add(1));
    tf.tidy(() => {
      f();
    });
    w.dispose();
    expect(() => f()).toThrow('a variable that was freed');
    f.dispose();
    outside.dispose();
  });

  test('an error of an op says what was wrong, and nothing is changed', () => {
    const table = variable(() => tf.tensor2d([[1], [2]]));
    const f = compile((ids: tf.Tensor) => {
      const rows = embeddingLookup(table, ids);
      table.assign(table.add(rows.mul(0)).add(1));
      return rows;
    });
    const rows = (id: number) => tf.tidy(() => values(f(tf.tensor1d([id], 'int32'))));
    expect(rows(1)).toEqual([2]);
    expect(() => rows(5)).toThrow(/^indices\[0\] = 5 is not in \[0, 2\)$/);
    expect(rows(0)).toEqual([2]);
    f.dispose();
    table.dispose();
  });

  test('GPT_COMPILE=0 turns it off', () => {
    process.env.GPT_COMPILE = '0';
    try {
      const f = compile((x: tf.Tensor) => x.dataSync()[0]);
      tf.tidy(() => {
        expect(f(tf.scalar(3))).toBe(3);
      });
    } finally {
      delete process.env.GPT_COMPILE;
    }
  });

  test('GPT_COMPILE=verbose describes each graph once', () => {
    vi.stubEnv('GPT_COMPILE', 'verbose');
    const print = vi.spyOn(console, 'dir').mockImplementation(() => undefined);
    const f = compile((x: tf.Tensor) => x.add(1));
    for (const size of [1, 2, 1]) tf.tidy(() => void f(tf.ones([size])));
    expect(print.mock.calls.map(([report]) => report)).toMatchObject([
      { opsRecorded: 1, opsInGraph: 1, arguments: { 'args[0]': 'tensor float32 (1)' } },
      { opsRecorded: 1, opsInGraph: 1, arguments: { 'args[0]': 'tensor float32 (2)' } },
    ]);
    print.mockRestore();
    vi.unstubAllEnvs();
    f.dispose();
  });

  test('options take precedence over the environment', () => {
    vi.stubEnv('GPT_COMPILE', '0');
    const f = compile((x: tf.Tensor) => x.add(1), { enabled: true });
    tf.tidy(() => void f(tf.ones([1])));
    expect(f.explain()).toHaveLength(1);
    f.dispose();
    vi.stubEnv('GPT_COMPILE', '1');
    const g = compile((x: tf.Tensor) => x.add(1), { enabled: false });
    tf.tidy(() => void g(tf.ones([1])));
    expect(g.explain()).toEqual([]);
    g.dispose();
    vi.unstubAllEnvs();
  });

  test('a training step adds the gradient of the embedding to that of the head in place', () => {
    const config = { vocabSize: 97, contextLength: 16, embDim: 32, nHeads: 4, nLayers: 1 };
    const model = new GPTModel(config, { seed: 3 });
    const optimizer = new AdamW(model.parameters(), { learningRate: 1e-3 });
    const step = compiledTrainStep(optimizer, nextTokenLosses(model));
    tf.tidy(() => {
      const ids = Array.from({ length: 17 }, (_, i) => (7 * i) % 97);
      const inputs = tf.tensor2d(ids.slice(0, 16), [1, 16], 'int32');
      step([{ inputs, targets: tf.tensor1d(ids.slice(1), 'int32') }]);
    });
    const [{ passes }] = step.explain();
    expect(passes.find(({ pass }) => pass === 'fuseScatterAdd')).toMatchObject({
      removed: { Add: 1, UnsortedSegmentSum: 1 },
      added: { ExpandDims: 1, TensorScatterAdd: 1 },
    });
    step.dispose();
    optimizer.dispose();
    model.dispose();
  });

  test('GPT_PRECISION=bfloat16 multiplies in bfloat16, and other words are refused', () => {
    const x = tf.tensor2d([[1 + 2 ** -12]]);
    const one = tf.tensor2d([[1]]);
    const product = (rows = 0) => {
      const f = compile((a: tf.Tensor, b: tf.Tensor) =>
        rows ? tf.matMul(tf.tile(a, [rows, 1]), b) : tf.matMul(a, b, true),
      );
      const [value] = tf.tidy(() => values(f(x, one)));
      f.dispose();
      return value;
    };
    const onCpu = !(tf.backend() as unknown as { isUsingGpuDevice: boolean }).isUsingGpuDevice;
    try {
      expect(product()).toBe(1 + 2 ** -12);
      process.env.GPT_PRECISION = 'bfloat16';
      expect([product(), product(5)]).toEqual([1, 1]); // 8 significant bits
      // On a CPU, products of few rows stay in float32, as the engine's description says.
      if (onCpu) expect([product(1), product(4)]).toEqual([1 + 2 ** -12, 1 + 2 ** -12]);
      process.env.GPT_COMPILE = '0';
      expect(product).not.toThrow(); // the function itself
      expect(precision).toThrow('GPT_PRECISION=bfloat16 needs TensorFlow');
      process.env.GPT_PRECISION = 'half';
      expect(precision).toThrow('GPT_PRECISION is "half"; expected float32 or bfloat16');
    } finally {
      delete process.env.GPT_PRECISION;
      delete process.env.GPT_COMPILE;
    }
    tf.dispose([x, one]);
  });

  test('100 steps of training have the same losses as uncompiled ones, with dropout', () => {
    const config = { vocabSize: 97, contextLength: 16, embDim: 32, nHeads: 4, nLayers: 2 };
    const ids = Array.from({ length: 3 * 2 * 16 + 1 }, (_, i) => (i * i * 7 + 3 * i) % 97);
    const run = (compiled: boolean) => {
      const model = new GPTModel({ ...config, dropRate: 0.1 }, { seed: 3 });
      const optimizer = new AdamW(model.parameters(), { learningRate: 3e-3 });
      const losses = nextTokenLosses(model);
      process.env.GPT_COMPILE = compiled ? '1' : '0';
      const step = compiledTrainStep(optimizer, losses, 1);
      const seen = Array.from({ length: 100 }, (_, i) =>
        tf.tidy(() => {
          const at = (i % 3) * 32;
          const inputs = tf.tensor2d(ids.slice(at, at + 32), [2, 16], 'int32');
          const targets = tf.tensor1d(ids.slice(at + 1, at + 33), 'int32');
          const training = { seed: 5, step: tf.scalar(i, 'int32') };
          const rate = tf.scalar(3e-3 * (1 - i / 200));
          const { loss, gradNorm } = step([{ inputs, targets, training }], rate);
          return [loss.dataSync()[0], gradNorm.dataSync()[0]];
        }),
      );
      delete process.env.GPT_COMPILE;
      const state = [...values(model.wte), ...values(optimizer.state()['wte.weight.variance'])];
      step.dispose();
      expect(values(model.wte)).toEqual(state.slice(0, model.wte.size));
      optimizer.dispose();
      model.dispose();
      return { losses: seen.map(([loss]) => loss), state };
    };
    const [eager, compiled, again] = [run(false), run(true), run(true)];
    const worst = (a: number[], b: number[]) => Math.max(...a.map((v, i) => Math.abs(v - b[i])));
    expect(eager.losses[99]).toBeLessThan(eager.losses[0] - 1);
    expect(worst(eager.losses, compiled.losses)).toBeLessThan(1e-5);
    expect(again).toEqual(compiled); // bit for bit
  });
});
