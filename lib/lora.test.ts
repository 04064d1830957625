import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { initBackend, tf } from './backend';
import { countTrained } from './classification';
import { loadTiny, publishedCase, tinyConfig, tinyExpected } from './fixtures/reference';
import { countLoraParameters, linearPlaces, LoRA, LoRALinear } from './lora';
import { GPTModel } from './model';
import { Linear } from './nn';
import { AdamW, crossEntropy, nextTokenLosses, trainStep } from './training';

beforeAll(async () => {
  await initBackend();
});
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const tiny = () => loadTiny(new GPTModel(tinyConfig, { init: 'zeros' }));
const far = (a: tf.Tensor, b: tf.Tensor) => a.sub(b).abs().max().dataSync()[0];

describe('LoRALinear', () => {
  test('adds (alpha / rank) · x A B, with a separate product for each part', () => {
    const base = new Linear(2, 4);
    const layer = new LoRALinear(base, { rank: 1, alpha: 3 }, 2);
    layer.a.assign(tf.tensor2d([[1, 10], [2, 20]])); // prettier-ignore
    layer.b.assign(tf.tensor2d([[1, 2, 3, 4]]));
    const x = tf.tensor2d([[1, 1]]);
    // x A = [3, 30]; the first part's B is [1, 2], the second's [3, 4]; alpha / rank = 3.
    const correction = layer.forward(x).sub(base.forward(x)).arraySync() as number[][];
    [9, 18, 270, 360].forEach((value, i) => expect(correction[0][i]).toBeCloseTo(value, 3));
    expect(layer.delta().arraySync()).toEqual([
      [3, 6, 90, 120],
      [6, 12, 180, 240],
    ]);
  });

  test('B starts with zeros and A within ±1/√inDim, from the seed', () => {
    const base = new Linear(16, 8);
    const [one, same, other] = [1, 1, 2].map((seed) => new LoRALinear(base, { rank: 4, seed }));
    expect(one.b.abs().max().dataSync()[0]).toBe(0);
    const largest = one.a.abs().max().dataSync()[0];
    expect(largest).toBeLessThanOrEqual(0.25);
    expect(largest).toBeGreaterThan(0.15);
    expect(far(one.a, same.a)).toBe(0);
    expect(far(one.a, other.a)).toBeGreaterThan(0);
  });

  test.each([
    [{ rank: 0 }, 'LoRA: rank must be a positive whole number, got 0'],
    [{ rank: 1.5 }, 'got 1.5'],
    [{ rank: 2, alpha: NaN }, 'LoRA: alpha must be a positive number, got NaN'],
  ])('refuses %j', (options, message) => {
    expect(() => new LoRALinear(new Linear(2, 2), options)).toThrow(message);
  });
});

describe('LoRA on a model', () => {
  test('changes nothing before training, bit for bit', () => {
    const model = tiny();
    const before = model.forward(tinyExpected.input_ids);
    new LoRA(linearPlaces(model), { rank: 4, alpha: 8 });
    expect(far(model.forward(tinyExpected.input_ids), before)).toBe(0);
  });

  test('learns, leaves the weights alone, and merges into an ordinary model', () => {
    const model = tiny();
    const plain = Object.keys(model.parameters());
    const weights = model.wte.clone();
    const inside = model.blocks[0].attn.cAttn.weight.clone();
    const loss = () =>
      crossEntropy(model.forward(tinyExpected.input_ids), tinyExpected.target_ids).dataSync()[0];
    const first = loss();
    const lora = new LoRA(linearPlaces(model), { rank: 4, alpha: 4, seed: 1 });
    const optimizer = new AdamW(lora.parameters(), { learningRate: 0.02 });
    const batch = {
      inputs: tf.tensor2d(tinyExpected.input_ids, undefined, 'int32'),
      targets: tf.tensor1d(tinyExpected.target_ids.flat(), 'int32'),
    };
    for (let i = 0; i < 5; i++) trainStep(optimizer, nextTokenLosses(model), [batch]);
    expect(loss()).toBeLessThan(first - 0.1);
    expect(far(model.wte, weights)).toBe(0);
    expect(far(model.blocks[0].attn.cAttn.weight, inside)).toBe(0);
    const adapted = model.forward(tinyExpected.input_ids);
    lora.merge();
    expect(far(model.forward(tinyExpected.input_ids), adapted)).toBeLessThan(1e-4);
    expect(far(model.blocks[0].attn.cAttn.weight, inside)).toBeGreaterThan(0.001);
    expect(Object.keys(model.parameters())).toEqual(plain);
  });

  test('can be removed again, and leaves no tensors', () => {
    const model = tiny();
    const before = model.forward(tinyExpected.input_ids);
    const tensors = tf.memory().numTensors;
    const lora = new LoRA(linearPlaces(model), { rank: 2 });
    tf.tidy(() => lora.parameters()['h.1.mlp.c_fc.lora_B'].assign(tf.ones([2, 128])));
    expect(() => new LoRA(linearPlaces(model), { rank: 2 })).toThrow('has a LoRA already');
    lora.remove();
    lora.remove();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(far(model.forward(tinyExpected.input_ids), before)).toBe(0);
  });
});

describe('the number of trained parameters', () => {
  test('is the published one for GPT-2 124M, without building it', () => {
    const { inputs, expected } = publishedCase('lora_counts');
    expect(countTrained('gpt2', 2, 'all')).toBe(expected.trainable_before);
    expect(countTrained('gpt2', 2, { rank: inputs.rank })).toBe(expected.lora_params);
  });

  test('is that of a model that was built', () => {
    const model = tiny();
    const lora = new LoRA(linearPlaces(model), { rank: 3 });
    expect(lora.countParameters()).toBe(countLoraParameters(tinyConfig, 3));
  });
});
