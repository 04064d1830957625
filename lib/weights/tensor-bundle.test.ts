import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { randomBelow } from '../fixtures/mutated-safetensors';
import { MemoryBytes } from './byte-source';
import { CheckpointError } from './checkpoint-error';
import { crc32c, maskedCrc32c } from './crc32c';
import { readSafetensors } from './safetensors';
import { TensorBundle } from './tensor-bundle';

const tiny = path.join(__dirname, '../fixtures/openai-tiny/model.ckpt');
const index = fs.readFileSync(`${tiny}.index`);
const data = fs.readFileSync(`${tiny}.data-00000-of-00001`);
const bundle = new TensorBundle(tiny);
const names = [...bundle.tensors.keys()];
const values = new Map(names.map((name) => [name, Buffer.from(bundle.floats(name).buffer)]));

/** A checkpoint in memory. */
function inMemory(files: { index: Buffer; data: Buffer }): TensorBundle {
  return new TensorBundle('x', (file) => {
    if (file === 'x.index') return new MemoryBytes(files.index);
    if (file === 'x.data-00000-of-00001') return new MemoryBytes(files.data);
    throw new CheckpointError('NotFound', file);
  });
}

/** The CheckpointError of `work`, if there is one; any other error is thrown. */
function failure(work: () => unknown): CheckpointError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
}

/** The tensors that read other values than were written, without an error. */
function silentlyWrong(opened: TensorBundle, wanted: readonly string[]): string[] {
  return wanted.filter((name) => {
    let got: Float32Array | undefined;
    failure(() => (got = opened.floats(name)));
    return got && !(values.get(name) as Buffer).equals(new Uint8Array(got.buffer));
  });
}

test('CRC32C gives the published values', () => {
  // RFC 3720, appendix B.4, and the check value that catalogues of checksums give.
  const upward = Uint8Array.from({ length: 32 }, (_, i) => i);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(upward)).toBe(0x46dd794e);
  expect(crc32c(upward.reverse())).toBe(0x113fdb5c);
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array())).toBe(0);
});

test('reads the values that the safetensors file of the same model holds', () => {
  const same = readSafetensors(path.join(__dirname, '../fixtures/gpt2-tiny/model.safetensors'));
  expect(names.length).toBe(28);
  expect(bundle.floats('model/wte')).toEqual(same.floats('transformer.wte.weight'));
  expect(bundle.floats('model/h1/mlp/c_fc/w')).toEqual(
    same.floats('transformer.h.1.mlp.c_fc.weight'),
  );
  expect(bundle.tensors.get('model/h1/mlp/c_fc/w')?.shape).toEqual([1, 32, 128]);
});

describe('no damage passes in silence', () => {
  test('any bit of the index', () => {
    let caught = 0;
    for (let bit = 0; bit < 8 * index.length; bit++) {
      const changed = Buffer.from(index);
      changed[bit >> 3] ^= 1 << (bit & 7);
      let opened: TensorBundle | undefined;
      failure(() => (opened = inMemory({ index: changed, data })));
      if (!opened) caught++;
      else if (silentlyWrong(opened, names).length) expect.fail(`bit ${bit}`);
    }
    expect(caught).toBeGreaterThan(8 * 900); // the rest is padding, and a block that is not used
  });

  test('any byte of the values', () => {
    const below = randomBelow(1);
    const changed = Buffer.from(data);
    const opened = inMemory({ index, data: changed });
    let bytes = 0;
    for (const [name, { offset, size }] of opened.tensors) {
      for (let at = offset; at < offset + size; at++, bytes++) {
        changed[at] ^= 1 + below(255);
        const said = failure(() => opened.floats(name));
        if (said?.reason !== 'DataLoss') expect.fail(`byte ${at} of ${name}`);
        changed[at] = data[at];
      }
    }
    expect(bytes).toBe(data.length); // every byte belongs to one tensor
  });
});

describe('says what is wrong as TensorFlow does', () => {
  const code = (files: { index?: Buffer; data?: Buffer }, name = 'model/wte') =>
    failure(() => inMemory({ index, data, ...files }).floats(name))?.reason;

  /** The index with a change in its first block, whose checksum fits again. */
  function rewritten(change: (block: Buffer) => void): Buffer {
    const changed = Buffer.from(index);
    const size = 889; // of the block, before the byte for its compression and the checksum
    change(changed.subarray(0, size + 1));
    changed.writeUInt32LE(maskedCrc32c(changed.subarray(0, size + 1)), size + 1);
    return changed;
  }

  test('a file that is missing or cut off', () => {
    expect(failure(() => new TensorBundle(`${tiny}x`))?.message).toMatch(
      /^NotFound: there is no .*model\.ckptx\.index$/,
    );
    expect(code({ data: data.subarray(0, -1) }, 'model/h1/mlp/c_proj/b')).toBe('OutOfRange');
    expect(code({ index: Buffer.alloc(0) })).toBe('OutOfRange');
    expect(code({ index: index.subarray(0, -1) })).toBe('DataLoss');
    expect(code({ index: index.subarray(8) })).toBe('DataLoss');
    expect(failure(() => new TensorBundle(`${tiny}x`))).toMatchObject({ code: 'absent' });
    expect(failure(() => bundle.floats('model/none'))).toMatchObject({
      code: 'invalid',
      reason: 'NotFound',
    });
  });

  test('another byte order, a newer version, compression, another type, slices', () => {
    // The header's entry begins at 0: lengths 0, 0, 6; then shards, version { producer }.
    expect([...index.subarray(0, 9)]).toEqual([0, 0, 6, 8, 1, 26, 2, 8, 1]);
    expect(code({ index: rewritten((block) => block.writeUInt8(0x10, 5)) })).toBe('Unimplemented');
    expect(code({ index: rewritten((block) => block.writeUInt16LE(0x0210, 7)) })).toBe(
      'InvalidArgument',
    );
    expect(code({ index: rewritten((block) => (block[block.length - 1] = 1)) })).toBe(
      'Unimplemented',
    );
    const type = index.indexOf('te', 0x340) + 2; // of `model/wte`, whose key's end this is
    expect([...index.subarray(type, type + 2)]).toEqual([8, 1]);
    expect(code({ index: rewritten((block) => (block[type + 1] = 3)) })).toBe('Unimplemented');
  });

  test('the other bytes of the index changed at will, with a checksum that fits', () => {
    const below = randomBelow(7);
    const codes = new Set<string>();
    for (let i = 0; i < 10_000; i++) {
      const changed = rewritten((block) => {
        for (let n = 1 + below(3); n > 0; n--) block[below(block.length)] = below(256);
      });
      const said = failure(() => {
        const opened = inMemory({ index: changed, data });
        for (const name of [...opened.tensors.keys()].slice(0, 3)) opened.floats(name);
      });
      codes.add(said?.reason ?? 'read');
    }
    expect([...codes].sort()).toEqual([
      'DataLoss',
      'NotFound',
      'OutOfRange',
      'Unimplemented',
      'read',
    ]);
  });
});
