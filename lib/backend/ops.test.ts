import { beforeAll, describe, expect, test } from 'vitest';
import {
  dropout,
  embeddingLookup,
  gelu,
  initBackend,
  layerNorm,
  randomNormal,
  sparseCrossEntropy,
  tf,
} from '../backend';

// These run once for each engine: see vitest.config.mjs.
beforeAll(async () => {
  await initBackend();
});

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

/** The weight of output i in a weighted sum of all outputs. */
const influence = (i: number) => Math.sin(i * 1.7 + 0.3);

function gradients(op: Op, inputs: tf.Tensor[]): number[][] {
  return tf.tidy(() =>
    tf
      .grads((...xs) => {
        const out = op(...xs);
        const weights = Array.from({ length: out.size }, (_, i) => influence(i));
        return out.mul(tf.tensor(weights, out.shape)).sum();
      })(inputs)
      .map((gradient) => Array.from(gradient.dataSync())),
  );
}

/** Central differences of weighted sums in float64. */
function finiteDifferences(op: Op, inputs: tf.Tensor[]): number[][] {
  const step = 2 ** -6;
  return inputs.map((input, which) =>
    Array.from(input.dataSync(), (value, i) => {
      const at = (moved: number) =>
        tf.tidy(() => {
          const values = Float32Array.from(input.dataSync());
          values[i] = moved;
          const changed = tf.tensor(values, input.shape);
          const out = op(...inputs.map((x, k) => (k === which ? changed : x))).dataSync();
          return Array.from(out).reduce((sum, v, k) => sum + v * influence(k), 0);
        });
      return (at(value + step) - at(value - step)) / (2 * step);
    }),
  );
}

function expectClose(actual: number[][], expected: number[][], tolerance: number): void {
  expect(actual.map((list) => list.length)).toEqual(expected.map((list) => list.length));
  const worst = Math.max(
    ...actual.flatMap((list, k) => list.map((v, i) => Math.abs(v - expected[k][i]))),
  );
  expect(worst).toBeLessThan(tolerance);
}

const labels = () => tf.tensor1d([2, 0, -100, 4, 1, 4], 'int32');
const ids = () =>
  tf.tensor2d(
    [
      [3, 0, 3],
      [1, 3, 0],
    ],
    [2, 3],
    'int32',
  );

/** Each op, its formula in plain tfjs, and inputs. */
const cases: [name: string, op: Op, plain: Op, shapes: number[][]][] = [
  [
    'layerNorm',
    (x, scale, shift) => layerNorm(x, scale, shift),
    (x, scale, shift) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return x.sub(mean).div(variance.add(1e-5).sqrt()).mul(scale).add(shift);
    },
    [[2, 3, 8], [8], [8]],
  ],
  [
    'gelu',
    (x) => gelu(x.mul(3)),
    (x) => {
      const y = x.mul(3);
      const inner = y.add(y.mul(y).mul(y).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
      return y.mul(0.5).mul(inner.tanh().add(1));
    },
    [[4, 7]],
  ],
  [
    'embeddingLookup',
    (table) => embeddingLookup(table, ids()),
    (table) =>
      tf.matMul(tf.oneHot(ids().reshape([-1]), 5).cast('float32'), table).reshape([2, 3, 4]),
    [[5, 4]],
  ],
  [
    'sparseCrossEntropy',
    (logits) => sparseCrossEntropy(logits, labels(), -100),
    (logits) => {
      const hot = tf.oneHot(tf.tensor1d([2, 0, 0, 4, 1, 4], 'int32'), 5).cast('float32');
      const kept = tf.tensor1d([1, 1, 0, 1, 1, 1]);
      return logits.sub(logits.logSumExp(1, true)).mul(hot).sum(1).neg().mul(kept);
    },
    [[6, 5]],
  ],
  [
    'dropout',
    (x) => dropout(x, 0.25, [5, 7]),
    (x) => x.mul(dropout(tf.onesLike(x), 0.25, [5, 7]).dataSync() as unknown as tf.TensorLike),
    [[40]],
  ],
  [
    'matMul',
    (a, b) => tf.matMul(a, b),
    (a, b) => product(a, b),
    [
      [5, 4],
      [4, 3],
    ],
  ],
  [
    'matMul aᵀ',
    (a, b) => tf.matMul(a, b, true),
    (a, b) => product(a.transpose(), b),
    [
      [4, 5],
      [4, 3],
    ],
  ],
  [
    'matMul bᵀ',
    (a, b) => tf.matMul(a, b, false, true),
    (a, b) => product(a, b.transpose()),
    [
      [5, 4],
      [3, 4],
    ],
  ],
  [
    'matMul aᵀbᵀ',
    (a, b) => tf.matMul(a, b, true, true),
    (a, b) => product(a.transpose(), b.transpose()),
    [
      [4, 5],
      [3, 4],
    ],
  ],
];

