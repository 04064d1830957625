/** Python's libraries read our files. This needs a Python with `transformers`, see below. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { initBackend, tf } from '../backend';
import { difference, tinyConfig, tinyExpected } from '../fixtures/reference';
import { randomBelow } from '../fixtures/mutated-safetensors';
import forms from '../fixtures/tokenizer-forms.json';
import { saveInstructionModel } from '../instruction';
import { GPTModel } from '../model';
import { BPETokenizer } from '../tokenizer';
import {
  loadModel,
  readSafetensors,
  saveModel,
  writeSafetensors,
  type FloatDtype,
  type TensorBytes,
} from '../weights';
import { encodeFloats } from './floats';

const python = process.env.GPT_PYTHON ?? 'python3';
const installed =
  spawnSync(python, [
    '-c',
    'import importlib.util as u, sys; sys.exit(not u.find_spec("transformers"))',
  ]).status === 0;
const script = path.join(__dirname, '../fixtures/ask_transformers.py');
const ask = (...args: string[]): unknown =>
  JSON.parse(
    execFileSync(python, [script, ...args], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      stdio: 'pipe',
    }),
  );

// PyTorch alone takes long to start.
vi.setConfig({ testTimeout: 180_000 });

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'transformers-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));
beforeAll(async () => {
  await initBackend();
});

test.skipIf(installed)(
  'skipped: GPT_PYTHON names no Python with transformers, nor has python3 one',
  () => {},
);

describe.skipIf(!installed)('Python', () => {
  test('computes the same logits with what we save', async () => {
    const variants: [object, FloatDtype][] = [
      [{}, 'F32'],
      [{}, 'F16'],
      [{}, 'BF16'],
      [{ tiedHead: false, dropRate: 0.1 }, 'F32'],
      [{ qkvBias: false, nHeads: 2 }, 'F32'],
    ];
    const folders = variants.map(([change, dtype], i) => {
      const model = new GPTModel({ ...tinyConfig, ...change }, { seed: i, init: 'pytorch' });
      const folder = path.join(dir, String(i));
      saveModel(model, folder, { dtype });
      model.dispose();
      return folder;
    });
    const ids = JSON.stringify(tinyExpected.input_ids);
    const answers = ask('logits', ids, ...folders) as { problems: object; logits: number[][][] }[];
    for (const [i, { problems, logits }] of answers.entries()) {
      expect(problems, folders[i]).toEqual({}); // nothing missing, unexpected or mismatched
      const model = await loadModel(folders[i]);
      expect(difference(model.forward(tinyExpected.input_ids), logits)).toBeLessThan(1e-4);
      model.dispose();
    }
  });

  test('and we read a tied model that keeps the one matrix under the name of its head', async () => {
    const whole = path.join(dir, 'head');
    const model = new GPTModel(tinyConfig, { seed: 9, init: 'pytorch' });
    saveModel(model, whole);
    model.dispose();
    const saved = readSafetensors(path.join(whole, 'model.safetensors'));
    const tensors = [...saved.tensors].map(([name, { dtype, shape }]) => [
      name === 'transformer.wte.weight' ? 'lm_head.weight' : name,
      { dtype, shape, data: saved.bytes(name) },
    ]);
    const file = path.join(whole, 'model.safetensors');
    writeSafetensors(file, Object.fromEntries(tensors), { metadata: { format: 'pt' } });
    const ids = JSON.stringify(tinyExpected.input_ids);
    const [{ logits }] = ask('logits', ids, whole) as { logits: number[][][] }[];
    const loaded = await loadModel(whole);
    expect(difference(loaded.forward(tinyExpected.input_ids), logits)).toBeLessThan(1e-4);
    loaded.dispose();
  });

  test('rounds to half precision as we do', () => {
    const below = randomBelow(5);
    const bits = Uint32Array.from({ length: 500_000 }, (_, i) => {
      const any = below(2 ** 32);
      if (i % 4 === 0) return any; // mostly far outside of float16's range
      const exponent = 127 - 26 + below(44);
      const low = below(2) ? 0xffff : [0x0fff, 0x1000, 0x1001, 0x7fff, 0x8000, 0x8001][below(6)];
      return (any & 0x807fe000) | (exponent << 23) | (any & low); // ties among them
    });
    const exact = new Float32Array(bits.buffer);
    const rounded = (dtype: FloatDtype): TensorBytes => ({
      dtype,
      shape: [exact.length],
      data: encodeFloats(exact, dtype),
    });
    const file = path.join(dir, 'rounded');
    const tensors = { exact: rounded('F32'), float16: rounded('F16'), bfloat16: rounded('BF16') };
    writeSafetensors(file, tensors);
    expect(ask('round', file)).toEqual({ float16: 0, bfloat16: 0 });
  });

  const foreign = forms.cases
    .filter(({ transformers }) => transformers === '5')
    .map(({ files }) => files as Record<string, string>)
    .map((files) =>
      BPETokenizer.fromFiles({
        tokenizer: files['tokenizer.json'],
        config: files['tokenizer_config.json'],
      }),
    );

  /** A model that writes one token, whatever it reads. */
  const writing = (vocabSize: number, id: number): GPTModel => {
    const model = new GPTModel({ ...tinyConfig, vocabSize, dropRate: 0 }, { init: 'zeros' });
    tf.tidy(() => {
      const { embDim } = model.config;
      const only = tf.oneHot(tf.tensor1d([id], 'int32'), vocabSize).reshape([vocabSize, 1]);
      model.parameters()['wte.weight'].assign(only.mul(tf.ones([1, embDim])) as tf.Tensor);
      model.parameters()['ln_f.bias'].assign(tf.ones([embDim]));
    });
    return model;
  };

  test('gives the same ids with the tokenizers that we save, and ends a text where it should', () => {
    const story = 'era uma vez um gato que não era um gato';
    const specialTokens = ['<|endoftext|>', '[PAD]', 'ção 🙂'];
    const tokenizers = [
      BPETokenizer.train(story, { vocabSize: 280, specialTokens }),
      BPETokenizer.train(story, { vocabSize: 270 }),
      ...foreign,
    ];
    const folders = tokenizers.map((tokenizer, i) => {
      const folder = path.join(dir, `tokenizer ${i}`);
      // Longer than the vocabulary, like models whose size was rounded up.
      const model = writing(320, tokenizer.eosId ?? 7);
      saveInstructionModel({ model, tokenizer }, folder);
      model.dispose();
      return folder;
    });
    const texts = [
      ...forms.texts,
      ...forms.texts.map((text) => `${specialTokens.join('')}. ${text}`),
    ];
    const answers = ask('texts', JSON.stringify(texts), ...folders) as Record<string, unknown>[];
    for (const [i, tokenizer] of tokenizers.entries()) {
      const { bosId = null, eosId = null, padId = null } = tokenizer;
      const { decoded, generation, ...answer } = answers[i];
      const ids = texts.map((text) => tokenizer.encode(text, { allowedSpecial: 'all' }));
      expect(answer).toEqual({
        size: tokenizer.vocabSize,
        ids,
        tokenizer: [bosId, eosId, padId],
        config: [bosId, eosId, padId],
        written: eosId === null ? [7, 7, 7, 7] : [eosId],
      });
      expect(generation).toEqual([bosId, eosId, padId]);
      const ascii = (text: string) => !text.includes(specialTokens[2]); // Python takes it for bytes
      const ours = ids.map((some) => tokenizer.decode(some));
      expect((decoded as string[]).filter(ascii)).toEqual(ours.filter(ascii));
    }
  });
});
