/** Asking an OpenAI-compatible server one question, until it answers. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAI } from 'openai';
import { checkNumber, checkPositive } from '../core/checks';
import { JudgeError, NoAnswer } from './judge-error';
import { isTooLong, refusedSetting, type Setting } from './judge-refusal';
import { readReply, UnusableReply, wordsOf } from './judge-reply';

/** An OpenAI-compatible server: Ollama, llama.cpp's server, vLLM, or a hosted one. */
export interface JudgeServer {
  /** The address up to `/v1`, such as `http://127.0.0.1:11434/v1`. */
  readonly url: string;
  /** The server's name for the model, such as `llama3`. */
  readonly model: string;
  /** Never printed and never saved. */
  readonly apiKey?: string;
}

/**
 * The judge that the environment names: `GPT_JUDGE_URL`, `GPT_JUDGE_MODEL` and, if the server wants
 * a key, `GPT_JUDGE_KEY`; undefined without an address. Keys in other variables are not used.
 *
 * @throws JudgeError if there is an address but no model, or if the address is not valid
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
    // The error below does not repeat the address, which may contain a key.
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
  /** Most milliseconds for an answer; default 60,000. */
  timeout?: number;
  /** Most repetitions of a failed request; default 4. */
  retries?: number;
  /** Milliseconds before the first repetition, doubled before each further one; default 500. */
  backoff?: number;
  /** Most tokens of a reply, including its thoughts; default 1024. */
  maxTokens?: number;
}

/** A question. The reply depends on nothing but this, the server and the model. */
export interface Question {
  readonly prompt: string;
  readonly seed: number;
}

/** The form of a reply, which many servers can enforce. */
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

/** The settings that each model of each server has refused since this process began. */
const refused = new Map<string, Set<Setting>>();

/** Longest wait that a server may ask for, in milliseconds. */
const MAX_WAIT = 60_000;

/** Statuses of client errors, after which retrying cannot help. */
const HOPELESS = new Set([400, 401, 402, 403, 404, 405, 422]);

/**
 * A client that repeats failed requests and says in one line, without the key, what is wrong. It
 * asks for JSON at temperature 0 with a seed and a token limit; if a model refuses one of these
 * settings, later requests omit it.
 */
export class JudgeClient {
  private readonly client: OpenAI;
  private readonly options: Required<AskOptions>;
  private readonly refused: Set<Setting>;

  /** @throws JudgeError if the address is not valid; RangeError if an option is impossible */
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
      // Otherwise the package takes these from variables that were set for other programs.
      organization: null,
      project: null,
      logLevel: 'off',
      maxRetries: 0, // `ask` repeats, even after a reply that breaks off or is not JSON
      fetch: fetchWithWords,
    });
  }

  /**
   * Asks a question and returns the server's reply. It repeats the request after failures that may
   * be temporary: no connection, a time-out, HTTP 408, 409, 429 and 5xx, a reply that breaks off or
   * is not JSON. It waits as long as the server asks, up to a minute.
   *
   * @throws NoAnswer if all repetitions failed, or the reply is complete but has no words;
   *   JudgeError if the server cannot be reached or refuses key, model or request, so that other
   *   questions need not be tried; the signal's reason after an abort
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

  /** The settings of a request: all that the model has not refused. */
  private settings({ seed }: Question): Partial<Record<Setting, unknown>> {
    const { maxTokens } = this.options;
    const limit = this.refused.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens';
    const all = { temperature: 0, seed, [limit]: maxTokens, response_format: SCORE_AS_JSON };
    return Object.fromEntries(
      Object.entries(all).filter(([name]) => !this.refused.has(name as Setting)),
    );
  }

  /** Whether the model refused one of these settings; it will not be sent again. */
  private learnRefusal(error: unknown, settings: object): boolean {
    const { APIError } = require('openai') as typeof import('openai');
    if (!(error instanceof APIError)) return false;
    const setting = refusedSetting(error, Object.keys(settings) as Setting[]);
    if (setting) this.refused.add(setting);
    return setting !== undefined;
  }

  /** Sends one request. */
  private async once(prompt: string, settings: object, signal: AbortSignal): Promise<string> {
    // The package's own timeout ends with the headers; this one covers the whole reply.
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

  /**
   * Describes a failure, with the milliseconds to wait.
   *
   * @throws NoAnswer or JudgeError, as in `ask`, if retrying cannot help
   */
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
    if ([400, 413].includes(status) && isTooLong(error)) throw new NoAnswer(problem);
    if (HOPELESS.has(status) || error.code === 'insufficient_quota') {
      throw new JudgeError(problem, 'refused');
    }
    return { problem, wait: askedWait(headers?.get('retry-after')) };
  }

  private withoutKey(text: string): string {
    const { apiKey } = this.server;
    return apiKey ? text.replaceAll(apiKey, '[key]') : text;
  }

  /** A server's words, shortened to one line without the key. */
  private shown(text: string): string {
    return this.withoutKey(text).replace(/\s+/g, ' ').trim().slice(0, 160);
  }
}

/** The milliseconds that a `Retry-After` header asks for, as seconds or as a date. */
function askedWait(header: string | null | undefined): number | undefined {
  if (!header) return undefined;
  const seconds = Number(header);
  const wait = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : 1000 * seconds;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), MAX_WAIT);
}

/** A `fetch` that puts an error's words and codes where the package looks for them. */
async function fetchWithWords(...[address, init]: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(address, init);
  if (response.ok) return response;
  const text = await response.text();
  let body: { error?: unknown } | null | undefined;
  try {
    body = JSON.parse(text) as { error?: unknown } | null;
  } catch {
    // Not JSON: the text itself is the message.
  }
  const error = body?.error ?? body ?? text.replace(/<[^>]*>/g, ' ');
  const fields = typeof error === 'object' ? error : {};
  const described = { param: invalidField(body), ...fields, message: wordsOf(error) };
  const wait = response.headers.get('retry-after');
  return Response.json(
    { error: described },
    { status: response.status, headers: wait ? { 'retry-after': wait } : {} },
  );
}

/** The field that FastAPI, which vLLM and others are built on, found invalid in a request. */
function invalidField(body: unknown): string | undefined {
  const { detail } = (body ?? {}) as { detail?: { loc?: unknown[] }[] };
  const field = Array.isArray(detail) ? detail[0]?.loc?.[1] : undefined;
  return typeof field === 'string' ? field : undefined;
}
