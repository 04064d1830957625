// What a training reads: a recipe's tokens in one file, its tokenizer, and the texts that were kept
// back. All in one folder, that can be carried to another machine.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readFilesAtomic } from '../../lib/core/atomic-read';
import { shuffled } from '../../lib/core/seeded-random';
import {
  DataError,
  loadTokenizer,
  seededRandom,
  tokenizerFiles,
  writeFilesAtomic,
} from '../../lib/data';
import { BPETokenizer } from '../../lib/tokenizer';
import { readDocuments, unseenBooks, type SourceDocuments } from './documents';
import type { Recipe } from './recipe';
import { testTexts } from './test-texts';
import { END_OF_TEXT } from './text';

/** 16 bits each, little-endian: read by scripts/pretrain/accelerate.py too. */
const TOKENS = 'train.bin';
/** The same, of the last stage; read by `./gpt pretrain` alone. */
const LATE = 'late.bin';
const ABOUT = 'tokens.json';
const KEPT_BACK = 'kept-back.json';
/** Draws the order of the documents: another stream than those of the generators. */
const ORDER = 100;
const LATE_ORDER = 101;

const count = z.number().int().nonnegative();
const aboutForm = z.object({
  /** Of what decides the tokens: see `dataHash`. */
  recipe: z.string(),
  tokenizer: z.string(),
  tokens: count,
  sha256: z.string(),
  lateTokens: count,
  lateSha256: z.string(),
  sources: z.array(
    z.object({
      name: z.string(),
      /** Of one pass: those trained on, with their ends. */
      documents: count,
      tokens: count,
      bytes: count,
      passes: count,
      /** Tokens in the last stage. */
      late: count,
      faulty: count,
      withoutOriginal: count,
      overlapping: count,
      overlappingShare: z.number(),
      overlappingAfter: count,
    }),
  ),
  /** Names of test texts that were looked for. */
  tests: z.array(z.string()),
});
export type AboutTokens = z.infer<typeof aboutForm>;

export interface TokenFile {
  tokenizer: BPETokenizer;
  /** The documents of all sources and passes, shuffled, each with its end. */
  tokens: Uint16Array;
  /** Those of the last stage, likewise. */
  lateTokens: Uint16Array;
  about: AboutTokens;
  /** What was never trained on: source or book, and its texts. */
  keptBack: Map<string, string[]>;
}

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

/** Of everything in a recipe that decides its tokens, and of nothing else. */
export const dataHash = ({ sources, vocabSize, seed, unseen }: Recipe): string =>
  sha256(JSON.stringify({ sources, vocabSize, seed, unseen }));

/** Whether a folder holds the tokens of some recipe. */
export const hasTokens = (folder: string): boolean => fs.existsSync(path.join(folder, ABOUT));

/** The ids of a document, and the end-of-text token. */
const encode = (tokenizer: BPETokenizer, document: string) =>
  Uint16Array.from([...tokenizer.encode(document), tokenizer.specialTokens[END_OF_TEXT]]);

/** One line of the table that says what a source gave. */
function row({ source, training, heldOut, ...found }: SourceDocuments): string {
  const share = (100 * found.overlappingShare).toFixed(2);
  const dropped = [
    found.withoutOriginal && `${found.withoutOriginal} without an original dropped`,
    found.faulty && `${found.faulty} with a fault dropped`,
  ].filter(Boolean);
  return [
    `${source.name}: ${training.length} documents, ${heldOut.length} kept back`,
    ...dropped,
    `overlap with tests before ${found.overlapping} (${share} %), after ${found.overlappingAfter}`,
  ].join('; ');
}

/**
 * Makes tokenizer and tokens of a recipe, and writes them into a folder.
 *
 * @param corpus the folder of the files that the recipe names
 * @param blimp where there is one: its sentences are kept out too
 * @throws DataError when a source cannot be had
 */
