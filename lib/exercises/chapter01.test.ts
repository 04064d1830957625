import { beforeAll, describe, expect, test } from 'vitest';
import { initBackend, tf } from '../backend';
import { BPETokenizer } from '../tokenizer';
import * as chapter01 from './chapter01';

const gpt2 = BPETokenizer.gpt2();

beforeAll(async () => {
  await initBackend();
});

/** An answer that is not right, and a part of the sentence that helps. */
type Wrong<Answer> = [what: string, answer: Answer, help: RegExp];

function check<Answer>(
  name: string,
  exercise: (answer: Answer | undefined) => Promise<{ kind: string; message: string }>,
  right: [what: string, answer: Answer][],
  wrong: Wrong<Answer>[],
): void {
  describe(name, () => {
    test('not attempted', async () => {
      expect((await exercise(undefined)).kind).toBe('not attempted');
    });
    test.each(right)('right: %s', async (_, answer) => {
      expect(await exercise(answer)).toMatchObject({ kind: 'right' });
    });
    test.each(wrong)('%s', async (_, answer, help) => {
      const verdict = await exercise(answer);
      expect(verdict.message).toMatch(help);
      expect(verdict.kind).toBe('not yet');
    });
  });
}

check<readonly string[]>(
  'firstMerges',
  chapter01.firstMerges,
  [['in order', ['an', 'ana', 'anana']]],
  [
    ['two tokens only', ['an', 'ana'], /three tokens/],
    ['the other of two equals', ['na', 'ana', 'anana'], /smaller left token/],
    ['words counted once each', ['as', 'an', 'ana'], /as often as its word occurs/],
    ['a token of three letters first', ['ana', 'an', 'na'], /occurs 10 times/],
    ['pairs of the first count', ['an', 'na', 'as'], /left on its own/],
    ['an old token after a new one', ['an', 'anan', 'anana'], /older token/],
    ['nothing of the kind', ['an', 'as', 'ba'], /count again/],
    ['the third step missed', ['an', 'ana', 'anas'], /ana·s/],
  ],
);

const fit = (text: string, maxTokens: number): string => {
  const stream = gpt2.streamDecoder();
  return gpt2
    .encode(text)
    .slice(0, maxTokens)
    .map((id) => stream.push(id))
    .join('');
};
const grow = (text: string, maxTokens: number): string => {
  let best = '';
  let prefix = '';
  for (const character of text) {
    prefix += character;
    if (gpt2.encode(prefix).length <= maxTokens) best = prefix;
  }
  return best;
};
const naive = (text: string, maxTokens: number) =>
  gpt2.decode(gpt2.encode(text).slice(0, maxTokens));

