import { describe, expect, onTestFinished, test } from 'vitest';
import http from 'node:http';
import os from 'node:os';
import { startChat } from '../chat';
import { chatForTests, JSON_TYPE, readEvents, refusal, type Client } from './testing/client';
import { allowedHosts } from './guard';
import { SPAM } from './testing/tiny-classifier';

const t = chatForTests();
const IPV6 = Object.values(os.networkInterfaces())
  .flat()
  .some((each) => each?.family === 'IPv6');

describe('which requests are accepted', () => {
  /** fetch sets Host and Origin itself; this sends what it is told. */
  const send = (headers: http.OutgoingHttpHeaders, where = '/health', method = 'GET', body = '') =>
    new Promise<{ status: number; headers: http.IncomingHttpHeaders }>((resolve, reject) => {
      const request = http.request(new URL(where, t.chat.url), { method, headers }, (response) => {
        response.resume();
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers }),
        );
      });
      request.on('error', reject);
      request.end(body);
    });
  const port = () => String(t.chat.port);

  test.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])('Host %s', async (name) => {
    expect((await send({ host: `${name}:${port()}` })).status).toBe(200);
  });

  const FOREIGN = [
    'evil.example:PORT',
    'localhost',
    '127.0.0.1',
    'localhost:1',
    'localhost:PORT0',
    'localhost.evil.example:PORT',
    'evil-localhost:PORT',
    '127.0.0.1.nip.io:PORT',
    ':PORT',
    'localhost.:PORT',
    '0.0.0.0:PORT',
    '127.0.0.2:PORT',
    'user@localhost:PORT',
    '2130706433:PORT',
    'localhost:PORT,evil.example',
    '[::ffff:127.0.0.1]:PORT',
  ];
  test.each(FOREIGN)('no foreign Host: %s', async (name) => {
    const host = name.replace('PORT', port());
    const { status } = await send({ host });
    expect([400, 403]).toContain(status);
    const body = JSON.stringify({ text: SPAM });
    const posted = await send({ host, ...JSON_TYPE }, '/api/classify', 'POST', body);
    expect([400, 403]).toContain(posted.status);
  });

  const ORIGINS = [
    'null',
    '',
    'http://evil.example',
    'https://HOST',
    'http://HOST.evil.example',
    'file://',
    'http://evil.example/HOST',
    'http://localhost',
    'http://localhost:1',
    'http://HOST/',
    'http://HOST@evil.example',
    'http://HOST http://evil.example',
  ];
  test.each(ORIGINS)('no foreign Origin: “%s”', async (name) => {
    const host = `127.0.0.1:${port()}`;
    const headers = { host, origin: name.replace('HOST', host), ...JSON_TYPE };
    const body = JSON.stringify({ text: SPAM });
    expect((await send(headers, '/api/classify', 'POST', body)).status).toBe(403);
    expect((await send(headers)).status).toBe(403);
  });

  test('its own Origin, of the same name only', async () => {
    const [a, b] = [`127.0.0.1:${port()}`, `localhost:${port()}`];
    expect((await send({ host: a, origin: `http://${a}` })).status).toBe(200);
    expect((await send({ host: a, origin: `http://${b}` })).status).toBe(403);
  });

  test('what a browser calls cross-site, except for a link to the page', async () => {
    const link = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    for (const site of ['cross-site', 'same-site', 'nonsense']) {
      const headers = { 'sec-fetch-site': site };
      expect((await send(headers)).status).toBe(403);
      expect((await send({ ...headers, ...link }, '/')).status).toBe(200);
      expect((await send({ ...headers, ...link, 'sec-fetch-dest': 'iframe' }, '/')).status).toBe(
        403,
      );
      expect((await send({ ...headers, ...link })).status).toBe(403);
      expect((await send({ ...headers, ...JSON_TYPE }, '/api/classify', 'POST', '{}')).status).toBe(
        403,
      );
    }
    expect((await send({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  test('no preflight is granted, and no answer is for other sites', async () => {
    const { status, headers } = await send({}, '/api/classify', 'OPTIONS');
    expect(status).toBe(405);
    const all = [headers, (await send({}, '/')).headers, (await send({}, '/x')).headers];
    for (const each of all) {
      expect(Object.keys(each).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(each['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(each['content-security-policy']).not.toMatch(/unsafe|\*|http/);
      expect(each['x-content-type-options']).toBe('nosniff');
    }
  });

  test('where it listens for others, they use the name that they were given', () => {
    expect([...allowedHosts('192.0.2.7', 8000)]).toEqual(['192.0.2.7:8000']);
    expect(allowedHosts('0.0.0.0', 8000)).toContain('127.0.0.1:8000');
    expect(allowedHosts('127.0.0.1', 80)).toContain('localhost');
  });

  test.each([
    '127.0.0.1',
    '127.1',
    '127.0.0.2',
    'localhost',
    'LOCALHOST',
    '0.0.0.0',
    '0',
    os.hostname(),
    ...(IPV6 ? ['::', '::1', '[::1]', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'] : []),
  ])(
    'told to listen on %s, it hears whom it shows its address to, and nobody else',
    async (host) => {
      const chat = await startChat({ port: 0, host, classifierDir: '/nowhere' });
      onTestFinished(() => chat.close());
      expect(chat.urls[0]).toBe(chat.url);
      for (const url of chat.urls) {
        expect(url).toMatch(/^http:\/\/[a-z0-9.:[\]-]+:\d+\/$/);
        expect([url, (await fetch(new URL('/health', url))).status]).toEqual([url, 200]);
      }
      const { port, hostname } = new URL(chat.url);
      const ask = (headers: http.OutgoingHttpHeaders) =>
        new Promise<number>((resolve, reject) => {
          const target = hostname.replace(/[[\]]/g, '');
          http
            .get({ host: target, port, path: '/health', headers }, (response) => {
              response.resume();
              resolve(response.statusCode!);
            })
            .on('error', reject);
        });
      const own = new URL(chat.url).host;
      expect(await ask({ host: own.toUpperCase(), origin: chat.url.slice(0, -1) })).toBe(200);
      for (const foreign of ['evil.example', '0.0.0.0', `${os.hostname()}.evil.example`, '[::]']) {
        expect(await ask({ host: `${foreign}:${port}` })).toBe(403);
      }
      expect(await ask({ host: own, origin: 'http://evil.example' })).toBe(403);
      expect(await ask({ host: own, origin: 'null' })).toBe(403);
      const wildcard = ['0.0.0.0', '0', '::'].includes(host);
      if (host !== os.hostname()) expect(chat.open).toBe(wildcard);
      if (wildcard) {
        expect(chat.url).toBe(`http://localhost:${port}/`);
        for (const name of [os.hostname(), `${os.hostname()}.local`, '127.0.0.1', 'localhost']) {
          expect(await ask({ host: `${name}:${port}` })).toBe(200);
        }
      }
    },
  );

  test.each([
    ['', /an address to listen on is needed/],
    ['no.such.host.invalid', /there is no host no.such.host.invalid/],
    ['192.0.2.7', /this machine has no address 192.0.2.7/],
    ['http://localhost', /there is no host/],
  ])('told to listen on “%s”, it says what is wrong', async (host, says) => {
    await expect(startChat({ port: 0, host })).rejects.toThrow(says);
  });

  test('told to listen on a port in use, it says so', async () => {
    await expect(startChat({ port: t.chat.port })).rejects.toThrow(/port \d+ is in use/);
  });
});

describe('which bodies are accepted', () => {
  const INVALID: [string, string, unknown][] = [
    ['missing text', '/api/classify', {}],
    ['empty text', '/api/classify', { text: '' }],
    ['only spaces', '/api/classify', { text: ' \n\t ' }],
    ['a number', '/api/classify', { text: 7 }],
    ['null', '/api/classify', { text: null }],
    ['a list', '/api/classify', ['text']],
    ['something else besides', '/api/classify', { text: 'hi', admin: true }],
    ['missing instruction', '/api/instruct', { input: 'a' }],
    ['an input that is not text', '/api/instruct', { instruction: 'a', input: 1 }],
    ['missing prompt', '/api/generate', {}],
    ['negative temperature', '/api/generate', { prompt: 'a', temperature: -0.1 }],
    ['temperature as text', '/api/generate', { prompt: 'a', temperature: '1' }],
    ['NaN, which JSON writes as null', '/api/generate', { prompt: 'a', temperature: NaN }],
    ['top-k of 0', '/api/generate', { prompt: 'a', topK: 0 }],
    ['half a top-k', '/api/generate', { prompt: 'a', topK: 1.5 }],
    ['top-p of 0', '/api/generate', { prompt: 'a', topP: 0 }],
    ['top-p above 1', '/api/generate', { prompt: 'a', topP: 1.01 }],
    ['no tokens', '/api/generate', { prompt: 'a', maxNewTokens: 0 }],
    ['minus one token', '/api/generate', { prompt: 'a', maxNewTokens: -1 }],
    ['a million tokens', '/api/generate', { prompt: 'a', maxNewTokens: 1e6 }],
    ['negative seed', '/api/generate', { prompt: 'a', seed: -1 }],
    ['an unknown model', '/api/generate', { prompt: 'a', model: '../../etc/passwd' }],
    ['a model that every object has', '/api/generate', { prompt: 'a', model: 'constructor' }],
  ];
  test.each(INVALID)('%s is refused', async (_, where, body) => {
    expect(await refusal(await t.chat.post(where, body))).toEqual([400, 'invalid']);
  });

  test('the longest text is read, and a longer one is too long', async () => {
    expect((await t.chat.classify('\u20ac'.repeat(20_000))).at(-1)![0]).toBe('done');
    const longer = await t.chat.post('/api/classify', { text: 'x'.repeat(20_001) });
    expect(await refusal(longer)).toEqual([413, 'too-large']);
  });

  test.each(['NaN', 'Infinity', '1e999', '-1e999', '0x10', '01'])(
    'temperature %s',
    async (value) => {
      const body = `{"prompt": "a", "temperature": ${value}}`;
      const [status] = await refusal(await t.chat.post('/api/generate', null, { body }));
      expect(status).toBe(400);
    },
  );

  test.each([
    '',
    '{',
    'text=hi',
    '{"text": "hi"} x',
    "{'text': 'hi'}",
    '['.repeat(50_000),
    Buffer.from([0x22, 0xff, 0x22]),
  ])('a body that is not JSON: %j', async (body) => {
    expect(await refusal(await t.chat.post('/api/classify', null, { body }))).toEqual([
      400,
      'not-json',
    ]);
  });

  test('names that every object has are only names', async () => {
    const body = '{"text": "hi", "__proto__": {"admin": true}}';
    const response = await t.chat.post('/api/classify', null, { body });
    if (response.ok) await response.text();
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])(
    'content type “%s”',
    async (type) => {
      const headers = { 'content-type': type };
      const response = await t.chat.post('/api/classify', { text: 'hi' }, { headers });
      expect(await refusal(response)).toEqual([415, 'not-json']);
    },
  );

  test('JSON may name its character set', async () => {
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    const response = await t.chat.post('/api/classify', { text: 'hi' }, { headers });
    expect(response.status).toBe(200);
    await response.text();
  });

  test('half of a surrogate pair reads as U+FFFD', async () => {
    const response = await t.chat.post('/api/classify', null, {
      body: '{"text": "free \\ud83d prize"}',
    });
    const [[, tokens]] = readEvents(await response.text());
    const ids = tokens.tokens as { text: string }[];
    expect(ids.map(({ text }) => text).join('')).toContain('\\xEF');
  });

  test('no address but those of the page', async () => {
    for (const where of [
      '/nothing',
      '/..%2f..%2fpackage.json',
      '/%00',
      '/index.html/',
      '/page.ts',
    ]) {
      expect(await refusal(await fetch(new URL(where, t.chat.url)))).toEqual([404, 'not-found']);
    }
    const traversal = await t.chat.raw(
      `GET /../server.ts HTTP/1.1\r\nHost: ${new URL(t.chat.url).host}\r\nConnection: close\r\n\r\n`,
    );
    expect(traversal).toMatch(/^HTTP\/1\.1 404/);
    for (const [method, where, allowed] of [
      ['GET', '/api/classify', 'POST'],
      ['DELETE', '/api/instruct', 'POST'],
      ['POST', '/health', 'GET, HEAD'],
    ]) {
      const response = await fetch(new URL(where, t.chat.url), { method });
      expect(response.headers.get('allow')).toBe(allowed);
      expect(await refusal(response)).toEqual([405, 'wrong-method']);
    }
  });

  test('the page and its parts are served, and nothing in them leads elsewhere', async () => {
    const html = await (await fetch(t.chat.url)).text();
    const parts = [...html.matchAll(/(?:src|href)="(.*?)"/g)].map(([, target]) => target);
    expect(parts.length).toBeGreaterThan(3);
    expect(parts.filter((target) => !target.startsWith('/'))).toEqual([]);
    for (const target of new Set(parts)) {
      expect((await fetch(new URL(target, t.chat.url))).status).toBe(200);
    }
  });
});

describe('malformed bodies', () => {
  const head = (more: string, to: Client = t.chat) =>
    `POST /api/classify HTTP/1.1\r\nHost: 127.0.0.1:${to.port}\r\n` +
    `Content-Type: application/json\r\n${more}\r\n\r\n`;

  test('too large by its own content-length', async () => {
    const answer = await t.chat.raw(`${head('Content-Length: 500000000')}{"text": "`);
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
  });

  test('too large without a content-length, and endless', async () => {
    const chunk = `1000\r\n${' '.repeat(0x1000)}\r\n`;
    const answer = await t.chat.raw(head('Transfer-Encoding: chunked') + chunk.repeat(60));
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
  });

  test('in chunks, without a content-length', async () => {
    const body = '{"text": "free prize"}';
    const answer = await t.chat.raw(
      `${head('Transfer-Encoding: chunked\r\nConnection: close')}` +
        `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
  });

  test('broken off, and not HTTP', async () => {
    for (const text of [`${head('Content-Length: 100')}{"text": `, 'GARBAGE\r\n\r\n', head('')]) {
      expect(await t.chat.raw(text, { close: true })).not.toMatch(/^HTTP\/1\.1 [25]/);
    }
    await t.chat.idle();
  });

  test('slow ones are ended with 408, and the others served meanwhile', async () => {
    const quick = await t.start({ requestTimeout: 400 });
    const slow = [
      quick.raw(`${head('Content-Length: 100', quick)}{"te`),
      quick.raw('POST /api/classify HTTP/1.1\r\nHost: '),
    ];
    expect((await quick.classify(SPAM)).at(-1)![0]).toBe('done');
    for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1\.1 408/);
    await quick.idle();
  });
});
