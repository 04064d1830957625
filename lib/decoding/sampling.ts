/** From the logits of the next token to one token. */

export interface SamplingOptions {
  /**
   * Divides the logits before softmax: below 1 the likely tokens become likelier, above 1 the
   * others do. 0, the default, is greedy: always the most probable token.
   */
  temperature?: number;
  /** Choose among the k most probable tokens only; default: all. */
  topK?: number;
  /**
   * Choose among the fewest most probable tokens that have this probability together (nucleus
   * sampling, Holtzman et al. 2020); default 1: all.
   */
  topP?: number;
  /**
   * Makes tokens that occurred less likely: their logit is divided by it, or multiplied where
   * negative (Keskar et al. 2019); default 1: off.
   */
  repetitionPenalty?: number;
}

/** @throws Error that names an impossible option */
export function checkSampling(options: SamplingOptions): void {
  const { temperature = 0, topK = 1, topP = 1, repetitionPenalty = 1 } = options;
  const wrong = (name: string, rule: string, value: number) =>
    new Error(`${name} must be ${rule}, got ${value}`);
  if (!(temperature >= 0 && temperature < Infinity)) {
    throw wrong('temperature', 'a number from 0', temperature);
  }
  if (!Number.isInteger(topK) || topK < 1) throw wrong('topK', 'a positive integer', topK);
  if (!(topP > 0 && topP <= 1)) throw wrong('topP', 'above 0 and at most 1', topP);
  if (!(repetitionPenalty > 0 && repetitionPenalty < Infinity)) {
    throw wrong('repetitionPenalty', 'a positive number', repetitionPenalty);
  }
}

/**
 * The probability with which each token would be drawn: penalty, temperature, top-k and top-p, in
 * this order, as in Hugging Face's generate.
 *
 * @param logits one for each token of the vocabulary
 * @param seen tokens that occurred, for the penalty
 * @returns one for each token of the vocabulary; they sum to 1
 * @throws Error when an option is impossible, and when the logits name no token: one is NaN or
 *   infinity, or all are −infinity
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
    if (!(score < Infinity)) throw spoiled(`the logit of token ${id} is ${score}`);
    if (score > scores[best]) best = id;
  });
  if (!(scores[best] > -Infinity)) throw spoiled('no token has a logit above -Infinity');
  if (temperature === 0) return new Float64Array(scores.length).fill(1, best, best + 1);

  // Less the largest, so that exp cannot overflow.
  const top = scores[best];
  const weights = scores.map((score) => Math.exp((score - top) / temperature));
  if (topK < weights.length || topP < 1) keepMostProbable(weights, topK, topP);
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

const spoiled = (what: string) =>
  new Error(
    `No token can be chosen: ${what}. The model's weights are spoiled, as by a training that went ` +
      'wrong; ./gpt weights DIR names the tensors of a saved model that hold NaN or infinity',
  );

/**
 * Sets all weights to 0 but the `topK` largest, and of those the fewest that have the share `topP`.
 * Among equal weights those of the smallest ids stay.
 *
 * The plain way sorts all weights, which for GPT-2's 50,257 takes longer than the rest of a step.
 * Here only those that can matter are sorted.
 *
 * @param weights the largest is 1
 */
function keepMostProbable(weights: Float64Array, topK: number, topP: number): void {
  const limited = topK < weights.length;
  const sorted = limited ? largest(weights, topK) : nucleus(weights, topP);
  let count = sorted.length;
  if (topP < 1) {
    const wanted = topP * sum(limited ? sorted : weights);
    let reached = 0;
    count = 0;
    while (count < sorted.length && reached < wanted) reached += sorted[count++];
  }
  const threshold = sorted[count - 1];
  let ties = count - sorted.indexOf(threshold); // how many weights equal to the threshold stay
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

/** The largest weights in descending order, at least as many as have the share `topP` of the sum. */
function nucleus(weights: Float64Array, topP: number): Float64Array {
  // All weights below this one have less than the share 1 − topP together.
  const threshold = ((1 - topP) * sum(weights)) / weights.length;
  return descending(weights.filter((weight) => weight >= threshold));
}

/** Sorts in place. */
const descending = (weights: Float64Array): Float64Array => weights.sort().reverse();
const sum = (weights: Float64Array): number => weights.reduce((a, b) => a + b, 0);

/**
 * Draws a token.
 *
 * @param random uniform in [0, 1)
 */
export function sampleToken(
  logits: ArrayLike<number>,
  options: SamplingOptions,
  seen: readonly number[],
  random: number,
): number {
  const probabilities = tokenProbabilities(logits, options, seen);
  let left = random;
  let last = 0;
  for (let id = 0; id < probabilities.length; id++) {
    if (probabilities[id] === 0) continue;
    last = id;
    left -= probabilities[id];
    if (left < 0) return id;
  }
  return last; // rounding: the probabilities summed to a little less than 1
}
