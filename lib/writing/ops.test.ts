import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { initBackend } from '../backend';
import { seededRandom } from '../core/seeded-random';
import { findOps, type FoundOps, type WritingOps } from './ops';
import { restoreMatrix, roundMatrix, type WeightType } from './rounding';

const ROOT = path.resolve(__dirname, '..', '..');
const isSetUp = fs.existsSync(path.join(ROOT, '.native', 'tfjs_binding.node'));

let found: FoundOps;
let ops: WritingOps;
beforeAll(async () => {
  await initBackend();
  found = findOps();
  ops = found.ops!;
});

test.runIf(isSetUp)('set-up compiled the operations for this processor', () => {
  expect(found).toMatchObject({ level: expect.stringMatching(/^(arm64|x86-64-v[234])$/) });
});

test('GPT_OPS=0 says that none are wanted', () => {
  vi.stubEnv('GPT_OPS', '0');
  expect(findOps()).toEqual({ why: 'GPT_OPS=0' });
  vi.unstubAllEnvs();
});

const TYPES: readonly WeightType[] = ['float32', 'bfloat16', 'int8'];
const EPSILON = 2 ** -24;

/** Random sizes and values from a seed. */
function draws(seed: number) {
  const random = seededRandom(seed);
  const integer = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const vector = (length: number, scale = 1) =>
    Float32Array.from({ length }, () => scale * normal());
  return { random, integer, normal, vector };
}

/** How far numbers may be from those in double precision: each has a bound of its own. */
function expectWithin(got: Float32Array, want: Float64Array, bounds: Float64Array, what: string) {
  got.forEach((value, i) => {
    const off = Math.abs(value - want[i]);
    if (off <= bounds[i] || (Number.isNaN(value) && Number.isNaN(want[i]))) return;
    throw new Error(`${what}: number ${i} is ${value}, expected ${want[i]} ± ${bounds[i]}`);
  });
}

/** Packs a matrix and gives it back as the float32 numbers that it stands for. */
function pack(
  matrix: Float32Array,
  inputs: number,
  outputs: number,
  type: WeightType,
  flip: boolean,
) {
  const layout = { outputs, transposed: flip };
  const rounded = roundMatrix(matrix, layout, type);
  const handle = ops.matrix(rounded.values, inputs, outputs, flip, rounded.scales ?? null);
  const values = restoreMatrix(rounded, layout);
  const at = (k: number, n: number) => values[flip ? n * inputs + k : k * outputs + n];
  return { handle, at };
}

const gelu = (x: number) =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

