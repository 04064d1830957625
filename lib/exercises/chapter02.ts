/** The checks of chapter 2, Attention. */
import { byLanguage, decimals } from '../language';
import { messagesOf } from './say';
import { clinic, exercise, show } from './verdict';

const say = messagesOf('chapter02');

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function softmax(scores: readonly number[]): number[] {
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

const mean = (weights: readonly number[], values: readonly (readonly number[])[]): number[] =>
  values[0].map((_, column) =>
    dot(
      weights,
      values.map((value) => value[column]),
    ),
  );

const close = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) < 1e-6);

const isNumbers = (value: unknown, length: number): value is number[] =>
  Array.isArray(value) && value.length === length && value.every(Number.isFinite);

const round = (values: readonly number[]) => show(values.map((value) => +value.toFixed(3)));
const percent = (share: number) => `${decimals(100 * share, 1)} %`;

/** Exercise 2.1: attention of one query, with plain arrays. */
export const lookup = exercise<(query: number[], keys: number[][], values: number[][]) => number[]>(
  () => say`All of GPT-2 looks things up like this, with queries, keys and values that it learned.`,
  (answer) => {
    const cases: [query: number[], keys: number[][], values: number[][]][] = [
      [
        [2, 0, 0, 2],
        [
          [1, 0, 0, 1],
          [0, 1, 1, 0],
          [-1, 0, 0, 0],
        ],
        [
          [10, 0],
          [0, 10],
          [5, 5],
        ],
      ],
      [[0, 0], [[3, 1]], [[7, 8, 9]]],
      [
        [2000, 0],
        [
          [1, 0],
          [0.9, 0],
        ],
        [[1], [2]],
      ],
    ];
    for (const [query, keys, values] of cases) {
      const got = answer([...query], keys, values);
      const call = `lookup(${show(query)}, ${show(keys)}, ${show(values)})`;
      const raw = keys.map((key) => dot(query, key));
      const expected = mean(softmax(raw.map((score) => score / Math.sqrt(query.length))), values);
      if (Array.isArray(got) && got.some((value) => Number.isNaN(value))) {
        return say`${call} gave ${show(got)}: Math.exp of a large score is Infinity. Subtract the largest score from all of them first.`;
      }
      if (!isNumbers(got, values[0].length)) {
        return say`${call} gave ${show(got)}; expected ${values[0].length} numbers, as in each value.`;
      }
      if (close(got, expected)) continue;
      const wrong: [number[], string][] = [
        [mean(softmax(raw), values), say`these scores are not divided by √d`],
        [
          mean(softmax(raw.map((score) => score / query.length)), values),
          say`the scores are divided by d; its square root was asked for`,
        ],
        [mean(raw, values), say`the scores themselves were taken as weights, without softmax`],
        [
          mean(
            raw.map((score) => Math.exp(score / Math.sqrt(query.length))),
            values,
          ),
          say`the weights do not sum to 1: divide each power by their total`,
        ],
        [
          values[raw.indexOf(Math.max(...raw))],
          say`this is the best match alone, and not a mixture`,
        ],
      ];
      const why = wrong.find(([vector]) => close(got, vector))?.[1];
      return say`${call} gave ${round(got)}${why ? `: ${why}.` : '.'} Expected ${round(expected)}.`;
    }
    return undefined;
  },
);

/** The keys of the chapter's line, one row for each token; columns mover, strength, moved, action. */
export const verseKeys: readonly (readonly number[])[] = [
  [0.4, 0.8, 0, 0],
  [1, 0.9, 0.2, 0],
  [0, 0, 0, 0.3],
  [0, 0, 0, 1],
  [0, 0, 0, 0],
  [0, 0.1, 0.3, 0],
  [0.1, 0.1, 1, 0],
  [0, 0, 0, 0],
  [0, 0.4, 0, 0],
];
const verse = () =>
  byLanguage({
    en: ['Rough', 'winds', 'do', 'shake', 'the', 'darling', 'buds', 'of', 'May'],
    pt: ['Rudes', 'ventos', 'vêm', 'sacudir', 'os', 'ternos', 'botões', 'de', 'maio'],
  });

/** Exercise 2.2: a query that finds " May". */
export const findMay = exercise<readonly number[]>(
  () =>
    say`A query can also say what it does not want, and its length decides how sharp the choice is.`,
  (answer) => {
    if (!isNumbers(answer, 4)) {
      return say`A query is four numbers, one for each column of the keys; got ${show(answer)}.`;
    }
    const weights = softmax(verseKeys.map((key) => dot(answer, key) / Math.sqrt(4)));
    const most = weights.indexOf(Math.max(...weights));
    const may = weights[8];
    if (may >= 0.9) return undefined;
    if (weights.every((weight) => Math.abs(weight - 1 / 9) < 1e-9)) {
      return say`This query matches all keys alike, each word gets 1/9.`;
    }
    if (most !== 8) {
      return say`"${verse()[most]}" gets ${percent(weights[most])}, May ${percent(may)}. What does its key have that May lacks? A negative number there pushes it away.`;
    }
    return say`May gets the most, ${percent(may)}, but 90 % were asked for. The direction is good; a longer query makes softmax sharper.`;
  },
);

