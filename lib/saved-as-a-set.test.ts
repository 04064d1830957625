/** Models, classifiers and tokenizers are saved as sets of files: all files of a set or none. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ClassificationModel, Classifier, loadClassifier, saveClassifier } from './classification';
import { loadTokenizer, saveTokenizer } from './data';
import { useCpuEngine } from './fixtures/cpu-engine';
import { dies } from './fixtures/dying-process';
import { loadInstructionModel, saveInstructionModel } from './instruction';
import { GPTModel } from './model';
import { BPETokenizer } from './tokenizer';
import { loadWithTokenizer, saveModel } from './weights';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-saved-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

useCpuEngine();

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
  // They have the same sizes, so that a mixture of their files would load.
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
