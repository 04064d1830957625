// Makes what all variants read, in a folder: weights, tokens and texts. Run in a process of its
// own, so that the run that measures holds no model.
import fs from 'node:fs';
import path from 'node:path';
import { initBackend } from '../../lib/backend';
import { CATALOGUE, DataError, loadText, openText, saveTokenizer } from '../../lib/data';
import { GPTModel } from '../../lib/model';
import { BPETokenizer } from '../../lib/tokenizer';
import { saveModel } from '../../lib/weights';
import type { Prepared } from './groups';
import { MODELS, type ModelName } from './sizes';

const MEGABYTE = 1_000_000;

/** All books of the catalogue that are on this machine, and what they are. */
function books(): { text: string; what: string } {
  const found = CATALOGUE.filter(({ kind }) => kind === 'book').flatMap(({ name }) => {
    try {
      return [loadText(name)];
    } catch (error) {
      if (error instanceof DataError) return [];
      throw error;
    }
  });
  if (found.length) return { text: found.join('\n'), what: `${found.length} books` };
  const samples = ['story-en', 'story-pt', 'poems-en', 'poems-pt'].map(
    (name) => openText(name).text,
  );
  return { text: samples.join('\n'), what: "the project's own small texts" };
}

/** The text's first `bytes` bytes, the text repeated where it is shorter. */
function fill(text: string, bytes: number): string {
  const content = Buffer.from(text.repeat(Math.ceil(bytes / Buffer.byteLength(text))));
  return content
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
}

async function main(folder: string, quick: boolean): Promise<void> {
  const { name, description } = await initBackend();
  if (name !== 'tensorflow') throw new Error(`TensorFlow is needed, and here is ${description}`);
  const at = (name: string) => path.join(folder, name);
  const gpt2 = BPETokenizer.gpt2();
  saveTokenizer(gpt2, at('tokenizer'));
  // tiktoken cannot be built from vocab.json: its ranks, as js-tiktoken carries them.
  fs.writeFileSync(at('ranks.json'), JSON.stringify(require('js-tiktoken/ranks/gpt2')));

  const { text, what } = books();
  const verdict = openText('the-verdict');
  const million = 'x'.repeat(MEGABYTE);
  const long = fill(text, (quick ? 1 : 10) * MEGABYTE);
  const repeated = Buffer.byteLength(text) < Buffer.byteLength(long) ? ', repeated' : '';
  fs.writeFileSync(at('short.txt'), verdict.text);
  fs.writeFileSync(at('long.txt'), long);
  fs.writeFileSync(at('same.txt'), million);
  const notes = {
    texts: [
      `${verdict.title}`,
      `${quick ? 1 : 10} MB of ${what}${repeated}`,
      'one million times x',
    ],
  };

  const sample = fill(text, MEGABYTE);
  const small = BPETokenizer.train(sample.slice(0, 200_000), { vocabSize: 1024 });
  for (const tokenizer of [small, gpt2]) {
    const ids = Uint16Array.from(tokenizer.encode(sample));
    fs.writeFileSync(at(`tokens-${tokenizer.vocabSize}.bin`), ids);
  }

  for (const [name, config] of Object.entries(MODELS)) {
    const model = new GPTModel(config, { seed: 1 });
    saveModel(model, at(name));
    if ((name as ModelName) === 'gpt2') saveModel(model, at('gpt2-f16'), { dtype: 'F16' });
    model.dispose();
  }
  const prepared: Prepared = { folder, notes, engine: description };
  console.log(JSON.stringify(prepared));
}

main(process.argv[2], process.argv[3] === 'quick').catch((error: Error) => {
  console.error(`Error: ${error.message}`);
  process.exitCode = 1;
});
