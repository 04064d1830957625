import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync, closeSync, fsyncSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** An error the user can act on, said in one line: no stack is needed. */
export class DataError extends Error {
  override readonly name: string = 'DataError';
}

/** Says in one line what a failed file operation means; other errors are returned as they are. */
export function explainFileError(error: unknown, target: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new DataError(`No room left on the disk for ${target} (${code})`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new DataError(`Not allowed to write ${target} (${code})`);
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EISDIR':
      return new DataError(`Cannot write ${target}: a file or folder is in the way (${code})`);
    default:
      return error;
  }
}

/**
 * Writes files of one folder so that readers see the old content or the new one and never a part,
 * even when the process is killed: all written beside, flushed, then renamed, folder flushed.
 *
 * @param files file names and their contents, large ones in pieces
 * @throws DataError when the disk is full or the folder cannot be written
 */
export function writeFilesAtomic(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array | Iterable<Uint8Array>>>,
): void {
  const mark = `${process.pid}-${randomBytes(3).toString('hex')}.tmp`;
  const moves = Object.keys(files).map((name) => {
    const target = path.join(folder, name);
    return { name, target, beside: `${target}.${mark}` };
  });
  let current = folder;
  try {
    mkdirSync(folder, { recursive: true });
    for (const { name, target, beside } of moves) {
      current = target;
      writeFlushed(beside, files[name]);
    }
    for (const { target, beside } of moves) {
      current = target;
      renameSync(beside, target);
    }
    flushFolder(folder);
  } catch (error) {
    try {
      for (const { beside } of moves) rmSync(beside, { force: true });
    } catch {
      // What went wrong first is what to report.
    }
    throw explainFileError(error, current);
  }
}

function writeFlushed(file: string, content: string | Uint8Array | Iterable<Uint8Array>): void {
  const whole = typeof content === 'string' || content instanceof Uint8Array;
  const handle = openSync(file, 'wx');
  try {
    for (const piece of whole ? [content] : content) writeFileSync(handle, piece);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Makes a rename in `folder` survive a power cut, where the system can flush folders. */
export function flushFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Some file systems cannot: the rename itself has happened.
  }
}
