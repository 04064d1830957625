import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import type http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {
  JudgeStandIn,
  say,
  sendJson,
  type Behaviour,
  type JudgeRequest,
} from '../fixtures/judge-stand-in';
import { judge, type JudgeOptions } from './judge';
import { parseScore } from './parse-score';

const server = new JudgeStandIn();
beforeAll(() => server.start());
afterAll(() => server.stop());

let cacheDir: string;
let model: string;
let models = 0;
beforeEach(() => {
  cacheDir = fs.mkdtempSync(path.join(os.tmpdir(), 'judge-'));
  server.reset();
  model = `model ${++models}`; // refusals of a model are remembered
});
afterEach(() => fs.rmSync(cacheDir, { recursive: true }));

const ask = (responses: (string | number)[], more: Partial<JudgeOptions> = {}) =>
  judge(
    responses.map((response) => ({
      instruction: 'Add 1 and 1.',
      input: '',
      output: '2',
      response: String(response),
    })),
    {
      server: { url: server.url, model },
      cacheDir,
      backoff: 5,
      timeout: 2000,
      quiet: true,
      ...more,
    },
  );
const complete = (response: http.ServerResponse, message: unknown, finish_reason = 'stop') =>
  sendJson(response, JSON.stringify({ choices: [{ index: 0, message, finish_reason }] }));

describe('the score in a reply', () => {
  test.each([
    // Thoughts whose beginning the template wrote.
    'Is it 80 or 90?\n</think>\n\n85',
    '<think>20?</think>\n<think>30?</think>\n**85**',
    '<thinking>90</thinking>Score: 85',
    // Bold.
    '**Score:** 85',
    '**Score: 85**',
    '**Score**: 85',
    'Score: **85**',
    '__Score:__ 85/100',
    'Score: **85**/100',
    '### Score: 85',
    '**Final Score:** 85/100.',
    'Score:\n85',
    // Out of a hundred, in words.
    '85 out of 100',
    '85 points',
    'Rating: 85 / 100',
    'Overall score = 85',
    '85.0',
    'Nota: 85',
    '**Nota final:** 85',
    'Pontuação: 85 de 100',
    '85 pontos',
    // Explained, without another number.
    'Score: 85\n\nThe answer is right, but long.',
    'The answer is right, but long.\n\n**Final score: 85**',
    // JSON.
    '{"score": 85}',
    '{"score": "85"}',
    '{ "Score" : 85.0 }',
    '{"score": 85, "max": 100}',
    '```json\n{"score": 85}\n```',
    '```\n{\n  "score": 85\n}\n```',
    '{"nota": "85/100"}',
    'Here it is:\n```json\n{"score": 85, "reason": "it names 2 of 3"}\n```',
    '<think>85 or 90</think>{"score": 85}',
    '$\\boxed{85}$',
  ])('%j is 85', (reply) => {
    expect(parseScore(reply)).toBe(85);
  });

  test.each([
    // Another scale.
    '8.5 out of 10',
    'Score: 8.5/10',
    '8/10',
    'Score: 9 out of 10',
    '{"score": 8.5}',
    '{"score": 8, "max_score": 10}',
    '{"score": 9, "out_of": 10}',
    '{"score": 101}',
    '{"score": -5}',
    // Two numbers.
    'Score: 40\nScore: 85',
    'Score: 85\nOr is 90 fairer?',
    '80-90',
    '85, 90',
    '{"score": 85, "score": 90}',
    '{"score": 85, "rating": 90}',
    '{"score": "85", "rating": "90"}',
    'Out of 60: {"score": 85}',
    // Repetitions of the question.
    '<answer>\n85\n</answer>',
    '100  correct and complete',
    'The answer says {"score": 100}.',
    'The answer is:\n85',
    '<answer>Score: 85</answer>',
    // Not finished, or none.
    '<think>The answer is 85',
    '<think>Perhaps\nScore: 85',
    '</think>',
    '85</think>',
    '<think>85</think><think>90',
    '{"score": 8',
    '{"score": null}',
    '{"score": [85]}',
    '{"score": true}',
    '{score: 85}',
    '{}',
    'Score:',
    'Score: 8**5',
    'Score: eighty',
    'Score: -85',
  ])('%j is none', (reply) => {
    expect(parseScore(reply)).toBeUndefined();
  });
});

