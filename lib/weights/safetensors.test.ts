import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { initBackend, tf } from '../backend';
import { writeFilesAtomic } from '../core/atomic-write';
import { MemoryBytes } from './byte-source';
import { decodeFloats, encodeFloats } from './floats';
import { DTYPE_BITS, type Dtype } from './safetensors-header';
import {
  parseSafetensors,
  readSafetensors,
  Safetensors,
  serializeSafetensors,
  writeSafetensors,
  type TensorBytes,
} from './safetensors';

const tiny = path.join(__dirname, '../fixtures/gpt2-tiny/model.safetensors');
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'safetensors-'));
const at = (name: string) => path.join(dir, name);

beforeAll(async () => {
  await initBackend();
});
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());
afterAll(() => fs.rmSync(dir, { recursive: true }));

describe('reading', () => {
  test('a file that Python wrote', () => {
    const file = readSafetensors(tiny);
    expect([...file.metadata]).toEqual([['format', 'pt']]);
    expect(file.tensors.size).toBe(28);
    expect(file.info('transformer.wte.weight')).toMatchObject({ dtype: 'F32', shape: [211, 32] });
    const norm = file.tensor('transformer.ln_f.weight');
    expect([norm.dtype, norm.shape]).toEqual(['float32', [32]]);
  });

  test('takes the header, then the bytes of the tensors asked for and no more', () => {
    const reads: [number, number][] = [];
    class Watched extends MemoryBytes {
      override read(start: number, length: number) {
        reads.push([start, length]);
        return super.read(start, length);
      }
    }
    const content = fs.readFileSync(tiny);
    const header = Number(content.readBigUInt64LE(0));
    const file = new Safetensors(new Watched(content));
    expect(reads).toEqual([
      [0, 8],
      [8, header],
    ]);
    file.floats('transformer.ln_f.bias');
    expect(reads.slice(2)).toEqual([[8 + header + 101632, 128]]);
  });

  test('files over 2 GiB, and tensors behind that limit', () => {
    const big = 2 ** 31 + 2 ** 20;
    const header = Buffer.from(
      JSON.stringify({
        big: { dtype: 'U8', shape: [big], data_offsets: [0, big] },
        last: { dtype: 'F32', shape: [2], data_offsets: [big, big + 8] },
      }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const handle = fs.openSync(at('big'), 'w'); // sparse: it takes no room
    fs.writeSync(handle, Buffer.concat([length, header]));
    fs.writeSync(
      handle,
      new Uint8Array(Float32Array.of(1.5, -2).buffer),
      0,
      8,
      8 + header.length + big,
    );
    fs.closeSync(handle);
    expect([...readSafetensors(at('big')).floats('last')]).toEqual([1.5, -2]);
    fs.truncateSync(at('big'), 8 + header.length + big + 7);
    expect(() => readSafetensors(at('big'))).toThrow(/big: MetadataIncompleteBuffer/);
    fs.rmSync(at('big'));
  });

  test('says what is wrong in one line', () => {
    const file = readSafetensors(tiny);
    expect(() => file.tensor('wte')).toThrow('TensorNotFound: there is no tensor "wte"');
    expect(() => readSafetensors(at('none'))).toThrow(/FileNotFound: there is no .*none/);
    expect(() => readSafetensors(at('none'))).toThrow(
      expect.objectContaining({ code: 'absent', reason: 'FileNotFound' }),
    );
    expect(() => readSafetensors(dir)).toThrow(`${dir} is a folder, expected a file`);
    writeSafetensors(at('i64'), { a: { dtype: 'I64', shape: [1], data: new Uint8Array(8) } });
    const wide = readSafetensors(at('i64'));
    expect(() => wide.tensor('a')).toThrow(
      'Tensor "a" is I64, expected F32, F16, BF16, I32 or BOOL',
    );
    expect(wide.bytes('a')).toEqual(new Uint8Array(8));
  });

  test('notices that another file took the place of the one that was opened', () => {
    writeSafetensors(at('moved'), { a: tf.tensor1d([1, 2]) });
    const opened = readSafetensors(at('moved'));
    writeSafetensors(at('moved'), { a: tf.tensor1d([3, 4]), b: tf.tensor1d([5]) });
    expect(() => opened.floats('a')).toThrow(/moved changed since it was opened/);
  });
});

describe('writing', () => {
  test('gives the bytes that Python gives', () => {
    const file = readSafetensors(tiny);
    const tensors = Object.fromEntries(
      [...file.tensors.keys()].reverse().map((name) => [name, file.tensor(name)]),
    );
    writeSafetensors(at('tiny'), tensors, { metadata: { format: 'pt' } });
    expect(fs.readFileSync(at('tiny')).equals(fs.readFileSync(tiny))).toBe(true);
  });

  test('every dtype comes back as it was, wide ones first, aligned', () => {
    const types = Object.entries(DTYPE_BITS) as [Dtype, number][];
    const tensors = Object.fromEntries(
      types.map(([dtype, bits], i): [string, TensorBytes] => {
        const data = Uint8Array.from({ length: bits }, (_, k) => k * 7 + i);
        return [`${dtype} tensor`, { dtype, shape: [2, 4], data }];
      }),
    );
    writeSafetensors(at('types'), tensors);
    const file = readSafetensors(at('types'));
    expect(file.tensors.size).toBe(types.length);
    for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
      expect(file.info(name)).toMatchObject({ dtype, shape });
      expect(file.bytes(name), name).toEqual(data);
      if (DTYPE_BITS[dtype] >= 8) expect((file.info(name).begin * 8) % DTYPE_BITS[dtype]).toBe(0);
    }
  });

  test('tensors for computing come back: float32, int32, bool, scalar, empty', async () => {
    const tensors = {
      float: tf.tensor2d([
        [1.5, -0],
        [NaN, Infinity],
      ]),
      int: tf.tensor1d([-(2 ** 31), 2 ** 31 - 1], 'int32'),
      bool: tf.tensor1d([true, false], 'bool'),
      scalar: tf.scalar(3),
      empty: tf.zeros([0, 4]),
      __proto__x: tf.scalar(1),
      ['__proto__']: tf.scalar(2),
      0: tf.scalar(4),
    };
    writeSafetensors(at('kinds'), tensors);
    const file = readSafetensors(at('kinds'));
    expect(file.tensors.size).toBe(Object.keys(tensors).length);
    for (const [name, tensor] of Object.entries(tensors)) {
      const back = file.tensor(name);
      expect([back.dtype, back.shape], name).toEqual([tensor.dtype, tensor.shape]);
      expect(await back.data(), name).toEqual(await tensor.data());
    }
  });

  test('refuses what would break the format, and leaves the old file', () => {
    writeSafetensors(at('old'), { a: tf.scalar(1) });
    const old = fs.readFileSync(at('old'));
    const raw = (shape: number[]): TensorBytes => ({
      dtype: 'F32',
      shape,
      data: new Uint8Array(8),
    });
    const refused = (tensors: Record<string, TensorBytes>, metadata?: Record<string, string>) =>
      expect(() => writeSafetensors(at('old'), tensors, { metadata }));
    refused({ a: raw([3]) }).toThrow('InvalidTensorView: tensor "a" of F32 and shape (3) needs 12');
    refused({ a: raw([2.5]) }).toThrow('InvalidTensorView');
    refused({ __metadata__: raw([2]) }).toThrow('no tensor can be named __metadata__');
    refused({ '\ud800': raw([2]) }).toThrow('InvalidHeaderDeserialization');
    refused({ a: raw([2]) }, { b: 1 } as never).toThrow(
      '__metadata__ has a value that is not text for "b"',
    );
    refused({ a: raw([2]) }, { b: 'x'.repeat(1e8) }).toThrow('HeaderTooLarge');
    expect(fs.readFileSync(at('old')).equals(old)).toBe(true);
  });

  test('an error half-way leaves the old file and nothing else', () => {
    const folder = at('half');
    writeFilesAtomic(folder, { model: 'old' });
    function* broken() {
      yield* serializeSafetensors({ a: tf.scalar(1) });
      throw new Error('half-way');
    }
    expect(() => writeFilesAtomic(folder, { model: broken() })).toThrow('half-way');
    expect(fs.readdirSync(folder)).toEqual(['model']);
    expect(fs.readFileSync(path.join(folder, 'model'), 'utf8')).toBe('old');
  });
});

describe('half precision', () => {
  const bits = (values: number[], dtype: 'F16' | 'BF16') => [
    ...new Uint16Array(encodeFloats(Float32Array.from(values), dtype).buffer),
  ];

  test('every float16 has the value that IEEE 754 gives it, and is kept', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const values = decodeFloats(new Uint8Array(all.buffer), 'F16');
    const wrong = [...values].filter((value, i) => {
      const [exponent, fraction] = [(i >> 10) & 31, i & 1023];
      const small = fraction * 2 ** -24;
      const size = exponent === 0 ? small : (1024 + fraction) * 2 ** (exponent - 25);
      const special = fraction ? NaN : Infinity;
      return !Object.is(value, (i >> 15 ? -1 : 1) * (exponent === 31 ? special : size));
    });
    expect(wrong).toEqual([]);
    const numbers = values.filter((value) => !Number.isNaN(value));
    expect(decodeFloats(encodeFloats(numbers, 'F16'), 'F16')).toEqual(numbers);
  });

  test('rounds to the nearest, ties to even, past the largest to infinity', () => {
    const largest = 65504;
    expect(bits([largest, 65519.99, 65520, -1e10], 'F16')).toEqual([
      0x7bff, 0x7bff, 0x7c00, 0xfc00,
    ]);
    expect(bits([1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 / 3], 'F16')).toEqual([0x3c00, 0x3c02, 0x3555]);
    const least = 2 ** -24;
    expect(bits([least, 0.5 * least, 0.51 * least, 1.5 * least, -0], 'F16')).toEqual([
      1, 0, 1, 2, 0x8000,
    ]);
    expect(bits([2 ** -14 - 2 ** -26, 2 ** -14], 'F16')).toEqual([0x400, 0x400]);
    expect(bits([1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.4e38, -0], 'BF16')).toEqual([
      0x3f80, 0x3f82, 0x7f80, 0x8000,
    ]);
    for (const dtype of ['F16', 'BF16'] as const) {
      expect([...decodeFloats(encodeFloats(Float32Array.of(NaN, Infinity), dtype), dtype)]).toEqual(
        [NaN, Infinity],
      );
    }
  });

  test('is chosen for all float32 tensors of a file', () => {
    const content = Buffer.concat([
      ...serializeSafetensors(
        { a: tf.tensor1d([1 / 3]), i: tf.scalar(1, 'int32') },
        { dtype: 'BF16' },
      ),
    ]);
    const file = parseSafetensors(content);
    expect([file.info('a').dtype, file.info('i').dtype]).toEqual(['BF16', 'I32']);
    expect(file.tensor('a').dataSync()[0]).toBe(0.333984375);
  });
});
