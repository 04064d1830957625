import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { initBackend, tf } from './backend';
import {
  classificationLosses,
  ClassificationModel,
  Classifier,
  classifierPlaces,
  countTrained,
  fineTune,
  loadClassifier,
  padBatch,
  predict,
  saveClassifier,
  TextLoader,
  trainedParameters,
  trainSpamClassifier,
} from './classification';
import {
  classifierExpected as fixture,
  difference,
  loadTiny,
  tinyConfig,
} from './fixtures/reference';
import { tokenizerForm } from './fixtures/tokenizer-forms';
import { LoRA, LoRALinear } from './lora';
import { GPTModel } from './model';
import { BPETokenizer } from './tokenizer';
import { AdamW, IGNORE_INDEX, trainStep } from './training';
import { loadModel, saveModel } from './weights';

beforeAll(async () => {
  await initBackend();
});
let dir: string;
beforeEach(() => {
  tf.engine().startScope();
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'classifier-'));
});
afterEach(() => {
  tf.engine().endScope();
  fs.rmSync(dir, { recursive: true });
});

/** gpt2-tiny with the head of the fixture. */
function tiny(): ClassificationModel {
  const gpt = loadTiny(new GPTModel(tinyConfig, { init: 'zeros' }));
  const model = new ClassificationModel(gpt, 2);
  model.score.setParameters(fixture.score);
  return model;
}

const { texts, targets, pad: padding } = fixture;
const rows = [0, 1, 2];
const length = 7;
const padded = (read: 'last token' | 'last column', width = length) =>
  padBatch(texts, rows, targets, { length: width, padding, read });
const tensors = ({ inputs, targets, shape }: ReturnType<typeof padded>) => ({
  inputs: tf.tensor2d(inputs, shape as [number, number], 'int32'),
  targets: tf.tensor1d(targets, 'int32'),
});

describe('against PyTorch, on gpt2-tiny', () => {
  test('logits at the last token and in the last column', () => {
    const model = tiny();
    for (const read of ['last token', 'last column'] as const) {
      const batch = padded(read);
      const logits = model.forwardAt(tensors(batch).inputs, batch.positions);
      const expected = read === 'last token' ? 'last_token_logits' : 'last_column_logits';
      expect(difference(logits, fixture[expected])).toBeLessThan(1e-4);
    }
  });

  test('the last token does not see the padding, the last column does', () => {
    const model = tiny();
    const [near, wide] = [length, 20].map((width) =>
      (['last token', 'last column'] as const).map((read) => predict(model, padded(read, width))),
    );
    near[0].forEach((row, i) => expect(wide[0][i][1]).toBeCloseTo(row[1], 5));
    expect(Math.abs(near[1][1][1] - wide[1][1][1])).toBeGreaterThan(0.01);
  });

  test('the loss, and three steps of AdamW on the last block, the norm and the head', () => {
    const model = tiny();
    const { lr, losses } = fixture.last_block;
    const parameters = trainedParameters(model, 'last block');
    const optimizer = new AdamW(parameters, { learningRate: lr, weightDecay: 0 });
    const first = model.gpt.blocks[0].mlp.cFc.weight.clone();
    expect(losses[0]).toBeCloseTo(fixture.loss, 5);
    for (const expected of losses) {
      const batch = tensors(padded('last token'));
      const { loss } = trainStep(optimizer, classificationLosses(model), [batch]);
      expect(Math.abs(loss.dataSync()[0] - expected)).toBeLessThan(1e-4);
    }
    expect(difference(model.gpt.blocks[0].mlp.cFc.weight, first.arraySync())).toBe(0);
  });

  test('LoRA on queries, keys and values', () => {
    const model = tiny();
    const { rank, alpha, a, b, logits } = fixture.lora;
    const { attn } = model.gpt.blocks[0];
    const layer = new LoRALinear(attn.cAttn, { rank, alpha }, 3);
    attn.cAttn = layer;
    layer.a.assign(tf.tensor2d(a));
    layer.b.assign(tf.tensor2d(b));
    const batch = padded('last token');
    const ours = model.forwardAt(tensors(batch).inputs, batch.positions);
    expect(difference(ours, logits)).toBeLessThan(1e-4);
  });
});