/** Exercise 2.3: the columns of a matrix, cut into heads. */
export const cutHeads = exercise<(matrix: number[][], nHeads: number) => number[][][]>(
  () => say`With tensors this is one reshape and one transpose.`,
  (answer) => {
    const matrix = [
      [1, 2, 3, 4, 5, 6],
      [10, 20, 30, 40, 50, 60],
    ];
    for (const nHeads of [2, 3, 1, 6]) {
      const before = JSON.stringify(matrix);
      const got = answer(matrix, nHeads);
      const call = `cutHeads(${show(matrix)}, ${nHeads})`;
      if (JSON.stringify(matrix) !== before) {
        return say`cutHeads changed the matrix it was given: slice copies, splice takes away.`;
      }
      const size = 6 / nHeads;
      const heads = Array.from({ length: nHeads }, (_, h) => h);
      const expected = heads.map((h) => matrix.map((row) => row.slice(h * size, (h + 1) * size)));
      if (JSON.stringify(got) === JSON.stringify(expected)) continue;
      const wrong: [unknown, string][] = [
        [
          matrix.map((row) => heads.map((h) => row.slice(h * size, (h + 1) * size))),
          say`the first index must be the head, then the token`,
        ],
        [
          heads.map((h) => matrix.map((row) => row.filter((_, i) => i % nHeads === h))),
          say`neighbouring columns belong to one head, as reshape cuts them`,
        ],
        [
          heads.map((h) => matrix.slice((h * 2) / nHeads, ((h + 1) * 2) / nHeads)),
          say`this shares out the tokens. Each head sees all tokens, and some of the columns`,
        ],
      ];
      const why = wrong.find(([value]) => JSON.stringify(value) === JSON.stringify(got))?.[1];
      return say`${call} gave ${show(got)}${why ? `: ${why}.` : '.'} Expected ${show(expected)}.`;
    }
    let message: string | undefined;
    try {
      answer(matrix, 4);
    } catch (error) {
      message = String(error);
    }
    if (message === undefined) {
      return say`6 columns cannot be shared out among 4 heads: throw an error then.`;
    }
    if (!message.includes('4') || !message.includes('6')) {
      return say`The error should name both numbers, 4 heads and 6 columns; it says ${show(message)}.`;
    }
    return undefined;
  },
);

/** Exercise 2.4: the parameters of one multi-head attention layer. */
export const countParameters = exercise<
  (config: { embDim: number; nHeads: number; qkvBias: boolean }) => number
>(
  () => say`Twelve such layers hold 28.3 million of the 124 million parameters of GPT-2.`,
  (answer) => {
    for (const [embDim, nHeads, qkvBias] of [
      [4, 1, false],
      [768, 12, false],
      [768, 12, true],
      [1600, 25, true],
    ] as const) {
      const got = answer({ embDim, nHeads, qkvBias });
      const matrices = 4 * embDim * embDim;
      const expected = matrices + embDim + (qkvBias ? 3 * embDim : 0);
      if (got === expected) continue;
      const all = say`For embDim ${embDim}, nHeads ${nHeads}, qkvBias ${qkvBias} it gave ${show(got)}`;
      if (got === 3 * embDim * embDim + expected - matrices) {
        return say`${all}: the fourth matrix is missing, the output projection.`;
      }
      if (got === matrices || got === expected - embDim) {
        return say`${all}: the output projection adds embDim numbers as well.`;
      }
      if (nHeads > 1 && (got === nHeads * expected || got === nHeads * matrices)) {
        return say`${all}: heads share the columns of the same matrices, so nHeads does not matter.`;
      }
      if (qkvBias && got === expected - 3 * embDim) {
        return say`${all}: with qkvBias, query, key and value have embDim numbers more each.`;
      }
      return say`${all}; expected ${expected}.`;
    }
    return undefined;
  },
);

/** Exercise 2.5: two queries that read positions 2 and 7. */
export const reportQueries = exercise<readonly (readonly number[])[]>(
  () => say`Two heads, two patterns: this is what training found in 2.3.`,
  (answer) => {
    if (!Array.isArray(answer) || answer.length !== 2 || !answer.every((q) => isNumbers(q, 10))) {
      return say`Give two queries of ten numbers each, [[…], […]]; got ${show(answer)}.`;
    }
    for (const [head, position] of [2, 7].entries()) {
      const weights = softmax(answer[head].map((value: number) => value / Math.sqrt(10)));
      const most = weights.indexOf(Math.max(...weights));
      const name = say`Head ${head + 1}`;
      if (weights[position] >= 0.95) continue;
      if (weights.every((weight) => Math.abs(weight - 0.1) < 1e-9)) {
        return say`${name} looks everywhere alike: all ten scores are equal.`;
      }
      if (most === position - 1) {
        return say`${name} looks at position ${most} most. Positions count from 0.`;
      }
      if (most !== position) {
        return say`${name} puts ${percent(weights[most])} on position ${most}, and position ${position} was asked for.`;
      }
      return say`${name} puts ${percent(weights[position])} on position ${position}; 95 % were asked for. Make the score larger.`;
    }
    return undefined;
  },
);

/** Exercise 2.6: the lines of the fault clinic. */
export const findFaults = clinic(
  () =>
    say`A does not bring the heads back behind the tokens. B lets the keys ask: their rows sum to 1, and the queries' should.`,
  {
    A: {
      lines: 5,
      guilty: 5,
      hint: () => say`The maps are right. What happens to the numbers after them?`,
    },
    B: { lines: 4, guilty: 1, hint: () => say`Which tokens do the rows of the scores belong to?` },
  },
);
