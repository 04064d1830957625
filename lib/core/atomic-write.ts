/** Writes files as a set: all of them or none. */
import fs from 'node:fs';
import path from 'node:path';
import { DataError, isSystemError } from './errors';
import { isAbandoned, MARK, newMark, release } from './writer-marks';

/** Turns a failed file operation into a DataError; other errors are returned unchanged. */
export function explainFileError(error: unknown, target: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new DataError(`No room left on the disk for ${target} (${code})`, 'unwritable');
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new DataError(`Not allowed to write ${target} (${code})`, 'unwritable');
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EISDIR':
    case 'ENOTEMPTY':
      return new DataError(
        `Cannot write ${target}: a file or folder is in the way (${code})`,
        'unwritable',
      );
    default:
      return error;
  }
}

/** The content of a file. Large content comes in pieces. */
type Content = string | Uint8Array | Iterable<Uint8Array>;

/** Contents by file name. A file whose content is undefined is deleted. */
export type Files = Readonly<Record<string, Content | undefined>>;

/*
 * Files that belong together are replaced together:
 *
 * 1. The new files are written and flushed in a folder beside the old ones,
 *    `.saving-MARK.tmp/MARK/`. The mark tells which process is writing. An empty folder in place of
 *    a file stands for a file that is to be deleted.
 * 2. One rename, to `.saved.tmp/MARK/`, decides. It fails if another set still waits there.
 * 3. The files are renamed to their final names, and `.saved.tmp` is removed.
 *
 * Whoever finds `.saved.tmp`, a reader or another writer, first does what is left of step 3. It
 * does not matter who does it, or how many at once. They also delete what dead processes left
 * unfinished in step 1.
 */
const SAVED = '.saved.tmp';
/** Also matches the single files that earlier versions left. */
const SAVING = new RegExp(`^(?:\\.saving-|.+\\.)(${MARK})\\.tmp$`);
/** A writer that has written nothing for this long has stopped. */
const ABANDONED_MS = 24 * 3600_000;

/**
 * Writes files of one folder as a set: readers see all of the old ones or all of the new ones, even
 * if the process is killed. A reader that does not use `readFilesAtomic` may see some old and some
 * new files while they are being renamed. After a kill, it sees them until the folder is next read
 * or written by these functions.
 *
 * @throws DataError if the disk is full or the folder cannot be written; the old set then stays
 *   intact
 */
export function writeFilesAtomic(folder: string, files: Files): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
    finishSaving(folder);
    for (const name of Object.keys(files)) {
      const target = path.join(folder, name);
      const inTheWay = fs.lstatSync(target, { throwIfNoEntry: false })?.isDirectory();
      if (inTheWay) throw explainFileError({ code: 'EISDIR' }, target);
    }
    writeBeside(folder, files, (beside) => {
      while (!tryRename(beside, path.join(folder, SAVED))) finishSaving(folder);
    });
    finishSaving(folder);
    flushFolder(folder);
  } catch (error) {
    throw explainFileError(error, folder);
  }
}

/**
 * Writes and flushes files into two new nested folders inside `folder`, and lets `place` rename one
 * of them to its final place. Whatever is left is removed, even after an error.
 *
 * @param place receives the outer and the inner folder
 */
