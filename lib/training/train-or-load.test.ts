import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { initBackend, isNative } from '../backend';
import { GPTModel } from '../model';
import { newHistory, trainOrLoad } from '../training';

const CONFIG = { vocabSize: 20, contextLength: 8, embDim: 8, nHeads: 2, nLayers: 1, dropRate: 0 };

let cache: string;
let mirror: string;
beforeAll(async () => void (await initBackend()));
beforeEach(() => {
  cache = fs.mkdtempSync(path.join(os.tmpdir(), 'runs-'));
  mirror = fs.mkdtempSync(path.join(os.tmpdir(), 'mirror-'));
  vi.stubEnv('GPT_DATA_CACHE', cache);
  vi.stubEnv('GPT_DATA_MIRROR', mirror);
  vi.stubEnv('GPT_TRAINING', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const folder of [cache, mirror]) fs.rmSync(folder, { recursive: true });
});

function newModel(seed: number): GPTModel {
  const model = new GPTModel(CONFIG, { seed });
  onTestFinished(() => model.dispose());
  return model;
}
const evaluation = { step: 2, trainLoss: NaN, validationLoss: 2.5 };
const history = {
  ...newHistory(),
  step: 2,
  tokens: 16,
  losses: [3.25, 3],
  gradNorms: [1, 0.5],
  learningRates: [0, 1e-3],
  evaluations: [evaluation],
};
const trainSmall = () => Promise.resolve({ model: newModel(7), history });
const never = () => Promise.reject(new Error('it was trained'));
const numbers = (model: GPTModel) =>
  Object.entries(model.parameters()).map(([name, value]) => [name, [...value.dataSync()]]);

test('what one machine stores another loads, weights and history', async () => {
  vi.stubEnv('GPT_TRAINING', 'store');
  const trained = await trainOrLoad('small-quick', trainSmall);
  expect(trained.note).toBe('small-quick: trained on this machine');
  fs.renameSync(path.join(cache, 'runs'), path.join(mirror, 'runs')); // as on a USB stick

  vi.stubEnv('GPT_TRAINING', 'load');
  const { result, note } = await trainOrLoad('small-quick', never);
  onTestFinished(() => result.model.dispose());
  expect(note).toBe('small-quick: loaded, not trained here');
  expect(result.history).toEqual(history);
  expect(numbers(result.model)).toEqual(numbers(newModel(7)));
});

test('the engine decides where nobody does, and nothing is kept', async () => {
  const run = trainOrLoad('small', trainSmall);
  if (isNative()) expect((await run).note).toContain('trained on this machine');
  else await expect(run).rejects.toMatchObject({ code: 'absent' });
  vi.stubEnv('GPT_TRAINING', 'run');
  expect((await trainOrLoad('small', trainSmall)).result.history).toBe(history);
  expect(fs.readdirSync(cache)).toEqual([]);
});

test('a run that is nowhere is one error that says where it was looked for', async () => {
  vi.stubEnv('GPT_TRAINING', 'load');
  await expect(trainOrLoad('small', never)).rejects.toMatchObject({
    code: 'absent',
    message: expect.stringContaining(
      `no stored run of it is in ${cache}/runs/small or ${mirror}/runs/small; GPT_TRAINING=run`,
    ) as string,
  });
});

test('any result can be stored, in a form of its own', async () => {
  const storage = {
    save(words: string[], dir: string) {
      fs.mkdirSync(dir, { recursive: true });
      fs.writeFileSync(path.join(dir, 'words'), words.join(' '));
    },
    load: (dir: string) =>
      Promise.resolve(fs.readFileSync(path.join(dir, 'words'), 'utf8').split(' ')),
  };
  vi.stubEnv('GPT_TRAINING', 'store');
  await trainOrLoad('words', () => Promise.resolve(['a', 'b']), storage);
  vi.stubEnv('GPT_TRAINING', 'load');
  expect((await trainOrLoad('words', never, storage)).result).toEqual(['a', 'b']);
});

test.each([
  ['{"step": 3}', /history\.json does not hold the history of a training/],
  ['no JSON', /history\.json does not hold/],
  [undefined, /history\.json/],
])('a damaged history, %j, is one error', async (content, problem) => {
  vi.stubEnv('GPT_TRAINING', 'store');
  await trainOrLoad('small', trainSmall);
  const file = path.join(cache, 'runs/small/history.json');
  if (content === undefined) fs.rmSync(file);
  else fs.writeFileSync(file, content);
  vi.stubEnv('GPT_TRAINING', 'load');
  await expect(trainOrLoad('small', never)).rejects.toThrow(problem);
});

test('names that leave the folder and modes that do not exist are refused', async () => {
  await expect(trainOrLoad('../small', never)).rejects.toThrow('"../small"');
  vi.stubEnv('GPT_TRAINING', 'never');
  await expect(trainOrLoad('small', never)).rejects.toThrow('expected run, load or store');
});
