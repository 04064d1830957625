/** Marks in the names of unfinished files: which process writes them, and whether it still runs. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** A regular expression for a mark inside a name. */
export const MARK = '(?:.+-)?\\d+-[0-9a-f]{6}';

// On globalThis, because the kernel loads this module anew when a file of lib is edited.
const shared = globalThis as typeof globalThis & { gptLiveMarks?: Set<string> };
const live = (shared.gptLiveMarks ??= new Set());

/** A new mark, in use until {@link release}. */
export function newMark(): string {
  const mark = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  live.add(mark);
  return mark;
}

/** Ends the use of a mark. Files that still bear it count as abandoned. */
export function release(mark: string): void {
  live.delete(mark);
}

/**
 * Whether the process of a mark has ended, as far as this machine can tell, or has not written for
 * so long that it must have.
 *
 * @param idle milliseconds since it last wrote
 * @param limit number of milliseconds after which the process must have ended
 */
export function isAbandoned(mark: string, idle: number, limit: number): boolean {
  if (live.has(mark)) return false;
  const [, host, pid] = /^(?:(.+)-)?(\d+)-[0-9a-f]{6}$/.exec(mark) ?? [];
  return (host === hostname() && !isRunning(Number(pid))) || idle > limit;
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false; // the mark is this process's own and was released
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
