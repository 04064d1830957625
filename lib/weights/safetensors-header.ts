/** The header of a safetensors file: its rules and its errors. */
import { DataError } from '../core/errors';
import { JsonError, parseJson, type JsonValue } from './strict-json';

/**
 * Bits in one value of each dtype of the format. A file stores tensors in the reverse of this
 * order.
 */
export const DTYPE_BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
};

export type Dtype = keyof typeof DTYPE_BITS;

export interface TensorInfo {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** The offsets at which its bytes begin and end, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** Free text that came with the tensors. */
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

/**
 * The ways in which a safetensors file can be wrong, under the Rust library's names if it has them.
 * `DuplicateKey` is forbidden by the format, although that library accepts it.
 */
export type SafetensorsReason =
  | 'FileNotFound'
  | 'HeaderTooSmall'
  | 'HeaderTooLarge'
  | 'InvalidHeaderLength'
  | 'InvalidHeader'
  | 'InvalidHeaderDeserialization'
  | 'DuplicateKey'
  | 'InvalidOffset'
  | 'ValidationOverflow'
  | 'MisalignedSlice'
  | 'TensorInvalidInfo'
  | 'MetadataIncompleteBuffer'
  | 'TensorNotFound'
  | 'InvalidTensorView';

/** A safetensors file, or tensors to be written as one, that break the format's rules. */
export class SafetensorsError extends DataError {
  override readonly name = 'SafetensorsError';

  /** @param tensor the name of the faulty tensor, if the fault is in a tensor */
  constructor(
    readonly reason: SafetensorsReason,
    private readonly detail: string,
    readonly tensor?: string,
    file?: string,
  ) {
    const code = reason === 'FileNotFound' ? 'absent' : 'invalid';
    super(`${file ? `${file}: ` : ''}${reason}: ${detail}`, code);
  }

  /**
   * The same error about a file.
   *
   * @param standIn names what the file is instead, if that is known
   */
  in(file: string, standIn?: string): SafetensorsError {
    const detail = standIn ? `the file is ${standIn}` : this.detail;
    return new SafetensorsError(this.reason, detail, this.tensor, file);
  }
}

/** A file begins with the header's length, in this many bytes. */
export const LENGTH_BYTES = 8;
export const MAX_HEADER_BYTES = 100_000_000;

const MAX_U64 = 2n ** 64n - 1n;

/**
 * The length of the header, from the file's first bytes.
 *
 * @param start at least 8 bytes, if the file has that many
 * @throws SafetensorsError HeaderTooSmall, HeaderTooLarge, InvalidHeaderLength
 */
export function headerLength(start: Uint8Array, fileSize: number): number {
  if (fileSize < LENGTH_BYTES) {
    throw new SafetensorsError('HeaderTooSmall', `the file has ${fileSize} bytes, fewer than 8`);
  }
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw new SafetensorsError(
      'HeaderTooLarge',
      `the first 8 bytes announce a header of ${length} bytes, more than ${MAX_HEADER_BYTES}`,
    );
  }
  if (LENGTH_BYTES + Number(length) > fileSize) {
    throw new SafetensorsError(
      'InvalidHeaderLength',
      `a header of ${length} bytes does not fit into a file of ${fileSize}`,
    );
  }
  return Number(length);
}

/**
 * Reads the header and checks every rule of the format.
 *
 * @param header the bytes after the length
 * @param dataSize bytes in the file after the header
 * @throws SafetensorsError
 */
