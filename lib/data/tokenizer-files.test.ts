import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError } from '../core/errors';
import { loadTokenizer, openText, saveTokenizer } from '../data';
import { BPETokenizer } from '../tokenizer';

let dir: string;
beforeEach(() => (dir = mkdtempSync(path.join(tmpdir(), 'gpt-tokenizer-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('saveTokenizer and loadTokenizer', () => {
  const { text } = openText('story-pt');
  const train = (vocabSize: number) =>
    BPETokenizer.train(text, { vocabSize, specialTokens: ['<|endoftext|>'] });

  it('give back the same tokenizer, also over an older one', () => {
    const folder = path.join(dir, 'new', 'folder');
    saveTokenizer(train(400), folder);
    const tokenizer = train(300);
    saveTokenizer(tokenizer, folder);
    expect(readdirSync(folder).sort()).toEqual(
      ['merges.txt', 'tokenizer_config.json', 'vocab.json'], // and nothing half-written
    );
    const loaded = loadTokenizer(folder);
    expect(loaded.toFiles()).toEqual(tokenizer.toFiles());
    const marked = text + '<|endoftext|>';
    const ids = loaded.encode(marked, { allowedSpecial: 'all' });
    expect(ids).toEqual(tokenizer.encode(marked, { allowedSpecial: 'all' }));
    expect(loaded.decode(ids)).toBe(marked);
  });

  it('name what is wrong', () => {
    expect(() => loadTokenizer(dir)).toThrow(
      new DataError(
        `${dir} has no tokenizer: vocab.json and merges.txt cannot be found, and there is neither ` +
          'tokenizer.json nor encoder.json with vocab.bpe',
      ),
    );
    writeFileSync(path.join(dir, 'vocab.json'), '{"a": 0}');
    writeFileSync(path.join(dir, 'merges.txt'), '');
    expect(() => loadTokenizer(dir)).toThrow(/^.* has no usable tokenizer: vocab.json lacks/);
    const inTheWay = path.join(dir, 'other');
    mkdirSync(path.join(inTheWay, 'merges.txt'), { recursive: true });
    expect(() => saveTokenizer(train(300), inTheWay)).toThrow(/merges.txt: a file or folder is in/);
    expect(readdirSync(inTheWay).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const file = path.join(dir, 'vocab.json', 'folder');
    expect(() => saveTokenizer(train(300), file)).toThrow(/a file or folder is in the way/);
  });
});
