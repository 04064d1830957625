import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { initBackend, tf } from './backend';
import { generate, generateBatch, generateText, type GenerateOptions } from './decoding';
import { loadTiny, tinyConfig, tinyExpected } from './fixtures/reference';
import { linearPlaces, LoRA } from './lora';
import { GPTModel } from './model';
import { BPETokenizer } from './tokenizer';
import { forWriting, type WeightType } from './writing';
import { findOps } from './writing/ops';
import { roundedCopy } from './writing/rounding';

// These run once for each engine, see vitest.config.mjs.
beforeAll(async () => void (await initBackend()));
afterEach(() => vi.unstubAllEnvs());

const TYPES: readonly WeightType[] = ['float32', 'bfloat16', 'int8'];
const hot = { temperature: 1.5, seed: 3 };

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Odd sizes: nothing is a multiple of what a processor takes at once. */
const small = (changes: object = {}) =>
  new GPTModel(
    {
      vocabSize: 53,
      contextLength: 19,
      embDim: 21,
      nHeads: 3,
      nLayers: 2,
      tiedHead: false,
      ...changes,
    },
    { seed: 1, init: 'pytorch' },
  );

/** The logits of each step, and the tokens. */
async function written(
  model: Parameters<typeof generateBatch>[0],
  prompts: number[][],
  options: Partial<GenerateOptions> = {},
) {
  const logits: number[][] = [];
  const tokens = await collect(
    generateBatch(model, prompts, {
      maxNewTokens: 12,
      onLogits: (rows) => logits.push(...rows.map((row) => Array.from(row))),
      ...options,
    }),
  );
  return { tokens, logits: logits.flat() };
}

function expectClose(got: number[], want: number[], tolerance: number): void {
  expect(got.length).toBe(want.length);
  const off = got.map((value, i) => Math.abs(value - want[i]));
  expect(Math.max(...off)).toBeLessThan(tolerance);
}

describe.each(['with own operations', 'composed'])('%s', (kind) => {
  const isComposed = kind === 'composed';
  const pack: typeof forWriting = (model, options) => {
    if (isComposed) vi.stubEnv('GPT_OPS', '0');
    return forWriting(model, options);
  };

  test('writes the tokens of PyTorch', async () => {
    const model = loadTiny(new GPTModel(tinyConfig, { init: 'zeros' }));
    const writing = pack(model);
    model.dispose();
    const { greedy_prompt: prompt, greedy_ids } = tinyExpected;
    const tokens = await collect(generate(writing, prompt, { maxNewTokens: 12 }));
    expect(tokens).toEqual(greedy_ids.slice(prompt.length));
    writing.dispose();
  });

  test.each(TYPES)('%s: the logits of a model with the rounded weights', async (weights) => {
    for (const changes of [{}, { tiedHead: true, qkvBias: false }, { embDim: 20, nHeads: 1 }]) {
      const model = small(changes);
      const copy = roundedCopy(model, weights);
      const writing = pack(model, { weights });
      const prompts = [[3, 1, 4, 1, 5], [9], [2, 6]];
      const want = await written(copy, prompts, hot);
      const got = await written(writing, prompts, hot);
      expect(got.tokens).toEqual(want.tokens);
      expectClose(got.logits, want.logits, 2e-5);
      for (const each of [model, copy, writing]) each.dispose();
    }
  });

  test('beyond the window, without a cache and with a prompt in pieces', async () => {
    const model = small();
    const writing = pack(model);
    const prompts = [[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3], [2, 7], [50]];
    const options = { ...hot, maxNewTokens: 30 };
    const want = await written(model, prompts, options);
    for (const more of [{}, { cache: false }, { prefillChunk: 3 }]) {
      const got = await written(writing, prompts, { ...options, ...more });
      expect(got.tokens).toEqual(want.tokens);
      expectClose(got.logits, want.logits, 2e-5);
    }
    for (const each of [model, writing]) each.dispose();
  });

  test('keeps no tensors, and several texts may be written at the same time', async () => {
    const tensors = tf.memory().numTensors;
    const model = small();
    const writing = pack(model, { weights: 'int8' });
    model.dispose();
    const run = (first: number) =>
      collect(generate(writing, [first], { ...hot, maxNewTokens: 15 }));
    const alone = [await run(4), await run(5)];
    expect(await Promise.all([run(4), run(5)])).toEqual(alone);
    writing.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('text, and a stop that is reached', async () => {
    const tokenizer = BPETokenizer.train('a banana bandana', { vocabSize: 260 });
    const model = small({ vocabSize: tokenizer.vocabSize });
    const writing = pack(model);
    const options = { ...hot, maxNewTokens: 9 };
    const text = await collect(generateText(model, tokenizer, 'ban', options));
    expect(await collect(generateText(writing, tokenizer, 'ban', options))).toEqual(text);
    const [first, second] = await collect(generate(writing, [1, 2], options));
    expect(await collect(generate(writing, [1, 2], { ...options, stop: second }))).toEqual([first]);
    for (const each of [model, writing]) each.dispose();
  });

  test('spoiled weights are an error of generate', async () => {
    const model = small();
    tf.tidy(() => void model.lnF.weight.assign(tf.fill([21], NaN)));
    const writing = pack(model);
    await expect(collect(generate(writing, [1], { maxNewTokens: 1 }))).rejects.toThrow(/NaN/);
    for (const each of [model, writing]) each.dispose();
  });

  test('says how it computes', () => {
    const model = small();
    const writing = pack(model, { weights: 'bfloat16' });
    expect(writing.weights).toBe('bfloat16');
    expect(writing.description).toMatch(
      isComposed || !findOps().ops
        ? /^bfloat16 weights, kept as float32, without own operations: /
        : /^bfloat16 weights \(0 MB\), own operations for \S+$/,
    );
    for (const each of [model, writing]) each.dispose();
  });
});

test('its own operations give the same bits for a text alone and beside others', async (context) => {
  context.skip(!findOps().ops, 'they are not compiled here');
  const model = small({ contextLength: 64 });
  const writing = forWriting(model);
  const prompts = [[3, 1, 4, 1, 5], [9], [2, 6]];
  const together = await written(writing, prompts, { maxNewTokens: 20 });
  const size = model.config.vocabSize;
  const alone = await written(writing, [prompts[1]], { maxNewTokens: 20 });
  const row = Array.from({ length: 20 }, (_, step) =>
    together.logits.slice((3 * step + 1) * size, (3 * step + 2) * size),
  );
  expect(alone.logits).toEqual(row.flat());
  for (const each of [model, writing]) each.dispose();
});

test('it is independent of the model, which may be freed or trained on', async () => {
  const model = small();
  const writing = forWriting(model);
  const before = await written(writing, [[1]]);
  tf.tidy(() => void model.wte.assign(model.wte.mul(-3)));
  expect((await written(writing, [[1]])).logits).toEqual(before.logits);
  model.dispose();
  expect((await written(writing, [[1]])).logits).toEqual(before.logits);
  writing.dispose();
});

test('what cannot be packed is refused', () => {
  const model = small();
  expect(() => forWriting(model, { weights: 'int4' as WeightType })).toThrow(
    'weights is "int4"; expected one of float32, bfloat16, int8',
  );
  new LoRA(linearPlaces(model), { rank: 2 });
  expect(() => forWriting(model)).toThrow(/merge LoRA layers/);
  model.dispose();
});
