/** One question to an OpenAI-compatible server, asked until it is answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { APIError, OpenAI } from 'openai';
import { checkNumber, checkPositive } from '../core/checks';
import { JudgeError, NoAnswer } from './judge-error';
import { readReply, UnusableReply, wordsOf } from './judge-reply';

/** An OpenAI-compatible server: Ollama, llama.cpp's server, vLLM, or a hosted one. */
export interface JudgeServer {
  /** Up to and with `/v1`, such as `http://127.0.0.1:11434/v1`. */
  readonly url: string;
  /** As the server names it, such as `llama3`. */
  readonly model: string;
  /** Never printed and never saved. */
  readonly apiKey?: string;
}

/**
 * The judge that the environment names: `GPT_JUDGE_URL`, `GPT_JUDGE_MODEL` and, where it wants one,
 * `GPT_JUDGE_KEY`. Undefined without an address; no other key that may be set is used.
 *
 * @throws JudgeError when there is an address and no model, or the address cannot be one
 */
export function judgeFromEnvironment(): JudgeServer | undefined {
  const { GPT_JUDGE_URL: url, GPT_JUDGE_MODEL: model, GPT_JUDGE_KEY: apiKey } = process.env;
  if (!url) return undefined;
  if (!model) {
    throw new JudgeError(
      'GPT_JUDGE_URL is set, and GPT_JUDGE_MODEL is not: name a model',
      'settings',
    );
  }
  checkAddress(url);
  return { url, model, ...(apiKey && { apiKey }) };
}

function checkAddress(address: string): void {
  let url: URL | undefined;
  try {
    url = new URL(address);
  } catch {
    // Said below, without the address: a key may be part of it.
  }
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search) {
    throw new JudgeError(
      "The judge's address must be like http://127.0.0.1:11434/v1, without a name, password or " +
        'question mark; a key goes into GPT_JUDGE_KEY',
      'settings',
    );
  }
}

export interface AskOptions {
  /** Milliseconds that an answer may take; default 60,000. */
  timeout?: number;
  /** How often a failed request is repeated; default 4. */
  retries?: number;
  /** Milliseconds before the first repetition, twice as many before the next; default 500. */
  backoff?: number;
  /** Most tokens of a reply, thoughts included; default 1024. */
  maxTokens?: number;
}

/** What a request asks for; an answer depends on nothing else. */
export interface Question {
  readonly prompt: string;
  readonly seed: number;
}

/** Servers that can make the judge reply in this form, whatever it would have liked to say. */
const SCORE_AS_JSON = {
  type: 'json_schema',
  json_schema: {
    name: 'score',
    strict: true,
    schema: {
      type: 'object',
      properties: { score: { type: 'integer' } },
      required: ['score'],
      additionalProperties: false,
    },
  },
} as const;

/** Settings that not every model knows, with what refusals call them. */
const SETTINGS = {
  max_tokens: /max_tokens/i,
  max_completion_tokens: /max_completion_tokens/i,
  temperature: /temperature/i,
  seed: /\bseed\b/i,
  response_format: /response_format|json|schema|structured|grammar/i,
};
type Setting = keyof typeof SETTINGS;

/** What each model of each server has refused, as long as this process runs. */
const refused = new Map<string, Set<Setting>>();

/** HTTP statuses with which servers refuse a setting; some fail over it, or lack it. */
const REFUSALS = new Set([400, 422, 500, 501]);

/** Longest wait that a server may ask for, in milliseconds. */
const LONGEST_WAIT = 60_000;

/** Client errors: retrying cannot help. */
const HOPELESS = new Set([400, 401, 402, 403, 404, 405, 422]);

/** What servers say of one question that is too long; OpenAI's has a code for it. */
const TOO_LONG = /context.{0,20}length|maximum context|too long/i;

const isTooLong = ({ code, message }: APIError): boolean =>
  code === 'context_length_exceeded' || TOO_LONG.test(message);

/**
 * The setting that an error is about: the one in its field `param`, which few servers fill in, or
 * the one that its message, somebody else's prose, mentions first.
 */