export async function prepareTokens(
  recipe: Recipe,
  folder: string,
  { corpus, blimp }: { corpus?: string; blimp?: string },
  say: (line: string) => void,
): Promise<void> {
  const tests = testTexts(blimp);
  for (const { name, texts } of tests) say(`kept out: ${name}, ${texts.length} texts`);
  const sources = await readDocuments(recipe, corpus, tests);
  for (const source of sources) say(row(source));
  const first = sources.filter(({ source }) => source.passes > 0);
  const tokenizer = BPETokenizer.train(first.flatMap(({ training }) => training).join('\n'), {
    vocabSize: recipe.vocabSize,
    specialTokens: [END_OF_TEXT],
  });
  const documents: Uint16Array[] = [];
  const lateDocuments: Uint16Array[] = [];
  const about: AboutTokens['sources'] = [];
  for (const { source, training, ...found } of sources) {
    const encoded = training.map((document) => encode(tokenizer, document));
    for (let pass = 0; pass < source.passes; pass++) documents.push(...encoded);
    const { late: latePasses = 0 } = source;
    const late = encoded.slice(0, Math.ceil((latePasses % 1) * encoded.length));
    for (let pass = 1; pass <= latePasses; pass++) late.push(...encoded);
    lateDocuments.push(...late);
    about.push({
      name: source.name,
      documents: training.length,
      tokens: encoded.reduce((sum, { length }) => sum + length, 0),
      bytes: training.reduce((sum, document) => sum + Buffer.byteLength(document), 0),
      passes: source.passes,
      late: late.reduce((sum, { length }) => sum + length, 0),
      faulty: found.faulty,
      withoutOriginal: found.withoutOriginal,
      overlapping: found.overlapping,
      overlappingShare: found.overlappingShare,
      overlappingAfter: found.overlappingAfter,
    });
  }
  const tokens = concatenated(shuffled(documents, seededRandom(recipe.seed, ORDER)));
  const lateTokens = concatenated(shuffled(lateDocuments, seededRandom(recipe.seed, LATE_ORDER)));
  const bytes = new Uint8Array(tokens.buffer);
  const lateBytes = new Uint8Array(lateTokens.buffer);
  const files = tokenizerFiles(tokenizer);
  const keptBack = Object.fromEntries([
    ...sources
      .filter(({ heldOut }) => heldOut.length)
      .map(({ source, heldOut }) => [source.name, heldOut]),
    ...[...(await unseenBooks(recipe))].map(([name, text]) => [name, [text]]),
  ]) as Record<string, string[]>;
  writeFilesAtomic(folder, {
    ...files,
    [TOKENS]: bytes,
    [LATE]: lateBytes,
    [KEPT_BACK]: JSON.stringify(keptBack),
    [ABOUT]: `${JSON.stringify(
      {
        recipe: dataHash(recipe),
        tokenizer: tokenizerHash(tokenizer),
        tokens: tokens.length,
        sha256: sha256(bytes),
        lateTokens: lateTokens.length,
        lateSha256: sha256(lateBytes),
        sources: about,
        tests: tests.map(({ name }) => name),
      } satisfies AboutTokens,
      null,
      2,
    )}\n`,
  });
}

/** Documents one after the other. */
function concatenated(documents: readonly Uint16Array[]): Uint16Array {
  const tokens = new Uint16Array(documents.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const document of documents) {
    tokens.set(document, at);
    at += document.length;
  }
  return tokens;
}

const tokenizerHash = (tokenizer: BPETokenizer) => sha256(JSON.stringify(tokenizer.toFiles()));

/**
 * The tokens in a folder.
 *
 * @param recipe of which they must be; default any
 * @throws DataError when there are none, they are of another recipe, or damaged
 */
export function readTokens(folder: string, recipe?: Recipe): TokenFile {
  if (!hasTokens(folder)) {
    throw new DataError(`There are no tokens in ${folder}: ./gpt pretrain --prepare makes them`);
  }
  return readFilesAtomic(folder, () => {
    const read = (name: string) => {
      try {
        return fs.readFileSync(path.join(folder, name));
      } catch (error) {
        throw new DataError(
          `${path.join(folder, name)} cannot be read: ${(error as Error).message}`,
        );
      }
    };
    const json = (name: string): unknown => {
      const content = read(name).toString('utf8');
      try {
        return JSON.parse(content);
      } catch (error) {
        throw new DataError(`${path.join(folder, name)} is no JSON: ${(error as Error).message}`);
      }
    };
    const { data: about, error } = aboutForm.safeParse(json(ABOUT));
    if (!about) throw new DataError(`${path.join(folder, ABOUT)}: ${error.issues[0].message}`);
    if (recipe && about.recipe !== dataHash(recipe)) {
      throw new DataError(
        `The tokens in ${folder} are of another recipe than ${recipe.name} is now: its sources, ` +
          'vocabulary, seed or unseen books differ; another --state, or delete the folder',
      );
    }
    const ids = (name: string, hash: string) => {
      const content = read(name);
      if (sha256(content) !== hash) {
        throw new DataError(`${path.join(folder, name)} is not the file that ${ABOUT} speaks of`);
      }
      const tokens = new Uint16Array(content.length / 2);
      new Uint8Array(tokens.buffer).set(content);
      return tokens;
    };
    const tokenizer = loadTokenizer(folder);
    if (tokenizerHash(tokenizer) !== about.tokenizer) {
      throw new DataError(`The tokenizer in ${folder} is not the one that ${ABOUT} speaks of`);
    }
    const kept = z.record(z.string(), z.array(z.string())).parse(json(KEPT_BACK));
    return {
      tokenizer,
      tokens: ids(TOKENS, about.sha256),
      lateTokens: ids(LATE, about.lateSha256),
      about,
      keptBack: new Map(Object.entries(kept)),
    };
  });
}

/** The documents that tokens were made of, in their order, passes included. */
export function* documentsOf({ tokenizer, tokens, lateTokens }: TokenFile): Generator<string> {
  const end = tokenizer.specialTokens[END_OF_TEXT];
  for (const part of [tokens, lateTokens]) {
    for (let from = 0; from < part.length;) {
      const to = part.indexOf(end, from);
      yield tokenizer.decode([...part.subarray(from, to)]);
      from = to + 1;
    }
  }
}
