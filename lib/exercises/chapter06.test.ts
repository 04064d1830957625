import { describe, expect, test } from 'vitest';
import { chooseThreshold, countScores, findLeak, largestRank } from './chapter06';

/** Exercise 6.1 with each share replaceable. */
function scores({
  accuracy = (found: number, right: number, n: number) => (found + right) / n,
  precision = (found: number, alarms: number, missed: number) =>
    found / (found + alarms + 0 * missed),
  recall = (found: number, _alarms: number, missed: number) => found / (found + missed),
  f1 = (found: number, alarms: number, missed: number) =>
    (2 * found) / (2 * found + alarms + missed),
} = {}) {
  return (targets: number[], answers: number[]) => {
    const count = (t: number, a: number) =>
      targets.filter((target, i) => target === t && answers[i] === a).length;
    const [found, alarms, missed] = [count(1, 1), count(0, 1), count(1, 0)];
    return {
      accuracy: accuracy(found, count(0, 0), targets.length),
      precision: precision(found, alarms, missed),
      recall: recall(found, alarms, missed),
      f1: f1(found, alarms, missed),
    };
  };
}

describe('countScores', () => {
  test('accepts all four shares', async () => {
    expect(await countScores(undefined)).toMatchObject({ kind: 'not attempted' });
    const verdict = await countScores(scores());
    expect(verdict, verdict.message).toMatchObject({ kind: 'right' });
  });

  test.each([
    ['found only', scores({ accuracy: (found, _, n) => found / n }), 'gave accuracy'],
    ['precision as recall', scores({ precision: (f, _, m) => f / (f + m) }), 'that is the recall'],
    ['recall as precision', scores({ recall: (f, a) => f / (f + a) }), 'that is the precision'],
    ['the ordinary mean', scores({ f1: (f, a, m) => (f / (f + a) + f / (f + m)) / 2 }), 'harmonic'],
    ['0 for nothing', scores({ precision: (f, a) => f / (f + a) || 0 }), 'gives NaN, not 0'],
    ['nothing', () => undefined as never, 'expected an object'],
  ])('helps with %s', async (_, answer, help) => {
    const verdict = await countScores(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

/** Exercise 6.2 with each step replaceable. */
function choose({
  sort = (a: number, b: number) => a - b,
  called = (p: number, threshold: number) => p >= threshold,
  all = (targets: number[]) => targets.filter((target) => target === 0).length,
  none = 1.1,
  fits = (share: number, most: number) => share <= most,
} = {}) {
  return (targets: number[], spam: number[], most: number) =>
    [...spam]
      .sort(sort)
      .find((threshold) =>
        fits(
          spam.filter((p, i) => targets[i] === 0 && called(p, threshold)).length / all(targets),
          most,
        ),
      ) ?? none;
}

describe('chooseThreshold', () => {
  test('accepts the smallest that spares enough ham', async () => {
    const verdict = await chooseThreshold(choose());
    expect(verdict, verdict.message).toMatchObject({ kind: 'right' });
  });

  test.each([
    ['the largest', choose({ sort: (a, b) => b - a }), 'a smaller one is good enough'],
    ['above only', choose({ called: (p, t) => p > t }), 'of the ham spam'],
    ['a share of all', choose({ all: (targets) => targets.length }), 'of the ham was asked for'],
    ['1 for none', choose({ none: 1 }), 'so 1.1'],
    ['one half', () => 0.55, 'none of the probabilities'],
    ['nothing', () => undefined as never, 'expected a number'],
  ])('helps with %s', async (_, answer, help) => {
    const verdict = await chooseThreshold(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

describe('largestRank', () => {
  const exact = (inDim: number, outDim: number, share: number) =>
    (share * inDim * outDim) / (inDim + outDim);

  test('accepts the formula, rounded down', async () => {
    const verdict = await largestRank((...sizes) => Math.floor(exact(...sizes)));
    expect(verdict, verdict.message).toMatchObject({ kind: 'right' });
    // The praise: rank 16 of a 768 × 3,072 matrix.
    expect((16 * (768 + 3072)) / (768 * 3072)).toBeCloseTo(0.026, 3);
    expect(2 * (768 + 2)).toBeGreaterThan(768 * 2);
  });

  test.each([
    ['rounding', (...s: [number, number, number]) => Math.round(exact(...s)), 'round down'],
    ['rounding up', (...s: [number, number, number]) => Math.ceil(exact(...s)), 'round down'],
    ['no rounding', exact, 'whole number'],
    ['no share', (a: number, b: number) => Math.floor(exact(a, b, 1)), 'where is the share'],
    ['twice', (a: number, b: number, s: number) => Math.floor(exact(a, b, s) / 2), 'together'],
  ])('helps with %s', async (_, answer, help) => {
    const verdict = await largestRank(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

test('findLeak knows the line, and clears the others', async () => {
  expect(await findLeak(undefined)).toMatchObject({ kind: 'not attempted' });
  expect(await findLeak(2)).toMatchObject({ kind: 'right' });
  for (const line of [1, 3, 4, 5]) {
    const verdict = await findLeak(line);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(`Line ${line} is innocent`);
  }
  for (const line of [0, 6, 1.5, 'two' as never]) {
    expect((await findLeak(line)).message).toContain('Give the number of a line, 1 to 5');
  }
});
