/** Reading bytes piece by piece, from memory or from a file. */
import { closeSync, fstatSync, openSync, readSync, realpathSync, type Stats } from 'node:fs';
import { ReplacedError } from '../core/atomic-read';
import { DataError } from '../core/errors';
import { explainReading, fileStats } from '../core/read-file';

/** The most bytes in one read; the system's limit is just below 2 GiB. */
const MAX_READ = 2 ** 30;

/** A sequence of bytes, of which any part can be read. */
export interface ByteSource {
  readonly size: number;
  /** A copy of `length` bytes beginning at `start`, aligned for every typed array. */
  read(start: number, length: number): Uint8Array;
}

export class MemoryBytes implements ByteSource {
  constructor(private readonly bytes: Uint8Array) {}

  get size(): number {
    return this.bytes.byteLength;
  }

  read(start: number, length: number): Uint8Array {
    return new Uint8Array(this.bytes.subarray(start, start + length)); // copies, also from a Buffer
  }
}

/**
 * A file of any size. It is open only during a read, so nothing needs closing. If another file has
 * taken its place in the meantime, reading throws ReplacedError.
 */
export class FileBytes implements ByteSource {
  readonly size: number;
  private readonly identity: string;
  /** The path with links resolved once, so that a link that changes later does not matter. */
  private readonly real: string;

  /** @throws DataError if the file does not exist or cannot be read */
  constructor(readonly path: string) {
    const stats = fileStats(path);
    this.size = stats.size;
    this.real = explainReading(path, () => realpathSync(path));
    this.identity = identify(stats);
  }

  read(start: number, length: number): Uint8Array {
    return explainReading(this.path, () => {
      const bytes = new Uint8Array(length);
      const handle = openSync(this.real, 'r');
      try {
        if (identify(fstatSync(handle)) !== this.identity) {
          throw new ReplacedError(`${this.path} changed since it was opened`);
        }
        for (let done = 0; done < length;) {
          const wanted = Math.min(length - done, MAX_READ);
          const count = readSync(handle, bytes, done, wanted, start + done);
          if (count === 0) throw new DataError(`${this.path} ends after ${start + done} bytes`);
          done += count;
        }
      } finally {
        closeSync(handle);
      }
      return bytes;
    });
  }
}

const identify = ({ dev, ino, size, mtimeMs }: Stats) => [dev, ino, size, mtimeMs].join(':');
