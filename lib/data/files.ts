import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAbandoned, MARK, newMark, release } from './owner';

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
    case 'ENOTEMPTY':
      return new DataError(`Cannot write ${target}: a file or folder is in the way (${code})`);
    default:
      return error;
  }
}

/** The content of a file, a large one in pieces. */
type Content = string | Uint8Array | Iterable<Uint8Array>;

/** By their names; undefined for one that is to go. */
export type Files = Readonly<Record<string, Content | undefined>>;

/*
 * Files that belong together are replaced together:
 *
 * 1. The new ones are written and flushed beside, in `.saving-MARK.tmp/MARK/`; the mark tells whose
 *    they are. An empty folder in place of a file stands for a file that is to go.
 * 2. One rename, to `.saved.tmp/MARK/`, decides. It fails where another set still waits there.
 * 3. The files move to their names, and `.saved.tmp` goes.
 *
 * Whoever finds `.saved.tmp`, a reader or another writer, first does what is left of step 3: it does
 * not matter who does it, nor how many at once. What a dead process left of step 1 is deleted then.
 */
const SAVED = '.saved.tmp';
/** Also what versions before this one left, one file at a time. */
const SAVING = new RegExp(`^(?:\\.saving-|.+\\.)(${MARK})\\.tmp$`);
/** After so long without a byte, nobody is writing any more, whoever that was. */
const ABANDONED_MS = 24 * 3600_000;

/**
 * Writes files of one folder as a set: readers see all of the old ones or all of the new ones, even
 * when the process is killed. (Readers that do not go through {@link readFilesAtomic} may see some
 * old and some new for as long as a few renames take, or until one that does comes by.)
 *
 * @throws DataError when the disk is full or the folder cannot be written; the old set is intact then
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
      while (!becomes(beside, path.join(folder, SAVED))) finishSaving(folder);
    });
    finishSaving(folder);
    flushFolder(folder);
  } catch (error) {
    throw explainFileError(error, folder);
  }
}

/**
 * Writes and flushes files in a new folder inside a new folder of `folder`, and has them renamed to
 * where they belong. What is left then, or after an error, is removed.
 *
 * @param place gets both folders, and renames one of them
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
      // What went wrong first is what to report.
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

/** Renames a folder; false where another one that is not empty has this name. */
export function becomes(folder: string, name: string): boolean {
  try {
    fs.renameSync(folder, name);
    return true;
  } catch (error) {
    if (ignored(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}

const ignored = (error: unknown, ...codes: string[]) =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '');

/** Does something that somebody else may have done already. */
export function unlessDone(work: () => void, ...codes: string[]): void {
  try {
    work();
  } catch (error) {
    if (!ignored(error, 'ENOENT', 'ENOTDIR', ...codes)) throw error;
  }
}

interface Waiting {
  readonly name: string;
  /** Where it is; a folder when the file of this name is to go. */
  readonly at: string;
  readonly removes: boolean;
}

/**
 * What is left to be moved. The folder may come from anywhere, so that nothing but files and folders
 * inside it are taken for a set, and no link is followed.
 */
function* waitingIn(folder: string): Generator<Waiting> {
  const saved = path.join(folder, SAVED);
  const there = list(folder).find(({ name }) => name === SAVED);
  if (there && !there.isDirectory()) throw foreign(saved);
  for (const set of list(saved)) {
    if (!set.isDirectory()) throw foreign(path.join(saved, set.name));
    for (const entry of list(path.join(saved, set.name))) {
      const at = path.join(saved, set.name, entry.name);
      if (!entry.isFile() && !entry.isDirectory()) throw foreign(at);
      yield { name: entry.name, at, removes: entry.isDirectory() };
    }
  }
}

const foreign = (file: string) =>
  new DataError(`${file} is nothing that a save of this project left: remove it`);

/** What is in a folder, sorted; nothing where there is none. */
function list(folder: string): fs.Dirent[] {
  try {
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (ignored(error, 'ENOENT', 'ENOTDIR')) return [];
    const { code } = error as NodeJS.ErrnoException;
    throw code ? new DataError(`${folder} cannot be read (${code})`) : error;
  }
}

/** Completes the set that waits, if one does, and tidies up. */
function finishSaving(folder: string): void {
  const saved = path.join(folder, SAVED);
  for (let sets = list(saved); fs.existsSync(saved); sets = list(saved)) {
    for (const { name, at, removes } of waitingIn(folder)) {
      const target = path.join(folder, name);
      if (!removes) unlessDone(() => fs.renameSync(at, target));
      else {
        // Into the folder that stands for it, which is there in this set only: the file that a later
        // set may bring meanwhile is safe.
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

/** Deletes what dead processes left, as far as that is allowed. */
export function removeAbandoned(folder: string): void {
  for (const { name } of list(folder)) {
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

/** A file is not the one any more that was opened: another set has taken its place. */
export class ReplacedError extends DataError {}

/** A writer that never rests must not hold up a reader for ever. */
const TRIES = 100;

/**
 * Reads files that {@link writeFilesAtomic} wrote: all of one set, however many others are written
 * meanwhile. What was opened and is read later may throw ReplacedError; see {@link retryReplaced}.
 *
 * @param read may be called again, when files were replaced while it ran. It gets the folder to read
 *   from: a set that waits in a folder that cannot be written is shown in another, of links
 */
export function readFilesAtomic<T>(folder: string, read: (folder: string) => T): T {
  for (let tries = 1; ; tries++) {
    const complete = isComplete(folder);
    const before = stamp(folder);
    if (complete && before.waiting && tries < TRIES) continue;
    let result: { value: T } | { error: unknown };
    const at = complete ? folder : linked(folder);
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

/** Does what reads files for a while, again when they are replaced meanwhile. */
export async function retryReplaced<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ReplacedError) || tries === TRIES) throw error;
    }
  }
}

/** Completes what waits, where the folder can be written. */
function isComplete(folder: string): boolean {
  try {
    finishSaving(folder);
    return true;
  } catch (error) {
    if (ignored(error, 'EACCES', 'EPERM', 'EROFS')) return false;
    throw explainFileError(error, folder);
  }
}

/** Which files a folder has, and which wait: others are different ones, whatever is in them. */
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
  list(folder).flatMap(({ name }) => (name.startsWith('.') ? [] : [name]));

/** A new folder of links to the files that a folder should have. */
function linked(folder: string): string {
  const files = new Map(visible(folder).map((name) => [name, path.resolve(folder, name)]));
  for (const { name, at, removes } of waitingIn(folder)) {
    if (removes) files.delete(name);
    else files.set(name, path.resolve(at));
  }
  const links = fs.mkdtempSync(path.join(tmpdir(), 'gpt-files-'));
  for (const [name, file] of files) fs.symlinkSync(file, path.join(links, name));
  return links;
}

/** Makes a rename in `folder` survive a power cut, where the system can flush folders. */
export function flushFolder(folder: string): void {
  try {
    const handle = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
  } catch {
    // Some file systems cannot: the rename itself has happened.
  }
}
