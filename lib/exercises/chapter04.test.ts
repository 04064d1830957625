import { describe, expect, test } from 'vitest';
import {
  cacheBytes,
  continueText,
  findFaults,
  fitConfig,
  layerNorm,
  nextTokens,
} from './chapter04';

describe('fitConfig', () => {
  test('accepts any that fits, wide or deep', async () => {
    expect(await fitConfig(undefined)).toMatchObject({ kind: 'not attempted' });
    for (const [embDim, nLayers] of [
      [640, 6],
      [576, 8],
      [512, 11],
      [448, 16],
    ]) {
      const verdict = await fitConfig({ embDim, nHeads: embDim / 64, nLayers });
      expect(verdict, verdict.message).toMatchObject({ kind: 'right' });
    }
  });

  test.each([
    [{}, 'more than 1,000,000,000'],
    [{ embDim: 640, nHeads: 10, nLayers: 7 }, 'more than'],
    [{ embDim: 384, nHeads: 6, nLayers: 6 }, 'only 30,339,456'],
    [{ embDim: 640, nHeads: 8, nLayers: 6 }, '80 each'],
    [{ embDim: 768, nHeads: 12, nLayers: 3 }, 'At least 6 blocks'],
    [{ embDim: 640, nHeads: 10, nLayers: 6, vocabSize: 1000 }, 'vocabSize shall stay'],
    [{ embDim: 640, nHeads: 9, nLayers: 6 }, 'nHeads (9) must divide embDim (640)'],
    [{ width: 640 } as never, 'Unknown key "width"'],
    [42 as never, 'not 42'],
  ])('helps with %j', async (answer, help) => {
    const verdict = await fitConfig(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

/** Exercise 4.2 with each step replaceable. */
function normalise({
  n = (x: number[]) => x.length,
  divisor = (variance: number) => Math.sqrt(variance + 1e-5),
  centre = (x: number[]) => x.reduce((a, b) => a + b) / x.length,
  finish = (value: number, weight: number, bias: number) => value * weight + bias,
} = {}) {
  return (x: number[], weight: number[], bias: number[]) => {
    const mean = x.reduce((a, b) => a + b) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n(x);
    return x.map((v, i) => finish((v - centre(x)) / divisor(variance), weight[i], bias[i]));
  };
}

describe('layerNorm', () => {
  test('accepts layer normalisation', async () => {
    expect(await layerNorm(normalise())).toMatchObject({ kind: 'right' });
  });

  test.each([
    ['n − 1', normalise({ n: (x) => x.length - 1 }), 'by n, not by n − 1'],
    ['no epsilon', normalise({ divisor: Math.sqrt }), 'where is ε?'],
    [
      'epsilon outside',
      normalise({ divisor: (v) => Math.sqrt(v) + 1e-5 }),
      'before the square root',
    ],
    ['no root', normalise({ divisor: (v) => v + 1e-5 }), 'the square root of the variance'],
    ['no mean', normalise({ centre: () => 0 }), 'mean was not subtracted'],
    ['no weight', normalise({ finish: (value) => value }), 'weight and bias are missing'],
    ['shift first', normalise({ finish: (v, w, b) => (v + b) * w }), 'scale first'],
    [
      '0 / 0',
      (x: number[], w: number[], b: number[]) =>
        x[0] === x[1] ? x.map(() => NaN) : normalise()(x, w, b),
      'the variance is 0',
    ],
    ['its input changed', (x: number[]) => x.fill(0), 'changed the x'],
    ['a number', () => 1 as never, 'expected 4 numbers'],
  ])('helps with %s', async (_, answer, help) => {
    const verdict = await layerNorm(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

/** Exercise 4.3, reading at a place of one's own. */
function read(place: (real: number) => number, choose = Math.max) {
  return (logits: number[][][], mask: number[][]) =>
    logits.map((rows, i) => {
      const row = rows[place(mask[i].filter((real) => real === 1).length)] ?? [];
      return row.indexOf(choose(...row));
    });
}

describe('nextTokens', () => {
  test('accepts the last real position', async () => {
    expect(await nextTokens(read((real) => real - 1))).toMatchObject({ kind: 'right' });
  });

  test.each([
    ['the last column', read(() => 3), 'reads the last column'],
    ['one too far', read((real) => real), 'one position too far'],
    ['one too far, held back', read((real) => Math.min(real, 3)), 'one position too far'],
    ['the first', read(() => 0), 'first position'],
    ['the smallest', read((real) => real - 1, Math.min), 'least probable'],
    [
      'positions',
      (_: number[][][], mask: number[][]) => mask.map((m) => m.reduce((a, b) => a + b) - 1),
      'these are the positions',
    ],
    ['too few', () => [1], 'one token id for each of 4 texts'],
  ])('helps with %s', async (_, answer, help) => {
    const verdict = await nextTokens(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

/** Exercise 4.4 with each step replaceable. */
function loop({
  window = (ids: number[], contextLength: number) => ids.slice(-contextLength),
  searched = (_: number[], added: number[]) => added,
  stopAt = (stops: number[][]) => stops,
  cut = (added: number[], stop: number[]) => added.slice(0, -stop.length),
  more = (added: number[], limit: number) => added.length < limit,
  result = (_: number[], added: number[]) => added,
} = {}): NonNullable<Parameters<typeof continueText>[0]> {
  return (predict, prompt, { contextLength, limit, stops }) => {
    const added: number[] = [];
    while (more(added, limit)) {
      added.push(predict(window([...prompt, ...added], contextLength)));
      const text = searched(prompt, added);
      const hit = stopAt(stops).find((stop) => String(text.slice(-stop.length)) === String(stop));
      if (hit) return result(prompt, cut(added, hit));
    }
    return result(prompt, added);
  };
}

describe('continueText', () => {
  test('accepts a loop that stops', async () => {
    const verdict = await continueText(loop());
    expect(verdict, verdict.message).toMatchObject({ kind: 'right' });
  });

  test.each([
    ['all ids to the model', loop({ window: (ids) => ids }), 'was given 5 ids'],
    ['one id to the model', loop({ window: (ids) => ids.slice(-1) }), 'was given only'],
    ['a kept stop', loop({ cut: (added) => added }), 'does not belong to the text'],
    ['one token cut', loop({ cut: (added) => added.slice(0, -1) }), 'all of the stop sequence'],
    [
      'the prompt searched',
      loop({ searched: (prompt, added) => [...prompt, ...added] }),
      'only when all of it is new',
    ],
    ['no stop', loop({ stopAt: () => [] }), 'had ended with a stop sequence before'],
    ['one stop', loop({ stopAt: (stops) => stops.slice(0, 1) }), 'may be several'],
    [
      'one too many',
      loop({ more: (added, limit) => added.length <= limit }),
      'Expected [ 4, 5, 6, 7 ]',
    ],
    ['no end', loop({ more: () => true }), 'no end of the loop'],
    [
      'the prompt given back',
      loop({ result: (prompt, added) => [...prompt, ...added] }),
      'without the prompt',
    ],
    [
      'a changed prompt',
      (...[predict, prompt, options]: Parameters<ReturnType<typeof loop>>) => {
        const added = loop()(predict, prompt, options);
        prompt.push(...added);
        return added;
      },
      'work on a copy',
    ],
  ])('helps with %s', async (_, answer, help) => {
    const verdict = await continueText(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

describe('cacheBytes', () => {
  type Sizes = { embDim: number; nHeads: number; nLayers: number };
  const bytes = ({ embDim, nLayers }: Sizes, tokens: number, each: number) =>
    2 * nLayers * tokens * embDim * each;

  test('accepts keys and values of every block', async () => {
    expect(await cacheBytes(bytes)).toMatchObject({ kind: 'right' });
    // Published, in GB: 4,096 numbers, 32 blocks, 32,768 tokens at 2 bytes.
    const published = bytes({ embDim: 4096, nHeads: 32, nLayers: 32 }, 32_768, 2) / 1e9;
    expect(published).toBeCloseTo(17.18, 2);
  });

  test.each([
    ['keys alone', (c: Sizes, t: number, b: number) => bytes(c, t, b) / 2, 'keys and values'],
    ['one block', (c: Sizes, t: number, b: number) => bytes(c, t, b) / 12, 'each block'],
    ['heads', (c: Sizes, t: number, b: number) => bytes(c, t, b) * c.nHeads, 'does not matter'],
    [
      'one head',
      (c: Sizes, t: number, b: number) =>
        bytes({ ...c, embDim: c.embDim / c.nHeads, nLayers: 1 }, t, b),
      'Expected 73,728',
    ],
    ['numbers', (c: Sizes, t: number) => bytes(c, t, 1), 'bytesPerNumber'],
    ['queries', (c: Sizes, t: number, b: number) => bytes(c, t, b) * 1.5, 'queries need not'],
    ['a square', (c: Sizes, t: number, b: number) => bytes(c, t, b) * t, 'square of the text'],
  ])('helps with %s', async (_, answer, help) => {
    const verdict = await cacheBytes(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});

describe('findFaults', () => {
  test('knows the three lines', async () => {
    expect(await findFaults({ A: 2, B: 4, C: 2 })).toMatchObject({ kind: 'right' });
  });

  test.each([
    [{ A: 4, B: 4, C: 2 }, 'Line 4 of A is innocent. How many blocks'],
    [{ A: 2, B: 3, C: 2 }, 'Line 3 of B is innocent. How many predictions'],
    [{ A: 2, B: 4, C: 4 }, 'Line 4 of C is innocent. At which place'],
    [{ A: 2, B: 5, C: 2 }, 'for B, 1 to 4'],
  ])('helps with %j', async (answer, help) => {
    const verdict = await findFaults(answer);
    expect(verdict).toMatchObject({ kind: 'not yet' });
    expect(verdict.message).toContain(help);
  });
});
