/** LevelDB's file format for sorted tables of keys and values, which a checkpoint's index uses. */
import { Reader } from 'protobufjs';
import { orBroken } from './bundle-messages';
import { CheckpointError } from './checkpoint-error';
import { maskedCrc32c } from './crc32c';

const FOOTER_BYTES = 48;
const TRAILER_BYTES = 5;
const MAGIC = 0xdb4775248b80fb57n;

const broken = (what: string) => new CheckpointError('DataLoss', `the index ${what}`);

/**
 * The entries of a table in order, with every block's checksum verified. Time and memory are
 * proportional to the size of the file, whatever it contains.
 *
 * @throws CheckpointError DataLoss, OutOfRange, Unimplemented
 */
export function* readTable(file: Uint8Array): Generator<[key: string, value: Uint8Array], void> {
  if (file.length < FOOTER_BYTES) {
    throw new CheckpointError('OutOfRange', `the index has ${file.length} bytes: it was cut off`);
  }
  const footer = file.subarray(-FOOTER_BYTES);
  const view = new DataView(footer.buffer, footer.byteOffset);
  if (view.getBigUint64(FOOTER_BYTES - 8, true) !== MAGIC) {
    throw broken('does not end as a table does: it was cut off, or is another kind of file');
  }
  const handles = Reader.create(footer);
  readHandle(handles); // skips the handle of the statistics
  let previousKey: Buffer | undefined;
  let previousEnd = 0;
  for (const [, handle] of readBlock(file, readHandle(handles))) {
    const block = readHandle(Reader.create(handle));
    if (block.start < previousEnd) throw broken('has blocks out of order, or twice');
    previousEnd = block.start + block.size;
    for (const [key, value] of readBlock(file, block)) {
      if (previousKey && Buffer.compare(previousKey, key) >= 0) {
        throw broken('has keys out of order, or twice');
      }
      previousKey = key;
      yield [decode(key), value];
    }
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(key: Buffer): string {
  try {
    return utf8.decode(key);
  } catch {
    throw broken('has a key that is not UTF-8 text');
  }
}

/** Where a block is in the file. */
interface Handle {
  start: number;
  size: number;
}

const readHandle = (reader: Reader): Handle => ({ start: varint(reader), size: varint(reader) });

/** An unsigned integer, in the form that LevelDB shares with protocol buffers. */
function varint(reader: Reader): number {
  const value = orBroken(() => Number(reader.uint64().toString()));
  // Sizes and offsets are far smaller.
  if (!Number.isSafeInteger(value)) throw broken('holds a number that is too large');
  return value;
}

/** Takes the next `length` bytes. */
function take(reader: Reader, length: number): Uint8Array {
  const start = reader.pos;
  orBroken(() => reader.skip(length));
  return reader.buf.subarray(start, reader.pos);
}

/** The entries of a block, after a check of its checksum. */
function readBlock(
  file: Uint8Array,
  { start, size }: Handle,
): Generator<[Buffer, Uint8Array], void> {
  const end = start + size;
  if (end + TRAILER_BYTES > file.length) {
    throw new CheckpointError('OutOfRange', 'the index was cut off: a block lies outside');
  }
  const checked = file.subarray(start, end + 1); // with the byte that names the compression
  const view = new DataView(file.buffer, file.byteOffset);
  if (view.getUint32(end + 1, true) !== maskedCrc32c(checked)) {
    throw broken('is damaged: the checksum of a block does not fit');
  }
  if (checked[size] !== 0) {
    throw new CheckpointError('Unimplemented', 'the index is compressed, which is not supported');
  }
  return readEntries(file.subarray(start, end));
}

/**
 * Limit on the total length of a block's keys, as a multiple of its size. Names of variables share
 * long prefixes, but a block whose keys expand further than this is malicious.
 */
const MAX_EXPANSION = 16;

/** The entries of a block, where each key is stored as its difference from the previous one. */
function* readEntries(block: Uint8Array): Generator<[Buffer, Uint8Array], void> {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  if (block.length < 4) throw broken('has a block that is too short');
  const restarts = view.getUint32(block.length - 4, true);
  const end = block.length - 4 * (restarts + 1);
  if (end < 0) throw broken('has a block that is too short');
  const reader = Reader.create(block.subarray(0, end));
  let key = Buffer.alloc(0);
  let keyBytes = 0;
  while (reader.pos < reader.len) {
    // Bytes shared with the previous key, further bytes of this key, and bytes of the value.
    const [shared, added, size] = [varint(reader), varint(reader), varint(reader)];
    if (shared > key.length) throw broken('has a key that continues none');
    keyBytes += shared + added;
    if (keyBytes > MAX_EXPANSION * block.length) throw broken('has keys far longer than itself');
    key = Buffer.concat([key.subarray(0, shared), take(reader, added)]);
    yield [key, take(reader, size)];
  }
}