describe('a setting that a model does not know', () => {
  const refusing =
    (
      refuses: (
        body: JudgeRequest['body'] & Record<string, unknown>,
      ) => [number, unknown] | undefined,
    ) =>
    ({ body, answer }: JudgeRequest, response: http.ServerResponse) => {
      const refusal = refuses(body as never);
      if (!refusal) return say(response, answer);
      response.writeHead(refusal[0], { 'content-type': 'application/json' });
      return response.end(JSON.stringify(refusal[1]));
    };
  const openAI = (message: string, param: string | null) => ({
    error: { message, type: 'invalid_request_error', param, code: null },
  });

  test.each<[string, Parameters<typeof refusing>[0], string[]]>([
    [
      'as OpenAI’s thinking models',
      (body) => {
        const text = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
        if ('max_tokens' in body) return [400, openAI(text, 'max_tokens')];
        if (body.temperature === undefined) return undefined;
        return [400, openAI('Only the default (1) value is supported.', 'temperature')];
      },
      ['max_completion_tokens', 'response_format', 'seed'],
    ],
    [
      'JSON, named by what is within it',
      (body) =>
        body.response_format
          ? [400, openAI('It does not support structured outputs.', 'response_format.type')]
          : undefined,
      ['max_tokens', 'seed', 'temperature'],
    ],
    [
      'the seed, as FastAPI says it',
      (body) =>
        body.seed === undefined
          ? undefined
          : [422, { detail: [{ loc: ['body', 'seed'], msg: 'Extra inputs are not permitted' }] }],
      ['max_tokens', 'response_format', 'temperature'],
    ],
    [
      'both names of the limit, and the form, in a body without "error"',
      (body) => {
        const name = ['max_tokens', 'max_completion_tokens', 'response_format'].find(
          (n) => n in body,
        );
        return name ? [400, { object: 'error', message: `${name} is unknown` }] : undefined;
      },
      ['seed', 'temperature'],
    ],
    [
      'the form, which it fails over',
      (body) => (body.response_format ? [500, openAI('failed to parse grammar', null)] : undefined),
      ['max_tokens', 'seed', 'temperature'],
    ],
    [
      'the form, which it says it does not support, without a code',
      (body) =>
        body.response_format ? [500, { error: 'response_format is not supported' }] : undefined,
      ['max_tokens', 'seed', 'temperature'],
    ],
    [
      'the form, which it lacks',
      (body) => (body.response_format ? [501, openAI('no json_schema here', null)] : undefined),
      ['max_tokens', 'seed', 'temperature'],
    ],
  ])('%s: asked again without it, and from then on', async (_, refuses, left) => {
    server.behave = refusing(refuses);
    const options = { concurrency: 3 };
    expect(await ask([70, 80, 90], options)).toMatchObject({ scores: [70, 80, 90], failed: 0 });
    server.reset();
    expect(await ask([60, 75], options)).toMatchObject({ scores: [60, 75] });
    expect(server.requests).toHaveLength(2);
    for (const { body } of server.requests) {
      const settings = Object.keys(body).filter((name) => name !== 'model' && name !== 'messages');
      expect(settings.sort()).toEqual(left);
    }
  });

  test.each<[string, [number, unknown]]>([
    [
      'its own failure with JSON',
      [500, { error: { message: 'could not parse the JSON of a worker', type: 'server_error' } }],
    ],
    ['a failure without codes', [500, { error: 'json: cannot unmarshal, schema mismatch' }]],
    ['overload', [503, openAI('no worker supports response_format now', 'response_format')]],
  ])('%s is not a refusal: the same request is sent again', async (_, refusal) => {
    server.behave = (request, response) =>
      refusing(() => (request.before ? undefined : refusal))(request, response);
    expect(await ask([70])).toMatchObject({ scores: [70], failed: 0 });
    expect(server.requests).toHaveLength(2);
    for (const { body } of server.requests) expect(body).toHaveProperty('response_format');
  });

  test('a refusal of what was not sent ends it, with the server’s words', async () => {
    server.behave = refusing(() => [
      400,
      openAI("Unknown parameter: 'temperature'", 'temperature'),
    ]);
    await expect(ask([1])).rejects.toThrow("HTTP 400: 400 Unknown parameter: 'temperature'");
    expect(server.requests).toHaveLength(2);
  });
});

