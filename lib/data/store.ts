/** Finding, reading and fetching the files of the catalogue, in the cache and in a mirror. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CATALOGUE, type DataFile } from './catalogue';
import { download, type DownloadOptions } from './download';
import { DataError, isAbsent } from '../core/errors';
import { fetchGutenberg, gutenbergEntry, gutenbergId } from './gutenberg';
import { phrase, translate } from '../language';

const ROOT = path.resolve(__dirname, '../..');

export type Source = 'cache' | 'mirror';

/**
 * The folders that are searched for files, in this order. The environment is read at each call, so
 * that a cell can set it.
 */
export function dataPlaces(): { source: Source; folder: string }[] {
  const { GPT_DATA_CACHE, GPT_DATA_MIRROR } = process.env;
  const cache = GPT_DATA_CACHE || path.join(ROOT, 'data', 'cache');
  return [
    { source: 'cache', folder: path.resolve(cache) },
    ...(GPT_DATA_MIRROR
      ? [{ source: 'mirror' as const, folder: path.resolve(GPT_DATA_MIRROR) }]
      : []),
  ];
}

/**
 * The catalogue's entry for a name, or that of a book that was fetched as `gutenberg:ID`.
 *
 * @throws DataError if the name is unknown
 */
export function findData(name: string): DataFile {
  const id = gutenbergId(name);
  const entry = id ? fetchedBook(id) : CATALOGUE.find((each) => each.name === name);
  if (entry) return entry;
  if (id) {
    throw new DataError(`${name} was not fetched yet: ./gpt data fetch ${name}`, 'absent');
  }
  throw new DataError(`Unknown data "${name}": ./gpt data list shows the names`);
}

function fetchedBook(id: string): DataFile | undefined {
  return dataPlaces()
    .map(({ folder }) => gutenbergEntry(id, folder))
    .find((entry) => entry);
}

interface Copy {
  source: Source;
  path: string;
  content?: Buffer;
  /** Why the copy cannot be used; absent if it can. */
  problem?: string;
}

/** Reads each copy of a file and checks its size and SHA-256. */
function* copies(entry: DataFile): Generator<Copy> {
  for (const { source, folder } of dataPlaces()) {
    const copy: Copy = { source, path: path.join(folder, entry.file) };
    try {
      copy.content = readFileSync(copy.path);
      copy.problem = difference(copy.content, entry);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      copy.problem = code === 'ENOENT' ? 'not there' : `cannot be read: ${code}`;
    }
    yield copy;
  }
}

/** How a file's content differs from its catalogue entry; undefined if it does not. */
function difference(content: Buffer, { bytes, sha256 }: DataFile): string | undefined {
  if (bytes !== undefined && content.length !== bytes) {
    return `has ${content.length} bytes instead of ${bytes}`;
  }
  const actual = createHash('sha256').update(content).digest('hex');
  return actual === sha256 ? undefined : `has SHA-256 ${actual} instead of ${sha256}`;
}

type GoodCopy = Copy & { content: Buffer };

function isGood(copy: Copy): copy is GoodCopy {
  return copy.content !== undefined && copy.problem === undefined;
}

function findCopy(entry: DataFile): GoodCopy {
  const searched: string[] = [];
  for (const copy of copies(entry)) {
    if (isGood(copy)) return copy;
    searched.push(`${shown(copy.path)} (${copy.problem})`);
  }
  if (!process.env.GPT_DATA_MIRROR) searched.push('GPT_DATA_MIRROR (not set)');
  throw new DataError(
    `${entry.name} is not on this machine. Looked in ${searched.join(' and ')}. ` +
      `To fetch it: ./gpt data fetch ${entry.name}`,
    'absent',
  );
}

/**
 * A path for a message: relative to the project if it lies inside, so that the message is the same
 * on every machine.
 */
function shown(file: string): string {
  const inside = path.relative(ROOT, file);
  return inside.startsWith('..') || path.isAbsolute(inside) ? file : inside;
}

/**
 * The path of a verified file in the cache or in `GPT_DATA_MIRROR`. Never uses the network.
 *
 * @throws DataError `absent` if neither has the file; the message says where it looked and how to
 *   fetch it
 */
export function dataPath(name: string): string {
  return findCopy(findData(name)).path;
}

/** The text of a verified file, found as by {@link dataPath}. @throws DataError like `dataPath` */
export function loadText(name: string): string {
  return findCopy(findData(name)).content.toString('utf8');
}

export interface OpenedText {
  readonly text: string;
  /** `sample`: a small text of the project's own instead of the book that was asked for. */
  readonly source: Source | 'sample';
  /** The title of the text that was opened. */
  readonly title: string;
  /** One line for the screen, the same on every machine. */
  readonly note: string;
}

