import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { initBackend, randomNormal, tf } from './backend';
import {
  causalMask,
  CausalSelfAttention,
  FixedKVCache,
  KVCache,
  MultiHeadAttention,
  SelfAttention,
} from './attention';
import { difference, publishedCase } from './fixtures/reference';

// These run once for each engine, see vitest.config.mjs.
beforeAll(async () => {
  await initBackend();
});

let tensors: number;
beforeEach(() => {
  tf.engine().startScope();
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  tf.engine().endScope();
});

const transpose = (matrix: number[][]) => matrix[0].map((_, i) => matrix.map((row) => row[i]));

/** PyTorch's weights are (out, in). */
const torchWeights = ({
  W_query_out_in,
  W_key_out_in,
  W_value_out_in,
}: Record<string, number[][]>) => ({
  'query.weight': transpose(W_query_out_in),
  'key.weight': transpose(W_key_out_in),
  'value.weight': transpose(W_value_out_in),
});

describe('published numbers of the reference course', () => {
  test('SelfAttention with the weights of torch.rand, seed 123', () => {
    const { inputs, expected, tolerance } = publishedCase('self_attention_v1_seed123');
    const attention = new SelfAttention({ inDim: 3, outDim: 2 });
    attention.setParameters({
      'query.weight': inputs.W_query_in_out,
      'key.weight': inputs.W_key_in_out,
      'value.weight': inputs.W_value_in_out,
    });
    const { output, weights } = attention.attend(tf.tensor2d(inputs.inputs));
    expect(difference(output, expected.output)).toBeLessThan(tolerance);
    expect(difference(weights.gather([1]), [expected.attn_weights_2])).toBeLessThan(tolerance);
    attention.dispose();
  });

  test('SelfAttention with the weights of torch.nn.Linear', () => {
    const { inputs, expected, tolerance } = publishedCase('exercise_3_1_v1_equals_v2');
    const attention = new SelfAttention({ inDim: 3, outDim: 2 });
    attention.setParameters(torchWeights(inputs));
    const output = attention.forward(tf.tensor2d(inputs.inputs));
    expect(difference(output, expected.output)).toBeLessThan(tolerance);
    attention.dispose();
  });

  test('CausalSelfAttention, on one sequence and on a batch', () => {
    const { inputs, expected, tolerance } = publishedCase('causal_attention_seed123');
    const attention = new CausalSelfAttention({ inDim: 3, outDim: 2, contextLength: 6 });
    attention.setParameters(torchWeights(inputs));
    const one = tf.tensor2d(inputs.inputs as number[][]);
    expect(difference(attention.forward(one), expected.context)).toBeLessThan(tolerance);
    const two = attention.forward(tf.stack([one, one]));
    expect(difference(two, [expected.context, expected.context])).toBeLessThan(tolerance);
    attention.dispose();
  });

  test('MultiHeadAttention with two heads', () => {
    const { inputs, expected, tolerance } = publishedCase('mha_split_2heads_seed123');
    const attention = new MultiHeadAttention({ inDim: 3, outDim: 2, nHeads: 2, contextLength: 6 });
    const { W_query_out_in, W_key_out_in, W_value_out_in } = inputs;
    attention.setParameters({
      'c_attn.weight': transpose([...W_query_out_in, ...W_key_out_in, ...W_value_out_in]),
      'c_proj.weight': transpose(inputs.out_proj_weight_out_in),
      'c_proj.bias': inputs.out_proj_bias,
    });
    const output = attention.forward(tf.tensor3d([inputs.inputs]));
    expect(difference(output, [expected.context])).toBeLessThan(tolerance);
    attention.dispose();
  });

  test('parameters of a layer of 768 with 12 heads', () => {
    const attention = new MultiHeadAttention({
      inDim: 768,
      outDim: 768,
      nHeads: 12,
      contextLength: 1024,
    });
    expect(attention.countParameters()).toBe(publishedCase('mha_params_768').expected.params);
    attention.dispose();
  });
});

const small = { inDim: 6, outDim: 8, nHeads: 2, contextLength: 10 };
const sample = (tokens: number, batch = 2, width = 6) =>
  randomNormal([batch, tokens, width], [3, tokens]);

