/** A download in progress on disk, which a later process can continue. */
import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { explainFileError, flushFolder } from '../core/atomic-write';
import { DataError } from '../core/errors';
import { isAbandoned, MARK, newMark, release } from '../core/writer-marks';

/** A partial file that has not grown for this many milliseconds counts as abandoned. */
const ABANDONED_MS = 10 * 60_000;

const PART = new RegExp(`^(${MARK})\\.part$`);

/**
 * A download in progress: a growing file beside its target, with the hash of its content so far.
 * Its name says which process writes it, so that no two processes write to one file and a later
 * process can take over what a dead one left behind.
 */
export class PartialDownload {
  size = 0;
  /** Whether the content comes from several responses, which may not fit together. */
  pieced = false;
  private hash: Hash = createHash('sha256');

  private constructor(
    private readonly target: string,
    private readonly file: string,
    private readonly mark: string,
    private readonly handle: FileHandle,
  ) {}

  /**
   * @param takeOver whether to continue what an earlier process left
   * @throws DataError if the folder cannot be written
   */
  static async open(target: string, takeOver: boolean): Promise<PartialDownload> {
    return explainErrors(target, async () => {
      await mkdir(path.dirname(target), { recursive: true });
      const mark = newMark();
      const file = `${target}.${mark}.part`;
      if (takeOver) await adopt(target, file);
      const part = new PartialDownload(target, file, mark, await open(file, 'a+'));
      for await (const chunk of part.handle.createReadStream({ start: 0, autoClose: false })) {
        part.count(chunk as Buffer);
      }
      return part;
    });
  }

  get sha256(): string {
    return this.hash.copy().digest('hex');
  }

  async append(chunk: Uint8Array): Promise<void> {
    await explainErrors(this.target, () => this.handle.appendFile(chunk));
    this.count(chunk);
  }

  /** Discards the content and starts again at byte 0. */
  async restart(): Promise<void> {
    await explainErrors(this.target, () => this.handle.truncate(0));
    this.size = 0;
    this.pieced = false;
    this.hash = createHash('sha256');
  }

  /** Flushes the file and renames it to the target, which exists only from this moment on. */
  async finish(): Promise<void> {
    await explainErrors(this.target, async () => {
      await this.handle.sync();
      await this.close();
      await rename(this.file, this.target);
      flushFolder(path.dirname(this.target));
    });
  }

  /** Closes the file and keeps its content for a later process. */
  async close(): Promise<void> {
    await this.handle.close();
    release(this.mark);
  }

  /** Closes and deletes the file. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    release(this.mark);
    await rm(this.file, { force: true });
  }

  private count(chunk: Uint8Array): void {
    this.hash.update(chunk);
    this.size += chunk.length;
  }
}

/** Moves the largest partial file that has no writer to `file` and deletes the others. */
async function adopt(target: string, file: string): Promise<void> {
  const orphans: { file: string; size: number }[] = [];
  for (const name of await readdir(path.dirname(target))) {
    const candidate = path.join(path.dirname(target), name);
    if (!candidate.startsWith(`${target}.`)) continue;
    const mark = PART.exec(candidate.slice(target.length + 1))?.[1];
    if (!mark) continue;
    const { size, mtimeMs } = await stat(candidate).catch(() => ({ size: 0, mtimeMs: Date.now() }));
    const idle = Date.now() - mtimeMs;
    if (isAbandoned(mark, idle, ABANDONED_MS)) orphans.push({ file: candidate, size });
  }
  orphans.sort((a, b) => a.size - b.size);
  // If two processes want the same file, the rename decides: the loser gets ENOENT.
  const best = orphans.pop();
  if (best) await rename(best.file, file).catch(() => undefined);
  await Promise.all(orphans.map((orphan) => rm(orphan.file, { force: true })));
}

/** Runs `work` and turns any file error into a DataError about `target`. */
async function explainErrors<T>(target: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const explanation = explainFileError(error, target);
    if (explanation instanceof DataError) throw explanation;
    throw new DataError(`Cannot write ${target}: ${(error as Error).message}`, 'unwritable');
  }
}