/** Einsums, and the same by products and sums of whole arrays. */
const einsums: typeof cases = [
  [
    'einsum ik,kj->ij',
    (a, b) => tf.einsum('ik,kj->ij', a, b),
    (a, b) => product(a, b),
    [
      [5, 4],
      [4, 3],
    ],
  ],
  [
    'einsum ab,cb->ca',
    (a, b) => tf.einsum('ab,cb->ca', a, b),
    (a, b) => product(b, a.transpose()),
    [
      [5, 4],
      [3, 4],
    ],
  ],
  [
    'einsum i,j->ji',
    (a, b) => tf.einsum('i,j->ji', a, b),
    (a, b) => b.expandDims(1).mul(a),
    [[3], [4]],
  ],
  [
    'einsum ij,ij->',
    (a, b) => tf.einsum('ij,ij->', a, b),
    (a, b) => a.mul(b).sum(),
    [
      [3, 4],
      [3, 4],
    ],
  ],
  ['einsum ijk->ki', (a) => tf.einsum('ijk->ki', a), (a) => a.sum(1).transpose(), [[2, 3, 4]]],
  [
    'einsum bhid,bhjd->bhij',
    (a, b) => tf.einsum('bhid,bhjd->bhij', a, b),
    (a, b) => a.expandDims(3).mul(b.expandDims(2)).sum(4),
    [
      [2, 2, 3, 4],
      [2, 2, 5, 4],
    ],
  ],
  [
    'einsum bi,jk->ji',
    (a, b) => tf.einsum('bi,jk->ji', a, b),
    (a, b) => b.sum(1, true).mul(a.sum(0)),
    [
      [2, 3],
      [4, 2],
    ],
  ],
];

/** A matrix product without matMul. */
const product = (a: tf.Tensor, b: tf.Tensor) => a.expandDims(2).mul(b.expandDims(0)).sum(1);

describe.each([...cases, ...einsums])('%s', (_, op, plain, shapes) => {
  test('values and gradients are those of the formula and of finite differences', () => {
    const inputs = shapes.map((shape, k) => randomNormal(shape, [11, k]));
    const tensors = tf.memory().numTensors;
    const values = (f: Op) => tf.tidy(() => [Array.from(f(...inputs).dataSync())]);
    expectClose(values(op), values(plain), 2e-6);
    const analytic = gradients(op, inputs);
    expectClose(analytic, gradients(plain, inputs), 5e-6);
    expectClose(analytic, finiteDifferences(op, inputs), 3e-3);
    expect(tf.memory().numTensors).toBe(tensors);
    tf.dispose(inputs);
  });
});

test.each([
  [false, false],
  [true, false],
  [false, true],
  [true, true],
])('matMul of a batch, transposed: %s, %s', (transposeA, transposeB) => {
  const inputs = [
    randomNormal(transposeA ? [2, 3, 30, 20] : [2, 3, 20, 30], [1, 1]),
    randomNormal(transposeB ? [2, 3, 25, 30] : [2, 3, 30, 25], [1, 2]),
  ];
  const op: Op = (a, b) => tf.matMul(a, b, transposeA, transposeB);
  const plain: Op = (a, b) => {
    const left = transposeA ? a.transpose([0, 1, 3, 2]) : a;
    const right = transposeB ? b.transpose([0, 1, 3, 2]) : b;
    return left.expandDims(4).mul(right.expandDims(2)).sum(3);
  };
  const values = (f: Op) => tf.tidy(() => [Array.from(f(...inputs).dataSync())]);
  const tensors = tf.memory().numTensors;
  expectClose(values(op), values(plain), 1e-5);
  expectClose(gradients(op, inputs), gradients(plain, inputs), 1e-5);
  expect(tf.memory().numTensors).toBe(tensors);
  tf.dispose(inputs);
});

