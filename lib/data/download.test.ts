import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { download, type DownloadOptions, type Progress } from './download';
import { PartialDownload } from './partial-download';
import { seededRandom } from '../core/seeded-random';

const random = seededRandom(1);
const CONTENT = Buffer.from(Uint8Array.from({ length: 300_000 }, () => random() * 256));
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let handler: Handler;
let requests: { range?: string; url?: string }[];
let base: string;
let folder: string;
let target: string;

const listen = (one: Server) =>
  new Promise<number>((done) =>
    one.listen(0, '127.0.0.1', () => done((one.address() as AddressInfo).port)),
  );

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push({ range: request.headers.range, url: request.url });
    handler(request, response);
  });
  base = `http://127.0.0.1:${await listen(server)}`;
});
afterAll(() => server.close());

beforeEach(() => {
  requests = [];
  handler = serve();
  folder = mkdtempSync(path.join(tmpdir(), 'gpt-download-'));
  target = path.join(folder, 'sub', 'file.bin');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A server that behaves well, except as the options say. */
function serve(
  options: { ranges?: boolean; cutAt?: (from: number) => number; lengthHeader?: boolean } = {},
): Handler {
  const { ranges = true, cutAt = () => Infinity, lengthHeader = true } = options;
  return (request, response) => {
    const asked = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const from = ranges ? asked : 0;
    if (asked >= CONTENT.length) {
      response.writeHead(416).end();
      return;
    }
    const rest = CONTENT.subarray(from);
    if (lengthHeader) response.setHeader('content-length', rest.length);
    if (from > 0) {
      response.setHeader('content-range', `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}`);
    }
    response.writeHead(from > 0 ? 206 : 200);
    const end = cutAt(from);
    if (end >= CONTENT.length) response.end(rest);
    else response.write(CONTENT.subarray(from, end), () => response.destroy());
  };
}

const wanted = { bytes: CONTENT.length, sha256: SHA256 };
const get = (options: DownloadOptions = {}, expected: object = wanted, url = `${base}/file`) =>
  download({ url, ...expected }, target, { retryDelayMs: 1, ...options });

/** The target is whole, and nothing else is in its folder. */
function expectWhole(): void {
  expect(readFileSync(target).equals(CONTENT)).toBe(true);
  expect(readdirSync(path.dirname(target))).toEqual(['file.bin']);
}

function expectNothing(): void {
  expect(existsSync(path.dirname(target)) ? readdirSync(path.dirname(target)) : []).toEqual([]);
}

const partials = () => readdirSync(path.dirname(target)).filter((name) => name.endsWith('.part'));

/** Runs `download` in another process; resolves with what it printed and how it ended. */
function inAnotherProcess(expected: object, options: { prefix?: string; uid?: number } = {}) {
  const code = `
    const { download } = require(${JSON.stringify(path.join(__dirname, 'download'))});
    download(${JSON.stringify(expected)}, ${JSON.stringify(target)}, { retryDelayMs: 1 })
      .then(() => console.log('done'), (error) => console.log(error.name + ': ' + error.message));`;
  const node = `"$0" -r tsx/cjs -e "$1"`;
  const child = spawn(
    'sh',
    ['-c', `${options.prefix ?? ''} exec ${node}`, process.execPath, code],
    { cwd: path.resolve(__dirname, '../..'), uid: options.uid },
  );
  const ended = new Promise<string>((done) => {
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    child.on('close', () => done(output.trim()));
  });
  return { child, ended };
}

describe('download', () => {
  it('survives that the server hangs up while the disk is slow', async () => {
    const half = 2 ** 16; // by default, at most so many bytes wait
    const content = CONTENT.subarray(0, 2 * half);
    handler = (_, response) => {
      response.writeHead(200, { connection: 'close', 'content-length': content.length });
      response.write(content.subarray(0, half));
      setTimeout(() => response.end(content.subarray(half)), 50);
    };
    const { append } = PartialDownload.prototype;
    vi.spyOn(PartialDownload.prototype, 'append').mockImplementation(async function (
      this: PartialDownload,
      chunk,
    ) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      return append.call(this, chunk);
    });
    await get({}, { bytes: content.length });
    vi.restoreAllMocks();
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  it('downloads a file and reports its progress', async () => {
    const seen: Progress[] = [];
    const result = await get({ onProgress: (progress) => seen.push(progress) });
    expect(result).toEqual({ bytes: CONTENT.length, sha256: SHA256 });
    expect(seen.at(-1)).toEqual({ received: CONTENT.length, total: CONTENT.length });
    expectWhole();
  });

  it('works without a known size or hash', async () => {
    handler = serve({ lengthHeader: false });
    expect(await get({}, {})).toEqual({ bytes: CONTENT.length, sha256: SHA256 });
    expectWhole();
  });

  it('resumes where the connection broke, at every tenth of the file', async () => {
    handler = serve({ cutAt: (from) => from + 30_000 });
    await get();
    expectWhole();
    expect(requests.length).toBeGreaterThanOrEqual(10);
    expect(requests.slice(1).every(({ range }) => range)).toBe(true);
  });

  it('keeps what had arrived when the connection broke, with a slow disk too', async () => {
    const append = PartialDownload.prototype.append;
    const slow = vi.spyOn(PartialDownload.prototype, 'append').mockImplementation(async function (
      this: PartialDownload,
      chunk,
    ) {
      await new Promise((wait) => setTimeout(wait, 20));
      return append.call(this, chunk);
    });
    handler = serve({ cutAt: (from) => from + 120_000 });
    await get();
    slow.mockRestore();
    expect(requests[1].range).toBe('bytes=120000-');
    expectWhole();
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])(
    'goes on in a later process when killed after %i tenths',
    async (tenth) => {
      // SIGKILL leaves the file of a dead process like this.
      mkdirSync(path.dirname(target));
      const left = `${target}.${hostname()}-${2 ** 22 + 1}-0a0b0c.part`;
      writeFileSync(left, CONTENT.subarray(0, tenth * 30_000));
      await get();
      expectWhole();
      expect(requests).toEqual([
        { range: tenth ? `bytes=${tenth * 30_000}-` : undefined, url: '/file' },
      ]);
    },
  );

  it('resumes after SIGKILL of a real process', async () => {
    handler = (_, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 150_000)); // and then silence
    };
    const { child, ended } = inAnotherProcess({ url: `${base}/file`, ...wanted });
    const arrived = () => {
      const [part] = existsSync(path.dirname(target)) ? partials() : [];
      return part ? readFileSync(path.join(path.dirname(target), part)).length : 0;
    };
    while (arrived() < 150_000) await new Promise((wait) => setTimeout(wait, 20));
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(target)).toBe(false);
    handler = serve();
    await get();
    expect(requests.at(-1)?.range).toBe('bytes=150000-');
    expectWhole();
  });

  it('finds what an earlier download left among other files', async () => {
    mkdirSync(path.dirname(target));
    const others = ['a.txt', 'file.bin.txt', 'z.txt'];
    for (const name of others) writeFileSync(path.join(path.dirname(target), name), 'else');
    handler = serve({ cutAt: () => 100_000 });
    await expect(get()).rejects.toThrow('gave up');
    handler = serve();
    await get();
    expect(requests.at(-1)?.range).toBe('bytes=100000-');
    expect(readdirSync(path.dirname(target)).sort()).toEqual(['file.bin', ...others].sort());
  });

  it('leaves the file of a living process alone', async () => {
    mkdirSync(path.dirname(target));
    const name = `file.bin.${hostname()}-${process.ppid}-0a0b0c.part`;
    writeFileSync(path.join(path.dirname(target), name), CONTENT.subarray(0, 100));
    await get();
    expect(requests[0].range).toBeUndefined();
    expect(partials()).toEqual([name]);
  });

  it('starts again when the server ignores the range', async () => {
    let first = true;
    handler = (request, response) => {
      const cutAt = first ? () => 120_000 : undefined;
      first = false;
      serve({ ranges: false, cutAt })(request, response);
    };
    await get();
    expect(requests[1].range).toBe('bytes=120000-');
    expectWhole();
  });

  it('starts again when the server sends another range, or has none (416)', async () => {
    let answers = 0;
    handler = (request, response) => {
      answers++;
      if (answers === 1) return serve({ cutAt: () => 1000 })(request, response);
      if (answers === 2) {
        response.writeHead(206, {
          'content-range': `bytes 7-${CONTENT.length - 1}/${CONTENT.length}`,
        });
        return response.end(CONTENT.subarray(7));
      }
      if (answers === 3) return serve({ cutAt: () => 1000 })(request, response);
      if (answers === 4) return response.writeHead(416).end();
      return serve()(request, response);
    };
    await get();
    expect(answers).toBe(5);
    expectWhole();
  });

  it('starts over when the part that an earlier process left does not fit', async () => {
    mkdirSync(path.dirname(target));
    const left = `${target}.${hostname()}-${2 ** 22 + 1}-0a0b0c.part`;
    for (const wrong of [Buffer.alloc(1000), Buffer.alloc(CONTENT.length), Buffer.alloc(400_000)]) {
      writeFileSync(left, wrong);
      await get();
      expectWhole();
      rmSync(target);
    }
  });

  it('waits as long as an overloaded server asks', async () => {
    const answers = [429, 503, 500, 502];
    handler = (request, response) => {
      const status = answers.shift();
      if (!status) return serve()(request, response);
      response.writeHead(status, status === 429 ? { 'retry-after': '1' } : {}).end();
    };
    const notes: string[] = [];
    const start = Date.now();
    await get({ onProgress: ({ note }) => note && notes.push(note) });
    expect(Date.now() - start).toBeGreaterThan(950);
    expect(notes).toHaveLength(4);
    expect(notes[0]).toContain('HTTP 429; trying again in 1.0 s');
    expectWhole();
  });

  it('gives up, after five tries or when asked to wait for long', async () => {
    handler = (_, response) => response.writeHead(503).end();
    await expect(get()).rejects.toThrow(/answered HTTP 503; gave up after 5 tries/);
    expect(requests).toHaveLength(5);
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    handler = (_, response) => response.writeHead(429, { 'retry-after': date }).end();
    await expect(get()).rejects.toThrow(/overloaded \(HTTP 429\): try again in 3[56]\d\d s/);
    expect(requests).toHaveLength(6);
    expectNothing();
  });

  it('gives up on a server that always cuts at one place, and keeps the part', async () => {
    handler = serve({ ranges: false, cutAt: () => 1000 });
    await expect(get()).rejects.toThrow(/gave up after 5 tries/);
    expect(partials()).toHaveLength(1);
    handler = serve();
    await get();
    expect(requests.at(-1)?.range).toBe('bytes=1000-');
    expectWhole();
  });

  it('does not try again where that cannot help', async () => {
    handler = (_, response) => response.writeHead(404).end('not here');
    await expect(get()).rejects.toThrow(`${base}/file answered HTTP 404`);
    expect(requests).toHaveLength(1);
    expectNothing();
  });

  it('refuses a wrong size, announced or not, and a wrong hash', async () => {
    await expect(get({}, { bytes: 200_000, sha256: SHA256 })).rejects.toThrow(
      /not the file expected: 300,000 bytes instead of 200,000/,
    );
    handler = serve({ lengthHeader: false });
    await expect(get({}, { bytes: 200_000, sha256: SHA256 })).rejects.toThrow(
      /not the file expected: more than 200,000 bytes/,
    );
    await expect(get({}, { bytes: 400_000, sha256: SHA256 })).rejects.toThrow(
      /ended after 300000 of 400000 bytes; gave up|the server does not have the rest; gave up/,
    );
    rmSync(path.dirname(target), { recursive: true });
    await expect(get({}, { bytes: 300_000, sha256: '0'.repeat(64) })).rejects.toThrow(
      new RegExp(`not the file expected: SHA-256 ${SHA256} instead of 0000`),
    );
    expectNothing();
  });

  it('unpacks gzip that it did not ask for, and refuses other encodings', async () => {
    const packed = gzipSync(CONTENT);
    let cuts = 1;
    handler = (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length });
      if (cuts-- > 0) response.write(packed.subarray(0, 200_000), () => response.destroy());
      else response.end(packed);
    };
    await get();
    expectWhole();
    rmSync(target);
    handler = (_, response) => response.writeHead(200, { 'content-encoding': 'br' }).end('?');
    await expect(get()).rejects.toThrow('in an encoding that was not asked for: br');
    expectNothing();
  });

  it('follows redirects, but not endlessly and not to another kind of address', async () => {
    handler = (request, response) => {
      if (request.url === '/there') return serve()(request, response);
      response.writeHead(302, { location: '/there' }).end();
    };
    await get();
    expectWhole();
    rmSync(target);
    handler = (_, response) => response.writeHead(301, { location: '/file' }).end();
    requests = [];
    await expect(get()).rejects.toThrow('redirects more than 10 times');
    expect(requests).toHaveLength(11);
    handler = (_, response) => response.writeHead(301, { location: 'file:///etc/passwd' }).end();
    await expect(get()).rejects.toThrow('redirects to file:, which is not safe');
    expectNothing();
  });

  it('stops when it is told to, and keeps the part', async () => {
    handler = (_, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 50_000)); // and then silence
    };
    const stop = new AbortController();
    const stopped = get({
      signal: stop.signal,
      onProgress: ({ received }) => received === 50_000 && stop.abort(),
    });
    await expect(stopped).rejects.toThrow('Download interrupted');
    expect(partials()).toHaveLength(1);
    await expect(get({ signal: stop.signal })).rejects.toThrow('Download interrupted');
    const listeners = process.listenerCount('SIGINT');
    const interrupted = get({
      onProgress: () => void process.emit('SIGINT'),
    });
    await expect(interrupted).rejects.toThrow('Download interrupted');
    expect(process.listenerCount('SIGINT')).toBe(listeners);
  });

  it('ends with one whole file when two processes fetch it at once', async () => {
    handler = (request, response) => void setTimeout(() => serve()(request, response), 300);
    const both = [1, 2].map(() => inAnotherProcess({ url: `${base}/file`, ...wanted }).ended);
    expect(await Promise.all(both)).toEqual(['done', 'done']);
    expectWhole();
  });

  it('says when the disk is full', async () => {
    // A limit of 64 kB on the size of a file stands for a disk without room.
    const { ended } = inAnotherProcess(
      { url: `${base}/file`, ...wanted },
      { prefix: 'ulimit -f 128;' },
    );
    expect(await ended).toBe(`DataError: No room left on the disk for ${target} (EFBIG)`);
    expectNothing();
  });

  it('says when something is in the way', async () => {
    writeFileSync(path.join(folder, 'sub'), 'a file where the folder should be');
    await expect(get()).rejects.toThrow(/^Cannot write .*file or folder is in the way \(E/);
  });

  // No folder is read-only for root: the test then runs as "nobody", if that user can run it.
  const isRoot = process.getuid?.() === 0;
  const folders = (dir: string): string[] =>
    dir === path.dirname(dir) ? [dir] : [dir, ...folders(path.dirname(dir))];
  const needed = [...folders(__dirname), ...folders(process.execPath)];
  const canTest = !isRoot || needed.every((item) => statSync(item).mode & 0o001);
  it.skipIf(!canTest)('says when the folder cannot be written', async () => {
    mkdirSync(path.dirname(target));
    chmodSync(folder, 0o755);
    chmodSync(path.dirname(target), 0o555);
    const uid = isRoot ? 65534 : undefined;
    const { ended } = inAnotherProcess({ url: `${base}/file`, ...wanted }, { uid });
    expect(await ended).toBe(`DataError: Not allowed to write ${target} (EACCES)`);
    expectNothing();
  });
});

