/** TensorFlow's checkpoint format, the "tensor bundle": an index, and shards with the values. */
import { existsSync } from 'node:fs';
import { fileStandIn } from '../core/read-file';
import { readEntry, readHeader } from './bundle-messages';
import { FileBytes, type ByteSource } from './byte-source';
import { CheckpointError } from './checkpoint-error';
import { maskedCrc32c } from './crc32c';
import { decodeFloats } from './floats';
import { readTable } from './sstable';

const FORMAT_VERSION = 1;
const FLOAT = 1; // DT_FLOAT
/** The most dimensions that TensorFlow's tensors can have. */
const MAX_RANK = 254;
/** Limit on the number of tensors; the largest GPT-2 has 580. */
const MAX_TENSORS = 20_000;

interface BundleEntry {
  readonly shape: readonly number[];
  /** TensorFlow's number for its dtype. */
  readonly type: number;
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
}

/** An open checkpoint: the index has been read and checked; tensors are read on request. */
export class TensorBundle {
  readonly tensors: ReadonlyMap<string, BundleEntry>;
  private readonly shards = new Map<number, ByteSource>();

  /**
   * @param prefix path of the files, without `.index` and `.data-00000-of-00001`
   * @param open opens one of the files
   * @throws CheckpointError if a file is missing, damaged, too short or of an unknown kind
   */
  constructor(
    private readonly prefix: string,
    private readonly open: (file: string) => ByteSource = openFile,
  ) {
    this.tensors = explainStandIn(`${prefix}.index`, () => this.readIndex());
  }

  private readIndex(): Map<string, BundleEntry> {
    const { prefix } = this;
    const index = this.open(`${prefix}.index`);
    const entries = readTable(index.read(0, index.size));
    const first = entries.next();
    if (first.done || first.value[0] !== '') {
      throw new CheckpointError('DataLoss', 'the index has no header');
    }
    const { shards: count, endianness, version } = readHeader(first.value[1]);
    if (version && version.minConsumer > FORMAT_VERSION) {
      throw new CheckpointError(
        'InvalidArgument',
        `${prefix}.index needs a reader of version ${version.minConsumer}, this one is ${FORMAT_VERSION}`,
      );
    }
    if (endianness !== 0) {
      throw new CheckpointError('Unimplemented', `${prefix}.index is big-endian`);
    }
    const tensors = new Map<string, BundleEntry>();
    for (const [name, value] of entries) {
      if (tensors.size === MAX_TENSORS) {
        throw new CheckpointError('DataLoss', `the index has more than ${MAX_TENSORS} tensors`);
      }
      const entry = bundleEntry(name, value);
      if (entry.shard >= count) {
        throw new CheckpointError('OutOfRange', `${name} is in file ${entry.shard} of ${count}`);
      }
      const file = this.shardFile(entry.shard, count);
      const shard = this.shards.get(entry.shard) ?? this.open(file);
      this.shards.set(entry.shard, shard);
      explainStandIn(file, () => {
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

  /**
   * A tensor's numbers, row by row, after a check of their checksum.
   *
   * @throws CheckpointError NotFound; DataLoss if they are not what was written; Unimplemented if
   *   they are not float32
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

/** The index's entry for a tensor. @throws CheckpointError if it cannot be read */
function bundleEntry(name: string, message: Uint8Array): BundleEntry {
  const { type, shape, shard, offset, size, crc, slices } = readEntry(message);
  if (slices.length) throw new CheckpointError('Unimplemented', `${name} is stored in slices`);
  const dimensions = shape?.dimensions ?? [];
  if (dimensions.length > MAX_RANK) {
    throw new CheckpointError('DataLoss', `${name} has more than ${MAX_RANK} dimensions`);
  }
  return { type, shape: dimensions.map((each) => each.size), shard, offset, size, crc };
}

function openFile(file: string): ByteSource {
  if (!existsSync(file)) throw new CheckpointError('NotFound', `there is no ${file}`, 'absent');
  return new FileBytes(file);
}

/**
 * Runs `work`, which reads `file`. If the file is something else, such as a pointer of Git LFS, a
 * CheckpointError says so.
 */
function explainStandIn<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const standIn = error instanceof CheckpointError && fileStandIn(file);
    throw standIn ? new CheckpointError(error.reason, `${file} is ${standIn}`, error.code) : error;
  }
}
