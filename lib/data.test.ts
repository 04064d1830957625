import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  CATALOGUE,
  DataError,
  dataPath,
  fetchData,
  findData,
  loadText,
  openText,
  verifyData,
  type DataFile,
} from './data';

const MIRROR = process.env.GPT_DATA_MIRROR;
const names = ['GPT_DATA_MIRROR', 'GPT_DATA_CACHE', 'GPT_OFFLINE', 'HTTPS_PROXY', 'HTTP_PROXY'];
const saved = names.map((name) => [name, process.env[name]] as const);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gpt-data-'));
  for (const name of names) delete process.env[name];
  process.env.GPT_DATA_CACHE = path.join(folder, 'cache');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, value] of saved) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

const CONTENT = 'Uma noite destas.\n';
const OWN: DataFile = {
  ...CATALOGUE[0],
  name: 'own',
  file: 'own/file.txt',
  url: 'http://127.0.0.1:9/file.txt',
  bytes: CONTENT.length,
  sha256: createHash('sha256').update(CONTENT).digest('hex'),
};

describe('catalogue', () => {
  it('has what a download needs, once', () => {
    for (const entry of CATALOGUE) {
      expect(entry.name).toMatch(/^[a-z][a-z-]+$/);
      expect(entry.sha256, entry.name).toMatch(/^[0-9a-f]{64}$/); // no hash is an error
      expect(entry.url, entry.name).toMatch(/^https:\/\/.*[/][0-9a-f]{40}[/]/); // a fixed commit
      expect(entry.file).not.toMatch(/^\/|\.\.|\\/);
      expect(entry.licence && entry.use && entry.title).toBeTruthy();
    }
    for (const key of ['name', 'file', 'url', 'sha256'] as const) {
      expect(new Set(CATALOGUE.map((entry) => entry[key])).size).toBe(CATALOGUE.length);
    }
  });

  it('says what to do about an unknown name', () => {
    expect(() => findData('the-verdikt')).toThrow(
      new DataError('Unknown data "the-verdikt": ./gpt data list shows the names'),
    );
  });

  it.skipIf(!MIRROR)('names the files of the mirror, and they are what it says', () => {
    process.env.GPT_DATA_MIRROR = MIRROR;
    const manifest = JSON.parse(readFileSync(path.join(MIRROR as string, 'MANIFEST.json'), 'utf8'));
    for (const { file, bytes, sha256, url } of manifest.files) {
      const entry = CATALOGUE.find((one) => one.file === file);
      expect(entry, file).toMatchObject({ bytes, sha256, url });
    }
    const verdicts = verifyData();
    expect(verdicts).toHaveLength(manifest.files.length);
    expect(verdicts.filter(({ problem }) => problem)).toEqual([]);
    expect(loadText('the-verdict')).toHaveLength(20_479);
    expect(openText('the-verdict')).toMatchObject({
      source: 'mirror',
      note: 'The Verdict, Edith Wharton, 1908: 20,479 characters',
    });
    expect(JSON.parse(loadText('instruction-data'))).toHaveLength(1100);
    expect(loadText('sms-spam').trimEnd().split('\n')).toHaveLength(5574);
  });
});

