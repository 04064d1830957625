// Tasks with a right answer, made by the thousand: what gpt-mini is taught beside reading stories.
//
// A skill is either a procedure (copy, plural, colour of a thing in a short story, ...), for which one
// in six words is kept for the test, or a set of facts (opposites, capitals, irregular forms,
// spelling), for which some wordings are. So a test asks for what was never shown.

import { seededRandom } from '../../lib/data';
import { formatPrompt, type InstructionRecord } from '../../lib/instruction';
import * as english from './lexicon/english';
import * as portuguese from './lexicon/portuguese';
import { copies, type CopyWords } from './skills/copies';
import { Draw, isHeldOut, type Part } from './skills/draw';
import { ENGLISH } from './skills/english';
import { PORTUGUESE } from './skills/portuguese';
import type { Drawn, Skill } from './skills/skill';

export type Language = 'en' | 'pt';

export const SKILLS: Readonly<Record<Language, readonly Skill[]>> = {
  en: ENGLISH,
  pt: PORTUGUESE,
};

const NAMES = {
  en: [...english.GIRLS, ...english.BOYS],
  pt: [...portuguese.GIRLS, ...portuguese.BOYS],
};

const trainingNouns = (nouns: readonly { one: string }[]) =>
  nouns.map(({ one }) => one).filter((word) => !isHeldOut(word));

const COPIES: Readonly<Record<Language, Omit<CopyWords, 'anything'>>> = {
  en: {
    nouns: trainingNouns(english.NOUNS),
    names: NAMES.en,
    frames: [
      '{x}\n{x}',
      '{x}\n{x}\n{x}',
      'Read: {x}\nRead again: {x}',
      'Copy: {x}\nCopy: {x}\nCopy: {x}',
      '{name} said: {x}\n{other} said: {x}',
      '{name} wrote "{x}" and {other} wrote "{x}" too.',
      'On the wall it says {x}. I read it aloud: {x}.',
      'First: {x}\nThen: {x}\nAnd again: {x}',
      'Say this: {x}\n{x}',
    ],
    pairs: [
      ['', ''],
      ['List:\n', 'Again:\n'],
      ['Remember this. ', 'Now say it. '],
      ['Look: ', 'What was it? '],
    ],
  },
  pt: {
    nouns: trainingNouns(portuguese.NOUNS),
    names: NAMES.pt,
    frames: [
      '{x}\n{x}',
      '{x}\n{x}\n{x}',
      'Leia: {x}\nLeia de novo: {x}',
      'Copie: {x}\nCopie: {x}\nCopie: {x}',
      '{name} disse: {x}\n{other} disse: {x}',
      '{name} escreveu "{x}" e {other} também escreveu "{x}".',
      'Na parede está escrito {x}. Eu leio em voz alta: {x}.',
      'Primeiro: {x}\nDepois: {x}\nE outra vez: {x}',
      'Diga isto: {x}\n{x}',
    ],
    pairs: [
      ['', ''],
      ['Lista:\n', 'De novo:\n'],
      ['Guarde isto. ', 'Agora diga. '],
      ['Olhe: ', 'Como era? '],
    ],
  },
};

/**
 * Training text in which words come back: `count` documents, the same ones for the same seed.
 *
 * @param texts where any word may be taken from, but those that are held out
 */