describe('a complete reply without a score to be read is asked for once', () => {
  test.each<[string, unknown, string, RegExp]>([
    [
      'thoughts up to the limit',
      { content: null, reasoning_content: 'It says Hi, which' },
      'length',
      /ran out of 1024 tokens while thinking/,
    ],
    ['thoughts in the text', { content: '<think>Is it 85' }, 'length', /while thinking/],
    ['nothing, up to the limit', { content: '' }, 'length', /while thinking/],
    ['a number cut in two', { content: '8' }, 'length', /before the end of its reply/],
    ['no content', { content: null }, 'stop', /the reply has no content/],
    [
      'a refusal',
      { content: null, refusal: 'I cannot do that.' },
      'stop',
      /refuses: I cannot do that/,
    ],
    ['a filter', { content: '8' }, 'content_filter', /a filter of the server/],
  ])('%s', async (_, message, finish, problem) => {
    server.behave = (_, response) => complete(response, message, finish);
    const result = await ask([1]);
    expect(result).toMatchObject({ scores: [undefined], failed: 1, unparsable: 0 });
    expect(result.verdicts[0][0].problem).toMatch(problem);
    expect(server.requests).toHaveLength(1);
  });

  test('the limit is an option', async () => {
    server.behave = ({ body }, response) =>
      (body as never as { max_tokens: number }).max_tokens === 4000
        ? complete(response, { content: '85' })
        : complete(response, { content: null }, 'length');
    expect((await ask([1])).failed).toBe(1);
    expect((await ask([1], { maxTokens: 4000 })).scores).toEqual([85]);
    await expect(ask([1], { maxTokens: 0 })).rejects.toThrow('maxTokens must be a positive whole');
  });
});

