/** The checks of chapter 5, training. */
import { tokenProbabilities } from '../decoding';
import { cosineSchedule, IGNORE_INDEX } from '../training';
import { messagesOf } from './say';
import { clinic, exercise, show } from './verdict';

const say = messagesOf('chapter05');

const close = (a: unknown, b: number): boolean =>
  typeof a === 'number' && Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b));

const closeAll = (a: unknown, b: readonly number[]): boolean =>
  Array.isArray(a) && a.length === b.length && b.every((value, i) => close(a[i], value));

const sum = (x: readonly number[]) => x.reduce((a, b) => a + b, 0);
const because = (why: string | undefined) => (why ? `: ${why}.` : '.');

/** Exercise 5.1: perplexity of a text from the probabilities that a model gave. */
export const perplexity = exercise<(probabilities: number[][], targets: number[]) => number>(
  () => say`A perplexity of 4 means: as undecided as between 4 equally likely tokens.`,
  (answer) => {
    const even = [0.25, 0.25, 0.25, 0.25];
    const cases: [probabilities: number[][], targets: number[]][] = [
      [
        [even, even],
        [0, 3],
      ],
      [[[0.5, 0.3, 0.2]], [0]],
      [
        [
          [0.5, 0.25, 0.25],
          [0.125, 0.75, 0.125],
          [0.1, 0.1, 0.8],
        ],
        [1, 0, 2],
      ],
      [
        [
          [0.5, 0.5],
          [0.9, 0.1],
          [0.2, 0.8],
        ],
        [0, IGNORE_INDEX, 1],
      ],
    ];
    for (const [probabilities, targets] of cases) {
      const counted = targets.flatMap((id, t) =>
        id === IGNORE_INDEX ? [] : [probabilities[t][id]],
      );
      const surprise = -sum(counted.map(Math.log));
      const expected = Math.exp(surprise / counted.length);
      const got = answer(
        probabilities.map((row) => [...row]),
        [...targets],
      );
      if (close(got, expected)) continue;
      const wrong: [number, string][] = [
        [surprise / counted.length, say`that is the loss; perplexity is e to its power`],
        [Math.exp(surprise), say`divide by the number of targets before taking the power`],
        [Math.exp(-surprise / counted.length), say`the loss is minus the mean logarithm`],
        [2 ** (surprise / counted.length), say`the logarithm was natural, so the power is of e`],
        [
          sum(counted.map((p) => 1 / p)) / counted.length,
          say`average the logarithms, and not the inverse probabilities`,
        ],
        [
          Math.exp(surprise / targets.length),
          say`a target of ${IGNORE_INDEX} does not count, in the number of targets either`,
        ],
      ];
      const said = say`For probabilities ${show(probabilities)} and targets ${show(targets)} it gave ${show(got)}`;
      if (Number.isNaN(got)) {
        return say`${said}: there is no probability of ${IGNORE_INDEX}; leave such targets out.`;
      }
      const why = wrong.find(([value]) => close(got, value))?.[1];
      return say`${said}${because(why)} Expected ${show(expected)}.`;
    }
    return undefined;
  },
);

interface Rates {
  steps: number;
  warmup: number;
  peak: number;
  minimum: number;
}

/** Exercise 5.2: a learning rate that warms up and falls. */
export const learningRate = exercise<(step: number, options: Rates) => number>(
  () => say`GPT-3 was trained with this curve.`,
  (answer) => {
    const cases: Rates[] = [
      { steps: 10, warmup: 0, peak: 1, minimum: 0 },
      { steps: 10, warmup: 4, peak: 0.4, minimum: 0 },
      { steps: 135, warmup: 27, peak: 0.01, minimum: 0.001 },
    ];
    for (const options of cases) {
      const { steps, warmup, peak, minimum } = options;
      const right = cosineSchedule(options);
      for (let step = 0; step < steps; step++) {
        const got = answer(step, { ...options });
        const expected = right(step);
        if (close(got, expected)) continue;
        const half = (share: number) => 0.5 * (1 + Math.cos(Math.PI * share));
        const progress = (step - warmup) / (steps - warmup);
        const wrong: [number, string][] =
          step < warmup
            ? [
                [(peak * step) / warmup, say`the first step would learn nothing; count it as 1`],
                [peak, say`the rate rises to peak over the warm-up first`],
              ]
            : [
                [
                  minimum + (peak - minimum) * half(step / steps),
                  say`the cosine begins when the warm-up ends, and takes the remaining steps`,
                ],
                [peak * half(progress), say`the curve ends at minimum, not at 0`],
                [minimum + peak * half(progress), say`from peak to minimum is peak − minimum`],
                [
                  minimum + (peak - minimum) * (1 - progress),
                  say`that is a straight line; half a cosine was asked for`,
                ],
                [
                  minimum + (peak - minimum) * Math.cos((Math.PI / 2) * progress),
                  say`half a cosine goes from 1 to −1; move it to 1 … 0 with 0.5 · (1 + cos)`,
                ],
                [
                  minimum + (peak - minimum) * half(2 * progress),
                  say`that goes down and up again: from 0 to π is enough`,
                ],
              ];
        const why = wrong.find(([value]) => close(got, value))?.[1];
        return say`At step ${step} with ${show(options)} it gave ${show(got)}${because(why)} Expected ${show(expected)}.`;
      }
    }
    return undefined;
  },
);

