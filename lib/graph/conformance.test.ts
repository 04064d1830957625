/**
 * Every op of the table computes the same compiled as by itself, and so do its gradients: for two
 * shapes, with values other than the recorded ones. The shapes that a recording infers are
 * TensorFlow's.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  applyAdam,
  dropout,
  embeddingLookup,
  gelu,
  globalNorm,
  initBackend,
  isNative,
  layerNorm,
  randomNormal,
  randomUniform,
  rawOp,
  sparseCrossEntropy,
  tf,
  writeAt,
  type AdamScalars,
} from '../backend';
import { attributesOf } from './attributes';
import { compile } from './compile';
import { opTable } from './op-table';
import { outputShapes } from './shapes';
import { nativeBackend, type Binding } from './tfjs-node';

/** Makes a tensor; another seed gives other values. */
type Make = (seed: number) => tf.Tensor;
type Operation = (...inputs: never[]) => tf.Tensor | tf.Tensor[];

/** Numbers that look random, in [0, 1). */
function numbers(count: number, seed: number): number[] {
  const fraction = (x: number) => x - Math.floor(x);
  return Array.from({ length: count }, (_, i) =>
    fraction(Math.sin(i * 12.9898 + seed) * 43758.5453),
  );
}

const size = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
const floats =
  (shape: number[], low = -0.9, high = 0.9): Make =>
  (seed) =>
    tf.tensor(
      numbers(size(shape), seed).map((x) => low + x * (high - low)),
      shape,
    );
const ints =
  (shape: number[], below = 3): Make =>
  (seed) =>
    tf.tensor(
      numbers(size(shape), seed).map((x) => Math.floor(x * below)),
      shape,
      'int32',
    );
const bools =
  (shape: number[]): Make =>
  (seed) =>
    tf.tensor(
      numbers(size(shape), seed).map((x) => x > 0.5),
      shape,
      'bool',
    );
/** The same whatever the seed. */
const fixed =
  (values: number[] | number[][]): Make =>
  () =>
    tf.tensor(values as number[], undefined, 'int32');

interface Case {
  name: string;
  run: Operation;
  /** Inputs of two shapes. */
  inputs: Make[][];
  /** tfjs's gradient reads values, so that it cannot be recorded. */
  gradientReads?: boolean;
}

const cases: Case[] = [];
const add = (name: string, run: Operation, ...inputs: Make[][]): Case => {
  const added: Case = { name, run, inputs };
  cases.push(added);
  return added;
};

// Elementwise ops of one tensor.
const elementwise = (low: number, high: number, ops: Record<string, Operation>) => {
  for (const [name, run] of Object.entries(ops)) {
    add(name, run, [floats([5], low, high)], [floats([2, 3], low, high)]);
  }
};
elementwise(-3, 3, {
  abs: tf.abs,
  asinh: tf.asinh,
  atan: tf.atan,
  ceil: tf.ceil,
  clipByValue: (x: tf.Tensor) => tf.clipByValue(x, -1, 1),
  cos: tf.cos,
  cosh: tf.cosh,
  elu: tf.elu,
  erf: tf.erf,
  exp: tf.exp,
  expm1: tf.expm1,
  floor: tf.floor,
  gelu,
  identity: (x: tf.Tensor) => rawOp('Identity', { T: 'float32' }, [x]),
  isFinite: tf.isFinite,
  isInf: tf.isInf,
  isNaN: tf.isNaN,
  leakyRelu: (x: tf.Tensor) => tf.leakyRelu(x, 0.1),
  logSoftmax: tf.logSoftmax,
  neg: tf.neg,
  onesLike: (x: tf.Tensor) => tf.onesLike(x),
  relu: tf.relu,
  relu6: tf.relu6,
  round: tf.round,
  selu: tf.selu,
  sigmoid: tf.sigmoid,
  sign: tf.sign,
  sin: tf.sin,
  sinh: tf.sinh,
  softmax: (x: tf.Tensor) => tf.softmax(x),
  softplus: tf.softplus,
  square: tf.square,
  step: (x: tf.Tensor) => tf.step(x, 0.5),
  tan: tf.tan,
  tanh: tf.tanh,
  toInt: (x: tf.Tensor) => tf.cast(x, 'int32'),
  zerosLike: (x: tf.Tensor) => tf.zerosLike(x),
});
elementwise(-0.9, 0.9, { acos: tf.acos, asin: tf.asin, atanh: tf.atanh });
elementwise(0.2, 3, {
  log: tf.log,
  log1p: tf.log1p,
  reciprocal: tf.reciprocal,
  rsqrt: tf.rsqrt,
  sqrt: tf.sqrt,
});
elementwise(1.1, 3, { acosh: tf.acosh });
add('large softmax', (x: tf.Tensor) => tf.softmax(x), [floats([130, 130])], [floats([2, 3, 4096])]);

