import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MultiHeadAttention, SelfAttention } from './attention';
import { dropout, initBackend, randomUniform, tf } from './backend';
import { difference } from './fixtures/reference';
import { FeedForward, gptConfig, GPTModel, TransformerBlock } from './model';
import { Dropout, LayerNorm, Linear, uniformInit, type Module } from './nn';

// These run once for each engine, see vitest.config.mjs.
beforeAll(async () => {
  await initBackend();
});
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe('initial weights', () => {
  const sizes = { inDim: 8, outDim: 8, contextLength: 4, nHeads: 2 };
  const block = gptConfig({ vocabSize: 4, contextLength: 4, embDim: 8, nHeads: 2, nLayers: 1 });
  const weightsOf = (module: Module) =>
    Object.entries(module.parameters())
      .filter(([name]) => name.endsWith('weight') && !/ln_/.test(name))
      .map(([, value]) => Array.from(value.dataSync()));

  test.each<[string, () => Module]>([
    ['Linear', () => new Linear(8, 8)],
    ['SelfAttention', () => new SelfAttention(sizes)],
    ['MultiHeadAttention', () => new MultiHeadAttention(sizes)],
    ['FeedForward', () => new FeedForward(8)],
    ['TransformerBlock', () => new TransformerBlock(block)],
  ])('two %s layers built with defaults differ in every weight', (_, build) => {
    const [first, second] = [weightsOf(build()), weightsOf(build())];
    expect(first.length).toBeGreaterThan(0);
    first.forEach((weight, i) => expect(weight).not.toEqual(second[i]));
  });

  test.each<[string, (seed: number) => Module]>([
    ['Linear', (seed) => new Linear(8, 8, { init: uniformInit(seed) })],
    ['SelfAttention', (seed) => new SelfAttention({ ...sizes, seed })],
    ['MultiHeadAttention', (seed) => new MultiHeadAttention({ ...sizes, seed })],
    ['FeedForward', (seed) => new FeedForward(8, uniformInit(seed))],
    ['TransformerBlock', (seed) => new TransformerBlock(block, uniformInit(seed))],
    ['GPTModel', (seed) => new GPTModel(block, { seed })],
  ])('%s: the seed alone decides them, whatever was built before', (_, build) => {
    const first = weightsOf(build(0));
    new Linear(3, 3);
    expect(weightsOf(build(0))).toEqual(first);
    expect(weightsOf(build(1))).not.toEqual(first);
  });
});

test('Linear works on the last axis, whatever the others are', () => {
  const linear = new Linear(2, 3);
  linear.setParameters({ weight: [[1, 2, 3], [4, 5, 6]], bias: [0, 0, 10] }); // prettier-ignore
  expect(linear.forward(tf.tensor1d([1, 1])).arraySync()).toEqual([5, 7, 19]);
  const batch = linear.forward(tf.tensor3d([[[1, 1]], [[0, 1]]]));
  expect(batch.arraySync()).toEqual([[[5, 7, 19]], [[4, 5, 16]]]);
  expect(Object.keys(new Linear(2, 3, { bias: false }).parameters())).toEqual(['weight']);
});

test('LayerNorm starts as plain normalisation', () => {
  const norm = new LayerNorm(50);
  const { mean, variance } = tf.moments(norm.forward(randomUniform([4, 50], 1, -3, 9)), -1);
  expect(difference(mean, [0, 0, 0, 0])).toBeLessThan(1e-5);
  expect(difference(variance, [1, 1, 1, 1])).toBeLessThan(1e-4);
});

test('Dropout drops different values at different places, and nothing outside training', () => {
  const ones = tf.ones([64]);
  const drop = (place: number) =>
    new Dropout(0.5, place).forward(ones, { seed: 1, step: 1 }).dataSync();
  expect(drop(0)).not.toEqual(drop(1));
  expect(new Dropout(0.5).forward(ones)).toBe(ones);
  expect(() => new Dropout(1)).toThrow('Dropout: rate must be a number from 0 to below 1, got 1');
});

test('Dropout depends on seed, step and place as in the checkpoints that exist', () => {
  const ones = tf.ones([64]);
  const dropped = new Dropout(0.5, 3).forward(ones, { seed: 7, step: 2 });
  const seed = (7 + Math.imul(4, 0x9e3779b9)) | 0;
  expect(dropped.dataSync()).toEqual(dropout(ones, 0.5, [seed, 2]).dataSync());
  const step = tf.scalar(2, 'int32');
  const recorded = new Dropout(0.5, 3).forward(ones, { seed: 7, step });
  expect(recorded.dataSync()).toEqual(dropped.dataSync());
});

describe('Module', () => {
  test('setParameters names every tensor that does not fit, and then changes nothing', () => {
    const linear = new Linear(2, 3);
    const before = linear.weight.dataSync();
    expect(() => linear.setParameters({ weight: tf.zeros([3, 2]), scale: [1] })).toThrow(
      'Parameters do not fit: scale is unknown; weight has shape (3, 2), expected (2, 3); ' +
        'bias (3) is missing',
    );
    expect(() => linear.setParameters({ weight: tf.zeros([2, 3]) })).toThrow('bias (3) is missing');
    expect(linear.weight.dataSync()).toEqual(before);
  });

  test('dispose frees the parameters and what was attached, once', () => {
    const tensors = tf.memory().numTensors;
    const linear = new Linear(2, 3);
    let freed = 0;
    linear.attach({ dispose: () => void freed++ });
    linear.dispose();
    linear.dispose();
    expect(freed).toBe(1);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
