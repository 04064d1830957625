import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { initBackend, sparseCrossEntropy, tf } from './backend';
import { KVCache, NoCache } from './attention';
import { countParameters, GPT2_CONFIGS, gptConfig, GPTModel, parameterShapes } from './model';
import {
  difference,
  loadTiny,
  publishedCase,
  tinyConfig,
  tinyExpected,
} from './fixtures/reference';

// These run once for each engine, see vitest.config.mjs.
beforeAll(async () => {
  await initBackend();
});

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const tiny = () => loadTiny(new GPTModel(tinyConfig, { init: 'zeros' }));

function meanLoss(model: GPTModel, ids: number[][], targets: number[][], step?: number): tf.Scalar {
  return tf.tidy(() => {
    const training = step === undefined ? undefined : { seed: 1, step };
    const logits = model.forward(ids, { training });
    const labels = tf.tensor1d(targets.flat(), 'int32');
    const losses = sparseCrossEntropy(logits.reshape([labels.size, -1]), labels, -100);
    return losses.sum().div(targets.flat().filter((id) => id !== -100).length);
  });
}

/** Loss and gradients of all parameters, by name. */
function backward(model: GPTModel, loss: () => tf.Scalar) {
  const parameters = model.parameters();
  const { value, grads } = tf.variableGrads(loss, Object.values(parameters));
  const byName = Object.entries(parameters).map(([name, { name: id }]) => [name, grads[id]]);
  return { loss: value, grads: Object.fromEntries(byName) as Record<string, tf.Tensor> };
}

describe('agrees with PyTorch on gpt2-tiny', () => {
  test('logits, first hidden states, attention of the first layer', () => {
    const model = tiny();
    const { logits, hiddenStates, attention } = model.trace(tinyExpected.input_ids);
    expect(difference(logits, tinyExpected.logits)).toBeLessThan(1e-4);
    expect(difference(hiddenStates[0], tinyExpected.hidden_first)).toBeLessThan(1e-4);
    expect(difference(attention[0], tinyExpected.attention_layer0)).toBeLessThan(1e-4);
    expect([hiddenStates.length, attention.length]).toEqual([3, 2]);
    expect(difference(model.forward(tinyExpected.input_ids), tinyExpected.logits)).toBeLessThan(
      1e-4,
    );
    model.dispose();
  });

  test('loss, masked loss, gradient norm of every parameter', () => {
    const model = tiny();
    const { input_ids, target_ids, masked_target_ids, grad_norms } = tinyExpected;
    const { loss, grads } = backward(model, () => meanLoss(model, input_ids, target_ids));
    expect(Math.abs(loss.dataSync()[0] - tinyExpected.loss)).toBeLessThan(1e-5);
    expect(
      Object.keys(grads)
        .map((name) => `transformer.${name}`)
        .sort(),
    ).toEqual(Object.keys(grad_norms).sort());
    for (const [name, gradient] of Object.entries(grads)) {
      expect(
        Math.abs(gradient.norm().dataSync()[0] - grad_norms[`transformer.${name}`]),
        name,
      ).toBeLessThan(1e-5);
    }
    const masked = meanLoss(model, input_ids, masked_target_ids).dataSync()[0];
    expect(Math.abs(masked - tinyExpected.masked_loss)).toBeLessThan(1e-5);
    model.dispose();
  });
});

