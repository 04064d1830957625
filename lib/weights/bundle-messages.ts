/**
 * The protocol buffers in the index of a TensorFlow checkpoint: those fields of `tensor_bundle.proto`
 * and the files it imports that are needed, under their numbers there.
 */
import { Root, type INamespace, type Type } from 'protobufjs';
import { CheckpointError } from './checkpoint-error';

const field = (type: string, id: number, rule?: 'repeated') => ({ type, id, rule });

// All integers are read as unsigned ones of 64 bits: a negative one is then far too large, and refused.
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

/** What the index says of all tensors. */
export interface BundleHeader {
  /** Files with values. */
  readonly shards: number;
  /** 0 for little-endian. */
  readonly endianness: number;
  readonly version: { readonly minConsumer: number } | null;
}

/** What the index says of one tensor. */
export interface BundleEntryMessage {
  /** TensorFlow's number of its type. */
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

/** @throws CheckpointError DataLoss */
export const readHeader = (bytes: Uint8Array): BundleHeader =>
  read((types ??= bundleTypes()).header, bytes) as BundleHeader;

/** @throws CheckpointError DataLoss */
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

/** @throws Error when an integer is larger than any size or count can be, or was negative */
function checkIntegers(message: object): void {
  for (const value of Object.values(message) as unknown[]) {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Error('too large');
    if (typeof value === 'object' && value !== null) checkIntegers(value);
  }
}

/** Runs `decode`, and takes whatever it throws for a sign of broken bytes. */
export function orBroken<T>(decode: () => T): T {
  try {
    return decode();
  } catch {
    throw new CheckpointError('DataLoss', 'the index holds a broken record');
  }
}
