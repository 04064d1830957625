/** Folders that do not hold a model, or not the one they claim: each is one clear error, at once. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { initBackend, tf } from '../backend';
import { DataError } from '../core/errors';
import { difference, tinyExpected } from '../fixtures/reference';
import { loadModel, openModel, readSafetensors, saveModel, writeSafetensors } from '../weights';
import { type ByteSource, MemoryBytes } from './byte-source';
import { CheckpointError } from './checkpoint-error';
import { maskedCrc32c } from './crc32c';
import { TensorBundle } from './tensor-bundle';

const fixtures = path.join(__dirname, '../fixtures');
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'strange-'));
afterAll(() => fs.rmSync(temporary, { recursive: true }));
beforeAll(async () => {
  await initBackend();
});

/** A copy of a model of the fixtures, with files of other content. */
function copy(from: string, files: Record<string, string | Uint8Array> = {}): string {
  const dir = fs.mkdtempSync(path.join(temporary, 'model-'));
  fs.cpSync(path.join(fixtures, from), dir, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    fs.writeFileSync(path.join(dir, name), content);
  }
  return dir;
}

/** `gpt2-tiny` in two shards. */
function sharded(): string {
  const dir = copy('gpt2-tiny');
  const file = path.join(dir, 'model.safetensors');
  const whole = readSafetensors(file);
  const map: Record<string, string> = {};
  for (const [k, shard] of ['a.safetensors', 'b.safetensors'].entries()) {
    const names = [...whole.tensors.keys()].filter((_, i) => i % 2 === k);
    const parts = names.map((name) => {
      const { dtype, shape } = whole.info(name);
      return [name, { dtype, shape, data: whole.bytes(name) }] as const;
    });
    writeSafetensors(path.join(dir, shard), Object.fromEntries(parts));
    for (const name of names) map[name] = shard;
  }
  fs.rmSync(file);
  fs.writeFileSync(`${file}.index.json`, JSON.stringify({ weight_map: map }));
  return dir;
}

/** The message of opening a folder, which must be one line. */
function refusal(dir: string): string {
  try {
    openModel(dir);
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    const { message } = error as Error;
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(1500);
    return message;
  }
  return 'opened';
}

