/** Samples the next token from a model's logits. */
import { checkNumber, checkPositive } from '../core/checks';

export interface SamplingOptions {
  /**
   * Divides the logits before softmax: values below 1 make likely tokens likelier, values above 1
   * make unlikely ones likelier. With 0, the default, the most probable token is always chosen
   * (greedy decoding).
   */
  temperature?: number;
  /** Choose only among this many of the most probable tokens; default all. */
  topK?: number;
  /**
   * Choose only among the smallest set of most probable tokens that together have at least this
   * probability (nucleus sampling, Holtzman et al. 2020); above 0 and at most 1. Default 1: all.
   */
  topP?: number;
  /**
   * Makes tokens that have occurred less likely: a positive logit is divided by this number, a
   * negative one multiplied (Keskar et al. 2019); default 1: off.
   */
  repetitionPenalty?: number;
}

/** @throws RangeError if an option is out of range; the message names it */
export function checkSampling(options: SamplingOptions): void {
  const { temperature = 0, topK = 1, topP = 1, repetitionPenalty = 1 } = options;
  checkNumber({ temperature }, { from: 0 });
  checkPositive({ topK });
  checkNumber({ topP }, { above: 0, to: 1 });
  checkNumber({ repetitionPenalty }, { above: 0 });
}

/**
 * The probability with which each token is drawn, after repetition penalty, temperature, top-k and
 * top-p, in this order, as in Hugging Face's `generate`.
 *
 * @param logits one for each token of the vocabulary
 * @param seen tokens that have occurred, for the repetition penalty
 * @returns one probability for each token of the vocabulary; they sum to 1
 * @throws RangeError if an option is out of range; Error if no token can be chosen because a logit
 *   is NaN or infinity, or all are −infinity
 */
export function tokenProbabilities(
  logits: ArrayLike<number>,
  options: SamplingOptions = {},
  seen: readonly number[] = [],
): Float64Array {
  checkSampling(options);
  const { temperature = 0, topK = logits.length, topP = 1, repetitionPenalty = 1 } = options;
  const scores = Float64Array.from(logits);
  if (repetitionPenalty !== 1) {
    for (const id of new Set(seen)) {
      scores[id] *= scores[id] > 0 ? 1 / repetitionPenalty : repetitionPenalty;
    }
  }
  let best = 0;
  scores.forEach((score, id) => {
    if (!(score < Infinity)) throw noChoice(`the logit of token ${id} is ${score}`);
    if (score > scores[best]) best = id;
  });
  if (!(scores[best] > -Infinity)) throw noChoice('no token has a logit above -Infinity');
  if (temperature === 0) return new Float64Array(scores.length).fill(1, best, best + 1);

  // The largest score is subtracted, so that exp cannot overflow.
  const largestScore = scores[best];
  const weights = scores.map((score) => Math.exp((score - largestScore) / temperature));
  if (topK < weights.length || topP < 1) keepMostProbable(weights, topK, topP);
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

const noChoice = (reason: string) =>
  new Error(
    `No token can be chosen: ${reason}. The model's weights are damaged, for example by a training ` +
      'that diverged; ./gpt weights DIR names the tensors of a saved model that hold NaN or infinity',
  );

/**
 * Keeps the `topK` largest weights, and of those the fewest whose share of the sum is at least
 * `topP`; sets all others to 0. Among equal weights, those of the smallest ids are kept.
 *
 * Sorting all 50,257 weights of GPT-2 would take longer than the rest of a step, so only those that
 * may be kept are sorted.
 *
 * @param weights unnormalised probabilities, of which the largest is 1
 */
function keepMostProbable(weights: Float64Array, topK: number, topP: number): void {
  const limited = topK < weights.length;
  const sorted = limited ? largest(weights, topK) : nucleus(weights, topP);
  let count = sorted.length;
  if (topP < 1) {
    const target = topP * sum(limited ? sorted : weights);
    let cumulative = 0;
    count = 0;
    while (count < sorted.length && cumulative < target) cumulative += sorted[count++];
  }
  const threshold = sorted[count - 1];
  let ties = count - sorted.indexOf(threshold); // weights equal to the threshold that are kept
  for (let id = 0; id < weights.length; id++) {
    if (weights[id] > threshold) continue;
    if (weights[id] === threshold && ties > 0) ties--;
    else weights[id] = 0;
  }
}

/** The `count` largest weights in descending order. */
function largest(weights: Float64Array, count: number): Float64Array {
  for (let threshold = 1 / 16; threshold > 1e-12; threshold /= 16) {
    const candidates = weights.filter((weight) => weight >= threshold);
    if (candidates.length >= count) return descending(candidates).subarray(0, count);
  }
  return descending(weights.slice()).subarray(0, count);
}

/** The largest weights in descending order: enough of them for the share `topP` of the sum. */
function nucleus(weights: Float64Array, topP: number): Float64Array {
  // Together, all weights below this threshold have less than the share 1 − topP of the sum.
  const threshold = ((1 - topP) * sum(weights)) / weights.length;
  return descending(weights.filter((weight) => weight >= threshold));
}

/** The weights in descending order; sorts in place. */
const descending = (weights: Float64Array): Float64Array => weights.sort().reverse();
const sum = (weights: Float64Array): number => weights.reduce((a, b) => a + b, 0);

/**
 * Draws a token.
 *
 * @param random a number drawn uniformly from 0 to below 1
 * @returns the token's id
 * @throws Error like {@link tokenProbabilities}
 */
export function sampleToken(
  logits: ArrayLike<number>,
  options: SamplingOptions,
  seen: readonly number[],
  random: number,
): number {
  const probabilities = tokenProbabilities(logits, options, seen);
  let remaining = random;
  let lastPossible = 0;
  for (let id = 0; id < probabilities.length; id++) {
    if (probabilities[id] === 0) continue;
    lastPossible = id;
    remaining -= probabilities[id];
    if (remaining < 0) return id;
  }
  return lastPossible; // after rounding, the probabilities may sum to a little less than 1
}
