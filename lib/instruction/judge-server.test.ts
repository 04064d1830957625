import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {
  fail,
  first,
  honest,
  JudgeStandIn,
  say,
  sendJson,
  type Behaviour,
} from '../fixtures/judge-stand-in';
import { judge, type JudgeOptions } from './judge';
import { JudgeError } from './judge-error';
import { judgeFromEnvironment } from './judge-server';

const KEY = 'sk-very-secret-0123456789';

const server = new JudgeStandIn();
beforeAll(() => server.start());
afterAll(() => server.stop());

let cacheDir: string;
beforeEach(() => {
  cacheDir = fs.mkdtempSync(path.join(os.tmpdir(), 'judge-'));
  server.reset();
});
const environment = { ...process.env };
afterEach(() => {
  fs.rmSync(cacheDir, { recursive: true });
  process.env = { ...environment };
  vi.restoreAllMocks();
});

const answersOf = (...responses: (string | number)[]) =>
  responses.map((response) => ({
    instruction: 'Add 1 and 1.',
    input: '',
    output: '2',
    response: String(response),
  }));
const ask = (answers: ReturnType<typeof answersOf>, more: Partial<JudgeOptions> = {}) =>
  judge(answers, {
    server: { url: server.url, model: 'tester', apiKey: KEY },
    cacheDir,
    backoff: 5,
    timeout: 60_000,
    quiet: true,
    ...more,
  });

describe('a server that misbehaves', () => {
  const html: Behaviour = (_, response) =>
    response.setHeader('content-type', 'text/html').end('<html><body>Log in</body></html>');
  const cut: Behaviour = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
    response.write('{"choices": [{"message"');
    setTimeout(() => response.destroy(), 10);
  };
  const silence: Behaviour = () => undefined;
  const stalls: Behaviour = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"choices": ['); // and nothing more
  };

  test.each<[string, Behaviour]>([
    ['429', (_, response) => fail(response, 429)],
    ['500', (_, response) => fail(response, 500)],
    ['503 in HTML', (_, response) => response.writeHead(503).end('<h1>Busy</h1>')],
    ['a reply that breaks off', cut],
    ['a connection that closes', (_, response) => response.destroy()],
    ['HTML with 200', html],
    ['broken JSON', (_, response) => sendJson(response, '{"ch')],
    ['JSON of something else', (_, response) => sendJson(response, '[]')],
    ['null', (_, response) => sendJson(response, 'null')],
    ['no choices', (_, response) => sendJson(response, '{"choices":[]}')],
    ['a message without content', (_, response) => say(response, null)],
    ['silence', silence],
    ['a reply that stalls', stalls],
  ])('after %s it is asked again', async (_, wrong) => {
    server.behave = first(2, wrong);
    const waits = wrong === silence || wrong === stalls;
    const result = await ask(answersOf(70, 90), waits ? { timeout: 1500 } : {});
    expect(result).toMatchObject({ scores: [70, 90], failed: 0, unparsable: 0 });
    expect(server.requests).toHaveLength(6);
  });

  test('waits longer each time, and as long as the server says', async () => {
    const times: number[] = [];
    server.behave = first(3, (_, response) => {
      times.push(Date.now());
      fail(response, 500);
    });
    await ask(answersOf(50), { backoff: 60 });
    const waits = [times[1] - times[0], times[2] - times[1]];
    expect(waits[0]).toBeGreaterThanOrEqual(55);
    expect(waits[1]).toBeGreaterThanOrEqual(115);

    server.behave = first(1, (_, response) =>
      fail(response, 429, 'slow down', { 'retry-after': '1' }),
    );
    const began = Date.now();
    await ask(answersOf(51), { backoff: 1 });
    expect(Date.now() - began).toBeGreaterThanOrEqual(990);
  });

  test('what never succeeds is counted, not dropped, not kept, and asked again next time', async () => {
    server.behave = ({ answer }, response) =>
      answer === '1' ? fail(response, 500, `broken by ${KEY}`) : say(response, answer);
    const result = await ask(answersOf(1, 80), { retries: 2 });
    expect(result).toMatchObject({
      mean: 80,
      failed: 1,
      bounds: [40, 90],
      scores: [undefined, 80],
    });
    expect(result.verdicts[0][0].problem).toContain('HTTP 500');
    expect(server.requests.filter(({ answer }) => answer === '1')).toHaveLength(3);
    server.behave = honest;
    expect(await ask(answersOf(1, 80))).toMatchObject({ scores: [1, 80], failed: 0, asked: 1 });
  });

  test('nonsense is counted and shown, and kept like any reply', async () => {
    server.behave = ({ answer }, response) => say(response, answer);
    const result = await ask(answersOf('great!', '85 or 90', 60, '101', '-5'));
    expect(result).toMatchObject({ mean: 60, unparsable: 4, failed: 0, bounds: [12, 92] });
    expect(result.verdicts[1][0]).toMatchObject({ reply: '85 or 90', score: undefined });
    expect((await ask(answersOf('great!', '85 or 90', 60, '101', '-5'))).asked).toBe(0);
  });

  test('with no score at all there is no mean', async () => {
    server.behave = (_, response) => say(response, 'I cannot judge this.');
    const result = await ask(answersOf(1, 2));
    expect(result).toMatchObject({
      mean: NaN,
      interval: [NaN, NaN],
      bounds: [0, 100],
      unparsable: 2,
    });
  });

  test.each([
    [401, 'key', /refuses the key \(HTTP 401\): check GPT_JUDGE_KEY$/],
    [403, 'key', /refuses the key/],
    [404, 'refused', /answers HTTP 404: .*no model/],
    [400, 'refused', /answers HTTP 400/],
  ])(
    '%i is hopeless: it ends at once, in one line without the key',
    async (status, code, message) => {
      server.behave = (_, response) => fail(response, status, `no model for ${KEY}\nhere`);
      const error = await ask(answersOf(1, 2, 3, 4, 5, 6), { concurrency: 1 }).catch(
        (e: Error) => e,
      );
      expect(error).toBeInstanceOf(JudgeError);
      expect((error as JudgeError).code).toBe(code);
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).not.toMatch(/secret|\n/);
      expect(server.requests).toHaveLength(1);
    },
  );

  test('nobody there is one error for all', async () => {
    const closed = http.createServer();
    await new Promise<void>((ready) => closed.listen(0, '127.0.0.1', ready));
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    const nowhere = { url: `http://127.0.0.1:${port}/v1`, model: 'tester' };
    await expect(ask(answersOf(1, 2), { server: nowhere, retries: 1 })).rejects.toThrow(
      expect.objectContaining({
        code: 'unreachable',
        message: expect.stringMatching(/cannot be reached \(ECONNREFUSED\)/) as string,
      }),
    );
  });

  test('an abort ends it while a request is under way, and what was judged is kept', async () => {
    const stop = new AbortController();
    server.behave = ({ answer }, response) => {
      if (answer === '3') setTimeout(() => stop.abort(), 20);
      else say(response, answer);
    };
    const stopped = ask(answersOf(1, 2, 3, 4), {
      signal: stop.signal,
      concurrency: 1,
      timeout: 60_000,
    });
    await expect(stopped).rejects.toThrow('abort');
    server.behave = honest;
    expect(await ask(answersOf(1, 2, 3, 4))).toMatchObject({ scores: [1, 2, 3, 4], asked: 2 });
  });
});

