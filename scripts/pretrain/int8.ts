// Weights as 8-bit integers with a scale for each row: half the size of float16, for the web.
import { tf } from '../../lib/backend';
import type { GPTModel } from '../../lib/model';
import { decodeFloats, encodeFloats } from '../../lib/weights/floats';

/** The nearest float16 of each number. */
const toFloat16 = (numbers: Float32Array) => decodeFloats(encodeFloats(numbers, 'F16'), 'F16');

export interface Int8Rows {
  /** (rows, columns), each from −127 to 127. */
  values: Int8Array;
  /** One for each row, each exactly a float16. */
  scales: Float32Array;
}

/**
 * Rounds a matrix to whole multiples, from −127 to 127, of a scale for each row that its largest
 * number decides.
 *
 * @param matrix (rows, columns), row by row
 */
export function toInt8(matrix: Float32Array, rows: number): Int8Rows {
  const columns = matrix.length / rows;
  const largest = new Float32Array(rows);
  matrix.forEach((value, i) => {
    const row = Math.floor(i / columns);
    largest[row] = Math.max(largest[row], Math.abs(value));
  });
  const scales = toFloat16(largest.map((value) => value / 127));
  const values = Int8Array.from(matrix, (value, i) => {
    const scale = scales[Math.floor(i / columns)];
    // Of a row that is too small for a float16's scale nothing is left.
    return scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(value / scale)));
  });
  return { values, scales };
}

/** The float16 numbers that a matrix of int8 stands for: (rows, columns), row by row. */
export function fromInt8({ values, scales }: Int8Rows): Float32Array {
  const columns = values.length / scales.length;
  return toFloat16(
    Float32Array.from(values, (value, i) => value * scales[Math.floor(i / columns)]),
  );
}

/**
 * Rounds a model's weights in place, so that it is the same model in float16 and in int8: matrices
 * to what their int8 form stands for, vectors to float16.
 */
export function roundToInt8(model: GPTModel): void {
  for (const parameter of Object.values(model.parameters())) {
    const numbers = parameter.dataSync() as Float32Array;
    const rounded =
      parameter.rank < 2 ? toFloat16(numbers) : fromInt8(toInt8(numbers, parameter.shape[0]));
    tf.tidy(() => parameter.assign(tf.tensor(rounded, parameter.shape)));
  }
}
