import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { initBackend, tf } from '../../lib/backend';
import { newHistory, thisEngine } from '../../lib/training';
import { loadModel } from '../../lib/weights';
import { GPTModel } from '../../lib/model';
import { BPETokenizer } from '../../lib/tokenizer';
import { exportModel } from './export';
import { loadRecipe } from './recipe';
import { seededRandom } from '../../lib/data';
import { fromInt8, isInt8, toInt8 } from '../../lib/weights/int8';
import { roundToInt8 } from './export';
import {
  bitsPerByte,
  copiedShare,
  exactMatch,
  pairAccuracy,
  repeatedTokens,
  unknownWords,
  type Reader,
} from './measures';
import { END_OF_TEXT } from './text';

let zeros: Reader;
const V = 300;

beforeAll(async () => {
  await initBackend();
  const tokenizer = BPETokenizer.train(
    'a cat and a dog and a cat and a cow. '.repeat(9) + 'abcdefghijklmnopqrstuvwxyz',
    {
      vocabSize: 270,
      specialTokens: [END_OF_TEXT],
    },
  );
  const config = {
    vocabSize: V,
    contextLength: 96,
    embDim: 8,
    nHeads: 2,
    nLayers: 1,
    dropRate: 0,
    qkvBias: true,
    tiedHead: true,
  };
  zeros = { tokenizer, model: new GPTModel(config, { init: 'zeros' }) };
});

test('without a preference every token costs log2(V) bits', async () => {
  // Longer than the context, in several windows; each token counts once.
  for (const texts of [['a cat'], ['a cat and a dog', 'é ção'], ['a cow zz '.repeat(100)]]) {
    const tokens = texts.reduce((sum, text) => sum + zeros.tokenizer.encode(text).length, 0);
    const bytes = Buffer.byteLength(texts.join(''));
    expect(await bitsPerByte(zeros, texts)).toBeCloseTo((tokens * Math.log2(V)) / bytes, 4);
  }
});

test('a tie is wrong, and the more probable sentence is right', async () => {
  // Of as many tokens each, as single letters are.
  expect(await pairAccuracy(zeros, [{ good: 'x', bad: 'y' }])).toBe(0);
  expect(
    await pairAccuracy(zeros, [
      { good: 'x', bad: 'xy' },
      { good: 'xyz', bad: 'x' },
    ]),
  ).toBe(0.5);
});

test('nothing is induced without a preference', async () => {
  const { first, second, right } = await repeatedTokens(zeros);
  expect(first).toBeCloseTo(Math.log(V), 4);
  expect(second).toBeCloseTo(Math.log(V), 4);
  expect(right).toBeLessThan(0.02);
});

test('an answer that is not written does not count', async () => {
  const task = { kind: 'copy', language: 'en', prompt: 'a cat', answer: 'dog' } as const;
  expect(await exactMatch(zeros, [task, task])).toBe(0);
});

test('words are unknown, and runs of words copied, by count', () => {
  expect(unknownWords(['A cat, a blick!', 'Dog'], new Set(['a', 'cat', 'dog']))).toBe(0.2);
  const text = 'one two three four five six';
  expect(copiedShare(['zero one two three four'], [text], 3)).toBeCloseTo(2 / 3);
  expect(copiedShare(['one two'], [text], 3)).toBe(0);
});

test('rounding to int8 is at most half a scale off, and the same in both forms', () => {
  const numbers = Float32Array.from(
    { length: 60 },
    (_, i) => Math.sin(i * 7) * 10 ** (Math.floor(i / 20) - 2),
  );
  numbers.fill(0, 40); // a row of zeros
  const form = toInt8(numbers, 3);
  const values = fromInt8(form);
  expect([...form.scales].map(Math.sign)).toEqual([1, 1, 0]);
  values.forEach((value, i) => {
    const scale = form.scales[Math.floor(i / 20)];
    // The scale's own rounding moves the largest by 127 times a 2,048th of it.
    expect(Math.abs(value - numbers[i])).toBeLessThanOrEqual(0.57 * scale);
    expect(Math.abs(form.values[i])).toBeLessThanOrEqual(127);
  });
  expect(Math.max(...form.values.map(Math.abs))).toBe(127);
});

test('what was rounded to int8 is so for good', () => {
  const random = seededRandom(1);
  const rows = 2000;
  const numbers = Float32Array.from({ length: 24 * rows }, () => (random() - 0.5) * 4 ** random());
  expect(isInt8(numbers, rows)).toBe(false);
  const rounded = fromInt8(toInt8(numbers, rows));
  expect(isInt8(rounded, rows)).toBe(true);
  rounded[7] *= 1.3;
  expect(isInt8(rounded, rows)).toBe(false);
});

