// Random choices for generated text, with words that are kept out of the training text.

import { createHash } from 'node:crypto';

/** Training text never asks about a word of the test part, and the test asks about no other. */
export type Part = 'training' | 'test';

const CONSONANTS = 'bcdfglmnprstvz';
const VOWELS = 'aeiou';

/** Whether a word belongs to the test part: about one in six, by its hash alone. */
export function isHeldOut(word: string): boolean {
  let known = heldOut.get(word);
  if (known === undefined) {
    known = createHash('sha256').update(word).digest()[0] % 6 === 0;
    heldOut.set(word, known);
  }
  return known;
}
const heldOut = new Map<string, boolean>();

/** A source of choices; everything it returns follows from its stream of random numbers. */
export class Draw {
  constructor(
    private readonly random: () => number,
    readonly part: Part,
  ) {}

  /** A whole number from 0 to n − 1. */
  below(n: number): number {
    return Math.floor(this.random() * n);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** Any entry of a list. */
  any<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  /** `n` entries of a list at different places. */
  several<T>(list: readonly T[], n: number): T[] {
    const rest = [...list];
    return Array.from({ length: n }, () => rest.splice(this.below(rest.length), 1)[0]);
  }

  /** The entries of a list that this part may ask about; `key` names the word that decides. */
  own<T>(list: readonly T[], key: (entry: T) => string): T[] {
    return list.filter((entry) => isHeldOut(key(entry)) === (this.part === 'test'));
  }

  /** A word that means nothing, of two or three syllables: only copying can tell how it goes on. */
  nonsense(): string {
    const syllable = () =>
      CONSONANTS[this.below(CONSONANTS.length)] + VOWELS[this.below(VOWELS.length)];
    const word = Array.from({ length: 2 + this.below(2) }, syllable).join('');
    return this.chance(0.5) ? word + CONSONANTS[this.below(CONSONANTS.length)] : word;
  }
}
