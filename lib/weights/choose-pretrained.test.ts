import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { initBackend } from '../backend';
import { openText, SlidingWindowLoader } from '../data';
import { evaluate } from '../training';
import { loadPretrained } from '../weights';
import { choosePretrained, GPT_MINI_DIR } from './choose-pretrained';

let home: string;
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'choose-'));
  for (const name of ['GPT_DATA_CACHE', 'HF_HOME', 'HF_HUB_CACHE']) vi.stubEnv(name, home);
  vi.stubEnv('GPT_DATA_MIRROR', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(home, { recursive: true });
});

test('gpt-mini stands in for a GPT-2 that is not there, and the note says how to get that', () => {
  const { name, dir, note } = choosePretrained('gpt2');
  expect({ name, dir }).toEqual({ name: 'gpt-mini', dir: GPT_MINI_DIR });
  expect(note).toContain('./gpt weights gpt2');
  expect(note).toContain('Instead: gpt-mini');
});

test('gpt-mini can be asked for', () => {
  expect(choosePretrained('gpt-mini')).toMatchObject({ name: 'gpt-mini', dir: GPT_MINI_DIR });
});

test('gpt-mini knows both its languages', async () => {
  await initBackend();
  const { model, tokenizer } = await loadPretrained('gpt-mini');
  expect(model.config.vocabSize).toBe(tokenizer.vocabSize);
  for (const name of ['story-en', 'story-pt']) {
    const ids = tokenizer.encode(openText(name).text).slice(0, 513);
    const loss = await evaluate(model, new SlidingWindowLoader(ids, { length: 128, batchSize: 4 }));
    expect(loss).toBeLessThan(Math.log(tokenizer.vocabSize) - 2); // of a text it has not seen
  }
  model.dispose();
});
