import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { initBackend, tf } from './backend';
import { difference, tinyConfig, tinyExpected } from './fixtures/reference';
import { GPTModel } from './model';
import {
  loadModel,
  openModel,
  readSafetensors,
  saveModel,
  writeSafetensors,
  type FloatDtype,
  type LoadOptions,
  type TensorBytes,
} from './weights';

const fixtures = path.join(__dirname, 'fixtures');
const tiny = path.join(fixtures, 'gpt2-tiny');
const openai = path.join(fixtures, 'openai-tiny');
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'weights-'));
const folder = () => fs.mkdtempSync(path.join(temporary, 'model-'));

beforeAll(async () => {
  await initBackend();
});
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());
afterAll(() => fs.rmSync(temporary, { recursive: true }));

const logits = (model: GPTModel) => model.forward(tinyExpected.input_ids);

/** Loads a model, computes with it, and frees it. */
async function logitsOf(dir: string, options?: LoadOptions): Promise<Float32Array> {
  const model = await loadModel(dir, options);
  const values = logits(model).dataSync<'float32'>();
  model.dispose();
  return values;
}

type Tensors = Record<string, TensorBytes>;

/** The tensors of `gpt2-tiny`, as they are in the file. */
function tinyTensors(): Tensors {
  const file = readSafetensors(path.join(tiny, 'model.safetensors'));
  return Object.fromEntries(
    [...file.tensors].map(([name, { dtype, shape }]) => [
      name,
      { dtype, shape, data: file.bytes(name) },
    ]),
  );
}

/** A copy of `gpt2-tiny` with other tensors or another config. */
function altered(
  change: (tensors: Tensors) => Tensors,
  config: Record<string, unknown> = {},
): string {
  const dir = folder();
  const theirs = JSON.parse(fs.readFileSync(path.join(tiny, 'config.json'), 'utf8')) as object;
  fs.writeFileSync(path.join(dir, 'config.json'), JSON.stringify({ ...theirs, ...config }));
  writeSafetensors(path.join(dir, 'model.safetensors'), change(tinyTensors()));
  return dir;
}

const renamed = (rename: (name: string) => string) => (tensors: Tensors) =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [rename(name), tensor]));

const f32 = (shape: number[], value = 0): TensorBytes => {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value);
  return { dtype: 'F32', shape, data: new Uint8Array(values.buffer) };
};

const without = (tensors: Tensors, ...names: string[]) =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => !names.includes(name)));

