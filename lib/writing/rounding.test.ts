import fs from 'node:fs';
import { expect, test } from 'vitest';
import { initBackend, sparseCrossEntropy, tf } from '../backend';
import type { GPTModel } from '../model';
import { GPT_MINI_DIR, loadWithTokenizer } from '../weights';
import { restoreMatrix, roundedCopy, roundMatrix, type WeightType } from './rounding';

test('roundMatrix: nearest, ties to even, nothing for an output of zeros', () => {
  const matrix = Float32Array.of(1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -2.5, NaN, Infinity);
  const layout = { outputs: 1, transposed: false };
  const half = restoreMatrix(roundMatrix(matrix, layout, 'bfloat16'), layout);
  expect([...half]).toEqual([1, 1, 1 + 2 ** -6, -2.5, NaN, Infinity]);
  const columns = { outputs: 3, transposed: false };
  const values = Float32Array.of(127, 0, 1, -3.4, 0, NaN);
  const rounded = roundMatrix(values, columns, 'int8');
  expect([...rounded.values]).toEqual([127, 0, 0, -3, 0, 0]);
  expect([...rounded.scales!]).toEqual([1, 0, NaN]);
  const rows = { outputs: 2, transposed: true };
  const transposed = roundMatrix(Float32Array.of(127, -3.4, 254, 2), rows, 'int8');
  expect([...transposed.values]).toEqual([127, -3, 127, 1]);
  expect([...transposed.scales!]).toEqual([1, 2]);
});

test('a story costs gpt-mini hardly more with rounded weights', async () => {
  await initBackend();
  const { model, tokenizer } = await loadWithTokenizer(GPT_MINI_DIR);
  const ids = tokenizer.encode(fs.readFileSync('data/story-en.txt', 'utf8'));
  const { contextLength } = model.config;
  const windows = Array.from({ length: 4 }, (_, i) =>
    ids.slice(i * contextLength, (i + 1) * contextLength + 1),
  );
  const loss = (each: GPTModel): number =>
    tf.tidy(() => {
      const logits = each.forward(windows.map((window) => window.slice(0, -1)));
      const targets = tf.tensor1d(windows.map((window) => window.slice(1)).flat(), 'int32');
      return sparseCrossEntropy(logits.reshape([targets.size, -1]), targets)
        .mean()
        .dataSync()[0];
    });
  const whole = loss(model);
  const more = (weights: WeightType): number => {
    const copy = roundedCopy(model, weights);
    const rounded = loss(copy);
    copy.dispose();
    return rounded / whole - 1;
  };
  expect(more('float32')).toBe(0);
  expect(Math.abs(more('bfloat16'))).toBeLessThan(0.002);
  expect(Math.abs(more('int8'))).toBeLessThan(0.005);
  model.dispose();
});
