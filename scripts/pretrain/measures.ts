// What a language model can do, measured before any fine-tuning: the figures of the model card.
import { sparseCrossEntropy, tf } from '../../lib/backend';
import { pause, withInterrupt } from '../../lib/core/interrupt';
import { seededRandom } from '../../lib/data';
import { generateBatch, type GenerateOptions } from '../../lib/decoding';
import type { GPTModel } from '../../lib/model';
import type { BPETokenizer } from '../../lib/tokenizer';
import { IGNORE_INDEX } from '../../lib/training';
import { END_OF_TEXT } from './text';
import { comparedWords } from './overlap';
import { isRight, type Task } from './skills';

const BATCH = 64;

/** A model and what it reads with. */
export interface Reader {
  model: GPTModel;
  tokenizer: BPETokenizer;
}

/**
 * −log p in nats of every token after the first, for texts of at most `contextLength` + 1 tokens.
 *
 * @returns a row for each text, one number shorter than its tokens
 */
async function surprises(model: GPTModel, texts: readonly (readonly number[])[]) {
  const rows: Float32Array[] = [];
  await withInterrupt(async (signal) => {
    for (let start = 0; start < texts.length; start += BATCH) {
      await pause(signal);
      const batch = texts.slice(start, start + BATCH);
      const length = Math.max(...batch.map((ids) => ids.length)) - 1;
      const pad = (ids: readonly number[], filler: number) => [
        ...ids,
        ...new Array<number>(length - ids.length).fill(filler),
      ];
      const losses = tf.tidy(() => {
        const inputs = batch.map((ids) => pad(ids.slice(0, -1), 0));
        const targets = batch.map((ids) => pad(ids.slice(1), IGNORE_INDEX));
        const logits = model.forward(tf.tensor2d(inputs, undefined, 'int32'));
        const flat = tf.tensor1d(targets.flat(), 'int32');
        const all = sparseCrossEntropy(logits.reshape([flat.size, -1]), flat, IGNORE_INDEX);
        return all.dataSync() as Float32Array;
      });
      batch.forEach((ids, i) => rows.push(losses.slice(i * length, i * length + ids.length - 1)));
    }
  });
  return rows;
}

const sum = (row: Iterable<number>) => {
  let total = 0;
  for (const value of row) total += value;
  return total;
};

/** The tokens of a text after the end of another, which is how a model meets a new text. */
export const fromNothing = (tokenizer: BPETokenizer, text: string) => [
  tokenizer.specialTokens[END_OF_TEXT],
  ...tokenizer.encode(text),
];

/**
 * Bits per byte of UTF-8: comparable between tokenizers, and with compression programs. A text
 * longer than the context is read in windows that follow each other, each from its first token on.
 */
export async function bitsPerByte(
  { model, tokenizer }: Reader,
  texts: readonly string[],
): Promise<number> {
  const { contextLength } = model.config;
  const windows: number[][] = [];
  for (const text of texts) {
    const ids = fromNothing(tokenizer, text);
    for (let i = 0; i + 1 < ids.length; i += contextLength) {
      windows.push(ids.slice(i, i + contextLength + 1));
    }
  }
  // Windows of like lengths together, so that little is padded.
  const rows = await surprises(
    model,
    windows.sort((a, b) => a.length - b.length),
  );
  const bytes = texts.reduce((total, text) => total + Buffer.byteLength(text), 0);
  return sum(rows.map(sum)) / Math.LN2 / bytes;
}

/** A sentence that is right, and one that differs from it in one place and is not. */
export interface Pair {
  good: string;
  bad: string;
}

/**
 * The share of pairs of which the model gives the right sentence the higher probability: the
 * measure of BLiMP (Warstadt et al. 2020). A tie counts as wrong.
 */
export async function pairAccuracy(
  { model, tokenizer }: Reader,
  pairs: readonly Pair[],
): Promise<number> {
  const sentences = pairs.flatMap(({ good, bad }) => [good, bad]);
  const rows = await surprises(
    model,
    sentences.map((sentence) => fromNothing(tokenizer, sentence)),
  );
  const right = pairs.filter((_, i) => sum(rows[2 * i]) < sum(rows[2 * i + 1]));
  return right.length / pairs.length;
}

