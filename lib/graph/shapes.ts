/**
 * The shapes of the ops that do nearly all of the work, so that a recording need not do it: nobody
 * sees the values that a recorded op has.
 */
import type { RawAttribute } from './tfjs-node';

const SAME = new Set(
  'Square Sqrt Rsqrt Exp Log Neg Tanh Sigmoid SigmoidGrad Softmax LogSoftmax Relu Identity'.split(
    ' ',
  ),
);
const BROADCAST = new Set(
  'Add AddV2 Sub Mul Div RealDiv Maximum Minimum SquaredDifference'.split(' '),
);
const MATMUL = new Set(['MatMul', 'BatchMatMulV2', 'BatchMatMulV3']);

/**
 * The shapes of an op's float32 outputs, if they are known without running it.
 *
 * @param constantOf the values of an input that is constant
 */
export function outputShapes(
  op: string,
  attributes: readonly RawAttribute[],
  inputs: readonly number[],
  shapeOf: (id: number) => readonly number[] | undefined,
  constantOf: (id: number) => ArrayLike<number> | undefined,
): number[][] | undefined {
  const shapes = inputs.map(shapeOf);
  if (!shapes.length || shapes.includes(undefined)) return undefined;
  const [a, b] = shapes as number[][];
  const flag = (...names: string[]) =>
    attributes.some(({ name, value }) => names.includes(name) && value === true);
  if (SAME.has(op)) return [[...a]];
  if (BROADCAST.has(op)) return [broadcast(a, b)];
  if (MATMUL.has(op)) {
    const rows = a[a.length - (flag('transpose_a', 'adj_x') ? 1 : 2)];
    const columns = b[b.length - (flag('transpose_b', 'adj_y') ? 2 : 1)];
    return [[...broadcast(a.slice(0, -2), b.slice(0, -2)), rows, columns]];
  }
  if (op === 'SparseSoftmaxCrossEntropyWithLogits') return [[a[0]], [...a]];
  if (op === 'Transpose') {
    const order = constantOf(inputs[1]);
    return order && [Array.from(order, (axis) => a[axis])];
  }
  if (op === 'UnsortedSegmentSum') {
    const rows = constantOf(inputs[2]);
    return rows && [[rows[0], ...a.slice(b.length)]];
  }
  return undefined;
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const size = (shape: readonly number[], axis: number) => shape[shape.length - rank + axis] ?? 1;
  return Array.from({ length: rank }, (_, axis) =>
    size(a, axis) === 1 ? size(b, axis) : size(a, axis),
  );
}
