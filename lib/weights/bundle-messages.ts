/**
 * The protocol buffers in the index of a TensorFlow checkpoint: the fields that are needed from
 * `tensor_bundle.proto` and the files that it imports, with their numbers there.
 */
import { Root, type INamespace, type Type } from 'protobufjs';
import { CheckpointError } from './checkpoint-error';

const field = (type: string, id: number, rule?: 'repeated') => ({ type, id, rule });

// All integers are read as unsigned 64-bit ones, so a negative one becomes far too large and is
// refused.
const messages: INamespace = {
  nested: {
    Header: {
      fields: {
        shards: field('uint64', 1),
        endianness: field('uint64', 2),
        version: field('Version', 3),
      },
    },
    Version: { fields: { minConsumer: field('uint64', 2) } },
    Entry: {
      fields: {
        type: field('uint64', 1),
        shape: field('Shape', 2),
        shard: field('uint64', 3),
        offset: field('uint64', 4),
        size: field('uint64', 5),
        crc: field('fixed32', 6),
        slices: field('bytes', 7, 'repeated'),
      },
    },
    Shape: { fields: { dimensions: field('Dimension', 2, 'repeated') } },
    Dimension: { fields: { size: field('uint64', 1) } },
  },
};

/** The header of the index. */
interface BundleHeader {
  /** Number of files that hold values. */
  readonly shards: number;
  /** 0 for little-endian. */
  readonly endianness: number;
  readonly version: { readonly minConsumer: number } | null;
}

/** The entry of the index for one tensor. */
interface BundleEntryMessage {
  /** TensorFlow's number for its dtype. */
  readonly type: number;
  /** Null for a scalar. */
  readonly shape: { readonly dimensions: readonly { readonly size: number }[] } | null;
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
  readonly slices: readonly string[];
}

let types: { header: Type; entry: Type } | undefined;

function bundleTypes() {
  const root = Root.fromJSON(messages);
  return { header: root.lookupType('Header'), entry: root.lookupType('Entry') };
}

/** Decodes the header of the index. @throws CheckpointError DataLoss if it is broken */
export const readHeader = (bytes: Uint8Array): BundleHeader =>
  read((types ??= bundleTypes()).header, bytes) as BundleHeader;

/** Decodes the entry of one tensor. @throws CheckpointError DataLoss if it is broken */
export const readEntry = (bytes: Uint8Array): BundleEntryMessage =>
  read((types ??= bundleTypes()).entry, bytes) as BundleEntryMessage;

function read(type: Type, bytes: Uint8Array): unknown {
  return orBroken(() => {
    const message = type.toObject(type.decode(bytes), {
      longs: Number,
      bytes: String,
      defaults: true,
    });
    checkIntegers(message);
    return message;
  });
}

/** Checks the integers in a message. @throws Error if one was negative or is too large */
function checkIntegers(message: object): void {
  for (const value of Object.values(message) as unknown[]) {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Error('too large');
    if (typeof value === 'object' && value !== null) checkIntegers(value);
  }
}

/**
 * Runs `decode` and treats any error as a sign of broken bytes.
 *
 * @throws CheckpointError DataLoss
 */
export function orBroken<T>(decode: () => T): T {
  try {
    return decode();
  } catch {
    throw new CheckpointError('DataLoss', 'the index holds a broken record');
  }
}
