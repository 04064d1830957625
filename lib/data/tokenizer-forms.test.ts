/** Tokenizers of other programs, in each of their forms; ids by transformers 4.46 and 5.24. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { DataError } from '../core/errors';
import { loadTokenizer, saveTokenizer } from '../data';
import saved from '../fixtures/saved-tokenizers.json';
import { tokenizerForm } from '../fixtures/tokenizer-forms';
import forms from '../fixtures/tokenizer-forms.json';
import { BPETokenizer } from '../tokenizer';

type Files = Record<string, string>;
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- any part of any file is changed here */
type Json = any;

const root = mkdtempSync(path.join(tmpdir(), 'tokenizer-forms-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
function folderOf(files: Files): string {
  const dir = path.join(root, String(folders++));
  mkdirSync(dir);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(dir, name), text);
  return dir;
}
const load = (files: Files): BPETokenizer => loadTokenizer(folderOf(files));
const all = { allowedSpecial: 'all' } as const;
const { texts } = forms;
const ids = forms.ids as Record<string, number[][]>;

const five = tokenizerForm('with <pad>', '5');
const four = tokenizerForm('with <pad>', '4');
const slow = tokenizerForm('slow, with <pad> and others', '4');
const plain = tokenizerForm('plain', '5');
const bare = { 'vocab.json': slow['vocab.json'], 'merges.txt': slow['merges.txt'] };

/** The files with one of them, JSON, changed. */
function edited(files: Files, name: string, change: (json: Json) => void): Files {
  const json = JSON.parse(files[name]) as Json;
  change(json);
  return { ...files, [name]: JSON.stringify(json) };
}

/** The one line of the error, without the folder. */
function problem(files: Files): string {
  const dir = folderOf(files);
  try {
    loadTokenizer(dir);
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    const { message } = error as Error;
    expect(message).toMatch(/^.{1,400}$/);
    return message.replaceAll(dir, 'DIR');
  }
  throw new Error('was read');
}

describe('a tokenizer that transformers saved', () => {
  test.each(forms.cases)('$name, version $transformers', ({ name, files, size, ...roles }) => {
    const dir = folderOf(files as unknown as Files);
    const tokenizer = loadTokenizer(dir);
    const again = path.join(dir, 'saved');
    saveTokenizer(tokenizer, again);
    for (const one of [tokenizer, loadTokenizer(again)]) {
      expect(texts.map((text) => one.encode(text, all))).toEqual(ids[name]);
      const decoded = (forms.decoded as Record<string, string[]>)[name];
      expect(decoded.map((_, i) => one.decode(ids[name][i]))).toEqual(decoded);
      expect(one.vocabSize).toBe(size);
      const { bosId, eosId, padId } = one;
      expect([bosId, eosId, padId].map((id) => id ?? null)).toEqual([
        roles.bos,
        roles.eos,
        roles.pad,
      ]);
    }
    expect(loadTokenizer(again).toFiles()).toEqual(tokenizer.toFiles());
  });

  test('its merges may be texts instead of pairs', () => {
    const files = edited(five, 'tokenizer.json', ({ model }) => {
      model.merges = model.merges.map((pair: string[]) => pair.join(' '));
    });
    expect(load(files).toFiles()).toEqual(load(five).toFiles());
  });

  test('tokenizer.json needs no other file', () => {
    const tokenizer = load({ 'tokenizer.json': five['tokenizer.json'] });
    expect(texts.map((text) => tokenizer.encode(text, all))).toEqual(ids['with <pad>']);
    expect(tokenizer.specialTokens).toEqual({ '<|endoftext|>': 0, '<pad>': 290 });
  });

  test('truncation and padding say how batches are made, not which ids a text has', () => {
    const files = edited(five, 'tokenizer.json', (json) => {
      json.truncation = { direction: 'Right', max_length: 3, strategy: 'LongestFirst', stride: 0 };
      json.padding = { strategy: { Fixed: 99 }, pad_id: 1, pad_token: '!', direction: 'Right' };
    });
    const tokenizer = load(files);
    expect(texts.map((text) => tokenizer.encode(text, all))).toEqual(ids['with <pad>']);
  });

  test("GPT-2's pattern may stand beside ByteLevel", () => {
    const pattern = {
      Regex: String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
    };
    const level = {
      type: 'ByteLevel',
      add_prefix_space: false,
      trim_offsets: true,
      use_regex: false,
    };
    const split = { type: 'Split', pattern, behavior: 'Isolated', invert: false };
    const files = edited(five, 'tokenizer.json', (json) => {
      json.pre_tokenizer = { type: 'Sequence', pretokenizers: [split, level] };
      json.normalizer = { type: 'Sequence', normalizers: [] };
      json.model.dropout = 0;
    });
    expect(load(files).toFiles()).toEqual(load(five).toFiles());
  });

  test('special tokens that have a name only get the next ids', () => {
    const config = { tokenizer_class: 'GPT2Tokenizer', pad_token: '<pad>', eos_token: '</s>' };
    const more = { additional_special_tokens: ['<a>', { content: '<b>' }], mask_token: '<m>' };
    const text = '<|endoftext|><pad></s><a><b><m>';
    const json = JSON.stringify({ ...config, ...more });
    for (const files of [bare, { 'tokenizer.json': plain['tokenizer.json'] }]) {
      const { 'vocab.json': vocab } = files as Files;
      const small = vocab ? { ...files, 'vocab.json': four['vocab.json'] } : files;
      const tokenizer = load({ ...(small as Files), 'tokenizer_config.json': json });
      expect(tokenizer.encode(text, all)).toEqual([0, 291, 290, 293, 294, 292]);
      expect([tokenizer.bosId, tokenizer.eosId, tokenizer.padId]).toEqual([0, 290, 291]);
      expect(tokenizer.decode([290, 294])).toBe('</s><b>');
    }
  });

  test('a token that is not special is found in every text, a special one where it is allowed', () => {
    const tokenizer = load(tokenizerForm('with added tokens', '5'));
    const [added] = tokenizer.encode('<new>');
    expect(tokenizer.tokenText(added)).toBe('<new>');
    expect(tokenizer.encode('<new>', { allowedSpecial: 'none' })).toEqual([added]);
    expect(tokenizer.specialTokens).not.toHaveProperty('<new>');
    expect(() => tokenizer.encode('a <tool> b')).toThrow('special token <tool> at position 1');
    expect(tokenizer.encode('<pad>', { allowedSpecial: 'none' }).length).toBeGreaterThan(1);
    expect(tokenizer.withSpecialTokens(['<new>']).specialTokens['<new>']).toBe(added);
  });

  test('a token that no text gives is only decoded, where files say what is special', () => {
    const files = edited(bare, 'vocab.json', (vocab) => (vocab['<unused>'] = 290));
    const tokenizer = load({ ...files, 'tokenizer_config.json': '{"model_max_length": 1024}' });
    expect(tokenizer.specialTokens).toEqual({ '<|endoftext|>': 0 });
    expect(tokenizer.encode('<unused>', all).length).toBeGreaterThan(1);
    expect(tokenizer.decode([290])).toBe('<unused>');
    expect(load(files).specialTokens).toHaveProperty('<unused>'); // no file says which are
    expect(BPETokenizer.fromFiles(tokenizer.toFiles()).toFiles()).toEqual(tokenizer.toFiles());
  });
});

describe('a tokenizer of ours', () => {
  test.each(Object.entries(saved))('that an earlier version saved loads: %s', (_, before) => {
    const tokenizer = load(before.files);
    expect(before.texts.map((text) => tokenizer.encode(text, all))).toEqual(before.ids);
    expect(Object.entries(tokenizer.specialTokens)).toEqual(before.specials);
    const { vocab, merges, config } = tokenizer.toFiles();
    expect([merges, config, vocab]).toEqual(Object.values(before.files));
  });

  test("and GPT-2's own, which names no special token", () => {
    const { vocab, merges } = BPETokenizer.gpt2().toFiles();
    for (const names of [
      ['vocab.json', 'merges.txt'],
      ['encoder.json', 'vocab.bpe'],
    ]) {
      const tokenizer = load({ [names[0]]: vocab, [names[1]]: merges });
      expect(tokenizer.toFiles()).toEqual(BPETokenizer.gpt2().toFiles());
      expect([tokenizer.eosId, tokenizer.padId]).toEqual([50256, undefined]);
    }
  });

  test('saved in place of another form, it leaves nothing that would contradict it', () => {
    const wanted = load(bare);
    for (const files of [five, { 'encoder.json': '{}' }, { 'added_tokens.json': '{}' }]) {
      const dir = folderOf(files);
      saveTokenizer(wanted, dir);
      expect(readdirSync(dir).sort()).toEqual([
        'merges.txt',
        'tokenizer_config.json',
        'vocab.json',
      ]);
      expect(loadTokenizer(dir).toFiles()).toEqual(wanted.toFiles());
    }
  });
});

describe('several forms in one folder', () => {
  const openAI = { 'encoder.json': four['vocab.json'], 'vocab.bpe': four['merges.txt'] };

  test('are read where they say the same', () => {
    expect(load({ ...four, ...openAI }).padId).toBe(290);
    expect(load({ ...five, 'vocab.json': four['vocab.json'] }).padId).toBe(290);
    expect(load(openAI).eosId).toBe(0);
  });

  const swap = (vocab: Json): void => ([vocab.a, vocab.b] = [vocab.b, vocab.a]) as never;
  const lines = four['merges.txt'].split('\n');
  const swapped = [lines[0], lines[2], lines[1], ...lines.slice(3)].join('\n');
  test.each<[string, Files, string | RegExp]>([
    [
      'ids',
      edited(four, 'vocab.json', swap),
      /tokenizer.json and vocab.json contradict.*id of "[ab]"/,
    ],
    ['fewer tokens', edited(four, 'vocab.json', (v) => delete v.a), /"a" is \d+ and missing/],
    ['more tokens', edited(four, 'vocab.json', (v) => (v.zzz = 290)), /"zzz" is missing and 290/],
    ['merges', { ...four, 'merges.txt': swapped }, /and merges.txt contradict.*merge 1 is "/],
    [
      'fewer merges',
      { ...four, 'merges.txt': lines.slice(0, -2).join('\n') },
      /and missing; delete/,
    ],
    [
      'added ids',
      { ...four, 'added_tokens.json': '{"<pad>": 291}' },
      'has id 290, but in added_tokens.json it has 291',
    ],
    [
      'an id of another',
      { ...four, 'added_tokens.json': '{"<x>": 290}' },
      'added_tokens.json: "<x>" has id 290, which is that of "<pad>"',
    ],
    ['a hole', { ...four, 'added_tokens.json': '{"<x>": 300}' }, '"<x>" has id 300'],
    [
      'a role',
      edited(four, 'special_tokens_map.json', (m) => (m.pad_token = '!')),
      'special_tokens_map.json names "!" as pad_token, tokenizer_config.json names "<pad>"',
    ],
    [
      'a flag',
      edited(four, 'tokenizer_config.json', (c) => (c.added_tokens_decoder[290].lstrip = true)),
      'contradict each other about "<pad>": lstrip is false and true',
    ],
    [
      'add_prefix_space',
      edited(five, 'tokenizer_config.json', (c) => (c.add_prefix_space = true)),
      'add_prefix_space is false and true',
    ],
    [
      'add_prefix_space by default',
      edited(
        edited(five, 'tokenizer_config.json', (c) => delete c.add_prefix_space),
        'tokenizer.json',
        (t) => (t.pre_tokenizer.add_prefix_space = true),
      ),
      'add_prefix_space is true and false, by default',
    ],
    [
      "OpenAI's",
      { ...four, ...edited(openAI, 'encoder.json', swap) },
      'DIR holds two tokenizers: encoder.json',
    ],
    [
      "OpenAI's, with an error",
      { ...openAI, 'encoder.json': '{}' },
      '(encoder.json read as vocab.json, vocab.bpe as merges.txt): vocab.json lacks',
    ],
    [
      'half of each',
      { 'vocab.json': '{}', 'vocab.bpe': '' },
      'DIR has no tokenizer: merges.txt cannot be found',
    ],
  ])('that contradict in %s are refused by name', (_, files, message) => {
    expect(problem(files)).toMatch(message);
  });
});

describe('what this tokenizer does not do is refused by name', () => {
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const gpt4 = {
    type: 'Split',
    pattern: { Regex: "'(?i:[sdmt]|ll|ve|re)|\\p{N}{1,3}" },
    behavior: 'Isolated',
    invert: false,
  };
  const template = (name: string): Json => ({
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: name, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [],
    special_tokens: { [name]: { id: name, ids: [0], tokens: [name] } },
  });
  const json = (change: (json: Json) => void): Files => edited(five, 'tokenizer.json', change);

  test.each<[string, (json: Json) => void, string]>([
    [
      'a normalizer',
      (t) => (t.normalizer = { type: 'NFC' }),
      'normalizer is "NFC" (an object), expected null',
    ],
    [
      'a sequence of them',
      (t) => (t.normalizer = { type: 'Sequence', normalizers: [{ type: 'Lowercase' }] }),
      'normalizer is "Sequence"',
    ],
    [
      'no pre-tokenizer',
      (t) => (t.pre_tokenizer = null),
      'pre_tokenizer is null, expected "ByteLevel"',
    ],
    [
      'Metaspace',
      (t) => (t.pre_tokenizer = { type: 'Metaspace', replacement: '▁' }),
      'pre_tokenizer is "Metaspace"',
    ],
    [
      "GPT-4's pattern",
      (t) =>
        (t.pre_tokenizer = {
          type: 'Sequence',
          pretokenizers: [gpt4, { ...level, use_regex: false }],
        }),
      'pre_tokenizer.pattern is "\'(?i:',
    ],
    [
      'digits cut apart',
      (t) => (t.pre_tokenizer = { type: 'Sequence', pretokenizers: [{ type: 'Digits' }, level] }),
      'pre_tokenizer is "Digits", "ByteLevel"',
    ],
    ['no pattern', (t) => (t.pre_tokenizer.use_regex = false), 'pre_tokenizer.use_regex is false'],
    [
      'a prefix space that is not a boolean',
      (t) => (t.pre_tokenizer.add_prefix_space = 'yes'),
      'add_prefix_space is "yes", expected true or false',
    ],
    [
      'a template that begins texts',
      (t) => (t.post_processor = template('<|endoftext|>')),
      'post_processor adds "<|endoftext|>" to each text',
    ],
    [
      'one in a sequence',
      (t) => (t.post_processor = { type: 'Sequence', processors: [level, template('<s>')] }),
      'post_processor adds "<s>"',
    ],
    [
      "RoBERTa's",
      (t) => (t.post_processor = { type: 'RobertaProcessing', sep: ['</s>', 2] }),
      'post_processor is "RobertaProcessing"',
    ],
    ['no decoder', (t) => (t.decoder = null), 'decoder is null, expected "ByteLevel"'],
    [
      "WordPiece's decoder",
      (t) => (t.decoder = { type: 'WordPiece', prefix: '##' }),
      'decoder is "WordPiece"',
    ],
    [
      'WordPiece',
      (t) => (t.model = { type: 'WordPiece', vocab: {} }),
      'model.type is "WordPiece", expected "BPE"',
    ],
    [
      'Unigram',
      (t) => (t.model = { type: 'Unigram', vocab: [['a', -1]] }),
      'model.type is "Unigram"',
    ],
    ['dropout', (t) => (t.model.dropout = 0.1), 'model.dropout is 0.1, expected null'],
    ['byte fallback', (t) => (t.model.byte_fallback = true), 'model.byte_fallback is true'],
    ['ignored merges', (t) => (t.model.ignore_merges = true), 'model.ignore_merges is true'],
    [
      'a prefix of subwords',
      (t) => (t.model.continuing_subword_prefix = '##'),
      'continuing_subword_prefix is "##"',
    ],
    [
      'a suffix of words',
      (t) => (t.model.end_of_word_suffix = '</w>'),
      'end_of_word_suffix is "</w>"',
    ],
    ['a field of the future', (t) => (t.model.shuffle = true), 'model.shuffle is not known here'],
    ['a stage of the future', (t) => (t.afterthought = {}), 'afterthought is not known here'],
    ['no model', (t) => delete t.model, 'model is undefined, expected an object'],
    ['a list of tokens', (t) => (t.model.vocab = ['a']), 'model.vocab is a list of 1'],
    ['merges that are none', (t) => (t.model.merges = { a: 'b' }), 'model.merges is an object'],
    [
      'a merge of three',
      (t) => t.model.merges.push(['a', 'b', 'c']),
      'merge 34, "a b c": expected two tokens',
    ],
    [
      'a merge of numbers',
      (t) => t.model.merges.push([1, 2]),
      'merge 34, "1 2": expected two tokens',
    ],
    ['a merge of nothing', (t) => t.model.merges.push(null), 'merge 34, null: expected two tokens'],
    [
      'a merge of an unknown',
      (t) => t.model.merges.push('q zzz'),
      'merge 34, "q zzz": "zzz" is not in tokenizer.json',
    ],
    [
      'added tokens that are not a list',
      (t) => (t.added_tokens = {}),
      'added_tokens is an object, expected a list',
    ],
    [
      'an added token without a name',
      (t) => delete t.added_tokens[1].content,
      'added_tokens[1].content is undefined',
    ],
    [
      'an added token with an empty name',
      (t) => (t.added_tokens[1].content = ''),
      'has an empty token',
    ],
    [
      'an added token with half a character',
      (t) => (t.added_tokens[1].content = '\ud83d'),
      'half of a surrogate pair',
    ],
    [
      'an id that is none',
      (t) => (t.added_tokens[1].id = '290'),
      '"<pad>" has id "290", not a whole number',
    ],
    [
      'a flag that is none',
      (t) => (t.added_tokens[1].lstrip = 1),
      'added_tokens[1].lstrip is 1, expected true or false',
    ],
  ])('tokenizer.json: %s', (_, change, message) => {
    expect(problem(json(change))).toContain(`DIR has no usable tokenizer: tokenizer.json`);
    expect(problem(json(change))).toContain(message);
  });

  test.each<[string, unknown, string]>([
    ['add_bos_token', true, 'is true, expected false'],
    ['add_eos_token', true, 'is true, expected false'],
    ['split_special_tokens', true, 'is true, expected false'],
    ['errors', 'ignore', 'is "ignore", expected "replace"'],
    [
      'tokenizer_class',
      'LlamaTokenizerFast',
      'is "LlamaTokenizerFast", expected "GPT2Tokenizer" or',
    ],
    ['add_prefix_space', 'no', 'is "no", expected true or false'],
    ['added_tokens_decoder', [1], 'is a list of 1, expected an object of id: token'],
    ['added_tokens_decoder', { x: { content: 'y' } }, '"y" has id NaN'],
    ['pad_token', 7, 'is 7, expected the name of a token'],
    ['pad_token', {}, 'pad_token.content is undefined, expected a text'],
    ['additional_special_tokens', 'ab', 'is "ab", expected a list of tokens'],
  ])('tokenizer_config.json: %s %j', (key, value, message) => {
    for (const files of [four, five, { ...bare, 'tokenizer_config.json': '{}' }]) {
      const found = problem(
        edited(files, 'tokenizer_config.json', (config) => (config[key] = value)),
      );
      expect(found).toContain('DIR has no usable tokenizer: tokenizer_config.json: ');
      expect(found).toContain(message);
    }
  });

  test('vocab.json of a class that reads it otherwise', () => {
    const config = '{"tokenizer_class": "PreTrainedTokenizerFast"}';
    expect(problem({ ...bare, 'tokenizer_config.json': config })).toContain('tokenizer_class is');
  });
});

describe('damage', () => {
  const { 'merges.txt': merges } = bare;
  const end = merges.trimEnd().lastIndexOf('\n') + 1;
  const cut = {
    'all merges': '#version: 0.2\n',
    'most merges': merges.slice(0, 40),
    'the last merge': merges.slice(0, end),
    'a merge in the middle': merges.replace(/^(?:.*\n){5}/, (head) => head.replace(/.*\n$/, '')),
  };
  test.each(Object.entries(cut))('without %s is an error', (_, text) => {
    const missing = /no merge that makes|no line above makes|is not in vocab|expected two tokens/;
    const { 'tokenizer_config.json': config, 'added_tokens.json': added } = slow;
    const named = { 'tokenizer_config.json': config, 'added_tokens.json': added };
    for (const files of [bare, { ...bare, ...named }, slow]) {
      expect(problem({ ...files, 'merges.txt': text })).toMatch(missing);
    }
  });

  test('tokenizer.json without its last merges is an error', () => {
    const files = edited(five, 'tokenizer.json', ({ model }) => model.merges.splice(-2));
    expect(problem(files)).toMatch(/tokenizer.json has no merge that makes ".+", such as "/);
  });

  test.each(Object.keys(slow))('%s that stands for another file is called what it is', (name) => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4\n';
    expect(problem({ ...slow, [name]: pointer })).toMatch(
      `DIR/${name} is a Git LFS pointer, a few lines in place of the file`,
    );
    const page = '\n<!DOCTYPE html><html><body>Not Found</body></html>';
    expect(problem({ ...slow, [name]: page })).toContain(`DIR/${name} is a web page`);
    const utf16 = folderOf(slow);
    writeFileSync(path.join(utf16, name), Buffer.from('\ufeff{"ã": 0}', 'utf16le'));
    expect(() => loadTokenizer(utf16)).toThrow(`${name} is text in UTF-16, expected UTF-8`);
    rmSync(path.join(utf16, name));
    mkdirSync(path.join(utf16, name));
    expect(() => loadTokenizer(utf16)).toThrow(`${name} is a folder, expected a file`);
  });

  test('deep, long and many things are refused in one short line', () => {
    const deep = (n: number): string => '['.repeat(n) + ']'.repeat(n);
    const depth = deep(200_000);
    const files = (text: string): Files => ({ ...five, 'tokenizer.json': text });
    const start = five['tokenizer.json'];
    expect(problem(files(depth))).toContain('tokenizer.json must be an object');
    expect(problem(files(`{"normalizer": ${depth}`))).toContain('tokenizer.json is not JSON');
    expect(problem(files(start.replace('"normalizer": null', `"normalizer": ${depth}`)))).toContain(
      'normalizer is a list of 1',
    );
    const long = JSON.stringify({ ['x'.repeat(1e6)]: 'y'.repeat(1e6) });
    expect(problem({ ...bare, 'vocab.json': long })).toContain('has id "yyy');
  });

  test('more tokens than a million are not read', { timeout: 600_000 }, () => {
    const entries = Array.from({ length: 2 ** 20 + 1 }, (_, i) => `"<${i}>": ${i}`);
    expect(problem({ ...bare, 'vocab.json': `{${entries.join(', ')}}` })).toContain(
      'at most 1048576',
    );
    const file = path.join(folderOf(bare), 'vocab.json');
    truncateSync(file, 1e8 + 1);
    expect(() => loadTokenizer(path.dirname(file))).toThrow(
      '100000001 bytes, expected a text of at most 100000000',
    );
  });
});
