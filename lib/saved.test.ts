/** What the first version saved still loads and goes on; what is saved now is saved as a set. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { initBackend, tf } from './backend';
import { ClassificationModel, Classifier, loadClassifier, saveClassifier } from './classification';
import { loadTokenizer, saveTokenizer, SlidingWindowLoader } from './data';
import { dies } from './fixtures/death';
import { loadInstructionModel, saveInstructionModel } from './instruction';
import { GPTModel } from './model';
import { BPETokenizer } from './tokenizer';
import { AdamW, cosineSchedule, loadCheckpoint, saveCheckpoint, train } from './training';
import { loadModel, loadWithTokenizer, readSafetensors, saveModel } from './weights';

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
    vocabSize: 262,
    contextLength: 16,
    embDim: 8,
    nHeads: 2,
    nLayers: 1,
    dropRate: 0.1,
    qkvBias: false,
    tiedHead: true,
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
      vocabSize: 13,
      contextLength: 8,
      embDim: 16,
      nHeads: 2,
      nLayers: 1,
      dropRate: 0.2,
      qkvBias: false,
      tiedHead: true,
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

describe('a process that dies while it saves leaves the old set or the new one, and nothing else', () => {
  const config = (vocabSize: number, nLayers: number) => ({
    vocabSize,
    contextLength: 16,
    embDim: 8,
    nHeads: 2,
    nLayers,
    dropRate: 0,
    qkvBias: false,
    tiedHead: true,
  });
  // Of the same sizes, so that a mixture would load.
  const [older, newer] = ['see you, see you, see', 'free prize, free prize'].map((text, n) => {
    const tokenizer = BPETokenizer.train(text, {
      vocabSize: 260,
      specialTokens: ['<|endoftext|>'],
    });
    return { tokenizer, gpt: () => new GPTModel(config(tokenizer.vocabSize, 1), { seed: n + 1 }) };
  });
  type Made = typeof older;
  const classifier = ({ tokenizer, gpt }: Made) =>
    new Classifier({
      model: new ClassificationModel(gpt(), 2),
      tokenizer,
      labels: ['ham', 'spam'],
    });
  const described = (model: GPTModel, tokenizer: BPETokenizer) =>
    JSON.stringify([tokenizer.toFiles(), [...model.wte.dataSync()]]);

  const kinds: [string, (made: Made, dir: string) => void, (dir: string) => Promise<string>][] = [
    [
      'tokenizer',
      ({ tokenizer }, dir) => saveTokenizer(tokenizer, dir),
      async (dir) => JSON.stringify(loadTokenizer(dir).toFiles()),
    ],
    [
      'model with a tokenizer',
      ({ tokenizer, gpt }, dir) => saveModel(gpt(), dir, { tokenizer }),
      async (dir) => {
        const { model, tokenizer } = await loadWithTokenizer(dir);
        return described(model, tokenizer);
      },
    ],
    [
      'instruction-tuned model',
      ({ tokenizer, gpt }, dir) => saveInstructionModel({ tokenizer, model: gpt() }, dir),
      async (dir) => {
        const { model, tokenizer } = await loadInstructionModel(dir);
        return described(model, tokenizer);
      },
    ],
    [
      'classifier',
      (made, dir) => saveClassifier(classifier(made), dir),
      async (dir) => {
        const { model, tokenizer } = await loadClassifier(dir);
        return described(model.gpt, tokenizer);
      },
    ],
  ];

  test.each(kinds)('%s', async (kind, save, load) => {
    const dir = path.join(folder, kind.replaceAll(' ', '-'));
    save(newer, dir);
    const wholeNew = await load(dir);
    save(older, dir);
    const wholeOld = await load(dir);
    const names = fs.readdirSync(dir);
    const seen = new Set<string>();
    for (let k = 0, died = true; died; k += 9) {
      save(older, dir);
      fs.writeFileSync(path.join(dir, 'added_tokens.json'), '{}'); // goes with a new tokenizer
      died = dies(k, () => save(newer, dir));
      const found = await load(dir);
      expect([wholeOld, wholeNew]).toContain(found);
      const left = fs.readdirSync(dir).filter((name) => !names.includes(name));
      expect(left, `killed at call ${k}`).toEqual(found === wholeOld ? ['added_tokens.json'] : []);
      seen.add(found);
    }
    expect(seen.size).toBe(2);
  });

  test('a classifier that an instruction-tuned model replaces is gone', async () => {
    const dir = path.join(folder, 'replaced');
    saveClassifier(classifier(older), dir);
    saveInstructionModel({ tokenizer: newer.tokenizer, model: newer.gpt() }, dir);
    await expect(loadClassifier(dir)).rejects.toThrow('classifier.json missing');
  });

  test("the ends that a model's config names are its tokenizer's", () => {
    const dir = path.join(folder, 'ends');
    const model = new GPTModel(config(300, 1)); // padded: the tokenizer has 260 tokens at most
    const { tokenizer } = older;
    saveModel(model, dir, { tokenizer });
    const json = JSON.parse(fs.readFileSync(path.join(dir, 'config.json'), 'utf8'));
    const end = tokenizer.specialTokens['<|endoftext|>'];
    expect([json.bos_token_id, json.eos_token_id]).toEqual([end, end]);
  });
});