test('agrees with a GPT with untied head, made from a formula: logits, loss, gradient norms', () => {
  const { inputs, expected } = publishedCase('tiny_gpt_portable');
  const { vocab, context, emb, heads, layers } = inputs.config;
  const model = new GPTModel(
    {
      vocabSize: vocab,
      contextLength: context,
      embDim: emb,
      nHeads: heads,
      nLayers: layers,
      dropRate: 0,
      qkvBias: true,
      tiedHead: false,
    },
    { init: 'zeros' },
  );
  const given = portableWeights(inputs.param_order, { vocab, context, emb });
  const weights: Record<string, tf.Tensor> = {
    'wte.weight': given['tok.weight'],
    'wpe.weight': given['pos.weight'],
    'ln_f.weight': given['nf.weight'],
    'ln_f.bias': given['nf.bias'],
    'lm_head.weight': given['head.weight'],
  };
  for (let i = 0; i < layers; i++) {
    for (const kind of ['weight', 'bias']) {
      const part = (name: string) => given[`b.${i}.${name}.${kind}`];
      // PyTorch's (out, in) to GPT-2's (in, out).
      const turn = (tensor: tf.Tensor) => (tensor.rank === 2 ? tensor.transpose() : tensor);
      Object.assign(weights, {
        [`h.${i}.attn.c_attn.${kind}`]: turn(tf.concat([part('q'), part('k'), part('v')], 0)),
        [`h.${i}.attn.c_proj.${kind}`]: turn(part('o')),
        [`h.${i}.mlp.c_fc.${kind}`]: turn(part('f1')),
        [`h.${i}.mlp.c_proj.${kind}`]: turn(part('f2')),
        [`h.${i}.ln_1.${kind}`]: part('n1'),
        [`h.${i}.ln_2.${kind}`]: part('n2'),
      });
    }
  }
  model.setParameters(weights);
  expect(difference(model.forward(inputs.ids), expected.logits)).toBeLessThan(1e-5);
  const { loss, grads } = backward(model, () => meanLoss(model, inputs.ids, inputs.targets));
  expect(Math.abs(loss.dataSync()[0] - expected.loss)).toBeLessThan(1e-5);

  const norms = expected.grad_l2_norm_per_param as Record<string, number>;
  const norm = (name: string) => grads[name].norm().dataSync()[0];
  const joined = (i: number, kind: string) =>
    Math.hypot(...['q', 'k', 'v'].map((part) => norms[`b.${i}.${part}.${kind}`]));
  expect(norm('wte.weight')).toBeCloseTo(norms['tok.weight'], 5);
  expect(norm('wpe.weight')).toBeCloseTo(norms['pos.weight'], 5);
  expect(norm('lm_head.weight')).toBeCloseTo(norms['head.weight'], 5);
  expect(norm('ln_f.bias')).toBeCloseTo(norms['nf.bias'], 5);
  for (let i = 0; i < layers; i++) {
    for (const kind of ['weight', 'bias']) {
      expect(norm(`h.${i}.attn.c_attn.${kind}`)).toBeCloseTo(joined(i, kind), 5);
      expect(norm(`h.${i}.attn.c_proj.${kind}`)).toBeCloseTo(norms[`b.${i}.o.${kind}`], 5);
      expect(norm(`h.${i}.mlp.c_fc.${kind}`)).toBeCloseTo(norms[`b.${i}.f1.${kind}`], 5);
      expect(norm(`h.${i}.mlp.c_proj.${kind}`)).toBeCloseTo(norms[`b.${i}.f2.${kind}`], 5);
      expect(norm(`h.${i}.ln_1.${kind}`)).toBeCloseTo(norms[`b.${i}.n1.${kind}`], 5);
      expect(norm(`h.${i}.ln_2.${kind}`)).toBeCloseTo(norms[`b.${i}.n2.${kind}`], 5);
    }
  }
  model.dispose();
});

/** Element i of parameter k: 0.3 sin(0.7 i + 1.3 k), plus 1 for the scale of a norm. */
function portableWeights(
  order: string[],
  { vocab, context, emb }: { vocab: number; context: number; emb: number },
): Record<string, tf.Tensor> {
  const shapes: Record<string, number[]> = {
    tok: [vocab, emb],
    pos: [context, emb],
    head: [vocab, emb],
    q: [emb, emb],
    k: [emb, emb],
    v: [emb, emb],
    o: [emb, emb],
    f1: [4 * emb, emb],
    f2: [emb, 4 * emb],
    n1: [emb],
    n2: [emb],
    nf: [emb],
  };
  const entries = order.map((name, k) => {
    const [part, kind] = name.split('.').slice(-2);
    const shape = kind === 'bias' ? shapes[part].slice(0, 1) : shapes[part];
    const offset = part.startsWith('n') && kind === 'weight' ? 1 : 0;
    const size = shape.reduce((a, b) => a * b, 1);
    const values = Array.from(
      { length: size },
      (_, i) => offset + 0.3 * Math.sin(0.7 * i + 1.3 * k),
    );
    return [name, tf.tensor(values, shape)];
  });
  return Object.fromEntries(entries) as Record<string, tf.Tensor>;
}