function settingIn({ param, message }: APIError, sent: readonly Setting[]): Setting | undefined {
  const field = param?.split('.')[0];
  const place = (name: Setting) => message.search(SETTINGS[name]);
  const [mentioned] = sent.filter((name) => place(name) >= 0).sort((a, b) => place(a) - place(b));
  return sent.find((name) => name === field) ?? mentioned;
}

/**
 * A client that repeats what failed and says in one line, without the key, what is wrong. It asks for
 * JSON at temperature 0 with a seed and a limit of tokens, and where a model refuses one of these
 * settings, without it from then on.
 */
export class JudgeClient {
  private readonly client: OpenAI;
  private readonly options: Required<AskOptions>;
  private readonly refused: Set<Setting>;

  /** @throws JudgeError when the address cannot be one; RangeError when an option is impossible */
  constructor(
    private readonly server: JudgeServer,
    { timeout = 60_000, retries = 4, backoff = 500, maxTokens = 1024 }: AskOptions = {},
  ) {
    checkAddress(server.url);
    checkNumber({ timeout, retries, backoff }, { from: 0, caller: 'judge' });
    checkPositive({ maxTokens }, { caller: 'judge' });
    this.options = { timeout, retries, backoff, maxTokens };
    const who = JSON.stringify([server.url, server.model]);
    this.refused = refused.get(who) ?? new Set();
    refused.set(who, this.refused);
    const { OpenAI } = require('openai') as typeof import('openai');
    this.client = new OpenAI({
      baseURL: server.url,
      apiKey: server.apiKey ?? 'none',
      // Else these come from variables that were set for something else.
      organization: null,
      project: null,
      logLevel: 'off',
      maxRetries: 0, // it does not repeat a reply that breaks off or is no JSON; we do
      fetch: fetchWithWords,
    });
  }

