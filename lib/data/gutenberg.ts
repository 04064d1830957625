/** Books of Project Gutenberg: fetching them, and keeping only the text of the book. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { DataFile } from './catalogue';
import { download, type DownloadOptions } from './download';
import { writeFilesAtomic } from '../core/atomic-write';
import { DataError } from '../core/errors';

const START = [
  /^\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG E-?(?:BOOK|TEXT)[^*]*\*\*\*[^\n]*$/im,
  /^\*END[* ]THE SMALL PRINT![^\n]*\*END\*[^\n]*$/im, // until about 2003
];
const END = [
  /^\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG E-?(?:BOOK|TEXT)/im,
  /^End of (?:The |This )?Project Gutenberg(?:'s|’s)?\b/im,
];
const CREDITS =
  /^(?:Produced|E-?text prepared|This e-?text was (?:prepared|produced)) by [^]*?\n\n/i;

/**
 * The text of a Project Gutenberg book without Project Gutenberg's header, transcribers' credits
 * and licence. Line ends become `\n`, and a byte order mark is removed.
 *
 * @param text a plain text file of any age: the marks around the book have changed over the years
 * @throws DataError if no mark says where the book begins
 */
export function stripGutenberg(text: string): string {
  let book = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const start = START.map((mark) => mark.exec(book)).find((match) => match);
  if (!start) {
    throw new DataError('This is not a Project Gutenberg book: the START mark is missing');
  }
  book = book.slice(start.index + start[0].length);
  const ends = END.map((mark) => mark.exec(book)?.index).filter((at) => at !== undefined);
  book = book.slice(0, Math.min(book.length, ...(ends as number[]))).trim();
  return book.replace(CREDITS, '').trim() + '\n';
}

/** The number in `gutenberg:55752`; undefined if the name has another form. */
export function gutenbergId(name: string): string | undefined {
  return /^gutenberg:([1-9]\d{0,6})$/.exec(name)?.[1];
}

/**
 * The catalogue entry that was written into `folder` when the book was fetched.
 *
 * @returns undefined if there is none or it cannot be read
 */
export function gutenbergEntry(id: string, folder: string): DataFile | undefined {
  try {
    const json = readFileSync(path.join(folder, `gutenberg/pg${id}.json`), 'utf8');
    const entry = JSON.parse(json) as DataFile;
    return entry.file === bookFile(id) && entry.sha256 ? entry : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Fetches any Project Gutenberg book and saves it in `folder` without header and licence, together
 * with a catalogue entry that holds the hash of the saved text.
 *
 * @throws DataError like `download`, or if the answer is not a book in UTF-8
 */
export async function fetchGutenberg(
  id: string,
  folder: string,
  options: DownloadOptions = {},
  url = `https://www.gutenberg.org/cache/epub/${id}/pg${id}.txt`,
): Promise<DataFile> {
  const raw = path.join(folder, `gutenberg/pg${id}.${process.pid}.raw`);
  try {
    await download({ url }, raw, options);
    const text = decode(readFileSync(raw), url);
    const book = stripGutenberg(text);
    const field = (name: string) => new RegExp(`^${name}: *(.+)$`, 'im').exec(text)?.[1].trim();
    const entry: DataFile = {
      name: `gutenberg:${id}`,
      title: [field('Title') ?? `Book ${id}`, field('Author')].filter(Boolean).join(', '),
      kind: 'book',
      language: /portugu/i.test(field('Language') ?? '') ? 'pt' : 'en',
      file: bookFile(id),
      url,
      bytes: Buffer.byteLength(book),
      sha256: createHash('sha256').update(book).digest('hex'),
      licence: 'public domain in the USA; elsewhere, ask the law of the country',
      use: 'fetched by number',
    };
    writeFilesAtomic(path.join(folder, 'gutenberg'), {
      [`pg${id}.txt`]: book,
      [`pg${id}.json`]: JSON.stringify(entry, null, 2) + '\n',
    });
    return entry;
  } finally {
    rmSync(raw, { force: true });
  }
}

const bookFile = (id: string) => `gutenberg/pg${id}.txt`;

function decode(bytes: Uint8Array, url: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DataError(`${url} is not text in UTF-8`);
  }
}
