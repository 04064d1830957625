// Texts in which something comes back: what a model learns to copy from, by "induction heads" (Olsson
// et al. 2022). Most of it means nothing, so that only the first time can tell how the second goes on.
import type { Draw } from './draw';

/** What a language puts around it. */
export interface CopyWords {
  /** Words that may be copied: the training part of a lexicon. */
  nouns: readonly string[];
  names: readonly string[];
  /** Words and signs of all kinds, so that copying is learned for every token and not for a few. */
  anything: readonly string[];
  /** Lines that say something again: `{x}` is what. */
  frames: readonly string[];
  /** Begin a list of pairs, and one of questions about it. */
  pairs: readonly (readonly [before: string, after: string])[];
}

const many = <T>(draw: Draw, [least, most]: readonly [number, number], one: () => T): T[] =>
  Array.from({ length: least + draw.below(most - least + 1) }, one);

/** A run of words, names, numbers or letters in no order. */
function run(draw: Draw, { nouns, names, anything }: CopyWords): string {
  const word = draw.any([
    () => draw.nonsense(),
    () => draw.any(nouns),
    () => draw.any([draw.any(nouns), draw.any(names), draw.nonsense(), String(draw.below(100))]),
    () => String(draw.below(10)),
    () => draw.any(anything),
    () => draw.any(anything),
    () => draw.any(anything),
    () => draw.any(anything),
  ]);
  const between = draw.any([' ', ' ', ' ', ', ', '']);
  return many(draw, draw.chance(0.3) ? [15, 40] : [3, 14], word).join(between);
}

/** The same run two to four times. */
function repeated(draw: Draw, words: CopyWords): string {
  const frame = draw.any(words.frames);
  const [name, other] = draw.several(words.names, 2);
  const text = frame.replace('{name}', name).replace('{other}', other);
  const x = run(draw, words);
  return text.replaceAll('{x}', () => x);
}

/** Pairs, then the same ones in another order. */
function lookedUp(draw: Draw, { nouns, names, pairs }: CopyWords): string {
  const key = draw.any([() => draw.nonsense(), () => draw.any(names), () => draw.any(nouns)]);
  const value = draw.any([() => draw.nonsense(), () => draw.any(nouns)]);
  const keys = [...new Set(many(draw, [3, 8], key))];
  const all = keys.map((each) => `${each}: ${value()}`);
  const [before, after] = draw.any(pairs);
  const asked = draw.several(all, all.length);
  const separator = draw.any(['\n', '. ', ', ']);
  return `${before}${all.join(separator)}\n${after}${asked.join(separator)}`;
}

/** @returns `count` documents of about 150 tokens */
export function copies(draw: Draw, count: number, words: CopyWords): string[] {
  return Array.from({ length: count }, () =>
    many(draw, [2, 5], () => (draw.chance(0.65) ? repeated : lookedUp)(draw, words)).join('\n\n'),
  );
}