const words = 'call now free prize win cash hello mum dinner see you tonight at home claim text';
const tokenizer = BPETokenizer.train(words, {
  vocabSize: 300,
  specialTokens: ['<|endoftext|>'],
});
const config = {
  vocabSize: tokenizer.vocabSize,
  contextLength: 24,
  embDim: 16,
  nHeads: 2,
  nLayers: 2,
  dropRate: 0.1,
  qkvBias: true,
  tiedHead: true,
};
const spam = ['call now free prize', 'win cash now', 'claim free cash', 'text now win prize'];
const ham = ['hello mum', 'see you tonight at home', 'dinner at home', 'you see mum tonight'];
const messages = [...spam, ...ham].map((text, i) => ({ text, target: i < 4 ? 1 : 0 }));
const make = (changes: Partial<typeof config> = {}, seed = 1) =>
  new ClassificationModel(new GPTModel({ ...config, ...changes }, { seed }), 2, { seed });
const classifierOf = (model: ClassificationModel, more = {}) =>
  new Classifier({ model, tokenizer, labels: ['ham', 'spam'], ...more });

describe('TextLoader', () => {
  test('pads to the next allowed length, with one target in a row and few shapes', () => {
    const loader = new TextLoader(messages, tokenizer, {
      batchSize: 2,
      lengths: [12],
      shuffle: true,
    });
    const longest = Math.max(...loader.texts.map(({ ids }) => ids.length));
    expect(loader.lengths).toEqual([12, longest]);
    const seen = new Set<number>();
    const shapes = new Set<string>();
    let batches = 0;
    for (const { inputs, targets, shape, positions, indices } of loader) {
      batches++;
      shapes.add(shape.join());
      indices.forEach((index, row) => {
        seen.add(index);
        const { ids } = loader.texts[index];
        expect(shape[1]).toBeGreaterThanOrEqual(ids.length);
        const at = row * shape[1];
        expect([...inputs.subarray(at, at + ids.length)]).toEqual(ids);
        expect(inputs[at + shape[1] - 1]).toBe(
          ids.length === shape[1] ? ids[ids.length - 1] : tokenizer.specialTokens['<|endoftext|>'],
        );
        expect(positions[row]).toBe(ids.length - 1);
        const row0 = [...targets.subarray(at, at + shape[1])];
        expect(row0.filter((target) => target !== IGNORE_INDEX)).toEqual([messages[index].target]);
        expect(row0[ids.length - 1]).toBe(messages[index].target);
      });
    }
    expect(seen.size).toBe(messages.length);
    expect(batches).toBe(loader.batches);
    // Three texts have at most 12 tokens; the third goes with the longer ones.
    expect([...shapes].sort()).toEqual(['2,12', `2,${longest}`]);
  });

  test('texts that do not fill a batch join the next longer ones', () => {
    const bytes = BPETokenizer.train('a', { vocabSize: 256 });
    const texts = [1, 1, 1, 2, 2, 3].map((n) => ({ text: 'a'.repeat(n), target: 0 }));
    const loader = new TextLoader(texts, bytes, { batchSize: 2, lengths: [1, 2] });
    expect(loader.texts.map(({ dropped }) => dropped)).toEqual([0, 0, 0, 0, 0, 0]);
    const batches = [...loader];
    expect(batches.map(({ indices }) => indices)).toEqual([[0, 1], [3, 4], [5, 2]]); // prettier-ignore
    expect(batches.map(({ shape }) => shape)).toEqual([[2, 1], [2, 2], [2, 3]]); // prettier-ignore
    expect(loader.batches).toBe(3);
    // A tokenizer without special tokens pads with id 0.
    expect([...batches[2].inputs.slice(4)]).toEqual([0, 0]);
  });

  test('shuffles each epoch by its seed, and continues in the middle', () => {
    const options = { batchSize: 2, shuffle: true, seed: 4 };
    const order = (loader: TextLoader, n: number) =>
      Array.from({ length: n }, () => [...loader.next().indices]);
    const whole = order(new TextLoader(messages, tokenizer, options), 8);
    expect(whole.slice(0, 4)).not.toEqual(whole.slice(4));
    expect([...new TextLoader(messages, tokenizer, options)].map(({ indices }) => indices)).toEqual(
      whole.slice(0, 4),
    );
    const first = new TextLoader(messages, tokenizer, options);
    order(first, 3);
    const second = new TextLoader(messages, tokenizer, options);
    second.restore(first.state());
    expect(order(second, 5)).toEqual(whole.slice(3));
    const other = new TextLoader(messages, tokenizer, { ...options, seed: 5 });
    expect(() => other.restore(first.state())).toThrow('other data');
  });

  test('cuts long texts, and refuses empty ones and options out of range', () => {
    const loader = new TextLoader(messages, tokenizer, { maxLength: 2 });
    expect(loader.texts.every(({ ids }) => ids.length <= 2)).toBe(true);
    expect(loader.texts.some(({ dropped }) => dropped > 0)).toBe(true);
    expect(() => new TextLoader([], tokenizer)).toThrow('no messages');
    expect(() => new TextLoader([{ text: ' \n', target: 0 }], tokenizer)).toThrow('it is empty');
    expect(() => new TextLoader(messages, tokenizer, { batchSize: 0 })).toThrow('batchSize');
    const infinite = { batchSize: Infinity };
    expect(() => new TextLoader(messages, tokenizer, infinite)).toThrow('batchSize must be');
    expect(() => new TextLoader(messages, tokenizer, { lengths: [4, NaN] })).toThrow(
      'lengths must',
    );
    // As int32 these would be class 0 and class 1.
    for (const target of [NaN, undefined as never, 1.5, -1, '1' as never]) {
      const labelled = [messages[0], { text: 'free', target }];
      expect(() => new TextLoader(labelled, tokenizer)).toThrow(
        `the class of message 2 must be a whole number from 0, got ${target}`,
      );
    }
    expect(new TextLoader([{ text: 'free', target: -100 }], tokenizer).batches).toBe(1);
  });
});

