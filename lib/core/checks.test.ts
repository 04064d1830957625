import { describe, expect, test } from 'vitest';
import { checkNumber, checkPositive, checkSeed, checkWhole } from './checks';

describe('whole numbers', () => {
  test.each([0, -1, 1.5, NaN, Infinity])('%s is not positive', (steps) => {
    expect(() => checkPositive({ first: 1, steps }, { caller: 'train' })).toThrow(
      new RangeError(`train: steps must be a positive whole number, got ${steps}`),
    );
  });

  test('from a smallest one on, or of any sign', () => {
    checkWhole({ seed: -7, other: 0 });
    checkWhole({ first: 0 }, { from: 0 });
    checkPositive({ length: 1, longest: 8 });
    expect(() => checkWhole({ seed: 0.5 })).toThrow('seed must be a whole number, got 0.5');
    expect(() => checkWhole({ first: -1 }, { from: 0 })).toThrow(
      'first must be a whole number from 0, got -1',
    );
  });

  test('up to a largest one', () => {
    checkWhole({ size: 256, most: 300 }, { from: 256, to: 300 });
    for (const size of [255, 301, 256.5, Infinity]) {
      expect(() => checkWhole({ size }, { from: 256, to: 300 })).toThrow(
        new RangeError(`size must be a whole number from 256 to 300, got ${size}`),
      );
    }
  });

  test('Infinity, where it means that there is no limit', () => {
    checkPositive({ length: Infinity }, { orInfinity: true });
    for (const length of [0, -Infinity, NaN]) {
      expect(() => checkPositive({ length }, { orInfinity: true })).toThrow(
        `length must be a positive whole number or Infinity, got ${length}`,
      );
    }
  });

  test('up to a largest one', () => {
    checkWhole({ layer: 0 }, { from: 0, to: 3 });
    checkWhole({ layer: 3 }, { from: 0, to: 3 });
    for (const layer of [-1, 4, 0.5, Infinity]) {
      expect(() => checkWhole({ layer }, { from: 0, to: 3 })).toThrow(
        `layer must be a whole number from 0 to 3, got ${layer}`,
      );
    }
  });
});

test('seeds have 32 bits, with a sign or without', () => {
  checkSeed({ lowest: -(2 ** 31), zero: 0, highest: 2 ** 32 - 1 });
  for (const seed of [-(2 ** 31) - 1, 2 ** 32, 0.5, NaN]) {
    expect(() => checkSeed({ seed })).toThrow(
      new RangeError(`seed must be an integer of 32 bits, got ${seed}`),
    );
  }
});

describe('numbers', () => {
  test('from one end on', () => {
    checkNumber({ wait: 0, more: 0.5 }, { from: 0 });
    for (const wait of [-0.1, NaN, Infinity]) {
      expect(() => checkNumber({ wait }, { from: 0, caller: 'ask' })).toThrow(
        new RangeError(`ask: wait must be a number from 0, got ${wait}`),
      );
    }
  });

  test.each([
    [{ above: 0 }, [1e-9, 7], [0, -1, NaN, Infinity], 'a positive number'],
    [{ above: 1 }, [1.01, 7], [1, NaN, Infinity], 'a number above 1'],
    [{ above: 0, below: 1 }, [0.5], [0, 1, NaN], 'a number above 0 and below 1'],
    [{ above: 0, to: 1 }, [0.5, 1], [0, 1.01, NaN], 'a number above 0 and at most 1'],
    [{ from: 0, below: 1 }, [0, 0.5], [-0.1, 1, NaN], 'a number from 0 to below 1'],
    [{ from: 0, to: 1 }, [0, 1], [-0.1, 1.1, NaN], 'a number from 0 to 1'],
    [{}, [-7, 0.5], [NaN, Infinity, -Infinity], 'a number'],
    [{ above: 0, orInfinity: true }, [1, Infinity], [0, NaN], 'a positive number or Infinity'],
  ])('in the range %o', (options, allowed, refused, expected) => {
    for (const share of allowed) checkNumber({ share }, options);
    for (const share of refused) {
      expect(() => checkNumber({ share }, options)).toThrow(
        new RangeError(`share must be ${expected}, got ${share}`),
      );
    }
  });
});
