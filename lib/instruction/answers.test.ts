import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { initBackend, tf } from '../backend';
import { loadTokenizer } from '../data';
import { generate, generateText } from '../decoding';
import { tokenizerForm } from '../fixtures/tokenizer-forms';
import { GPTModel } from '../model';
import { BPETokenizer } from '../tokenizer';
import { evaluate } from '../training';
import { saveModel } from '../weights';
import { answerAll, streamAnswer, type Answer } from './answers';
import { InstructionLoader } from './batches';
import { loadInstructionModel, saveInstructionModel } from './files';
import { instructionTune } from './finetune';
import { formatPrompt } from './prompt';

beforeAll(async () => {
  await initBackend();
});

const records = [
  { instruction: 'Say yes.', input: '', output: 'yes yes' },
  { instruction: 'Say no.', input: '', output: 'no' },
  { instruction: 'Repeat.', input: 'la', output: 'la la la' },
  { instruction: 'Say it twice.', input: 'no', output: 'no no' },
  { instruction: 'Say nothing but yes.', input: '', output: 'yes' },
];
const tokenizer = BPETokenizer.train(records.map(formatPrompt).join('\n'), {
  vocabSize: 340,
  specialTokens: ['<|endoftext|>'],
});
const config = {
  vocabSize: tokenizer.vocabSize,
  contextLength: 128,
  embDim: 32,
  nHeads: 2,
  nLayers: 2,
  dropRate: 0,
  qkvBias: true,
  tiedHead: true,
};
const options = { batchSize: 2, maxNewTokens: 12, quiet: true };
let dir: string;
let file: string;
let model: GPTModel;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'answers-'));
  file = path.join(dir, 'deeper', 'answers.json');
  model = new GPTModel(config, { seed: 2 });
});
afterEach(() => {
  model.dispose();
  fs.rmSync(dir, { recursive: true });
});

const saved = () => JSON.parse(fs.readFileSync(file, 'utf8')) as { answers: Answer[] };

describe('fine-tuning', () => {
  test('the model answers as the records do, and ends by itself', async () => {
    const count = tf.memory().numTensors;
    const loader = new InstructionLoader(records, tokenizer, { maskInstruction: true });
    await instructionTune(model, loader, undefined, { steps: 60, learningRate: 1e-2, quiet: true });
    const answers = await answerAll({ model, tokenizer }, records, options);
    expect(answers.map(({ response }) => response)).toEqual(records.map(({ output }) => output));
    expect(answers.map(({ finish }) => finish)).toEqual(records.map(() => 'stop'));
    expect(tf.memory().numTensors).toBe(count);
  });

  test('white space before an answer is not streamed', async () => {
    const spaced = [{ ...records[0], output: ' \n yes' }];
    const loader = new InstructionLoader(spaced, tokenizer, { maskInstruction: true });
    await instructionTune(model, loader, undefined, { steps: 40, learningRate: 1e-2, quiet: true });
    const pieces: string[] = [];
    for await (const piece of streamAnswer({ model, tokenizer }, spaced[0])) pieces.push(piece);
    expect(pieces.join('')).toBe('yes');
  });

  test('a LoRA leaves embeddings and norms alone, and is merged at the end', async () => {
    const count = tf.memory().numTensors;
    const loader = new InstructionLoader(records, tokenizer, { maskInstruction: true });
    const read = (name: string) => [...model.parameters()[name].dataSync()];
    const names = ['wte.weight', 'h.1.ln_2.weight', 'h.0.mlp.c_fc.weight'];
    const [before, ...values] = [await evaluate(model, loader), ...names.map(read)];
    await instructionTune(model, loader, undefined, {
      steps: 40,
      learningRate: 1e-2,
      quiet: true,
      lora: { rank: 4 },
    });
    expect(await evaluate(model, loader)).toBeLessThan(0.97 * before);
    const [embedding, norm, weights] = names.map(read);
    expect([embedding, norm]).toEqual(values.slice(0, 2));
    expect(weights).not.toEqual(values[2]);
    expect(tf.memory().numTensors).toBe(count);
  });

  test('options that cannot be are named as the caller knows them, and nothing is changed', async () => {
    const loader = new InstructionLoader(records, tokenizer);
    const tune = (more: Parameters<typeof instructionTune>[3]) =>
      instructionTune(model, loader, undefined, { quiet: true, ...more });
    const before = [...model.wte.dataSync()];
    const count = tf.memory().numTensors;
    await expect(tune({})).rejects.toThrow(/^instructionTune: give steps or epochs$/);
    await expect(tune({ epochs: NaN })).rejects.toThrow('instructionTune: epochs must be');
    await expect(tune({ epochs: 1, accumulate: 0 })).rejects.toThrow('accumulate must be');
    await expect(tune({ steps: 2, learningRate: NaN })).rejects.toThrow('learningRate must be');
    await expect(tune({ steps: 2, maxNorm: 0, lora: { rank: 2 } })).rejects.toThrow('maxNorm must');
    await expect(tune({ steps: 2, weightDecay: -1, lora: { rank: 2 } })).rejects.toThrow(
      'weightDecay',
    );
    expect([...model.wte.dataSync()]).toEqual(before);
    expect(tf.memory().numTensors).toBe(count);
    // If the schedule is absent or undefined, the usual one applies.
    const { learningRates } = await tune({ steps: 4, schedule: undefined });
    expect(new Set(learningRates).size).toBe(4);
  });

  test('accumulating small batches takes the steps of a large one', async () => {
    const other = new GPTModel(config, { seed: 2 });
    const tune = (each: GPTModel, batchSize: number, accumulate: number) =>
      instructionTune(
        each,
        new InstructionLoader(records.slice(0, 4), tokenizer, { batchSize }),
        undefined,
        { epochs: 3, accumulate, quiet: true, learningRate: 1e-3 },
      );
    const [whole, parts] = [await tune(model, 4, 1), await tune(other, 1, 4)];
    expect([whole.step, parts.step]).toEqual([3, 3]);
    whole.losses.forEach((loss, i) => expect(parts.losses[i]).toBeCloseTo(loss, 4));
    other.dispose();
  });
});

