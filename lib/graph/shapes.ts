/**
 * Computes the output shapes of the ops that do nearly all the work, so that a recording need not
 * run them: nobody looks at their values.
 */
import type { AttrValue } from './graphdef';

type Shape = readonly number[];

const SAME_AS_FIRST = new Set([
  'Square',
  'Sqrt',
  'Rsqrt',
  'Exp',
  'Log',
  'Neg',
  'Tanh',
  'Sigmoid',
  'SigmoidGrad',
  'Softmax',
  'Relu',
  'Identity',
]);
const BROADCASTING = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'RealDiv',
  'Maximum',
  'Minimum',
  'SquaredDifference',
]);
const MATRIX_PRODUCTS = new Set(['MatMul', 'BatchMatMulV2', 'BatchMatMulV3']);
const DEPENDING_ON_VALUES = new Set([
  'NonMaxSuppressionV3',
  'NonMaxSuppressionV4',
  'NonMaxSuppressionV5',
  'UniqueV2',
  'Where',
]);

/** Whether the op's output shape depends on values, which a recording does not have. */
export const shapeDependsOnValues = (op: string): boolean => DEPENDING_ON_VALUES.has(op);

/**
 * The shapes of an op's outputs, or undefined if they cannot be told without running it. Its first
 * input must be float32.
 *
 * @param shapes the inputs' shapes, as far as they are known
 * @param constants the values of the inputs that are constants
 */
export function outputShapes(
  op: string,
  attributes: Record<string, AttrValue>,
  shapes: readonly (Shape | undefined)[],
  constants: readonly (ArrayLike<number> | undefined)[],
): Shape[] | undefined {
  if (!shapes.length || shapes.includes(undefined)) return undefined;
  const [a, b] = shapes as Shape[];
  if (SAME_AS_FIRST.has(op)) return [a];
  if (BROADCASTING.has(op)) return [broadcast(a, b)];
  if (MATRIX_PRODUCTS.has(op)) {
    const is = (name: string) => attributeOf(attributes, name, 'b') === true;
    const rows = a[a.length - (is('transpose_a') || is('adj_x') ? 1 : 2)];
    const columns = b[b.length - (is('transpose_b') || is('adj_y') ? 2 : 1)];
    return [[...broadcast(a.slice(0, -2), b.slice(0, -2)), rows, columns]];
  }
  if (op === 'SparseSoftmaxCrossEntropyWithLogits') return [[a[0]], a];
  if (op === 'Transpose') {
    const order = constants[1];
    return order && [Array.from(order, (axis) => a[axis])];
  }
  if (op === 'GatherV2') {
    const axis = constants[2]?.[0];
    if (axis === undefined || axis < 0 || attributeOf(attributes, 'batch_dims', 'i'))
      return undefined;
    return [[...a.slice(0, axis), ...b, ...a.slice(axis + 1)]];
  }
  if (op === 'UnsortedSegmentSum') {
    const rows = constants[2];
    return rows && [[rows[0], ...a.slice(b.length)]];
  }
  return undefined;
}

/** An attribute's value, if it is of this kind: `b` for a boolean, `i` for an integer. */
function attributeOf(
  attributes: Record<string, AttrValue>,
  name: string,
  kind: 'b' | 'i',
): boolean | number | undefined {
  return (attributes[name] as Partial<Record<'b' | 'i', boolean | number>> | undefined)?.[kind];
}

function broadcast(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const size = (shape: Shape, axis: number) => shape[shape.length - rank + axis] ?? 1;
  return Array.from({ length: rank }, (_, axis) =>
    size(a, axis) === 1 ? size(b, axis) : size(a, axis),
  );
}
