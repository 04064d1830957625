// A model's numbers inside a script: as float16, which is how gpt-mini is stored, in base64.

import type { GPTConfig } from '../../../lib/model';
import { decodeFloats, encodeFloats } from '../../../lib/weights/floats';

export interface PackedTensor {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

export interface PackedModel {
  config: GPTConfig;
  tensors: { name: string; shape: readonly number[] }[];
  /** All tensors' numbers one after the other, float16, little-endian, in base64. */
  data: string;
}

/** Called in Node, when the site is built. */
export function packWeights(config: GPTConfig, tensors: readonly PackedTensor[]): PackedModel {
  const bytes = tensors.map(({ values }) => encodeFloats(values, 'F16'));
  const data = Buffer.concat(bytes).toString('base64');
  return { config, tensors: tensors.map(({ name, shape }) => ({ name, shape })), data };
}

/** Called in the page. */
export function unpackWeights({ tensors, data }: PackedModel): PackedTensor[] {
  const values = decodeFloats(
    Uint8Array.from(atob(data), (character) => character.charCodeAt(0)),
    'F16',
  );
  let at = 0;
  return tensors.map(({ name, shape }) => {
    const size = shape.reduce((product, length) => product * length, 1);
    at += size;
    return { name, shape, values: values.subarray(at - size, at) };
  });
}
