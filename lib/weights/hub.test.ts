import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { saveTokenizer } from '../data';
import { GPT2_CONFIGS, parameterShapes } from '../model';
import { BPETokenizer } from '../tokenizer';
import { fetchPretrained, fetchRepo } from './hub';
import { openModel } from './open-model';
import { hubCache, linkPretrained, pretrained, type PretrainedName } from './pretrained';

const tiny = path.join(__dirname, '../fixtures/gpt2-tiny');
const REPO = { repo: 'someone/gpt2-tiny', revision: 'a'.repeat(40) };

let home: string;
let environment: NodeJS.ProcessEnv;
beforeEach(() => {
  environment = { ...process.env };
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'hub-'));
  for (const name of Object.keys(process.env)) {
    if (/^(HF_|HUGGINGFACE_|XDG_|GPT_DATA|GPT_OFFLINE|https?_proxy)/i.test(name))
      delete process.env[name];
  }
  process.env.HF_HOME = path.join(home, 'hf');
  process.env.GPT_DATA_CACHE = path.join(home, 'cache');
});
afterEach(() => {
  process.env = environment;
  fs.rmSync(home, { recursive: true });
});

const hex = (kind: string, ...content: (string | Buffer)[]) =>
  content.reduce((hash, part) => hash.update(part), createHash(kind)).digest('hex');

/** The hub's two addresses that matter, with what the real hub says about files. */
class FakeHub {
  readonly requests: string[] = [];
  /** The files that it has, by name. */
  readonly files: Record<string, Buffer> = {
    'config.json': fs.readFileSync(path.join(tiny, 'config.json')),
    'vocab.json': Buffer.from('{"a":0}'),
    'merges.txt': Buffer.from('#version: 0.2\n'),
    'model.safetensors': fs.readFileSync(path.join(tiny, 'model.safetensors')),
  };
  /** False statements about files, in place of the true ones. */
  readonly lies: Record<string, object> = {};
  /** The bytes that it sends instead of a file. */
  readonly sends: Record<string, Buffer> = {};
  status = 200;
  private server?: Server;

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      const { method, url = '' } = request;
      this.requests.push(`${method} ${url}`);
      const [, info] = /^\/api\/models\/someone\/gpt2-tiny\/paths-info\/a{40}(.*)$/.exec(url) ?? [];
      const [, where, name] = /^\/(someone\/gpt2-tiny\/resolve\/a{40}|cdn)\/(.+)$/.exec(url) ?? [];
      if (this.status !== 200) response.writeHead(this.status).end('no');
      else if (info === '' && method === 'POST') {
        let body = '';
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => {
          const { paths } = JSON.parse(body) as { paths: string[] };
          const known = paths.filter((file) => file in this.files);
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify(known.map((file) => this.describe(file))));
        });
      } else if (method === 'GET' && name && name in this.files) {
        if (where !== 'cdn' && name.endsWith('.safetensors')) {
          response.writeHead(302, { location: `/cdn/${name}` }).end();
        } else response.end(this.sends[name] ?? this.files[name]);
      } else response.writeHead(404).end();
    });
    const { server } = this;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env.HF_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  private describe(file: string): object {
    const content = this.files[file];
    const lfs = { oid: hex('sha256', content), size: content.length, pointerSize: 134 };
    return {
      type: 'file',
      path: file,
      size: content.length,
      ...(file.endsWith('.safetensors')
        ? { oid: 'b'.repeat(40), lfs, xetHash: 'c'.repeat(64) }
        : { oid: hex('sha1', `blob ${content.length}\0`, content) }),
      ...this.lies[file],
    };
  }

  /** Requests for contents. */
  get downloads(): string[] {
    return this.requests.filter((request) => request.startsWith('GET'));
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server?.close(resolve));
  }
}