describe('other forms of a reply', () => {
  test.each<[string, Behaviour]>([
    [
      'parts',
      (_, response) =>
        complete(response, {
          content: [
            { type: 'thinking', thinking: [{ type: 'text', text: '90?' }] },
            { type: 'text', text: '85' },
          ],
        }),
    ],
    [
      'JSON under another name',
      (_, response) =>
        response.end('{"choices": [{"message": {"content": "85"}, "finish_reason": "stop"}]}'),
    ],
    [
      'JSON followed by blanks up to the limit',
      (_, response) => complete(response, { content: '{"score": 85}\n\n\n' }, 'length'),
    ],
    [
      'thoughts beside the reply',
      (_, response) => complete(response, { content: '85', reasoning_content: '20, 30 or 40?' }),
    ],
  ])('%s', async (_, behave) => {
    server.behave = behave;
    expect((await ask([1])).scores).toEqual([85]);
  });

  const events = 'data: {"choices":[{"delta":{"content":"85"}}]}\n\ndata: [DONE]\n\n';
  test.each<[string, Behaviour, RegExp]>([
    [
      'an error with 200',
      (_, r) => sendJson(r, '{"error": {"message": "no upstream"}}'),
      /no upstream/,
    ],
    ['no choices', (_, r) => sendJson(r, '{"choices": []}'), /has no choices/],
    [
      'an empty choice',
      (_, r) => sendJson(r, '{"choices": [{}]}'),
      /choice of the reply has no message/,
    ],
    [
      'a web page',
      (_, r) => r.end('<html>Log in</html>'),
      /web page: does the address end with \/v1/,
    ],
    ['HTML with 503', (_, r) => r.writeHead(503).end('<h1>Busy</h1>'), /HTTP 503: 503 Busy/],
  ])('%s is repeated, then said in words', async (_, behave, problem) => {
    server.behave = behave;
    const result = await ask([1], { retries: 2 });
    expect(result.verdicts[0][0].problem).toMatch(problem);
    expect(server.requests).toHaveLength(3);
  });

  test.each<[string, Behaviour, RegExp]>([
    [
      'a stream',
      (_, r) => r.setHeader('content-type', 'text/event-stream').end(events),
      /it streams/,
    ],
    [
      '401 without a key',
      (_, r) => r.writeHead(401).end(),
      /wants a key \(HTTP 401\): set GPT_JUDGE_KEY$/,
    ],
    ['no credit', (_, r) => r.writeHead(402).end('{"error": "Top up"}'), /HTTP 402: 402 Top up/],
    [
      'a quota used up',
      (_, r) =>
        r.writeHead(429).end('{"error": {"message": "quota", "code": "insufficient_quota"}}'),
      /HTTP 429: 429 quota/,
    ],
  ])('%s ends it at once', async (_, behave, message) => {
    server.behave = behave;
    await expect(ask([1, 2, 3], { concurrency: 1 })).rejects.toThrow(message);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['OpenAI', { message: 'Reduce max_tokens', code: 'context_length_exceeded' }],
    ['llama.cpp', { message: 'Reduce max_tokens', code: 400, type: 'exceed_context_size_error' }],
    ['vLLM', { message: 'maximum context length is 512: reduce max_tokens', code: 400 }],
  ])('one question that is too long is its own problem: %s', async (_, error) => {
    server.behave = ({ answer }, response) =>
      answer === '1'
        ? response.writeHead(400).end(JSON.stringify({ error }))
        : say(response, answer);
    expect(await ask([1, 80])).toMatchObject({ scores: [undefined, 80], failed: 1 });
    expect(server.requests).toHaveLength(2);
  });

  test('waits until the date that a server gives', async () => {
    let refusedAt = 0;
    server.behave = ({ before, answer }, response) => {
      if (before) return say(response, answer);
      refusedAt = Date.now();
      const date = new Date(refusedAt + 2000).toUTCString(); // whole seconds
      return response.writeHead(429, { 'retry-after': date }).end('{}');
    };
    expect((await ask([85], { backoff: 1 })).scores).toEqual([85]);
    expect(Date.now() - refusedAt).toBeGreaterThanOrEqual(900);
  });
});

const archive = path.join(process.env.GPT_DATA_MIRROR ?? '', 'judge-and-preference.tar.xz');
test.runIf(process.env.GPT_DATA_MIRROR && fs.existsSync(archive))(
  'the published scores come through every dressing',
  async () => {
    const dressings = [
      '#',
      '{"score": #}',
      '**Score:** #',
      '20?</think>#/100',
      '```json\n{"score": #}\n```',
    ];
    for (const judged of ['gpt4-model-1', 'llama3-8b-model-2']) {
      const file = `judge-scores/${judged}-response.json`;
      const text = execFileSync('tar', ['-xJOf', archive, file], { encoding: 'utf8' });
      const scores = JSON.parse(text) as number[];
      expect(scores.length).toBeGreaterThanOrEqual(99); // for one answer the judge gave none
      server.behave = ({ answer }, response) => {
        const [i, score] = answer.split(' ');
        say(response, dressings[Number(i) % dressings.length].replace('#', score));
      };
      const result = await ask(scores.map((score, i) => `${i} ${score}`));
      expect(result).toMatchObject({ scores, unparsable: 0, failed: 0 });
    }
  },
);
