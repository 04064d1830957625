/**
 * Reads files, and recognises what may be in the place of one: a folder, a pipe, a Git LFS pointer
 * or a web page.
 */
import { closeSync, openSync, readFileSync, readSync, statSync, type Stats } from 'node:fs';
import { DataError } from './errors';

/** The most bytes of a text that is read whole, such as `tokenizer.json`. */
const MAX_TEXT_BYTES = 100_000_000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The size, the times and other properties of a file that is to be read.
 *
 * @throws DataError if it does not exist, or if reading it would fail or never end, as with a
 *   folder, a pipe or a device
 */
export function fileStats(file: string): Stats {
  const stats = explainReading(file, () => statSync(file));
  if (stats.isFile()) return stats;
  const kinds: [boolean, string][] = [
    [stats.isDirectory(), 'a folder'],
    [stats.isFIFO(), 'a pipe'],
    [stats.isSocket(), 'a socket'],
  ];
  const [, kind] = kinds.find(([is]) => is) ?? [true, 'a device'];
  throw new DataError(`${file} is ${kind}, expected a file`);
}

const MEANINGS: Record<string, string> = {
  ENOENT: 'it is not there',
  ENOTDIR: 'a file is where a folder should be',
  EACCES: 'this user has no permission',
  EPERM: 'this user has no permission',
  ELOOP: 'it is a link that leads back to itself',
  EISDIR: 'it is a folder',
  EIO: 'the disk reports an error',
};

/** Runs `work`, which reads `file`. If the system refuses, a DataError says why in one line. */
export function explainReading<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof DataError) throw error;
    const meaning = MEANINGS[code];
    throw new DataError(
      `${file} cannot be read${meaning ? `: ${meaning}` : ''} (${code})`,
      code === 'ENOENT' ? 'absent' : 'unreadable',
    );
  }
}

/**
 * The text of a file.
 *
 * @throws DataError if it cannot be read, is larger than 100 MB, is not UTF-8, or is something else
 *   in the file's place, such as a Git LFS pointer
 */
export function readText(file: string): string {
  const { size } = fileStats(file);
  if (size > MAX_TEXT_BYTES) {
    throw new DataError(`${file} has ${size} bytes, expected a text of at most ${MAX_TEXT_BYTES}`);
  }
  const content = explainReading(file, () => readFileSync(file));
  const stand = standIn(content);
  if (stand) throw new DataError(`${file} is ${stand}`);
  try {
    return utf8.decode(content);
  } catch {
    throw new DataError(`${file} is not UTF-8 text`);
  }
}

/** The first bytes of some kinds of file. */
const SIGNATURES: [start: string, kind: string][] = [
  ['\x1f\x8b', 'compressed with gzip: unpack it first'],
  ['\x28\xb5\x2f\xfd', 'compressed with zstd: unpack it first'],
  ['\xfd7zXZ', 'compressed with xz: unpack it first'],
  ['BZh', 'compressed with bzip2: unpack it first'],
  ['PK\x03\x04', 'a ZIP archive, as which PyTorch saves a .bin or .pt file'],
  ['GGUF', 'a GGUF file, which is for llama.cpp'],
  ['\x89HDF', 'an HDF5 file, which is for Keras'],
  ['\xff\xfe', 'text in UTF-16, expected UTF-8'],
  ['\xfe\xff', 'text in UTF-16, expected UTF-8'],
];

/**
 * Describes what is often found in place of a file, such as a login page. Returns undefined if the
 * content may be the file itself.
 *
 * @param content the file, or at least its first 4096 bytes
 */
export function standIn(content: Uint8Array): string | undefined {
  const start = Buffer.from(content.buffer, content.byteOffset, Math.min(4096, content.length));
  const latin1 = start.toString('latin1');
  if (latin1.startsWith('version https://git-lfs')) {
    return 'a Git LFS pointer, a few lines in place of the file: run "git lfs pull" in its repository';
  }
  if (/^(\xef\xbb\xbf)?\s*<(!doctype|html|head|body|\?xml)/i.test(latin1)) {
    return 'a web page, such as a login or an error: download the file itself';
  }
  const said = content.length < 4096 ? serverError(start.toString('utf8')) : undefined;
  if (said) return `a server's error message in place of the file: ${said}`;
  if (/^\x80[\x02-\x05][^\0]/.test(latin1))
    return 'a Python pickle, as which PyTorch saves a .bin file';
  return SIGNATURES.find(([bytes]) => latin1.startsWith(bytes))?.[1];
}

const ERROR_KEYS =
  /^(error|errors|error_code|message|detail|details|status|statuscode|code|type)$/i;
const ERROR_SAID = /^(error|message|detail|details)$/i;

/** The message in a JSON object that holds an error and nothing else. */
function serverError(text: string): string | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    const entries = Object.entries(JSON.parse(text) as object);
    if (!entries.every(([key]) => ERROR_KEYS.test(key))) return undefined;
    if (!entries.some(([key]) => ERROR_SAID.test(key))) return undefined;
    const said = entries.find(([, value]) => typeof value === 'string');
    return said && JSON.stringify(String(said[1]).slice(0, 100));
  } catch {
    return undefined;
  }
}

/** Like {@link standIn}, for a file that could not be understood. */
export function fileStandIn(file: string): string | undefined {
  try {
    const start = Buffer.alloc(4096);
    const handle = openSync(file, 'r');
    try {
      const count = readSync(handle, start, 0, start.length, 0);
      return count ? standIn(start.subarray(0, count)) : 'empty';
    } finally {
      closeSync(handle);
    }
  } catch {
    return undefined; // the earlier error is the one to report
  }
}