describe('fetches from the hub', () => {
  const hub = { current: new FakeHub() };
  beforeEach(async () => {
    hub.current = new FakeHub();
    await hub.current.start();
  });
  afterEach(() => hub.current.stop());

  /** The files that are there, whatever their names are. */
  const left = () =>
    fs.existsSync(hubCache())
      ? fs
          .readdirSync(hubCache(), { recursive: true, encoding: 'utf8' })
          .filter((name) => /safetensors|[0-9a-f]{64}/.test(name))
      : [];

  test("into the layout of Hugging Face's cache", async () => {
    const seen = new Set<string>();
    const dir = await fetchRepo(REPO, { onProgress: (file) => seen.add(file) });
    const storage = path.join(home, 'hf', 'hub', 'models--someone--gpt2-tiny');
    expect(dir).toBe(path.join(storage, 'snapshots', REPO.revision));
    expect(fs.readFileSync(path.join(storage, 'refs', 'main'), 'utf8')).toBe(REPO.revision);
    expect(fs.readdirSync(dir).sort()).toEqual(Object.keys(hub.current.files).sort());
    for (const [name, content] of Object.entries(hub.current.files)) {
      expect(fs.readFileSync(path.join(dir, name)).equals(content), name).toBe(true);
    }
    const blob = hex('sha256', hub.current.files['model.safetensors']);
    expect(fs.readlinkSync(path.join(dir, 'model.safetensors'))).toBe(`../../blobs/${blob}`);
    expect(fs.readdirSync(path.join(storage, 'blobs')).length).toBe(4);
    expect(openModel(dir).config.nLayers).toBe(2);
    expect([...seen].sort()).toEqual(Object.keys(hub.current.files).sort());
  });

  test('only what is not there yet', async () => {
    const dir = await fetchRepo(REPO);
    const before = hub.current.downloads.length;
    fs.rmSync(path.join(dir, 'model.safetensors')); // the name, not the content
    await fetchRepo(REPO);
    expect(hub.current.downloads.length).toBe(before);
    expect(openModel(dir).config.nLayers).toBe(2);
  });

  test('twice at a time, with one intact result', async () => {
    const [dir, same] = await Promise.all([fetchRepo(REPO), fetchRepo(REPO)]);
    expect(dir).toBe(same);
    expect(openModel(dir).config.nLayers).toBe(2);
    expect(fs.readdirSync(dir).length).toBe(4);
    expect(left().filter((name) => /\.(part|tmp)$/.test(name))).toEqual([]);
  });

  test('and leaves nothing of a file that is not the one expected', async () => {
    const { lies, sends, files } = hub.current;
    const weights = 'model.safetensors';
    sends[weights] = Buffer.from(files[weights]);
    sends[weights][5000] ^= 1;
    await expect(fetchRepo(REPO)).rejects.toThrow(
      /model.safetensors is not the file expected: SHA-256/,
    );
    expect(left()).toEqual([]);
    delete sends[weights];
    await expect(fetchRepo({ ...REPO, sha256: 'd'.repeat(64) })).rejects.toThrow(
      'is not the file that was published',
    );
    lies['vocab.json'] = { oid: 'e'.repeat(40) };
    await expect(fetchRepo(REPO)).rejects.toThrow(/vocab.json is not the file expected: git hash/);
    lies['vocab.json'] = { oid: '../../../../escaped' };
    await expect(fetchRepo(REPO)).rejects.toThrow(/no hash of .*vocab.json/);
    expect(left()).toEqual([]);
  });

  test('or says in one line why not', async () => {
    delete hub.current.files['merges.txt'];
    await expect(fetchRepo(REPO)).rejects.toThrow(/has no merges.txt in someone\/gpt2-tiny/);
    hub.current.status = 401;
    await expect(fetchRepo(REPO)).rejects.toThrow(/^http:\/\/127.0.0.1:\d+ answered HTTP 401$/);
    await hub.current.stop();
    await expect(fetchRepo(REPO)).rejects.toThrow(/no connection \(ECONNREFUSED\)/);
    for (const variable of ['GPT_OFFLINE', 'HF_HUB_OFFLINE']) {
      process.env[variable] = '1';
      await expect(fetchPretrained('gpt2')).rejects.toThrow(`${variable} is set, so gpt2 is not`);
      delete process.env[variable];
    }
  });
});

/**
 * A folder with all of a published model but its numbers, which are a sparse file that takes no
 * room.
 */
