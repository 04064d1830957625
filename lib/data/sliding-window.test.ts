import { readFileSync } from 'node:fs';
import path from 'node:path';
import { getEncoding } from 'js-tiktoken';
import { describe, expect, it } from 'vitest';
import { SlidingWindowLoader, loadText, type Batch, type LoaderState } from '../data';

const rows = (flat: Int32Array, width: number): number[][] =>
  Array.from({ length: flat.length / width }, (_, i) => [
    ...flat.subarray(i * width, (i + 1) * width),
  ]);
const inputs = (batch: Batch) => rows(batch.inputs, batch.shape[1]);
const targets = (batch: Batch) => rows(batch.targets, batch.shape[1]);
const count = (n: number) => Uint16Array.from({ length: n }, (_, i) => i);

describe('SlidingWindowLoader', () => {
  // The first tokens of The Verdict, and the batches printed in section 2.6 of Raschka's book.
  const verdict = Uint16Array.of(
    40,
    367,
    2885,
    1464,
    1807,
    3619,
    402,
    271,
    10899,
    2138,
    257,
    7026,
    15632,
    438,
    2016,
    257,
    922,
    5891,
    1576,
    438,
    568,
    340,
    373,
    645,
    1049,
    5975,
    284,
    502,
    284,
    3285,
    326,
    11,
    287,
  );

  it('yields the published windows, shifted by one', () => {
    const [first, second] = new SlidingWindowLoader(verdict, { length: 4, stride: 1 });
    expect(inputs(first)).toEqual([[40, 367, 2885, 1464]]);
    expect(targets(first)).toEqual([[367, 2885, 1464, 1807]]);
    expect(inputs(second)).toEqual([[367, 2885, 1464, 1807]]);
    expect(targets(second)).toEqual([[2885, 1464, 1807, 3619]]);
    const [batch] = new SlidingWindowLoader(verdict, { length: 4, batchSize: 8 });
    expect(batch.shape).toEqual([8, 4]);
    expect(inputs(batch)[7]).toEqual([284, 3285, 326, 11]);
    expect(targets(batch)[7]).toEqual([3285, 326, 11, 287]);
    const [overlap] = new SlidingWindowLoader(verdict, { length: 8, stride: 2, batchSize: 4 });
    expect(inputs(overlap)[3]).toEqual([402, 271, 10899, 2138, 257, 7026, 15632, 438]);
  });

  it('ends with the last window that has a target: integers 0 to 1000', () => {
    const all = [...new SlidingWindowLoader(count(1001), { length: 4, stride: 1 })];
    expect(all).toHaveLength(997);
    expect(inputs(all[996])).toEqual([[996, 997, 998, 999]]);
    expect(targets(all[996])).toEqual([[997, 998, 999, 1000]]);
  });

  it('keeps or drops a last batch that is not full', () => {
    const options = { length: 3, batchSize: 4 };
    const kept = new SlidingWindowLoader(count(20), options); // 6 windows
    expect([kept.windows, kept.batches]).toEqual([6, 2]);
    expect([...kept].map(({ shape }) => shape)).toEqual([
      [4, 3],
      [2, 3],
    ]);
    const dropped = new SlidingWindowLoader(count(20), { ...options, dropLast: true });
    expect([...dropped].map(({ shape }) => shape)).toEqual([[4, 3]]);
  });

  it('does not copy the tokens', () => {
    const tokens = count(100);
    const loader = new SlidingWindowLoader(tokens, { length: 4, stride: 1 });
    tokens[0] = 777;
    expect(inputs([...loader][0])[0][0]).toBe(777);
  });

  it('shuffles: every window once, the same for a seed, another order in each epoch', () => {
    const options = { length: 4, stride: 2, batchSize: 7, shuffle: true, seed: 5 };
    const loader = new SlidingWindowLoader(count(1001), options);
    const starts = (batches: Iterable<Batch>) =>
      [...batches].flatMap((batch) => inputs(batch).map(([start]) => start));
    const order = starts(loader);
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
    expect([...order].sort((a, b) => a - b)).toEqual([...count(499)].map((i) => 2 * i));
    expect(starts(loader)).toEqual(order);
    expect(starts(new SlidingWindowLoader(count(1001), options))).toEqual(order);
    expect(starts(loader.epoch(1))).not.toEqual(order);
    expect(starts(new SlidingWindowLoader(count(1001), { ...options, seed: 6 }))).not.toEqual(
      order,
    );
  });

  it.each([0, 1, 3, 8, 9, 10, 25])('resumes from a saved state after %i batches', (steps) => {
    const options = { length: 4, stride: 3, batchSize: 4, shuffle: true, seed: 1 };
    const loader = new SlidingWindowLoader(count(110), options);
    expect(loader.batches).toBe(9);
    for (let i = 0; i < steps; i++) loader.next();
    const saved = JSON.parse(JSON.stringify(loader.state())) as LoaderState;
    expect(saved).toMatchObject({ epoch: Math.floor(steps / 9), position: steps % 9 });
    const resumed = new SlidingWindowLoader(count(110), options);
    resumed.next(); // its earlier position does not matter
    resumed.restore(saved);
    for (let i = 0; i < 20; i++) {
      inputs([...loader][0]); // looking does not move the walk
      expect(resumed.next()).toEqual(loader.next());
    }
    expect(resumed.state()).toEqual(loader.state());
  });

  it('goes through the epochs, each in its own order', () => {
    const loader = new SlidingWindowLoader(count(50), { length: 5, shuffle: true });
    const walked = Array.from({ length: 2 * loader.batches }, () => loader.next());
    expect(walked).toEqual([...loader.epoch(0), ...loader.epoch(1)]);
  });

  it('names what is wrong', () => {
    const loader = (tokens: number, options: object) => () =>
      new SlidingWindowLoader(count(tokens), { length: 4, ...options });
    expect(loader(100, { length: 0 })).toThrow('length must be a positive whole number, got 0');
    expect(loader(100, { stride: 1.5 })).toThrow('stride must be a positive whole number, got 1.5');
    expect(loader(100, { batchSize: -1 })).toThrow('batchSize must be a positive whole number');
    expect(loader(100, { shuffle: true, seed: 0.5 })).not.toThrow();
    expect(loader(4, {})).toThrow('4 tokens are too few for one batch of windows of 4');
    expect(loader(4, {})).toThrow('at least 5 are needed');
    expect(loader(5, {})).not.toThrow();
    expect(loader(12, { batchSize: 3, dropLast: true })).toThrow('at least 13 are needed');
    expect(loader(13, { batchSize: 3, dropLast: true })).not.toThrow();
    const other = new SlidingWindowLoader(count(100), { length: 4 });
    const state = new SlidingWindowLoader(count(101), { length: 4, stride: 1 }).state();
    expect(() => other.restore(state)).toThrow(
      'taken over 97 windows of 4, stride 1, batches of 1, in order, and the loader has 24 windows',
    );
  });

  const { GPT_DATA_MIRROR, GPT_REFERENCE } = process.env;
  it.skipIf(!GPT_DATA_MIRROR || !GPT_REFERENCE)('agrees with the published numbers', () => {
    const file = path.join(GPT_REFERENCE as string, 'published-numbers.json');
    const { cases } = JSON.parse(readFileSync(file, 'utf8'));
    const expected = (id: string) => cases.find((one: { id: string }) => one.id === id).expected;
    const text = loadText('the-verdict');
    const encode = (part: string) => Uint16Array.from(getEncoding('gpt2').encode(part));
    const first = (length: number, stride: number, batchSize: number) => {
      const [batch] = new SlidingWindowLoader(encode(text), { length, stride, batchSize });
      return [inputs(batch), targets(batch)];
    };
    const published = expected('dataloader_batches');
    expect(first(4, 1, 1)).toEqual(
      published.len4_stride1_bs1_first_two[0].map((row: number[]) => [row]),
    );
    expect(first(4, 4, 8)).toEqual(published.len4_stride4_bs8_first);
    expect(first(2, 2, 4)[0]).toEqual(published.len2_stride2_bs4_x);
    expect(first(8, 2, 4)[0]).toEqual(published.len8_stride2_bs4_x);
    const split = expected('verdict_split_ctx256');
    const train = new SlidingWindowLoader(encode(text.slice(0, split.split_char)), {
      length: 256,
      batchSize: 2,
      dropLast: true,
    });
    expect([train.windows, train.batches]).toEqual([split.train_samples, split.train_batches]);
  });
});
