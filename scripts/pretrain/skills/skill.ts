// The form in which a skill is written down.
import type { Draw } from './draw';

/** One thing to do: what is asked about, and the right answer. */
export interface Drawn {
  /** Sentences to read first. */
  context?: string;
  answer: string;
  /** What goes into the `{…}` of the wordings. */
  slots: Readonly<Record<string, string>>;
}

export interface Skill {
  kind: string;
  /**
   * What the test part has that training never shows: the words that are asked about, where a
   * procedure has to be learned; the wordings, where facts have to be known.
   */
  heldOut: 'words' | 'wordings';
  draw(draw: Draw): Drawn;
  /** Answered with the bare answer. */
  questions: readonly string[];
  /** Asked instead of `questions` in the test part, where wordings are held out. */
  testQuestions?: readonly string[];
  /** Running text with `{answer}` in it, and `{name}` and `{other}` for people. */
  statements: readonly string[];
}

/** "a, b and c", the conjunction being "and" unless told otherwise. */
export function listed(words: readonly string[], and = 'and'): string {
  return `${words.slice(0, -1).join(', ')} ${and} ${words[words.length - 1]}`;
}

/** "c-a-t": a letter at a time, so that each is a token of its own. */
export const spelled = (word: string): string => [...word].join('-');

/**
 * What is to be copied: words, words that mean nothing, lists, digits or a sentence.
 *
 * @param nouns those that may be asked about
 * @param and the conjunction of a list
 */
export function textToCopy(
  draw: Draw,
  nouns: readonly string[],
  sentence: () => string,
  and?: string,
): string {
  return draw.any([
    () => draw.any(nouns),
    () => draw.nonsense(),
    () => draw.nonsense(),
    () => listed(draw.several(nouns, 2 + draw.below(3)), and),
    () => Array.from({ length: 2 + draw.below(4) }, () => draw.nonsense()).join(' '),
    () => draw.several(nouns, 2 + draw.below(4)).join(' '),
    () => Array.from({ length: 3 + draw.below(4) }, () => draw.below(10)).join(' '),
    sentence,
  ])();
}
