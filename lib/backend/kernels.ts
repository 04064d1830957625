/** Registers, as an engine starts, kernels that tfjs's backends lack or have in a slow form. */
import * as tf from '@tensorflow/tfjs';
import { einsumByMatMul } from './einsum';
import { isRecording, rawOp } from './native';

/** Puts faster ops of TensorFlow behind tfjs's own functions, for every call and every gradient. */
export function registerNativeKernels(): void {
  // tf.matMul always calls BatchMatMulV2. MatMul has less overhead on small matrices and a faster
  // gradient of large weights, but for a transposed second matrix the batched op is better.
  // (TensorFlow 2.21, AVX-512, GPT-2's head: 88 instead of 122 ms, and 125 instead of 95.) For a
  // single row both lose time in oneDNN, which BatchMatMulV3 does not use (74 instead of 27 µs).
  const multiply = tf.getKernel('BatchMatMul', 'tensorflow').kernelFunc;
  const hasV3 = canMultiplyByV3();
  replaceKernel('tensorflow', 'BatchMatMul', (call) => {
    const { a, b } = call.inputs as { a: tf.Tensor; b: tf.Tensor };
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    const rows = transposeA ? Infinity : a.shape[a.rank - 2];
    const byV3 = hasV3 && a.dtype === 'float32';
    if (byV3 && (rows === 1 || (rows <= 4 && !transposeB))) return multiplyByV3(a, b, transposeB);
    if (a.rank !== 2 || b.rank !== 2 || transposeB) return multiply(call);
    const attributes = { T: a.dtype as 'float32', transpose_a: transposeA, transpose_b: false };
    return rawOp('MatMul', attributes, [a, b]);
  });
  // In a graph, for little data, five small ops take 5 µs, whereas oneDNN's single one takes 27.
  const softmax = tf.getKernel('Softmax', 'tensorflow').kernelFunc;
  replaceKernel('tensorflow', 'Softmax', (call) => {
    const { logits } = call.inputs as { logits: tf.Tensor };
    if (!isRecording() || logits.size > 2 ** 14) return softmax(call);
    return tf.tidy(() => {
      const powers = logits.sub(logits.max(-1, true)).exp();
      return powers.div(powers.sum(-1, true));
    });
  });
  // A sum over all axes but the last is a bias's gradient. BiasAddGrad is four times as fast.
  const sum = tf.getKernel('Sum', 'tensorflow').kernelFunc;
  replaceKernel('tensorflow', 'Sum', (call) => {
    const { x } = call.inputs as { x: tf.Tensor };
    const { axis, keepDims } = call.attrs as { axis: number | number[]; keepDims: boolean };
    const axes = tf.util.parseAxisParam(axis, x.shape);
    const leading = axes.length === x.rank - 1 && !axes.includes(x.rank - 1);
    if (x.dtype !== 'float32' || x.rank < 2 || x.rank > 5 || !leading || keepDims) return sum(call);
    return rawOp('BiasAddGrad', { T: 'float32' }, [x]);
  });
}

const multiplyByV3 = (a: tf.Tensor, b: tf.Tensor, transposeB: boolean): tf.Tensor => {
  const types = { Ta: 'float32', Tb: 'float32', Tout: 'float32' } as const;
  return rawOp('BatchMatMulV3', { ...types, adj_x: false, adj_y: transposeB }, [a, b]);
};

function canMultiplyByV3(): boolean {
  const { isUsingGpuDevice } = tf.backend() as unknown as { isUsingGpuDevice: boolean };
  if (isUsingGpuDevice) return false;
  return tf.tidy(() => {
    try {
      return multiplyByV3(tf.ones([1, 1]), tf.ones([1, 1]), false).dataSync()[0] === 1;
    } catch {
      return false;
    }
  });
}

/**
 * Registers kernels that WebAssembly lacks or is slow at, and that plain JavaScript computes slowly
 * or, for some einsums, wrongly.
 */
export function registerPortableKernels(backend: 'wasm' | 'cpu'): void {
  replaceKernel(backend, 'UnsortedSegmentSum', ({ inputs, attrs }) => {
    const { x, segmentIds } = inputs as { x: tf.Tensor; segmentIds: tf.Tensor };
    const { numSegments } = attrs as { numSegments: number };
    const values = tf.backend().readSync(x.dataId) as Float32Array;
    const ids = tf.backend().readSync(segmentIds.dataId) as Int32Array;
    const width = values.length / ids.length;
    const sums = new Float32Array(numSegments * width);
    ids.forEach((id, row) => {
      if (id < 0 || id >= numSegments) return; // dropped, as TensorFlow does
      for (let i = 0; i < width; i++) sums[id * width + i] += values[row * width + i];
    });
    return tf.tensor(sums, [numSegments, ...x.shape.slice(segmentIds.shape.length)]);
  });
  if (backend === 'wasm') registerWasmMatMul();
  replaceKernel(backend, 'Einsum', ({ inputs, attrs }) => {
    const { equation } = attrs as { equation: string };
    return tf.tidy(() => einsumByMatMul(equation, Object.values(inputs) as tf.Tensor[]));
  });
}

/**
 * tfjs's WebAssembly multiplies two plain matrices by XNNPACK, and everything else in a slow loop
 * that takes 20 times as long for a transposed matrix. This kernel transposes first, and multiplies
 * the matrices of a batch one by one.
 */
function registerWasmMatMul(): void {
  const { kernelFunc } = tf.getKernel('BatchMatMul', 'wasm');
  replaceKernel('wasm', 'BatchMatMul', (call) => {
    const { a, b } = call.inputs as { a: tf.Tensor; b: tf.Tensor };
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    const batch = a.shape.slice(0, -2);
    const broadcast = batch.join() !== b.shape.slice(0, -2).join();
    const tiny = a.size * b.shape[b.rank - 1] < 2 ** 15;
    if (broadcast || tiny || (a.rank === 2 && !transposeA && !transposeB)) return kernelFunc(call);
    return tf.tidy(() => {
      const left = transposeA ? swapLast(a) : a;
      const right = transposeB ? swapLast(b) : b;
      if (!batch.length) return tf.matMul(left, right);
      const rights = matrices(right);
      const products = matrices(left).map((matrix, i) => tf.matMul(matrix, rights[i]));
      return tf.stack(products).reshape([...batch, ...products[0].shape]);
    });
  });
}

const swapLast = (x: tf.Tensor): tf.Tensor =>
  x.transpose(
    [...x.shape.keys()].map((axis) => (axis < x.rank - 2 ? axis : 2 * x.rank - 3 - axis)),
  );

/** The matrices of a batch. (tf.unstack would copy the whole batch for each of them.) */
function matrices(x: tf.Tensor): tf.Tensor2D[] {
  const [rows, columns] = x.shape.slice(-2);
  const size = rows * columns;
  const values = x.dataSync();
  return Array.from({ length: x.size / size }, (_, i) =>
    tf.tensor2d(values.subarray(i * size, (i + 1) * size), [rows, columns]),
  );
}

function replaceKernel(backendName: string, kernelName: string, kernelFunc: tf.KernelFunc): void {
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc });
}
