// All measures of a model as tables: what its card tells, and what models are compared by.
import { spawnSync } from 'node:child_process';
import {
  bitsPerByte,
  copiedShare,
  exactMatch,
  fromNothing,
  pairAccuracy,
  repeatedTokens,
  unknownWords,
  writeOn,
  type Pair,
  type Reader,
} from './measures';
import { comparedWords } from './overlap';
import type { Language } from './skills';
import {
  blimpPairs,
  blimpPublished,
  ownPairs,
  PUBLISHED_MODELS,
  TASKS_A_KIND,
  testTasks,
} from './test-texts';
import { LANGUAGES, mean, percent, table } from './tables';
import { teachingTables, type Exam, type Teaching } from './teaching';
import { documentsOf, type TokenFile } from './token-file';

/**
 * What GPT-2 with 124 million parameters needs for The Verdict, from the losses that "Build a Large
 * Language Model (From Scratch)" prints for its two parts (3.75475 and 3.55962 nats per token).
 */
const GPT2_ON_THE_VERDICT = 1.35;

/** The paradigms of BLiMP whose average is looked at, chosen before anything was trained. */
const AGREEMENT = [
  'regular_plural_subject_verb_agreement_1',
  'regular_plural_subject_verb_agreement_2',
  'irregular_plural_subject_verb_agreement_1',
  'irregular_plural_subject_verb_agreement_2',
  'determiner_noun_agreement_1',
  'determiner_noun_agreement_irregular_1',
];

/** How texts begin that a model goes on with, ten for each language. */
const OPENINGS: Record<Language, readonly string[]> = {
  en: [
    'Once upon a time',
    'One day, a little girl',
    'The old man',
    'In the forest',
    'Tom and Lily',
    'The king said',
    'It was a cold night',
    'My mother',
    'The cat was',
    'I do not know',
  ],
  pt: [
    'Era uma vez',
    'Um dia, uma menina',
    'O velho',
    'Na floresta',
    'Pedro e Ana',
    'O rei disse',
    'Era uma noite fria',
    'Minha mãe',
    'O gato estava',
    'Não sei',
  ],
};
/** Tokens of a sample. */
const LENGTH = 120;
const TEMPERATURE = 0.8;
/** So many of the openings are gone on with greedily too. */
const GREEDY = 3;

/** Bits per byte of a compression program of this machine, at its best. */
function compressed(program: 'bzip2' | 'xz', text: string): string {
  const bytes = Buffer.from(text);
  const { status, stdout } = spawnSync(program, ['-9', '-c'], {
    input: bytes,
    maxBuffer: bytes.length + 2 ** 20,
  });
  return status === 0 ? ((8 * stdout.length) / bytes.length).toFixed(3) : 'not on this machine';
}

async function bits(reader: Reader, keptBack: TokenFile['keptBack']): Promise<string> {
  const rows = [];
  for (const [name, texts] of keptBack) {
    const all = texts.join('\n');
    rows.push([
      name,
      Buffer.byteLength(all),
      (await bitsPerByte(reader, texts)).toFixed(3),
      compressed('bzip2', all),
      compressed('xz', all),
      name === 'the-verdict' ? GPT2_ON_THE_VERDICT : '',
    ]);
  }
  return `Bits per byte of texts that were kept back whole or, of books that were read, as their last pages:

${table(['text', 'bytes', 'this model', 'bzip2', 'xz', 'GPT-2 124M'], rows)}`;
}

async function blimp(
  reader: Reader,
  folder: string | undefined,
  known: ReadonlySet<string>,
): Promise<string> {
  if (folder === undefined) return 'BLiMP was not measured: --blimp DIR names its folder.';
  const published = blimpPublished(folder);
  const others = Object.keys(PUBLISHED_MODELS) as (keyof typeof PUBLISHED_MODELS)[];
  const isKnown = (text: string) => comparedWords(text).every((word) => known.has(word));
  const reached = new Map<string, number>();
  const rows = [];
  let [all, kept] = [0, 0];
  for (const [name, pairs] of blimpPairs(folder)) {
    const some = pairs.filter(({ good, bad }) => isKnown(good) && isKnown(bad));
    [all, kept] = [all + pairs.length, kept + some.length];
    if (some.length) reached.set(name, await pairAccuracy(reader, some));
    const figures = published.get(name);
    rows.push([
      name,
      some.length,
      some.length ? percent(reached.get(name)!) : '',
      ...others.map((other) => (figures ? percent(figures[other]) : '')),
    ]);
  }
  const average = (names: readonly string[], value: (name: string) => number | undefined) => {
    const values = names.flatMap((name) => value(name) ?? []);
    return values.length ? percent(mean(values)) : '';
  };
  const averages = (title: string, names: readonly string[]) => [
    `**${title}**`,
    '',
    average(names, (name) => reached.get(name)),
    ...others.map((other) => average(names, (name) => published.get(name)?.[other])),
  ];
  return `BLiMP, ${rows.length} paradigms. A pair counts where every word of both its sentences occurs in the training
text: ${kept} of ${all} do, and nothing else decides. A tie is wrong. The published figures are of all pairs.

${table(
  ['paradigm', 'pairs', 'this model', ...Object.values(PUBLISHED_MODELS)],
  [...rows, averages('all with pairs', [...reached.keys()]), averages('agreement, six', AGREEMENT)],
)}

The six: ${AGREEMENT.join(', ')}.`;
}

