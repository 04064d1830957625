/** Random numbers and orders from a seed, in JavaScript; those of tensors come from `philox.ts`. */
import { checkSeed } from './checks';

/**
 * A stream of random numbers in [0, 1) that depends only on its two integers: sfc32, the "small
 * fast counting" generator of Chris Doty-Humphrey's PractRand test suite (state of 128 bits,
 * 32 bits a number), seeded with three words and 15 rounds as PractRand seeds it.
 *
 * @param seed an integer of 32 bits, with a sign or without
 * @param stream another such integer, for independent streams from one seed, such as one for each
 *   epoch
 * @throws RangeError if either is not an integer of 32 bits
 */
export function seededRandom(seed: number, stream = 0): () => number {
  checkSeed({ seed, stream });
  let [a, b, c, counter] = [seed | 0, stream | 0, 0, 1];
  const next = (): number => {
    const word = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + word) | 0;
    return (word >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 15; round++) next();
  return next;
}

/** The integers 0 to n-1 in a random order (Fisher and Yates). */
export function permutation(n: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** The items in a random order. */
export const shuffled = <T>(items: readonly T[], random: () => number): T[] =>
  Array.from(permutation(items.length, random), (i) => items[i]);