describe('fine-tuning', () => {
  test.each(['all', 'last block', 'head', { rank: 4, alpha: 8 }] as const)(
    '%j: the others stay, it learns, and an ordinary model is left without a tensor more',
    async (layers) => {
      const model = make({ dropRate: 0 });
      const before = Object.entries(model.parameters()).map(
        ([name, v]) => [name, v.clone()] as const,
      );
      const loader = new TextLoader(messages, tokenizer, { shuffle: true });
      const count = tf.memory().numTensors;
      const options = { layers, steps: 30, learningRate: 0.02, quiet: true };
      const { losses } = await fineTune(model, loader, undefined, options);
      expect(losses[29]).toBeLessThan(losses[0] - 0.1);
      expect(tf.memory().numTensors).toBe(count);
      const moved = before.filter(([name, old]) => {
        return difference(model.parameters()[name], old.arraySync()) > 0;
      });
      const names = moved.map(([name]) => name);
      if (typeof layers === 'string') {
        expect(names).toEqual(Object.keys(trainedParameters(model, layers)));
        const sizes = moved.reduce((sum, [, { size }]) => sum + size, 0);
        expect(sizes).toBe(countTrained(config, 2, layers));
      } else {
        expect(names).toHaveLength(4 * config.nLayers + 1); // merged into each linear layer
        expect(
          names.every((name) => /\.c_(attn|fc|proj)\.weight$|^score\.weight$/.test(name)),
        ).toBe(true);
      }
    },
  );
});

