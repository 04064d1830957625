// A model's numbers inside a script: matrices as int8 with a scale for each row, which is what gpt-mini's
// float16 file was rounded to, vectors as float16, all in base64.

import type { GPTConfig } from '../../../lib/model';
import { decodeFloats, encodeFloats } from '../../../lib/weights/floats';
import { fromInt8, isInt8, toInt8 } from '../../../lib/weights/int8';

export interface PackedTensor {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

export interface PackedModel {
  config: GPTConfig;
  tensors: { name: string; shape: readonly number[] }[];
  /**
   * All tensors one after the other, in base64: of a matrix the scales of its rows (float16,
   * little-endian) and then its int8 numbers, of a vector its float16 numbers.
   */
  data: string;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

/**
 * Called in Node, when the site is built.
 *
 * @throws Error when a matrix is not one that int8 can hold without a loss
 */
export function packWeights(config: GPTConfig, tensors: readonly PackedTensor[]): PackedModel {
  const parts = tensors.flatMap(({ name, shape, values }) => {
    if (shape.length < 2) return [encodeFloats(values, 'F16')];
    if (!isInt8(values, shape[0])) throw new Error(`${name} is not rounded to int8`);
    const { values: integers, scales } = toInt8(values, shape[0]);
    return [encodeFloats(scales, 'F16'), new Uint8Array(integers.buffer)];
  });
  const data = Buffer.concat(parts).toString('base64');
  return { config, tensors: tensors.map(({ name, shape }) => ({ name, shape })), data };
}

/** Called in the page. */
export function unpackWeights({ tensors, data }: PackedModel): PackedTensor[] {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  let at = 0;
  const take = (length: number) => bytes.slice(at, (at += length));
  return tensors.map(({ name, shape }) => {
    if (shape.length < 2)
      return { name, shape, values: decodeFloats(take(2 * sizeOf(shape)), 'F16') };
    const scales = decodeFloats(take(2 * shape[0]), 'F16');
    const integers = new Int8Array(take(sizeOf(shape)).buffer);
    return { name, shape, values: fromInt8({ values: integers, scales }) };
  });
}
