import { beforeAll, expect, test } from 'vitest';
import { initBackend, tf } from '../backend';
import { GPTModel } from '../model';
import { BPETokenizer } from '../tokenizer';
import { TextLoader } from './batches';
import { predict } from './classifier';
import { calibration, predictAll, score } from './metrics';
import { ClassificationModel } from './model';

beforeAll(async () => {
  await initBackend();
});

/** Probabilities of the positive class. */
const answers = (targets: number[], positive: number[]) => ({
  targets,
  probabilities: positive.map((p) => [1 - p, p]),
});

test('targets and probabilities out of range are refused by name', () => {
  expect(() => score(answers([0, 1], [0.2, NaN]))).toThrow('Prediction 2 holds NaN');
  expect(() => calibration(answers([0], [NaN]))).toThrow('expected probabilities from 0 to 1');
  expect(() => score(answers([0], [1.5]))).toThrow('Prediction 1 holds -0.5');
  for (const target of [2, -1, -100, NaN, 0.5]) {
    expect(() => score(answers([1, target], [0.5, 0.5]))).toThrow(
      `Target ${target} of prediction 2 is outside [0, 2)`,
    );
  }
  expect(() => score(answers([0, 1], [0.5]))).toThrow(
    'one target for each prediction, got 2 for 1',
  );
  expect(() => score(answers([0], [0.5]), NaN)).toThrow(
    'threshold must be a number or Infinity, got NaN',
  );
  expect(() => calibration(answers([0], [0.5]), 0)).toThrow('bins must be a positive whole number');
});

test('scores, counted by hand', () => {
  // 3 found, 1 missed, 2 false alarms, 4 right hams.
  const predictions = answers(
    [1, 1, 1, 1, 0, 0, 0, 0, 0, 0],
    [0.9, 0.8, 0.5, 0.4, 0.6, 0.7, 0.1, 0.2, 0.3, 0.4],
  );
  const scores = score(predictions);
  expect(scores.confusion).toEqual([
    [4, 2],
    [1, 3],
  ]);
  expect(scores.accuracy).toBeCloseTo(0.7, 10);
  expect(scores.precision).toBeCloseTo(3 / 5, 10);
  expect(scores.recall).toBeCloseTo(3 / 4, 10);
  expect(scores.f1).toBeCloseTo(2 / 3, 10); // 2 · 0.6 · 0.75 / 1.35
  const right = [0.9, 0.8, 0.5, 0.4, 0.4, 0.3, 0.9, 0.8, 0.7, 0.6];
  const loss = right.reduce((sum, p) => sum - Math.log(p), 0) / 10;
  expect(scores.loss).toBeCloseTo(loss, 10);
  expect(score(predictions, 0.75).confusion).toEqual([
    [6, 0],
    [2, 2],
  ]);
});

test('precision without positive answers and recall without positive targets are NaN', () => {
  const none = score(answers([0, 0], [0.1, 0.2]));
  expect(none).toMatchObject({ precision: NaN, recall: NaN, accuracy: 1 });
  expect(score(answers([1], [1])).loss).toBe(0);
  expect(score(answers([0], [1])).loss).toBeLessThan(Infinity);
  expect(() => score({ targets: [], probabilities: [] })).toThrow('at least one');
  expect(() => score({ targets: [0], probabilities: [[0.2, 0.3, 0.5]] })).toThrow('two classes');
});

test('calibration groups answers and averages the distance of confidence and accuracy', () => {
  // Said 0.95 twice, one right; said 0.65 once, right.
  const { bins, error } = calibration(answers([1, 0, 0], [0.95, 0.95, 0.35]));
  expect(bins.map(({ count }) => count)).toEqual([1, 2]);
  expect(bins[0].confidence).toBeCloseTo(0.65, 10);
  expect(bins.map(({ accuracy }) => accuracy)).toEqual([1, 0.5]);
  expect(error).toBeCloseTo((0.35 + 2 * 0.45) / 3, 10);
  expect(calibration(answers([1, 0], [1, 0])).error).toBe(0);
});

test('predictAll answers all messages of a loader, in their order', async () => {
  const words = ['one', 'two three four five', 'six', 'seven eight nine', 'ten'];
  const tokenizer = BPETokenizer.train(words.join(' '), { vocabSize: 270 });
  const config = { contextLength: 32, embDim: 8, nHeads: 2, nLayers: 1, dropRate: 0 };
  const gpt = new GPTModel({ ...config, vocabSize: tokenizer.vocabSize });
  const model = new ClassificationModel(gpt, 2);
  const messages = words.map((text, i) => ({ text, target: i % 2 }));
  const options = { batchSize: 2, lengths: [4], shuffle: true };
  const loader = new TextLoader(messages, tokenizer, options);
  const count = tf.memory().numTensors;
  const { targets, probabilities } = await predictAll(model, loader);
  expect(targets).toEqual([0, 1, 0, 1, 0]);
  words.forEach((text, i) => {
    const [batch] = new TextLoader([{ text, target: 0 }], tokenizer);
    expect(probabilities[i][1]).toBeCloseTo(predict(model, batch)[0][1], 5);
  });
  expect(tf.memory().numTensors).toBe(count);
  model.dispose();
});
