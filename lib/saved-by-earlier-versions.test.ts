/**
 * Files that earlier versions wrote load, compute and resume bit for bit, and the same seeds draw
 * the same numbers. The first version wrote `fixtures/saved`, and commit 8dc34d6 wrote
 * `fixtures/saved-2026-11` with the numbers in its `expected.json`, on TensorFlow.js's own `cpu` engine.
 * (Tokenizers that other programs wrote are in `data/tokenizer-forms.test.ts`.)
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { tf } from './backend';
import {
  ClassificationModel,
  fineTune,
  loadClassifier,
  TextLoader,
  type TrainedLayers,
} from './classification';
import { loadTokenizer, permutation, seededRandom, SlidingWindowLoader } from './data';
import { generate } from './decoding';
import { useCpuEngine } from './fixtures/cpu-engine';
import { InstructionLoader, instructionTune, loadInstructionModel } from './instruction';
import { linearPlaces, LoRA } from './lora';
import { GPTModel } from './model';
import {
  AdamW,
  cosineSchedule,
  loadCheckpoint,
  newHistory,
  saveCheckpoint,
  train,
} from './training';
import { loadModel, loadWithTokenizer, readSafetensors } from './weights';

const FIRST = path.join(__dirname, 'fixtures', 'saved');
const SECOND = path.join(__dirname, 'fixtures', 'saved-2026-11');
const expected = JSON.parse(fs.readFileSync(path.join(SECOND, 'expected.json'), 'utf8')) as Record<
  string,
  unknown
>;
/** What the first version itself computed with its files, to six decimals. */
const first = JSON.parse(fs.readFileSync(path.join(FIRST, 'expected.json'), 'utf8')) as {
  losses: number[];
  classification: Record<string, number>;
  logits: number[];
};
const expectClose = (values: Iterable<number>, wanted: number[]) =>
  [...values].forEach((value, i) => expect(value).toBeCloseTo(wanted[i], 6));

useCpuEngine();

/** The logits for a few ids: the first six as numbers, all of them as a hash of their bits. */
function logitsOf(model: GPTModel): { first: number[]; sha256: string } {
  const ids = [5, 0, 11, 3, 9, 12, 7];
  const logits = tf.tidy(() =>
    model.forward(tf.tensor2d([ids], [1, ids.length], 'int32')).dataSync<'float32'>(),
  );
  return { first: [...logits.slice(0, 6)], sha256: hash(logits) };
}

const hash = (values: Float32Array | Uint32Array): string =>
  createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');

const weightsOf = (model: GPTModel): string =>
  Object.values(model.parameters())
    .map((variable) => hash(variable.dataSync<'float32'>()).slice(0, 12))
    .join(' ');

async function written(model: GPTModel, options: object): Promise<number[]> {
  const ids: number[] = [];
  for await (const id of generate(model, [1, 2, 3], { maxNewTokens: 20, ...options })) ids.push(id);
  return ids;
}

