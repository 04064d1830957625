import { expect, test } from 'vitest';
import * as lexiconEnglish from './lexicon/english';
import * as lexiconPortuguese from './lexicon/portuguese';
import { Draw } from './skills/draw';
import * as english from './stories/english';
import * as portuguese from './stories/portuguese';
import { sentencesOf } from './stories/tell';
import { seededRandom } from '../../lib/data';

const GRAMMARS = { english, portuguese };
const made = (
  language: keyof typeof GRAMMARS,
  kind: 'story' | 'agreement',
  n: number,
  seed = 1,
) => {
  const draw = new Draw(seededRandom(seed), 'training');
  return Array.from({ length: n }, () => GRAMMARS[language][kind](draw));
};
const LANGUAGES = ['english', 'portuguese'] as const;
const stories = {
  english: made('english', 'story', 1500),
  portuguese: made('portuguese', 'story', 1500),
};
const sentences = {
  english: made('english', 'agreement', 5000),
  portuguese: made('portuguese', 'agreement', 5000),
};
/** Matches of a pattern between ends of words. */
const found = (text: string, pattern: string) => [
  ...text.matchAll(new RegExp(`(?<![\\p{L}-])${pattern}(?![\\p{L}-])`, 'giu')),
];

test.each(LANGUAGES)('the same seed tells the same, another one something else: %s', (language) => {
  for (const kind of ['story', 'agreement'] as const) {
    expect(made(language, kind, 5, 7)).toEqual(made(language, kind, 5, 7));
    expect(made(language, kind, 5, 7)).not.toEqual(made(language, kind, 5, 8));
  }
});

