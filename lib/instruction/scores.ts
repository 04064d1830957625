/** Scoring answers without a server, by comparing their words with those of reference answers. */
import { l as summaryRougeL } from 'js-rouge';
import { permutation, seededRandom } from '../core/seeded-random';
import type { GPTModel } from '../model';
import type { BPETokenizer } from '../tokenizer';
import { evaluate } from '../training';
import { InstructionLoader } from './batches';
import { SimilarTexts } from './duplicates';
import type { InstructionRecord } from './prompt';

/** Whether two answers are equal, except for white space. */
export const exactMatch = (answer: string, reference: string): boolean =>
  squeeze(answer) === squeeze(reference);

const squeeze = (text: string) => text.trim().replace(/\s+/g, ' ');

/**
 * Lower-case words of letters and digits, as in Google's `rouge_score`, but including accented
 * letters.
 */
const words = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/**
 * ROUGE-L (Lin 2004): the F1 score, from 0 to 1, of the longest common subsequence of the two
 * texts' words. On English it equals Google's `rouge_score` without a stemmer.
 */
export function rougeL(answer: string, reference: string): number {
  if (!words(answer).length || !words(reference).length) return 0;
  // One sentence; otherwise the package would compute what Google's calls rougeLsum.
  return summaryRougeL(answer, reference, { segmenter: (text) => [text], tokenizer: words });
}

const MAX_NGRAM = 4;

/**
 * The characters that mteval-v13a always separates: the space and every ASCII sign except `'`, `,`,
 * `-` and `.`.
 */
