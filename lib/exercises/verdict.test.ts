import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { exercise, show } from './verdict';

const double = exercise<(n: number) => number>(
  () => 'Twice is 2n.',
  (answer) => {
    const got = answer(3);
    return got === 6 ? undefined : `For 3 it gave ${show(got)}, and twice 3 is 6.`;
  },
);

describe('exercise', () => {
  test('says not attempted, right, or what is wrong', async () => {
    expect(await double(undefined)).toMatchObject({ kind: 'not attempted' });
    expect(await double((n) => 2 * n)).toMatchObject({
      kind: 'right',
      message: 'Right. Twice is 2n.',
    });
    expect(inspect(await double((n) => n))).toBe('✗ For 3 it gave 3, and twice 3 is 6.');
  });

  test('an answer that throws, or is of another kind, is a sentence and no error', async () => {
    const thrown = await double(() => {
      throw new Error('oops');
    });
    expect(thrown).toMatchObject({ kind: 'not yet', message: 'Trying your answer failed: oops' });
    expect((await double(7 as never)).message).toContain('answer is not a function');
  });
});
