/** The checks of chapter 6, the spam classifier. */
import { messagesOf } from './say';
import { exercise, show } from './verdict';

const say = messagesOf('chapter06');

interface Shares {
  accuracy: number;
  precision: number;
  recall: number;
  f1: number;
}

type Count = (targets: number[], answers: number[]) => Shares;

/** Exercise 6.1: four shares, with what a slip would give instead. */
export const countScores = exercise<Count>(
  () => say`Of the four, accuracy alone looks good for a program that always says "ham".`,
  (answer) => {
    const cases: [targets: number[], answers: number[]][] = [
      [
        [1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 1, 1, 1, 0, 0, 0, 0],
      ],
      [
        [0, 0, 1, 1],
        [0, 0, 0, 0],
      ],
      [
        [0, 0, 0],
        [0, 1, 0],
      ],
    ];
    for (const [targets, answers] of cases) {
      const got = answer([...targets], [...answers]);
      const call = `countScores(${show(targets)}, ${show(answers)})`;
      const count = (target: number, said: number) =>
        targets.filter((each, i) => each === target && answers[i] === said).length;
      const [found, alarms, missed, right] = [count(1, 1), count(0, 1), count(1, 0), count(0, 0)];
      const expected: Shares = {
        accuracy: (found + right) / targets.length,
        precision: found / (found + alarms),
        recall: found / (found + missed),
        f1: (2 * found) / (2 * found + alarms + missed),
      };
      if (typeof got !== 'object' || got === null) {
        return say`${call} gave ${show(got)}; expected an object with accuracy, precision, recall and f1.`;
      }
      const same = (a: unknown, b: number) =>
        Object.is(a, b) || (typeof a === 'number' && Math.abs(a - b) < 1e-9);
      for (const [name, value] of Object.entries(expected) as [keyof Shares, number][]) {
        if (same(got[name], value)) continue;
        const wrong: [number, string][] = [
          [Number.isNaN(value) ? 0 : NaN, say`nothing to divide by gives NaN, not 0`],
          [name === 'precision' ? expected.recall : NaN, say`that is the recall`],
          [name === 'recall' ? expected.precision : NaN, say`that is the precision`],
          [
            name === 'f1' ? (expected.precision + expected.recall) / 2 : NaN,
            say`the mean is harmonic, not that of adding and halving`,
          ],
        ];
        const why = wrong.find(([number]) => same(got[name], number) && !Number.isNaN(number))?.[1];
        return say`${call} gave ${name} ${show(got[name])}${why ? `: ${why}.` : '.'} Expected ${show(value)}.`;
      }
    }
    return undefined;
  },
);

type Choose = (targets: number[], spam: number[], most: number) => number;

/** Share of ham, or of all, that a threshold calls spam. */
function alarmShare(targets: number[], spam: number[], threshold: number, of: 'ham' | 'all') {
  const alarms = spam.filter((p, i) => targets[i] === 0 && p >= threshold).length;
  return alarms / targets.filter((target) => of === 'all' || target === 0).length;
}

const smallest = (targets: number[], spam: number[], most: number, of: 'ham' | 'all' = 'ham') =>
  [...spam].sort((a, b) => a - b).find((t) => alarmShare(targets, spam, t, of) <= most) ?? 1.1;

function whyNotThreshold(got: number, targets: number[], spam: number[], most: number): string {
  if (got === smallest(targets, spam, most, 'all')) {
    return say`that is a share of all messages; a share of the ham was asked for`;
  }
  if (smallest(targets, spam, most) === 1.1) {
    return say`even the largest probability gives more false alarms than that, so 1.1`;
  }
  const alarms = alarmShare(targets, spam, got, 'ham');
  if (alarms > most) return say`that calls ${Math.round(100 * alarms)} % of the ham spam`;
  if (!spam.includes(got)) return say`that is none of the probabilities`;
  return say`a smaller one is good enough`;
}

