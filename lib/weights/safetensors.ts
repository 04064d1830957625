/** Reading and writing safetensors files (https://github.com/huggingface/safetensors). */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { tf } from '../backend';
import { writeFilesAtomic } from '../core/atomic-write';
import { DataError } from '../core/errors';
import { fileStandIn } from '../core/read-file';
import { FileBytes, MemoryBytes, type ByteSource } from './byte-source';
import { decodeFloats, encodeFloats, isFloatDtype, type FloatDtype } from './floats';
import {
  DTYPE_BITS,
  headerLength,
  LENGTH_BYTES,
  MAX_HEADER_BYTES,
  parseHeader,
  SafetensorsError,
  type Dtype,
  type Header,
  type TensorInfo,
} from './safetensors-header';

/** An open safetensors file: the header has been read and checked; tensors are read on request. */
export class Safetensors implements Header {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  private readonly dataStart: number;

  constructor(private readonly source: ByteSource) {
    const start = source.read(0, Math.min(LENGTH_BYTES, source.size));
    const length = headerLength(start, source.size);
    this.dataStart = LENGTH_BYTES + length;
    const header = source.read(LENGTH_BYTES, length);
    ({ metadata: this.metadata, tensors: this.tensors } = parseHeader(
      header,
      source.size - this.dataStart,
    ));
  }

  /** A tensor's dtype, shape and place. @throws SafetensorsError TensorNotFound */
  info(name: string): TensorInfo {
    const info = this.tensors.get(name);
    if (!info) throw new SafetensorsError('TensorNotFound', `there is no tensor "${name}"`, name);
    return info;
  }

  /** A copy of a tensor's bytes, little-endian, for any dtype. */
  bytes(name: string): Uint8Array {
    const { begin, end } = this.info(name);
    return this.source.read(this.dataStart + begin, end - begin);
  }

  /**
   * A tensor's numbers as float32, row by row.
   *
   * @throws DataError if it is not F32, F16 or BF16
   */
  floats(name: string): Float32Array {
    const { dtype } = this.info(name);
    if (!isFloatDtype(dtype)) throw unreadable(name, dtype, 'F32, F16 or BF16');
    return decodeFloats(this.bytes(name), dtype);
  }

  /**
   * Reads a tensor into the engine: float32 from F32, F16 and BF16, int32 from I32, bool from BOOL.
   * The caller disposes it.
   *
   * @throws DataError if it has another dtype
   */
  tensor(name: string): tf.Tensor {
    const { dtype, shape } = this.info(name);
    if (isFloatDtype(dtype)) return tf.tensor(this.floats(name), [...shape], 'float32');
    if (dtype === 'BOOL') return tf.tensor(this.bytes(name), [...shape], 'bool');
    if (dtype !== 'I32') throw unreadable(name, dtype, 'F32, F16, BF16, I32 or BOOL');
    return tf.tensor(new Int32Array(this.bytes(name).buffer), [...shape], 'int32');
  }
}

const unreadable = (name: string, dtype: Dtype, expected: string) =>
  new DataError(`Tensor "${name}" is ${dtype}, expected ${expected}; bytes() reads any`);

/**
 * Opens a safetensors file of any size and checks its header; no tensor is read yet.
 *
 * @throws SafetensorsError if the file is missing or breaks a rule of the format, which `reason`
 *   names; DataError if it cannot be read
 */
export function readSafetensors(file: string): Safetensors {
  if (!existsSync(file)) throw new SafetensorsError('FileNotFound', `there is no ${file}`);
  try {
    return new Safetensors(new FileBytes(file));
  } catch (error) {
    throw error instanceof SafetensorsError ? error.in(file, fileStandIn(file)) : error;
  }
}

/** Like {@link readSafetensors}, for a file's content in memory. */
export function parseSafetensors(content: Uint8Array): Safetensors {
  return new Safetensors(new MemoryBytes(content));
}

