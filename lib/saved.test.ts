/** What the first version saved, in lib/fixtures/saved, still loads and goes on. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { initBackend, tf } from './backend';
import { loadClassifier } from './classification';
import { loadTokenizer, SlidingWindowLoader } from './data';
import { loadInstructionModel } from './instruction';
import { GPTModel } from './model';
import { AdamW, cosineSchedule, loadCheckpoint, saveCheckpoint, train } from './training';
import { loadModel, readSafetensors } from './weights';

const SAVED = path.join(__dirname, 'fixtures', 'saved');
const expected = JSON.parse(fs.readFileSync(path.join(SAVED, 'expected.json'), 'utf8'));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-saved-'));

beforeAll(async () => {
  vi.stubEnv('GPT_BACKEND', 'cpu'); // the engine that computed `expected`
  vi.spyOn(console, 'warn').mockImplementation(() => undefined); // of another number of cores
  await initBackend();
});
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  tf.disposeVariables();
  fs.rmSync(folder, { recursive: true });
});

const close = (values: Iterable<number>, wanted: number[]) =>
  [...values].forEach((value, i) => expect(value).toBeCloseTo(wanted[i], 6));

test('a model, its values to the bit', async () => {
  const model = await loadModel(path.join(SAVED, 'model'));
  expect(model.config).toEqual({
    ...{ vocabSize: 262, contextLength: 16, embDim: 8, nHeads: 2, nLayers: 1 },
    ...{ dropRate: 0.1, qkvBias: false, tiedHead: true },
  });
  const file = readSafetensors(path.join(SAVED, 'model', 'model.safetensors'));
  for (const [name, parameter] of Object.entries(model.parameters())) {
    expect(parameter.dataSync(), name).toEqual(file.floats(`transformer.${name}`));
  }
});

test('a tokenizer', () => {
  const tokenizer = loadTokenizer(path.join(SAVED, 'tokenizer'));
  const text = 'you won a free dinner<|endoftext|>';
  expect(tokenizer.decode(tokenizer.encode(text, { allowedSpecial: 'all' }))).toBe(text);
  expect(tokenizer.vocabSize).toBe(262);
});

test('a classifier', async () => {
  const classifier = await loadClassifier(path.join(SAVED, 'classifier'));
  const { label, probabilities, dropped } = classifier.classify('you won a free prize');
  expect([label, dropped, classifier.threshold]).toEqual(['spam', 4, 0.75]);
  close(Object.values(probabilities), Object.values(expected.classification));
});

test('an instruction-tuned model', async () => {
  const { model, tokenizer } = await loadInstructionModel(path.join(SAVED, 'instruction'));
  expect(tokenizer.specialTokens).toEqual({ '<|endoftext|>': 261 });
  const logits = model.forward(tf.tensor2d([[1, 2, 3]], [1, 3], 'int32')).dataSync();
  close(logits.slice(0, 5), expected.logits);
});

/** The parts of the saved training, with weights and a state of their own. */
function parts() {
  const text = Array.from({ length: 205 }, (_, i) => (i * i) % 13);
  const model = new GPTModel(
    {
      ...{ vocabSize: 13, contextLength: 8, embDim: 16, nHeads: 2, nLayers: 1 },
      ...{ dropRate: 0.2, qkvBias: false, tiedHead: true },
    },
    { seed: 99 },
  );
  const optimizer = new AdamW(model.parameters(), { weightDecay: 0.1 });
  const loader = new SlidingWindowLoader(text, { length: 8, batchSize: 4, shuffle: true, seed: 3 });
  return { model, optimizer, loader };
}

test('a training with dropout, stopped within an epoch: its state to the bit, and its losses', async () => {
  const [dir, again] = [path.join(SAVED, 'checkpoint'), path.join(folder, 'again')];
  const runs = [];
  for (const from of [dir, again]) {
    const of = parts();
    const { restore, history, seed, data } = loadCheckpoint(from);
    restore(of);
    const [name] = fs.readdirSync(from);
    const file = readSafetensors(path.join(from, name, 'tensors.safetensors'));
    const variables = { ...of.optimizer.state(), ...of.model.parameters() };
    for (const [key, variable] of Object.entries(variables)) {
      const stored = key in of.model.parameters() ? `model.${key}` : `optimizer.${key}`;
      expect(variable.dataSync(), key).toEqual(file.floats(stored));
    }
    expect(of.loader.state()).toEqual({ ...data, batches: 7 });
    expect([seed, history.step, data.epoch, data.position]).toEqual([7, 9, 2, 4]);
    if (from === dir) saveCheckpoint(again, { ...of, history, seed });
    const schedule = cosineSchedule({ steps: 16, peak: 0.01, warmup: 4 });
    const options = { ...of, history, seed, schedule, steps: 16, accumulate: 2, quiet: true };
    runs.push((await train(options)).losses);
  }
  expect(runs[1]).toEqual(runs[0]);
  close(runs[0].slice(9), expected.losses);
});
