// The documents of each source of a recipe: what is trained on, and what is kept back.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CATALOGUE, DataError, fetchData, loadText, seededRandom } from '../../lib/data';
import { forbid, overlaps } from './overlap';
import type { CorpusSource, Recipe } from './recipe';
import { copyDocuments, instructionDocuments, skillDocuments } from './skills';
import { Draw } from './skills/draw';
import * as english from './stories/english';
import * as portuguese from './stories/portuguese';
import type { TestTexts } from './test-texts';
import { cutAtLines, END_OF_TEXT, plain, tidyBook } from './text';
import { translationFault } from './translation-faults';

export interface SourceDocuments {
  source: CorpusSource;
  training: string[];
  heldOut: string[];
  /** Translated stories that were dropped, for a fault or because their original is not known. */
  faulty: number;
  withoutOriginal: number;
  /** Documents that shared a run of words with a test text and were taken out, and the rest's that do. */
  overlapping: number;
  overlappingAfter: number;
  /** What was taken out, as a share of the source's characters. */
  overlappingShare: number;
}

const GRAMMARS = { en: english, pt: portuguese };
/** Sentences of a file that has one a line stand in documents of so many. */
const SENTENCES = 20;
/** The last pages of a book, as a share. */
const KEPT_BACK = 0.03;
/** Characters of a document at most, so that an overlap takes out a passage and not a book. */
const LONGEST = 4000;

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

const cut = (documents: string[]) => documents.flatMap((document) => cutAtLines(document, LONGEST));

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

/** @throws DataError when a file that the recipe names is missing from the folder, or another one */
export function checkCorpus({ sources }: Recipe, folder: string): void {
  for (const source of sources) if (source.kind === 'file') readFile(folder, source);
}

/** The documents of a file, before any is cut. */
function readWhole(folder: string, source: CorpusSource & { kind: 'file' }): string[] {
  const text = readFile(folder, source);
  if (source.form === 'sentences') {
    const lines = plain(text).split('\n');
    const documents: string[] = [];
    for (let i = 0; i < lines.length; i += SENTENCES) {
      documents.push(lines.slice(i, i + SENTENCES).join('\n'));
    }
    return documents;
  }
  const leaveOut = source.leaveOut ?? [];
  return text
    .split(END_OF_TEXT)
    .map(plain)
    .filter((document) => document !== '' && !leaveOut.some((part) => document.includes(part)));
}

/** Dropped from a source that was not translated. */
const NOTHING = { faulty: 0, withoutOriginal: 0 };

/** @param originals the sentence counts of the stories that were translated, where they are known */
function fileDocuments(
  folder: string,
  source: CorpusSource & { kind: 'file' },
  originals: ReadonlySet<string> | undefined,
) {
  let documents = readWhole(folder, source);
  const dropped = { ...NOTHING };
  if (source.translated && source.language === 'pt') {
    const found = documents.filter((story) => originals?.has(sentenceCounts(story)) ?? true);
    const good = found.filter((story) => translationFault(story) === undefined);
    dropped.withoutOriginal = documents.length - found.length;
    dropped.faulty = found.length - good.length;
    documents = good;
  }
  const kept = (document: string) =>
    inTenth(source.translated ? sentenceCounts(document) : document);
  return {
    training: cut(documents.filter((document) => !kept(document))),
    heldOut: documents.filter(kept),
    ...dropped,
  };
}

/** A book of the catalogue, from there if it is not on this machine. */
async function book(name: string): Promise<string> {
  await fetchData(name);
  return tidyBook(loadText(name));
}

async function bookDocuments(
  { language, leaveOut }: CorpusSource & { kind: 'books' },
  unseen: readonly string[],
) {
  const training: string[] = [];
  const heldOut: string[] = [];
  for (const { kind, language: spoken, name } of CATALOGUE) {
    if (kind !== 'book' || spoken !== language) continue;
    if (leaveOut.includes(name) || unseen.includes(name)) continue;
    const text = await book(name);
    const end = text.lastIndexOf('\n', text.length * (1 - KEPT_BACK)) + 1;
    training.push(text.slice(0, end).trim());
    heldOut.push(text.slice(end).trim());
  }
  return { training: cut(training), heldOut, ...NOTHING };
}

