import { beforeAll, describe, expect, test } from 'vitest';
import { initBackend, tf } from '../backend';
import {
  attentionBytes,
  causalWeights,
  dropWeights,
  findFaults,
  joinHeads,
  windowMask,
} from './chapter03';

const right = { kind: 'right' };
const help = (words: RegExp) => ({ kind: 'not yet', message: expect.stringMatching(words) });

test('an unattempted exercise says so', async () => {
  for (const check of [
    causalWeights,
    windowMask,
    dropWeights,
    joinHeads,
    attentionBytes,
    findFaults,
  ]) {
    expect(await check(undefined)).toMatchObject({ kind: 'not attempted' });
  }
});

describe('3.1 causalWeights', () => {
  const softmax = (row: number[]) => {
    const most = Math.max(...row);
    const powers = row.map((score) => Math.exp(score - most));
    const total = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / total);
  };
  const masked = (hidden: number, sees: (i: number, j: number) => boolean) => (s: number[][]) =>
    s.map((row, i) => softmax(row.map((score, j) => (sees(i, j) ? score : hidden))));

  test('right answers, with and without −∞', async () => {
    expect(await causalWeights(masked(-Infinity, (i, j) => j <= i))).toMatchObject(right);
    const cut = (s: number[][]) =>
      s.map((row, i) => [...softmax(row.slice(0, i + 1)), ...row.slice(i + 1).map(() => 0)]);
    expect(await causalWeights(cut)).toMatchObject(right);
  });

  test('wrong answers', async () => {
    const all = masked(0, () => true);
    const zeroed = (s: number[][]) => all(s).map((row, i) => row.map((w, j) => (j > i ? 0 : w)));
    const renormalised = (s: number[][]) =>
      zeroed(s).map((row) => row.map((w) => w / row.reduce((a, b) => a + b)));
    expect(await causalWeights(all)).toMatchObject(help(/nothing is hidden/));
    expect(await causalWeights(masked(-Infinity, (i, j) => j >= i))).toMatchObject(
      help(/other triangle/),
    );
    expect(await causalWeights(masked(-Infinity, (i, j) => j < i))).toMatchObject(
      help(/at least itself/),
    );
    expect(await causalWeights(zeroed)).toMatchObject(help(/do not sum to 1/));
    expect(await causalWeights(masked(0, (i, j) => j <= i))).toMatchObject(help(/−∞ gives/));
    expect(await causalWeights(renormalised)).toMatchObject(help(/before Math.exp/));
    expect(
      await causalWeights((s) => s.map((row, i) => row.map((v, j) => (j > i ? 0 : v)))),
    ).toMatchObject(help(/softmax is still to come/));
    expect(await causalWeights((s) => s[0] as never)).toMatchObject(help(/3 rows of 3/));
  });
});

describe('3.2 windowMask', () => {
  const mask = (test: (back: number, window: number) => boolean) => (n: number, window: number) =>
    Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => test(i - j, window)));

  test('right', async () => {
    expect(await windowMask(mask((b, w) => b >= 0 && b < w))).toMatchObject(right);
  });

  test('wrong answers', async () => {
    const wrong: [(back: number, window: number) => boolean, RegExp][] = [
      [(b, w) => b < w, /see the future/],
      [(b, w) => Math.abs(b) < w, /see the future/],
      [(b, w) => b >= 0 && b <= w, /one token too many/],
      [(b, w) => b > 0 && b <= w, /must see itself, and it counts/],
      [(b, w) => b > 0 && b < w, /must see itself/],
      [(b) => b >= 0, /no effect/],
      [(b, w) => b < 0 || b >= w, /exchanged/],
      [(b) => b === 0, /Row 1 is/],
    ];
    for (const [rule, words] of wrong) {
      expect(await windowMask(mask(rule))).toMatchObject(help(words));
    }
    expect(await windowMask((n) => mask(() => true)(n + 1, 1))).toMatchObject(help(/5 rows of 5/));
    const numbers = (n: number, w: number) =>
      mask((b, w) => b >= 0 && b < w)(n, w).map((r) => r.map(Number));
    expect(await windowMask(numbers as never)).toMatchObject(help(/true and false only/));
  });
});