export function copyDocuments(
  language: Language,
  count: number,
  seed: number,
  texts: readonly string[],
): string[] {
  const draw = new Draw(seededRandom(seed, language === 'en' ? 8 : 9), 'training');
  const words = new Set(
    texts.flatMap((text) => text.match(/[\p{L}\p{N}'-]+|[^\p{L}\p{N}\s]/gu) ?? []),
  );
  const anything = [...words].filter((word) => !isHeldOut(word));
  return copies(draw, count, { ...COPIES[language], anything });
}

/** Around a question and its bare answer. `{q}` and `{a}` stand for them. */
const FRAMES: Readonly<Record<Language, readonly string[]>> = {
  en: ['Question: {q}\nAnswer: {a}', 'Q: {q}\nA: {a}', '{q}\n{a}', 'User: {q}\nHelper: {a}'],
  pt: ['Pergunta: {q}\nResposta: {a}', 'P: {q}\nR: {a}', '{q}\n{a}', 'Aluno: {q}\nAjudante: {a}'],
};

/** A task of the test: the model has to go on from `prompt` with `answer`. */
export interface Task {
  kind: string;
  language: Language;
  prompt: string;
  answer: string;
}

/** How a word, a list or a country is called in an instruction whose input gives it. */
const GIVEN_APART: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: { word: 'this word', list: 'this list', country: 'this country' },
  pt: { word: 'esta palavra', list: 'esta lista', country: 'este país' },
};

const fill = (text: string, slots: Readonly<Record<string, string>>) =>
  text.replace(/\{(\w+)\}/g, (all, name: string) => slots[name] ?? all);

/** Words are quoted in one of the ways that people use, and often not at all. */
function quoted(draw: Draw, drawn: Drawn): Readonly<Record<string, string>> {
  const { word } = drawn.slots;
  if (word === undefined) return drawn.slots;
  const style = draw.any(['{w}', '{w}', '"{w}"', "'{w}'"]);
  return { ...drawn.slots, word: style.replace('{w}', () => word) };
}

/** How people type: without a capital, without the last sign, with two letters the wrong way round. */
function typed(draw: Draw, question: string, slots: Readonly<Record<string, string>>): string {
  let template = question;
  if (draw.chance(0.12)) template = template[0].toLowerCase() + template.slice(1);
  if (draw.chance(0.12)) template = template.replace(/[?.]$/, '');
  if (draw.chance(0.06)) {
    const words = template.split(' ');
    const i = draw.below(words.length);
    if (/^\p{L}{4,}$/u.test(words[i])) {
      const at = 1 + draw.below(words[i].length - 2);
      words[i] = words[i].slice(0, at) + words[i][at + 1] + words[i][at] + words[i].slice(at + 2);
    }
    template = words.join(' ');
  }
  return fill(template, slots);
}

/** One task as running text, the answer included. */
function lesson(draw: Draw, skill: Skill, language: Language): string {
  const drawn = skill.draw(draw);
  const slots = quoted(draw, drawn);
  const [name, other] = draw.several(NAMES[language], 2);
  if (draw.chance(0.3)) {
    const { context = '', answer } = drawn;
    const text = fill(draw.any(skill.statements), { name, other, ...slots, context, answer });
    return text[0].toUpperCase() + text.slice(1);
  }
  const question = typed(draw, draw.any(skill.questions), slots);
  const asked = drawn.context ? `${drawn.context} ${question}` : question;
  return fill(draw.any(FRAMES[language]), { q: asked, a: drawn.answer });
}

/**
 * Training text: one to six tasks a document, a task a paragraph.
 *
 * @returns `count` documents, the same ones for the same seed
 */
export function skillDocuments(language: Language, count: number, seed: number): string[] {
  const draw = new Draw(seededRandom(seed, language === 'en' ? 1 : 2), 'training');
  const skills = SKILLS[language];
  return Array.from({ length: count }, () => {
    // Half of the documents stay with one skill, so that its examples explain each other.
    const only = draw.chance(0.5) ? draw.any(skills) : undefined;
    const tasks = Array.from({ length: 1 + draw.below(6) }, () =>
      lesson(draw, only ?? draw.any(skills), language),
    );
    return tasks.join('\n\n');
  });
}

/** A question as an instruction; what it is about is given apart in half of the cases that allow it. */
function instruction(
  draw: Draw,
  template: string,
  slots: Readonly<Record<string, string>>,
  context: string | undefined,
  language: Language,
): { instruction: string; input: string } {
  const apart = draw.chance(0.5);
  if (context !== undefined) {
    const question = fill(template, slots);
    return apart
      ? { instruction: question, input: context }
      : { instruction: `${context} ${question}`, input: '' };
  }
  const [, before, name, after] =
    /^(.*(?:: | of | de ))\{(word|list|country)\}([?.]?)$/.exec(template) ?? [];
  if (!apart || name === undefined) return { instruction: fill(template, slots), input: '' };
  const text = before.endsWith(': ')
    ? `${before.slice(0, -2)}${after || '.'}`
    : `${before}${GIVEN_APART[language][name]}${after}`;
  return { instruction: fill(text, slots), input: slots[name] };
}

/**
 * Records to fine-tune with, in the form of chapter 7: tasks of all kinds, with the words and wordings
 * of the training text.
 *
 * @returns `count` records, the same ones for the same seed
 */
export function skillRecords(language: Language, count: number, seed: number): InstructionRecord[] {
  const draw = new Draw(seededRandom(seed, language === 'en' ? 6 : 7), 'training');
  return Array.from({ length: count }, () => {
    const skill = draw.any(SKILLS[language]);
    const drawn = skill.draw(draw);
    const { context, answer } = drawn;
    const slots = quoted(draw, drawn);
    const template = typed(draw, draw.any(skill.questions), {});
    return { ...instruction(draw, template, slots, context, language), output: answer };
  });
}

/**
 * Training text of one or two such records each, told as chapter 7 tells them but without its sentence
 * of introduction.
 *
 * @returns `count` documents, the same ones for the same seed
 */
export function instructionDocuments(language: Language, count: number, seed: number): string[] {
  const records = skillRecords(language, 2 * count, seed);
  const told = records.map((record) => {
    const prompt = formatPrompt(record);
    return `${prompt.slice(prompt.indexOf('###'))}${record.output}`;
  });
  return Array.from({ length: count }, (_, i) =>
    told.slice(2 * i, 2 * i + (i % 2 ? 1 : 2)).join('\n\n'),
  );
}

export interface TaskOptions {
  /** Default the test part; the training part shows what was memorised. */
  part?: Part;
  /** Put as chapter 7 puts instructions, instead of "Question: …\nAnswer:". */
  asInstruction?: boolean;
}

/** Tasks of one kind, each once. */
export function skillTasks(
  skill: Skill,
  language: Language,
  count: number,
  seed: number,
  { part = 'test', asInstruction = false }: TaskOptions = {},
): Task[] {
  const draw = new Draw(seededRandom(seed, 3), skill.heldOut === 'words' ? part : 'training');
  const wordings = (part === 'test' && skill.testQuestions) || skill.questions;
  const tasks = new Map<string, Task>();
  for (let tries = 0; tasks.size < count && tries < 50 * count; tries++) {
    const drawn = skill.draw(draw);
    const template = draw.any(wordings);
    const slots = quoted(draw, drawn);
    let prompt: string;
    if (asInstruction) {
      prompt = formatPrompt(instruction(draw, template, slots, drawn.context, language));
    } else {
      const question = fill(template, slots);
      const asked = drawn.context ? `${drawn.context} ${question}` : question;
      const [before] = FRAMES[language][0].split(' {a}');
      prompt = fill(before, { q: asked });
    }
    tasks.set(prompt, { kind: skill.kind, language, prompt, answer: drawn.answer });
  }
  return [...tasks.values()];
}

/** Whether what a model wrote after a task's prompt is the answer, and then ends or goes on apart. */
export function isRight(task: Task, written: string): boolean {
  const line = written.trimStart().split('\n')[0].trim();
  if (line === task.answer) return true;
  const rest = line.startsWith(task.answer) ? line.slice(task.answer.length) : undefined;
  return rest === '.' || rest === '!' || rest === '."';
}
