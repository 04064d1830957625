/** TensorFlow's checkpoint format, the "tensor bundle": an index and files with the values. */
import { existsSync } from 'node:fs';
import { FileBytes, type Bytes } from './bytes';
import { CheckpointError } from './checkpoint-error';
import { maskedCrc32c } from './crc32c';
import { decodeFloats } from './floats';
import { readTable } from './sstable';
import { Message } from './wire';

const FORMAT_VERSION = 1;
const FLOAT = 1; // DT_FLOAT

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
  private readonly shards: Bytes[] = [];

  /**
   * @param prefix path of the files without `.index` and `.data-00000-of-00001`
   * @param open opens one of them
   * @throws CheckpointError when a file is missing, damaged or of an unknown kind
   */
  constructor(
    private readonly prefix: string,
    open: (file: string) => Bytes = openFile,
  ) {
    const index = open(`${prefix}.index`);
    const entries = readTable(index.read(0, index.size));
    const header = new Message(entries.get('') ?? missingHeader());
    entries.delete('');
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
    const shard = (i: number) =>
      `${String(i).padStart(5, '0')}-of-${String(count).padStart(5, '0')}`;
    for (let i = 0; i < count; i++) this.shards.push(open(`${prefix}.data-${shard(i)}`));
    this.tensors = new Map(
      [...entries].map(([name, value]) => [name, this.readEntry(name, new Message(value))]),
    );
  }

  private readEntry(name: string, message: Message): BundleEntry {
    if (message.messages(7).length) {
      throw new CheckpointError('Unimplemented', `${name} is stored in slices`);
    }
    const [shape] = message.messages(2);
    return {
      type: message.number(1),
      shape: shape?.messages(2).map((dimension) => dimension.number(1)) ?? [],
      shard: message.number(3),
      offset: message.number(4),
      size: message.number(5),
      crc: message.number(6),
    };
  }

  /**
   * A tensor's numbers, row by row, its checksum verified.
   *
   * @throws CheckpointError DataLoss when they are not what was written; OutOfRange when the file
   *   is too short; Unimplemented when they are not float32
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
    const shard = this.shards[entry.shard];
    if (!shard || offset + size > shard.size) {
      throw new CheckpointError(
        'OutOfRange',
        `${name} lies beyond the end of ${this.prefix}.data-*`,
      );
    }
    if (shape.reduce((a, b) => a * b, 4) !== size) {
      throw new CheckpointError(
        'DataLoss',
        `${name} of shape (${shape.join(', ')}) does not have ${size} bytes`,
      );
    }
    const bytes = shard.read(offset, size);
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

function missingHeader(): never {
  throw new CheckpointError('DataLoss', 'the index has no header');
}