const LFS = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 548105171\n';
const STAND_INS: [kind: string, content: string | Uint8Array, said: RegExp][] = [
  ['a Git LFS pointer', LFS, /is a Git LFS pointer.*git lfs pull/],
  ['a web page', '\n<!DOCTYPE html>\n<html><body>Sign in</body></html>', /is a web page/],
  ['an error in XML', '<?xml version="1.0"?><Error><Code>AccessDenied</Code>', /is a web page/],
  ['an error in JSON', '{"error":"Repository not found"}', /server's error.*Repository not found/],
  ['a file of gzip', gzipSync('{}'), /compressed with gzip: unpack it first/],
  ['text in UTF-16', Buffer.from('\ufeff{}', 'utf16le'), /UTF-16, expected UTF-8/],
  ['nothing', '', /empty|names no model_checkpoint_path/],
];
const READ: [from: () => string, names: string[]][] = [
  [() => copy('gpt2-tiny'), ['config.json', 'model.safetensors']],
  [sharded, ['model.safetensors.index.json', 'b.safetensors']],
  [
    () => copy('openai-tiny', { checkpoint: 'model_checkpoint_path: "model.ckpt"\n' }),
    ['hparams.json', 'checkpoint', 'model.ckpt.index', 'model.ckpt.data-00000-of-00001'],
  ],
];
const files = READ.flatMap(([from, names]) => names.map((name) => [name, from] as const));

describe.each(files)('in the place of %s', (name, from) => {
  test.each(STAND_INS)('%s is said for what it is', (_, content, said) => {
    const dir = from();
    expect(refusal(dir)).toBe('opened');
    fs.writeFileSync(path.join(dir, name), content);
    expect(refusal(dir)).toMatch(said);
    expect(refusal(dir)).toContain(name);
  });

  test('a folder, a pipe, and links that lead nowhere', () => {
    const dir = from();
    const file = path.join(dir, name);
    const others: [make: () => unknown, said: RegExp][] = [
      [() => fs.mkdirSync(file), /is a folder, expected a file/],
      [() => spawnSync('mkfifo', [file]), /is a pipe, expected a file/],
      [() => fs.symlinkSync('/dev/zero', file), /is a device, expected a file/],
      [() => fs.symlinkSync('nowhere', file), /ENOENT|NotFound|FileNotFound|opened/],
      [() => fs.symlinkSync(name, file), /ELOOP|NotFound|FileNotFound|opened/],
    ];
    for (const [make, said] of others) {
      fs.rmSync(file, { recursive: true });
      make();
      expect(refusal(dir)).toMatch(said);
    }
  });
});

test.each([
  ['pytorch_model.bin', /pytorch_model\.bin only, a Python pickle: save it in Python/],
  ['pytorch_model.bin.index.json', /only, a Python pickle/],
  ['consolidated.00.pth', /only, a Python pickle/],
  ['tf_model.h5', /only, weights for Keras, Flax or Rust/],
  ['model.onnx', /only, an ONNX graph/],
  ['gpt2.Q4_K_M.gguf', /only, for llama\.cpp/],
  ['gpt2.safetensors', /only, expected model\.safetensors/],
  ['training_args.bin', /no .*model\.safetensors|holds no model/],
])('where there is only %s, what is needed is said', (name, said) => {
  const dir = fs.mkdtempSync(path.join(temporary, 'other-'));
  fs.writeFileSync(path.join(dir, name), '\x80\x02}');
  expect(refusal(dir)).toMatch(said);
  expect(refusal(dir)).toContain('neither config.json');
  fs.copyFileSync(path.join(fixtures, 'gpt2-tiny/config.json'), path.join(dir, 'config.json'));
  expect(refusal(dir)).toMatch(said);
});

test('a file in the place of the folder, and an OpenAI checkpoint without its sizes', () => {
  const dir = copy('openai-tiny');
  expect(refusal(path.join(dir, 'hparams.json'))).toMatch(
    /hparams\.json is a file, expected a fol/,
  );
  fs.rmSync(path.join(dir, 'hparams.json'));
  expect(refusal(dir)).toMatch(/model\.ckpt\.index only, a TensorFlow checkpoint: hparams\.json/);
});

describe('sizes', () => {
  const theirs = fs.readFileSync(path.join(fixtures, 'gpt2-tiny/config.json'), 'utf8');
  const hparams = { n_vocab: 211, n_ctx: 64, n_embd: 32, n_head: 4, n_layer: 2 };
  const values: [value: string, said: RegExp][] = [
    ['1000000', /does not fit its config/],
    ['1000000000', /does not fit its config/],
    ['9007199254740991', /does not fit its config|must divide/],
    ['1e308', /must be a positive whole number|expected a whole number/],
    ['1e999', /a number that fits a float64/],
    ['NaN', /is not a JSON object/],
    ['-1', /must be a positive whole number, got -1/],
    ['0', /must be a positive whole number, got 0/],
    ['1.5', /must be a positive whole number, got 1.5|expected a whole number/],
    ['"2"', /expected a (whole )?number/],
    ['true', /expected a (whole )?number/],
    ['[2]', /expected a (whole )?number/],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, /at most 127 levels/],
  ];

  test.each(values.map(([value, said]) => [value.slice(0, 20), value, said] as const))(
    'of %s are refused at once',
    (_, value, said) => {
      for (const key of ['n_layer', 'n_embd', 'n_positions', 'vocab_size']) {
        const config = theirs.replace(new RegExp(`("${key}": )\\d+`), `$1${value}`);
        expect(config).not.toBe(theirs);
        expect(refusal(copy('gpt2-tiny', { 'config.json': config })), key).toMatch(said);
      }
      for (const key of ['n_layer', 'n_embd', 'n_ctx', 'n_vocab']) {
        const text = JSON.stringify(hparams).replace(new RegExp(`("${key}":)\\d+`), `$1${value}`);
        expect(refusal(copy('openai-tiny', { 'hparams.json': text })), key).toMatch(said);
      }
    },
  );

  test('a million layers are compared with those of the weights; a key twice is refused', () => {
    const million = theirs.replace(/("n_layer": )\d+/, '$11000000');
    expect(refusal(copy('gpt2-tiny', { 'config.json': million }))).toMatch(
      /that has 1000000 layers, the weights have 2, and more than 1000 are not read$/,
    );
    const twice = theirs.replace('{', '{"n_layer": 1000000,');
    expect(refusal(copy('gpt2-tiny', { 'config.json': twice }))).toMatch(/has "n_layer" twice$/);
    const deep = theirs.replace(/"gpt2"/, `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`);
    expect(refusal(copy('gpt2-tiny', { 'config.json': deep }))).toMatch(/at most 127 levels/);
  });
});

test('an index of shards that names itself, other folders, or files without end', () => {
  const dir = sharded();
  const index = 'model.safetensors.index.json';
  const maps: [map: unknown, said: RegExp][] = [
    [{ a: index }, /index\.json: HeaderTooLarge/],
    [{ a: '..' }, /outside its folder: "\.\."/],
    [{ a: '.' }, /outside its folder: "\."/],
    [{ a: '' }, /outside its folder: ""/],
    [{ a: '/etc/passwd' }, /outside its folder/],
    [{ a: 'x/../b.safetensors' }, /outside its folder/],
    [{ a: 7 }, /outside its folder: 7/],
    [[], /lacks a weight_map/],
    [null, /lacks a weight_map/],
    [{}, /missing: wte\.weight/],
    [{ a: 'b.safetensors\0' }, /FileNotFound/],
    [Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [i, `${i}.x`])), /FileNotFound/],
  ];
  for (const [weight_map, said] of maps) {
    fs.writeFileSync(path.join(dir, index), JSON.stringify({ weight_map }));
    expect(refusal(dir)).toMatch(said);
  }
});

