/** Classifying a text in steps: its tokens, the answer, and the influence of each word. */
import { interruptible } from '../backend';
import { encodeText, type Classification, type Classifier } from '../classification';
import { countParameters } from '../model';
import type { Send } from './events';

/**
 * Multiplications between two pauses in which the server handles other requests; they take tenths
 * of a second.
 */
const MULTIPLICATIONS_PER_BATCH = 2e10;
/**
 * Multiplications for all words of a text; they take some seconds. If they do not suffice, words
 * are grouped.
 */
const MULTIPLICATIONS_PER_TEXT = 5e11;
const MAX_PARTS = 128;
/** Stands in for a probability that float32 rounded to 0. */
const SMALLEST_PROBABILITY = 1e-30;

/** A word of the text that the model read, or a few consecutive words. */
export interface Part {
  word: string;
  /** Its place in the text, in UTF-16 units. */
  start: number;
}

/** The influence of a part on the answer. */
export interface Influence extends Part {
  /** The answer without the part. */
  label: string;
  /** The probability, without the part, of the label that the whole text gets. */
  without: number;
  /** By how much the part raises the log-odds of the answer's label; negative if it lowers them. */
  effect: number;
}

/**
 * Classifies a text and sends the events `tokens`, `result`, `words` and `done`. A result has a
 * `threshold` if there are two labels.
 *
 * The influence of a word is measured by leaving it out (Li et al. 2016, "Understanding Neural
 * Networks through Representation Erasure"), in log-odds, because probabilities near 1 hardly
 * change.
 *
 * @throws the signal's reason, within one batch after its abort
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
    const affordable = Math.max(8, Math.floor(MULTIPLICATIONS_PER_TEXT / cost));
    const parts = partsOf(text.slice(0, seen), Math.min(MAX_PARTS, affordable));
    const rest = parts.map(({ word, start }) => leaveOut(text.slice(0, seen), start, word.length));
    const influences: Influence[] = [];
    if (parts.length > 1) {
      const rows = Math.min(16, Math.max(1, Math.floor(MULTIPLICATIONS_PER_BATCH / cost)));
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

/** How many UTF-16 units of a text its tokens cover; the last token may end within a character. */
function commonStart(text: string, decoded: string): number {
  let length = 0;
  while (length < decoded.length && decoded[length] === text[length]) length++;
  return length;
}

/** The words of a text, grouped if there are more than `maxParts`. */
export function partsOf(text: string, maxParts: number): Part[] {
  const words = [...text.matchAll(/\S+/g)];
  const size = Math.ceil(words.length / maxParts);
  return words.flatMap(({ index: start = 0 }, i) => {
    if (i % size !== 0) return [];
    const last = words[Math.min(i + size, words.length) - 1];
    return [{ word: text.slice(start, last.index! + last[0].length), start }];
  });
}

/** The text without some characters and the space after them. */
const leaveOut = (text: string, start: number, length: number): string =>
  (text.slice(0, start) + text.slice(start + length).trimStart()).trimEnd();

/** ln(p / (1 − p)); the sum of the other probabilities is more exact than 1 − p. */
function logOdds({ probabilities }: Classification, label: string): number {
  const others = Object.entries(probabilities).filter(([name]) => name !== label);
  const against = others.reduce((sum, [, probability]) => sum + probability, 0);
  const log = (probability: number) => Math.log(Math.max(probability, SMALLEST_PROBABILITY));
  return log(probabilities[label]) - log(against);
}
