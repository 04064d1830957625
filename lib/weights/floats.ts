/**
 * Conversion to and from half-precision floats: float16 (IEEE 754 binary16) and bfloat16, the upper
 * half of a float32.
 */

/** The dtypes in which a model's numbers are stored. */
export type FloatDtype = 'F32' | 'F16' | 'BF16';

export const isFloatDtype = (dtype: string): dtype is FloatDtype =>
  dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';

/** The value of a float16 by its 16 bits: sign, 5 bits of exponent, 10 of fraction. */
function float16Value(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24; // subnormal
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The values of all 65,536 float16 numbers, by their bits; made at the first use. */
let float16Values: Float32Array | undefined;

function float16Table(): Float32Array {
  float16Values ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => float16Value(bits));
  return float16Values;
}

/**
 * Decodes little-endian bytes, which must be aligned, as float32 values. For F32 the result shares
 * their memory.
 */
export function decodeFloats(
  { buffer, byteOffset, byteLength }: Uint8Array,
  dtype: FloatDtype,
): Float32Array {
  if (dtype === 'F32') return new Float32Array(buffer, byteOffset, byteLength / 4);
  const stored = new Uint16Array(buffer, byteOffset, byteLength / 2);
  const values = new Float32Array(stored.length);
  if (dtype === 'F16') {
    const table = float16Table();
    for (let i = 0; i < stored.length; i++) values[i] = table[stored[i]];
  } else {
    const bits = new Uint32Array(values.buffer);
    for (let i = 0; i < stored.length; i++) bits[i] = stored[i] << 16;
  }
  return values;
}

/**
 * Encodes float32 values as little-endian bytes, each rounded to the nearest value of `dtype`, ties
 * to even. For F32 the result shares their memory.
 */
export function encodeFloats(values: Float32Array, dtype: FloatDtype): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const stored = new Uint16Array(values.length);
  const toBits = dtype === 'F16' ? toFloat16 : toBfloat16;
  for (let i = 0; i < stored.length; i++) stored[i] = toBits(bits[i], values[i]);
  return new Uint8Array(stored.buffer);
}

function toBfloat16(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40; // still a NaN
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function toFloat16(bits: number, value: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00; // NaN
  if (size >= 0x477ff000) return sign | 0x7c00; // from 65520 on, infinity is nearest
  if (size >= 0x38800000) {
    const rounded = size + 0xfff + ((size >>> 13) & 1);
    return sign | ((rounded - 0x38000000) >>> 13); // 0x38000000: the exponents' biases, 127 − 15
  }
  // Below 2^-14 all float16 values are multiples of 2^-24.
  const multiple = Math.abs(value) * 2 ** 24;
  const down = Math.floor(multiple);
  const up = multiple - down > 0.5 || (multiple - down === 0.5 && down % 2 === 1);
  return sign | (down + (up ? 1 : 0));
}
