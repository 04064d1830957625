/** The checks of chapter 3, Self-attention. */
import { tf } from '../backend';
import { messagesOf } from './say';
import { clinic, exercise, show } from './verdict';

const say = messagesOf('chapter03');

type Matrix = number[][];

/** Softmax over the columns of a row that `sees` allows; 0 elsewhere. */
function softmaxWhere(row: readonly number[], sees: (column: number) => boolean): number[] {
  const most = Math.max(...row.filter((_, j) => sees(j)));
  const powers = row.map((score, j) => (sees(j) ? Math.exp(score - most) : 0));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

const isSquare = (value: unknown, length: number): value is unknown[][] =>
  Array.isArray(value) &&
  value.length === length &&
  value.every((row) => Array.isArray(row) && row.length === length);

const close = (a: number, b: number) => Math.abs(a - b) < 1e-6;

function sameMatrix(a: Matrix, b: Matrix): boolean {
  return a.every((row, i) => row.every((value, j) => close(value, b[i][j])));
}

const round = (values: readonly number[]) => show(values.map((value) => +value.toFixed(3)));

/** Exercise 3.1: causal attention weights of scores, with plain arrays. */
export const causalWeights = exercise<(scores: Matrix) => Matrix>(
  () => say`This is the mask of −∞ without an infinity: what may not be seen is never computed.`,
  (answer) => {
    const plain = [
      [0.5, 2, -1],
      [1, 0, 3],
      [-0.5, 0.25, 1],
    ];
    const large = [
      [1, 1000],
      [0, 1],
    ];
    for (const scores of [plain, large, [[-800]]]) {
      const n = scores.length;
      const call = `causalWeights(${show(scores)})`;
      const got = answer(scores.map((row) => [...row]));
      if (!isSquare(got, n))
        return say`${call} gave ${show(got)}; expected ${n} rows of ${n} numbers.`;
      const weights = got as Matrix;
      const bad = weights.findIndex((row) => !row.every(Number.isFinite));
      if (bad >= 0) {
        return scores === plain
          ? say`Row ${bad} of ${call} is ${show(weights[bad])}. Each token sees at least itself.`
          : say`Row ${bad} of ${call} is ${show(weights[bad])}: leave hidden scores out before Math.exp, and subtract the largest of the visible ones.`;
      }
      const expected = scores.map((row, i) => softmaxWhere(row, (j) => j <= i));
      if (sameMatrix(weights, expected)) continue;
      const everywhere = scores.map((row) => softmaxWhere(row, () => true));
      const wrong: [Matrix, string][] = [
        [everywhere, say`nothing is hidden: column j of row i must be 0 where j > i`],
        [
          scores.map((row, i) => softmaxWhere(row, (j) => j >= i)),
          say`the past is hidden and the future seen: the other triangle was asked for`,
        ],
        [
          everywhere.map((row, i) => row.map((weight, j) => (j > i ? 0 : weight))),
          say`the future is hidden after softmax, and the rows do not sum to 1 any more`,
        ],
        [
          scores.map((row, i) =>
            softmaxWhere(
              row.map((score, j) => (j > i ? 0 : score)),
              () => true,
            ),
          ),
          say`hidden scores were set to 0, but e to the power of 0 is 1; −∞ gives weight 0`,
        ],
        [
          scores.map((row, i) => row.map((score, j) => (j > i ? 0 : score))),
          say`these are masked scores; softmax is still to come`,
        ],
      ];
      const why = wrong.find(([matrix]) => sameMatrix(weights, matrix))?.[1];
      const row = weights.findIndex((values, i) => !sameMatrix([values], [expected[i]]));
      return say`Row ${row} of ${call} is ${round(weights[row])}${why ? `: ${why}.` : '.'} Expected ${round(expected[row])}.`;
    }
    return undefined;
  },
);

/** Exercise 3.2: which token may look at which, in a window that slides. */
export const windowMask = exercise<(length: number, window: number) => boolean[][]>(
  () =>
    say`A band of length × window instead of a square. In a stack, each layer reaches window − 1 tokens further back.`,
  (answer) => {
    for (const [length, window] of [
      [5, 2],
      [6, 4],
      [4, 1],
      [3, 10],
    ]) {
      const call = `windowMask(${length}, ${window})`;
      const got = answer(length, window);
      if (!isSquare(got, length)) {
        return say`${call} gave ${show(got)}; expected ${length} rows of ${length} booleans.`;
      }
      const mask = (test: (back: number) => boolean) =>
        Array.from({ length }, (_, i) => Array.from({ length }, (_, j) => test(i - j)));
      const equal = (a: unknown) => JSON.stringify(a) === JSON.stringify(got);
      const expected = mask((back) => back >= 0 && back < window);
      if (equal(expected)) continue;
      if (got.some((row) => row.some((value) => typeof value !== 'boolean'))) {
        return say`${call} must hold true and false only; it holds ${show(got[0][0])}.`;
      }
      const wrong: [boolean[][], string][] = [
        [mask((back) => back < window), say`tokens see the future: j may not be larger than i`],
        [
          mask((back) => Math.abs(back) < window),
          say`tokens see the future: j may not be larger than i`,
        ],
        [
          mask((back) => back >= 0 && back <= window),
          say`one token too many: the token itself is one of the window`,
        ],
        [
          mask((back) => back > 0 && back <= window),
          say`a token must see itself, and it counts as one of the window`,
        ],
        [mask((back) => back > 0 && back < window), say`a token must see itself`],
        [mask((back) => back >= window), say`this is the part that must be hidden`],
        [mask((back) => back < 0 || back >= window), say`true and false are exchanged`],
        [mask((back) => back >= 0), say`this is the whole triangle; the window has no effect`],
      ];
      const why = wrong.find(([matrix]) => equal(matrix))?.[1];
      const row = got.findIndex((_, i) => JSON.stringify(got[i]) !== JSON.stringify(expected[i]));
      return say`${call}${why ? `: ${why}.` : ':'} Row ${row} is ${show(got[row])}, expected ${show(expected[row])}.`;
    }
    return undefined;
  },
);

/** Exercise 3.3: dropout that keeps the expected value. */
export const dropWeights = exercise<
  (weights: number[], rate: number, random: () => number) => number[]
>(
  () =>
    say`Dividing while training, and not multiplying while using, is why dropout costs nothing in use.`,
  (answer) => {
    const weights = [0.5, 0.3, 0.2];
    // Each weight meets each of these numbers once in 1,000 calls: exact shares, no chance.
    const draw = (call: number) => (k: number) => (((call * 7 + k * 331) % 1000) + 0.5) / 1000;
    for (const rate of [0.5, 0.2, 0]) {
      const sums = weights.map(() => 0);
      const zeros = weights.map(() => 0);
      let largest = 0;
      for (let call = 0; call < 1000; call++) {
        let k = 0;
        const got = answer([...weights], rate, () => draw(call)(k++));
        const name = `dropWeights(${show(weights)}, ${rate}, random)`;
        if (
          !Array.isArray(got) ||
          got.length !== weights.length ||
          !got.every((value) => Number.isFinite(value))
        ) {
          return say`${name} gave ${show(got)}; expected ${weights.length} numbers.`;
        }
        if (k !== weights.length) {
          return say`random() was called ${k} times for ${weights.length} weights: each weight is kept or dropped on its own.`;
        }
        got.forEach((value, i) => {
          sums[i] += value / 1000;
          zeros[i] += value === 0 ? 1 / 1000 : 0;
          largest = Math.max(largest, value / weights[i]);
        });
      }
      const dropped = zeros[0];
      const factor = sums[0] / weights[0];
      const said = say`With rate ${rate}`;
      if (!zeros.every((share) => Math.abs(share - rate) < 0.01)) {
        return Math.abs(dropped - (1 - rate)) < 0.01
          ? say`${said}, ${(100 * dropped).toFixed(0)} % were dropped: this keeps what should be dropped.`
          : say`${said}, ${(100 * dropped).toFixed(0)} % of the first weight's draws were 0, expected ${100 * rate} %.`;
      }
      if (sums.every((sum, i) => Math.abs(sum - weights[i]) < 0.01)) continue;
      const mean = say`${said}, the mean of the first weight is ${sums[0].toFixed(3)}, expected ${weights[0]}`;
      if (close(largest, 1)) return say`${mean}: those that are kept must grow.`;
      if (close(largest, 1 / rate))
        return say`${mean}: divide by the share that is kept, 1 − rate.`;
      if (close(largest, 1 - rate)) return say`${mean}: divide by 1 − rate, do not multiply by it.`;
      if (factor > 0) return `${mean}.`;
      return say`${said}, nothing was left.`;
    }
    return undefined;
  },
);

/** Exercise 3.4: the heads' results side by side. (heads, tokens, D) -> (tokens, heads · D) */
export const joinHeads = exercise<(context: tf.Tensor) => tf.Tensor>(
  () => say`It undoes splitHeads of section 3.8, step by step in reverse.`,
  (answer) =>
    tf.tidy(() => {
      for (const [H, T, D] of [
        [2, 3, 2],
        [3, 2, 4],
        [1, 4, 2],
      ]) {
        const context = tf.range(0, H * T * D).reshape([H, T, D]);
        const got: unknown = answer(context);
        const call = say`For a context of shape (${H}, ${T}, ${D})`;
        if (!(got instanceof tf.Tensor))
          return say`${call} it gave ${show(got)}; expected a tensor.`;
        const is = (other: tf.Tensor) =>
          JSON.stringify(other.arraySync()) === JSON.stringify(got.arraySync());
        const joined = context.transpose([1, 0, 2]).reshape([T, H * D]);
        if (is(joined)) continue;
        const wrong: [tf.Tensor, string][] = [
          [
            context.reshape([T, H * D]),
            say`the shape is right, but a row holds numbers of several tokens of one head. Bring the token axis to the front first`,
          ],
          [
            context.transpose([1, 2, 0]).reshape([T, D * H]),
            say`the heads' numbers alternate. All numbers of head 0 must come first: keep heads before numbers when you transpose`,
          ],
          [context.transpose([1, 0, 2]), say`the heads still have an axis of their own: reshape`],
          [
            tf.concat(tf.unstack(context), 0),
            say`the heads stand below each other, not side by side`,
          ],
        ];
        const why = wrong.find(([tensor]) => is(tensor))?.[1];
        const shape = `(${got.shape.join(', ')})`;
        if (why) return `${call}, ${why}.`;
        if (got.shape.join() !== joined.shape.join()) {
          return say`${call} the result has shape ${shape}, expected (${joined.shape.join(', ')}).`;
        }
        const rows = [got, joined].map((tensor) => show((tensor.arraySync() as Matrix)[0]));
        return say`${call}, with the numbers 0, 1, 2, … in it, the first row is ${rows[0]}, expected ${rows[1]}.`;
      }
      return undefined;
    }),
);

/** Exercise 3.5: memory of all attention weights of a model. */
export const attentionBytes = exercise<
  (shape: { batch: number; tokens: number; nHeads: number; nLayers: number }) => number
>(
  () =>
    say`GPT-2 small at 1,024 tokens: 604 MB for one text, more than its 124 million parameters take.`,
  (answer) => {
    for (const shape of [
      { batch: 2, tokens: 8, nHeads: 3, nLayers: 5 },
      { batch: 1, tokens: 1024, nHeads: 12, nLayers: 12 },
      { batch: 4, tokens: 256, nHeads: 16, nLayers: 24 },
    ]) {
      const { batch, tokens, nHeads, nLayers } = shape;
      const got = answer({ ...shape });
      const squares = batch * nHeads * nLayers;
      const expected = squares * tokens ** 2 * 4;
      if (got === expected) continue;
      const call = say`attentionBytes(${show(shape)}) gave ${show(got)}`;
      const wrong: [number, string][] = [
        [squares * tokens ** 2, say`these are numbers; a number of 32 bits has 4 bytes`],
        [squares * tokens ** 2 * 32, say`these are bits; 8 of them are a byte`],
        [squares * tokens * 4, say`every token looks at every token: tokens × tokens`],
        [batch * nHeads * tokens ** 2 * 4, say`every layer has its own weights`],
        [batch * nLayers * tokens ** 2 * 4, say`every head has its own square`],
        [nHeads * nLayers * tokens ** 2 * 4, say`every text of the batch has its own weights`],
        [
          squares * ((tokens * (tokens + 1)) / 2) * 4,
          say`this counts the triangle; the full square is kept in memory, zeros included`,
        ],
      ];
      const why = wrong.find(([value]) => value === got)?.[1];
      return say`${call}${why ? `: ${why}.` : '.'} Expected ${expected}.`;
    }
    return undefined;
  },
);

/** Exercise 3.6: the lines of the fault clinic. */
export const findFaults = clinic(
  () =>
    say`A multiplies 0 by −∞, which is NaN where a letter may look. B subtracts a mean over all words, the later ones included, before any mask.`,
  {
    A: { lines: 5, guilty: 3, hint: () => say`In which result does the first NaN stand?` },
    B: { lines: 5, guilty: 1, hint: () => say`Which line mixes words, and has no mask?` },
  },
);