describe('the key', () => {
  test('is in no file, no result and no line, even where the server repeats it', async () => {
    const lines: string[] = [];
    for (const name of ['log', 'warn', 'error', 'debug', 'info'] as const) {
      vi.spyOn(console, name).mockImplementation((...text) => void lines.push(text.join(' ')));
    }
    process.env.OPENAI_LOG = 'debug';
    server.behave = ({ authorization, answer }, response) =>
      answer === '1'
        ? fail(response, 500, authorization)
        : say(response, `It was ${authorization}`);
    const result = await ask(answersOf(1, 2), { retries: 1, quiet: false });
    const files = fs
      .readdirSync(cacheDir)
      .map((f) => fs.readFileSync(path.join(cacheDir, f), 'utf8'));
    expect(files).toHaveLength(1);
    expect(files[0]).toContain('It was Bearer [key]');
    const everything = [JSON.stringify(result), ...files, ...fs.readdirSync(cacheDir), ...lines];
    for (const text of everything) expect(text).not.toContain(KEY);
  });

  test('comes from GPT_JUDGE_KEY alone; no other variable of the package is used', async () => {
    process.env.OPENAI_API_KEY = 'sk-of-somebody';
    process.env.OPENAI_ORG_ID = 'org';
    process.env.OPENAI_BASE_URL = 'http://127.0.0.1:1/v1';
    delete process.env.GPT_JUDGE_URL;
    expect(judgeFromEnvironment()).toBeUndefined();
    Object.assign(process.env, { GPT_JUDGE_URL: server.url });
    expect(judgeFromEnvironment).toThrow('GPT_JUDGE_MODEL is not');
    Object.assign(process.env, { GPT_JUDGE_MODEL: 'tester' });
    const found = judgeFromEnvironment()!;
    expect(found).toEqual({ url: server.url, model: 'tester' });
    server.behave = honest;
    await ask(answersOf(5), { server: found });
    expect(server.requests[0].authorization).toBe('Bearer none');
    process.env.GPT_JUDGE_KEY = KEY;
    expect(judgeFromEnvironment()).toEqual({ url: server.url, model: 'tester', apiKey: KEY });
  });

  test.each([
    ['nonsense', 'not an address'],
    ['a password', `http://me:${KEY}@127.0.0.1/v1`],
    ['a query', `http://127.0.0.1/v1?key=${KEY}`],
    ['a file', 'file:///etc/passwd'],
  ])('%s is not an address, and is not repeated', async (_, address) => {
    process.env.GPT_JUDGE_URL = address;
    process.env.GPT_JUDGE_MODEL = 'tester';
    expect(judgeFromEnvironment).toThrow(/^The judge's address must be like http:/);
    const error = await ask(answersOf(1), { server: { url: address, model: 'x' } }).catch((e) => e);
    expect((error as Error).message).not.toContain(address);
  });
});
