/** TensorFlow's checkpoint format, the "tensor bundle": an index and files with the values. */
import { existsSync } from 'node:fs';
import { fileStandIn } from '../core/read-file';
import { FileBytes, type Bytes } from './bytes';
import { CheckpointError } from './checkpoint-error';
import { maskedCrc32c } from './crc32c';
import { decodeFloats } from './floats';
import { readTable } from './sstable';
import { Message } from './wire';

const FORMAT_VERSION = 1;
const FLOAT = 1; // DT_FLOAT
/** TensorFlow's tensors have at most so many dimensions. */
const MAX_RANK = 254;
/** Of the largest GPT-2 there are 580. */
const MAX_TENSORS = 20_000;

interface BundleEntry {
  readonly shape: readonly number[];
  /** TensorFlow's number of its type. */
  readonly type: number;
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
}

/** An open checkpoint: its index is read and checked, its tensors are read when asked for. */
export class TensorBundle {
  readonly tensors: ReadonlyMap<string, BundleEntry>;
  private readonly shards = new Map<number, Bytes>();

  /**
   * @param prefix path of the files without `.index` and `.data-00000-of-00001`
   * @param open opens one of them
   * @throws CheckpointError when a file is missing, damaged, too short or of an unknown kind
   */
  constructor(
    private readonly prefix: string,
    private readonly open: (file: string) => Bytes = openFile,
  ) {
    this.tensors = instead(`${prefix}.index`, () => this.readIndex());
  }

  private readIndex(): Map<string, BundleEntry> {
    const { prefix } = this;
    const index = this.open(`${prefix}.index`);
    const entries = readTable(index.read(0, index.size));
    const first = entries.next();
    if (first.done || first.value[0] !== '') {
      throw new CheckpointError('DataLoss', 'the index has no header');
    }
    const header = new Message(first.value[1]);
    const [version] = header.messages(3);
    if (version && version.number(2) > FORMAT_VERSION) {
      throw new CheckpointError(
        'InvalidArgument',
        `${prefix}.index needs a reader of version ${version.number(2)}, this one is ${FORMAT_VERSION}`,
      );
    }
    if (header.number(2) !== 0) {
      throw new CheckpointError('Unimplemented', `${prefix}.index is big-endian`);
    }
    const count = header.number(1);
    const tensors = new Map<string, BundleEntry>();
    for (const [name, value] of entries) {
      if (tensors.size === MAX_TENSORS) {
        throw new CheckpointError('DataLoss', `the index has more than ${MAX_TENSORS} tensors`);
      }
      const entry = this.readEntry(name, new Message(value));
      if (entry.shard >= count) {
        throw new CheckpointError('OutOfRange', `${name} is in file ${entry.shard} of ${count}`);
      }
      const file = this.shardFile(entry.shard, count);
      const shard = this.shards.get(entry.shard) ?? this.open(file);
      this.shards.set(entry.shard, shard);
      instead(file, () => {
        if (entry.offset + entry.size <= shard.size) return;
        throw new CheckpointError('OutOfRange', `${name} lies beyond the end of ${file}`);
      });
      tensors.set(name, entry);
    }
    return tensors;
  }

  private shardFile(shard: number, count: number): string {
    const [i, of] = [shard, count].map((number) => String(number).padStart(5, '0'));
    return `${this.prefix}.data-${i}-of-${of}`;
  }

  private readEntry(name: string, message: Message): BundleEntry {
    if (!message.messages(7).next().done) {
      throw new CheckpointError('Unimplemented', `${name} is stored in slices`);
    }
    const [dimensions] = message.messages(2);
    const shape: number[] = [];
    for (const dimension of dimensions?.messages(2) ?? []) {
      if (shape.length === MAX_RANK) {
        throw new CheckpointError('DataLoss', `${name} has more than ${MAX_RANK} dimensions`);
      }
      shape.push(dimension.number(1));
    }
    return {
      type: message.number(1),
      shape,
      shard: message.number(3),
      offset: message.number(4),
      size: message.number(5),
      crc: message.number(6),
    };
  }

  /**
   * A tensor's numbers, row by row, its checksum verified.
   *
   * @throws CheckpointError DataLoss when they are not what was written; Unimplemented when they are
   *   not float32
   */
  floats(name: string): Float32Array {
    const entry = this.tensors.get(name);
    if (!entry) throw new CheckpointError('NotFound', `${this.prefix} has no tensor ${name}`);
    const { type, shape, offset, size, crc } = entry;
    if (type !== FLOAT) {
      throw new CheckpointError(
        'Unimplemented',
        `${name} is not float32 (TensorFlow's type ${type})`,
      );
    }
    if (shape.reduce((a, b) => a * b, 4) !== size) {
      throw new CheckpointError(
        'DataLoss',
        `${name} of shape (${shape.join(', ')}) does not have ${size} bytes`,
      );
    }
    const bytes = this.shards.get(entry.shard)!.read(offset, size);
    if (maskedCrc32c(bytes) !== crc) {
      throw new CheckpointError(
        'DataLoss',
        `${name} in ${this.prefix}.data-* is damaged: its checksum does not fit`,
      );
    }
    return decodeFloats(bytes, 'F32');
  }
}

function openFile(file: string): Bytes {
  if (!existsSync(file)) throw new CheckpointError('NotFound', `there is no ${file}`);
  return new FileBytes(file);
}

/** Runs `work`, which reads `file`; when that fails, says what the file is instead. */
function instead<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const standIn = error instanceof CheckpointError && fileStandIn(file);
    throw standIn ? new CheckpointError(error.code, `${file} is ${standIn}`) : error;
  }
}