describe('a fine-tuning that is impossible', () => {
  const quiet = { quiet: true, steps: 2 };

  test('names the option that is wrong before anything is changed', async () => {
    const model = make();
    const loader = new TextLoader(messages, tokenizer);
    const [count, { score }] = [tf.memory().numTensors, model];
    const tune = (options: Parameters<typeof fineTune>[3]) =>
      fineTune(model, loader, undefined, options);
    await expect(tune({ quiet: true })).rejects.toThrow(/^fineTune: give steps or epochs$/);
    await expect(tune({ epochs: -1 })).rejects.toThrow(
      'fineTune: epochs must be a positive number',
    );
    await expect(tune({ ...quiet, learningRate: 0 })).rejects.toThrow(
      'fineTune: learningRate must be a positive number, got 0',
    );
    await expect(tune({ ...quiet, weightDecay: NaN, layers: { rank: 2 } })).rejects.toThrow(
      'weightDecay must be a number',
    );
    await expect(tune({ ...quiet, layers: { rank: 0 } })).rejects.toThrow(
      'rank must be a positive',
    );
    await expect(tune({ ...quiet, layers: { rank: 2, alpha: NaN } })).rejects.toThrow(
      'alpha must be',
    );
    await expect(tune({ ...quiet, layers: { rank: 2, seed: NaN } })).rejects.toThrow(
      'seed must be',
    );
    await expect(tune({ ...quiet, layers: 'last' as never })).rejects.toThrow('got "last"');
    expect(model.score).toBe(score);
    expect(tf.memory().numTensors).toBe(count);
  });

  test('refuses labels beyond the classes, and batches without any label', async () => {
    const model = make();
    const before = [...model.score.weight.dataSync()];
    const tune = (...targets: number[]) => {
      const labelled = targets.map((target, i) => ({ text: messages[i].text, target }));
      return fineTune(model, new TextLoader(labelled, tokenizer), undefined, quiet);
    };
    await expect(tune(0, 2)).rejects.toThrow('Target 2 is outside [0, 2), the classes');
    await expect(tune(-100, -100)).rejects.toThrow('all of its');
    expect([...model.score.weight.dataSync()]).toEqual(before);
    await tune(-100, 1);
  });

  test('leaves the weights under a LoRA unchanged if its numbers are no longer finite', async () => {
    const model = make();
    const read = () => Object.values(model.parameters()).map((each) => [...each.dataSync()]);
    const before = read();
    const loader = new TextLoader(messages, tokenizer);
    const failing = { ...quiet, steps: 20, learningRate: 1e38, layers: { rank: 2 } };
    await expect(fineTune(model, loader, undefined, failing)).rejects.toThrow('Training stopped');
    expect(read()).toEqual(before);
  });
});

describe('Classifier', () => {
  test('with three labels gives the most probable, and has no threshold', async () => {
    const model = new ClassificationModel(new GPTModel(config), 3);
    const labels = ['negative', 'neutral', 'positive'];
    const classifier = new Classifier({ model, tokenizer, labels });
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'three-'));
    model.score.weight.assign(tf.zerosLike(model.score.weight));
    for (const [best, label] of labels.entries()) {
      model.score.bias!.assign(tf.tensor1d([0, 0.1, 0.2].map((b, i) => (i === best ? 0.4 : b))));
      saveClassifier(classifier, dir);
      const loaded = await loadClassifier(dir);
      for (const each of [classifier, loaded]) {
        const { probability, probabilities, ...answer } = each.classify('call now');
        expect(answer.label).toBe(label);
        expect(probability).toBe(Math.max(...Object.values(probabilities)));
        expect(probability).toBeLessThan(0.5);
      }
      loaded.dispose();
    }
    fs.rmSync(dir, { recursive: true });
    expect(() => new Classifier({ model, tokenizer, labels, threshold: 0.9 })).toThrow(
      'A threshold is for two labels: with 3 the most probable is chosen',
    );
    const twice = ['a', 'a', 'b', 'c'];
    expect(() => new Classifier({ model, tokenizer, labels: twice })).toThrow('has 3 outputs');
  });

  test('with weights of NaN throws an error instead of giving a label', () => {
    const model = make();
    model.score.bias!.assign(tf.fill([2], NaN));
    expect(() => classifierOf(model).classify('hello')).toThrow('the weights hold NaN');
  });

  test('gives the same answer for a text alone and anywhere in a batch', () => {
    const classifier = classifierOf(make());
    const texts = [...spam, ...ham, ...spam.map((text) => `${text} ${text}`), ...ham, 'hello'];
    const count = tf.memory().numTensors;
    const together = classifier.classifyBatch(texts);
    texts.forEach((text, i) => {
      const alone = classifier.classify(text);
      expect(together[i].tokens).toEqual(alone.tokens);
      expect(together[i].label).toBe(alone.label);
      expect(together[i].probability).toBeCloseTo(alone.probability, 5);
    });
    const { ham: no, spam: yes } = together[0].probabilities;
    expect(no + yes).toBeCloseTo(1, 6);
    expect(tf.memory().numTensors).toBe(count);
    expect(classifier.classifyBatch([])).toEqual([]);
  });

  test('returns the tokens it read and the number cut off, and reads a marker as text', () => {
    const classifier = classifierOf(make(), { maxLength: 5 });
    const text = 'call now free prize win cash';
    const ids = tokenizer.encode(text);
    const { tokens, dropped } = classifier.classify(text);
    expect(tokens).toEqual(ids.slice(0, 5));
    expect(dropped).toBe(ids.length - 5);
    const marked = classifier.classify('<|endoftext|>').tokens;
    expect(marked).not.toContain(tokenizer.specialTokens['<|endoftext|>']);
  });

  test('gives the second label from the threshold on', () => {
    const model = make();
    const p = classifierOf(model).classify(spam[0]).probabilities.spam;
    const at = (threshold: number) => classifierOf(model, { threshold }).classify(spam[0]);
    expect(at(p * 0.99)).toMatchObject({ label: 'spam', probability: p });
    expect(at(p * 1.01)).toMatchObject({ label: 'ham', probability: expect.closeTo(1 - p, 5) });
  });

  test.each([
    ['one label', { labels: ['ham'] }, 'The model has 2 outputs, got labels ["ham"]'],
    ['a label twice', { labels: ['a', 'a'] }, 'got labels ["a","a"]'],
    [
      'a length beyond the context',
      { maxLength: 25 },
      'maxLength must be a whole number from 1 to 24, got 25',
    ],
    ['a threshold of 1', { threshold: 1 }, 'threshold must be a number above 0 and below 1, got 1'],
    ['a foreign tokenizer', { tokenizer: BPETokenizer.gpt2() }, 'The tokenizer has 50257 tokens'],
  ])('refuses %s', (_, options, message) => {
    const model = make();
    expect(() => classifierOf(model, options)).toThrow(message);
  });

  test.each(['', '  \n\t'])('refuses the empty text %j', (text) => {
    const classifier = classifierOf(make());
    expect(() => classifier.classify(text)).toThrow('There is no text to classify: it is empty');
    expect(() => classifier.classifyBatch(['hello', text])).toThrow('it is empty');
  });
});

