/**
 * Weights as 8-bit integers with a scale for each row, for the web edition: half the size of
 * float16.
 */
import { decodeFloats, encodeFloats } from './floats';

/** The nearest float16 of each number. */
export const toFloat16 = (numbers: Float32Array) =>
  decodeFloats(encodeFloats(numbers, 'F16'), 'F16');

export interface Int8Rows {
  /** (rows, columns), each from −127 to 127. */
  values: Int8Array;
  /** One for each row; each is exactly a float16. */
  scales: Float32Array;
}

/**
 * The scales for rows with these largest absolute values. Each is chosen so that quantising its row
 * a second time finds the same scale, which makes quantising idempotent.
 */
function scalesFor(largest: Float32Array): Float32Array {
  const scales = toFloat16(largest.map((value) => value / 127));
  for (;;) {
    const again = toFloat16(
      toFloat16(scales.map((scale) => 127 * scale)).map((value) => value / 127),
    );
    if (again.every((scale, i) => scale === scales[i])) return scales;
    // About one scale in a hundred is not stable: the next larger float16 replaces it.
    scales.set(
      toFloat16(scales.map((scale, i) => (scale === again[i] ? scale : scale * (1 + 2 ** -10)))),
    );
  }
}

/**
 * Rounds each row of a matrix to whole multiples, from −127 to 127, of a scale that the row's
 * largest absolute value decides.
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
  const scales = scalesFor(largest);
  const values = Int8Array.from(matrix, (value, i) => {
    const scale = scales[Math.floor(i / columns)];
    // A row too small for a scale in float16 becomes zero.
    return scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(value / scale)));
  });
  return { values, scales };
}

/**
 * Whether a matrix of float16 numbers survives {@link toInt8} without any loss.
 *
 * @param matrix (rows, columns), row by row
 */
export function isInt8(matrix: Float32Array, rows: number): boolean {
  const rounded = fromInt8(toInt8(matrix, rows));
  return matrix.every((value, i) => value === rounded[i]);
}

/** The float16 numbers that a quantised matrix represents: (rows, columns), row by row. */
export function fromInt8({ values, scales }: Int8Rows): Float32Array {
  const columns = values.length / scales.length;
  return toFloat16(
    Float32Array.from(values, (value, i) => value * scales[Math.floor(i / columns)]),
  );
}
