/** The checks of chapter 4, GPT-2. */
import { countParameters, gptConfig, type GPTConfig } from '../model';
import { messagesOf } from './say';
import { clinic, exercise, show } from './verdict';

const say = messagesOf('chapter04');

const commas = (n: number) => n.toLocaleString('en-US');

/** Exercise 4.1: a configuration of 60 to 62.5 million parameters. */
export const fitConfig = exercise<Partial<GPTConfig>>(
  () => say`Width and depth can be traded: the same budget buys 640 × 6 or 512 × 11.`,
  (answer) => {
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
      return say`Give an object such as { embDim: 384, nHeads: 6, nLayers: 6 }, not ${show(answer)}.`;
    }
    const config = gptConfig(answer);
    const wanted = gptConfig('gpt2');
    for (const key of ['vocabSize', 'contextLength', 'qkvBias', 'tiedHead'] as const) {
      if (config[key] !== wanted[key]) {
        return say`${key} shall stay as in gpt2, ${wanted[key]}; it is ${config[key]}.`;
      }
    }
    const { embDim, nHeads, nLayers } = config;
    if (embDim / nHeads !== 64) {
      return say`Heads of 64 numbers were asked for; ${embDim} numbers in ${nHeads} heads are ${embDim / nHeads} each.`;
    }
    if (nLayers < 6) return say`At least 6 blocks were asked for; this has ${nLayers}.`;
    const count = countParameters(config);
    if (16 * count > 1e9) {
      return say`This has ${commas(count)} parameters and needs ${commas(16 * count)} bytes in training: more than 1,000,000,000.`;
    }
    if (count < 60e6) {
      return say`This fits, but has only ${commas(count)} parameters; at least 60,000,000 were asked for.`;
    }
    return undefined;
  },
);

const mean = (x: readonly number[]) => x.reduce((a, b) => a + b, 0) / x.length;

const close = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) < 1e-6);

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Exercise 4.2: layer normalisation of one vector, with plain arrays. */
export const layerNorm = exercise<(x: number[], weight: number[], bias: number[]) => number[]>(
  () => say`GPT-2 small does this 25 times for each token.`,
  (answer) => {
    const cases: [x: number[], weight: number[], bias: number[]][] = [
      [
        [1, 2, 3, 6],
        [1, 1, 1, 1],
        [0, 0, 0, 0],
      ],
      [
        [0.001, 0.003, 0.001, 0.003],
        [1, 1, 1, 1],
        [0, 0, 0, 0],
      ],
      [
        [4, -4, 0],
        [2, 1, 3],
        [5, 0, -1],
      ],
      [
        [7, 7],
        [1, 1],
        [0, 0.5],
      ],
    ];
    for (const [x, weight, bias] of cases) {
      const given = [...x];
      const got = answer(given, [...weight], [...bias]);
      const call = `normaliseVector(${show(x)}, ${show(weight)}, ${show(bias)})`;
      if (!close(given, x)) return say`${call} changed the x that it was given.`;
      if (!Array.isArray(got) || got.length !== x.length) {
        return say`${call} gave ${show(got)}; expected ${x.length} numbers.`;
      }
      const centred = x.map((value) => value - mean(x));
      const squares = centred.map((value) => value * value);
      const variance = mean(squares);
      const sample = (variance * x.length) / (x.length - 1);
      const scaled = (divisor: number) =>
        centred.map((v, i) => (v / divisor) * weight[i] + bias[i]);
      const expected = scaled(Math.sqrt(variance + 1e-5));
      if (close(got, expected)) continue;
      const wrong: [number[], string][] = [
        [scaled(Math.sqrt(sample + 1e-5)), say`GPT-2 divides the squares by n, not by n − 1`],
        [scaled(Math.sqrt(variance)), say`where is ε?`],
        [
          scaled(Math.sqrt(variance) + 1e-5),
          say`ε is added to the variance, before the square root`,
        ],
        [scaled(variance + 1e-5), say`divide by the square root of the variance`],
        [
          x.map((v, i) => (v / Math.sqrt(variance + 1e-5)) * weight[i] + bias[i]),
          say`the mean was not subtracted`,
        ],
        [centred.map((v) => v / Math.sqrt(variance + 1e-5)), say`weight and bias are missing`],
        [
          centred.map((v, i) => (v / Math.sqrt(variance + 1e-5) + bias[i]) * weight[i]),
          say`scale first, then shift`,
        ],
      ];
      if (got.some((value) => Number.isNaN(value))) {
        return say`${call} gave ${show(got)}: the variance is 0. That is what ε is for, added before the root.`;
      }
      const why = wrong.find(([vector]) => close(got, vector))?.[1];
      return say`${call} gave ${show(got)}${why ? `: ${why}.` : '.'} Expected ${show(expected)}.`;
    }
    return undefined;
  },
);