describe('answerAll', () => {
  test('gives each record what it would get alone', async () => {
    const answers = await answerAll({ model, tokenizer }, records, options);
    for (const [i, record] of records.entries()) {
      const ids: number[] = [];
      const prompt = tokenizer.encode(formatPrompt(record));
      const stop = tokenizer.vocabSize - 1;
      for await (const id of generate(model, prompt, { maxNewTokens: 12, stop })) ids.push(id);
      expect(answers[i]).toMatchObject(record);
      expect(answers[i].finish).toBe(ids.length < 12 ? 'stop' : 'length');
      expect(tokenizer.decode(ids)).toContain(answers[i].response);
    }
  });

  test('goes on after a stop, and asks nothing when all is there', async () => {
    const whole = await answerAll({ model, tokenizer }, records, options);
    const stop = new AbortController();
    const watch = setInterval(() => fs.existsSync(file) && stop.abort(), 1);
    const stopped = answerAll({ model, tokenizer }, records, {
      ...options,
      batchSize: 1,
      file,
      signal: stop.signal,
    });
    await expect(stopped).rejects.toThrow('abort');
    clearInterval(watch);
    const done = saved().answers;
    expect(done.length).toBeGreaterThan(0);
    expect(done.length).toBeLessThan(records.length);
    expect(done).toEqual(whole.slice(0, done.length));

    // Marked, so that answers from the file differ from new ones.
    const mark = (answers: readonly Answer[]) =>
      fs.writeFileSync(
        file,
        JSON.stringify({
          ...saved(),
          answers: answers.map((answer) => ({ ...answer, response: 'kept' })),
        }),
      );
    mark(done);
    const resumed = await answerAll({ model, tokenizer }, records, { ...options, file });
    const kept = resumed.slice(0, done.length).map(({ response }) => response);
    expect(new Set(kept)).toEqual(new Set(['kept']));
    expect(resumed.slice(done.length)).toEqual(whole.slice(done.length));
    mark(resumed);
    const again = await answerAll({ model, tokenizer }, records, { ...options, file });
    expect(again.every(({ response }) => response === 'kept')).toBe(true);
    expect(fs.readdirSync(path.dirname(file))).toEqual(['answers.json']);

    // A process that was killed while it saved leaves the files like this.
    const waiting = path.join(path.dirname(file), '.saved.tmp', 'mark');
    fs.mkdirSync(waiting, { recursive: true });
    fs.renameSync(file, path.join(waiting, 'answers.json'));
    const found = await answerAll({ model, tokenizer }, records, { ...options, file });
    expect(found.every(({ response }) => response === 'kept')).toBe(true);
  });

  test('does not mix answers of other models, records or options', async () => {
    const first = await answerAll({ model, tokenizer }, records, { ...options, file });
    const other = new GPTModel(config, { seed: 3 });
    const ask = (each: GPTModel, list = records, more = {}) =>
      answerAll({ model: each, tokenizer }, list, { ...options, file, ...more });
    await expect(ask(other)).rejects.toThrow('answers with other model');
    await expect(ask(model, records.slice(1))).rejects.toThrow('other prompts');
    await expect(ask(model, records, { maxNewTokens: 3 })).rejects.toThrow('other maxNewTokens');
    expect(saved().answers).toEqual(first);
    expect(await ask(other, records, { replace: true })).not.toEqual(first);
    other.dispose();
  });

  test('leaves a file that is something else, even where it may replace', async () => {
    fs.mkdirSync(path.dirname(file));
    for (const text of ['{"mine": 1}', 'null', '[]', 'no JSON', '{"format": "gpt']) {
      fs.writeFileSync(file, text);
      const ask = answerAll({ model, tokenizer }, records, { ...options, file, replace: true });
      await expect(ask).rejects.toThrow('delete it, or give another file');
      expect(fs.readFileSync(file, 'utf8')).toBe(text);
    }
    const batchSize = answerAll({ model, tokenizer }, records, { batchSize: 0 });
    await expect(batchSize).rejects.toThrow('batchSize must be a positive');
  });
});

