// The documents of each source of a recipe: what is trained on, and what is kept back.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CATALOGUE, DataError, fetchData, loadText, seededRandom } from '../../lib/data';
import { tidyText } from './corpus';
import { overlaps, testRuns } from './overlap';
import type { CorpusSource, Recipe } from './recipe';
import { skillDocuments } from './skills';
import { Draw } from './skills/draw';
import * as english from './stories/english';
import * as portuguese from './stories/portuguese';

export interface SourceDocuments {
  source: CorpusSource;
  training: string[];
  heldOut: string[];
  /** Documents that shared 13 words in a row with a test text, and were taken out. */
  overlapping: number;
}

const GRAMMARS = { en: english, pt: portuguese };
/** Sentences of a file that has one a line stand in documents of so many. */
const SENTENCES = 20;
const KEPT_BACK = 0.03;

/** One in ten, by its hash alone. */
const inTenth = (key: string) => createHash('sha256').update(key).digest()[0] % 10 === 0;

/**
 * How many sentences each line has. A translation sentence by sentence keeps that, so a story and
 * its translation are kept back together.
 */
export function sentenceCounts(story: string): string {
  const lines = story.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => line.match(/[.!?]+["”]?(?=\s|$)/g)?.length ?? 0).join(' ');
}

const plain = (text: string) =>
  text
    .replace(/[“”]/g, '"')
    .replace(/[‘’]/g, "'")
    .replace(/[ \t]+/g, ' ')
    .replace(/\r\n?/g, '\n')
    .trim();

/** The text of a file of the corpus folder, checked. */
function readFile(folder: string, { name, file, sha256 }: CorpusSource & { kind: 'file' }): string {
  let content;
  try {
    content = readFileSync(path.join(folder, file));
  } catch (error) {
    throw new DataError(
      `${name}: ${path.join(folder, file)} cannot be read: ${(error as Error).message}`,
    );
  }
  const actual = createHash('sha256').update(content).digest('hex');
  if (actual !== sha256) {
    throw new DataError(`${name}: ${file} has SHA-256 ${actual} instead of ${sha256}`);
  }
  return content.toString('utf8');
}

function fileDocuments(folder: string, source: CorpusSource & { kind: 'file' }) {
  const text = readFile(folder, source);
  const leaveOut = source.leaveOut ?? [];
  if (source.form === 'sentences') {
    const lines = plain(text).split('\n');
    const documents: string[] = [];
    for (let i = 0; i < lines.length; i += SENTENCES) {
      documents.push(lines.slice(i, i + SENTENCES).join('\n'));
    }
    return split(documents, (document) => document);
  }
  const documents = text
    .split('<|endoftext|>')
    .map(plain)
    .filter((document) => document !== '' && !leaveOut.some((part) => document.includes(part)));
  return split(documents, source.translated ? sentenceCounts : (document) => document);
}

function split(documents: string[], key: (document: string) => string) {
  return {
    training: documents.filter((document) => !inTenth(key(document))),
    heldOut: documents.filter((document) => inTenth(key(document))),
  };
}

async function bookDocuments({ language, leaveOut }: CorpusSource & { kind: 'books' }) {
  const training: string[] = [];
  const heldOut: string[] = [];
  for (const book of CATALOGUE) {
    if (book.kind !== 'book' || book.language !== language || leaveOut.includes(book.name))
      continue;
    await fetchData(book.name);
    const text = tidyText(loadText(book.name));
    const cut = text.lastIndexOf('\n', text.length * (1 - KEPT_BACK)) + 1;
    training.push(text.slice(0, cut));
    heldOut.push(text.slice(cut));
  }
  return { training, heldOut };
}

function generated(
  { kind, language, documents }: CorpusSource & { documents: number },
  seed: number,
) {
  if (kind === 'skills') return skillDocuments(language, documents, seed);
  const draw = new Draw(seededRandom(seed, language === 'en' ? 4 : 5), 'training');
  const { story, agreement } = GRAMMARS[language];
  return Array.from({ length: documents }, () =>
    kind === 'stories'
      ? story(draw)
      : Array.from({ length: 12 }, () => agreement(draw)).join(draw.chance(0.5) ? ' ' : '\n'),
  );
}

/**
 * All documents of a recipe, source by source.
 *
 * @param folder where the files of the corpus are
 * @param tests texts of which no 13 words in a row may stand in the training text
 * @throws DataError when a file is missing or another one
 */
export async function readDocuments(
  recipe: Recipe,
  folder: string,
  tests: Iterable<string>,
): Promise<SourceDocuments[]> {
  const found = [];
  for (const source of recipe.sources) {
    const documents =
      source.kind === 'file'
        ? fileDocuments(folder, source)
        : source.kind === 'books'
          ? await bookDocuments(source)
          : { training: generated(source, recipe.training.seed), heldOut: [] };
    found.push({ source, ...documents });
  }
  const forbidden = testRuns([...tests, ...found.flatMap(({ heldOut }) => heldOut)]);
  return found.map(({ source, training, heldOut }) => {
    const clean = training.filter((document) => !overlaps(document, forbidden));
    return { source, training: clean, heldOut, overlapping: training.length - clean.length };
  });
}