/** Exercise 5.3: clipping all gradients together. */
export const clip = exercise<(gradients: number[][], maxNorm: number) => number[][]>(
  () => say`All gradients shrink by one factor, so the direction of the step stays.`,
  (answer) => {
    const cases: [gradients: number[][], maxNorm: number][] = [
      [
        [
          [1, 2],
          [2, 4],
        ],
        1, // as published
      ],
      [[[0.3], [0, 0.4]], 1],
      [[[3, 0, 0], [-4]], 2.5],
      [[[0, 0], [0]], 1],
    ];
    for (const [gradients, maxNorm] of cases) {
      const given = gradients.map((each) => [...each]);
      const got = answer(given, maxNorm);
      const call = `clip(${show(gradients)}, ${maxNorm})`;
      if (gradients.some((each, i) => !closeAll(given[i], each))) {
        return say`${call} changed the gradients that it was given: return new ones.`;
      }
      const norm = Math.hypot(...gradients.flat());
      const scaled = (factor: (each: readonly number[]) => number) =>
        gradients.map((each) => each.map((value) => value * factor(each)));
      const expected = scaled(() => Math.min(1, maxNorm / norm));
      const same = (other: number[][]) =>
        Array.isArray(got) &&
        got.length === other.length &&
        other.every((x, i) => closeAll(got[i], x));
      if (norm === 0 ? same(gradients) : same(expected)) continue;
      const said = say`${call} gave ${show(got)}`;
      if (Array.isArray(got) && got.flat().some((value) => Number.isNaN(value))) {
        return say`${said}: a norm of 0 must not be divided by.`;
      }
      const cut = gradients.map((each) =>
        each.map((value) => Math.max(-maxNorm, Math.min(maxNorm, value))),
      );
      const wrong: [number[][], string][] = [
        [scaled(() => maxNorm / norm), say`gradients with a norm below maxNorm stay as they are`],
        [
          scaled((each) => Math.min(1, maxNorm / Math.hypot(...each))),
          say`there is one norm for all of them together`,
        ],
        [cut, say`that cuts each number by itself, which changes the direction`],
        [
          scaled(() => Math.min(1, maxNorm / norm ** 2)),
          say`the norm is the square root of the sum of squares`,
        ],
        [
          scaled(() => Math.min(1, maxNorm / sum(gradients.flat().map(Math.abs)))),
          say`the norm is the square root of the sum of squares`,
        ],
      ];
      const why = wrong.find(([value]) => same(value))?.[1];
      return say`${said}${because(why)} Expected ${show(norm === 0 ? gradients : expected)}.`;
    }
    return undefined;
  },
);

/** Exercise 5.4: probabilities with temperature and top-k. */
export const topK = exercise<(logits: number[], k: number, temperature: number) => number[]>(
  () => say`This is all that stands between the logits and the dice.`,
  (answer) => {
    const logits = [4.51, 0.89, -1.9, 6.75, 1.63, -1.62, -1.89, 6.28, 1.79]; // the book's
    const cases: [logits: number[], k: number, temperature: number][] = [
      [logits, 9, 1],
      [logits, 3, 1],
      [logits, 3, 0.5],
      [logits, 1, 2],
      [[1, 2], 5, 1],
      [[2000, 1999, 0], 2, 1],
    ];
    const softmax = (scores: readonly number[], temperature: number) => [
      ...tokenProbabilities(scores, { temperature }),
    ];
    for (const [scores, k, temperature] of cases) {
      const given = [...scores];
      const got = answer(given, k, temperature);
      const call = `topK(${show(scores)}, ${k}, ${temperature})`;
      if (!closeAll(given, scores)) {
        return say`${call} changed the logits that it was given: sort a copy, [...logits].`;
      }
      const expected = [...tokenProbabilities(scores, { topK: k, temperature })];
      if (closeAll(got, expected)) continue;
      const said = say`${call} gave ${show(got)}`;
      if (!Array.isArray(got) || got.length !== scores.length) {
        return say`${said}; expected one probability for each of ${scores.length} logits.`;
      }
      if (got.some((value) => !Number.isFinite(value))) {
        return say`${said}: e to the power of 2000 is too large. Take the largest logit from all of them first.`;
      }
      const all = softmax(scores, temperature);
      const kept = expected.map((p, i) => (p > 0 ? all[i] : 0));
      const wrong: [number[], string][] = [
        [kept, say`what remains must sum to 1 again`],
        [[...all], say`only the k largest may keep a probability`],
        [
          [...tokenProbabilities(scores, { topK: k, temperature: 1 })],
          say`where is the temperature?`,
        ],
        [
          [...tokenProbabilities(scores, { topK: k, temperature: 1 / temperature })],
          say`divide by the temperature, do not multiply`,
        ],
        [
          softmax(
            scores.map((score, i) => (expected[i] > 0 ? score : 0)),
            temperature,
          ),
          say`a logit of 0 is not a probability of 0: the others need −∞`,
        ],
      ];
      const why = wrong.find(([value]) => closeAll(got, value))?.[1];
      return say`${said}${because(why)} Expected ${show(expected.map((p) => Number(p.toFixed(4))))}.`;
    }
    return undefined;
  },
);

/** Exercise 5.5: the lines of the fault clinic. */
export const findFaults = clinic(
  () =>
    say`In A the loss gets probabilities where it wants logits, and takes their softmax once more. B trains on the whole story, the last tenth too.`,
  {
    A: {
      lines: 7,
      guilty: 6,
      hint: () => say`What does each step hand to the next, and what does that want?`,
    },
    B: { lines: 5, guilty: 5, hint: () => say`Which tokens does the model learn from?` },
  },
);
