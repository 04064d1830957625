/** Weights as 8-bit integers with a scale for each row: half the size of float16, for the web. */
import { decodeFloats, encodeFloats } from './floats';

/** The nearest float16 of each number. */
export const toFloat16 = (numbers: Float32Array) =>
  decodeFloats(encodeFloats(numbers, 'F16'), 'F16');

export interface Int8Rows {
  /** (rows, columns), each from −127 to 127. */
  values: Int8Array;
  /** One for each row, each exactly a float16. */
  scales: Float32Array;
}

/**
 * The scale for rows with these largest numbers: one that is found again in what it makes of the
 * largest, so that a rounded matrix keeps its form when it is rounded once more.
 */
function scalesFor(largest: Float32Array): Float32Array {
  const scales = toFloat16(largest.map((value) => value / 127));
  for (;;) {
    const again = toFloat16(
      toFloat16(scales.map((scale) => 127 * scale)).map((value) => value / 127),
    );
    if (again.every((scale, i) => scale === scales[i])) return scales;
    // About one scale in a hundred: the next larger float16 takes its place.
    scales.set(
      toFloat16(scales.map((scale, i) => (scale === again[i] ? scale : scale * (1 + 2 ** -10)))),
    );
  }
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
  const scales = scalesFor(largest);
  const values = Int8Array.from(matrix, (value, i) => {
    const scale = scales[Math.floor(i / columns)];
    // Of a row that is too small for a float16's scale nothing is left.
    return scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(value / scale)));
  });
  return { values, scales };
}

/**
 * Whether a matrix of float16 numbers is what an int8 form stands for, so that nothing is lost in it.
 *
 * @param matrix (rows, columns), row by row
 */
export function isInt8(matrix: Float32Array, rows: number): boolean {
  const rounded = fromInt8(toInt8(matrix, rows));
  return matrix.every((value, i) => value === rounded[i]);
}

/** The float16 numbers that a matrix of int8 stands for: (rows, columns), row by row. */
export function fromInt8({ values, scales }: Int8Rows): Float32Array {
  const columns = values.length / scales.length;
  return toFloat16(
    Float32Array.from(values, (value, i) => value * scales[Math.floor(i / columns)]),
  );
}
