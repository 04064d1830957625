import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DataError } from '../core/errors';
import { findNearDuplicates } from './duplicates';
import { openInstructions, parseInstructions, splitInstructions } from './records';

const environment = { ...process.env };
let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'instructions-'));
});
afterEach(() => {
  fs.rmSync(dir, { recursive: true });
  process.env = { ...environment };
});

const good = { instruction: 'Say hello.', input: '', output: 'Hello.' };

describe('parseInstructions', () => {
  test('reads JSON and JSON lines, with a byte order mark, empty lines and no input', () => {
    const list = JSON.stringify([good, { ...good, input: 'to me' }], null, 2);
    expect(parseInstructions(`\ufeff${list}`)).toEqual([good, { ...good, input: 'to me' }]);
    const lines = `${JSON.stringify(good)}\r\n\n{"instruction":"Sing.","output":"La."}\n`;
    expect(parseInstructions(lines)).toEqual([
      good,
      { instruction: 'Sing.', input: '', output: 'La.' },
    ]);
  });

  test('keeps only the three fields', () => {
    expect(parseInstructions(JSON.stringify([{ ...good, id: 7 }]))).toEqual([good]);
  });

  test.each([
    ['[1]', 'Record 1 of f.json: expected an object'],
    ['[null]', 'Record 1 of f.json: expected an object'],
    [JSON.stringify([good, [good]]), 'Record 2 of f.json: expected an object'],
    [JSON.stringify([good, good, { instruction: 'x' }]), 'Record 3 of f.json: output must be'],
    [JSON.stringify([{ ...good, input: 5 }]), 'Record 1 of f.json: input must be a text, got 5'],
    [JSON.stringify([{ ...good, input: null }]), 'input must be a text, got null'],
    [
      JSON.stringify([good, { ...good, instruction: ' \n' }]),
      'Record 2 of f.json: the instruction is',
    ],
    ['[{"instruction": "x"', 'f.json is not JSON'],
    [`${JSON.stringify(good)}\n\n{"instr`, 'Record 2 of f.json (line 3) is not JSON'],
    [`${JSON.stringify(good)}\n{}`, 'Record 2 of f.json (line 2): instruction must be'],
    ['[]', 'f.json has no records'],
    ['', 'f.json has no records'],
    ['<html></html>', 'Record 1 of f.json (line 1) is not JSON'],
  ])('says of %s which record is wrong', (text, message) => {
    expect(() => parseInstructions(text, 'f.json')).toThrow(DataError);
    expect(() => parseInstructions(text, 'f.json')).toThrow(message);
  });
});

describe('openInstructions', () => {
  test('opens a file of your own, and names what is wrong', () => {
    const file = path.join(dir, 'mine.jsonl');
    fs.writeFileSync(file, JSON.stringify(good));
    expect(openInstructions(file)).toMatchObject({ records: [good], source: 'file' });
    fs.writeFileSync(file, '{}');
    expect(() => openInstructions(file)).toThrow('Record 1 of mine.jsonl');
    expect(() => openInstructions(path.join(dir, 'none.json'))).toThrow('Unknown instructions');
  });

  test.each(['instruction-data', 'alpaca-data'])('without %s opens the sample', (name) => {
    process.env.GPT_DATA_CACHE = dir;
    delete process.env.GPT_DATA_MIRROR;
    const { records, source, note } = openInstructions(name);
    expect(source).toBe('sample');
    expect(records.length).toBeGreaterThanOrEqual(100);
    expect(note).toContain(`${name} is not on this machine: going on with a sample written for`);
    expect(note).toContain(`./gpt data fetch ${name}`);
  });

  test('the sample has no near duplicates', async () => {
    const { records } = openInstructions('sample');
    const asked = records.map(({ instruction, input }) => `${instruction}\n${input}`);
    expect(await findNearDuplicates(asked, { threshold: 0.98 })).toEqual([]);
  });

  test.runIf(process.env.GPT_DATA_MIRROR)('the course’s records, with their licence', () => {
    const { records, note } = openInstructions();
    expect(records).toHaveLength(1100);
    expect(note).toContain('Apache 2.0');
  });
});

describe('splitInstructions', () => {
  const records = Array.from({ length: 1100 }, (_, i) => ({ ...good, output: `${i}` }));
  const outputs = (list: readonly { output: string }[]) => list.map(({ output }) => Number(output));

  test('divides 1,100 into 935, 110 and 55, in order', () => {
    const { train, test: tests, validation } = splitInstructions(records);
    expect([train.length, tests.length, validation.length]).toEqual([935, 110, 55]);
    expect([outputs(train)[934], outputs(tests)[0], outputs(validation)[0]]).toEqual([
      934, 935, 1045,
    ]);
  });

  test('with a seed shuffles, the same each time, and loses nothing', () => {
    const { train, test: tests, validation } = splitInstructions(records, { seed: 1 });
    expect(splitInstructions(records, { seed: 1 }).train).toEqual(train);
    expect(splitInstructions(records, { seed: 2 }).train).not.toEqual(train);
    const all = outputs([...train, ...tests, ...validation]).sort((a, b) => a - b);
    expect(all).toEqual(records.map((_, i) => i));
  });
});