describe.runIf(isSetUp)('linear', () => {
  test.each(TYPES)('%s: 700 random shapes agree with double precision', (type) => {
    const { integer, random, vector } = draws(TYPES.indexOf(type) + 1);
    for (let i = 0; i < 700; i++) {
      const rows = random() < 0.5 ? integer(1, 9) : integer(10, 70);
      const [inputs, outputs] = [integer(1, i % 10 ? 90 : 700), integer(1, i % 10 ? 150 : 20)];
      const scale = 10 ** integer(-3, 3);
      const x = vector(rows * inputs, scale);
      const { handle, at } = pack(vector(inputs * outputs), inputs, outputs, type, random() < 0.5);
      const bias = random() < 0.5 ? vector(outputs) : null;
      const residual = random() < 0.5 ? vector(rows * outputs, scale) : null;
      const withGelu = random() < 0.3;
      const [want, bounds] = [new Float64Array(rows * outputs), new Float64Array(rows * outputs)];
      want.forEach((_, place) => {
        const [row, n] = [Math.floor(place / outputs), place % outputs];
        let [sum, size] = [bias?.[n] ?? 0, Math.abs(bias?.[n] ?? 0)];
        for (let k = 0; k < inputs; k++) {
          const product = x[row * inputs + k] * at(k, n);
          sum += product;
          size += Math.abs(product);
        }
        const value = withGelu ? gelu(sum) : sum;
        want[place] = value + (residual?.[place] ?? 0);
        bounds[place] =
          EPSILON * ((inputs + 4) * size * 1.2 + 12 * Math.abs(value) + Math.abs(want[place]));
      });
      // The output may be the residual itself.
      const out = residual && random() < 0.5 ? residual : new Float32Array(rows * outputs);
      ops.linear(out, x, handle, bias, withGelu, residual);
      expectWithin(out, want, bounds, `${rows} rows of ${inputs} -> ${outputs}`);
      const column = new Float32Array(inputs);
      ops.column(column, handle, outputs - 1);
      expect(column).toEqual(Float32Array.from({ length: inputs }, (_, k) => at(k, outputs - 1)));
      ops.free(handle);
    }
  });

  test('the same bits for one row and many, and for any number of threads', () => {
    const { vector } = draws(4);
    const [rows, inputs, outputs] = [21, 1000, 333];
    const x = vector(rows * inputs);
    for (const type of TYPES) {
      const { handle } = pack(vector(inputs * outputs), inputs, outputs, type, false);
      const results = [1, 2, 3, 8].map((threads) => {
        ops.threads(threads);
        const out = new Float32Array(rows * outputs);
        ops.linear(out, x, handle, null, true, null);
        return out;
      });
      for (const result of results) expect(result).toEqual(results[0]);
      const single = new Float32Array(outputs);
      for (let row = 0; row < rows; row++) {
        ops.linear(single, x.subarray(row * inputs, (row + 1) * inputs), handle, null, true, null);
        expect(single).toEqual(results[0].subarray(row * outputs, (row + 1) * outputs));
      }
      ops.free(handle);
    }
    findOps(); // restores the number of threads
  });

  test('NaN and infinity in a row or an output stay there, and nowhere else', () => {
    const [rows, inputs, outputs] = [6, 50, 70];
    for (const type of TYPES) {
      for (const bad of [NaN, Infinity, -Infinity]) {
        const { vector } = draws(5);
        const [x, weights] = [vector(rows * inputs), vector(inputs * outputs)];
        x[2 * inputs + 7] = bad;
        weights[3 * outputs + 11] = bad;
        const { handle } = pack(weights, inputs, outputs, type, false);
        const out = new Float32Array(rows * outputs);
        ops.linear(out, x, handle, null, false, null);
        out.forEach((value, i) => {
          const spoiled = Math.floor(i / outputs) === 2 || i % outputs === 11;
          expect(Number.isFinite(value)).toBe(!spoiled);
        });
        if (Number.isNaN(bad)) expect(out[2 * outputs]).toBeNaN();
        ops.free(handle);
      }
    }
  });

  test('GELU far from zero and of what is no number', () => {
    const { handle } = pack(Float32Array.of(1), 1, 1, 'float32', false);
    const x = Float32Array.of(0, -0, 1e-30, 1e-42, 5, 40, 1e30, -5, -12, -1e30, NaN, Infinity);
    const out = new Float32Array(x.length);
    ops.linear(out, x, handle, null, true, null);
    const want = Float64Array.from(x, gelu);
    const bounds = Float64Array.from(x, (value) => 1e-6 * Math.abs(value) + 1e-38);
    bounds[6] = 1e24;
    bounds[9] = Infinity; // x³ is infinite, so that GELU is 0 or NaN
    want[9] = 0;
    expectWithin(out.subarray(0, 11), want.subarray(0, 11), bounds, 'gelu');
    expect(out[11]).toBe(Infinity);
    ops.free(handle);
  });

  test('no rows, and weights of 0', () => {
    const { handle } = pack(new Float32Array(12), 3, 4, 'int8', false);
    ops.linear(new Float32Array(0), new Float32Array(0), handle, null, false, null);
    const out = new Float32Array(4).fill(7);
    ops.linear(out, Float32Array.of(1, 2, 3), handle, null, false, null);
    expect([...out]).toEqual([0, 0, 0, 0]);
    ops.free(handle);
  });
});