describe("the index of OpenAI's checkpoint takes time and memory as its size, whatever it says", () => {
  const varint = (n: number): Buffer => {
    const bytes: number[] = [];
    for (; n >= 128; n = Math.floor(n / 128)) bytes.push((n % 128) + 128);
    return Buffer.from([...bytes, n]);
  };
  type Entry = [shared: number, key: Buffer | string, value: Uint8Array];
  const block = (entries: Entry[]): Buffer =>
    Buffer.concat([
      ...entries.flatMap(([shared, key, value]) => {
        const lengths = [shared, key.length, value.length].map(varint);
        return [...lengths, Buffer.from(key as string, 'latin1'), value];
      }),
      Buffer.from([0, 0, 0, 0, 1, 0, 0, 0]),
    ]);
  const sealed = (content: Buffer): Buffer => {
    const checked = Buffer.concat([content, Buffer.from([0])]);
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(maskedCrc32c(checked));
    return Buffer.concat([checked, sum]);
  };
  /** A table of one block, to which the index block leads `times` times. */
  function table(data: Buffer, times = 1): Buffer {
    const handle = Buffer.concat([varint(0), varint(data.length)]);
    const handles = Array.from({ length: times }, (_, i): Entry => {
      return [0, String(i).padStart(8, '0'), handle];
    });
    const [index, empty] = [block(handles), block([])];
    const parts = [data, empty, index].map(sealed);
    const footer = Buffer.alloc(48);
    Buffer.concat(
      [parts[0].length, empty.length, parts[0].length + parts[1].length, index.length].map(varint),
    ).copy(footer);
    footer.writeBigUInt64LE(0xdb4775248b80fb57n, 40);
    return Buffer.concat([...parts, footer]);
  }
  const header = Buffer.from([8, 1, 16, 0, 26, 2, 8, 1]);
  const none = new Uint8Array();
  const opened: string[] = [];
  /** Opens a checkpoint in memory, whose files with values are all there, of 4 bytes. */
  function open(index: Buffer): TensorBundle | string {
    opened.length = 0;
    const file = (name: string): ByteSource => {
      opened.push(name);
      return new MemoryBytes(name.endsWith('.index') ? index : new Uint8Array(4));
    };
    try {
      return new TensorBundle('x', file);
    } catch (error) {
      expect(error).toBeInstanceOf(CheckpointError);
      return (error as Error).message;
    }
  }

  test('a field again and again', () => {
    const value = Buffer.alloc(600_000, Buffer.from([8, 1]));
    const bundle = open(
      table(
        block([
          [0, '', header],
          [0, 'a', value],
        ]),
      ),
    ) as TensorBundle;
    expect(bundle.tensors.get('a')).toMatchObject({ type: 1, shape: [] });
  });

  test('keys that share a long start', () => {
    const long: Entry[] = [
      [0, '', header],
      [0, 'a'.repeat(100_000), none],
    ];
    for (let i = 0; i < 25_000; i++) long.push([100_000 + i, 'b', none]);
    expect(open(table(block(long)))).toBe('DataLoss: the index has keys far longer than itself');
  });

  test('dimensions, tensors, blocks and files without end; a key that is not text', () => {
    const dimensions = Buffer.alloc(100_000, Buffer.from([0x12, 0]));
    const shape = Buffer.concat([Buffer.from([8, 1, 0x12]), varint(dimensions.length), dimensions]);
    expect(
      open(
        table(
          block([
            [0, '', header],
            [0, 'a', shape],
          ]),
        ),
      ),
    ).toMatch(/254 dimensions/);
    const names = Array.from({ length: 20_001 }, (_, i): Entry => {
      return [0, String(i).padStart(8, '0'), none];
    });
    expect(open(table(block([[0, '', header], ...names])))).toMatch(/more than 20000 tensors/);
    // A block without entries that is read 20,000 times would cost as many checksums.
    const restarts = 100_000;
    const hollow = Buffer.alloc(4 * (restarts + 1));
    hollow.writeUInt32LE(restarts, 4 * restarts);
    expect(open(table(hollow, 20_000))).toMatch(/blocks out of order, or twice/);
    const many = Buffer.concat([Buffer.from([8]), varint(2 ** 40)]);
    expect(
      open(
        table(
          block([
            [0, '', many],
            [0, 'a', none],
          ]),
        ),
      ),
    ).toBeInstanceOf(TensorBundle);
    expect(opened).toEqual(['x.index', 'x.data-00000-of-1099511627776']);
    const elsewhere = Buffer.from([8, 1, 24, 5]);
    expect(
      open(
        table(
          block([
            [0, '', header],
            [0, 'a', elsewhere],
          ]),
        ),
      ),
    ).toMatch(/in file 5 of 1/);
    const beyond = Buffer.from([8, 1, 40, 5]);
    expect(
      open(
        table(
          block([
            [0, '', header],
            [0, 'a', beyond],
          ]),
        ),
      ),
    ).toMatch(/^OutOfRange: a lies/);
    expect(
      open(
        table(
          block([
            [0, '', header],
            [0, '\xff', none],
          ]),
        ),
      ),
    ).toMatch(/not UTF-8 text/);
  });
});