describe('proxies', () => {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
  const saved = names.map((name) => [name, process.env[name]] as const);
  let proxy: Server;
  let tunnels: string[];

  beforeEach(async () => {
    for (const name of names) delete process.env[name];
    tunnels = [];
    proxy = createServer();
    proxy.on('connect', (request, socket) => {
      tunnels.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
      socket.on('error', () => undefined);
      if (!request.url?.startsWith('127.0.0.1')) {
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
        return;
      }
      const through = connect(Number(request.url.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(through).pipe(socket);
      });
      through.on('error', () => undefined);
    });
    process.env.HTTP_PROXY = `http://me:secret@127.0.0.1:${await listen(proxy)}`;
    process.env.HTTPS_PROXY = process.env.HTTP_PROXY;
  });
  afterEach(() => {
    proxy.close();
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it('are used, and not where NO_PROXY says so', async () => {
    await get();
    expectWhole();
    const login = Buffer.from('me:secret').toString('base64');
    expect(tunnels).toEqual([`${new URL(base).host} Basic ${login}`]);
    rmSync(target);
    process.env.NO_PROXY = '127.0.0.1';
    await get();
    expectWhole();
    expect(tunnels).toHaveLength(1);
  });

  it('are named when they refuse, without the password', async () => {
    const failed = get({}, wanted, 'https://example.invalid/file').catch((error) => error);
    const { message } = (await failed) as Error;
    expect(message).toMatch(/refused with HTTP 403 \(the proxy is http:\/\/127.0.0.1:\d+\)/);
    expect(tunnels[0]).toContain('example.invalid:443');
    process.env.HTTPS_PROXY = 'not an address';
    await expect(get()).rejects.toThrow('HTTPS_PROXY or HTTP_PROXY is not an address such as');
    expectNothing();
  });
});