test.runIf(isSetUp)('layer norm: 2000 random shapes agree with double precision', () => {
  const { integer, vector } = draws(6);
  for (let i = 0; i < 2000; i++) {
    const [rows, size] = [integer(1, 9), integer(1, i % 10 ? 70 : 900)];
    const [x, scale, shift] = [vector(rows * size, 3), vector(size), vector(size)];
    const middle = 20 * integer(-1, 1);
    for (let at = 0; at < x.length; at++) x[at] += middle;
    const out = new Float32Array(x.length);
    ops.layerNorm(out, x, scale, shift);
    const [want, bounds] = [new Float64Array(x.length), new Float64Array(x.length)];
    for (let row = 0; row < rows; row++) {
      const here = Array.from(x.subarray(row * size, (row + 1) * size));
      const mean = here.reduce((a, b) => a + b) / size;
      const variance = here.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
      const deviation = Math.sqrt(variance + 1e-5);
      here.forEach((value, at) => {
        const place = row * size + at;
        want[place] = ((value - mean) / deviation) * scale[at] + shift[at];
        const [largest, slope] = [Math.abs(value) + 80, Math.abs(scale[at]) / deviation];
        bounds[place] = EPSILON * (size * largest * slope + 40 * Math.abs(want[place]) + 1);
      });
    }
    expectWithin(out, want, bounds, `${rows} rows of ${size}`);
  }
});

test.runIf(isSetUp)(
  'layer norm: NaN and infinity spoil their row only; equal numbers give the shift',
  () => {
    for (const bad of [NaN, Infinity]) {
      const x = Float32Array.from({ length: 60 }, (_, i) => (i < 20 ? 3 : i));
      x[25] = bad;
      const out = new Float32Array(60);
      ops.layerNorm(out, x, new Float32Array(20).fill(2), new Float32Array(20).fill(5));
      expect([...out.subarray(0, 20)]).toEqual(Array(20).fill(5));
      expect(out.subarray(20, 40).every(Number.isNaN)).toBe(true);
      expect(out.subarray(40).every(Number.isFinite)).toBe(true);
    }
  },
);

describe.runIf(isSetUp)('attention over a cache', () => {
  /** softmax(q Kᵀ / √D) V in double precision, of one query. */
  function attend(q: Float32Array, keys: Float32Array[], values: Float32Array[]): number[] {
    const scores = keys.map(
      (k) => k.reduce((sum, x, d) => sum + x * q[d], 0) / Math.sqrt(q.length),
    );
    const most = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - most));
    const total = powers.reduce((a, b) => a + b);
    return Array.from(q, (_, d) =>
      powers.reduce((sum, power, t) => sum + (power / total) * values[t][d], 0),
    );
  }

  test('600 random caches, filled in random pieces, agree with double precision', () => {
    const { integer, random, vector } = draws(7);
    for (let i = 0; i < 600; i++) {
      const [layers, count, heads] = [integer(1, 2), integer(1, 3), integer(1, 3)];
      const size = integer(1, i % 10 ? 20 : 140);
      const tokens = integer(1, i % 10 ? 40 : 200);
      const cache = ops.cache(layers, count, heads, size, tokens);
      const layer = integer(0, layers - 1);
      const width = heads * size;
      const seen: { keys: Float32Array[]; values: Float32Array[] }[] = Array.from(
        { length: count },
        () => ({ keys: [], values: [] }),
      );
      for (let piece = 0; piece < 4; piece++) {
        const [sequences, positions]: number[][] = [[], []];
        for (let sequence = 0; sequence < count; sequence++) {
          const room = tokens - seen[sequence].keys.length - positions.length;
          const added = Math.min(Math.max(0, room), random() < 0.5 ? 1 : integer(0, 20));
          for (let t = 0; t < added; t++) {
            sequences.push(sequence);
            positions.push(seen[sequence].keys.length + t);
          }
        }
        const rows = sequences.length;
        const qkv = vector(rows * 3 * width);
        const part = (row: number, which: number) =>
          qkv.subarray((3 * row + which) * width, (3 * row + which + 1) * width);
        const out = new Float32Array(rows * width);
        ops.attention(
          out,
          qkv,
          cache,
          layer,
          Int32Array.from(sequences),
          Int32Array.from(positions),
        );
        for (let row = 0; row < rows; row++) {
          const { keys, values } = seen[sequences[row]];
          keys.push(part(row, 1));
          values.push(part(row, 2));
          for (let head = 0; head < heads; head++) {
            const of = (all: Float32Array) => all.subarray(head * size, (head + 1) * size);
            const want = attend(of(part(row, 0)), keys.map(of), values.map(of));
            const got = of(out.subarray(row * width, (row + 1) * width));
            const bounds = Float64Array.from(want, () => 2e-6 * Math.sqrt(size) * 4);
            expectWithin(got, Float64Array.from(want), bounds, `${size} numbers, row ${row}`);
          }
        }
      }
      ops.free(cache);
    }
  });

  test('scores far apart, and NaN, which spoils its own sequence only', () => {
    const cache = ops.cache(1, 2, 1, 2, 80);
    const out = new Float32Array(6);
    const rows = [
      [1, 0, 1e4, 0, 1, 2], // sequence 0, position 0
      [1, 0, -1e4, 0, 7, 7], // sequence 0, position 1: its own key counts for nothing
      [NaN, 0, 1, 1, 5, 6], // sequence 1
    ];
    const qkv = Float32Array.from(rows.flat());
    ops.attention(out, qkv, cache, 0, Int32Array.of(0, 0, 1), Int32Array.of(0, 1, 0));
    expect([...out]).toEqual([1, 2, 1, 2, NaN, NaN]);
    ops.free(cache);
  });
});