describe('MultiHeadAttention', () => {
  test('equals its heads computed one by one and joined by the last layer', () => {
    const attention = new MultiHeadAttention({ ...small, qkvBias: true, seed: 4 });
    const x = sample(5);
    const [q, k, v] = tf.split(attention.cAttn.forward(x), 3, -1);
    const heads = [0, 1].map((head) => {
      const part = (all: tf.Tensor) => all.slice([0, 0, 4 * head], [-1, -1, 4]);
      const scores = tf.matMul(part(q), part(k), false, true).div(Math.sqrt(4));
      return tf.matMul(tf.softmax(scores.add(causalMask(5))), part(v));
    });
    const expected = attention.cProj.forward(tf.concat(heads, -1));
    expect(difference(attention.forward(x), expected.arraySync() as number[][][])).toBeLessThan(
      1e-6,
    );
    attention.dispose();
  });

  test.each([true, false])(
    'causal: %s. A token is untouched by later ones only if so',
    (causal) => {
      const attention = new MultiHeadAttention({ ...small, causal });
      const x = sample(6, 1);
      const changed = tf.concat([x.slice([0, 0], [1, 4]), sample(2, 1)], 1);
      const upTo4 = (output: tf.Tensor) => Array.from(output.slice([0, 0], [1, 4]).dataSync());
      const same = upTo4(attention.forward(x)).every((v, i) =>
        Object.is(v, upTo4(attention.forward(changed))[i]),
      );
      expect(same).toBe(causal);

      // The gradient of the first four outputs to the tokens after them.
      const loss = (input: tf.Tensor) =>
        attention.forward(input).slice([0, 0], [1, 4]).square().sum() as tf.Scalar;
      const gradient = tf.grad(loss)(x);
      const [early, late] = tf
        .split(gradient, [4, 2], 1)
        .map((part) => part.abs().max().dataSync()[0]);
      expect(early).toBeGreaterThan(0);
      if (causal) expect(late).toBe(0);
      else expect(late).toBeGreaterThan(0);
      attention.dispose();
    },
  );

  test('gives the same token by token or in pieces with a cache as at once', () => {
    const attention = new MultiHeadAttention({ ...small, qkvBias: true });
    const x = sample(9);
    const expected = attention.forward(x).arraySync() as number[][][];
    for (const pieces of [[1, 1, 1, 1, 1, 1, 1, 1, 1], [4, 1, 3, 1], [9]]) {
      const cache = new KVCache(1);
      const outputs = tf
        .split(x, pieces, 1)
        .map((piece) => attention.forward(piece, { cache: cache.layers[0] }));
      expect(difference(tf.concat(outputs, 1), expected)).toBeLessThan(1e-6);
      expect(cache.length).toBe(9);
      expect(() => attention.forward(sample(2), { cache: cache.layers[0] })).toThrow(
        'has 2 tokens after 9 cached tokens, more than contextLength = 10',
      );
      expect(() => attention.forward(sample(1, 3), { cache: cache.layers[0] })).toThrow(
        'The cache holds a batch of 2 sequences, got 3 (axis 0)',
      );
      cache.dispose();
      expect(cache.length).toBe(0);
    }
    attention.dispose();
  });

  test('gives the same token by token with a cache of fixed size as at once', () => {
    const attention = new MultiHeadAttention({ ...small, qkvBias: true, seed: 4 });
    const x = sample(9);
    const expected = attention.forward(x).arraySync() as number[][][];
    const growing = new KVCache(1);
    const outputs = [attention.forward(x.slice([0, 0], [2, 4]), { cache: growing.layers[0] })];
    const state = growing.toFixedState(10);
    for (let position = 4; position < 9; position++) {
      const cache = new FixedKVCache(state, tf.scalar(position, 'int32'));
      const token = x.slice([0, position], [2, 1]);
      outputs.push(attention.forward(token, { cache: cache.layers[0] }));
      expect(() => cache.mask(2)).toThrow('takes one token at a time, got 2');
    }
    expect(difference(tf.concat(outputs, 1), expected)).toBeLessThan(1e-6);
    expect(() => new KVCache(1).toFixedState(10)).toThrow('The cache is empty');
    growing.dispose();
    tf.dispose(state);
    attention.dispose();
  });

  test('shows an observer the attention weights and frees them afterwards', () => {
    const attention = new MultiHeadAttention(small);
    const x = sample(7);
    const before = tf.memory().numTensors;
    const seen: { tensor: tf.Tensor; values: number[] }[] = [];
    const output = attention.forward(x, {
      observer: {
        attention: (tensor) => void seen.push({ tensor, values: Array.from(tensor.dataSync()) }),
      },
    });
    expect(seen.length).toBe(1);
    expect(seen[0].tensor.isDisposed).toBe(true);
    expect(tf.memory().numTensors).toBe(before + 1);
    const attended = attention.attend(x);
    expect(Array.from(attended.weights.dataSync())).toEqual(seen[0].values);
    expect(attended.output.dataSync()).toEqual(output.dataSync());
    expect(tf.memory().numTensors).toBe(before + 3);
    attention.dispose();
  });

  test('attend returns weights whose rows sum to 1, with zeros above the diagonal', () => {
    const attention = new MultiHeadAttention(small);
    const { weights } = attention.attend(sample(7));
    expect(weights.shape).toEqual([2, 2, 7, 7]);
    expect(
      difference(weights.sum(-1), tf.ones([2, 2, 7]).arraySync() as number[][][]),
    ).toBeLessThan(1e-6);
    expect(tf.linalg.bandPart(weights, -1, 0).sub(weights).abs().max().dataSync()[0]).toBe(0);
    attention.dispose();
  });

  test('drops weights only in training, the same in the same step, and scales the others', () => {
    const attention = new MultiHeadAttention({ ...small, dropRate: 0.5 });
    const x = sample(8);
    const run = (training?: { seed: number; step: number }) =>
      attention.attend(x, { training }).weights.dataSync();
    const plain = run();
    const first = run({ seed: 1, step: 1 });
    expect(run({ seed: 1, step: 1 })).toEqual(first);
    expect(run({ seed: 1, step: 2 })).not.toEqual(first);
    expect(run({ seed: 2, step: 1 })).not.toEqual(first);
    let dropped = 0;
    first.forEach((value, i) => {
      if (value === 0 && plain[i] !== 0) dropped++;
      else expect(value).toBeCloseTo(2 * plain[i], 5);
    });
    expect(dropped).toBeGreaterThan(40); // of 144 weights, half are expected to go
    attention.dispose();
  });

  test('leaves no tensors after a forward and a backward pass', () => {
    const attention = new MultiHeadAttention({ ...small, dropRate: 0.2 });
    const x = sample(6);
    const before = tf.memory().numTensors;
    tf.dispose(attention.forward(x));
    const { value, grads } = tf.variableGrads(
      () =>
        attention
          .forward(x, { training: { seed: 0, step: 0 } })
          .square()
          .mean() as tf.Scalar,
      Object.values(attention.parameters()),
    );
    tf.dispose([value, grads] as tf.TensorContainer);
    expect(tf.memory().numTensors).toBe(before);
    attention.dispose();
    expect(tf.memory().numTensors).toBe(tensors + 1);
  });
});

