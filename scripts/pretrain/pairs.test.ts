import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { skillDocuments } from './skills';
import { Draw } from './skills/draw';
import * as english from './stories/english';
import * as portuguese from './stories/portuguese';
import { seededRandom } from '../../lib/data';

const read = (language: string) =>
  readFileSync(path.join(__dirname, 'pairs', `${language}.tsv`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
const PAIRS = { english: read('english'), portuguese: read('portuguese') };
const KINDS = { english: ['number', 'reflexive'], portuguese: ['gender', 'number', 'person'] };
const LANGUAGES = ['english', 'portuguese'] as const;

test.each(LANGUAGES)('a pair is two sentences that differ in one word: %s', (language) => {
  for (const pair of PAIRS[language]) {
    const [good, bad, kind, distance] = pair;
    expect(pair.length, good).toBe(4);
    expect(KINDS[language]).toContain(kind);
    expect(['near', 'across']).toContain(distance);
    for (const sentence of [good, bad]) expect(sentence).toMatch(/^\p{Lu}[^.!?]*[^\s.!?][.!?]$/u);
    const [a, b] = [good.split(' '), bad.split(' ')];
    expect(a.length, good).toBe(b.length);
    expect(a.filter((word, i) => word !== b[i]).length, good).toBe(1);
  }
});

test.each(LANGUAGES)('no sentence stands twice, and none is right and wrong: %s', (language) => {
  const sentences = PAIRS[language].flatMap(([good, bad]) => [good, bad]);
  expect(sentences.filter((sentence, i) => sentences.indexOf(sentence) !== i)).toEqual([]);
});

test('there are enough pairs of each kind', () => {
  const count = (language: keyof typeof PAIRS, ...wanted: string[]) =>
    PAIRS[language].filter((pair) => wanted.every((word) => pair.slice(2).includes(word))).length;
  expect(count('english', 'across')).toBeGreaterThanOrEqual(200);
  expect(count('portuguese')).toBeGreaterThanOrEqual(400);
  expect(count('portuguese', 'across')).toBeGreaterThanOrEqual(150);
  for (const kind of KINDS.portuguese) expect(count('portuguese', kind)).toBeGreaterThanOrEqual(80);
});

test.each(LANGUAGES)('no sentence of a pair stands in generated text: %s', (language) => {
  const { story, agreement } = { english, portuguese }[language];
  const draw = new Draw(seededRandom(3), 'training');
  const texts = [
    ...Array.from({ length: 5000 }, () => story(draw)),
    // A document of agreement sentences has twelve.
    ...Array.from({ length: 12 * 5000 }, () => agreement(draw)),
    ...skillDocuments(language === 'english' ? 'en' : 'pt', 5000, 3),
  ];
  const words = (sentence: string) =>
    sentence
      .toLowerCase()
      .match(/[\p{L}-]+/gu)
      ?.join(' ');
  const generated = new Set(texts.flatMap((text) => text.split(/[.!?:\n"]/).map(words)));
  const sentences = PAIRS[language].flatMap(([good, bad]) => [good, bad]);
  expect(sentences.filter((sentence) => generated.has(words(sentence)))).toEqual([]);
  // What is generated would be found.
  expect(generated.has(words(texts[5000]))).toBe(true);
});
