import { describe, expect, test } from 'vitest';
import { checkNumber, checkPositive, checkWhole } from './checks';

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
    expect(() => checkPositive({ length: -Infinity }, { orInfinity: true })).toThrow(
      'got -Infinity',
    );
    expect(() => checkPositive({ length: 0 }, { orInfinity: true })).toThrow('a positive whole');
  });
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

  test('in a range with or without its upper end', () => {
    checkNumber({ share: 0.5 }, { above: 0, below: 1 });
    checkNumber({ share: 1 }, { above: 0, to: 1 });
    for (const share of [0, 1, NaN]) {
      expect(() => checkNumber({ share }, { above: 0, below: 1 })).toThrow(
        `share must lie between 0 and 1, got ${share}`,
      );
    }
    for (const share of [0, 1.01, NaN]) {
      expect(() => checkNumber({ share }, { above: 0, to: 1 })).toThrow(
        `share must be above 0 and at most 1, got ${share}`,
      );
    }
  });
});