// Elementwise ops of two tensors, which broadcast.
const binary = (make: (shape: number[]) => Make, ops: Record<string, Operation>) => {
  for (const [name, run] of Object.entries(ops)) {
    add(name, run, [make([4]), make([4])], [make([2, 1, 3]), make([4, 1])]);
  }
};
binary((shape) => floats(shape, 0.3, 2), {
  add: tf.add,
  atan2: tf.atan2,
  div: tf.div,
  divNoNan: (a: tf.Tensor, b: tf.Tensor) => rawOp('DivNoNan', { T: 'float32' }, [a, b]),
  floorDiv: tf.floorDiv,
  maximum: tf.maximum,
  minimum: tf.minimum,
  mod: tf.mod,
  mul: tf.mul,
  pow: tf.pow,
  rawDiv: (a: tf.Tensor, b: tf.Tensor) => rawOp('Div', { T: 'float32' }, [a, b]),
  squaredDifference: tf.squaredDifference,
  sub: tf.sub,
});
binary((shape) => ints(shape), {
  equal: tf.equal,
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
  notEqual: tf.notEqual,
});
binary(bools, { logicalAnd: tf.logicalAnd, logicalOr: tf.logicalOr });
add('logicalNot', tf.logicalNot, [bools([4])], [bools([2, 3])]);
add('prelu', tf.prelu, [floats([4]), floats([4])], [floats([2, 3]), floats([2, 3])]);
add(
  'where',
  tf.where,
  [bools([4]), floats([4]), floats([4])],
  [bools([2, 3]), floats([2, 3]), floats([2, 3])],
);
add(
  'addN',
  (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => tf.addN([a, b, c]),
  [floats([4]), floats([4]), floats([4])],
  [floats([2, 3]), floats([2, 3]), floats([2, 3])],
);

// Reductions and scans.
const reductions: Record<string, Operation> = {
  argMax: (x: tf.Tensor) => tf.argMax(x, -1),
  argMin: (x: tf.Tensor) => tf.argMin(x, -1),
  cumprod: (x: tf.Tensor) => tf.cumprod(x, -1),
  cumsum: (x: tf.Tensor) => tf.cumsum(x, -1),
  globalNorm: (x: tf.Tensor) => globalNorm([x]),
  max: (x: tf.Tensor) => tf.max(x, -1),
  mean: (x: tf.Tensor) => tf.mean(x, -1),
  min: (x: tf.Tensor) => tf.min(x, -1),
  prod: (x: tf.Tensor) => tf.prod(x, -1),
  sum: (x: tf.Tensor) => tf.sum(x, -1),
  topk: (x: tf.Tensor) => Object.values(tf.topk(x, 2)),
};
for (const [name, run] of Object.entries(reductions)) {
  add(name, run, [floats([2, 5])], [floats([3, 2, 4])]);
}
add('sum of rows', (x: tf.Tensor) => tf.sum(x, 0), [floats([2, 5])], [floats([7, 3])]);
add('all', (x: tf.Tensor) => tf.all(x, -1), [bools([5])], [bools([2, 3])]);
add('any', (x: tf.Tensor) => tf.any(x, -1), [bools([5])], [bools([2, 3])]);
add(
  'bincount',
  (x: tf.Tensor1D, weights: tf.Tensor1D) => tf.bincount(x, weights, 5),
  [ints([6], 5), floats([6])],
  [ints([9], 5), floats([9])],
);

// Products.
add(
  'matMul',
  (a: tf.Tensor, b: tf.Tensor) => [tf.matMul(a, b), tf.matMul(b, a, true, true)],
  [floats([5, 6]), floats([6, 7])],
  [floats([8, 5]), floats([5, 9])],
);
add(
  'matMul of few rows',
  (a: tf.Tensor, b: tf.Tensor) => [tf.matMul(a, b), tf.matMul(a, b.transpose(), false, true)],
  [floats([1, 6]), floats([6, 3])],
  [floats([3, 5]), floats([5, 4])],
);
add(
  'batched matMul',
  (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, false, true),
  [floats([2, 5, 6]), floats([2, 7, 6])],
  [floats([2, 3, 5, 4]), floats([2, 3, 6, 4])],
);
add(
  'einsum',
  (a: tf.Tensor, b: tf.Tensor) => tf.einsum('bik,bkj->bij', a, b),
  [floats([2, 3, 4]), floats([2, 4, 5])],
  [floats([1, 2, 3]), floats([1, 3, 2])],
);
const images = [[floats([1, 5, 5, 2])], [floats([2, 6, 4, 2])]];
const withFilter = (filter: Make) => images.map(([x]) => [x, filter]);
add(
  'conv2d',
  (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.conv2d(x, filter, 1, 'same'),
  ...withFilter(floats([2, 2, 2, 3])),
);
add(
  'depthwiseConv2d',
  (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.depthwiseConv2d(x, filter, 1, 'same'),
  ...withFilter(floats([2, 2, 2, 1])),
);
add(
  'dilation2d',
  (x: tf.Tensor4D, filter: tf.Tensor3D) => tf.dilation2d(x, filter, 1, 'same'),
  ...withFilter(floats([2, 2, 2])),
);
const volumes = [[floats([1, 4, 4, 4, 1])], [floats([2, 3, 4, 5, 1])]];
add(
  'conv3d',
  (x: tf.Tensor5D, filter: tf.Tensor5D) => tf.conv3d(x, filter, 1, 'same'),
  ...volumes.map(([x]) => [x, floats([2, 2, 2, 1, 2])]),
);

// Images.
const ofImages: Record<string, Operation> = {
  avgPool: (x: tf.Tensor4D) => tf.avgPool(x, 2, 1, 'same'),
  flipLeftRight: (x: tf.Tensor4D) => tf.image.flipLeftRight(x),
  localResponseNormalization: (x: tf.Tensor4D) => tf.localResponseNormalization(x),
  maxPool: (x: tf.Tensor4D) => tf.maxPool(x, 2, 1, 'same'),
  resizeBilinear: (x: tf.Tensor4D) => tf.image.resizeBilinear(x, [8, 8]),
  resizeNearestNeighbor: (x: tf.Tensor4D) => tf.image.resizeNearestNeighbor(x, [8, 8]),
  batchNorm: (x: tf.Tensor4D) => tf.batchNorm(x, [0.1, 0.2], [1, 2], [0, 1], [2, 3]),
};
for (const [name, run] of Object.entries(ofImages)) add(name, run, ...images);
add('avgPool3d', (x: tf.Tensor5D) => tf.avgPool3d(x, 2, 1, 'same'), ...volumes);
add('maxPool3d', (x: tf.Tensor5D) => tf.maxPool3d(x, 2, 1, 'same'), ...volumes);
add(
  'cropAndResize',
  (x: tf.Tensor4D, boxes: tf.Tensor2D) =>
    tf.image.cropAndResize(x, boxes, tf.zeros([boxes.shape[0]], 'int32'), [2, 3]),
  [floats([1, 5, 5, 2]), floats([2, 4], 0, 1)],
  [floats([1, 4, 6, 1]), floats([3, 4], 0, 1)],
);
const blocks = [[floats([4, 2, 2, 4])], [floats([8, 2, 4, 4])]];
add('depthToSpace', (x: tf.Tensor4D) => tf.depthToSpace(x, 2), ...blocks);
const crops = [
  [0, 0],
  [0, 0],
];
add('batchToSpaceND', (x: tf.Tensor4D) => tf.batchToSpaceND(x, [2, 2], crops), ...blocks);
add('spaceToBatchND', (x: tf.Tensor4D) => tf.spaceToBatchND(x, [2, 2], crops), ...blocks);

// Other shapes, and parts of tensors.
const rearrangements: Record<string, Operation> = {
  broadcastTo: (x: tf.Tensor) => tf.broadcastTo(x, [2, ...x.shape]),
  expandDims: (x: tf.Tensor) => tf.expandDims(x, 1),
  mirrorPad: (x: tf.Tensor2D) => tf.mirrorPad(x, crops as [number, number][], 'reflect'),
  pad: (x: tf.Tensor2D) => tf.pad(x, [[1, 2], [0, 1]]), // prettier-ignore
  reshape: (x: tf.Tensor) => tf.reshape(x, [-1]),
  reverse: (x: tf.Tensor) => tf.reverse(x, 1),
  slice: (x: tf.Tensor) => tf.slice(x, [1, 0], [1, 2]),
  split: (x: tf.Tensor) => tf.split(x, [1, 1], 0),
  squeeze: (x: tf.Tensor) => tf.squeeze(tf.expandDims(x, 0)),
  stridedSlice: (x: tf.Tensor) => tf.stridedSlice(x, [0, 1], [2, 3], [1, 2]),
  tile: (x: tf.Tensor) => tf.tile(x, [2, 1]),
  transpose: (x: tf.Tensor) => tf.transpose(x),
  unstack: (x: tf.Tensor) => tf.unstack(x, 0),
};
for (const [name, run] of Object.entries(rearrangements)) {
  add(name, run, [floats([2, 3])], [floats([2, 5])]);
}
const pairs = [
  [floats([2, 3]), floats([2, 3])],
  [floats([2, 5]), floats([2, 5])],
];
add('concat', (a: tf.Tensor, b: tf.Tensor) => tf.concat([a, b], 1), ...pairs);
add('stack', (a: tf.Tensor, b: tf.Tensor) => tf.stack([a, b], 1), ...pairs);
add('diag', (x: tf.Tensor) => tf.diag(x), [floats([3])], [floats([5])]);
add(
  'oneHot',
  (ids: tf.Tensor) => tf.cast(tf.oneHot(ids, 5), 'float32'),
  [ints([4], 5)],
  [ints([2, 3], 5)],
);
add('fill', (x: tf.Tensor) => tf.fill([2, 3], 7).add(x), [floats([3])], [floats([2, 1])]);
add('linspace', (x: tf.Tensor) => tf.linspace(0, 1, 3).add(x), [floats([3])], [floats([2, 1])]);
add('range', (x: tf.Tensor) => tf.range(0, 6, 2).add(x), [floats([3])], [floats([2, 1])]);
add(
  'broadcastArgs',
  (a: tf.Tensor, b: tf.Tensor) => tf.broadcastArgs(a, b),
  [fixed([1, 3]), fixed([2, 1])],
  [fixed([4, 1, 3]), fixed([2, 1])],
);

// Tables and indices.
add(
  'embeddingLookup',
  embeddingLookup,
  [floats([5, 2]), ints([4], 5)],
  [floats([7, 3]), ints([2, 3], 7)],
);
add(
  'gatherND',
  tf.gatherND,
  [floats([3, 3]), fixed([[0, 1], [2, 2]])], // prettier-ignore
  [floats([3, 3, 2]), fixed([[1, 1], [2, 0], [0, 2]])], // prettier-ignore
);
add(
  'scatterND',
  (indices: tf.Tensor, updates: tf.Tensor) => tf.scatterND(indices, updates, [5, 2]),
  [fixed([[0], [3]]), floats([2, 2])],
  [fixed([[4], [1], [4]]), floats([3, 2])],
);
add(
  'tensorScatterUpdate',
  tf.tensorScatterUpdate,
  [floats([5, 2]), fixed([[0], [3]]), floats([2, 2])],
  [floats([4]), fixed([[1], [2], [0]]), floats([3])],
);
add(
  'sparseToDense',
  (indices: tf.Tensor, values: tf.Tensor) => tf.sparseToDense(indices, values, [6], 0),
  [fixed([1, 3]), floats([2])],
  [fixed([0, 2, 5]), floats([3])],
);
add(
  'unsortedSegmentSum',
  (x: tf.Tensor, ids: tf.Tensor1D) => tf.unsortedSegmentSum(x, ids, 4),
  [floats([5, 2]), ints([5], 4)],
  [floats([3]), ints([3], 4)],
).gradientReads = true;
add(
  'gradient of a table that is the head, too',
  (table: tf.Tensor, ids: tf.Tensor) => {
    const logits = (t: tf.Tensor) => tf.matMul(embeddingLookup(t, ids), t, false, true);
    return tf.grad((t) => logits(t).square())(table);
  },
  [floats([5, 2]), ints([4], 5)],
  [floats([7, 3]), ints([6], 7)],
).gradientReads = true;

// Spectra.
const complex = (a: tf.Tensor) => tf.complex(a, a.mul(2));
const parts = (z: tf.Tensor) => [tf.real(z), tf.imag(z), tf.abs(z)];
const spectra = [[floats([4])], [floats([2, 8])]];
add('fft', (x: tf.Tensor) => parts(tf.fft(complex(x))), ...spectra);
add('ifft', (x: tf.Tensor) => parts(tf.ifft(complex(x))), ...spectra);

// The ops that this library adds.
add(
  'layerNorm',
  layerNorm,
  [floats([2, 8], -3, 3), floats([8]), floats([8])],
  [floats([3, 15, 6], -3, 3), floats([6]), floats([6])],
);
add(
  'sparseCrossEntropy',
  (logits: tf.Tensor, labels: tf.Tensor) => sparseCrossEntropy(logits, labels, 2),
  [floats([4, 3]), ints([4])],
  [floats([6, 5]), ints([6])],
);
const seeds = [[floats([4]), ints([2], 99)], [floats([2, 3]), ints([2], 99)]]; // prettier-ignore
add('dropout', (x: tf.Tensor, seed: tf.Tensor) => dropout(x, 0.5, seed), ...seeds);
add('randomUniform', (x: tf.Tensor, seed: tf.Tensor) => randomUniform(x.shape, seed), ...seeds);
add('randomNormal', (x: tf.Tensor, seed: tf.Tensor) => randomNormal(x.shape, seed), ...seeds);

/** Ops of the table without a case here, by where they are tested. */
const ELSEWHERE: Record<string, string[]> = {
  'in every graph with variables': [
    'AssignVariableOp',
    'Const',
    'DestroyResourceOp',
    'Placeholder',
    'ReadVariableOp',
    'VarHandleOp',
  ],
  'below: in place': ['ResourceApplyAdam', 'ResourceStridedSliceAssign'],
  'in the gradient of a table, where a pass puts it': ['TensorScatterAdd'],
  'guards.test.ts: refused, as random or working on files': [
    'CreateSummaryFileWriter',
    'FlushSummaryWriter',
    'Multinomial',
    'SummaryWriter',
  ],
  'guards.test.ts: refused, as their shapes depend on values': [
    'NonMaxSuppressionV3',
    'NonMaxSuppressionV4',
    'NonMaxSuppressionV5',
    'UniqueV2',
    'Where',
  ],
  'guards.test.ts: refused, as they take strings': [
    'DecodeBmp',
    'DecodeGif',
    'DecodeJpeg',
    'DecodePng',
    'StaticRegexReplace',
  ],
};

beforeAll(async () => {
  await initBackend();
});
beforeEach((context) => context.skip(!isNative(), 'functions are compiled with TensorFlow only'));

const emitted = new Set<string>();
const inferred = new Set<string>();

/** Calls `look` for each op that `work` runs, with what a recording would know about it. */
function watchOps<T>(args: readonly tf.Tensor[], work: () => T): T {
  const backend = nativeBackend();
  const { binding } = backend;
  const shapes = new Map<number, number[]>();
  const constants = new Map<number, ArrayLike<number>>();
  backend.getInputTensorIds(args).forEach((id, i) => shapes.set(id, args[i].shape));
  const isFloat = new Set(
    backend.getInputTensorIds(args.filter(({ dtype }) => dtype === 'float32')),
  );
  const executeOp: Binding['executeOp'] = (op, attributes, inputs, count) => {
    const outputs = binding.executeOp(op, attributes, inputs, count);
    emitted.add(op);
    const found =
      isFloat.has(inputs[0]) &&
      outputShapes(
        op,
        attributesOf(attributes),
        inputs.map((id) => shapes.get(id)),
        inputs.map((id) => constants.get(id)),
      );
    if (found) {
      inferred.add(op);
      expect(found, op).toEqual(outputs.map(({ shape }) => shape));
      for (const { dtype } of outputs) expect(dtype, op).toBe(binding.TF_FLOAT);
    }
    for (const { id, shape, dtype } of outputs) {
      shapes.set(id, shape);
      if (dtype === binding.TF_FLOAT) isFloat.add(id);
    }
    return outputs;
  };
  const createTensor: Binding['createTensor'] = (shape, dtype, values) => {
    const id = binding.createTensor(shape, dtype, values);
    shapes.set(id, shape);
    constants.set(id, values as Int32Array);
    if (dtype === binding.TF_FLOAT) isFloat.add(id);
    return id;
  };
  backend.binding = Object.create(binding, {
    executeOp: { value: executeOp },
    createTensor: { value: createTensor },
  }) as Binding;
  try {
    return work();
  } finally {
    backend.binding = binding;
  }
}

const listOf = (outputs: tf.Tensor | tf.Tensor[]) => (Array.isArray(outputs) ? outputs : [outputs]);

interface Value {
  dtype: string;
  shape: number[];
  values: number[];
}
/** `tf.tidy` for a function that returns no tensors. */
function inTidy<T>(fn: () => T): T {
  let result: T;
  tf.tidy(() => void (result = fn()));
  return result!;
}

const read = (outputs: tf.Tensor | tf.Tensor[]): Value[] =>
  listOf(outputs).map((y) => ({
    dtype: y.dtype,
    shape: y.shape,
    values: Array.from(y.dataSync()),
  }));

function expectClose(seen: Value[], expected: Value[]): void {
  const rest = (all: Value[]) => all.map(({ dtype, shape }) => ({ dtype, shape }));
  expect(rest(seen)).toEqual(rest(expected));
  seen.forEach(({ values }, k) => {
    const wanted = expected[k].values;
    const largest = Math.max(1, ...wanted.filter(Number.isFinite).map(Math.abs));
    values.forEach((value, i) => {
      if (Object.is(value, wanted[i])) return; // NaN and infinities, too
      expect(Math.abs(value - wanted[i])).toBeLessThanOrEqual(1e-5 * largest);
    });
  });
}

/** The gradients of Σ y², over the float outputs y, with respect to the float inputs. */
function gradientsOf(run: Operation) {
  return (...inputs: tf.Tensor[]): tf.Tensor[] => {
    const trainable = inputs.filter(({ dtype }) => dtype === 'float32');
    const loss = (...values: tf.Tensor[]) => {
      let next = 0;
      const all = inputs.map((x) => (x.dtype === 'float32' ? values[next++] : x));
      const outputs = listOf(run(...(all as never[])));
      const sums = outputs.filter((y) => y.dtype === 'float32').map((y) => y.square().sum());
      return tf.addN(sums) as tf.Scalar;
    };
    return tf.grads(loss)(trainable);
  };
}

/** Why there are no gradients; undefined if there are. */
function obstacle(gradients: (...inputs: tf.Tensor[]) => tf.Tensor[], inputs: tf.Tensor[]) {
  try {
    tf.tidy(() => void gradients(...inputs));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a compiled op computes the same as by itself', () => {
  test.each(cases)('$name', ({ run, inputs, gradientReads }) => {
    const call = run as (...args: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
    const gradients = gradientsOf(run);
    const compiled = compile(call);
    const compiledGradients = compile(gradients);
    try {
      for (const makes of inputs) {
        for (const seed of [1, 2]) {
          tf.tidy(() => {
            const args = makes.map((make, i) => make(seed + 10 * i));
            const expected = watchOps(args, () => read(call(...args)));
            expectClose(read(compiled(...args)), expected);
            const why = gradientReads ? 'reads the values' : obstacle(gradients, args);
            if (why !== undefined) {
              expect(() => compiledGradients(...args)).toThrow(why);
              return;
            }
            const slopes = watchOps(args, () => read(gradients(...args)));
            expectClose(read(compiledGradients(...args)), slopes);
          });
        }
      }
      expect(compiled.explain().map(({ runs }) => runs)).toEqual([2, 2]);
    } finally {
      compiled.dispose();
      compiledGradients.dispose();
    }
  });
});

describe('an op that changes variables in place', () => {
  const variableOf = (make: Make, seed: number) => tf.tidy(() => tf.variable(make(seed)));

  test.each([[[1, 2, 4, 3]], [[2, 1, 6, 2]]])('writeAt, shape %j', (shape) => {
    const [a, b, , width] = shape;
    const run = (write: typeof writeAt) => {
      const buffer = variableOf(floats(shape), 1);
      const results = [0, 2, 1, 2].map((place, i) =>
        inTidy(() => read(write(buffer, floats([a, b, 1, width])(i), tf.scalar(place, 'int32')))),
      );
      const last = read(buffer);
      buffer.dispose();
      return [...results, last];
    };
    const compiled = compile(writeAt);
    expect(run(compiled)).toEqual(run(writeAt));
    compiled.dispose();
  });

  test.each([[[4]], [[2, 3]]])('applyAdam, shape %j', (shape) => {
    const update = (variables: tf.Variable[], gradient: tf.Tensor, scalars: AdamScalars) => {
      const [parameter, momentum, variance] = variables;
      applyAdam(parameter, momentum, variance, gradient, parameter.mul(0.9), scalars);
      return parameter.add(0);
    };
    const run = (step: typeof update) => {
      const variables = [1, 2, 3].map((seed) => variableOf(floats(shape, 0.1, 1), seed));
      const results: Value[] = [];
      for (const t of [1, 2, 3]) {
        tf.tidy(() => {
          const scalars = {
            beta1Power: tf.scalar(0.9 ** t),
            beta2Power: tf.scalar(0.999 ** t),
            learningRate: tf.scalar(0.1 / t),
            beta1: tf.scalar(0.9),
            beta2: tf.scalar(0.999),
            epsilon: tf.scalar(1e-8),
          };
          results.push(...read([step(variables, floats(shape)(t), scalars), ...variables]));
        });
      }
      tf.dispose(variables);
      return results;
    };
    const compiled = compile(update);
    expectClose(run(compiled), run(update));
    compiled.dispose();
  });
});

describe('the table', () => {
  // These come after the cases, which note the ops that they run, and need all of them.
  afterAll(() => emitted.clear());

  test('has no op without a case', (context) => {
    context.skip(emitted.size < 100, 'only some of the cases ran');
    const elsewhere = new Set(Object.values(ELSEWHERE).flat());
    const untested = Object.keys(opTable().ops).filter(
      (op) => !emitted.has(op) && !elsewhere.has(op),
    );
    expect(untested).toEqual([]);
  });

  test('has every op that the cases run', () => {
    const { ops } = opTable();
    expect([...emitted].filter((op) => !(op in ops))).toEqual([]);
  });

  test('shapes are inferred for the ops that do the work', (context) => {
    context.skip(emitted.size < 100, 'only some of the cases ran');
    expect([...inferred]).toEqual(
      expect.arrayContaining([
        'Add',
        'BatchMatMulV2',
        'BatchMatMulV3',
        'GatherV2',
        'MatMul',
        'Mul',
        'Sigmoid',
        'Softmax',
        'SparseSoftmaxCrossEntropyWithLogits',
        'Transpose',
        'UnsortedSegmentSum',
      ]),
    );
  });

  test('describes the version of TensorFlow that set-up installs', () => {
    expect(nativeBackend().binding.TF_Version).toBe(opTable().tensorflow);
  });
});
