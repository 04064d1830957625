/** The checks of chapter 7, instruction tuning. */
import { messagesOf } from './say';
import { clinic, exercise, show } from './verdict';

const say = messagesOf('chapter07');

const same = (a: unknown, b: readonly unknown[]) =>
  Array.isArray(a) && a.length === b.length && a.every((value, i) => Object.is(value, b[i]));

type Hide = (ids: number[], promptLength: number, endOfText: number) => number[];

/** The targets of one row, of which the first `hidden` are ignored. */
const targetsOf = (ids: number[], hidden: number, end: readonly number[]) =>
  [...ids.slice(1), ...end].map((id, i) => (i < hidden ? -100 : id));

/** Exercise 7.1: targets without those in the prompt. */
export const answerTargets = exercise<Hide>(
  () =>
    say`The last token of the prompt keeps its target: it is the one that has to guess how the answer begins.`,
  (answer) => {
    const cases: [ids: number[], promptLength: number][] = [
      [[10, 11, 12, 13, 14], 3],
      [[10, 11, 12, 13, 14, 15], 2],
      [[7, 8, 9], 3],
      [[7, 8], 1],
    ];
    const end = 99;
    for (const [ids, promptLength] of cases) {
      const got = answer([...ids], promptLength, end);
      const expected = targetsOf(ids, promptLength - 1, [end]);
      if (same(got, expected)) continue;
      const call = `answerTargets(${show(ids)}, ${promptLength}, ${end})`;
      const wrong: [number[], string][] = [
        [
          targetsOf(ids, promptLength, [end]),
          say`one too many is hidden: the first token of the answer must be a target`,
        ],
        [targetsOf(ids, 0, [end]), say`nothing is hidden`],
        [
          ids.map((id, i) => (i < promptLength ? -100 : id)),
          say`the targets are not moved on by one`,
        ],
        [targetsOf(ids, promptLength - 1, []), say`the end of text is missing: nobody would stop`],
        [
          targetsOf(ids, promptLength - 1, [-100]),
          say`the end of text must be a target, else nobody would stop`,
        ],
      ];
      const why = wrong.find(([values]) => same(got, values))?.[1];
      const hint = why ? `: ${why}.` : '.';
      return say`${call} gave ${show(got)}${hint} Expected ${show(expected)}.`;
    }
    return undefined;
  },
);

/** Length of the longest common subsequence. */
function common(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    const next = [0];
    b.forEach((other, j) => next.push(word === other ? row[j] + 1 : Math.max(row[j + 1], next[j])));
    row = next;
  }
  return row[b.length];
}

/** Exercise 7.2: ROUGE-L. */
export const longestCommon = exercise<(a: string[], b: string[]) => number>(
  () => say`Twice that number, divided by the number of words of both texts, is ROUGE-L.`,
  (answer) => {
    const cases = [
      ['the cat sat on the mat', 'the cat lay on a mat'],
      ['a b c', 'c b a'],
      ['x a y b z', 'a b'],
      ['a a a', 'a a'],
      ['', 'a b'],
      ['b c a b c a d', 'a b c d'],
    ].map((pair) => pair.map((text) => text.split(' ').filter(Boolean)));
    for (const [a, b] of cases) {
      const got = answer([...a], [...b]);
      const expected = common(a, b);
      if (got === expected) continue;
      const call = `longestCommon(${show(a.join(' '))}, ${show(b.join(' '))})`;
      const rest = [...b];
      const bag = a.filter((word) => {
        const at = rest.indexOf(word);
        if (at >= 0) rest.splice(at, 1);
        return at >= 0;
      }).length;
      let from = 0;
      const greedy = a.filter((word) => {
        const at = b.indexOf(word, from);
        if (at >= 0) from = at + 1;
        return at >= 0;
      }).length;
      let hint = '.';
      if (got === greedy)
        hint = say`: taking each word where it comes first may spoil a longer one.`;
      if (got === bag) hint = say`: those are the common words; they must stand in the same order.`;
      return say`${call} gave ${show(got)}${hint} Expected ${expected}.`;
    }
    return undefined;
  },
);

/** Exercise 7.3: the mean of scores, and what it would be at worst and at best. */
export const meanAndBounds = exercise<(replies: string[]) => number[]>(
  () => say`Report all three. A mean alone hides how many replies it is made of.`,
  (answer) => {
    const cases: [replies: string[], expected: [number, number, number]][] = [
      [
        ['80', '60'],
        [70, 70, 70],
      ],
      [
        ['90', 'I would say 80', '70', '-5'],
        [80, 40, 90],
      ],
      [
        [' 50\n', '101', '100', '0'],
        [50, 37.5, 62.5],
      ],
      [
        ['85/100', '8.5', '', 'eighty', '40'],
        [40, 8, 88],
      ],
    ];
    for (const [replies, expected] of cases) {
      const got = answer([...replies]);
      if (
        Array.isArray(got) &&
        got.length === 3 &&
        got.every((value, i) => Math.abs(value - expected[i]) < 1e-9)
      ) {
        continue;
      }
      const call = `meanAndBounds(${show(replies)})`;
      if (!Array.isArray(got) || got.length !== 3) {
        return say`${call} gave ${show(got)}; expected three numbers: mean, lowest, highest.`;
      }
      const hint =
        Math.abs(got[0] - expected[0]) > 1e-9
          ? say`: the mean is that of the replies that are a whole number from 0 to 100 and nothing else.`
          : say`: for the lowest every other reply counts 0, for the highest 100.`;
      return say`${call} gave ${show(got)}${hint} Expected ${show(expected)}.`;
    }
    return undefined;
  },
);

/** Exercise 7.4: the lines of the fault clinic. */
export const findFaults = clinic(
  () =>
    say`A hides every end of text, the first too. B has targets in the prompt, most of which is always the same. C fills up with another number than the one that the loss ignores.`,
  {
    A: { lines: 6, guilty: 5, hint: () => say`Which targets are −100, and is one of them needed?` },
    B: { lines: 3, guilty: 1, hint: () => say`Which tokens of a row have a target?` },
    C: { lines: 4, guilty: 2, hint: () => say`Which number stands in the targets of the padding?` },
  },
);