test('layerNorm, gelu: the published numbers', () => {
  // Raschka, "Build a Large Language Model (From Scratch)", sections 4.2 and 4.3; PyTorch's GELU.
  const x = [
    [0.225952, 0.346954, 0, 0.221604, 0, 0],
    [0.213283, 0.239421, 0, 0.519836, 0.329747, 0],
  ];
  const normal = [
    [0.67446, 1.54699, -0.954852, 0.643108, -0.954852, -0.954852],
    [-0.020662, 0.122796, -1.19128, 1.66187, 0.618554, -1.19128],
  ];
  tf.tidy(() => {
    const got = layerNorm(tf.tensor2d(x), tf.ones([6]), tf.zeros([6]));
    expectClose(got.arraySync() as number[][], normal, 1e-4);
    const points = [-3, -2, -1, -0.75, -0.5, 0, 0.5, 1, 2, 3];
    const tanhForm = [
      -0.0036373921, -0.045402306, -0.15880801, -0.17003944, -0.15428599, 0, 0.34571401, 0.84119199,
      1.9545977, 2.9963626,
    ];
    expectClose([Array.from(gelu(tf.tensor1d(points)).dataSync())], [tanhForm], 1e-6);
    expect(Array.from(gelu(tf.tensor1d([-1e4, 1e4])).dataSync())).toEqual([-0, 1e4]);
  });
});

test('sparseCrossEntropy: large logits stay finite, shapes are checked', () => {
  tf.tidy(() => {
    const losses = sparseCrossEntropy(tf.tensor2d([[1000, -1000]]), tf.tensor1d([1], 'int32'));
    expect(losses.dataSync()[0]).toBeCloseTo(2000, 2);
    expect(() => sparseCrossEntropy(tf.zeros([2, 3]), tf.zeros([3], 'int32'))).toThrow(
      'Cross-entropy needs logits (N, classes) and labels (N), got (2, 3) and (3)',
    );
  });
});

test('sparseCrossEntropy refuses labels that are not classes, the same on all engines', () => {
  tf.tidy(() => {
    const logits = tf.zeros([2, 3]);
    const losses = (label: number, ignored?: number) =>
      sparseCrossEntropy(logits, tf.tensor1d([1, label], 'int32'), ignored);
    for (const label of [3, -1, -100, 1e9]) {
      expect(() => losses(label)).toThrow(`Target ${label} is outside [0, 3), the classes`);
    }
    expect(() => losses(3, -100)).toThrow('[0, 3), the classes; only -100 is ignored');
    expect(losses(-100, -100).dataSync()[1]).toBe(0);
    expect(losses(0, 0).dataSync()[1]).toBe(0);
    expect(() => sparseCrossEntropy(logits, tf.tensor1d([1, 1.5]))).toThrow('labels of int32');
  });
});

test('embeddingLookup refuses ids outside the table', (context) => {
  const { isUsingGpuDevice } = tf.backend() as unknown as { isUsingGpuDevice?: boolean };
  context.skip(isUsingGpuDevice === true, 'a GPU reads zeros for an id outside the table');
  for (const id of [-1, 5]) {
    tf.tidy(() => {
      const table = tf.zeros([5, 2]);
      expect(() => embeddingLookup(table, tf.tensor1d([id], 'int32'))).toThrow(
        `${id} is not in [0, `,
      );
    });
  }
});

describe('dropout', () => {
  test('keeps the share it should, scaled; the seed alone decides', () => {
    tf.tidy(() => {
      const drop = (seed: [number, number]) => dropout(tf.ones([100, 100]), 0.5, seed).dataSync();
      const first = drop([1, 2]);
      expect(new Set(first)).toEqual(new Set([0, 2]));
      const mean = Array.from(first).reduce((a, b) => a + b, 0) / first.length;
      expect(Math.abs(mean - 1)).toBeLessThan(0.04); // 4 standard deviations
      expect(drop([1, 2])).toEqual(first);
      expect(drop([1, 3])).not.toEqual(first);
      expect(drop([2, 2])).not.toEqual(first);
    });
  });

  test('rates', () => {
    tf.tidy(() => {
      expect(dropout(tf.ones([3]), 0, 1).dataSync()).toEqual(new Float32Array([1, 1, 1]));
      for (const rate of [1, -0.1, NaN]) {
        expect(() => dropout(tf.ones([3]), rate, 1)).toThrow(
          'dropout: rate must be a number from 0 to below 1',
        );
      }
    });
  });
});