export function parseHeader(header: Uint8Array, dataSize: number): Header {
  const { metadata, tensors } = readEntries(parse(decode(header)));
  tensors.sort((a, b) => compare(a.begin, b.begin) || compare(a.end, b.end));
  let covered = 0n;
  for (const tensor of tensors) {
    checkTensor(tensor, covered);
    covered = tensor.end;
  }
  if (covered !== BigInt(dataSize)) {
    throw new SafetensorsError(
      'MetadataIncompleteBuffer',
      `the tensors cover ${covered} bytes, the file has ${dataSize} after its header`,
    );
  }
  const infos = tensors.map(({ name, dtype, shape, begin, end }): [string, TensorInfo] => [
    name,
    { dtype, shape: shape.map(Number), begin: Number(begin), end: Number(end) },
  ]);
  return { metadata, tensors: new Map(infos) };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(header: Uint8Array): string {
  try {
    return utf8.decode(header);
  } catch {
    throw new SafetensorsError('InvalidHeader', 'the header is not UTF-8 text');
  }
}

function parse(text: string): JsonValue {
  try {
    const { value, duplicate } = parseJson(text);
    if (duplicate === undefined) return value;
    throw new SafetensorsError(
      'DuplicateKey',
      `the header has ${quoted(duplicate)} twice`,
      duplicate,
    );
  } catch (error) {
    if (error instanceof JsonError) throw malformed(`not JSON: ${error.message}`);
    throw error;
  }
}

/** An entry whose parts have the right types; their values are not checked yet. */
interface Entry {
  name: string;
  dtype: Dtype;
  shape: bigint[];
  begin: bigint;
  end: bigint;
}

const quoted = (name: string) => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
const compare = (a: bigint, b: bigint) => Number(a > b) - Number(a < b);

function malformed(message: string, tensor?: string): SafetensorsError {
  return new SafetensorsError('InvalidHeaderDeserialization', message, tensor);
}

function readEntries(root: JsonValue): { metadata: Map<string, string>; tensors: Entry[] } {
  if (!(root instanceof Map)) throw malformed('the header is not an object');
  const metadata = new Map<string, string>();
  const tensors: Entry[] = [];
  for (const [name, value] of root) {
    if (name !== '__metadata__') {
      tensors.push(readEntry(name, value));
    } else if (value !== null) {
      if (!(value instanceof Map)) throw malformed('__metadata__ is not an object');
      for (const [key, text] of value) {
        if (typeof text !== 'string')
          throw malformed(`__metadata__ has a value that is not text for ${quoted(key)}`);
        metadata.set(key, text);
      }
    }
  }
  return { metadata, tensors };
}

function readEntry(name: string, value: JsonValue): Entry {
  const wrong = (what: string) => malformed(`tensor ${quoted(name)} ${what}`, name);
  // The library accepts the three values without their names too, and ignores other names.
  const fields = ['dtype', 'shape', 'data_offsets'];
  const parts = value instanceof Map ? fields.map((field) => value.get(field)) : value;
  if (!Array.isArray(parts) || parts.length !== 3) throw wrong('is not an object');
  const [type, shape, offsets] = parts;
  const dtype = type instanceof Map && type.size === 1 ? loneKey(type) : type;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BITS, dtype)) {
    throw wrong('has an unknown dtype');
  }
  if (!isIntegers(shape)) throw wrong('needs a shape: a list of integers from 0');
  if (!isIntegers(offsets) || offsets.length !== 2) throw wrong('needs data_offsets: [begin, end]');
  return { name, dtype: dtype as Dtype, shape, begin: offsets[0], end: offsets[1] };
}

/** `F32` from `{"F32": null}`, which the library accepts as a dtype too. */
function loneKey(type: Map<string, JsonValue>): string | undefined {
  const [[key, value]] = type;
  return value === null ? key : undefined;
}

function isIntegers(value: JsonValue | undefined): value is bigint[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'bigint');
}

/** Checks a tensor, which must begin where the previous one ended. */
function checkTensor({ name, dtype, shape, begin, end }: Entry, expectedBegin: bigint): void {
  const wrong = (reason: SafetensorsReason, what: string) =>
    new SafetensorsError(reason, `tensor ${quoted(name)} ${what}`, name);
  if (begin !== expectedBegin || end < begin) {
    throw wrong(
      'InvalidOffset',
      `has data_offsets [${begin}, ${end}], expected [${expectedBegin}, …]`,
    );
  }
  let bits = 1n;
  for (const factor of [...shape, BigInt(DTYPE_BITS[dtype])]) {
    bits *= factor;
    if (bits > MAX_U64) throw wrong('ValidationOverflow', 'has a shape beyond 64 bits');
  }
  const sizes = shape.length > 8 ? [...shape.slice(0, 8), '…'] : shape;
  const described = `of ${dtype} and shape (${sizes.join(', ')})`;
  if (bits % 8n) throw wrong('MisalignedSlice', `${described} does not fill whole bytes`);
  if (end - begin !== bits / 8n) {
    throw wrong(
      'TensorInvalidInfo',
      `${described} needs ${bits / 8n} bytes, but its data_offsets hold ${end - begin}`,
    );
  }
}