/** Titles of the small texts that come with the project, in `data/`. */
const SAMPLES = new Map([
  ['story-en', 'The Last Word, a short story'],
  ['story-pt', 'A última palavra, um conto'],
  ['poems-en', 'Four sonnets, William Shakespeare'],
  ['poems-pt', 'Poemas, Luís de Camões, Gonçalves Dias e Machado de Assis'],
]);

/**
 * A book if it is on this machine, else a small text in its language that comes with the project.
 * Notebooks open texts with this function, so that they run offline and say what they run on. The
 * small texts have names too: `story-en`, `story-pt`, `poems-en`, `poems-pt`.
 *
 * @throws DataError if the name is unknown or is not a book's
 */
export function openText(name: string): OpenedText {
  if (SAMPLES.has(name)) return openSample(name);
  const entry = findData(name);
  try {
    const { source, content } = findCopy(entry);
    const text = content.toString('utf8');
    const title = translate(entry.title);
    return { text, source, title, note: `${title}: ${size(text)}` };
  } catch (error) {
    if (!isAbsent(error) || entry.kind !== 'book') throw error;
    const sample = openSample(name === 'os-lusiadas' ? 'poems-pt' : `story-${entry.language}`);
    const wrongCopy = [...copies(entry)].find(({ content }) => content);
    const why = wrongCopy
      ? `${shown(wrongCopy.path)} is not ${entry.title}, it ${wrongCopy.problem}`
      : phrase('{title} is not on this machine', { title: translate(entry.title) });
    const note = phrase(
      '{why}: going on with {sample}. To fetch the book: ./gpt data fetch {name}',
      { why, sample: sample.note, name },
    );
    return { ...sample, note };
  }
}

function openSample(name: string): OpenedText {
  const title = translate(SAMPLES.get(name) as string);
  const text = readFileSync(path.join(ROOT, 'data', `${name}.txt`), 'utf8');
  return { text, source: 'sample', title, note: `${title} (data/${name}.txt): ${size(text)}` };
}

const size = (text: string) => phrase('{count:,} characters', { count: text.length });

/**
 * Fetches a file of the catalogue, or any Project Gutenberg book as `gutenberg:ID`, into the cache,
 * unless the cache or the mirror has it already. `GPT_OFFLINE=1` forbids the network.
 *
 * @param what a name, or an entry of your own in the catalogue's form
 * @throws DataError in one line if the file cannot be fetched
 */
export async function fetchData(
  what: string | DataFile,
  options: DownloadOptions = {},
): Promise<{ path: string; source: Source | 'network' }> {
  const name = typeof what === 'string' ? what : what.name;
  const id = gutenbergId(name);
  const entry = entryOf(what, id);
  const copy = entry && [...copies(entry)].find(isGood);
  if (copy) return { path: copy.path, source: copy.source };
  if (!/^(|0|false)$/i.test(process.env.GPT_OFFLINE ?? '')) {
    throw new DataError(`GPT_OFFLINE is set, so ${name} is not fetched`, 'absent');
  }
  const [{ folder }] = dataPlaces();
  if (id) {
    const { file } = await fetchGutenberg(id, folder, options);
    return { path: path.join(folder, file), source: 'network' };
  }
  const target = path.join(folder, (entry as DataFile).file);
  await download(entry as DataFile, target, options);
  return { path: target, source: 'network' };
}

/** The entry of a file to fetch; undefined for a book that has not been fetched yet. */
function entryOf(what: string | DataFile, id: string | undefined): DataFile | undefined {
  if (typeof what !== 'string') return what;
  return id ? fetchedBook(id) : findData(what);
}

/** The result of `verifyData` for one copy of a file. */
export interface Verdict {
  readonly name: string;
  readonly source: Source;
  readonly path: string;
  /** What is wrong with the file; absent if nothing is. */
  readonly problem?: string;
}

/** Checks size and SHA-256 of every catalogue file and fetched book that is on this machine. */
export function verifyData(): Verdict[] {
  return knownData().flatMap((entry) =>
    [...copies(entry)]
      .filter((copy) => copy.problem !== 'not there')
      .map(({ source, path: file, problem }) => ({
        name: entry.name,
        source,
        path: shown(file),
        problem,
      })),
  );
}

/** The catalogue, followed by the books that were fetched by number. */
export function knownData(): DataFile[] {
  const fetched = new Map<string, DataFile>();
  for (const { folder } of dataPlaces()) {
    let names: string[] = [];
    try {
      names = readdirSync(path.join(folder, 'gutenberg'));
    } catch {
      continue; // no such folder: nothing was fetched
    }
    for (const name of names) {
      const id = /^pg(\d+)\.json$/.exec(name)?.[1];
      const entry = id && gutenbergEntry(id, folder);
      if (entry && !fetched.has(entry.name)) fetched.set(entry.name, entry);
    }
  }
  return [...CATALOGUE, ...fetched.values()];
}
