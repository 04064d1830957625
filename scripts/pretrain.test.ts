import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { encodeAll, END_OF_TEXT, tidyText } from './pretrain/corpus';
import { BPETokenizer } from '../lib/tokenizer';

const ROOT = path.resolve(__dirname, '..');

/** Runs a script as npm does; what it says and how it ends. */
function run(script: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', path.join('scripts', `${script}.ts`), ...args],
    { cwd: ROOT, encoding: 'utf8' },
  );
  const error = stderr.split('\n').filter((line) => line && !/absl|oneDNN/.test(line));
  return { status, stdout, error };
}

test('lines of a book become paragraphs, and quotes plain', () => {
  const long = 'Uma linha que é tão longa quanto as do livro e que continua';
  const book = `${long}\nna linha que vem  depois.\n— Fala.\n\n${long}\n\nOutro “dito” d’ele.\n`;
  expect(tidyText(book)).toBe(
    `${long} na linha que vem depois.\n— Fala.\n${long}\nOutro "dito" d'ele.\n`,
  );
});

test('each text ends with the end-of-text token', () => {
  const tokenizer = BPETokenizer.train('aaab', { vocabSize: 258, specialTokens: [END_OF_TEXT] });
  const end = tokenizer.specialTokens[END_OF_TEXT];
  const [a, b] = ['a', 'b'].flatMap((text) => tokenizer.encode(text));
  expect([...encodeAll(tokenizer, ['b', 'a'])]).toEqual([b, end, a, end]);
});

test.each(['pretrain', 'generate'])('%s explains itself', (script) => {
  const { status, stdout } = run(script, '--help');
  expect(status).toBe(0);
  expect(stdout).toMatch(new RegExp(`^Usage: npm run ${script}`));
});

test.each([
  ['pretrain', ['--nonsense'], /'--nonsense'.*; see --help$/],
  ['pretrain', ['--steps', 'x'], /^--steps must be a whole number from 201, got "x"; see --help$/],
  [
    'generate',
    [],
    /^--prompt is missing: give the text to continue, or an --instruction; see --help$/,
  ],
  [
    'generate',
    ['--prompt', 'a', '--instruction', 'b'],
    /^give --prompt or --instruction, not both; /,
  ],
] as const)('%s %j is wrong usage, in one line', (script, args, message) => {
  const { status, error } = run(script, ...args);
  expect(status).toBe(2);
  expect(error).toEqual([expect.stringMatching(message)]);
});

test('generate says which model is missing', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-generate-'));
  const { status, error } = run('generate', '--prompt', 'a', '--model', dir);
  const instructed = run('generate', '--instruction', 'a', '--model', dir);
  fs.rmSync(dir, { recursive: true });
  expect([status, instructed.status]).toEqual([1, 1]);
  expect(error).toEqual([expect.stringContaining(`${dir} has no tokenizer: vocab.json`)]);
  expect(instructed.error).toEqual([expect.stringContaining('no fine-tuned model in')]);
});