/** @param texts of the same language, for text that is made of their words */
function generated(
  { kind, language, documents }: CorpusSource & { documents: number },
  seed: number,
  texts: readonly string[],
) {
  if (kind === 'skills') return skillDocuments(language, documents, seed);
  if (kind === 'instructions') return instructionDocuments(language, documents, seed);
  if (kind === 'copies') return copyDocuments(language, documents, seed, texts);
  const draw = new Draw(seededRandom(seed, language === 'en' ? 4 : 5), 'training');
  const { story, agreement } = GRAMMARS[language];
  return Array.from({ length: documents }, () =>
    kind === 'stories'
      ? story(draw)
      : Array.from({ length: 12 }, () => agreement(draw)).join(draw.chance(0.5) ? ' ' : '\n'),
  );
}

/** The books of the catalogue that a recipe wants measured and never read. */
export async function unseenBooks({ unseen }: Recipe): Promise<Map<string, string>> {
  const books = new Map<string, string>();
  for (const name of unseen) books.set(name, await book(name));
  return books;
}

/**
 * All documents of a recipe, source by source.
 *
 * @param folder where the files of the corpus are; not needed where the recipe names none
 * @param tests what may not be trained on, beside the documents that are kept back here
 * @throws DataError when a file is missing or another one
 */
export async function readDocuments(
  recipe: Recipe,
  folder: string | undefined,
  tests: readonly TestTexts[],
): Promise<SourceDocuments[]> {
  const files = recipe.sources.flatMap((source) => (source.kind === 'file' ? [source] : []));
  if (files.length && folder === undefined) {
    throw new DataError(
      `The recipe ${recipe.name} reads ${files.map(({ file }) => file).join(', ')}: ` +
        'give their folder with --corpus DIR',
    );
  }
  const translated = files.filter((source) => source.translated && source.language === 'en');
  const originals = translated.length
    ? new Set(translated.flatMap((source) => readWhole(folder!, source)).map(sentenceCounts))
    : undefined;
  const found: Omit<SourceDocuments, 'overlapping' | 'overlappingAfter' | 'overlappingShare'>[] =
    [];
  const documentsOf = (source: CorpusSource) => {
    if (source.kind === 'file') return fileDocuments(folder!, source, originals);
    if (source.kind === 'books') return bookDocuments(source, recipe.unseen);
    const sameLanguage = found.filter((each) => each.source.language === source.language);
    const texts = sameLanguage.flatMap(({ training }) => training);
    // A source that only the last stage reads shows other tasks than one of its kind in the first.
    const seed = source.passes === 0 ? recipe.seed + 1 : recipe.seed;
    return { training: generated(source, seed, texts), heldOut: [], ...NOTHING };
  };
  for (const source of recipe.sources) found.push({ source, ...(await documentsOf(source)) });
  const forbidden = forbid(
    [
      ...tests.filter(({ items }) => !items).flatMap(({ texts }) => texts),
      ...(await unseenBooks(recipe)).values(),
      ...found.flatMap(({ heldOut }) => heldOut),
    ],
    tests.filter(({ items }) => items).flatMap(({ texts }) => texts),
  );
  const characters = (documents: string[]) =>
    documents.reduce((sum, { length }) => sum + length, 0);
  return found.map((each) => {
    const training = each.training.filter((document) => !overlaps(document, forbidden));
    const all = characters(each.training);
    return {
      ...each,
      training,
      overlapping: each.training.length - training.length,
      overlappingShare: all && 1 - characters(training) / all,
      overlappingAfter: training.filter((document) => overlaps(document, forbidden)).length,
    };
  });
}
