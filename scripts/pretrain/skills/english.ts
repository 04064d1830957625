// What gpt-mini is taught to do in English: see ../skills.ts.
import * as lexicon from '../lexicon/english';
import { words } from '../lexicon/tables';
import type { Draw } from './draw';
import { listed, spelled, textToCopy, type Skill } from './skill';

const { BOYS, CAPITALS, COLORS, GIRLS, NOUNS, NUMBERS, SIZES } = lexicon;
const NAMES = [...GIRLS, ...BOYS];
const THINGS = NOUNS.filter(({ kind }) => ['toy', 'thing', 'clothing'].includes(kind));
const PLACES = NOUNS.filter(({ kind }) => kind === 'place');
/** Places that one can be in; one is near the others. */
const INSIDE = new Set(
  words(
    'house garden park school shop forest castle tower kitchen room village town cave market library barn',
  ),
);
const EDIBLE_OR_SEEN = NOUNS.filter(({ kind }) => kind !== 'person' && kind !== 'place');

const one = ({ one }: { one: string }) => one;
const article = (word: string) => (/^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`);

/** Words whose opposite is one word only: "light" is not asked, being the opposite of two. */
const OPPOSITES = (() => {
  const both = lexicon.OPPOSITES.flatMap(({ a, b }) => [
    { word: a, answer: b },
    { word: b, answer: a },
  ]);
  return both.filter(({ word }) => both.filter((pair) => pair.word === word).length === 1);
})();

/** Two people, each with a thing; sometimes a third. */
function owners(draw: Draw, say: (name: string, thing: string, i: number) => string) {
  const names = draw.several(NAMES, draw.chance(0.3) ? 3 : 2);
  const things = draw.several(draw.own(THINGS, one), names.length).map(one);
  const context = names.map((name, i) => say(name, things[i], i)).join(' ');
  const asked = draw.below(names.length);
  return { names, things, context, asked };
}

const has = (draw: Draw) => draw.any(['has', 'found', 'got', 'wants', 'sees', 'bought', 'lost']);

/** What a thing is like, told of several people and asked of one. */
function looks(draw: Draw, words: readonly string[]) {
  const looks = draw.several(words, 3);
  const verb = has(draw);
  const say = (name: string, thing: string, i: number) =>
    verb === 'has' && draw.chance(0.4)
      ? `The ${thing} of ${name} is ${looks[i]}.`
      : `${name} ${verb} ${article(looks[i])} ${thing}.`;
  const { things, names, context, asked } = owners(draw, say);
  return {
    context,
    answer: looks[asked],
    slots: { thing: things[asked], owner: names[asked] },
  };
}

/** A short sentence, for copying and quoting. */
function sentence(draw: Draw): string {
  const [first, second] = draw.several(draw.own(THINGS, one), 2);
  const [a, b] = [first.one, second.one];
  const name = draw.any(NAMES);
  const color = draw.any(COLORS);
  return draw.any([
    `The ${a} is ${color}.`,
    `I like the ${a}.`,
    `${name} has ${article(a)}.`,
    `The ${a} and the ${b} are here.`,
    `Where is the ${a}?`,
    `My ${a} is next to the ${b}.`,
    `I saw ${article(color)} ${a}.`,
    `${name} and I have two ${color} ${first.many}.`,
  ]);
}

export const ENGLISH: readonly Skill[] = [
  {
    kind: 'copy',
    heldOut: 'words',
    draw(draw) {
      const nouns = draw.own(NOUNS, one).map(one);
      const text = textToCopy(draw, nouns, () => sentence(draw));
      return { answer: text, slots: { word: text } };
    },
    questions: [
      'Repeat {word}',
      'Say {word}',
      'Copy this: {word}',
      'Write {word} again.',
      'Please repeat: {word}',
      'Can you say {word}?',
      'Say this again: {word}',
      'Write this down: {word}',
      'Repeat after me: {word}',
      'Copy the text {word}',
      'Tell me {word}',
      'Can you repeat {word} for me?',
    ],
    statements: [
      '{word}. Again: {answer}.',
      'First it says {word}, and then it says {answer} once more.',
      'The password is {word}. Do not forget it! The password is {answer}.',
      '{name} wrote {word} on the wall. Everybody could read {answer} there.',
      '{name} wanted to hear {word}, so {other} said: {answer}.',
    ],
  },
  {
    kind: 'quote',
    heldOut: 'words',
    draw(draw) {
      const [name, other] = draw.several(NAMES, 2);
      const [said, reply] = [sentence(draw), sentence(draw)];
      const both = [`${name} said, "${said}"`, `${other} said, "${reply}"`];
      const context = (draw.chance(0.5) ? both : both.reverse()).join(' ');
      return { context, answer: said, slots: { name } };
    },
    questions: [
      'What did {name} say?',
      'Tell me what {name} said.',
      'What were the words of {name}?',
      'Quote {name}.',
      'Which words did {name} say?',
      'Repeat what {name} said.',
      'What are the words that {name} said?',
      'Can you repeat what {name} said?',
      '{name} said something. What was it?',
      'Please write what {name} said.',
      'What was said by {name}?',
      'Do you know what {name} said?',
    ],
    statements: ['{context} Yes, {name} said: {answer}'],
  },
  {
    kind: 'plural',
    heldOut: 'words',
    draw(draw) {
      const { one: word, many } = draw.any(draw.own(NOUNS, one));
      return { answer: many, slots: { word } };
    },
    questions: [
      'What is the plural of {word}?',
      'Write the plural of {word}.',
      'Give the plural of {word}.',
      'Make {word} plural.',
      'How do you say more than one {word}?',
      'One {word}, two what?',
      'What is the word for two of them, if one is called {word}?',
      'Turn {word} into the plural.',
      'The plural of {word}, please.',
      'If there are two, I do not say {word}. What do I say?',
      'Can you write {word} in the plural?',
      'I have one {word}. If I get one more, I have two what?',
      'The singular is {word}. What is the plural?',
    ],
    statements: [
      'The plural of {word} is {answer}.',
      'One {word}, two {answer}.',
      'I had one {word}. Now I have three {answer}.',
      'There was one {word}, and then there were many {answer}.',
      'One of them is a {word}, many of them are {answer}.',
    ],
  },
  {
    kind: 'past',
    heldOut: 'words',
    draw(draw) {
      const { base, past } = draw.any(draw.own(lexicon.VERBS, (verb) => verb.base));
      return { answer: past, slots: { word: base } };
    },
    questions: [
      'What is the past tense of {word}?',
      'Write the past tense of {word}.',
      'Give the past of {word}.',
      'Put {word} in the past.',
      'How do you say {word} in the past?',
      'Today I {word}. What did I do yesterday?',
      'Turn {word} into the past tense.',
      'I know the verb {word}. What is its past?',
      'Every day they {word}. What did they do last week?',
      'Use the past tense: {word}',
      'The past tense of {word}, please.',
      'What is {word} in the past tense?',
    ],
    statements: [
      'The past tense of {word} is {answer}.',
      'Today I {word}. Yesterday I {answer}.',
      'They {word} every day, and yesterday they {answer} too.',
      'Now we {word}. Last week we {answer}.',
    ],
  },
  ...(['first', 'last'] as const).map((kind): Skill => ({
    kind,
    heldOut: 'words',
    draw(draw) {
      const all = draw.several(draw.own(NOUNS, one), 3 + draw.below(4)).map(one);
      const list = draw.any([all.join(', '), all.join(' '), listed(all)]);
      return { answer: all[kind === 'first' ? 0 : all.length - 1], slots: { list } };
    },
    questions: [
      `What is the ${kind} word in this list: {list}?`,
      `What is the ${kind} word: {list}?`,
      `Write the ${kind} word of {list}.`,
      `Which word comes ${kind}: {list}?`,
      `Tell me the ${kind} one: {list}`,
      `Name the ${kind} word of this list: {list}`,
      `Say the ${kind} of these words: {list}`,
      `Here is a list: {list}. Which word is the ${kind}?`,
      `Look at this list: {list}. What comes ${kind}?`,
      `I wrote this: {list}. What is the ${kind} word?`,
      `Read the list and tell me the ${kind} word: {list}`,
      `Can you find the ${kind} word? {list}`,
    ],
    statements: [
      `In the list {list}, the ${kind} word is {answer}.`,
      `{name} has a list: {list}. The ${kind} word in it is {answer}.`,
    ],
  })),
  {
    kind: 'count',
    heldOut: 'words',
    draw(draw) {
      const n = 1 + draw.below(8);
      const { one: word, many } = draw.any(draw.own(EDIBLE_OR_SEEN, one));
      const list = Array.from({ length: n }, () => word).join(draw.any([', ', ' ']));
      return { answer: NUMBERS[n], slots: { list, many } };
    },
    questions: [
      'How many words are in this list: {list}?',
      'How many {many} are there: {list}?',
      'Count the words: {list}',
      'Count the {many}: {list}',
      'How many {many} do you see? {list}',
      'Here are some {many}: {list}. How many are there?',
      'How many times is the word written: {list}?',
      'Tell me how many {many} there are: {list}',
      'Can you count the {many}? {list}',
      '{list}. How many {many} is that?',
      'Look: {list}. How many {many}?',
      'What is the number of {many} in {list}?',
    ],
    statements: ['{list}: the number of words here is {answer}.'],
  },
  {
    kind: 'color',
    heldOut: 'words',
    draw: (draw) => looks(draw, COLORS),
    questions: [
      'What color is the {thing}?',
      'Which color is the {thing}?',
      'What is the color of the {thing}?',
      'Tell me the color of the {thing}.',
      'What color is the {thing} of {owner}?',
      'Which color does the {thing} have?',
      'Can you tell me the color of the {thing}?',
      'Do you know the color of the {thing}?',
      'I want to know the color of the {thing}.',
      'Name the color of the {thing}.',
      'What is the color of the {thing} of {owner}?',
      'Say the color of the {thing}.',
    ],
    statements: [
      '{context} So the {thing} is {answer}.',
      '{context} The color of the {thing} is {answer}.',
    ],
  },
  {
    kind: 'size',
    heldOut: 'words',
    draw: (draw) => looks(draw, SIZES),
    questions: [
      'What size is the {thing}?',
      'How big is the {thing}?',
      'What is the size of the {thing}?',
      'Tell me the size of the {thing}.',
      'What size is the {thing} of {owner}?',
      'Can you tell me the size of the {thing}?',
      'Do you know the size of the {thing}?',
      'Is the {thing} big or small? What size is it?',
      'How large is the {thing}?',
      'Which size does the {thing} have?',
      'How big is the {thing} of {owner}?',
      'Say the size of the {thing}.',
    ],
    statements: ['{context} So the {thing} is {answer}.'],
  },
  {
    kind: 'who',
    heldOut: 'words',
    draw(draw) {
      const verb = draw.any(['has', 'found', 'bought', 'lost']);
      const { things, names, context, asked } = owners(
        draw,
        (name, thing) => `${name} ${verb} ${article(thing)}.`,
      );
      return { context, answer: names[asked], slots: { thing: things[asked], verb } };
    },
    questions: [
      'Who {verb} the {thing}?',
      'Tell me who {verb} the {thing}.',
      'Which child {verb} the {thing}?',
      'Do you know who {verb} the {thing}?',
      'Can you tell me who {verb} the {thing}?',
      'What is the name of the child who {verb} the {thing}?',
      'Name the child who {verb} the {thing}.',
      'What is the name of the one who {verb} the {thing}?',
      'I want to know who {verb} the {thing}.',
      'Somebody {verb} the {thing}. Who?',
      'Which one {verb} the {thing}?',
      'Who is it that {verb} the {thing}?',
    ],
    statements: ['{context} The one who {verb} the {thing} is {answer}.'],
  },
  {
    kind: 'where',
    heldOut: 'words',
    draw(draw) {
      const names = draw.several(NAMES, 2);
      const places = draw.several(draw.own(PLACES, one), 2).map(one);
      const being = draw.any(['is', 'sits', 'plays', 'sleeps', 'waits']);
      const context = names
        .map(
          (name, i) =>
            `${name} ${being} ${INSIDE.has(places[i]) ? 'in' : 'near'} the ${places[i]}.`,
        )
        .join(' ');
      const asked = draw.below(2);
      return { context, answer: `the ${places[asked]}`, slots: { who: names[asked] } };
    },
    questions: [
      'Where is {who}?',
      'Where can we find {who}?',
      'In which place is {who}?',
      'Tell me where {who} is.',
      'Can you tell me where {who} is?',
      'Do you know where {who} is?',
      'I am looking for {who}. Where should I look?',
      'What is the place where {who} is?',
      'Which place do you have to go to if you want to see {who}?',
      'Say where {who} is.',
      'Where do I find {who}?',
      'I want to see {who}. Where is that?',
    ],
    statements: ['{context} If you look for {who}, go to {answer}.'],
  },
  {
    kind: 'opposite',
    heldOut: 'wordings',
    draw: (draw) => {
      const { word, answer } = draw.any(OPPOSITES);
      return { answer, slots: { word } };
    },
    questions: [
      'What is the opposite of {word}?',
      'Write the opposite of {word}.',
      'Give the opposite of {word}.',
      'Tell me the opposite of {word}.',
      'What is the contrary of {word}?',
      'Which word is the opposite of {word}?',
      'Name the opposite of {word}.',
      'The opposite of {word}, please.',
      'The word is {word}. What is the opposite?',
      'What is the opposite word of {word}?',
      'Find the opposite of {word}.',
      'Do you know the opposite of {word}?',
    ],
    testQuestions: [
      'Which word means the opposite of {word}?',
      'Can you tell me the opposite of {word}?',
      'I need the opposite of the word {word}.',
    ],
    statements: [
      'The opposite of {word} is {answer}.',
      'What is the opposite of {word}? It is {answer}.',
      '{word} and {answer} are opposites.',
      'Somebody says {word}, and somebody else says the opposite: {answer}.',
    ],
  },
  {
    kind: 'capital',
    heldOut: 'wordings',
    draw: (draw) => {
      const { country, capital } = draw.any(CAPITALS);
      return { answer: capital, slots: { country } };
    },
    questions: [
      'What is the capital of {country}?',
      'Which city is the capital of {country}?',
      'Name the capital of {country}.',
      'Tell me the capital of {country}.',
      'What is the capital city of {country}?',
      'Write the name of the capital of {country}.',
      '{country}: what is its capital?',
      'Can you tell me the capital of {country}?',
      'I would like to know the capital of {country}.',
      'Which city is the capital city of {country}?',
      'The capital of {country}, please.',
      'What is the name of the capital of {country}?',
    ],
    testQuestions: [
      'Do you know the capital of {country}?',
      'What city is the capital of {country}?',
      'Give me the capital of {country}.',
    ],
    statements: [
      'The capital of {country} is {answer}.',
      '{answer} is the capital of {country}.',
      'They flew to {country} and saw its capital, {answer}.',
      '{name} lives in {country}, and {other} lives in its capital, {answer}.',
    ],
  },
  {
    kind: 'irregular plural',
    heldOut: 'wordings',
    draw: (draw) => {
      const { one: word, many } = draw.any(lexicon.IRREGULAR_NOUNS);
      return { answer: many, slots: { word } };
    },
    questions: [
      'What is the plural of {word}?',
      'Write the plural of {word}.',
      'Give the plural of {word}.',
      'Make {word} plural.',
      'One {word}, two what?',
      'How do you say more than one {word}?',
      'Turn {word} into the plural.',
      'Can you write {word} in the plural?',
      'What do we say when there is more than one {word}?',
      'The plural of {word}, please.',
      'The singular is {word}. What is the plural?',
      'I have one {word}. If I get one more, I have two what?',
    ],
    testQuestions: [
      'What is the plural form of {word}?',
      'Put {word} in the plural.',
      'Can you tell me the plural of {word}?',
    ],
    statements: [
      'The plural of {word} is {answer}.',
      'One {word}, two {answer}.',
      'I had one {word}. Now I have three {answer}.',
      'There was one {word}, and then there were many {answer}.',
    ],
  },
  {
    kind: 'irregular past',
    heldOut: 'wordings',
    draw: (draw) => {
      const { base, past } = draw.any(lexicon.IRREGULAR_VERBS);
      return { answer: past, slots: { word: base } };
    },
    questions: [
      'What is the past tense of {word}?',
      'Write the past tense of {word}.',
      'Give the past of {word}.',
      'Put {word} in the past.',
      'Today I {word}. What did I do yesterday?',
      'How do you say {word} in the past?',
      'Write {word} in the past tense.',
      'The past tense of {word}, please.',
      'What is {word} in the past tense?',
      'Use the past tense: {word}',
      'Every day they {word}. What did they do last week?',
      'Turn {word} into the past tense.',
    ],
    testQuestions: [
      'What is the past of the verb {word}?',
      'Change {word} to the past tense.',
      'Can you tell me the past tense of {word}?',
    ],
    statements: [
      'The past tense of {word} is {answer}.',
      'Today I {word}. Yesterday I {answer}.',
      'Now we {word}. Last week we {answer}.',
    ],
  },
  {
    kind: 'spelling',
    heldOut: 'wordings',
    draw: (draw) => {
      const word = one(draw.any(NOUNS.filter((noun) => noun.one.length <= 6)));
      return { answer: spelled(word), slots: { word } };
    },
    questions: [
      'How do you spell {word}?',
      'Spell {word}.',
      'Spell the word {word}.',
      'Write {word} letter by letter.',
      'How is {word} spelled?',
      'Say the letters of {word}.',
      'Spell this word: {word}',
      'The word is {word}. How is it spelled?',
      'I want to spell {word}. How does it go?',
      'Write {word} with a dash after each letter.',
      'How do I spell the word {word}?',
      'Please spell {word} for me.',
    ],
    testQuestions: [
      'Can you spell {word}?',
      'Tell me how to spell {word}.',
      'What are the letters of {word}?',
    ],
    statements: ['{word} is spelled {answer}.', 'You spell {word} like this: {answer}.'],
  },
];
