/** A classification in steps: tokens, the answer, and which words decided. */
import { interruptible } from '../backend';
import { encodeText, type Classification, type Classifier } from '../classification';
import { countParameters } from '../model';
import type { Send } from './events';

/** Multiplications between two pauses, so that the server hears others: some tenths of a second. */
const WORK = 2e10;
/** Multiplications for all words of a text, some seconds: where they do not suffice, words are joined. */
const ALL_WORK = 5e11;
const MAX_PARTS = 128;

/** A word, or a few, of the text that the model read. */
export interface Part {
  word: string;
  /** Where it stands in the text, in UTF-16 units. */
  start: number;
}

/** What a part does to the answer. */
export interface Influence extends Part {
  /** The answer when the part is left out. */
  label: string;
  /** Probability of the answer's label when the part is left out. */
  without: number;
  /** By how much the part raises the log-odds of the answer's label; below 0 it speaks against. */
  effect: number;
}

/**
 * Sends `tokens`, `result`, `words` and `done`. A result has a `threshold` where there are two labels.
 *
 * A word's influence is measured by leaving it out (Li et al. 2016, "Understanding Neural Networks
 * through Representation Erasure"), in log-odds, as probabilities near 1 hardly move.
 *
 * @throws the signal's reason within one batch of its abort
 */
export async function classifyInSteps(
  classifier: Classifier,
  text: string,
  send: Send,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const ms = () => Math.round(10 * (performance.now() - started)) / 10;
  const { tokenizer, maxLength, labels } = classifier;
  const threshold = labels.length === 2 ? classifier.threshold : undefined;
  const loop = interruptible(signal);
  try {
    const { ids, dropped } = encodeText(tokenizer, text, maxLength);
    const tokens = ids.map((id) => ({ id, text: tokenizer.tokenText(id) }));
    const seen = dropped ? commonStart(text, tokenizer.decode(ids)) : text.length;
    send('tokens', { tokens, dropped, maxLength, seen });
    await loop.pause();

    const answer = classifier.classify(text);
    const { label, probability, probabilities } = answer;
    send('result', { label, probability, probabilities, threshold, ms: ms() });

    const cost = countParameters(classifier.model.gpt.config) * Math.max(32, ids.length);
    const affordable = Math.max(8, Math.floor(ALL_WORK / cost));
    const parts = partsOf(text.slice(0, seen), Math.min(MAX_PARTS, affordable));
    const rest = parts.map(({ word, start }) => leaveOut(text.slice(0, seen), start, word.length));
    const influences: Influence[] = [];
    if (parts.length > 1) {
      const rows = Math.min(16, Math.max(1, Math.floor(WORK / cost)));
      for (let from = 0; from < parts.length; from += rows) {
        await loop.pause();
        classifier.classifyBatch(rest.slice(from, from + rows)).forEach((other, i) => {
          const effect = logOdds(answer, label) - logOdds(other, label);
          const without = other.probabilities[label];
          influences.push({ ...parts[from + i], label: other.label, without, effect });
        });
      }
    }
    send('words', { words: influences });
    send('done', { ms: ms() });
  } finally {
    loop.end();
  }
}

/** How many characters of a text the tokens cover; they may end within a character. */
function commonStart(text: string, decoded: string): number {
  let length = 0;
  while (length < decoded.length && decoded[length] === text[length]) length++;
  return length;
}

/** The words of a text, several together where there are too many. */
export function partsOf(text: string, most: number): Part[] {
  const words = [...text.matchAll(/\S+/g)];
  const size = Math.ceil(words.length / most);
  return words.flatMap(({ index: start = 0 }, i) => {
    if (i % size !== 0) return [];
    const last = words[Math.min(i + size, words.length) - 1];
    return [{ word: text.slice(start, last.index! + last[0].length), start }];
  });
}

/** The text without some characters, and without the space after them. */
const leaveOut = (text: string, start: number, length: number): string =>
  (text.slice(0, start) + text.slice(start + length).trimStart()).trimEnd();

/** ln(p / (1 − p)), from all probabilities: their sum is exacter than 1 − p. */
function logOdds({ probabilities }: Classification, label: string): number {
  const others = Object.entries(probabilities).filter(([name]) => name !== label);
  const against = others.reduce((sum, [, probability]) => sum + probability, 0);
  const least = 1e-30; // float32 may round a probability to 0
  return Math.log(Math.max(probabilities[label], least)) - Math.log(Math.max(against, least));
}
