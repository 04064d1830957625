/**
 * Rounds weights to fewer bytes. Each token that a model writes reads all weights, so that their
 * size limits its speed.
 */
import { tf } from '../backend';
import { GPTModel } from '../model';
import { decodeFloats, encodeFloats } from '../weights';

/**
 * How weights are kept. `bfloat16` is the upper half of a float32, with 7 bits of fraction instead
 * of 23 (8 significant bits instead of 24). `int8` is a whole number from −127 to 127, times a
 * scale that the largest weight of the same output decides (as LLM.int8() does, Dettmers et al.
 * 2022, but for weights only).
 */
export const WEIGHT_TYPES = ['float32', 'bfloat16', 'int8'] as const;
export type WeightType = (typeof WEIGHT_TYPES)[number];

/** Bytes of one weight. */
export const BYTES: Record<WeightType, number> = { float32: 4, bfloat16: 2, int8: 1 };

/** A rounded matrix. Numbers in bfloat16 are kept as their bits. */
export interface RoundedMatrix {
  values: Float32Array | Uint16Array | Int8Array;
  /** For int8 only: the scale of each output. */
  scales?: Float32Array;
}

/** Where a matrix keeps the weights of its outputs: in columns, or in rows if it is transposed. */
export interface MatrixLayout {
  outputs: number;
  transposed: boolean;
}

/** Calls `visit` with the output that each weight belongs to. */
function forEachWeight(
  size: number,
  { outputs, transposed }: MatrixLayout,
  visit: (at: number, output: number) => void,
): void {
  const inputs = size / outputs;
  const [rows, columns] = transposed ? [outputs, inputs] : [inputs, outputs];
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) visit(at, transposed ? row : column);
  }
}

/**
 * Rounds each weight to the nearest value of the type. In int8, an output with a weight that is NaN
 * or infinite becomes NaN as a whole.
 */
export function roundMatrix(
  matrix: Float32Array,
  layout: MatrixLayout,
  type: WeightType,
): RoundedMatrix {
  if (type === 'float32') return { values: matrix };
  if (type === 'bfloat16') {
    return { values: new Uint16Array(encodeFloats(matrix, 'BF16').buffer) };
  }
  const scales = new Float32Array(layout.outputs); // the largest weights, at first
  forEachWeight(matrix.length, layout, (at, output) => {
    const size = Math.abs(matrix[at]);
    if (size > scales[output] || Number.isNaN(size)) scales[output] = size;
  });
  scales.forEach((largest, i) => (scales[i] = Number.isFinite(largest) ? largest / 127 : NaN));
  // An output whose weights are too small for a scale becomes 0.
  const inverses = Float64Array.from(scales, (scale) => (scale > 0 ? 1 / scale : 0));
  const values = new Int8Array(matrix.length);
  forEachWeight(matrix.length, layout, (at, output) => {
    values[at] = Math.max(-127, Math.min(127, Math.round(matrix[at] * inverses[output])));
  });
  return { values, scales };
}

/** The float32 numbers that a rounded matrix stands for. */
export function restoreMatrix(
  { values, scales }: RoundedMatrix,
  layout: MatrixLayout,
): Float32Array {
  if (values instanceof Float32Array) return values;
  if (values instanceof Uint16Array) return decodeFloats(new Uint8Array(values.buffer), 'BF16');
  const restored = new Float32Array(values.length);
  forEachWeight(values.length, layout, (at, output) => {
    restored[at] = values[at] * scales![output];
  });
  return restored;
}

/** Another model in float32, whose weights are the rounded weights of this one. */
export function roundedCopy(model: GPTModel, type: WeightType): GPTModel {
  const copy = new GPTModel(model.config, { init: 'zeros' });
  const copies = copy.parameters();
  for (const [name, parameter] of Object.entries(model.parameters())) {
    tf.tidy(() => copies[name].assign(roundedParameter(name, parameter, type)));
  }
  return copy;
}

function roundedParameter(name: string, parameter: tf.Tensor, type: WeightType): tf.Tensor {
  if (parameter.rank !== 2 || name === 'wpe.weight') return parameter.clone();
  const transposed = name === 'wte.weight' || name === 'lm_head.weight';
  const layout = { outputs: parameter.shape[transposed ? 0 : 1]!, transposed };
  const matrix = roundMatrix(parameter.dataSync() as Float32Array, layout, type);
  return tf.tensor(restoreMatrix(matrix, layout), parameter.shape);
}