/** Exercise 6.2: the smallest threshold with few enough false alarms. */
export const chooseThreshold = exercise<Choose>(
  () =>
    say`Choose it on the validation messages: chosen on the test messages, it would have seen them.`,
  (answer) => {
    const cases: [targets: number[], spam: number[], most: number][] = [
      [[0, 0, 0, 1, 1, 1, 1, 1], [0.2, 0.4, 0.6, 0.5, 0.9, 0.95, 0.97, 0.99], 0.4],
      [[0, 0, 0, 0, 1, 1, 1, 1], [0.1, 0.2, 0.6, 0.3, 0.9, 0.5, 0.7, 0.95], 0.25],
      [[0, 0, 0, 0, 1, 1, 1, 1], [0.1, 0.2, 0.6, 0.3, 0.9, 0.5, 0.7, 0.95], 0],
      [[1, 0, 0, 1], [0.8, 0.3, 0.9, 0.6], 0],
      [[0, 1, 0], [0.5, 0.5, 0.1], 0.5],
      [[0, 1], [0.4, 0.2], 1],
    ];
    for (const [targets, spam, most] of cases) {
      const got = answer([...targets], [...spam], most);
      const expected = smallest(targets, spam, most);
      if (got === expected) continue;
      const call = `chooseThreshold(${show(targets)}, ${show(spam)}, ${most})`;
      if (typeof got !== 'number') return say`${call} gave ${show(got)}; expected a number.`;
      const why = whyNotThreshold(got, targets, spam, most);
      return say`${call} gave ${show(got)}: ${why}. Expected ${expected}.`;
    }
    return undefined;
  },
);

/** Exercise 6.3: the largest rank of a correction that is small enough. */
export const largestRank = exercise<(inDim: number, outDim: number, share: number) => number>(
  () =>
    say`Rank 16 on a 768 × 3,072 matrix is a share of 2.6 %; for GPT-2’s head of two labels even rank 2 saves nothing.`,
  (answer) => {
    const cases: [inDim: number, outDim: number, share: number][] = [
      [768, 768, 1],
      [768, 3072, 0.05],
      [256, 1024, 0.1],
      [768, 2, 1],
      [4, 4, 0.25],
      [100, 100, 0.01],
    ];
    for (const [inDim, outDim, share] of cases) {
      const got = answer(inDim, outDim, share);
      const exact = (share * inDim * outDim) / (inDim + outDim);
      const expected = Math.floor(exact);
      if (got === expected) continue;
      const said = say`largestRank(${inDim}, ${outDim}, ${share}) gave ${show(got)}`;
      const wrong: [number, string][] = [
        [Math.round(exact), say`round down, else it has more numbers than allowed`],
        [Math.ceil(exact), say`round down, else it has more numbers than allowed`],
        [exact, say`a rank is a whole number`],
        [Math.floor((inDim * outDim) / (inDim + outDim)), say`where is the share?`],
        [
          Math.floor((share * inDim * outDim) / (2 * (inDim + outDim))),
          say`A and B together have that many`,
        ],
      ];
      const why = wrong.find(([value]) => value === got)?.[1];
      return say`${said}${why ? `: ${why}.` : '.'} Expected ${expected}.`;
    }
    return undefined;
  },
);

/** Exercise 6.4: which line of the fault clinic leaks. */
export const findLeak = exercise<number>(
  () =>
    say`The text is the whole line of the file, and the line begins with its label: "ham" and "spam" became words. \`text: line.split("\\t")[1]\` mends it.`,
  (answer) => {
    const lines = [
      say`it only reads the file`,
      '',
      say`copies are removed before the division, and both labels are balanced: that is as it should be`,
      say`the division is that of the chapter, and no message is on both sides`,
      say`it trains on one part and tests on the other`,
    ];
    if (!Number.isInteger(answer) || answer < 1 || answer > lines.length) {
      return say`Give the number of a line, 1 to ${lines.length}, not ${show(answer)}.`;
    }
    if (answer === 2) return undefined;
    return say`Line ${answer} is innocent: ${lines[answer - 1]}. What are the texts that the words are counted in?`;
  },
);