/** Exercise 4.3: the most probable next token of each text in a padded batch. */
export const nextTokens = exercise<(logits: number[][][], mask: number[][]) => number[]>(
  () => say`Chapter 6 reads a whole text’s class at this very position.`,
  (answer) => {
    const logits = [
      [
        [9, 0, 1, 0],
        [0, 1, 0, 7],
        [5, 6, 0, 0],
        [0, 0, 8, 0],
      ],
      [
        [0, 0, 0, 4],
        [-9, -1, -8, -7],
        [3, 0, 0, 0],
        [0, 0, 4, 0],
      ],
      [
        [0, 2, 0, 0],
        [0, 0, 3, 0],
        [0, 0, 0, 1],
        [6, 0, 0, 0],
      ],
      [
        [0, 0, 5, 0],
        [0, 0, 0, 9],
        [9, 0, 0, 0],
        [0, 9, 0, 0],
      ],
    ];
    const mask = [
      [1, 1, 1, 0],
      [1, 1, 0, 0],
      [1, 1, 1, 1],
      [1, 0, 0, 0],
    ];
    const lengths = mask.map((row) => row.reduce((a, b) => a + b, 0));
    const best = (row: number[], choose = Math.max) => row.indexOf(choose(...row));
    const at = (position: (length: number) => number, choose = Math.max) =>
      logits.map((rows, i) =>
        rows[position(lengths[i])] ? best(rows[position(lengths[i])], choose) : -1,
      );
    const got = answer(
      logits.map((rows) => rows.map((row) => [...row])),
      mask.map((row) => [...row]),
    );
    const expected = at((length) => length - 1);
    const same = (other: unknown) => equal(got, other);
    if (same(expected)) return undefined;
    const said = say`For a mask of ${show(mask)} it gave ${show(got)}`;
    if (!Array.isArray(got) || got.length !== mask.length) {
      return say`${said}; expected one token id for each of ${mask.length} texts.`;
    }
    const wrong: [unknown, string][] = [
      [at(() => 3), say`that reads the last column, which is padding for three of the texts`],
      [at((length) => length), say`that is one position too far: positions count from 0`],
      [
        at((length) => Math.min(length, 3)),
        say`that is one position too far: positions count from 0`,
      ],
      [at(() => 0), say`that reads the first position`],
      [at((length) => length - 1, Math.min), say`these are the least probable tokens`],
      [
        lengths.map((length) => length - 1),
        say`these are the positions; which token has the largest logit there?`,
      ],
    ];
    const why = wrong.find(([value]) => same(value))?.[1];
    return say`${said}${why ? `: ${why}.` : '.'} Expected ${show(expected)}.`;
  },
);

type ContinueText = (
  predict: (ids: number[]) => number,
  prompt: number[],
  options: { contextLength: number; limit: number; stops: number[][] },
) => number[];

interface Story {
  prompt: number[];
  limit: number;
  stops: number[][];
}

type Slip = 'keeps' | 'drops one' | 'counts the prompt' | 'ignores' | 'knows the first only';

/**
 * The tokens of a model that counts on from its last token (0 follows 9), with or without a slip.
 */
function counted({ prompt, limit, stops }: Story, slip?: Slip): number[] {
  const added: number[] = [];
  const known = slip === 'knows the first only' ? stops.slice(0, 1) : stops;
  while (added.length < limit) {
    const before = [...prompt, ...added];
    added.push((before[before.length - 1] + 1) % 10);
    const all = slip === 'counts the prompt' ? [...prompt, ...added] : added;
    const stop = known.find((each) => equal(all.slice(-each.length), each));
    if (!stop || slip === 'ignores') continue;
    if (slip === 'keeps') return added;
    return added.slice(0, slip === 'drops one' ? -1 : -stop.length);
  }
  return added;
}

const SLIPS: readonly [slip: Slip, why: () => string][] = [
  ['keeps', () => say`the stop sequence does not belong to the text`],
  ['drops one', () => say`all of the stop sequence goes, not its last token alone`],
  ['counts the prompt', () => say`a stop sequence counts only when all of it is new`],
  ['knows the first only', () => say`there may be several stop sequences`],
  ['ignores', () => say`the new tokens had ended with a stop sequence before`],
];