const SIGNS = /[!-&(-+/:-@[-`{-~ ]/g;

/**
 * Splits a text as mteval-v13a, the standard in machine translation, does: punctuation stands
 * alone.
 */
function tokenize13a(text: string): string[] {
  const plain = text
    .replace(/<skipped>/g, '')
    .replace(/-\n/g, '')
    .replace(/\n/g, ' ')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>');
  return ` ${plain} `
    .replace(SIGNS, ' $& ')
    .replace(/([^0-9])([.,])/g, '$1 $2 ')
    .replace(/([.,])([^0-9])/g, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ')
    .split(/\s+/)
    .filter(Boolean);
}

function ngramCounts(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    const ngram = tokens.slice(i, i + n).join(' ');
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/**
 * BLEU (Papineni et al. 2002) of all answers together, from 0 to 100: the geometric mean of the
 * shares of their runs of 1 to 4 words that occur in the references, with a penalty for answers
 * that are too short. The value equals that of `sacrebleu` with its defaults (tokenizer 13a,
 * smoothing "exp").
 *
 * @throws Error unless there is one reference for each answer
 */
export function bleu(answers: readonly string[], references: readonly string[]): number {
  checkPairs(answers, references);
  const matches = new Array<number>(MAX_NGRAM).fill(0);
  const totals = new Array<number>(MAX_NGRAM).fill(0);
  let [length, referenceLength] = [0, 0];
  answers.forEach((answer, i) => {
    const [ours, theirs] = [answer, references[i]].map(tokenize13a);
    length += ours.length;
    referenceLength += theirs.length;
    for (let n = 1; n <= MAX_NGRAM; n++) {
      const expected = ngramCounts(theirs, n);
      for (const [ngram, count] of ngramCounts(ours, n)) {
        matches[n - 1] += Math.min(count, expected.get(ngram) ?? 0);
        totals[n - 1] += count;
      }
    }
  });
  if (!matches[0]) return 0;
  let [logs, halving] = [0, 1];
  for (let n = 0; n < MAX_NGRAM; n++) {
    if (!totals[n]) return 0;
    // If no run of this length matches, count half a match, then a quarter, and so on.
    logs += Math.log(matches[n] ? matches[n] / totals[n] : 1 / ((halving *= 2) * totals[n]));
  }
  const brevity = length < referenceLength ? 1 - referenceLength / length : 0;
  return 100 * Math.exp(brevity + logs / MAX_NGRAM);
}

function checkPairs(answers: readonly string[], references: readonly string[]): void {
  if (answers.length && answers.length === references.length) return;
  throw new Error(
    `Expected one reference for each answer, got ${references.length} for ${answers.length}`,
  );
}

/** Scores of a set of answers, computed without a server. */
export interface OfflineScores {
  /** Share of answers that equal the reference except for white space. */
  exactMatch: number;
  /** Mean of {@link rougeL}, from 0 to 1. */
  rougeL: number;
  /** Its 95 % bootstrap confidence interval. */
  rougeLInterval: [number, number];
  /** {@link bleu} of all answers together, from 0 to 100. */
  bleu: number;
}

/**
 * Scores answers against references.
 *
 * @throws Error if there are no answers, or not one reference for each
 */
export function scoreAnswers(
  answers: readonly string[],
  references: readonly string[],
): OfflineScores {
  checkPairs(answers, references);
  const each = answers.map((answer, i) => rougeL(answer, references[i]));
  const exact = answers.filter((answer, i) => exactMatch(answer, references[i])).length;
  return {
    exactMatch: exact / answers.length,
    rougeL: mean(each),
    rougeLInterval: bootstrapInterval(each),
    bleu: bleu(answers, references),
  };
}

/** The arithmetic mean; NaN if there are no values. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The bootstrap confidence interval of a mean, by percentiles (Efron 1979): draws as many values
 * with replacement, `resamples` times, and returns the range of the middle `share` of their means.
 *
 * @throws Error if there are no values
 */
export function bootstrapInterval(
  values: readonly number[],
  { share = 0.95, resamples = 2000, seed = 0 } = {},
): [number, number] {
  if (!values.length) throw new Error('bootstrapInterval needs at least one value');
  const random = seededRandom(seed);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[Math.floor(random() * values.length)];
    return sum / values.length;
  }).sort();
  const at = (quantile: number) => means[Math.round(quantile * (resamples - 1))];
  return [at((1 - share) / 2), at((1 + share) / 2)];
}

/**
 * A model's perplexity on the reference answers: exp of its mean loss on their tokens, given the
 * prompts.
 *
 * @param options.maxLength most tokens of an example; default the model's context length
 */
export async function referencePerplexity(
  model: GPTModel,
  tokenizer: BPETokenizer,
  records: readonly InstructionRecord[],
  {
    maxLength = model.config.contextLength,
    signal,
  }: { maxLength?: number; signal?: AbortSignal } = {},
): Promise<number> {
  const loader = new InstructionLoader(records, tokenizer, { maxLength, maskInstruction: true });
  return Math.exp(await evaluate(model, loader, { signal }));
}

/** Answers that need no model; a useful model must score better than all three. */
export interface TrivialAnswers {
  /** The input, or the instruction if there is no input. */
  echo: string[];
  /** Always the same answer: the training answer that is most similar to the others. */
  constant: string[];
  /** The answer to the most similar training instruction. */
  nearest: string[];
}

/** Number of training answers among which the constant answer is chosen. */
const CANDIDATES = 150;

/** Answers tasks without a model, from the task itself or from the training records. */
export function trivialAnswers(
  tasks: readonly InstructionRecord[],
  train: readonly InstructionRecord[],
): TrivialAnswers {
  const sample = Array.from(permutation(train.length, seededRandom(0)).slice(0, CANDIDATES), (i) =>
    train[i].output.trim(),
  );
  const similarity = sample.map((answer) => mean(sample.map((other) => rougeL(answer, other))));
  const constant = sample[similarity.indexOf(Math.max(...similarity))];
  const question = ({ instruction, input }: InstructionRecord) => `${instruction}\n${input}`;
  const index = new SimilarTexts(train.map(question));
  return {
    echo: tasks.map(({ instruction, input }) => input || instruction),
    constant: tasks.map(() => constant),
    nearest: tasks.map((task) => {
      const similar = index.similarities(question(task));
      return train[similar.indexOf(Math.max(...similar))].output;
    }),
  };
}
