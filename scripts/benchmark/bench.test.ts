import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { groups, type Group } from './groups';
import { goals } from './goals';
import { results, type Result } from './report';
import type { Outcome } from './run';
import { decodingBytes, MODELS, trainingFlops } from './sizes';
import { median, speedup, spread } from './statistics';
import { columns, digits, markdownTable, markdownTables, screenTable, table } from './tables';

const ROOT = path.resolve(__dirname, '..', '..');

function bench(...args: string[]) {
  const command = [path.join(ROOT, 'gpt.mjs'), 'bench', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { status, stdout, error: stderr.trim() };
}

test('the median is the middle one, or between the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow();
  expect(spread([8, 10, 12])).toBe(0.4);
});

test('a speed-up compares within each round, and knows that less time is better', () => {
  // Both are twice as slow in the second round: the ratio stays.
  expect(speedup([20, 10, 20], [10, 5, 10], 'higher')).toBe(2);
  expect(speedup([1, 2], [3, 6], 'lower')).toBe(3);
});

const FLOAT32 = { weights: 4, cache: 4 };

test("a token's arithmetic and bytes are those of GPT-2 124M", () => {
  // 6 · 123.65 million, and 12 · 12 · 768 · 1024 for attention over the whole context.
  expect(trainingFlops(MODELS.gpt2, 1024) / 1e6).toBeCloseTo(855, 0);
  expect(decodingBytes(MODELS.gpt2, 0, 1, FLOAT32) / 1e6).toBeCloseTo(495, 0);
  const perContext =
    decodingBytes(MODELS.gpt2, 1025, 1, FLOAT32) - decodingBytes(MODELS.gpt2, 1, 1, FLOAT32);
  expect(perContext / 1024 / 1e3).toBeCloseTo(73.7, 1);
});

const group: Group = {
  section: 'training',
  rounds: 2,
  job: { kind: 'training', points: [], tokens: '', steps: 2, seconds: 1 },
  variants: [],
  rows: [
    {
      name: 'tiny',
      unit: 'tokens/s',
      better: 'higher',
      limit: () => ({ of: 'matmul', cost: 1e6 }),
    },
  ],
};
const outcome = (name: string, values: number[], losses: number[]): Outcome => ({
  variant: { name, against: 'PyTorch' },
  values: [values],
  ready: { losses },
  peakMB: 100,
});

describe('results', () => {
  const outcomes = [
    outcome('compiled', [20_000, 22_000], [7, 6.5]),
    outcome('compiled, bf16', [30_000, 30_000], [7.01, 6.6]),
    outcome('PyTorch', [10_000, 10_000], [7, 6.5]),
    outcome('wrong', [10_000, 10_000], [7, 6.6]),
    { ...outcome('broken', [], []), problem: 'no memory' },
  ];
  const found = results(group, outcomes, { float32: 100, bfloat16: 300 });
  const of = (name: string) => found.find(({ variant }) => variant === name)!;

  test('hold each variant against its peer and the limit', () => {
    expect(of('compiled')).toMatchObject({ median: 21_000, ratio: 2.1, against: 'PyTorch' });
    expect(of('compiled').share).toBeCloseTo(0.21);
    expect(of('compiled, bf16').share).toBeCloseTo(0.1);
    expect(of('broken')).toBeUndefined();
  });

  test('say where losses show that it was not the same work', () => {
    expect(of('compiled').same).toBe(true);
    expect(of('compiled, bf16').same).toBe(true);
    expect(of('wrong')).toMatchObject({ same: false, evidence: 'first 2 losses within 1.5e-2' });
    expect(screenTable(found)).toContain('not the same: wrong beside PyTorch');
  });

  test('are compared with what was to be reached', () => {
    expect(goals(found)).toEqual([
      expect.objectContaining({ least: 1, measured: 2.1, reached: true }),
    ]);
    expect(goals([])).toEqual([]);
  });

  test('become tables without empty columns', () => {
    const [head, first] = table([of('compiled')]);
    expect(head).toEqual(['', 'median', 'rounds', 'beside', 'of the limit', 'memory']);
    expect(first.slice(1)).toEqual([
      '21,000 tokens/s',
      '±5 %',
      '2.1 × PyTorch',
      '21 % matmul',
      '100 MB',
    ]);
    const bare: Result = {
      ...of('PyTorch'),
      peakMB: undefined,
      share: undefined,
      ratio: undefined,
    };
    expect(table([bare])[0]).toEqual(['', 'median', 'rounds']);
    expect(
      columns([
        ['', 'b'],
        ['aa', 'bbb'],
      ]),
    ).toEqual(['      b', 'aa  bbb']);
    expect(
      markdownTable([
        ['', 'b'],
        ['a', '1'],
      ]),
    ).toBe('|  | b |\n| --- | --: |\n| a | 1 |');
    expect([0.01234, 3.14159, 999.9, 12345.6].map(digits)).toEqual([
      '0.0123',
      '3.14',
      '1000',
      '12,346',
    ]);
  });
});

test('a share of the memory is told only where it is known how much is read', () => {
  const prepared = { folder: '', notes: { texts: [] } };
  const decoding = groups(prepared, { quick: true }).find(({ section }) => section === 'decoding')!;
  const outcomes = decoding.variants.map((variant): Outcome => {
    return { variant, values: decoding.rows.map(() => [10]), ready: {}, peakMB: 100 };
  });
  const found = results(decoding, outcomes, { memory: 40 });
  const bytes = (variant: string) =>
    found.filter((result) => result.variant === variant).map(({ share }) => share && share * 4e9);
  const point = decodingBytes(MODELS.gpt2, 64 + 4.5, 1, FLOAT32);
  expect(bytes('compiled')[0]).toBeCloseTo(point, 0);
  expect(bytes('PyTorch, bf16')[0]).toBeCloseTo(point / 2, 0);
  // Packed as int8, a quarter of the weights; keys and values stay in float32.
  const int8 = decodingBytes(MODELS.gpt2, 64 + 4.5, 1, { weights: 1, cache: 4 });
  expect(bytes('for writing, int8')[0]).toBeCloseTo(int8, 0);
  // Its weights stay in float32, and products of few rows do.
  expect(bytes('compiled, bf16')).toEqual([undefined, undefined, undefined]);
  expect(markdownTables(found)).not.toMatch(/^\| compiled, bf16 .*% memory/m);
});

test('the committed page tells no share of the memory for it either', () => {
  const page = fs.readFileSync(path.join(ROOT, 'benchmarks/README.md'), 'utf8');
  expect(page).toMatch(/^\| compiled, bf16 .*% matmul/m);
  expect(page).not.toMatch(/^\| compiled, bf16 .*% memory/m);
});

test('explains itself', () => {
  const { status, stdout } = bench('--help');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Usage: \.\/gpt bench/);
});

test.each([
  [['--only', 'training,cooking'], '--only has "cooking"; parts are training, decoding'],
  [['--rounds', '0'], '--rounds must be a whole number from 1, got "0"'],
  [['--write', '--quick'], '--write is for a whole run'],
  [['--fast'], 'there is no option "--fast"'],
])('%j is wrong usage, in one line', (args, message) => {
  const { status, error } = bench(...args);
  expect(status).toBe(2);
  expect(error).toContain(message);
  expect(error).toMatch(/^[^\n]+; see --help$/);
});
