/** Kernels that tfjs's backends lack, or have in a slow form; registered when an engine starts. */
import * as tf from '@tensorflow/tfjs';
import { rawOp } from './native';

/**
 * Products of two matrices through TensorFlow's MatMul, where `tf.matMul` always takes the
 * batched op: less overhead on small ones, and a faster gradient of large weights. The batched
 * op stays where the second matrix is transposed, which it does better (measured on TensorFlow
 * 2.21 with AVX-512: weight gradient of GPT-2's head 88 against 122 ms, input gradient 125
 * against 95).
 */
export function registerNativeKernels(): void {
  const batched = tf.getKernel('BatchMatMul', 'tensorflow').kernelFunc;
  replaceKernel('tensorflow', 'BatchMatMul', (call) => {
    const { a, b } = call.inputs as { a: tf.Tensor; b: tf.Tensor };
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    if (a.shape.length !== 2 || b.shape.length !== 2 || transposeB) return batched(call);
    return rawOp(
      'MatMul',
      { T: a.dtype as 'float32', transpose_a: transposeA, transpose_b: false },
      [a, b],
    );
  });
}

/** What training needs and WebAssembly lacks; and what is far too slow in plain JavaScript. */
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
}

function replaceKernel(backendName: string, kernelName: string, kernelFunc: tf.KernelFunc): void {
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc });
}