test('no token sees a later one: outputs unchanged to the bit, gradient exactly 0', () => {
  const model = tiny();
  const [ids] = tinyExpected.input_ids;
  const upTo10 = (tokens: number[]) => model.forward([tokens]).slice([0, 0], [1, 11]).dataSync();
  expect(upTo10(ids.map((id, t) => (t === 11 ? (id + 1) % 211 : id)))).toEqual(upTo10(ids));

  // The position embedding of token t receives what the loss wants from token t.
  const { grads } = backward(
    model,
    () => model.forward([ids]).slice([0, 0], [1, 11]).square().sum() as tf.Scalar,
  );
  const perToken = Array.from(grads['wpe.weight'].abs().max(1).dataSync());
  expect(perToken.slice(0, 11).every((size) => size > 0)).toBe(true);
  expect(perToken.slice(11).every((size) => size === 0)).toBe(true);
  model.dispose();
});

describe('GPTModel', () => {
  test('gives the same logits in pieces with a cache as at once', () => {
    const model = tiny();
    const [ids] = tinyExpected.input_ids;
    const expected = model.forward([ids]).arraySync();
    for (const sizes of [[1, 22, 1], Array<number>(24).fill(1)]) {
      const cache = new KVCache(2);
      let from = 0;
      const parts = sizes.map((size) =>
        model.forward([ids.slice(from, (from += size))], { cache }),
      );
      expect(difference(tf.concat(parts, 1), expected)).toBeLessThan(1e-5);
      cache.dispose();
    }
    model.dispose();
  });

  test('padding changes nothing, with and without a cache', () => {
    const model = tiny();
    const texts = [[5, 9, 2, 7, 1, 3], [8, 4, 6]]; // prettier-ignore
    const padding = [0, 3];
    const rows = texts.map((ids, i) => [...Array<number>(padding[i]).fill(0), ...ids]);
    const cache = new KVCache(2, padding);
    const pieces = [[0, 2], [2, 5], [5, 6]].map(([from, to]) => // prettier-ignore
      model.forward(rows.map((ids) => ids.slice(from, to)), { cache })); // prettier-ignore
    const whole = model.forward(rows, { cache: new NoCache(padding) });
    for (const logits of [tf.concat(pieces, 1), whole]) {
      texts.forEach((ids, i) => {
        const alone = model.forward([ids]).squeeze([0]).arraySync() as number[][];
        const [, T, V] = logits.shape;
        const unpadded = logits.slice([i, padding[i]], [1, T! - padding[i], V]).squeeze([0]);
        expect(difference(unpadded, alone)).toBeLessThan(1e-5);
      });
    }
    cache.dispose();
    model.dispose();
  });

  test('lastOnly gives the last row of the logits', () => {
    const model = tiny();
    const last = model.forward(tinyExpected.input_ids, { lastOnly: true });
    const expected = tinyExpected.logits.map((rows) => rows.slice(-1));
    expect(difference(last, expected)).toBeLessThan(1e-4);
    model.dispose();
  });

  test('each dropout has its own place, numbered as in the checkpoints that exist', () => {
    const model = new GPTModel(tinyConfig, { init: 'zeros' });
    const places = model.blocks.flatMap((block) => [
      block.attn.dropout.place,
      block['attnDropout'].place,
      block['mlpDropout'].place,
    ]);
    const expected = Array.from({ length: 3 * tinyConfig.nLayers }, (_, i) => i + 1);
    expect([model['dropout'].place, ...places]).toEqual([0, ...expected]);
  });

  test('drops values only in training, and the same ones in the same step', () => {
    const model = new GPTModel({ ...tinyConfig, dropRate: 0.2 });
    loadTiny(model);
    const { input_ids, target_ids } = tinyExpected;
    const loss = (step?: number) => meanLoss(model, input_ids, target_ids, step).dataSync()[0];
    expect(Math.abs(loss() - tinyExpected.loss)).toBeLessThan(1e-5);
    expect(loss(3)).toBe(loss(3));
    expect(loss(3)).not.toBe(loss(4));
    expect(loss(3)).not.toBe(loss());
    model.dispose();
  });

  test('drops values of the embeddings and of the output of each layer', () => {
    const model = new GPTModel({ ...tinyConfig, dropRate: 0.5 }, { init: 'zeros' });
    model.wte.assign(tf.ones([211, 32]));
    const [block] = model.blocks;
    block.attn.cProj.bias!.assign(tf.fill([32], 10));
    block.mlp.cProj.bias!.assign(tf.fill([32], 100));
    const { hiddenStates } = model.trace([[1, 2, 3, 4]], { training: { seed: 1, step: 1 } });
    // 1, 10 and 100, each dropped or doubled.
    const sums = new Set(hiddenStates[1].dataSync());
    expect(sums).toEqual(new Set([0, 2, 20, 22, 200, 202, 220, 222]));
    model.dispose();
  });

  test('learns in five steps of Adam, which leave only the optimizer’s tensors in memory', () => {
    const model = new GPTModel({ ...tinyConfig, dropRate: 0.1 }, { seed: 7 });
    const { input_ids, target_ids } = tinyExpected;
    const optimizer = tf.train.adam(0.01);
    const variables = Object.values(model.parameters());
    const step = (index: number) =>
      optimizer
        .minimize(() => meanLoss(model, input_ids, target_ids, index), true, variables)!
        .dataSync()[0];
    const losses = [step(0)];
    const before = tf.memory().numTensors;
    for (let i = 1; i < 5; i++) tf.tidy(() => losses.push(step(i)));
    expect(tf.memory().numTensors).toBe(before);
    losses.slice(1).forEach((loss, i) => expect(loss).toBeLessThan(losses[i]));
    optimizer.dispose();
    model.dispose();
  });

  test('keeps no attention map in memory without an observer', async () => {
    const [T, nHeads] = [64, 4];
    const mapBytes = 4 * nHeads * T * T;
    const ids = [Array.from({ length: T }, (_, i) => i % 16)];
    /** Bytes more than before: at most, and when all blocks are done. */
    const bytes = async (nLayers: number) => {
      const sizes = { vocabSize: 16, contextLength: T, embDim: 8, nHeads, nLayers };
      const model = new GPTModel(sizes);
      const before = tf.memory().numBytes;
      let atTheEnd = 0;
      const normalise = model.lnF.forward.bind(model.lnF);
      model.lnF.forward = (x) => {
        atTheEnd = tf.memory().numBytes - before;
        return normalise(x);
      };
      const { peakBytes } = await tf.profile(() => model.forward(ids));
      model.dispose();
      return { peak: peakBytes - before, atTheEnd };
    };
    const [one, eight] = [await bytes(1), await bytes(8)];
    expect(one.peak).toBeGreaterThan(mapBytes);
    expect(eight.peak - one.peak).toBeLessThan(mapBytes);
    expect(eight.atTheEnd).toBeLessThan(mapBytes);
  });

  test('forward and trace have the same logits, bit for bit', () => {
    const model = new GPTModel({ ...tinyConfig, dropRate: 0.2 }, { seed: 3 });
    const ids = tinyExpected.input_ids;
    const padding = ids.map((_, i) => (i ? 2 : 0));
    const caches = [new KVCache(model.blocks.length), new KVCache(model.blocks.length)];
    const values = (logits: tf.Tensor) => Array.from(logits.dataSync());
    const training = { seed: 1, step: 2 };
    const cache = new NoCache(padding);
    for (const options of [{}, { training }, { cache }, { lastOnly: true }]) {
      const traced = model.trace(ids, options);
      expect(values(model.forward(ids, options))).toEqual(values(traced.logits));
    }
    for (const part of [ids.map((row) => row.slice(0, 5)), ids.map((row) => row.slice(5, 6))]) {
      const forward = model.forward(part, { cache: caches[0] });
      expect(values(forward)).toEqual(values(model.trace(part, { cache: caches[1] }).logits));
    }
    for (const cache of caches) cache.dispose();
    model.dispose();
  });

  test('shows an observer each layer in order, and leaves no tensors even after an error', () => {
    const model = tiny();
    const ids = tinyExpected.input_ids;
    const tensors = tf.memory().numTensors;
    const seen: string[] = [];
    const observer = {
      hiddenState: ({ shape }: tf.Tensor) => void seen.push(`hidden ${shape.join(' × ')}`),
      attention: ({ shape }: tf.Tensor) => void seen.push(`attention ${shape.join(' × ')}`),
    };
    tf.dispose(model.forward(ids, { observer }));
    const [hidden, attention] = ['hidden 2 × 24 × 32', 'attention 2 × 4 × 24 × 24'];
    expect(seen).toEqual([hidden, attention, hidden, attention, hidden]);
    model.blocks[1].mlp.forward = () => {
      throw new Error('no such layer');
    };
    expect(() => model.trace(ids)).toThrow('no such layer');
    expect(tf.memory().numTensors).toBe(tensors);
    model.dispose();
  });

  test('leaves no tensors after a forward and a backward pass, and frees its own', () => {
    const before = tf.memory().numTensors;
    const model = tiny();
    const built = tf.memory().numTensors;
    expect(built - before).toBe(Object.keys(model.parameters()).length);
    tf.dispose(model.forward(tinyExpected.input_ids));
    tf.dispose(model.trace(tinyExpected.input_ids));
    const { loss, grads } = backward(model, () =>
      meanLoss(model, tinyExpected.input_ids, tinyExpected.target_ids, 1),
    );
    tf.dispose([loss, grads] as tf.TensorContainer);
    expect(tf.memory().numTensors).toBe(built);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('the seed decides the weights', () => {
    const weights = (seed: number) => {
      const model = new GPTModel(tinyConfig, { seed });
      const values = Array.from(model.parameters()['h.1.mlp.c_fc.weight'].dataSync());
      model.dispose();
      return values;
    };
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
  });

  test('initial weights have the documented standard deviations', () => {
    const deviation = (init: 'gpt2' | 'pytorch', name: string) => {
      const model = new GPTModel({ ...tinyConfig, embDim: 64, tiedHead: false }, { init });
      const { mean, variance } = tf.moments(model.parameters()[name]);
      expect(Math.abs(mean.dataSync()[0])).toBeLessThan(0.05);
      model.dispose();
      return Math.sqrt(variance.dataSync()[0]);
    };
    const within = (value: number, expected: number) =>
      expect(Math.abs(value / expected - 1)).toBeLessThan(0.05);
    for (const name of ['wte', 'wpe', 'h.0.attn.c_attn', 'h.0.mlp.c_fc', 'lm_head']) {
      within(deviation('gpt2', `${name}.weight`), 0.02);
    }
    for (const name of ['h.0.attn.c_proj', 'h.1.mlp.c_proj']) {
      within(deviation('gpt2', `${name}.weight`), 0.02 / Math.sqrt(4));
    }
    expect(deviation('gpt2', 'h.0.mlp.c_fc.bias')).toBe(0);
    within(deviation('pytorch', 'wte.weight'), 1);
    // A uniform distribution in ±a has standard deviation a / √3.
    within(deviation('pytorch', 'h.0.mlp.c_fc.weight'), 1 / Math.sqrt(3 * 64));
    within(deviation('pytorch', 'h.0.mlp.c_proj.weight'), 1 / Math.sqrt(3 * 256));
    within(deviation('pytorch', 'lm_head.weight'), 1 / Math.sqrt(3 * 64));
    expect(deviation('pytorch', 'h.0.mlp.c_fc.bias')).toBeGreaterThan(0.05);
  });
});

describe('configurations', () => {
  test('parameter counts are the published ones', () => {
    const { expected } = publishedCase('gpt2_parameter_counts');
    for (const [name, size] of Object.entries({
      gpt2: 'small',
      'gpt2-medium': 'medium',
      'gpt2-large': 'large',
      'gpt2-xl': 'xl',
    })) {
      const base = GPT2_CONFIGS[name as keyof typeof GPT2_CONFIGS];
      const count = (tiedHead: boolean, qkvBias: boolean) =>
        countParameters({ ...base, tiedHead, qkvBias });
      expect(base.embDim).toBe(expected[size].emb_dim);
      expect(count(false, false)).toBe(expected[size].untied_no_qkv_bias);
      expect(count(true, false)).toBe(expected[size].tied_no_qkv_bias);
      expect(count(true, true)).toBe(expected[size].tied_with_qkv_bias_openai);
      expect(count(false, true)).toBe(expected[size].untied_with_qkv_bias);
    }
    expect(countParameters('gpt2')).toBe(124_439_808);
  });

  test.each([
    [true, true],
    [false, false],
  ])('countParameters agrees with a model (tied head: %s, biases: %s)', (tiedHead, qkvBias) => {
    const config = gptConfig({ ...tinyConfig, tiedHead, qkvBias });
    const model = new GPTModel(config);
    const shapes = Object.entries(model.parameters()).map(([name, { shape }]) => [name, shape]);
    expect(shapes).toEqual(Object.entries(parameterShapes(config)));
    expect(model.countParameters()).toBe(countParameters(config));
    model.dispose();
  });

  test('names and defaults', () => {
    expect(gptConfig('gpt2-small')).toEqual(GPT2_CONFIGS.gpt2);
    expect(gptConfig()).toEqual(GPT2_CONFIGS.gpt2);
    expect(gptConfig('gpt2-medium', { contextLength: 256 })).toEqual({
      ...GPT2_CONFIGS['gpt2-medium'],
      contextLength: 256,
    });
  });

  test.each<[string, Record<string, unknown> | string, string]>([
    ['an unknown key', { nHead: 2 }, 'Unknown key "nHead" in a GPTConfig; keys are vocabSize,'],
    ['an unknown name', 'gpt3', 'No GPT-2 is called "gpt3"; names are gpt2, gpt2-medium,'],
    ['an inherited name', 'constructor', 'No GPT-2 is called "constructor"'],
    ['heads that do not divide', { nHeads: 7 }, 'nHeads (7) must divide embDim (768)'],
    ['no layers', { nLayers: 0 }, 'nLayers must be a positive whole number, got 0'],
    ['half a token', { vocabSize: 1.5 }, 'vocabSize must be a positive whole number, got 1.5'],
    ['dropping all', { dropRate: 1 }, 'dropRate must be a number from 0 to below 1, got 1'],
    ['NaN', { dropRate: NaN }, 'dropRate must be a number from 0 to below 1, got NaN'],
    ['a wrong type', { tiedHead: 1 }, 'tiedHead must be a boolean, got 1'],
    ['undefined', { embDim: undefined }, 'embDim must be a number, got undefined'],
  ])('%s is refused', (_, config, message) => {
    expect(() => gptConfig(config as never)).toThrow(message);
    expect(() => new GPTModel(config as never)).toThrow(message);
  });
});

describe('an error names the input that is wrong', () => {
  const model = () => new GPTModel(tinyConfig, { init: 'zeros' });

  test.each<[string, unknown, string]>([
    [
      'too long',
      [Array(65).fill(0)],
      'Axis 1 of the token ids is longer than contextLength = 64: got ids of shape (1, 65)',
    ],
    ['unknown token', [[1, 211]], 'Token id 211 is outside [0, 211), the vocabulary'],
    ['negative token', [[-1]], 'Token id -1 is outside [0, 211)'],
    ['no token', [[0.5]], 'Token id 0.5 is outside [0, 211)'],
    ['one axis', [1, 2], 'Token ids must be (batch, tokens): a list of lists of equal length'],
    ['ragged', [[1, 2], [3]], 'Token ids must be (batch, tokens): a list of lists of equal length'],
    ['empty', [], 'Token ids must be (batch, tokens)'],
    ['an empty row', [[]], 'Token ids must be (batch, tokens), got ids of shape (1, 0)'],
  ])('%s', (_, ids, message) => {
    expect(() => model().forward(ids as number[][])).toThrow(message);
  });

  test('a tensor with one axis, with unknown tokens, or of floats', () => {
    expect(() => model().forward(tf.tensor1d([1, 2], 'int32'))).toThrow('got ids of shape (2)');
    expect(() => model().forward(tf.tensor2d([[211]], [1, 1], 'int32'))).toThrow(
      '211 is not in [0,',
    );
    expect(() => model().forward(tf.tensor2d([[1]]))).toThrow(
      'Token ids must be int32, got float32',
    );
  });

  test('a sequence that is too long together with the cached tokens', () => {
    const cache = new KVCache(2);
    const filled = model();
    filled.forward([Array<number>(60).fill(1)], { cache });
    expect(() => filled.forward([[1, 2, 3, 4, 5]], { cache })).toThrow(
      'Axis 1 of the token ids after 60 cached tokens is longer than contextLength = 64',
    );
    cache.dispose();
  });
});

test('nn, tokenizer, attention, model and decoding import nothing of Node', () => {
  const lib = __dirname;
  const seen = new Set<string>();
  const outside = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = fs.readFileSync(file, 'utf8');
    for (const [, name] of source.matchAll(/(?:from|import|require\()\s*['"]([^'"]+)['"]/g)) {
      if (!name.startsWith('.')) outside.add(name);
      else if (!/^\.\.?\/backend$/.test(name))
        visit(path.resolve(path.dirname(file), `${name}.ts`));
    }
    expect(source, file).not.toMatch(/\bprocess\.|\bBuffer\b|__dirname|\bsetImmediate\b/);
  };
  for (const room of ['nn', 'tokenizer', 'attention', 'model', 'decoding']) {
    visit(path.join(lib, `${room}.ts`));
  }
  expect(seen.size).toBeGreaterThan(8);
  expect([...outside].filter((name) => !name.startsWith('js-tiktoken'))).toEqual([]);
});
