import { beforeAll, describe, expect, test } from 'vitest';
import { initBackend, tf } from '../backend';
import { publishedCase } from '../fixtures/reference';
import { BPETokenizer } from '../tokenizer';
import { crossEntropy } from '../training';
import { collate, encodeExample, InstructionLoader } from './batches';
import { openInstructions } from './records';

beforeAll(async () => {
  await initBackend();
});

const { batch, pad: endOfText } = publishedCase('collate_instruction').inputs as {
  batch: number[][];
  pad: number;
};
const rowsOf = (values: Int32Array, [rows, length]: readonly [number, number]) =>
  Array.from({ length: rows }, (_, r) => [...values.slice(r * length, (r + 1) * length)]);
const made = (options = {}, texts = batch) => {
  const { inputs, targets, shape } = collate(texts, { endOfText, ...options });
  return { inputs: rowsOf(inputs, shape), targets: rowsOf(targets, shape) };
};

describe('collate', () => {
  test('makes the published batch', () => {
    expect(made()).toEqual(publishedCase('collate_instruction').expected);
  });

  test('the published losses with and without an ignored target', () => {
    const { inputs, expected } = publishedCase('ignore_index_ce');
    (inputs.targets as number[][]).forEach((targets, i) => {
      const loss = tf.tidy(() =>
        crossEntropy(tf.tensor2d(inputs.logits.slice(0, targets.length)), targets).dataSync(),
      );
      expect(loss[0]).toBeCloseTo(expected.loss[i], 4);
    });
  });

  test('hides prompts but for the token that predicts the answer', () => {
    expect(made({ promptLengths: [3, 1, 3] }).targets).toEqual([
      [-100, -100, 3, 4, endOfText],
      [6, endOfText, -100, -100, -100],
      [-100, -100, endOfText, -100, -100],
    ]);
    expect(made({ promptLengths: [0, 9, 2] }).targets[1]).toEqual(Array(5).fill(-100));
  });

  test('cuts rows, and their end of text with them', () => {
    expect(made({ maxLength: 3 })).toEqual({
      inputs: [
        [0, 1, 2],
        [5, 6, endOfText],
        [7, 8, 9],
      ],
      targets: [
        [1, 2, 3],
        [6, endOfText, -100],
        [8, 9, endOfText],
      ],
    });
    expect(made({ maxLength: 2, promptLengths: [4, 1, 1] }).targets[0]).toEqual([-100, -100]);
  });

  test('pads to a multiple, but not beyond the most that is allowed', () => {
    expect(made({ multipleOf: 4 }).inputs[0]).toEqual([0, 1, 2, 3, 4, ...Array(3).fill(endOfText)]);
    expect(made({ multipleOf: 4 }).targets[0].slice(4)).toEqual([endOfText, -100, -100, -100]);
    expect(made({ multipleOf: 4, maxLength: 6 }).inputs[0]).toHaveLength(6);
  });

  test('an end of text inside a text is a target like any other', () => {
    expect(made({}, [[1, endOfText, 2]]).targets).toEqual([[endOfText, 2, endOfText]]);
  });

  test('refuses nothing at all, empty texts and impossible numbers', () => {
    expect(() => made({}, [])).toThrow('at least one text');
    expect(() => made({}, [[1], []])).toThrow('one token in each');
    expect(() => made({ promptLengths: [1] })).toThrow('1 prompt lengths for 3 texts');
    expect(() => made({ maxLength: 0 })).toThrow(
      'maxLength must be a positive whole number or Infinity, got 0',
    );
    expect(() => made({ multipleOf: 1.5 })).toThrow('multipleOf');
    expect(() => made({ multipleOf: Infinity })).toThrow('multipleOf must be a positive');
    expect(() => made({ endOfText: NaN })).toThrow('endOfText must be a whole number from 0');
    expect(() => made({ ignoreIndex: NaN })).toThrow('ignoreIndex must be a whole number, got NaN');
    expect(() => made({ promptLengths: [1, NaN, 1] })).toThrow('promptLength must be');
  });
});