test('a rounded model holds what its int8 form stands for', () => {
  const model = new GPTModel({ ...zeros.model.config }, { seed: 3 });
  const before = Object.fromEntries(
    Object.entries(model.parameters()).map(([name, one]) => [name, one.dataSync() as Float32Array]),
  );
  roundToInt8(model);
  for (const [name, parameter] of Object.entries(model.parameters())) {
    const now = parameter.dataSync();
    if (parameter.rank < 2) continue;
    const rows = parameter.shape[0];
    expect([...now], name).toEqual([...fromInt8(toInt8(before[name], rows))]);
  }
  expect(tf.getBackend()).toBeTruthy();
  model.dispose();
});

test('a card tells all measures, of the weights as they are written', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-card-'));
  const recipe = loadRecipe('gpt-mini');
  const { tokenizer } = zeros;
  const end = tokenizer.specialTokens[END_OF_TEXT];
  const found = { faulty: 1, withoutOriginal: 2, overlapping: 3, overlappingShare: 0.0123 };
  const sources = recipe.sources.map(({ name, passes }) => ({
    name,
    documents: 10,
    tokens: 100,
    bytes: 300,
    passes,
    late: 20,
    overlappingAfter: 0,
    ...found,
  }));
  const tokens = {
    tokenizer,
    tokens: Uint16Array.from([...tokenizer.encode('The cat sees the dogs.'), end]),
    lateTokens: new Uint16Array(),
    about: {
      recipe: '',
      tokenizer: '',
      sha256: '',
      tests: ['a test'],
      sources,
      tokens: sources.reduce((sum, each) => sum + each.tokens * each.passes, 0),
      lateTokens: 20 * sources.length,
      lateSha256: '',
    },
    keptBack: new Map([['the-verdict', ['a cat and a dog '.repeat(40)]]]),
  };
  const blimp = path.join(dir, 'blimp');
  fs.mkdirSync(blimp);
  const pair = (good: string, bad: string) =>
    JSON.stringify({ sentence_good: good, sentence_bad: bad });
  const pairs = [pair('The cat sees.', 'The cat sees the.'), pair('A bat.', 'A bats.')];
  fs.writeFileSync(path.join(blimp, 'anaphor.jsonl'), pairs.join('\n'));
  fs.writeFileSync(
    path.join(blimp, 'models_summary.jsonl'),
    JSON.stringify({ UID: 'anaphor', ngram: 0.1, lstm: 0.2, txl: 0.3, gpt2: 0.4 }),
  );
  const model = new GPTModel({ ...zeros.model.config }, { seed: 3 });
  const run = {
    recipe,
    history: { ...newHistory(), step: 7, tokens: 99_000 },
    engine: thisEngine(),
    machine: 'a machine',
    seconds: 61,
  };
  const out = path.join(dir, 'out');
  await exportModel(model, tokens, run, out, { blimp, tasks: 1 });
  const card = fs.readFileSync(path.join(out, 'README.md'), 'utf8');
  for (const said of [
    '# gpt-mini\n',
    '## Trials\n',
    /\| en_tinystories \| TinyStories \| CDLA-Sharing-1\.0 \| .* \| 10 \| 100 \| \d/,
    /\| pt_tinystories_mt .*; not published \|/,
    '| en_tinystories | 3 | 1.23 % | 0 | 2 | 1 |',
    /\| the-verdict \| 640 \| \d\.\d{3} \| .* \| 1\.35 \|/,
    /\| anaphor \| 1 \| 100\.0 % \| 10\.0 % \| 20\.0 % \| 30\.0 % \| 40\.0 % \|/,
    'text: 1 of 2 do',
    '| Portuguese: all across |',
    'Random tokens, repeated',
    'in a straight line to 0',
    '**Portuguese: mean of kinds**',
    '> **Era uma vez**',
    '61 seconds on a machine',
  ]) {
    if (typeof said === 'string') expect(card).toContain(said);
    else expect(card).toMatch(said);
  }
  expect(card).not.toContain(dir);
  expect(card).not.toMatch(/NaN|undefined/);
  // The file holds what was measured.
  const loaded = await loadModel(out);
  for (const [name, parameter] of Object.entries(loaded.parameters())) {
    expect([...parameter.dataSync()], name).toEqual([...model.parameters()[name].dataSync()]);
  }
  loaded.dispose();
  model.dispose();
  fs.rmSync(dir, { recursive: true });
});