test.each(LANGUAGES)(
  'no place is left unfilled and no sentence begins or ends badly: %s',
  (language) => {
    for (const text of [...stories[language], ...sentences[language]]) {
      expect(text).not.toMatch(/[{}[\]|]|undefined|\s{2}|\s[.,!?]|[.,!?]{2}(?!")|^\s|\s$/);
      expect(text).toMatch(/^["\p{Lu}].*[.!?]"?$/su);
      expect(text).not.toMatch(/[.!?] \p{Ll}|\." \p{Ll}/u);
      expect((text.match(/"/g) ?? []).length % 2).toBe(0);
      const [, again] = /(?<![\p{L}])(\p{L}+) \1(?![\p{L}])/iu.exec(text) ?? [];
      expect(again, text).toBeUndefined();
    }
  },
);

test.each(LANGUAGES)('a story has 60 to 200 words and 5 to 25 sentences: %s', (language) => {
  for (const text of stories[language]) {
    const words = text.split(/\s+/).length;
    expect(words).toBeGreaterThanOrEqual(60);
    expect(words).toBeLessThanOrEqual(200);
    const n = sentencesOf(text).length;
    expect(n, text).toBeGreaterThanOrEqual(5);
    expect(n, text).toBeLessThanOrEqual(25);
  }
});

test('an English pronoun fits a person who is named', () => {
  for (const text of stories.english) {
    const named = (names: readonly string[]) =>
      names.some((name) => found(text, name).some(([match]) => match === name));
    if (!named(lexiconEnglish.BOYS)) expect(found(text, '(he|him|his|himself)'), text).toEqual([]);
    if (!named(lexiconEnglish.GIRLS))
      expect(found(text, '(she|her|hers|herself)'), text).toEqual([]);
  }
});

test('a reflexive pronoun fits the subject', () => {
  const people = {
    himself: 'boy man king prince brother uncle sailor knight wizard',
    herself: 'girl woman queen princess sister aunt witch nurse wife',
  };
  let checked = 0;
  for (const text of sentences.english) {
    const [, head] =
      /^The (\w+) (?:near|behind|next|in|beside|by|close|not|with|who|that|and|of) .*self/.exec(
        text,
      ) ?? [];
    if (head === undefined || /know that|told/.test(text)) continue;
    const [pronoun] = /(himself|herself|itself|themselves)/.exec(text)!;
    if (people.himself.split(' ').includes(head)) expect(pronoun, text).toBe('himself');
    if (people.herself.split(' ').includes(head)) expect(pronoun, text).toBe('herself');
    checked++;
  }
  expect(checked).toBeGreaterThan(50);
});

test('"a" stands before a consonant and "an" before a vowel', () => {
  for (const text of [...stories.english, ...sentences.english]) {
    expect(text).not.toMatch(
      /\ba (?=[aeio]|honest)(?!one\b)|\ban (?![aeioAEIO]|umbrella|uncle|ugly|hour|honest)/,
    );
  }
});

test('English subjects and verbs agree in number', () => {
  const nouns = [...lexiconEnglish.NOUNS, ...lexiconEnglish.IRREGULAR_NOUNS].filter(
    ({ one, many }) => one !== many,
  );
  const one = new Set(nouns.map((noun) => noun.one));
  const many = new Set(nouns.map((noun) => noun.many));
  // "close" may be the one of "close to".
  const verbs = [...lexiconEnglish.VERBS, ...lexiconEnglish.IRREGULAR_VERBS].filter(
    ({ base }) => base !== 'close',
  );
  const singular = `is|was|has|isn't|wasn't|hasn't|does|doesn't|${verbs.map(({ third }) => third).join('|')}`;
  const plural = `are|were|have|aren't|weren't|haven't|do|don't|${verbs.map(({ base }) => base).join('|')}`;
  const between =
    '(?:(?:near|behind|next to|in front of|beside|by|close to|not far from|with|of) the ' +
    `(?:(?:${lexiconEnglish.COLORS.join('|')}) )?\\w+ )`;
  let checked = 0;
  for (const text of sentences.english) {
    const match = new RegExp(
      `^(?:The|This|That|These|Those) (\\w+) ${between}?(${singular}|${plural})\\b`,
    ).exec(text);
    if (match === null) continue;
    const [, head, verb] = match;
    const isSingular = new RegExp(`^(?:${singular})$`).test(verb);
    if (one.has(head)) expect(isSingular, text).toBe(true);
    if (many.has(head)) expect(isSingular, text).toBe(false);
    if (one.has(head) || many.has(head)) checked++;
  }
  expect(checked).toBeGreaterThan(500);
});

test('English determiners agree in number', () => {
  const nouns = [...lexiconEnglish.NOUNS, ...lexiconEnglish.IRREGULAR_NOUNS].filter(
    ({ one, many }) => one !== many && !['watch', 'orange', 'teddy'].includes(one),
  );
  const one = nouns.map((noun) => noun.one).join('|');
  const many = nouns.map((noun) => noun.many).join('|');
  const text = [...stories.english, ...sentences.english].join('\n');
  expect(
    found(text, `(?:these|those|many|both|few|several|two|three|four|five) (?:${one})`),
  ).toEqual([]);
  expect(found(text, `(?:this|every|each|a|an|another) (?:${many})`)).toEqual([]);
});

const NOUNS = [...lexiconPortuguese.NOUNS, ...lexiconPortuguese.IRREGULAR_NOUNS].filter(
  // "lápis" is one or many, "laranja" and "rosa" are colours too, "avós" may be "os" or "as".
  ({ one, many }) => one !== many && !/^(laranja|rosa|mal|avó)$/.test(one),
);
const byGender = (gender: string, number: 'one' | 'many') =>
  NOUNS.filter((noun) => noun.gender === gender)
    .map((noun) => noun[number])
    // A word that is in the other list too tells nothing.
    .filter((word) => !NOUNS.some((noun) => noun.gender !== gender && noun[number] === word))
    .join('|');

test('Portuguese articles and demonstratives agree with the noun', () => {
  const text = [...stories.portuguese, ...sentences.portuguese].join('\n');
  const masculine = 'o|do|no|ao|um|num|este|deste|aquele|daquele|meu|outro|todo|pelo';
  const feminine = 'a|da|na|à|uma|numa|esta|desta|aquela|daquela|minha|outra|toda|pela';
  const plural = (words: string) =>
    words
      .replaceAll(/\b(um|meu|num)(?=\|)/g, 'uns')
      .split('|')
      .map((word) =>
        word.endsWith('s') ? word : word.replace(/e$/, 'es').replace(/([oaà])$/, '$1s'),
      )
      .join('|');
  const rules: [string, string, 'one' | 'many'][] = [
    [masculine, 'f', 'one'],
    [feminine, 'm', 'one'],
    [plural(masculine), 'f', 'many'],
    [`${plural(feminine)}|duas`, 'm', 'many'],
    ['os|dos|nos|aos|uns|estes|aqueles|meus|dois|três', 'm', 'one'],
    ['as|das|nas|às|umas|estas|aquelas|minhas|duas|três', 'f', 'one'],
    [masculine, 'm', 'many'],
    [feminine, 'f', 'many'],
  ];
  for (const [words, gender, number] of rules) {
    const wrong = found(text, `(?:${words}) (?:${byGender(gender, number)})`).map(
      ([match]) => match,
    );
    expect(wrong).toEqual([]);
  }
  // The pattern does find what it is meant to find.
  expect(found(text, `(?:${masculine}) (?:${byGender('m', 'one')})`).length).toBeGreaterThan(1000);
});

test('Portuguese colours agree with the noun before them', () => {
  const text = [...stories.portuguese, ...sentences.portuguese].join('\n');
  const m = 'vermelho|amarelo|preto|branco|roxo';
  const f = m.replaceAll('o|', 'a|').replace(/o$/, 'a');
  const s = (words: string) => words.replaceAll('|', 's|') + 's';
  const right: [string, string, 'one' | 'many'][] = [
    [m, 'm', 'one'],
    [f, 'f', 'one'],
    [s(m), 'm', 'many'],
    [s(f), 'f', 'many'],
  ];
  const all = right.map(([words]) => words);
  for (const [words, gender, number] of right) {
    const noun = `(?:${byGender(gender, number)})`;
    expect(found(text, `${noun} (?:${words})`).length).toBeGreaterThan(10);
    for (const other of all.filter((list) => list !== words)) {
      const wrong = found(text, `${noun} (?:${other})`).map(([match]) => match);
      expect(wrong, `${gender} ${number}`).toEqual([]);
    }
  }
});

test('Portuguese subjects, verbs and predicates agree', () => {
  const verb = {
    one: 'é|era|está|estava|foi|tem|tinha',
    many: 'são|eram|estão|estavam|foram|têm|tinham',
  };
  const between =
    '(?:(?:perto|atrás|ao lado|na frente|longe) d[oa]s? \\p{L}+ |d[oa]s? \\p{L}+ |com [oa]s? \\p{L}+ )';
  let checked = 0;
  for (const text of sentences.portuguese) {
    const match = new RegExp(
      `^(O|A|Os|As|Este|Esta|Estes|Estas) (\\p{L}+) ${between}?(${verb.one}|${verb.many}) (\\p{L}+)`,
      'u',
    ).exec(text);
    if (match === null || / e [oa]s? /.test(text.split(match[3])[0])) continue;
    const [, article, , word, predicate] = match;
    const many = article.endsWith('s');
    expect(new RegExp(`^(${many ? verb.many : verb.one})$`).test(word), text).toBe(true);
    checked++;
    if (/^(não|um|uma|três|quatro|mais|d[oa]s?)$/.test(predicate)) continue;
    if (
      /^(velh|nov|bonit|pequen|sujo|limp|cansad|molhad|vermelh|pret|branc|roxo|amarel)/.test(
        predicate,
      )
    ) {
      const ending = `${/[Aa]s?$/.test(article.replace(/^Este?s?$/, 'o')) ? 'a' : 'o'}${many ? 's' : ''}`;
      expect(predicate.endsWith(ending), text).toBe(true);
    }
  }
  expect(checked).toBeGreaterThan(500);
});

test.each(LANGUAGES)(
  'of the runs of five words of 1,000 stories more than 42 % differ: %s',
  (language) => {
    const runs = stories[language].slice(0, 1000).flatMap((text) => {
      const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu)!;
      return words.slice(4).map((_, i) => words.slice(i, i + 5).join(' '));
    });
    expect(new Set(runs).size / runs.length).toBeGreaterThan(0.42);
  },
);
