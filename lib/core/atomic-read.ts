/** Reads files that were written as a set, never a mixture of two sets. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { explainFileError, finishSaving, listSorted, waitingIn } from './atomic-write';
import { DataError, isSystemError } from './errors';

/** Thrown if a file was replaced after it was opened, or a set faster than it could be read. */
export class ReplacedError extends DataError {
  constructor(message: string) {
    super(message, 'replaced');
  }
}

/** A writer that never rests must not keep a reader waiting for ever. */
const TRIES = 100;

/**
 * Reads files that `writeFilesAtomic` wrote. All of them come from one set, even if others are
 * written meanwhile. If `read` leaves a file open for later and the file is replaced, that later
 * reading may throw ReplacedError; see {@link retryReplaced}.
 *
 * @param read is called again if files were replaced while it ran. It receives the folder to read
 *   from; if a set waits in a folder that cannot be written, that is a temporary folder of links
 * @throws ReplacedError if the files are replaced faster than they can be read; DataError if
 *   something that no save left is in the place of a set
 */
export function readFilesAtomic<T>(folder: string, read: (folder: string) => T): T {
  for (let tries = 1; ; tries++) {
    const complete = tryToComplete(folder);
    const before = stamp(folder);
    if (complete && before.waiting && tries < TRIES) continue;
    let result: { value: T } | { error: unknown };
    const at = complete ? folder : folderOfLinks(folder);
    try {
      result = { value: read(at) };
    } catch (error) {
      result = { error };
    }
    if (!complete) fs.rmSync(at, { recursive: true });
    const after = stamp(folder);
    const same = after.waiting === before.waiting && after.files === before.files;
    if (!same && tries < TRIES) continue;
    if ('error' in result) throw result.error;
    if (!same) throw new ReplacedError(`${folder} is written all the time: it cannot be read`);
    return result.value;
  }
}

/** Runs work that keeps files open, and repeats it if they were replaced meanwhile. */
export async function retryReplaced<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ReplacedError) || tries === TRIES) throw error;
    }
  }
}

/** Completes the set that waits, if there is one. Returns false if the folder cannot be written. */
function tryToComplete(folder: string): boolean {
  try {
    finishSaving(folder);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EACCES', 'EPERM', 'EROFS')) return false;
    throw explainFileError(error, folder);
  }
}

/** Identifies the files of a folder and of a set that waits, without reading them. */
function stamp(folder: string): { waiting: string; files: string } {
  const waiting = [...waitingIn(folder)].map(({ at }) => at).join('\n'); // before the files
  const files = visible(folder).map((name) => {
    try {
      const { ino, birthtimeMs } = fs.lstatSync(path.join(folder, name));
      return `${name} ${ino} ${birthtimeMs}`;
    } catch {
      return name;
    }
  });
  return { waiting, files: files.join('\n') };
}

const visible = (folder: string) =>
  listSorted(folder).flatMap(({ name }) => (name.startsWith('.') ? [] : [name]));

/**
 * Makes a temporary folder of links to the files that the folder will have once its set is
 * complete.
 */
function folderOfLinks(folder: string): string {
  const files = new Map(visible(folder).map((name) => [name, path.resolve(folder, name)]));
  for (const { name, at, removes } of waitingIn(folder)) {
    if (removes) files.delete(name);
    else files.set(name, path.resolve(at));
  }
  const links = fs.mkdtempSync(path.join(tmpdir(), 'gpt-files-'));
  for (const [name, file] of files) fs.symlinkSync(file, path.join(links, name));
  return links;
}