async function pairs(reader: Reader): Promise<string> {
  const rows = [];
  for (const [language, name] of Object.entries(LANGUAGES)) {
    const groups = new Map<string, Pair[]>();
    for (const pair of ownPairs(language as Language)) {
      for (const group of [`${pair.kind}, ${pair.distance}`, `all ${pair.distance}`, 'all']) {
        groups.set(group, [...(groups.get(group) ?? []), pair]);
      }
    }
    for (const [group, some] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
      rows.push([`${name}: ${group}`, some.length, percent(await pairAccuracy(reader, some))]);
    }
  }
  return `Minimal pairs of this project's own, whose words agree side by side or across others. A tie is wrong.

${table(['pairs', 'number', 'right'], rows)}`;
}

async function skills(reader: Reader, count: number): Promise<string> {
  const rows = [];
  for (const language of ['en', 'pt'] as const) {
    const shares = [];
    for (const tasks of testTasks(language, count)) {
      const share = await exactMatch(reader, tasks);
      shares.push(share);
      rows.push([`${LANGUAGES[language]}: ${tasks[0].kind}`, tasks.length, percent(share)]);
    }
    rows.push([`**${LANGUAGES[language]}: mean of kinds**`, '', percent(mean(shares))]);
  }
  return `Skills, before any fine-tuning: up to ${count} tasks of each kind with words or wordings that training never
shows, answered greedily, right where the answer is right to the letter.

${table(['kind', 'tasks', 'right'], rows)}`;
}

interface Sample {
  opening: string;
  text: string;
}

async function write(
  reader: Reader,
  openings: readonly string[],
  options: { temperature: number; seed?: number },
): Promise<Sample[]> {
  const { tokenizer } = reader;
  const prompts = openings.map((opening) => fromNothing(tokenizer, opening));
  const texts = await writeOn(reader, prompts, { maxNewTokens: LENGTH, ...options });
  return openings.map((opening, i) => ({ opening, text: texts[i].trimEnd() }));
}

const quote = ({ opening, text }: Sample) =>
  `> **${opening}**${text.replace(/\s*\n\s*/g, '\n> \n> ')}\n`;

async function samples(
  reader: Reader,
  tokens: TokenFile,
  known: ReadonlySet<string>,
): Promise<string> {
  const parts: string[] = [];
  const rows: string[][] = [];
  for (const language of ['en', 'pt'] as const) {
    const openings = OPENINGS[language];
    const drawn = await write(reader, openings, { temperature: TEMPERATURE, seed: 1 });
    const greedy = await write(reader, openings.slice(0, GREEDY), { temperature: 0 });
    const texts = drawn.map(({ opening, text }) => opening + text);
    rows.push([
      LANGUAGES[language],
      percent(unknownWords(texts, known)),
      percent(copiedShare(texts, documentsOf(tokens))),
    ]);
    parts.push(
      `### ${LANGUAGES[language]}, temperature ${TEMPERATURE}, seed 1, not chosen\n`,
      ...drawn.map(quote),
      `### ${LANGUAGES[language]}, always the most probable token\n`,
      ...greedy.map(quote),
    );
  }
  return `${table(['the ten samples', 'words that the training text has not', 'runs of 8 words copied from it'], rows)}

${parts.join('\n')}`;
}

export interface EvaluationOptions {
  /** The folder of BLiMP's paradigms, where there is one. */
  blimp?: string;
  /** Tasks of each kind of skill, at most. */
  tasks?: number;
  /** A fine-tuning, after which skills and exam are measured; default none. */
  teaching?: Teaching;
  exam?: Exam;
}

/**
 * Measures a model, and says so in Markdown.
 *
 * @param tokens with the texts that were kept back, and what "known" and "copied" are compared with
 */
export async function evaluationTables(
  reader: Reader,
  tokens: TokenFile,
  { blimp: folder, tasks = TASKS_A_KIND, teaching, exam }: EvaluationOptions = {},
): Promise<string> {
  const known = new Set<string>();
  for (const document of documentsOf(tokens)) {
    for (const word of comparedWords(document)) known.add(word);
  }
  const { first, second, right } = await repeatedTokens(reader);
  return `## Evaluation

${await bits(reader, tokens.keptBack)}

${await blimp(reader, folder, known)}

${await pairs(reader)}

Random tokens, repeated, which no text has taught: ${first.toFixed(2)} nats per token in the first copy, ${second.toFixed(2)} in the
second, of which ${percent(right)} are the most probable token.

${await skills(reader, tasks)}

${teaching ? await teachingTables(reader, teaching, { exam, tasks }) : ''}
## Samples

${await samples(reader, tokens, known)}`;
}