export function writeBeside(
  folder: string,
  files: Files,
  place: (beside: string, inside: string) => void,
): void {
  const mark = newMark();
  const beside = path.join(folder, `.saving-${mark}.tmp`);
  const inside = path.join(beside, mark);
  try {
    fs.mkdirSync(inside, { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      if (content === undefined) fs.mkdirSync(path.join(inside, name));
      else writeFlushed(path.join(inside, name), content);
    }
    flushFolder(inside);
    flushFolder(beside);
    place(beside, inside);
    flushFolder(folder);
  } finally {
    try {
      fs.rmSync(beside, { recursive: true, force: true });
    } catch {
      // An earlier error is the one to report.
    }
    release(mark);
  }
}

function writeFlushed(file: string, content: Content): void {
  const whole = typeof content === 'string' || content instanceof Uint8Array;
  const handle = fs.openSync(file, 'wx');
  try {
    for (const piece of whole ? [content] : content) fs.writeFileSync(handle, piece);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** Renames a folder. Returns false if a folder of that name exists and is not empty. */
export function tryRename(folder: string, name: string): boolean {
  try {
    fs.renameSync(folder, name);
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}

/**
 * Runs a file operation that another process may have done already. ENOENT and ENOTDIR then mean
 * that nothing is left to do.
 *
 * @param codes further errors that mean the same
 */
export function unlessDone(work: () => void, ...codes: string[]): void {
  try {
    work();
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR', ...codes)) throw error;
  }
}

interface Waiting {
  readonly name: string;
  /** Where it is now. */
  readonly at: string;
  /** Whether the file of this name is to be deleted; a folder then stands for it. */
  readonly removes: boolean;
}

/**
 * Lists the files that are still to be moved. The folder may come from anywhere, so only plain
 * files and folders in it count as a set, and no link is followed.
 *
 * @throws DataError if something else is in the place of a set
 */
export function* waitingIn(folder: string): Generator<Waiting> {
  const saved = path.join(folder, SAVED);
  const there = listSorted(folder).find(({ name }) => name === SAVED);
  if (there && !there.isDirectory()) throw foreign(saved);
  for (const set of listSorted(saved)) {
    if (!set.isDirectory()) throw foreign(path.join(saved, set.name));
    for (const entry of listSorted(path.join(saved, set.name))) {
      const at = path.join(saved, set.name, entry.name);
      if (!entry.isFile() && !entry.isDirectory()) throw foreign(at);
      yield { name: entry.name, at, removes: entry.isDirectory() };
    }
  }
}

const foreign = (file: string) =>
  new DataError(`${file} was not left by a save of this project: remove it`);

/** The entries of a folder, sorted by name. The list is empty if the folder does not exist. */
export function listSorted(folder: string): fs.Dirent[] {
  try {
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    const { code } = error as NodeJS.ErrnoException;
    throw code ? new DataError(`${folder} cannot be read (${code})`, 'unreadable') : error;
  }
}

/** Completes the set that waits, if there is one, and deletes what dead processes left. */
export function finishSaving(folder: string): void {
  const saved = path.join(folder, SAVED);
  for (let sets = listSorted(saved); fs.existsSync(saved); sets = listSorted(saved)) {
    for (const { name, at, removes } of waitingIn(folder)) {
      const target = path.join(folder, name);
      if (!removes) unlessDone(() => fs.renameSync(at, target));
      else {
        // The old file moves into the folder that stands for it. That folder belongs to this set
        // alone, so a file that a later set brings meanwhile is safe.
        const old = path.join(at, name);
        const isFolder = fs.lstatSync(target, { throwIfNoEntry: false })?.isDirectory();
        if (!isFolder) unlessDone(() => fs.renameSync(target, old));
        unlessDone(() => fs.unlinkSync(old));
        unlessDone(() => fs.rmdirSync(at));
      }
    }
    for (const set of sets) unlessDone(() => fs.rmdirSync(path.join(saved, set.name)));
    unlessDone(() => fs.rmdirSync(saved), 'ENOTEMPTY', 'EEXIST'); // by another set
  }
  removeAbandoned(folder);
}

/** Deletes what dead processes left, as far as permissions allow. */
export function removeAbandoned(folder: string): void {
  for (const { name } of listSorted(folder)) {
    const mark = SAVING.exec(name)?.[1];
    if (!mark) continue;
    try {
      const left = path.join(folder, name);
      const inside = fs.lstatSync(left).isDirectory()
        ? (fs.readdirSync(left, { recursive: true }) as string[])
        : [];
      const times = ['', ...inside].map((file) => fs.lstatSync(path.join(left, file)).mtimeMs);
      if (!isAbandoned(mark, Date.now() - Math.max(...times), ABANDONED_MS)) continue;
      fs.rmSync(left, { recursive: true, force: true });
    } catch {
      // Not ours to delete, or gone already.
    }
  }
}

/** Makes a rename in `folder` survive a power cut, if the system can flush folders. */
export function flushFolder(folder: string): void {
  try {
    const handle = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
  } catch {
    // Some file systems cannot flush a folder. The rename itself has happened.
  }
}