describe('3.3 dropWeights', () => {
  type Random = () => number;
  const drop =
    (kept: (r: number, rate: number) => boolean, scale: (rate: number) => number) =>
    (weights: number[], rate: number, random: Random) =>
      weights.map((w) => (kept(random(), rate) ? w * scale(rate) : 0));

  test('right, whichever side of the draw is dropped', async () => {
    expect(
      await dropWeights(
        drop(
          (r, p) => r >= p,
          (p) => 1 / (1 - p),
        ),
      ),
    ).toMatchObject(right);
    expect(
      await dropWeights(
        drop(
          (r, p) => r < 1 - p,
          (p) => 1 / (1 - p),
        ),
      ),
    ).toMatchObject(right);
  });

  test('wrong answers', async () => {
    const keep = (r: number, p: number) => r >= p;
    expect(await dropWeights(drop(keep, () => 1))).toMatchObject(help(/must grow/));
    expect(await dropWeights(drop(keep, (p) => 1 - p))).toMatchObject(help(/do not multiply/));
    const byRate = drop(keep, (p) => (p ? 1 / p : 1));
    expect(await dropWeights(byRate)).toMatchObject(help(/1 − rate/));
    const kept = drop(
      (r, p) => r < p,
      (p) => 1 / (1 - p),
    );
    expect(await dropWeights(kept)).toMatchObject(help(/keeps what should be dropped/));
    const once = (weights: number[], rate: number, random: Random) => {
      const all = random() >= rate;
      return weights.map((w) => (all ? w / (1 - rate) : 0));
    };
    expect(await dropWeights(once)).toMatchObject(help(/called 1 times for 3/));
    const renormalised = (weights: number[], rate: number, random: Random) => {
      const left = weights.map((w) => (random() >= rate ? w : 0));
      const sum = left.reduce((a, b) => a + b);
      return left.map((w) => (sum ? w / sum : 0));
    };
    expect(await dropWeights(renormalised)).toMatchObject({ kind: 'not yet' });
    expect(await dropWeights(() => [1])).toMatchObject(help(/expected 3 numbers/));
  });
});

describe('3.4 joinHeads', () => {
  beforeAll(async () => {
    await initBackend();
  });

  test('right, and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const transposed = (c: tf.Tensor) => c.transpose([1, 0, 2]).reshape([c.shape[1] as number, -1]);
    expect(await joinHeads(transposed)).toMatchObject(right);
    expect(await joinHeads((c) => tf.concat(tf.unstack(c), 1))).toMatchObject(right);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('wrong answers', async () => {
    const tokens = (c: tf.Tensor) => c.shape[1] as number;
    expect(await joinHeads((c) => c.reshape([tokens(c), -1]))).toMatchObject(
      help(/several tokens of one head/),
    );
    expect(await joinHeads((c) => c.transpose([1, 2, 0]).reshape([tokens(c), -1]))).toMatchObject(
      help(/alternate/),
    );
    expect(await joinHeads((c) => c.transpose([1, 0, 2]))).toMatchObject(help(/reshape/));
    expect(await joinHeads((c) => tf.concat(tf.unstack(c), 0))).toMatchObject(
      help(/below each other/),
    );
    expect(await joinHeads((c) => c.flatten())).toMatchObject(help(/has shape \(12\)/));
    expect(await joinHeads((() => 3) as never)).toMatchObject(help(/expected a tensor/));
  });
});

describe('3.5 attentionBytes', () => {
  test('right', async () => {
    expect(
      await attentionBytes(
        ({ batch, tokens, nHeads, nLayers }) => 4 * batch * nHeads * nLayers * tokens ** 2,
      ),
    ).toMatchObject(right);
  });

  test('wrong answers', async () => {
    type Shape = { batch: number; tokens: number; nHeads: number; nLayers: number };
    const wrong: [(s: Shape) => number, RegExp][] = [
      [(s) => s.batch * s.nHeads * s.nLayers * s.tokens ** 2, /4 bytes/],
      [(s) => 32 * s.batch * s.nHeads * s.nLayers * s.tokens ** 2, /bits/],
      [(s) => 4 * s.batch * s.nHeads * s.nLayers * s.tokens, /tokens × tokens/],
      [(s) => 4 * s.batch * s.nHeads * s.tokens ** 2, /every layer/],
      [(s) => 4 * s.batch * s.nLayers * s.tokens ** 2, /every head/],
      [(s) => 4 * s.nHeads * s.nLayers * s.tokens ** 2, /every text/],
      [(s) => 2 * s.batch * s.nHeads * s.nLayers * s.tokens * (s.tokens + 1), /triangle/],
      [() => 7, /Expected 7680/],
    ];
    for (const [answer, words] of wrong) {
      expect(await attentionBytes(answer)).toMatchObject(help(words));
    }
  });
});

test('3.6 findFaults knows both lines, and helps with others', async () => {
  expect(await findFaults({ A: 3, B: 1 })).toMatchObject(right);
  expect(await findFaults({ A: 1, B: 2 })).toMatchObject(help(/Line 1 of A is innocent.*NaN/));
  expect(await findFaults({ A: 3, B: 4 })).toMatchObject(help(/Line 4 of B is innocent.*mask/));
  expect(await findFaults({ A: 6, B: 2 })).toMatchObject(help(/for A, 1 to 5/));
});
