import { expect, test } from 'vitest';
import * as english from './lexicon/english';
import * as portuguese from './lexicon/portuguese';
import {
  copyDocuments,
  instructionDocuments,
  isRight,
  SKILLS,
  skillDocuments,
  skillTasks,
  type Language,
} from './skills';
import { Draw, isHeldOut } from './skills/draw';
import { seededRandom } from '../../lib/data';

const LANGUAGES: Language[] = ['en', 'pt'];
const documents = Object.fromEntries(
  LANGUAGES.map((language) => [language, skillDocuments(language, 3000, 1)]),
);

test('the same seed makes the same documents, another one others', () => {
  expect(skillDocuments('en', 5, 1)).toEqual(skillDocuments('en', 5, 1));
  expect(skillDocuments('en', 5, 1)).not.toEqual(skillDocuments('en', 5, 2));
});

test('every place in a wording is filled', () => {
  for (const document of [...documents.en, ...documents.pt]) expect(document).not.toMatch(/[{}]/);
});

test('between a tenth and a quarter of the words are held out', () => {
  for (const { NOUNS, VERBS } of [english, portuguese]) {
    for (const list of [NOUNS.map(({ one }) => one), VERBS.map(({ base }) => base)]) {
      const share = list.filter(isHeldOut).length / list.length;
      expect(share).toBeGreaterThan(0.1);
      expect(share).toBeLessThan(0.25);
    }
  }
});

test.each(LANGUAGES)(
  'procedures are tested on words that training never asks about: %s',
  (language) => {
    const training = documents[language].join('\n');
    const tested = { en: english.NOUNS, pt: portuguese.NOUNS }[language]
      .map(({ one, many }) => ({ one, many }))
      .filter(({ one, many }) => isHeldOut(one) && one !== many);
    expect(tested.length).toBeGreaterThan(20);
    // No held-out word has its plural, its place in a list or its colour told in a training document;
    // facts such as the spelling of a word are another matter.
    for (const { many } of tested) {
      expect(training).not.toMatch(new RegExp(`(?<![\\p{L}-])${many}(?![\\p{L}-])`, 'u'));
    }
  },
);

test('copying takes any word of the texts, but never one that is held out', () => {
  const words = english.NOUNS.map(({ one }) => one);
  const rare = words.map((word) => `${word}xq`);
  const text = copyDocuments('en', 300, 1, [[...words, ...rare].join(' ')]).join('\n');
  const shown = (word: string) => new RegExp(`(?<!\\p{L})${word}(?!\\p{L})`, 'u').test(text);
  expect(rare.filter((word) => !isHeldOut(word) && !shown(word))).toEqual([]);
  for (const word of [...words, ...rare].filter(isHeldOut)) expect(shown(word), word).toBe(false);
});

test.each(LANGUAGES)('instructions are told as chapter 7 tells them: %s', (language) => {
  const told = instructionDocuments(language, 200, 1);
  expect(told).toHaveLength(200);
  for (const document of told) {
    expect(document).toMatch(/^(?:### Instruction:\n[^]+?\n\n### Response:\n.+(?:\n\n|$)){1,2}$/);
  }
  expect(instructionDocuments(language, 5, 1)).toEqual(told.slice(0, 5));
});

test.each(LANGUAGES)('facts are tested in wordings that training never uses: %s', (language) => {
  const shown = new Set(SKILLS[language].flatMap(({ questions }) => questions));
  for (const { kind, heldOut, testQuestions } of SKILLS[language]) {
    expect(testQuestions?.length ?? 0, kind).toBe(heldOut === 'wordings' ? 3 : 0);
    for (const wording of testQuestions ?? []) expect(shown.has(wording), wording).toBe(false);
  }
});

test.each(LANGUAGES)(
  'each kind has tasks for a test, and none of them is training text: %s',
  (language) => {
    const training = new Set(documents[language].flatMap((document) => document.split('\n\n')));
    for (const skill of SKILLS[language]) {
      const tasks = skillTasks(skill, language, 40, 1);
      expect(tasks.length, skill.kind).toBeGreaterThanOrEqual(25);
      for (const { prompt, answer } of tasks) {
        expect(training.has(`${prompt} ${answer}`), prompt).toBe(false);
      }
    }
  },
);

test('answers that can be checked in another way are right', () => {
  const one = (kind: string, language: Language) =>
    skillTasks(
      SKILLS[language].find((skill) => skill.kind === kind)!,
      language,
      40,
      2,
    );
  for (const { prompt, answer } of one('quote', 'en'))
    expect(prompt).toContain(`said, "${answer}"`);
  for (const { prompt, answer } of one('spelling', 'en')) {
    expect(prompt).toContain(answer.replaceAll('-', ''));
  }
  for (const { prompt, answer } of one('color', 'en')) {
    const [, thing] = /the (\w+)(?: of \w+)?(?: have)?[?.]\n/.exec(prompt)!;
    expect(prompt).toMatch(new RegExp(`${answer} ${thing}|${thing} of \\w+ is ${answer}`));
  }
  for (const { prompt, answer } of one('first', 'pt')) {
    const [, word] = /(?:lista: |palavra: |palavra de |primeira: )(\p{L}+)/u.exec(prompt)!;
    expect(word).toBe(answer);
  }
});

test('an answer is right to the letter, with or without a full stop, to the end of its line', () => {
  const task = { kind: 'plural', language: 'en' as const, prompt: '', answer: 'cats' };
  for (const written of ['cats', ' cats', 'cats.', ' cats\nQ: more']) {
    expect(isRight(task, written), written).toBe(true);
  }
  for (const written of ['cat', 'catsy', 'Cats', 'cats and dogs', '', 'a cats']) {
    expect(isRight(task, written), written).toBe(false);
  }
});

test('regular forms follow their rules', () => {
  const plural = (word: string) =>
    /(s|x|ch|sh)$/.test(word)
      ? `${word}es`
      : /[^aeiou]y$/.test(word)
        ? word.replace(/y$/, 'ies')
        : `${word}s`;
  for (const { one, many } of english.NOUNS) expect(many).toBe(plural(one));
  const rules: [RegExp, string][] = [
    [/([aeo])l$/, '$1is'],
    [/m$/, 'ns'],
    [/([rz])$/, '$1es'],
    [/s$/, 's'],
    [/$/, 's'],
  ];
  const bare = (word: string) => word.normalize('NFD').replace(/\p{M}/gu, '');
  for (const { one, many } of portuguese.NOUNS) {
    const [ending, by] = rules.find(([pattern]) => pattern.test(one))!;
    expect(bare(many)).toBe(bare(one.replace(ending, by)));
  }
});

test('a word is opposite to one word only where its opposite is asked', () => {
  for (const language of LANGUAGES) {
    const { draw } = SKILLS[language].find(({ kind }) => kind === 'opposite')!;
    const source = new Draw(seededRandom(1), 'training');
    const known = new Map<string, string>();
    for (let i = 0; i < 2000; i++) {
      const { slots, answer } = draw(source);
      expect(known.get(slots.word) ?? answer).toBe(answer);
      known.set(slots.word, answer);
    }
    expect(known.size).toBeGreaterThan(60);
  }
});