describe('loads', () => {
  const reference = process.env.GPT_REFERENCE;
  const models = [tiny, openai, ...(reference ? ['gpt2-tiny', 'openai-tiny'] : [])];

  test.each(models)("%s: PyTorch's logits", async (dir) => {
    const before = tf.memory().numTensors;
    const model = await loadModel(path.resolve(reference ?? '', dir));
    expect(difference(logits(model), tinyExpected.logits)).toBeLessThan(1e-5);
    model.dispose();
    tf.engine().endScope();
    tf.engine().startScope();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.skipIf(reference)('the reference folder: skipped, GPT_REFERENCE is not set', () => {});

  test("OpenAI's checkpoint gives the very numbers of Hugging Face's layout", async () => {
    expect(await logitsOf(openai)).toEqual(await logitsOf(tiny));
  });

  test('the configuration, with another dropout rate if one is given', async () => {
    expect(openModel(tiny)).toMatchObject({ layout: 'Hugging Face', config: tinyConfig });
    expect(openModel(openai)).toMatchObject({
      layout: 'OpenAI',
      config: { ...tinyConfig, dropRate: 0.1 },
    });
    for (const dir of [tiny, openai]) {
      const model = await loadModel(dir, { dropRate: 0.25 });
      expect(model.config.dropRate).toBe(0.25);
    }
  });

  const bare = (name: string) => name.replace('transformer.', '');
  test.each([
    ['no prefix, as the hub has GPT-2', bare],
    ['a wrapper of PyTorch', (name: string) => `module.${name}`],
    ['another prefix', (name: string) => `gpt2.${bare(name)}`],
  ])('%s', async (_, rename) => {
    expect(await logitsOf(altered(renamed(rename)))).toEqual(await logitsOf(tiny));
  });

  test('what Hugging Face stores beside: the causal mask in both spellings, the tied head again', async () => {
    const dir = altered((tensors) => ({
      ...tensors,
      'transformer.h.0.attn.bias': f32([1, 1, 64, 64], 1),
      'transformer.h.1.attn.bias': { dtype: 'U8', shape: [1, 1, 2, 2], data: new Uint8Array(4) },
      'transformer.h.0.attn.masked_bias': f32([], -1e4),
      'lm_head.weight': tensors['transformer.wte.weight'],
    }));
    expect(await logitsOf(dir)).toEqual(await logitsOf(tiny));
  });

  test('linear layers as (out, in)', async () => {
    const dir = altered((tensors) =>
      Object.fromEntries(
        Object.entries(tensors).map(([name, tensor]) => {
          if (!/c_(attn|fc|proj)\.weight$/.test(name)) return [name, tensor];
          const [rows, columns] = tensor.shape;
          const values = new Float32Array(new Uint8Array(tensor.data).buffer);
          const swapped = values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
          return [
            name,
            { ...tensor, shape: [columns, rows], data: new Uint8Array(swapped.buffer) },
          ];
        }),
      ),
    );
    expect(openModel(dir).parameters.filter(({ transposed }) => transposed).length).toBe(8);
    expect(await logitsOf(dir)).toEqual(await logitsOf(tiny));
  });

  test('shards', async () => {
    const dir = folder();
    fs.copyFileSync(path.join(tiny, 'config.json'), path.join(dir, 'config.json'));
    const tensors = tinyTensors();
    const weight_map: Record<string, string> = {};
    const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    shards.forEach((shard, k) => {
      const part = Object.fromEntries(Object.entries(tensors).filter((_, i) => i % 2 === k));
      writeSafetensors(path.join(dir, shard), part);
      for (const name of Object.keys(part)) weight_map[name] = shard;
    });
    const write = (map: object) =>
      fs.writeFileSync(
        path.join(dir, 'model.safetensors.index.json'),
        JSON.stringify({ metadata: { total_size: 137088 }, weight_map: map }),
      );
    write(weight_map);
    expect(await logitsOf(dir)).toEqual(await logitsOf(tiny));
    write({ ...weight_map, 'transformer.wte.weight': '../model.safetensors' });
    expect(() => openModel(dir)).toThrow('names a file outside its folder: "../model.safetensors"');
    write({ ...weight_map, other: shards[0] });
    expect(() => openModel(dir)).toThrow(`${shards[0]} has no tensor other`);
    write(weight_map);
    fs.rmSync(path.join(dir, shards[1]));
    expect(() => openModel(dir)).toThrow(/FileNotFound: there is no .*model-00002/);
  });

  test('stops when asked to, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    await expect(loadModel(tiny, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('saves', () => {
  const variants: [string, object, FloatDtype, number][] = [
    ['F32', {}, 'F32', 0],
    ['F16', {}, 'F16', 2 ** -11],
    ['BF16', {}, 'BF16', 2 ** -8],
    ['a head of its own', { tiedHead: false }, 'F32', 0],
    ['no biases for queries, keys and values', { qkvBias: false }, 'F32', 0],
  ];

  test.each(variants)('and loads again: %s', async (_, change, dtype, rounding) => {
    const model = new GPTModel({ ...tinyConfig, dropRate: 0.1, ...change }, { seed: 3 });
    const dir = path.join(folder(), 'new');
    saveModel(model, dir, { dtype });
    expect(fs.readdirSync(dir).sort()).toEqual(['config.json', 'model.safetensors']);
    const back = await loadModel(dir);
    expect(back.config).toEqual(model.config);
    const [saved, loaded] = [model.parameters(), back.parameters()];
    expect(Object.keys(loaded)).toEqual(Object.keys(saved));
    for (const [name, parameter] of Object.entries(saved)) {
      const values = parameter.dataSync();
      const close = loaded[name].dataSync().every((value, i) => {
        const error = Math.abs(value - values[i]);
        return error <= rounding * Math.abs(values[i]) + (rounding ? 2 ** -25 : 0);
      });
      expect(close, name).toBe(true);
    }
  });

  test("the bytes that Python's library writes for the same model", async () => {
    const model = await loadModel(openai);
    const dir = folder();
    saveModel(model, dir);
    const file = 'model.safetensors';
    expect(
      fs.readFileSync(path.join(dir, file)).equals(fs.readFileSync(path.join(tiny, file))),
    ).toBe(true);
  });

  test('in place of another model, or not at all', async () => {
    const dir = folder();
    saveModel(new GPTModel(tinyConfig, { seed: 1 }), dir);
    const first = await logitsOf(dir);
    const other = new GPTModel({ ...tinyConfig, nLayers: 1 }, { seed: 2 });
    fs.mkdirSync(path.join(dir, 'blocked'));
    fs.writeFileSync(path.join(dir, 'blocked', 'file'), '');
    expect(() => saveModel(other, path.join(dir, 'blocked', 'file'))).toThrow(/Cannot write/);
    expect(await logitsOf(dir)).toEqual(first);
    saveModel(other, dir);
    expect(openModel(dir).config.nLayers).toBe(1);
  });
});

describe('names what is wrong', () => {
  const wte = 'transformer.wte.weight';
  const bias = 'transformer.h.1.mlp.c_fc.bias';
  const fc = 'transformer.h.0.mlp.c_fc.weight';
  const cases: [string, (tensors: Tensors) => Tensors, string | RegExp][] = [
    ['a missing tensor', (all) => without(all, bias), 'missing: h.1.mlp.c_fc.bias (128)'],
    ['an unknown tensor', (all) => ({ ...all, extra: f32([2, 3]) }), 'unknown: extra (2, 3)'],
    [
      'a misshapen tensor',
      (all) => ({ ...all, [bias]: f32([129]) }),
      'of another shape: transformer.h.1.mlp.c_fc.bias (129) instead of (128)',
    ],
    [
      'a tensor with rows and columns swapped, alone',
      (all) => ({ ...all, [fc]: { ...all[fc], shape: [128, 32] } }),
      'of another shape: transformer.h.0.mlp.c_fc.weight (128, 32) instead of (32, 128)',
    ],
    [
      'a tensor that is there twice',
      (all) => ({ ...all, [bias.replace('transformer.', '')]: all[bias] }),
      'there twice: ',
    ],
    [
      'all of it at once',
      (all) => ({ ...without(all, bias), extra: f32([1]) }),
      /missing: h\.1\.mlp\.c_fc\.bias \(128\); unknown: extra \(1\)$/,
    ],
    [
      'very many',
      () => ({ a: f32([1]) }),
      /missing: wte.weight \(211, 32\), .*, 22 more; unknown: a/,
    ],
    [
      'a head that is said to be tied and is another',
      (all) => ({ ...all, 'lm_head.weight': f32([211, 32], 1) }),
      /wte.weight and lm_head.weight differ, but its config says .* "tie_word_embeddings": false/,
    ],
    [
      'numbers that are not floats',
      (all) => ({ ...all, [wte]: { ...all[wte], dtype: 'I32' } }),
      'Tensor "transformer.wte.weight" is I32, expected F32, F16 or BF16',
    ],
  ];
  test.each(cases)('%s', async (_, change, message) => {
    const before = tf.memory().numTensors;
    await expect(loadModel(altered(change))).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  const configs: [Record<string, unknown>, string][] = [
    [{ model_type: 'llama' }, 'model_type is "llama", expected "gpt2"'],
    [{ activation_function: 'relu' }, 'activation_function is "relu", expected "gelu_new"'],
    [{ layer_norm_epsilon: 1e-6 }, 'layer_norm_epsilon is 0.000001, expected 0.00001'],
    [{ scale_attn_by_inverse_layer_idx: true }, 'scale_attn_by_inverse_layer_idx is true'],
    [{ n_inner: 64 }, 'n_inner is 64, expected 128'],
    [{ n_embd: '32' }, 'n_embd is "32", expected a number'],
    [{ n_head: 5 }, 'nHeads (5) must divide embDim (32)'],
    [{ attn_pdrop: 1 }, 'attn_pdrop is 1, expected a number from 0 to below 1'],
    [{ resid_pdrop: '0' }, 'resid_pdrop is "0", expected a number from 0 to below 1'],
    [{ tie_word_embeddings: false }, 'missing: lm_head.weight (211, 32)'],
    [{ tie_word_embeddings: 0 }, 'tie_word_embeddings is 0, expected true or false'],
    [{ qkv_bias: 'no' }, 'qkv_bias is "no", expected true or false'],
    [{ qkv_bias: false }, 'unknown: transformer.h.0.attn.c_attn.bias (96)'],
    [{ n_layer: 3 }, 'missing: h.2.ln_1.weight (32)'],
  ];
  test.each(configs)('config.json with %o', (config, message) => {
    expect(() => openModel(altered((tensors) => tensors, config))).toThrow(message);
  });

  test('folders that do not hold a model', () => {
    const dir = folder();
    expect(() => openModel(path.join(dir, 'none'))).toThrow(/There is no folder .*none/);
    expect(() => openModel(dir)).toThrow('holds no model: neither config.json (Hugging Face) nor');
    fs.writeFileSync(path.join(dir, 'config.json'), '[]');
    expect(() => openModel(dir)).toThrow('config.json is not a JSON object');
    fs.copyFileSync(path.join(tiny, 'config.json'), path.join(dir, 'config.json'));
    expect(() => openModel(dir)).toThrow(/FileNotFound: there is no .*model.safetensors/);
    fs.writeFileSync(path.join(dir, 'pytorch_model.bin'), '');
    expect(() => openModel(dir)).toThrow('has pytorch_model.bin only, a Python pickle');
    fs.writeFileSync(path.join(dir, 'model.safetensors'), 'version https://git-lfs');
    expect(() => openModel(dir)).toThrow(/model.safetensors: HeaderTooLarge/);
  });

  test("OpenAI's folders", async () => {
    const dir = folder();
    fs.cpSync(openai, dir, { recursive: true });
    const write = (name: string, text: string) => fs.writeFileSync(path.join(dir, name), text);
    write('checkpoint', 'model_checkpoint_path: "/somewhere/else/model.ckpt"\n');
    expect(await logitsOf(dir)).toEqual(await logitsOf(tiny));
    write('checkpoint', 'nothing');
    expect(() => openModel(dir)).toThrow('names no model_checkpoint_path');
    fs.rmSync(path.join(dir, 'checkpoint'));
    expect(await logitsOf(dir)).toEqual(await logitsOf(tiny));
    write('hparams.json', '{"n_vocab": 211, "n_ctx": 64, "n_embd": 32, "n_head": 4}');
    expect(() => openModel(dir)).toThrow('hparams.json lacks n_layer');
    write('hparams.json', '{"n_vocab": 211, "n_ctx": 64, "n_embd": 32, "n_head": 4, "n_layer": 1}');
    expect(() => openModel(dir)).toThrow(/unknown: model\/h1\/attn\/c_attn\/b \(96\)/);
    fs.rmSync(path.join(dir, 'model.ckpt.index'));
    expect(() => openModel(dir)).toThrow(/NotFound: there is no .*model.ckpt.index/);
  });

  test('a damaged value in a checkpoint, and frees what was loaded', async () => {
    const dir = folder();
    fs.cpSync(openai, dir, { recursive: true });
    const file = path.join(dir, 'model.ckpt.data-00000-of-00001');
    const content = fs.readFileSync(file);
    content[100_000] ^= 1;
    fs.writeFileSync(file, content);
    const before = tf.memory().numTensors;
    await expect(loadModel(dir)).rejects.toThrow(/DataLoss: model\/.* is damaged/);
    expect(tf.memory().numTensors).toBe(before);
  });
});
