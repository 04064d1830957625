/**
 * Philox 4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as
 * easy as 1, 2, 3" (SC 2011), keyed as TensorFlow's StatelessRandom ops key it. In a counter-based
 * generator, number i is a function of (seed, i), so that there is no state to carry along.
 */

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;

/** The high 32 bits of a product of two 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0;
}

/** Ten rounds over the counter `c` with the key (k0, k1), written to `out` (4 words). */
export function philox4x32(c: Uint32Array, k0: number, k1: number, out: Uint32Array): void {
  let [c0, c1, c2, c3] = c;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(M0, c0);
    const low0 = Math.imul(M0, c0) >>> 0;
    const high1 = mulHigh(M1, c2);
    const low1 = Math.imul(M1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Calls `use` with each block of four 32-bit words until there are `count` words. */
function blocks(
  seed: readonly [number, number],
  count: number,
  use: (w: Uint32Array, i: number) => void,
) {
  const words = new Uint32Array(4);
  // TensorFlow mixes the two seeds into a key and a start, so that close seeds differ widely.
  const mixIn = new Uint32Array([seed[0], seed[0] < 0 ? -1 : 0, seed[1], seed[1] < 0 ? -1 : 0]);
  philox4x32(mixIn, 0x3ec8f720, 0x02461e29, words);
  const [k0, k1, start2, start3] = words;
  const counter = new Uint32Array([0, 0, start2, start3]);
  for (let i = 0; i < count; i += 4) {
    philox4x32(counter, k0, k1, words);
    use(words, i);
    counter[0]++; // 2^34 numbers a seed: the carry is never needed
  }
}

const bits = new Uint32Array(1);
const bitsAsFloat = new Float32Array(bits.buffer);

/** Takes 23 random bits as the fraction of a float in [1, 2) and subtracts 1: uniform in [0, 1). */
function toUnit(word: number): number {
  bits[0] = (word & 0x7fffff) | 0x3f800000;
  return bitsAsFloat[0] - 1;
}

/** `count` float32 numbers uniform in [0, 1), the same as TensorFlow's StatelessRandomUniform. */
export function philoxUniform(seed: readonly [number, number], count: number): Float32Array {
  const out = new Float32Array(count);
  blocks(seed, count, (words, i) => {
    for (let j = 0; j < 4 && i + j < count; j++) out[i + j] = toUnit(words[j]);
  });
  return out;
}

/**
 * `count` float32 numbers from the standard normal distribution (Box-Muller), the same as
 * TensorFlow's StatelessRandomNormal up to float32 rounding.
 */
export function philoxNormal(seed: readonly [number, number], count: number): Float32Array {
  const out = new Float32Array(count);
  blocks(seed, count, (words, i) => {
    for (let j = 0; j < 4; j += 2) {
      const radius = Math.sqrt(-2 * Math.log(Math.max(toUnit(words[j]), 1e-7)));
      const angle = Math.fround(2 * Math.PI * toUnit(words[j + 1]));
      if (i + j < count) out[i + j] = radius * Math.sin(angle);
      if (i + j + 1 < count) out[i + j + 1] = radius * Math.cos(angle);
    }
  });
  return out;
}