describe('a saved classifier', () => {
  test.each([{}, { qkvBias: false, tiedHead: false }])(
    'comes back with all it knows, %j',
    async (changes) => {
      const classifier = classifierOf(make(changes), { maxLength: 9, threshold: 0.7 });
      const expected = classifier.classifyBatch([...spam, ...ham]);
      saveClassifier(classifier, dir);
      saveClassifier(classifier, dir); // over itself
      const count = tf.memory().numTensors;
      const loaded = await loadClassifier(dir);
      expect(loaded.classifyBatch([...spam, ...ham])).toEqual(expected);
      const { labels, maxLength, threshold } = loaded;
      expect({ labels, maxLength, threshold }).toEqual({
        labels: ['ham', 'spam'],
        maxLength: 9,
        threshold: 0.7,
      });
      loaded.dispose();
      expect(tf.memory().numTensors).toBe(count);
      const gpt = await loadModel(dir); // the language model in it
      expect(gpt.countParameters()).toBe(classifier.model.gpt.countParameters());
    },
  );

  test('may have its tokenizer in another form; its padding is that of the tokenizer', async () => {
    const padding = () => {
      const json = fs.readFileSync(path.join(dir, 'config.json'), 'utf8');
      return (JSON.parse(json) as Record<string, unknown>).pad_token_id;
    };
    const classifier = classifierOf(make({ vocabSize: 320 }));
    saveClassifier(classifier, dir);
    expect(padding()).toBe(classifier.tokenizer.eosId);
    for (const name of ['vocab.json', 'merges.txt', 'tokenizer_config.json'])
      fs.rmSync(path.join(dir, name));
    await expect(loadClassifier(dir)).rejects.toThrow(
      'not complete: vocab.json, merges.txt missing',
    );
    const form = tokenizerForm('with <pad>', '5');
    for (const [name, text] of Object.entries(form)) fs.writeFileSync(path.join(dir, name), text);
    const loaded = await loadClassifier(dir);
    expect(loaded.tokenizer.padId).toBe(290);
    expect(['ham', 'spam']).toContain(loaded.classify('o gato').label);
    for (const name of Object.keys(form)) fs.rmSync(path.join(dir, name));
    saveClassifier(loaded, dir);
    expect(padding()).toBe(290);
    const { tokenizer } = classifierOf(make(), {
      tokenizer: BPETokenizer.train('a', { vocabSize: 256 }),
    });
    saveClassifier(classifierOf(make(), { tokenizer }), dir);
    expect(padding()).toBeNull();
  });

  test('that is not complete gives an error of one line that names the missing files', async () => {
    await expect(loadClassifier(dir)).rejects.toThrow(/^There is no classifier in \S+$/);
    await expect(loadClassifier(path.join(dir, 'no'))).rejects.toThrow('There is no classifier in');
    saveClassifier(classifierOf(make()), dir);
    fs.rmSync(path.join(dir, 'vocab.json'));
    fs.rmSync(path.join(dir, 'classifier.json'));
    await expect(loadClassifier(dir)).rejects.toThrow(
      /^The classifier in \S+ is not complete: classifier.json, vocab.json missing$/,
    );
  });

  test.each([
    ['classifier.json', '{"labels": ["a"]}', 'is not a "gpt-in-typescript classifier 1"'],
    ['classifier.json', 'null', 'is not a "gpt-in-typescript classifier 1"'],
    [
      'classifier.json',
      '{"format":"gpt-in-typescript classifier 1","labels":["a","b","c"],"maxLength":9,"threshold":0.5}',
      /score|weight has shape/,
    ],
    ['model.safetensors', 'GIF89a, a picture', 'model.safetensors'],
    ['config.json', '{}', 'config.json'],
    ['merges.txt', '1', 'tokenizer'],
  ])(
    'with a broken %s (%s) is a clear error and leaves no tensors',
    async (file, text, message) => {
      saveClassifier(classifierOf(make()), dir);
      fs.writeFileSync(path.join(dir, file), text);
      const count = tf.memory().numTensors;
      const error = await loadClassifier(dir).catch((problem: Error) => problem);
      expect(error).toBeInstanceOf(Error);
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).not.toContain('\n');
      expect(tf.memory().numTensors).toBe(count);
    },
  );

  test('of a model without a head is a clear error', async () => {
    saveClassifier(classifierOf(make()), dir);
    saveModel(make().gpt, dir);
    await expect(loadClassifier(dir)).rejects.toThrow('there is no tensor "score.weight"');
  });

  test('is not written before its LoRA is merged', () => {
    const model = make();
    const lora = new LoRA(classifierPlaces(model), { rank: 2 });
    expect(() => saveClassifier(classifierOf(model), dir)).toThrow('LoRA');
    expect(() => saveModel(model.gpt, dir)).toThrow('lora_A');
    expect(fs.readdirSync(dir)).toEqual([]);
    lora.merge();
    saveClassifier(classifierOf(model), dir);
  });
});