/** A tensor of any dtype as little-endian bytes, as a file holds it. */
export interface TensorBytes {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

export interface WriteOptions {
  /** The dtype of stored float32 tensors, rounded to the nearest value; default F32. */
  dtype?: FloatDtype;
  /** Free text to be stored with the tensors. */
  metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes tensors as one safetensors file, which appears atomically: float32 as `dtype`, int32 as
 * I32, bool as BOOL, bytes as they are. Tensors are copied one at a time, to save memory.
 *
 * @throws SafetensorsError if a tensor cannot be stored; DataError if the disk is full or the
 *   folder cannot be written
 */
export function writeSafetensors(
  file: string,
  tensors: Readonly<Record<string, tf.Tensor | TensorBytes>>,
  options: WriteOptions = {},
): void {
  const content = serializeSafetensors(tensors, options);
  writeFilesAtomic(path.dirname(file), { [path.basename(file)]: content });
}

/**
 * The consecutive pieces of a safetensors file; each tensor is read when its piece is requested.
 *
 * @throws SafetensorsError if a tensor cannot be stored
 */
export function serializeSafetensors(
  tensors: Readonly<Record<string, tf.Tensor | TensorBytes>>,
  { dtype = 'F32', metadata }: WriteOptions = {},
): Iterable<Uint8Array> {
  const types = Object.keys(DTYPE_BITS);
  const parts = Object.entries(tensors)
    .map(([name, value]) => describe(name, value, dtype))
    .sort(
      // The library's order: wide dtypes first, so that all are aligned, then by name.
      (a, b) =>
        types.indexOf(b.dtype) - types.indexOf(a.dtype) ||
        Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
    );
  let offset = 0;
  const entries: [string, unknown][] = metadata ? [['__metadata__', metadata]] : [];
  for (const { name, dtype: type, shape, size } of parts) {
    entries.push([name, { dtype: type, shape, data_offsets: [offset, offset + size] }]);
    offset += size;
  }
  const json = entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  const text = Buffer.from(`{${json.join()}}`);
  const header = Buffer.alloc(Math.ceil(text.length / 8) * 8, ' ');
  text.copy(header);
  if (header.length > MAX_HEADER_BYTES) {
    throw new SafetensorsError('HeaderTooLarge', `the header would have ${header.length} bytes`);
  }
  parseHeader(header, offset); // so that no file is written that breaks the format's rules
  return pieces(header, parts);
}

interface Part {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
  /** In bytes. */
  size: number;
  read(): Uint8Array;
}

function* pieces(header: Buffer, parts: Part[]): Generator<Uint8Array> {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(header.length));
  yield length;
  yield header;
  for (const part of parts) yield part.read();
}

function describe(name: string, value: tf.Tensor | TensorBytes, floats: FloatDtype): Part {
  if (name === '__metadata__') {
    throw new SafetensorsError('InvalidTensorView', 'no tensor can be named __metadata__', name);
  }
  const { shape } = value;
  const part = (dtype: Dtype, read: () => Uint8Array): Part => {
    const size = (shape.reduce((a, b) => a * b, 1) * DTYPE_BITS[dtype]) / 8;
    return { name, dtype, shape, size, read };
  };
  if (!(value instanceof tf.Tensor)) {
    const raw = part(value.dtype, () => value.data);
    if (raw.size === value.data.byteLength) return raw;
    throw new SafetensorsError(
      'InvalidTensorView',
      `tensor "${name}" of ${value.dtype} and shape (${shape.join(', ')}) needs ${raw.size} ` +
        `bytes, got ${value.data.byteLength}`,
      name,
    );
  }
  switch (value.dtype) {
    case 'float32':
      return part(floats, () => encodeFloats(value.dataSync<'float32'>(), floats));
    case 'int32':
      return part('I32', () => new Uint8Array(Int32Array.from(value.dataSync()).buffer));
    case 'bool':
      return part('BOOL', () => Uint8Array.from(value.dataSync()));
    default:
      throw new SafetensorsError('InvalidTensorView', `tensor "${name}" is ${value.dtype}`, name);
  }
}