test('causalMask: the queries are the last of the tokens', () => {
  const inf = -Infinity;
  expect(causalMask(3).arraySync()).toEqual([
    [0, inf, inf],
    [0, 0, inf],
    [0, 0, 0],
  ]);
  expect(causalMask(2, 4).arraySync()).toEqual([
    [0, 0, 0, inf],
    [0, 0, 0, 0],
  ]);
});

describe('an error names the input that is wrong', () => {
  const attention = () => new MultiHeadAttention(small);

  test('sizes', () => {
    expect(() => new MultiHeadAttention({ ...small, nHeads: 3 })).toThrow(
      "nHeads (3) must divide the attention's width (8)",
    );
    expect(() => new SelfAttention({ inDim: 0, outDim: 2 })).toThrow(
      'inDim must be a positive whole number, got 0',
    );
  });

  test('shapes', () => {
    expect(() => attention().forward(tf.zeros([1, 4, 5]))).toThrow(
      'Axis 2 of x must have inDim = 6 numbers, got x of shape (1, 4, 5)',
    );
    expect(() => attention().forward(tf.zeros([1, 11, 6]))).toThrow(
      'Axis 1 of x has 11 tokens, more than contextLength = 10; got x of shape (1, 11, 6)',
    );
    expect(() => attention().forward(tf.zeros([4, 6]))).toThrow('x of 3 axes (batch, tokens, 6)');
    expect(() => new SelfAttention({ inDim: 3, outDim: 2 }).forward(tf.zeros([3]))).toThrow(
      'Attention needs x of shape (..., tokens, 3), got x of shape (3)',
    );
  });
});