describe('one matrix for embedding and head, stored once', () => {
  const wte = 'transformer.wte.weight';
  /** `gpt2-tiny` with other names of tensors. */
  function renamed(rename: (name: string) => string | undefined, config: object = {}): string {
    const dir = copy('gpt2-tiny');
    const file = path.join(dir, 'model.safetensors');
    const whole = readSafetensors(file);
    const parts = [...whole.tensors].flatMap(([name, { dtype, shape }]) => {
      const other = rename(name);
      return other ? [[other, { dtype, shape, data: whole.bytes(name) }] as const] : [];
    });
    writeSafetensors(file, Object.fromEntries(parts));
    const about = JSON.parse(fs.readFileSync(path.join(dir, 'config.json'), 'utf8')) as object;
    fs.writeFileSync(path.join(dir, 'config.json'), JSON.stringify({ ...about, ...config }));
    return dir;
  }
  const head = (name: string) => (name === wte ? 'lm_head.weight' : name);

  test.each<[string, (name: string) => string]>([
    ['under the head’s name', head],
    ['without a prefix', (name) => head(name).replace('transformer.', '')],
    ['in a wrapper', (name) => `module.${head(name)}`],
    ['of a compiled model', (name) => `_orig_mod.${head(name)}`],
  ])('%s', async (_, rename) => {
    const model = await loadModel(renamed(rename));
    const logits = tf.tidy(() =>
      difference(model.forward(tinyExpected.input_ids), tinyExpected.logits),
    );
    expect(logits).toBeLessThan(1e-5);
    model.dispose();
  });

  test('but not where the config says that they are two, or there is neither', () => {
    expect(refusal(renamed(head, { tie_word_embeddings: false }))).toMatch(
      /missing: wte\.weight \(211, 32\)$/,
    );
    expect(refusal(renamed((name) => (name === wte ? undefined : name)))).toMatch(
      /missing: wte\.weight \(211, 32\)$/,
    );
    const misshapen = renamed(head, { vocab_size: 212 });
    expect(refusal(misshapen)).toMatch(
      /shape: lm_head\.weight \(211, 32\) instead of \(212, 32\)$/,
    );
  });
});

test('rates of dropout that differ: it writes, keeps them when saved, and trains when given one', async () => {
  const config = fs
    .readFileSync(path.join(fixtures, 'gpt2-tiny/config.json'), 'utf8')
    .replace(/"embd_pdrop": [\d.]+/, '"embd_pdrop": 0.2')
    .replace(/"attn_pdrop": [\d.]+/, '"attn_pdrop": 0.1');
  const dir = copy('gpt2-tiny', { 'config.json': config });
  const rates = { embd_pdrop: 0.2, attn_pdrop: 0.1, resid_pdrop: 0 };
  expect(openModel(dir)).toMatchObject({ dropRates: rates, config: { dropRate: 0 } });
  const model = await loadModel(dir);
  const { input_ids: ids, logits } = tinyExpected;
  expect(tf.tidy(() => difference(model.forward(ids), logits))).toBeLessThan(1e-5);
  const training = { seed: 1, step: 0 };
  expect(() => model.forward(ids, { training })).toThrow(
    /saved with embd_pdrop 0\.2, attn_pdrop 0\.1, resid_pdrop 0, but this library has one dropout rate .* \{ dropRate: … \}$/,
  );
  const again = path.join(temporary, 'again');
  saveModel(model, again);
  expect(openModel(again).dropRates).toEqual(rates);
  const chosen = await loadModel(dir, { dropRate: 0.1 });
  expect(chosen.config.dropRate).toBe(0.1);
  expect(chosen.dropRates).toBeUndefined();
  tf.tidy(() => void chosen.forward(ids, { training }));
  for (const one of [model, chosen]) one.dispose();
});