describe('InstructionLoader', () => {
  const { records } = openInstructions('sample');
  const tokenizer = BPETokenizer.train(records.map(({ output }) => output).join('\n'), {
    vocabSize: 400,
    specialTokens: ['<|endoftext|>'],
  });
  const end = tokenizer.specialTokens['<|endoftext|>'];
  const few = records.slice(0, 10);

  test('gives every record once in an epoch, and each answer ends once', () => {
    const loader = new InstructionLoader(few, tokenizer, { batchSize: 4, shuffle: true, seed: 3 });
    expect(loader.batches).toBe(3);
    const seen: string[] = [];
    for (const { inputs, targets, shape } of loader) {
      expect(shape[1] % 16).toBe(0);
      rowsOf(targets, shape).forEach((row, r) => {
        expect(row.filter((target) => target === end)).toHaveLength(1);
        const ids = [inputs[r * shape[1]], ...row.slice(0, row.indexOf(end))];
        seen.push(tokenizer.decode(ids));
      });
    }
    const whole = few.map((record) => tokenizer.decode(encodeExample(tokenizer, record).ids));
    expect(seen.sort()).toEqual(whole.sort());
  });

  test('with the instruction masked, the targets are the answers', () => {
    const loader = new InstructionLoader(few, tokenizer, { maskInstruction: true, batchSize: 1 });
    [...loader].forEach(({ targets }, i) => {
      const learned = [...targets].filter((target) => target !== -100);
      expect(learned.pop()).toBe(end);
      expect(tokenizer.decode(learned)).toBe(few[i].output);
    });
  });

  test('counts what is cut, and leaves out what would have no target', () => {
    const lengths = few.map((record) => encodeExample(tokenizer, record));
    const maxLength = Math.max(...lengths.map(({ promptLength }) => promptLength)) - 1;
    const cut = lengths.filter(({ ids }) => ids.length > maxLength).length;
    const without = lengths.filter(({ promptLength }) => promptLength > maxLength).length;
    const open = new InstructionLoader(few, tokenizer, { maxLength });
    expect([open.cut, open.leftOut, open.examples.length]).toEqual([cut, 0, few.length]);
    const masked = new InstructionLoader(few, tokenizer, { maxLength, maskInstruction: true });
    expect(masked.leftOut).toBe(without);
    for (const { targets, shape } of masked) {
      rowsOf(targets, shape).forEach((row) =>
        expect(row.some((target) => target !== -100)).toBe(true),
      );
    }
    expect(
      () => new InstructionLoader(few, tokenizer, { maxLength: 2, maskInstruction: true }),
    ).toThrow(
      '0 records are too few for one batch of 8: of 10, 10 are left out, whose prompts alone have ' +
        'more than maxLength = 2 tokens',
    );
    expect(() => new InstructionLoader(few, tokenizer, { batchSize: Infinity })).toThrow(
      'batchSize',
    );
    expect(() => new InstructionLoader(few, tokenizer, { multipleOf: Infinity })).toThrow(
      'multipleOf',
    );
  });

  test('goes on where it was, in another order each epoch', () => {
    const options = { batchSize: 4, shuffle: true, seed: 5, dropLast: true };
    const loader = new InstructionLoader(few, tokenizer, options);
    expect(loader.batches).toBe(2);
    const first = [loader.next(), loader.next()];
    const state = loader.state();
    const next = loader.next();
    expect(next).not.toEqual(first[0]);
    const other = new InstructionLoader(few, tokenizer, options);
    other.restore(state);
    expect(other.next()).toEqual(next);
    const masked = new InstructionLoader(few, tokenizer, { ...options, maskInstruction: true });
    expect(() => masked.restore(state)).toThrow('belongs to other data');
  });

  test('refuses a tokenizer without an end of text', () => {
    const without = BPETokenizer.train('abc', { vocabSize: 256 });
    expect(() => new InstructionLoader(few, without)).toThrow('no <|endoftext|>');
  });

  test('reads a special token’s name in a record as plain text', () => {
    const record = { ...few[0], output: 'It ends with <|endoftext|>.' };
    expect(encodeExample(tokenizer, record).ids).not.toContain(end);
  });
});