test('all of chapter 6 in one call, on the sample', async () => {
  const count = tf.memory().numTensors;
  const lines: string[] = [];
  const steps: number[] = [];
  const { classifier, test: scores } = await trainSpamClassifier({
    base: 'random',
    messages: 'sample',
    epochs: 2,
    quiet: true,
    onMessage: (line) => lines.push(line),
    onStep: ({ step, steps: all, loss }) => {
      expect(Number.isFinite(loss)).toBe(true);
      steps.push(step / all);
    },
  });
  expect(lines[0]).toMatch(/^a sample written for this project .*: \d+ messages$/);
  expect(lines[2]).toContain('random weights');
  expect(steps[steps.length - 1]).toBe(1);
  expect(scores.accuracy).toBeGreaterThan(0.6); // by chance 0.5
  expect(classifier.classify('Hello').label).toMatch(/^(ham|spam)$/);
  classifier.dispose();
  expect(tf.memory().numTensors).toBe(count);
});

test('a training that is stopped leaves nothing', async () => {
  const count = tf.memory().numTensors;
  const controller = new AbortController();
  const training = trainSpamClassifier({
    base: 'random',
    messages: 'sample',
    quiet: true,
    signal: controller.signal,
    onStep: ({ step }) => {
      if (step === 2) controller.abort();
    },
  });
  await expect(training).rejects.toMatchObject({ name: 'AbortError' });
  expect(tf.memory().numTensors).toBe(count);
});
