import { describe, expect, test } from 'vitest';
import { countParameters, cutHeads, findFaults, findMay, lookup, reportQueries } from './chapter02';

const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** Exercise 2.1 with each step replaceable. */
function attend({
  scale = (d: number) => Math.sqrt(d),
  shift = (scores: number[]) => Math.max(...scores),
  total = (powers: number[]) => powers.reduce((a, b) => a + b, 0),
} = {}) {
  return (query: number[], keys: number[][], values: number[][]) => {
    const scores = keys.map((key) => dot(query, key) / scale(query.length));
    const powers = scores.map((score) => Math.exp(score - shift(scores)));
    const weights = powers.map((power) => power / total(powers));
    return values[0].map((_, column) =>
      dot(
        weights,
        values.map((value) => value[column]),
      ),
    );
  };
}

describe('lookup', () => {
  test('accepts attention', async () => {
    expect(await lookup(undefined)).toMatchObject({ kind: 'not attempted' });
    expect(await lookup(attend())).toMatchObject({ kind: 'right' });
  });

  test.each([
    ['no scaling', attend({ scale: () => 1 }), 'not divided by √d'],
    ['d in place of its root', attend({ scale: (d) => d }), 'divided by d'],
    ['no total', attend({ shift: () => 0, total: () => 1 }), 'do not sum to 1'],
    ['overflow', attend({ shift: () => 0 }), 'Infinity'],
    [
      'no softmax',
      (q: number[], k: number[][], v: number[][]) =>
        v[0].map((_, c) => k.reduce((sum, key, i) => sum + dot(q, key) * v[i][c], 0)),
      'without softmax',
    ],
    ['one value alone', (_: number[], __: number[][], v: number[][]) => v[0], 'best match alone'],
    ['a number', () => 1 as never, 'expected 2 numbers'],
  ])('helps with %s', async (_, answer, help) => {
    const verdict = await lookup(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

describe('findMay', () => {
  test('accepts any query that is sharp enough', async () => {
    expect(await findMay([-90, 60, -90, 0])).toMatchObject({ kind: 'right' });
    expect(await findMay([-100, 60, -100, -10])).toMatchObject({ kind: 'right' });
  });

  test.each([
    [[-6, 4, -6, 0], 'longer query'],
    [[0, 10, 0, 0], '"winds" gets'],
    [[0, 0, 0, 0], '1/9'],
    [[0, 10, 0], 'four numbers'],
  ])('helps with %j', async (answer, help) => {
    expect((await findMay(answer)).message).toContain(help);
  });
});

describe('cutHeads', () => {
  const divide = (columns: number, nHeads: number) => {
    if (columns % nHeads) throw new Error(`${nHeads} heads cannot share ${columns} columns`);
    return columns / nHeads;
  };
  const heads = (nHeads: number) => Array.from({ length: nHeads }, (_, h) => h);
  const right = (matrix: number[][], nHeads: number) => {
    const size = divide(matrix[0].length, nHeads);
    return heads(nHeads).map((h) => matrix.map((row) => row.slice(h * size, (h + 1) * size)));
  };

  test('accepts columns', async () => {
    expect(await cutHeads(right)).toMatchObject({ kind: 'right' });
  });

  test.each([
    [
      'tokens first',
      (m: number[][], n: number) => m.map((row) => right([row], n).map(([part]) => part)),
      'first index must be the head',
    ],
    [
      'every nth column',
      (m: number[][], n: number) =>
        heads(n).map((h) => m.map((row) => row.filter((_, i) => i % n === h))),
      'neighbouring columns',
    ],
    [
      'tokens shared out',
      (m: number[][], n: number) =>
        heads(n).map((h) => m.slice((h * m.length) / n, ((h + 1) * m.length) / n)),
      'shares out the tokens',
    ],
    [
      'splice',
      (m: number[][], n: number) =>
        heads(n).map(() => m.map((row) => row.splice(0, row.length / n))),
      'changed the matrix',
    ],
    [
      'no error',
      (m: number[][], n: number) => (n === 4 ? [] : right(m, n)),
      'cannot be shared out among 4',
    ],
    [
      'an error that says nothing',
      (m: number[][], n: number) => {
        if (n === 4) throw new Error('bad');
        return right(m, n);
      },
      'name both numbers',
    ],
  ])('helps with %s', async (_, answer, help) => {
    const verdict = await cutHeads(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

describe('countParameters', () => {
  interface Config {
    embDim: number;
    nHeads: number;
    qkvBias: boolean;
  }
  const count = ({ embDim, qkvBias }: Config) =>
    4 * embDim * embDim + embDim + (qkvBias ? 3 * embDim : 0);

  test('accepts GPT-2’s counts', async () => {
    expect(count({ embDim: 768, nHeads: 12, qkvBias: false })).toBe(2_360_064); // published
    expect(await countParameters(count)).toMatchObject({ kind: 'right' });
  });

  test.each([
    ['three matrices', (c: Config) => count(c) - c.embDim * c.embDim, 'fourth matrix'],
    ['no output bias', (c: Config) => count(c) - c.embDim, 'adds embDim'],
    ['nHeads as a factor', (c: Config) => c.nHeads * count(c), 'nHeads does not matter'],
    ['no qkv bias', (c: Config) => count({ ...c, qkvBias: false }), 'with qkvBias'],
    ['a wild guess', () => 124, 'expected 68'],
  ])('helps with %s', async (_, answer, help) => {
    expect((await countParameters(answer)).message).toContain(help);
  });
});

describe('reportQueries', () => {
  const at = (position: number, value: number) =>
    Array.from({ length: 10 }, (_, p) => (p === position ? value : 0));

  test('accepts queries that are sharp enough', async () => {
    expect(await reportQueries([at(2, 20), at(7, 17)])).toMatchObject({ kind: 'right' });
  });

  test.each([
    [[at(2, 20), at(7, 5)], 'Make the score larger'],
    [[at(1, 20), at(6, 20)], 'count from 0'],
    [[at(7, 20), at(2, 20)], 'position 2 was asked for'],
    [[at(2, 20), at(7, 0)], 'Head 2 looks everywhere'],
    [[at(2, 20)], 'two queries'],
  ])('helps with wrong queries %#', async (answer, help) => {
    expect((await reportQueries(answer)).message).toContain(help);
  });
});

describe('findFaults', () => {
  test('knows the two lines, and helps with others', async () => {
    expect(await findFaults({ A: 5, B: 1 })).toMatchObject({ kind: 'right' });
    expect((await findFaults({ A: 2, B: 1 })).message).toContain(
      'Line 2 of A is innocent. The maps',
    );
    expect((await findFaults({ A: 5, B: 3 })).message).toContain('Line 3 of B is innocent. Which');
    expect((await findFaults({ A: 6, B: 1 })).message).toContain('1 to 5');
  });
});
