import { expect, test } from 'vitest';
import { philox4x32, philoxNormal, philoxUniform } from './philox';

test.each([
  // Counter, key and result, from the file kat_vectors of Salmon et al.'s Random123.
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
])('Philox 4x32-10 as published: counter %j, key %j', (counter, [k0, k1], words) => {
  const out = new Uint32Array(4);
  philox4x32(Uint32Array.from(counter), k0, k1, out);
  expect([...out]).toEqual(words);
});

test('the numbers depend on both seeds with their signs, and not on how many are asked for', () => {
  for (const draw of [philoxUniform, philoxNormal]) {
    const many = draw([3, -4], 11);
    for (const count of [0, 1, 2, 3, 4, 5, 10]) {
      expect(draw([3, -4], count)).toEqual(many.slice(0, count));
    }
    for (const seed of [
      [3, 4],
      [-3, -4],
      [-4, 3],
      [3, 0],
    ] as const) {
      expect(draw(seed, 11)).not.toEqual(many);
    }
    expect(new Set(many).size).toBe(11);
  }
});