check<(text: string, maxTokens: number) => string>(
  'fitTokens',
  chapter01.fitTokens,
  [
    ['with a stream decoder', fit],
    ['character by character', grow],
  ],
  [
    [
      'ids instead of text',
      ((text: string) => gpt2.encode(text)) as never,
      /a string was expected/,
    ],
    ['characters counted', (text, n) => text.slice(0, n), /counts characters/],
    ['a torn character', naive, /part of a character/],
    ['all of the text', (text) => text, /takes 6 tokens/],
    ['one token less', (text, n) => fit(text, n - 1), /more fits/],
    ['another text', () => 'Olá', /expected "?'?It is a/],
    [
      'every U+FFFD removed',
      (text, n) => naive(text, n).replaceAll('\uFFFD', ''),
      /only what the cut tore may go/,
    ],
  ],
);

check<{ english: string; portuguese: string }>(
  'wordPrices',
  chapter01.wordPrices,
  [
    ['internationally and órgãos', { english: 'internationally', portuguese: 'órgãos' }],
    [
      'decomposed accents count as one letter',
      {
        english: 'responsibilities',
        portuguese: 'órgãos'.normalize('NFD'),
      },
    ],
  ],
  [
    ['too short', { english: 'house', portuguese: 'órgãos' }, /5 letters; at least 12/],
    ['too long', { english: 'internationally', portuguese: 'constitucional' }, /at most 6/],
    ['several tokens', { english: 'antidisestablishment', portuguese: 'órgãos' }, /One token was/],
    ['a cheap word', { english: 'internationally', portuguese: 'casa' }, /At least four/],
    ['a sentence', { english: 'it is very cheap', portuguese: 'órgãos' }, /letters only/],
    ['a space in front', { english: ' internationally', portuguese: 'órgãos' }, /without spaces/],
    ['nothing', { english: 'internationally' } as never, /portuguese must be one word/],
  ],
);

type Pack = (documents: number[][], length: number, endId: number) => chapter01.Windows;
const cut = (row: number[], length: number, count: number, shift = 1): chapter01.Windows => {
  const windows = (from: number) =>
    Array.from({ length: count }, (_, i) => {
      const start = i * length + from;
      return row.slice(start, start + length);
    });
  return { inputs: windows(0), targets: windows(shift) };
};
const join = (documents: number[][], endId: number) => documents.flatMap((ids) => [...ids, endId]);
const full = (row: number[], length: number) => Math.floor((row.length - 1) / length);
const pack: Pack = (documents, length, endId) => {
  const row = join(documents, endId);
  return cut(row, length, full(row, length));
};

check<Pack>(
  'packDocuments',
  chapter01.packDocuments,
  [['joined and cut', pack]],
  [
    ['nothing returned', (() => undefined) as never, /expected \{ inputs, targets \}/],
    [
      'targets are the inputs',
      (d, n, e) => cut(join(d, e), n, full(join(d, e), n), 0),
      /comes next/,
    ],
    ['no end token', (d, n) => cut(d.flat(), n, full(d.flat(), n)), /where is the end token/],
    [
      'a last window that is not full',
      (d, n, e) => cut(join(d, e), n, Math.ceil(join(d, e).length / n)),
      /every window must have 3 ids/,
    ],
    [
      'overlapping windows',
      (d, n, e) => {
        const row = join(d, e);
        const starts = Array.from({ length: row.length - n }, (_, i) => i);
        return {
          inputs: starts.map((s) => row.slice(s, s + n)),
          targets: starts.map((s) => row.slice(s + 1, s + n + 1)),
        };
      },
      /do not overlap/,
    ],
    [
      'each document on its own',
      (d, n, e) => {
        const parts = d.map((ids) => pack([ids], n, e));
        return {
          inputs: parts.flatMap(({ inputs }) => inputs),
          targets: parts.flatMap(({ targets }) => targets),
        };
      },
      /cross the border/,
    ],
    [
      'end token between documents only',
      (d, n, e) => {
        const row = join(d, e).slice(0, -1);
        return cut(row, n, full(row, n));
      },
      /a window is missing/,
    ],
    [
      'windows without targets',
      (d, n, e) => ({ ...pack(d, n, e), targets: [] }),
      /needs one of targets/,
    ],
    ['another end token', (d, n, e) => pack(d, n, e + 1000), /where is the end token/],
    [
      'the documents changed',
      (d, n, e) => {
        d.forEach((ids) => ids.push(e));
        return cut(d.flat(), n, full(d.flat(), n));
      },
      /copy them first/,
    ],
  ],
);

type Embed = (ids: number[][], tokens: tf.Tensor2D, positions: tf.Tensor2D) => tf.Tensor;
const lookUp = (ids: number[][], tokens: tf.Tensor2D) =>
  tokens.gather(tf.tensor2d(ids, undefined, 'int32'));
const tidily =
  (embed: Embed): Embed =>
  (...given) =>
    tf.tidy(() => embed(...given));
const embed: Embed = (ids, tokens, positions) => {
  const flat = tf.oneHot(tf.tensor1d(ids.flat(), 'int32'), tokens.shape[0]).toFloat();
  const [batch, length, dim] = [ids.length, ids[0].length, tokens.shape[1]];
  return tf
    .matMul(flat, tokens)
    .reshape([batch, length, dim])
    .add(positions.slice([0, 0], [length, dim]));
};

check<Embed>(
  'inputVectors',
  chapter01.inputVectors,
  [['one-hot rows times the table', tidily(embed)]],
  [
    ['an array', ((ids: number[][]) => ids) as never, /a tensor was expected/],
    [
      'batch and tokens left flat',
      tidily((i, t, p) => embed(i, t, p).reshape([6, 4])),
      /\[2,3,4\]/,
    ],
    ['no positions', tidily(lookUp), /token embeddings alone/],
    [
      'positions looked up by token',
      tidily((i, t, p) => lookUp(i, t).add(lookUp(i, p))),
      /The position counts within each row/,
    ],
    [
      'positions counted over the whole batch',
      tidily((i, t, p) => lookUp(i, t).add(p.reshape([2, 3, 4]))),
      /The position counts within each row/,
    ],
    ['tensors left behind', embed, /tensors stay in memory/],
    [
      'an answer that throws',
      () => {
        throw new Error('shapes do not match');
      },
      /Trying your answer failed: shapes do not match/,
    ],
  ],
);

test('the check of vectors leaves no tensors, whatever the answer does', async () => {
  const before = tf.memory().numTensors;
  await chapter01.inputVectors(tidily(embed));
  await chapter01.inputVectors(embed);
  await chapter01.inputVectors(() => {
    throw new Error('shapes do not match');
  });
  expect(tf.memory().numTensors).toBe(before);
});

check<{ A: number; B: number; C: number }>(
  'findFaults',
  chapter01.findFaults,
  [['the three lines', { A: 5, B: 2, C: 4 }]],
  [
    ['an innocent line of A', { A: 3, B: 2, C: 4 }, /Line 3 of A is innocent.*goes first/],
    ['an innocent line of B', { A: 5, B: 3, C: 4 }, /Line 3 of B is innocent.*marker/],
    ['an innocent line of C', { A: 5, B: 2, C: 5 }, /Line 5 of C is innocent.*largest id/],
    ['a line that is not there', { A: 5, B: 4, C: 4 }, /1 to 3/],
  ],
);