describe('looking for a file', () => {
  const put = (where: string, content: string) => {
    mkdirSync(path.join(folder, where, 'own'), { recursive: true });
    writeFileSync(path.join(folder, where, 'own/file.txt'), content);
    return path.join(folder, where, 'own/file.txt');
  };

  it('takes the cache before the mirror, and what is damaged from neither', async () => {
    process.env.GPT_DATA_MIRROR = path.join(folder, 'mirror');
    process.env.GPT_OFFLINE = '1';
    const mirror = put('mirror', CONTENT);
    expect(await fetchData(OWN)).toEqual({ path: mirror, source: 'mirror' });
    const cache = put('cache', CONTENT);
    expect(await fetchData(OWN)).toEqual({ path: cache, source: 'cache' });
    put('cache', CONTENT.toUpperCase());
    expect(await fetchData(OWN)).toEqual({ path: mirror, source: 'mirror' });
    put('mirror', CONTENT.slice(1));
    await expect(fetchData(OWN)).rejects.toThrow('GPT_OFFLINE is set, so own is not fetched');
  });

  it('says which file, where it looked, and how to fetch it', () => {
    const cache = path.join(folder, 'cache/gutenberg/the-verdict.txt');
    expect(() => loadText('the-verdict')).toThrow(
      new DataError(
        `the-verdict is not on this machine. Looked in ${cache} (not there) and ` +
          'GPT_DATA_MIRROR (not set). To fetch it: ./gpt data fetch the-verdict',
        'absent',
      ),
    );
    mkdirSync(path.dirname(cache), { recursive: true });
    writeFileSync(cache, 'short');
    process.env.GPT_DATA_MIRROR = path.join(folder, 'mirror');
    expect(() => dataPath('the-verdict')).toThrow(
      /\(has 5 bytes instead of 20479\) and .*mirror.gutenberg.the-verdict.txt \(not there\)\./,
    );
    writeFileSync(cache, Buffer.alloc(20_479));
    expect(() => dataPath('the-verdict')).toThrow(/has SHA-256 [0-9a-f]{64} instead of b41e41a6/);
    delete process.env.GPT_DATA_CACHE;
    delete process.env.GPT_DATA_MIRROR;
    const inProject = path.join('data', 'cache', 'alpaca_data.json');
    if (!existsSync(path.join(__dirname, '..', inProject))) {
      expect(() => loadText('alpaca-data')).toThrow(`Looked in ${inProject} (not there)`);
    }
  });

  it('opens a small text of the project instead, and says so', () => {
    const opened = openText('dom-casmurro');
    expect(opened.source).toBe('sample');
    expect(opened.title).toBe('A última palavra, um conto');
    expect(opened.note).toMatch(
      /^Dom Casmurro, .* is not on this machine: going on with A última palavra, um conto \(data\/story-pt.txt\): [\d,]+ characters\. To fetch the book: \.\/gpt data fetch dom-casmurro$/,
    );
    const damaged = path.join(folder, 'cache/gutenberg/dom_casmurro.txt');
    mkdirSync(path.dirname(damaged), { recursive: true });
    writeFileSync(damaged, 'short');
    expect(openText('dom-casmurro').note).toMatch(
      /dom_casmurro\.txt is not Dom Casmurro, .*, it has 5 bytes instead of \d+: going on with /,
    );
    expect(openText('os-lusiadas').text).toContain('Amor é fogo que arde sem se ver,\n');
    expect(openText('the-verdict').text).toContain('leave room for umbrellas.');
    expect(openText('poems-en').note).toMatch(/^Four sonnets, .*\(data\/poems-en.txt\): /);
    expect(() => openText('sms-spam')).toThrow('./gpt data fetch sms-spam');
  });

  it.each(['story-en', 'story-pt', 'poems-en', 'poems-pt'])('%s is clean text', (name) => {
    const { text } = openText(name);
    expect(text).toMatch(/[^\n]\n$/);
    expect(text).not.toMatch(/\r|\t| \n|[^\n]\n\n\n\n/);
    expect(text).toBe(text.normalize('NFC'));
    expect(text.length).toBeGreaterThan(2000);
  });

  it('opens no socket with a warm cache, and fetches once with a cold one', async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests++;
      response.end(CONTENT);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const entry = { ...OWN, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
    try {
      const file = path.join(folder, 'cache/own/file.txt');
      expect(await fetchData(entry)).toEqual({ path: file, source: 'network' });
      const sockets = vi.spyOn(net.Socket.prototype, 'connect');
      expect(await fetchData(entry)).toEqual({ path: file, source: 'cache' });
      expect(sockets).not.toHaveBeenCalled();
      expect(requests).toBe(1);
      writeFileSync(file, 'damaged');
      expect(await fetchData(entry)).toMatchObject({ source: 'network' });
      expect(sockets).toHaveBeenCalled(); // so the spy does see sockets
      expect(readFileSync(file, 'utf8')).toBe(CONTENT);
      sockets.mockRestore();
    } finally {
      server.close();
    }
  });
});

describe('./gpt data', () => {
  const run = (args: string[], env: NodeJS.ProcessEnv = {}) => {
    const root = path.resolve(__dirname, '..');
    const command = [path.join(root, 'gpt.mjs'), 'data', ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      cwd: root,
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };

  it('lists, and explains itself', () => {
    const { status, stdout } = run(['list']);
    expect(status).toBe(0);
    expect(stdout.split('\n')).toHaveLength(CATALOGUE.length + 1);
    expect(stdout).toMatch(/^the-verdict +21 kB +- +The Verdict, .* \[public domain\]$/m);
    expect(run(['--help'])).toMatchObject({ status: 0, stderr: '' });
    expect(run([])).toMatchObject({ status: 2, stdout: '' });
    expect(run(['fetch'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--help') });
  });

  it('ends with 1 and one line when a file cannot be had', () => {
    expect(run(['fetch', 'the-verdict'], { GPT_OFFLINE: '1' })).toEqual({
      status: 1,
      stdout: '',
      stderr: 'GPT_OFFLINE is set, so the-verdict is not fetched\n',
    });
    const { status, stderr } = run(['fetch', 'no-such-thing']);
    expect([status, stderr.split('\n').length]).toEqual([1, 2]);
    const HTTPS_PROXY = 'http://127.0.0.1:9';
    const { stderr: line } = run(['fetch', 'gutenberg:1'], { HTTPS_PROXY, HTTP_PROXY: '' });
    expect(line).toMatch(/no connection \(ECONNREFUSED\) \(the proxy is http:.*9\); is there/);
  });

  it.skipIf(!MIRROR)('finds and checks the files of the mirror', () => {
    const mirror = path.join(folder, 'mirror');
    mkdirSync(mirror);
    cpSync(
      path.join(MIRROR as string, 'instruction-data.json'),
      path.join(mirror, 'instruction-data.json'),
    );
    const env = { GPT_DATA_MIRROR: mirror };
    expect(run(['fetch', 'instruction-data'], env).stdout).toContain('in the mirror');
    expect(run(['verify'], env)).toMatchObject({ status: 0, stderr: '' });
    writeFileSync(path.join(mirror, 'SMSSpamCollection.tsv'), 'x');
    const { status, stdout } = run(['verify'], env);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^WRONG sms-spam: .* has 1 bytes instead of 477907$/m);
    expect(stdout).toContain('2 files here, 1 wrong');
  });
});