describe('models', () => {
  test('of the first version', async () => {
    const model = await loadModel(path.join(FIRST, 'model'));
    expect(model.config).toEqual({
      vocabSize: 262,
      contextLength: 16,
      embDim: 8,
      nHeads: 2,
      nLayers: 1,
      dropRate: 0.1,
      qkvBias: false,
      tiedHead: true,
    });
    const file = readSafetensors(path.join(FIRST, 'model', 'model.safetensors'));
    for (const [name, parameter] of Object.entries(model.parameters())) {
      expect(parameter.dataSync(), name).toEqual(file.floats(`transformer.${name}`));
    }
    expect(logitsOf(model)).toEqual(expected.firstModel);
  });

  test('with a head of its own, biases and a tokenizer', async () => {
    const { model, tokenizer } = await loadWithTokenizer(path.join(SECOND, 'model'));
    expect(logitsOf(model)).toEqual(expected.model);
    expect(tokenizer.encode('you won a free dinner')).toEqual(expected.ids);
    expect({
      greedy: await written(model, {}),
      sampled: await written(model, { temperature: 1.2, topK: 40, seed: 3 }),
      nucleus: await written(model, { temperature: 1.2, topP: 0.6, seed: 4, cache: false }),
    }).toEqual(expected.written);
  });

  test('an adapter, beside the weights and merged into them', async () => {
    const model = await loadModel(path.join(SECOND, 'model'));
    const lora = new LoRA(linearPlaces(model), { rank: 2, alpha: 4 });
    const file = readSafetensors(path.join(SECOND, 'adapter.safetensors'));
    tf.tidy(() => {
      for (const [name, variable] of Object.entries(lora.parameters())) {
        variable.assign(file.tensor(name));
      }
    });
    const beside = logitsOf(model);
    lora.merge();
    expect({ beside, merged: logitsOf(model) }).toEqual(expected.adapter);
  });

  test('an instruction-tuned one', async () => {
    const { model, tokenizer } = await loadInstructionModel(path.join(FIRST, 'instruction'));
    expect(tokenizer.specialTokens).toEqual({ '<|endoftext|>': 261 });
    expect(logitsOf(model)).toEqual(expected.instruction);
    const logits = model.forward(tf.tensor2d([[1, 2, 3]], [1, 3], 'int32')).dataSync();
    expectClose(logits.slice(0, 5), first.logits);
  });

  test('a classifier', async () => {
    const classifier = await loadClassifier(path.join(FIRST, 'classifier'));
    const texts = ['you won a free prize', 'see you', 'dinner at home, and a prize'];
    expect(classifier.classifyBatch(texts)).toEqual(expected.classifications);
    const { label, probabilities, dropped } = classifier.classify(texts[0]);
    expect([label, dropped, classifier.threshold]).toEqual(['spam', 4, 0.75]);
    expectClose(Object.values(probabilities), Object.values(first.classification));
  });

  test('a tokenizer', () => {
    const tokenizer = loadTokenizer(path.join(FIRST, 'tokenizer'));
    expect(tokenizer.encode('you won a free dinner')).toEqual(expected.ids);
    expect(tokenizer.vocabSize).toBe(262);
    const text = 'you won a free dinner<|endoftext|>';
    expect(tokenizer.decode(tokenizer.encode(text, { allowedSpecial: 'all' }))).toBe(text);
  });
});

const TEXT = Array.from({ length: 205 }, (_, i) => (i * i) % 13);

/** Model, optimizer and loader of the saved trainings. */
function parts(embDim: number, qkvBias: boolean) {
  const config = { vocabSize: 13, contextLength: 8, embDim, nHeads: 2, nLayers: 1, dropRate: 0.2 };
  const model = new GPTModel({ ...config, qkvBias, tiedHead: true }, { seed: 1 });
  const optimizer = new AdamW(model.parameters(), { weightDecay: 0.1 });
  const loader = new SlidingWindowLoader(TEXT, { length: 8, batchSize: 4, shuffle: true, seed: 3 });
  return { model, optimizer, loader };
}

const PLAN = {
  schedule: cosineSchedule({ steps: 16, peak: 0.01, warmup: 4 }),
  steps: 16,
  accumulate: 2,
  quiet: true,
};