test.runIf(isSetUp)(
  'what does not fit is an error that says what was expected, and no crash',
  () => {
    const floats = (n: number) => new Float32Array(n);
    const { handle } = pack(floats(12), 3, 4, 'float32', false);
    const cache = ops.cache(1, 1, 2, 2, 8);
    const ints = (...values: number[]) => Int32Array.from(values);
    const wrong: [() => void, RegExp][] = [
      [() => ops.linear(floats(4), floats(4), handle, null, false, null), /x: got 4, expected 3/],
      [() => ops.linear(floats(5), floats(3), handle, null, false, null), /out: got 5, expected 4/],
      [() => ops.linear(floats(4), floats(3), handle, floats(3), false, null), /bias: got 3/],
      [() => ops.linear(floats(4), floats(3), handle, null, false, floats(8)), /residual: got 8/],
      [() => ops.linear(floats(4), floats(3), cache, null, false, null), /no|not/],
      [() => ops.linear(floats(4), floats(3), {}, null, false, null), /no matrix or cache/],
      [
        () => ops.linear(floats(4), ints(1, 2, 3) as never, handle, null, false, null),
        /another type/,
      ],
      [() => ops.column(floats(3), handle, 4), /output 4 is beyond/],
      [() => ops.column(floats(3), handle, -1), /whole number from 0/],
      [() => ops.column(floats(3), handle, 0.5), /whole number/],
      [() => ops.matrix(floats(11), 3, 4, false, null), /values: got 11, expected 12/],
      [() => ops.matrix(floats(12), 3, 4, false, floats(3)), /scales: got 3, expected 4/],
      [() => ops.matrix(new Float64Array(12) as never, 3, 4, false, null), /Float32Array/],
      [() => ops.matrix(floats(0), 0, 4, false, null), /inputs must be a whole number from 1/],
      [() => ops.layerNorm(floats(6), floats(6), floats(4), floats(4)), /x: got 6, expected 4/],
      [() => ops.layerNorm(floats(6), floats(6), floats(0), floats(0)), /scale is empty/],
      [() => ops.cache(1, 1, 1, 1, 1e12), /too large/],
      [() => ops.attention(floats(4), floats(12), cache, 1, ints(0), ints(0)), /layer 1 is beyond/],
      [() => ops.attention(floats(4), floats(12), cache, 0, ints(1), ints(0)), /sequence 1 is not/],
      [
        () => ops.attention(floats(4), floats(12), cache, 0, ints(0), ints(8)),
        /position 8 is beyond/,
      ],
      [() => ops.attention(floats(4), floats(12), cache, 0, ints(0), ints(-1)), /position -1/],
      [() => ops.attention(floats(4), floats(12), handle, 0, ints(0), ints(0)), /no|not/],
      [() => (ops.free as (...all: unknown[]) => void)(), /number of arguments: got 0, expected 1/],
      [() => ops.threads(0), /threads must be a whole number from 1/],
    ];
    for (const [call, says] of wrong) {
      expect(call).toThrow(RangeError);
      expect(call).toThrow(says);
    }
    const shared = floats(12);
    expect(() =>
      ops.linear(shared.subarray(2, 6), shared.subarray(0, 3), handle, null, false, null),
    ).toThrow(/shares memory/);
    ops.free(handle);
    ops.free(handle);
    expect(() => ops.column(floats(3), handle, 0)).toThrow(/freed/);
    ops.free(cache);
  },
);
