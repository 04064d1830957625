import { describe, expect, test } from 'vitest';
import { answerTargets, findFaults, longestCommon, meanAndBounds } from './chapter07';

const right = async (verdict: Promise<{ kind: string; message: string }>) => {
  const { kind, message } = await verdict;
  expect(kind, message).toBe('right');
};

describe('answerTargets', () => {
  const hide =
    (hidden: (prompt: number) => number, end = true) =>
    (ids: number[], prompt: number, endOfText: number) =>
      [...ids.slice(1), ...(end ? [endOfText] : [])].map((id, i) =>
        i < hidden(prompt) ? -100 : id,
      );

  test('accepts the targets of the answer', async () => {
    expect(await answerTargets(undefined)).toMatchObject({ kind: 'not attempted' });
    await right(answerTargets(hide((prompt) => prompt - 1)));
  });

  test.each([
    ['one too many', hide((prompt) => prompt), 'one too many is hidden'],
    ['none', hide(() => 0), 'nothing is hidden'],
    ['no end', hide((prompt) => prompt - 1, false), 'the end of text is missing'],
    [
      'a hidden end',
      (ids: number[], prompt: number) => hide((p) => p - 1)(ids, prompt, -100),
      'the end of text must be a target',
    ],
    [
      'no shift',
      (ids: number[], prompt: number) => ids.map((id, i) => (i < prompt ? -100 : id)),
      'not moved on by one',
    ],
    ['nothing', () => undefined as never, 'gave undefined'],
  ])('helps with %s', async (_, answer, help) => {
    expect(await answerTargets(answer)).toMatchObject({
      kind: 'not yet',
      message: expect.stringContaining(help) as string,
    });
  });
});

describe('longestCommon', () => {
  test('accepts a recursive solution', async () => {
    const lcs = ([x, ...a]: string[], [y, ...b]: string[]): number => {
      if (x === undefined || y === undefined) return 0;
      if (x === y) return 1 + lcs(a, b);
      return Math.max(lcs([x, ...a], b), lcs(a, [y, ...b]));
    };
    await right(longestCommon(lcs));
  });

  test('helps with a bag of words, and with the first match', async () => {
    const bag = (a: string[], b: string[]) => {
      const rest = [...b];
      return a.filter((word) => rest.includes(word) && rest.splice(rest.indexOf(word), 1)).length;
    };
    expect((await longestCommon(bag)).message).toContain('in the same order');
    const first = (a: string[], b: string[]) => {
      let from = 0;
      return a.filter((word) => {
        const at = b.indexOf(word, from);
        if (at >= 0) from = at + 1;
        return at >= 0;
      }).length;
    };
    expect((await longestCommon(first)).message).toContain('may spoil a longer one');
    expect((await longestCommon(() => NaN)).kind).toBe('not yet');
  });
});

describe('meanAndBounds', () => {
  const solve =
    (read: (reply: string) => number | undefined, high = 100) =>
    (replies: string[]) => {
      const scores = replies.map(read);
      const of = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
      const given = scores.filter((score): score is number => score !== undefined);
      return [of(given), of(scores.map((s) => s ?? 0)), of(scores.map((s) => s ?? high))];
    };
  const strict = (reply: string) =>
    /^\s*\d{1,3}\s*$/.test(reply) && Number(reply) <= 100 ? Number(reply) : undefined;

  test('accepts strict reading', async () => right(meanAndBounds(solve(strict))));

  test('helps with numbers fished out of sentences, with bounds, and with one number', async () => {
    const fishing = solve((reply) => Number(/\d+/.exec(reply)?.[0] ?? NaN) || undefined);
    expect((await meanAndBounds(fishing)).message).toContain('nothing else');
    expect((await meanAndBounds(solve(strict, 0))).message).toContain('for the highest 100');
    expect((await meanAndBounds(() => [70])).message).toContain('three numbers');
  });
});

describe('findFaults', () => {
  test('knows the three lines, and helps with others', async () => {
    await right(findFaults({ A: 5, B: 1, C: 2 }));
    expect((await findFaults({ A: 4, B: 1, C: 2 })).message).toContain('Line 4 of A is innocent');
    expect((await findFaults({ A: 5, B: 1, C: 1 })).message).toContain('Line 1 of C is innocent');
    expect((await findFaults({ A: 5, B: 9, C: 2 })).message).toContain('1 to 3');
  });
});