  /**
   * The server's reply. Repeats what may succeed later: no connection, too slow, 408, 409, 429 and
   * 5xx, a reply that breaks off, no JSON, HTML. Waits as long as the server asks for, up to a minute.
   *
   * @throws NoAnswer when all repetitions failed, or the reply is complete and has no words; JudgeError
   *   when the server cannot be reached, or refuses key, model or request, so that other questions
   *   need not be tried; the signal's reason
   */
  async ask(question: Question, signal: AbortSignal): Promise<string> {
    const { retries, backoff } = this.options;
    for (let attempt = 0; ; attempt++) {
      const settings = this.settings(question);
      try {
        return await this.once(question.prompt, settings, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (this.learnRefusal(error, settings)) {
          attempt--;
          continue;
        }
        const { problem, wait, unreachable } = this.understand(error);
        if (attempt === retries) {
          throw unreachable ? new JudgeError(problem, 'unreachable') : new NoAnswer(problem);
        }
        await sleep(wait ?? backoff * 2 ** attempt, undefined, { signal });
      }
    }
  }

  /** What is sent beside the question: all that the model has not refused. */
  private settings({ seed }: Question): Partial<Record<Setting, unknown>> {
    const { maxTokens } = this.options;
    const limit = this.refused.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens';
    const all = { temperature: 0, seed, [limit]: maxTokens, response_format: SCORE_AS_JSON };
    return Object.fromEntries(
      Object.entries(all).filter(([name]) => !this.refused.has(name as Setting)),
    );
  }

  /** Whether the model refused one of these settings, which it will not be sent again. */
  private learnRefusal(error: unknown, settings: object): boolean {
    const { APIError } = require('openai') as typeof import('openai');
    if (!(error instanceof APIError) || !REFUSALS.has(error.status as number)) return false;
    if (isTooLong(error)) return false;
    const setting = settingIn(error, Object.keys(settings) as Setting[]);
    if (setting) this.refused.add(setting);
    return setting !== undefined;
  }

  private async once(prompt: string, settings: object, signal: AbortSignal): Promise<string> {
    // The package's own limit ends with the headers; this one holds for the whole reply.
    const limit = AbortSignal.timeout(this.options.timeout);
    const completion = await this.client.chat.completions.create(
      {
        model: this.server.model,
        messages: [{ role: 'user', content: prompt }],
        ...settings,
      },
      { signal: AbortSignal.any([signal, limit]), timeout: this.options.timeout },
    );
    return this.withoutKey(readReply(completion, this.options.maxTokens));
  }

  /** What went wrong, and how long to wait; throws where it is hopeless. */
  private understand(error: unknown): { problem: string; wait?: number; unreachable?: boolean } {
    const { APIError, APIConnectionError, APIConnectionTimeoutError, APIUserAbortError } =
      require('openai') as typeof import('openai');
    const at = `the judge at ${this.server.url}`;
    const { timeout } = this.options;
    const slow = error instanceof Error && /TimeoutError|AbortError/.test(error.name);
    if (slow || error instanceof APIConnectionTimeoutError || error instanceof APIUserAbortError) {
      return { problem: `${at} took longer than ${timeout / 1000} s` };
    }
    if (error instanceof APIConnectionError) {
      const code = (error.cause as { cause?: NodeJS.ErrnoException })?.cause?.code;
      const refused = code === 'ECONNREFUSED' || code === 'ENOTFOUND';
      return {
        problem: `${at} cannot be reached${code ? ` (${code})` : ''}`,
        unreachable: refused,
      };
    }
    if (error instanceof UnusableReply && error.next !== 'again') {
      const problem = `${at}: ${this.shown(error.message)}`;
      throw error.next === 'stop' ? new JudgeError(problem, 'refused') : new NoAnswer(problem);
    }
    if (!(error instanceof APIError) || error.status === undefined) {
      const message = error instanceof Error ? error.message : String(error);
      return { problem: `${at}: ${this.shown(message)}` };
    }
    const { status, headers } = error as { status: number; headers?: Headers };
    if (status === 401 || status === 403) {
      throw new JudgeError(
        this.server.apiKey
          ? `${at} refuses the key (HTTP ${status}): check GPT_JUDGE_KEY`
          : `${at} wants a key (HTTP ${status}): set GPT_JUDGE_KEY`,
        'key',
      );
    }
    const problem = `${at} answers HTTP ${status}: ${this.shown(error.message)}`;
    if (status === 413 || (status === 400 && isTooLong(error))) {
      throw new NoAnswer(problem);
    }
    if (HOPELESS.has(status) || error.code === 'insufficient_quota') {
      throw new JudgeError(problem, 'refused');
    }
    return { problem, wait: askedWait(headers?.get('retry-after')) };
  }

  private withoutKey(text: string): string {
    const { apiKey } = this.server;
    return apiKey ? text.replaceAll(apiKey, '[key]') : text;
  }

  /** A server's words on one short line. */
  private shown(text: string): string {
    return this.withoutKey(text).replace(/\s+/g, ' ').trim().slice(0, 160);
  }
}

/** Milliseconds of a `Retry-After`, which holds seconds or a date. */
function askedWait(header: string | null | undefined): number | undefined {
  if (!header) return undefined;
  const seconds = Number(header);
  const wait = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : 1000 * seconds;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), LONGEST_WAIT);
}

/** `fetch`, after which an error's words are where the package looks for them. */
async function fetchWithWords(...[address, init]: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(address, init);
  if (response.ok) return response;
  const text = await response.text();
  let body: { error?: unknown } | null | undefined;
  try {
    body = JSON.parse(text) as { error?: unknown } | null;
  } catch {
    // No JSON: its words are the text.
  }
  const error = body?.error ?? body ?? text.replace(/<[^>]*>/g, ' ');
  const fields = typeof error === 'object' ? error : {};
  const { status } = response;
  const headers = { 'content-type': 'application/json' };
  const wait = response.headers.get('retry-after');
  return new Response(JSON.stringify({ error: { ...fields, message: wordsOf(error) } }), {
    status,
    headers: { ...headers, ...(wait && { 'retry-after': wait }) },
  });
}