function published(name: PretrainedName, dir: string): string {
  const { nLayers: n_layer, nHeads: n_head, embDim: n_embd } = GPT2_CONFIGS[name];
  fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(
    path.join(dir, 'config.json'),
    JSON.stringify({ model_type: 'gpt2', n_layer, n_head, n_embd }),
  );
  let end = 0;
  const entries = Object.entries(parameterShapes(GPT2_CONFIGS[name])).map(([key, shape]) => {
    const begin = end;
    end += 4 * shape.reduce((a, b) => a * b, 1);
    return [key, { dtype: 'F32', shape, data_offsets: [begin, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = path.join(dir, 'model.safetensors');
  fs.writeFileSync(file, Buffer.concat([length, header]));
  fs.truncateSync(file, 8 + header.length + end);
  return dir;
}

describe('finds weights on this machine', () => {
  const snapshot = (repo: string, revision: string) =>
    path.join(hubCache(), `models--${repo}`, 'snapshots', revision);

  test('or says how to get them', () => {
    expect(pretrained('gpt2')).toEqual({
      note:
        'gpt2: the published weights are not on this machine; ' +
        './gpt weights gpt2 fetches them (0.5 GB)',
    });
    expect(() => pretrained('gpt3' as never)).toThrow('Unknown weights "gpt3"; names are gpt2');
  });

  test.each([
    ['openai-community--gpt2-large', 'gpt2-large'],
    ['gpt2-xl', 'gpt2-xl'], // where Python's from_pretrained('gpt2-xl') keeps it
  ] as const)("in Hugging Face's cache, as %s", async (repo, name) => {
    const dir = published(name, snapshot(repo, 'f00d'));
    const note = `${name}: weights in Hugging Face's layout, from Hugging Face's cache`;
    expect(pretrained(name)).toEqual({ dir, note });
    expect(await fetchPretrained(name)).toBe(dir); // without a network
  });

  test('the version of main before others', () => {
    const refs = path.join(hubCache(), 'models--gpt2', 'refs');
    published('gpt2', snapshot('gpt2', 'aaa'));
    const dir = published('gpt2', snapshot('gpt2', 'bbb'));
    fs.mkdirSync(refs);
    fs.writeFileSync(path.join(refs, 'main'), 'bbb\n');
    expect(pretrained('gpt2').dir).toBe(dir);
  });

  test('in the mirror, before that the folder that was linked', () => {
    process.env.GPT_DATA_MIRROR = path.join(home, 'stick');
    const mirrored = published('gpt2', path.join(home, 'stick', 'gpt2'));
    expect(pretrained('gpt2')).toMatchObject({
      dir: mirrored,
      note: "gpt2: weights in Hugging Face's layout, from GPT_DATA_MIRROR",
    });
    const own = published('gpt2', path.join(home, 'own'));
    const link = linkPretrained('gpt2', own);
    expect(fs.realpathSync(link)).toBe(fs.realpathSync(own));
    expect(pretrained('gpt2')).toMatchObject({ dir: link });
    linkPretrained('gpt2', mirrored); // in place of the older link
    expect(fs.realpathSync(link)).toBe(fs.realpathSync(mirrored));
    const gpt2 = BPETokenizer.gpt2();
    saveTokenizer(gpt2.withSpecialTokens(['<pad>']), own);
    expect(linkPretrained('gpt2', own)).toBe(link);
    saveTokenizer(BPETokenizer.train('uma outra língua', { vocabSize: 256 }), own);
    expect(() => linkPretrained('gpt2', own)).toThrow('own has another tokenizer than GPT-2');
    saveTokenizer(gpt2, own);
    fs.rmSync(link);
    fs.mkdirSync(link);
    expect(() => linkPretrained('gpt2', own)).toThrow(/Cannot make the link/);
  });

  test('unless they are incomplete, damaged, or of another model', () => {
    const dir = snapshot('gpt2', 'abc');
    fs.mkdirSync(dir, { recursive: true });
    fs.copyFileSync(path.join(tiny, 'config.json'), path.join(dir, 'config.json'));
    expect(pretrained('gpt2').note).not.toContain('unusable'); // somebody fetched only this
    published('gpt2', dir);
    const file = path.join(dir, 'model.safetensors');
    fs.truncateSync(file, fs.statSync(file).size - 1);
    expect(pretrained('gpt2').dir).toBeUndefined();
    expect(pretrained('gpt2').note).toMatch(
      /unusable: .*model.safetensors: MetadataIncompleteBuffer/,
    );
    fs.cpSync(tiny, dir, { recursive: true });
    expect(pretrained('gpt2').note).toMatch(/unusable: .*abc holds another model/);
  });
});