describe('trainings', () => {
  test.each([
    ['of the first version', FIRST, 16, false, 'firstTraining'],
    ['with checksums, the config and the optimizer', SECOND, 8, true, 'training'],
  ])('resumed: %s', async (_, dir, embDim, qkvBias, name) => {
    const training = parts(embDim, qkvBias);
    const { restore, history, seed } = loadCheckpoint(path.join(dir, 'checkpoint'));
    restore(training);
    const { losses, gradNorms } = await train({ ...PLAN, ...training, history, seed });
    expect({ losses, gradNorms, weights: weightsOf(training.model) }).toEqual(expected[name]);
  });

  test('stopped within an epoch: its state, and once more after it was saved again', async () => {
    const again = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-saved-'));
    const losses = [];
    for (const dir of [path.join(FIRST, 'checkpoint'), again]) {
      const training = parts(16, false);
      const { restore, history, seed, data } = loadCheckpoint(dir);
      restore(training);
      const [name] = fs.readdirSync(dir);
      const file = readSafetensors(path.join(dir, name, 'tensors.safetensors'));
      const { model, optimizer, loader } = training;
      for (const [key, variable] of Object.entries(model.parameters())) {
        expect(variable.dataSync(), key).toEqual(file.floats(`model.${key}`));
      }
      for (const [key, variable] of Object.entries(optimizer.state())) {
        expect(variable.dataSync(), key).toEqual(file.floats(`optimizer.${key}`));
      }
      expect(loader.state()).toEqual({ ...data, batches: 7 });
      expect([seed, history.step, data.epoch, data.position]).toEqual([7, 9, 2, 4]);
      if (dir !== again) saveCheckpoint(again, { ...training, history, seed });
      losses.push((await train({ ...PLAN, ...training, history, seed })).losses);
    }
    fs.rmSync(again, { recursive: true });
    expect(losses[1]).toEqual(losses[0]);
    expectClose(losses[0].slice(9), first.losses);
  });

  test('from the start: the same as the one that was stopped and resumed', async () => {
    const training = parts(8, true);
    const { losses, gradNorms } = await train({
      ...PLAN,
      ...training,
      history: newHistory(),
      seed: 7,
    });
    expect({ losses, gradNorms, weights: weightsOf(training.model) }).toEqual(expected.training);
  });

  test.each<[string, TrainedLayers]>([
    ['all', 'all'],
    ['last block', 'last block'],
    ['lora', { rank: 2, alpha: 4, seed: 5 }],
  ])('of a classifier: %s', async (name, layers) => {
    const { model: gpt, tokenizer } = await loadWithTokenizer(path.join(SECOND, 'model'));
    const messages = ['free prize', 'dinner', 'you won', 'see you', 'free'].map((text, i) => ({
      text,
      target: (i + 1) % 2,
    }));
    const loader = new TextLoader(messages, tokenizer, {
      batchSize: 2,
      maxLength: 8,
      lengths: [4],
      shuffle: true,
      seed: 2,
    });
    const model = new ClassificationModel(gpt, 2, { seed: 6 });
    const { losses } = await fineTune(model, loader, undefined, {
      layers,
      epochs: 2,
      learningRate: 0.01,
      seed: 8,
      quiet: true,
    });
    expect({ losses, weights: weightsOf(gpt) }).toEqual(
      (expected.fineTuned as Record<string, unknown>)[name],
    );
  });

  test('on instructions', async () => {
    const { model, tokenizer } = await loadInstructionModel(path.join(FIRST, 'instruction'));
    const records = ['a prize', 'dinner', 'home'].map((output) => ({
      instruction: output,
      input: '',
      output,
    }));
    const options = { batchSize: 2, maxLength: model.config.contextLength, shuffle: true, seed: 4 };
    const loader = new InstructionLoader(records, tokenizer, options);
    const { losses } = await instructionTune(model, loader, undefined, {
      epochs: 2,
      learningRate: 0.01,
      quiet: true,
    });
    expect({ losses, weights: weightsOf(model) }).toEqual(expected.instructionTuned);
  });
});

test('random numbers and new models, by their seeds', () => {
  const random = seededRandom(7, 2);
  const model = new GPTModel(
    { vocabSize: 13, contextLength: 8, embDim: 8, nHeads: 2, nLayers: 2, qkvBias: true },
    { seed: 9 },
  );
  expect({
    sfc32: Array.from({ length: 5 }, random),
    permutation: [...permutation(12, random)],
    weights: weightsOf(model),
  }).toEqual(expected.random);
});
