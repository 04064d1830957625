import { describe, expect, test } from 'vitest';
import { cosineSchedule } from '../training';
import { clip, findFaults, learningRate, perplexity, topK } from './chapter05';

/** Exercise 5.1 with each step replaceable. */
function perplexityWith({
  keep = (id: number) => id !== -100,
  finish = (logs: number[], targets: number[]) =>
    Math.exp(-logs.reduce((a, b) => a + b, 0) / (targets.length && logs.length)),
} = {}) {
  return (probabilities: number[][], targets: number[]) => {
    const logs = targets.flatMap((id, t) => (keep(id) ? [Math.log(probabilities[t][id])] : []));
    return finish(logs, targets);
  };
}
const total = (logs: number[]) => logs.reduce((a, b) => a + b, 0);

describe('perplexity', () => {
  test('accepts e to the mean surprise', async () => {
    expect(await perplexity(undefined)).toMatchObject({ kind: 'not attempted' });
    expect(await perplexity(perplexityWith())).toMatchObject({ kind: 'right' });
  });

  test.each([
    ['the loss', perplexityWith({ finish: (l) => -total(l) / l.length }), 'that is the loss'],
    ['a sum', perplexityWith({ finish: (l) => Math.exp(-total(l)) }), 'divide by the number'],
    ['no minus', perplexityWith({ finish: (l) => Math.exp(total(l) / l.length) }), 'minus'],
    ['base 2', perplexityWith({ finish: (l) => 2 ** (-total(l) / l.length) }), 'power is of e'],
    [
      'inverses',
      perplexityWith({ finish: (l) => total(l.map((x) => Math.exp(-x))) / l.length }),
      'average the logarithms',
    ],
    [
      'ignored counted',
      perplexityWith({ finish: (l, t) => Math.exp(-total(l) / t.length) }),
      'does not count',
    ],
    ['ignored looked up', perplexityWith({ keep: () => true }), 'leave such targets out'],
  ])('helps with %s', async (_, answer, help) => {
    const verdict = await perplexity(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

type Rates = Parameters<Exclude<Parameters<typeof learningRate>[0], undefined>>[1];

/** Exercise 5.2 with each part replaceable. */
function rateWith({
  rise = (step: number, { warmup, peak }: Rates) =>
    peak / warmup + (step * (peak - peak / warmup)) / warmup,
  share = (step: number, { steps, warmup }: Rates) => (step - warmup) / (steps - warmup),
  fall = (share: number, { peak, minimum }: Rates) =>
    minimum + (peak - minimum) * 0.5 * (1 + Math.cos(Math.PI * share)),
} = {}) {
  return (step: number, options: Rates) =>
    step < options.warmup ? rise(step, options) : fall(share(step, options), options);
}

describe('learningRate', () => {
  test('accepts warm-up and half a cosine', async () => {
    expect(await learningRate((step, options) => cosineSchedule(options)(step))).toMatchObject({
      kind: 'right',
    });
  });

  test('accepts the formula written out', async () => {
    expect(await learningRate(rateWith())).toMatchObject({ kind: 'right' });
  });

  test.each([
    ['from 0', rateWith({ rise: (s, { warmup, peak }) => (peak * s) / warmup }), 'count it as 1'],
    ['no warm-up', rateWith({ rise: (_, { peak }) => peak }), 'rises to peak'],
    ['all steps', rateWith({ share: (s, { steps }) => s / steps }), 'when the warm-up ends'],
    [
      'to 0',
      rateWith({ fall: (x, { peak }) => peak * 0.5 * (1 + Math.cos(Math.PI * x)) }),
      'not at 0',
    ],
    [
      'a line',
      rateWith({ fall: (x, { peak, minimum }) => minimum + (peak - minimum) * (1 - x) }),
      'straight line',
    ],
    [
      'a quarter',
      rateWith({ fall: (x, { peak }) => peak * Math.cos((Math.PI / 2) * x) }),
      '0.5 · (1 + cos)',
    ],
    [
      'a whole cosine',
      rateWith({ fall: (x, { peak }) => peak * 0.5 * (1 + Math.cos(2 * Math.PI * x)) }),
      'from 0 to π is enough',
    ],
  ])('helps with %s', async (_, answer, help) => {
    const verdict = await learningRate(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

const norm = (gradients: number[][]) => Math.hypot(...gradients.flat());
const times = (gradients: number[][], factor: number) =>
  gradients.map((each) => each.map((value) => value * factor));

describe('clip', () => {
  test('accepts clipping by the global norm', async () => {
    const answer = (g: number[][], max: number) => times(g, Math.min(1, max / (norm(g) || 1)));
    expect(await clip(answer)).toMatchObject({ kind: 'right' });
  });

  test.each([
    ['always', (g: number[][], max: number) => times(g, max / norm(g)), 'below maxNorm stay'],
    [
      'each for itself',
      (g: number[][], max: number) =>
        g.map((each) => times([each], Math.min(1, max / Math.hypot(...each)))[0]),
      'one norm for all',
    ],
    [
      'by value',
      (g: number[][], max: number) => g.map((x) => x.map((v) => Math.max(-max, Math.min(max, v)))),
      'changes the direction',
    ],
    [
      'no root',
      (g: number[][], max: number) => times(g, Math.min(1, max / norm(g) ** 2)),
      'square root',
    ],
    [
      '0 / 0',
      (g: number[][], max: number) =>
        norm(g) ? times(g, Math.min(1, max / norm(g))) : times(g, NaN),
      'must not be divided by',
    ],
    [
      'in place',
      (g: number[][]) => {
        g[0][0] = 9;
        return g;
      },
      'return new ones',
    ],
  ])('helps with %s', async (_, answer, help) => {
    const verdict = await clip(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

/** Exercise 5.4 with each step replaceable. */
function topKWith({
  scale = (score: number, temperature: number) => score / temperature,
  out = -Infinity,
  limit = (k: number) => k,
  renormalise = true,
  shift = true,
} = {}) {
  return (logits: number[], k: number, temperature: number) => {
    const threshold = [...logits].sort((a, b) => b - a)[Math.min(limit(k), logits.length) - 1];
    const soft = (scores: number[]) => {
      const top = shift ? Math.max(...scores) : 0;
      const weights = scores.map((score) => Math.exp(score - top));
      const sum = weights.reduce((a, b) => a + b, 0);
      return weights.map((weight) => weight / sum);
    };
    if (!renormalise) {
      const all = soft(logits.map((score) => scale(score, temperature)));
      return all.map((p, i) => (logits[i] >= threshold ? p : 0));
    }
    return soft(logits.map((score) => scale(score >= threshold ? score : out, temperature)));
  };
}

describe('topK', () => {
  test('accepts the k largest, divided by the temperature', async () => {
    expect(await topK(topKWith())).toMatchObject({ kind: 'right' });
  });

  test.each([
    ['no sum of 1', topKWith({ renormalise: false }), 'sum to 1 again'],
    ['no k', topKWith({ limit: () => 99 }), 'only the k largest'],
    ['no temperature', topKWith({ scale: (score) => score }), 'where is the temperature'],
    ['times', topKWith({ scale: (score, t) => score * t }), 'do not multiply'],
    ['zeros', topKWith({ out: 0 }), 'the others need −∞'],
    ['overflow', topKWith({ shift: false }), 'too large'],
    ['a sorted input', (logits: number[]) => logits.sort((a, b) => b - a), 'sort a copy'],
    ['too few', () => [1], 'one probability for each of 9 logits'],
  ])('helps with %s', async (_, answer, help) => {
    const verdict = await topK(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

describe('findFaults', () => {
  test('knows the two lines, and helps with others', async () => {
    expect(await findFaults({ A: 6, B: 5 })).toMatchObject({ kind: 'right' });
    expect((await findFaults({ A: 4, B: 5 })).message).toContain('Line 4 of A is innocent. What');
    expect((await findFaults({ A: 6, B: 2 })).message).toContain('Line 2 of B is innocent. Which');
    expect((await findFaults({ A: 6, B: 6 })).message).toContain('1 to 5');
  });
});