/** How well the second copy of random tokens is predicted from the first. */
export interface Induction {
  /** Mean loss in nats on the first and on the second copy. */
  first: number;
  second: number;
  /** Of the tokens of the second copy, from its second on, those that were the most probable. */
  right: number;
}

/**
 * Repeats random tokens, which no text has taught (Olsson et al. 2022, "In-context learning and
 * induction heads").
 */
export async function repeatedTokens(
  { model }: Reader,
  { length = 40, count = 64, seed = 1 } = {},
): Promise<Induction> {
  const random = seededRandom(seed);
  const { vocabSize } = model.config;
  const texts = Array.from({ length: count }, () => {
    // The first token is seen by no prediction; it stands before both copies.
    const ids = Array.from({ length }, () => Math.floor(random() * (vocabSize - 1)));
    return [vocabSize - 1, ...ids, ...ids];
  });
  const rows = await surprises(model, texts);
  let right = 0;
  for (let start = 0; start < count; start += BATCH) {
    const batch = texts.slice(start, start + BATCH);
    const guesses = tf.tidy(() => {
      const logits = model.forward(tf.tensor2d(batch, undefined, 'int32')) as tf.Tensor3D;
      return logits.argMax(-1).arraySync() as number[][];
    });
    batch.forEach((ids, i) => {
      for (let t = length + 1; t < 2 * length; t++) if (guesses[i][t] === ids[t + 1]) right++;
    });
  }
  const mean = (from: number, to: number) =>
    sum(rows.map((row) => sum(row.subarray(from, to)))) / (count * (to - from));
  return {
    first: mean(0, length),
    second: mean(length, 2 * length),
    right: right / (count * (length - 1)),
  };
}

/**
 * What a model writes after prompts, to the end of the text.
 *
 * @param options.stop what ends it too
 */
export async function writeOn(
  { model, tokenizer }: Reader,
  prompts: readonly (readonly number[])[],
  { stop = [], ...options }: Omit<GenerateOptions, 'stop'> & { stop?: readonly number[] },
): Promise<string[]> {
  const written: string[] = [];
  const stops = [tokenizer.specialTokens[END_OF_TEXT], ...stop];
  const { vocabSize } = tokenizer;
  for (let start = 0; start < prompts.length; start += BATCH) {
    const batch = prompts.slice(start, start + BATCH);
    const ids: number[][] = batch.map(() => []);
    for await (const step of generateBatch(model, batch, { ...options, vocabSize, stop: stops })) {
      step.forEach((id, row) => {
        if (id !== null) ids[row].push(id);
      });
    }
    written.push(...ids.map((row) => tokenizer.decode(row)));
  }
  return written;
}

/** The share of tasks whose answer is written to the letter. */
export async function exactMatch(reader: Reader, tasks: readonly Task[]): Promise<number> {
  const { tokenizer } = reader;
  // An answer is a line.
  const written = await writeOn(
    reader,
    tasks.map(({ prompt }) => tokenizer.encode(prompt)),
    { maxNewTokens: 40, stop: tokenizer.encode('\n') },
  );
  return tasks.filter((task, i) => isRight(task, written[i])).length / tasks.length;
}

/** The share of words that are in none of the texts that the model was trained on. */
export function unknownWords(samples: readonly string[], known: ReadonlySet<string>): number {
  const words = samples.flatMap(comparedWords);
  return words.filter((word) => !known.has(word)).length / words.length;
}

/** The runs of `n` words of texts. */
export function wordRuns(texts: Iterable<string>, n = 8): ReadonlySet<string> {
  const found = new Set<string>();
  for (const text of texts) {
    const words = comparedWords(text);
    for (let i = 0; i + n <= words.length; i++) found.add(words.slice(i, i + n).join(' '));
  }
  return found;
}

/** The share of the samples' runs of `n` words that stand in the texts that they are compared with. */
export function copiedShare(samples: readonly string[], texts: Iterable<string>, n = 8): number {
  // The samples are few and the texts many: what is looked for fits into memory, not what is read.
  const wanted = wordRuns(samples, n);
  const found = new Set<string>();
  for (const text of texts)
    for (const run of wordRuns([text], n)) if (wanted.has(run)) found.add(run);
  return wanted.size === 0 ? 0 : found.size / wanted.size;
}
