// The texts that a model is tested with, here and in the chapters: none may be in its training text.
import fs from 'node:fs';
import path from 'node:path';
import { DataError, loadText } from '../../lib/data';
import { skillTasks, SKILLS, type Language } from './skills';
import type { Pair } from './measures';

const ROOT = path.resolve(__dirname, '../..');

export interface TestTexts {
  name: string;
  texts: string[];
  /** They are sentences, to be judged as a whole: not one of them may be in the training text. */
  items?: boolean;
}

/** How many tasks of each kind the skills are tested with. */
export const TASKS_A_KIND = 50;

/** The tasks of a language's test, the same ones at each call. */
export const testTasks = (language: Language, count = TASKS_A_KIND, asInstruction = false) =>
  SKILLS[language].map((skill) => skillTasks(skill, language, count, 1, { asInstruction }));

export interface OwnPair extends Pair {
  /** `gender`, `number`, `person`, ... */
  kind: string;
  /** Whether the words that agree stand side by side, or have others between them. */
  distance: 'near' | 'across';
}

/** The minimal pairs that this project has written. */
export function ownPairs(language: Language): OwnPair[] {
  const name = { en: 'english', pt: 'portuguese' }[language];
  const lines = fs.readFileSync(path.join(__dirname, 'pairs', `${name}.tsv`), 'utf8').split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [good, bad, kind, distance] = line.split('\t');
      return { good, bad, kind, distance: distance as OwnPair['distance'] };
    });
}

/**
 * The paradigms of BLiMP (Warstadt et al. 2020).
 *
 * @param folder of its `data`: a file `PARADIGM.jsonl` each
 * @throws DataError when there are none
 */
export function blimpPairs(folder: string): Map<string, Pair[]> {
  let names: string[];
  try {
    names = fs.readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  } catch (error) {
    throw new DataError(`--blimp: ${(error as Error).message}`);
  }
  const paradigms = new Map<string, Pair[]>();
  for (const name of names.sort()) {
    if (name === PUBLISHED) continue;
    const lines = fs.readFileSync(path.join(folder, name), 'utf8').trim().split('\n');
    const pairs = lines.map((line) => {
      const { sentence_good: good, sentence_bad: bad } = JSON.parse(line) as Record<string, string>;
      if (good === undefined || bad === undefined) {
        throw new DataError(`--blimp: ${name} in ${folder} is not of BLiMP: ${line.slice(0, 80)}`);
      }
      return { good, bad };
    });
    paradigms.set(path.basename(name, '.jsonl'), pairs);
  }
  if (paradigms.size === 0) throw new DataError(`--blimp: ${folder} holds no PARADIGM.jsonl`);
  return paradigms;
}

/** BLiMP's file of what others reached. */
const PUBLISHED = 'models_summary.jsonl';
export const PUBLISHED_MODELS = {
  ngram: '5-gram',
  lstm: 'LSTM',
  txl: 'Transformer-XL',
  gpt2: 'GPT-2',
};
type PublishedModel = keyof typeof PUBLISHED_MODELS;

/** The published share of right pairs of each paradigm, where BLiMP's folder has them. */
export function blimpPublished(folder: string): Map<string, Record<PublishedModel, number>> {
  const file = path.join(folder, PUBLISHED);
  if (!fs.existsSync(file)) return new Map();
  const lines = fs.readFileSync(file, 'utf8').trim().split('\n');
  const rows = lines.map(
    (line) => JSON.parse(line) as Record<PublishedModel, number> & { UID: string },
  );
  return new Map(rows.map((row) => [row.UID, row]));
}

/** All strings within a value of JSON. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}

const filesIn = (folder: string, pattern: RegExp) =>
  fs
    .readdirSync(path.join(ROOT, folder))
    .filter((name) => pattern.test(name))
    .map((name) => path.join(ROOT, folder, name));
const content = (file: string) => fs.readFileSync(file, 'utf8');

/** The text between quotes of any kind, in a chapter's code. */
function literals(notebook: string): string[] {
  const { cells } = JSON.parse(notebook) as {
    cells: { cell_type: string; source: string | string[] }[];
  };
  const code = cells
    .filter(({ cell_type }) => cell_type === 'code')
    .map(({ source }) => [source].flat().join(''));
  return code.flatMap((source) =>
    [...source.matchAll(/(['"`])((?:\\[^]|(?!\1)[^\\])*)\1/g)].map(([, , text]) => text),
  );
}

/**
 * Everything that this project tests or prompts a model with.
 *
 * @param blimp the folder of BLiMP, where there is one
 */
export function testTexts(blimp?: string): TestTexts[] {
  const json = (name: string, files: string[]) => ({
    name,
    texts: files.flatMap((file) => strings(JSON.parse(content(file)))),
  });
  const chapters = [...filesIn('notebooks', /\.ipynb$/), ...filesIn('notebooks/pt', /\.ipynb$/)];
  const tests: TestTexts[] = [
    { name: 'texts of data/', texts: filesIn('data', /\.(txt|tsv)$/).map(content) },
    json('instructions of data/', filesIn('data', /\.json$/)),
    json('fixtures', filesIn('lib/fixtures', /\.json$/)),
    json('exam', [path.join(__dirname, 'exam.json')]),
    { name: 'code of the chapters', texts: chapters.flatMap((file) => literals(content(file))) },
    {
      name: 'tasks of the skills',
      texts: (['en', 'pt'] as const).flatMap((language) =>
        testTasks(language)
          .flat()
          .map(({ prompt, answer }) => `${prompt} ${answer}`),
      ),
    },
    {
      name: 'pairs of this project',
      texts: (['en', 'pt'] as const).flatMap((language) =>
        ownPairs(language).flatMap(({ good, bad }) => [good, bad]),
      ),
      items: true,
    },
  ];
  for (const name of ['instruction-data', 'sms-spam']) {
    let text;
    try {
      text = loadText(name);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      continue; // not on this machine
    }
    tests.push({ name, texts: name === 'sms-spam' ? text.split('\n') : strings(JSON.parse(text)) });
  }
  if (blimp !== undefined) {
    const pairs = [...blimpPairs(blimp).values()].flat();
    tests.push({
      name: 'BLiMP',
      texts: pairs.flatMap(({ good, bad }) => [good, bad]),
      items: true,
    });
  }
  return tests;
}