describe('a model in a folder', () => {
  test('answers as before, alone and streamed', async () => {
    saveInstructionModel({ model, tokenizer }, dir);
    const loaded = await loadInstructionModel(dir);
    const pieces = async (each: typeof loaded) => {
      const list: string[] = [];
      for await (const piece of streamAnswer(each, records[2], { maxNewTokens: 12 }))
        list.push(piece);
      return list;
    };
    const streamed = await pieces(loaded);
    expect(streamed).toEqual(await pieces({ model, tokenizer }));
    const [answer] = await answerAll(loaded, [records[2]], options);
    expect(streamed.join('').trim()).toBe(answer.response);
    loaded.model.dispose();
    const empty = streamAnswer({ model, tokenizer }, { instruction: ' ' });
    await expect(empty.next()).rejects.toThrow('The instruction is empty');
  });

  test('says which file is missing, and where such a model comes from', async () => {
    await expect(loadInstructionModel(path.join(dir, 'none'))).rejects.toThrow(
      '07-instruction-tuning.ipynb makes one',
    );
    saveInstructionModel({ model, tokenizer }, dir);
    fs.rmSync(path.join(dir, 'merges.txt'));
    await expect(loadInstructionModel(dir)).rejects.toThrow('not complete: merges.txt missing');
  });

  test('may have its tokenizer in another form, and ends a text where that does', async () => {
    const wide = new GPTModel({ ...config, vocabSize: 320 }, { init: 'zeros' });
    const eos = 290; // whatever it reads, it writes this one, which is not <|endoftext|>
    tf.tidy(() => {
      const only = tf.oneHot(tf.tensor1d([eos], 'int32'), 320).reshape([320, 1]);
      const all = tf.ones([1, config.embDim]);
      wide.parameters()['wte.weight'].assign(only.mul(all) as tf.Tensor);
      wide.parameters()['ln_f.bias'].assign(all.reshape([config.embDim]));
    });
    saveModel(wide, dir);
    wide.dispose();
    const form = tokenizerForm('with other roles', '5');
    for (const [name, text] of Object.entries(form)) fs.writeFileSync(path.join(dir, name), text);
    const loaded = await loadInstructionModel(dir);
    for await (const piece of streamAnswer(loaded, records[0], { maxNewTokens: 5 })) {
      expect(piece).toBe('');
    }
    const written = generateText(loaded.model, loaded.tokenizer, 'gato', { maxNewTokens: 5 });
    expect((await written.next()).done).toBe(true);
    const ids = (folder: string) => {
      const json = JSON.parse(fs.readFileSync(path.join(folder, 'config.json'), 'utf8')) as object;
      return Object.entries(json).filter(([key]) => key.endsWith('_token_id'));
    };
    expect(ids(dir)).toEqual([
      ['bos_token_id', null],
      ['eos_token_id', null],
    ]);
    for (const folder of [dir, path.join(dir, 'again')]) {
      saveInstructionModel(loaded, folder);
      expect(ids(folder)).toEqual([
        ['bos_token_id', 0],
        ['eos_token_id', eos],
        ['pad_token_id', 291],
      ]);
      // The other form would still describe the earlier tokenizer.
      expect(fs.existsSync(path.join(folder, 'tokenizer.json'))).toBe(false);
      expect(loadTokenizer(folder).toFiles()).toEqual(loaded.tokenizer.toFiles());
    }
    loaded.model.dispose();
  });
});