/** Exercise 4.4: a generation loop with stop sequences and a window. */
export const continueText = exercise<ContinueText>(
  () => say`Chat programs stop at sequences such as "\\nUser:" in just this way.`,
  (answer) => {
    const stories: Story[] = [
      { prompt: [3], limit: 4, stops: [] },
      { prompt: [3], limit: 0, stops: [] },
      { prompt: [1, 2], limit: 9, stops: [[6]] },
      { prompt: [1, 2], limit: 9, stops: [[5, 6]] },
      { prompt: [1, 2], limit: 9, stops: [[8], [6, 5], [4, 5]] },
      { prompt: [4, 5], limit: 3, stops: [[5, 6]] },
      { prompt: [4, 5], limit: 2, stops: [[6, 7]] },
      { prompt: [0, 1, 2], limit: 5, stops: [] },
    ];
    const contextLength = 4;
    for (const story of stories) {
      const prompt = [...story.prompt];
      const options = { contextLength, limit: story.limit, stops: story.stops.map((s) => [...s]) };
      const call = say`With the prompt ${show(prompt)} and ${show(options)}`;
      const seen: number[][] = [];
      const got = answer(
        (ids) => {
          if (seen.length > 100)
            throw new Error(say`the model was asked 100 times: no end of the loop`);
          seen.push([...ids]);
          return (ids[ids.length - 1] + 1) % 10;
        },
        prompt,
        options,
      );
      if (!equal(prompt, story.prompt)) {
        return say`${call} the prompt became ${show(prompt)}: work on a copy, [...prompt].`;
      }
      const long = seen.find((ids) => ids.length > contextLength);
      if (long) {
        return say`${call} the model was given ${long.length} ids: all but the last ${contextLength} must go.`;
      }
      const short = seen.find(
        (ids, i) => ids.length < Math.min(contextLength, story.prompt.length + i),
      );
      if (short) {
        return say`${call} the model was given only ${show(short)}, and might see ${contextLength} ids of prompt and new tokens.`;
      }
      const expected = counted(story);
      if (equal(got, expected)) continue;
      const said = say`${call} it gave ${show(got)}`;
      if (equal(got, [...story.prompt, ...expected])) {
        return say`${said}: return the new tokens only, without the prompt.`;
      }
      const why = SLIPS.find(([slip]) => equal(got, counted(story, slip)))?.[1]();
      return say`${said}${why ? `: ${why}.` : '.'} Expected ${show(expected)}.`;
    }
    return undefined;
  },
);

/** Exercise 4.5: bytes of the keys and values of one text. */
export const cacheBytes = exercise<
  (
    config: { embDim: number; nHeads: number; nLayers: number },
    tokens: number,
    bytesPerNumber: number,
  ) => number
>(
  () =>
    say`75 MB for GPT-2, and 17 GB for the other, more than its weights: newer models let several heads share keys and values for this reason.`,
  (answer) => {
    const cases = [
      [{ embDim: 768, nHeads: 12, nLayers: 12 }, 1, 4],
      [{ embDim: 768, nHeads: 12, nLayers: 12 }, 1024, 4],
      [{ embDim: 4096, nHeads: 32, nLayers: 32 }, 32_768, 2],
    ] as const;
    for (const [config, tokens, bytes] of cases) {
      const { embDim, nHeads, nLayers } = config;
      const got = answer({ ...config }, tokens, bytes);
      const expected = 2 * nLayers * tokens * embDim * bytes;
      if (got === expected) continue;
      const said = say`For ${show(config)}, ${tokens} tokens and ${bytes} bytes it gave ${show(got)}`;
      const wrong: [number, string][] = [
        [expected / 2, say`keys and values are kept, so twice that`],
        [expected / nLayers, say`each block keeps its own`],
        [expected * nHeads, say`the heads share the embDim numbers, so nHeads does not matter`],
        [expected / nHeads, say`that is one head; embDim numbers are those of all heads together`],
        [expected / bytes, say`that counts numbers; each takes bytesPerNumber bytes`],
        [(expected / 2) * 3, say`queries need not be kept: only the new token asks`],
        [
          expected * tokens,
          say`that grows with the square of the text; the attention weights are not kept`,
        ],
      ];
      const why = wrong.find(([value]) => value === got)?.[1];
      return say`${said}${why ? `: ${why}.` : '.'} Expected ${commas(expected)}.`;
    }
    return undefined;
  },
);

/** Exercise 4.6: the lines of the fault clinic. */
export const findFaults = clinic(
  () =>
    say`A puts one block into every place. B reads what follows the first token. C takes each new token for the first of the text.`,
  {
    A: { lines: 5, guilty: 2, hint: () => say`How many blocks are made?` },
    B: {
      lines: 4,
      guilty: 4,
      hint: () => say`How many predictions does one run make, and which one is read?`,
    },
    C: {
      lines: 6,
      guilty: 2,
      hint: () => say`At which place of the text does the second new token stand?`,
    },
  },
);
