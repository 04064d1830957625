/** Models that are padded, spoiled, or not what their files say: the chat goes on. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { tf } from '../backend';
import { saveInstructionModel } from '../instruction';
import { GPTModel } from '../model';
import { BPETokenizer } from '../tokenizer';
import { chatForTests } from './testing/client';
import { SPAM } from './testing/tiny-classifier';

const t = chatForTests();

/** Saves a model with more rows in its embedding than its tokenizer has tokens. */
function savePadded(dir: string, change: (model: GPTModel) => void): void {
  const tokenizer = BPETokenizer.train('a', { vocabSize: 257, specialTokens: ['<|endoftext|>'] });
  const model = new GPTModel(
    { vocabSize: 320, contextLength: 256, embDim: 16, nHeads: 2, nLayers: 1, tiedHead: false },
    { seed: 1, init: 'pytorch' },
  );
  tf.tidy(() => change(model));
  saveInstructionModel({ model, tokenizer }, dir);
  model.dispose();
}

test('rows of an embedding that no token has are neither written nor shown', async () => {
  const dir = path.join(t.dir, 'padded');
  savePadded(dir, ({ head }) => {
    const likelier = tf.concat([tf.ones([257, 1]), tf.fill([63, 1], 30)]);
    head.assign(head.mul(likelier));
  });
  const chat = await t.start({ instructionDir: dir });
  for (const temperature of [0, 1]) {
    const task = { instruction: 'Say hi.', maxNewTokens: 40, temperature };
    const events = await chat.stream('/api/instruct', task);
    expect(events.at(-1)![0]).toBe('done');
    const tokens = events.filter(([name]) => name === 'token').map(([, data]) => data);
    for (const { id, probability, candidates } of tokens) {
      expect(id).toBeLessThan(257);
      expect(probability).toBeGreaterThan(0);
      const shown = candidates as { probability: number }[];
      expect(shown.length).toBe(5);
      if (temperature === 0) expect(shown[0].probability).toBe(probability);
    }
  }
});

test('spoiled weights end a text with an error, and other requests are answered', async () => {
  const dir = path.join(t.dir, 'spoiled');
  savePadded(dir, ({ lnF }) => lnF.bias.assign(tf.fill([16], NaN)));
  const chat = await t.start({ instructionDir: dir });
  const events = await chat.stream('/api/instruct', { instruction: 'Say hi.' });
  expect(events.at(-1)).toMatchObject(['error', { code: 'internal' }]);
  expect(String(t.errors.pop())).toMatch(/No token can be chosen: the logit of token \d+ is NaN/);
  expect((await chat.classify(SPAM)).at(-1)![0]).toBe('done');
});

test('a folder that says nonsense is refused at once, and the server goes on answering', async () => {
  const config = fs.readFileSync(path.join(t.dir, 'config.json'), 'utf8');
  const changes: [change: (dir: string) => void, said: RegExp][] = [
    ...[
      ['1000000', /more than 1000 are not read/] as const,
      ['1000000000', /more than 1000 are not read/] as const,
      ['1e300', /nLayers must be a positive whole number, got 1e\+300/] as const,
    ].map(([layers, message]): (typeof changes)[0] => [
      (dir) => {
        const text = config.replace(/("n_layer": *)\d+/, `$1${layers}`);
        fs.writeFileSync(path.join(dir, 'config.json'), text);
      },
      message,
    ]),
    ...['config.json', 'model.safetensors', 'classifier.json'].flatMap((name): typeof changes => [
      [(dir) => replaced(path.join(dir, name), fs.mkdirSync), /is a folder, expected a file/],
      [
        (dir) => replaced(path.join(dir, name), (file) => spawnSync('mkfifo', [file])),
        /is a pipe, expected a file/,
      ],
      [
        (dir) => fs.writeFileSync(path.join(dir, name), 'version https://git-lfs.github.com/'),
        /is a Git LFS pointer/,
      ],
    ]),
  ];
  for (const [i, [change, said]] of changes.entries()) {
    const dir = path.join(t.dir, `nonsense-${i}`);
    fs.mkdirSync(dir);
    for (const entry of fs.readdirSync(t.dir, { withFileTypes: true })) {
      if (entry.isFile()) fs.copyFileSync(path.join(t.dir, entry.name), path.join(dir, entry.name));
    }
    change(dir);
    const chat = await t.start({ classifierDir: dir });
    const [answer, health] = await Promise.all([chat.classify(SPAM), chat.health()]);
    expect(answer.at(-1)).toMatchObject(['error', { code: 'broken-model' }]);
    expect(health).toMatchObject({ status: 'ok' });
    expect(String(t.errors.splice(0)[0])).toMatch(said);
    expect(await chat.idle()).toBeGreaterThan(0);
  }
});

function replaced(file: string, make: (file: string) => unknown): void {
  fs.rmSync(file);
  make(file);
}
