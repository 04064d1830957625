/** One question to an OpenAI-compatible server, asked until it is answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import type OpenAI from 'openai';
import { DataError } from '../data';

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
 * @throws DataError when there is an address and no model, or the address cannot be one
 */
export function judgeFromEnvironment(): JudgeServer | undefined {
  const { GPT_JUDGE_URL: url, GPT_JUDGE_MODEL: model, GPT_JUDGE_KEY: apiKey } = process.env;
  if (!url) return undefined;
  if (!model) throw new DataError('GPT_JUDGE_URL is set, and GPT_JUDGE_MODEL is not: name a model');
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
    throw new DataError(
      "The judge's address must be like http://127.0.0.1:11434/v1, without a name, password or " +
        'question mark; a key goes into GPT_JUDGE_KEY',
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
}

/** What a request asks for; an answer depends on nothing else. */
export interface Question {
  readonly prompt: string;
  readonly seed: number;
}

/** Most tokens of a reply: enough for a model that thinks before it answers. */
const MAX_REPLY_TOKENS = 1024;
/** Longest wait that a server may ask for, in milliseconds. */
const LONGEST_WAIT = 60_000;

/** Said to nobody but this client in vain: to repeat such a request helps nothing. */
const HOPELESS = new Set([400, 401, 403, 404, 405, 422]);

/** This one question got no answer; others may. */
export class NoAnswer extends Error {
  override readonly name: string = 'NoAnswer';
}

/** A client that repeats what failed and says in one line, without the key, what is wrong. */
export class JudgeClient {
  private readonly client: OpenAI;
  private readonly options: Required<AskOptions>;

  /** @throws DataError when the address cannot be one; Error when an option is impossible */
  constructor(
    private readonly server: JudgeServer,
    { timeout = 60_000, retries = 4, backoff = 500 }: AskOptions = {},
  ) {
    checkAddress(server.url);
    for (const [name, value] of Object.entries({ timeout, retries, backoff })) {
      if (Number.isFinite(value) && value >= 0) continue;
      throw new Error(`judge: ${name} must be a number from 0, got ${value}`);
    }
    this.options = { timeout, retries, backoff };
    const { OpenAI } = require('openai') as typeof import('openai');
    this.client = new OpenAI({
      baseURL: server.url,
      apiKey: server.apiKey ?? 'none',
      // Else these come from variables that were set for something else.
      ...{ organization: null, project: null, logLevel: 'off' },
      maxRetries: 0, // it does not repeat a reply that breaks off or is no JSON; we do
    });
  }

  /**
   * The server's reply. Repeats what may succeed later: no connection, too slow, 408, 409, 429 and
   * 5xx, a reply that breaks off, no JSON, HTML. Waits as long as the server asks for, up to a minute.
   *
   * @throws NoAnswer when all repetitions failed; DataError when the server cannot be reached, or
   *   refuses key, model or request, so that other questions need not be tried; the signal's reason
   */
  async ask(question: Question, signal: AbortSignal): Promise<string> {
    const { retries, backoff } = this.options;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.once(question, signal);
      } catch (error) {
        signal.throwIfAborted();
        const { problem, wait, unreachable } = this.understand(error);
        if (attempt === retries) {
          throw unreachable ? new DataError(problem) : new NoAnswer(problem);
        }
        await sleep(wait ?? backoff * 2 ** attempt, undefined, { signal });
      }
    }
  }

  private async once({ prompt, seed }: Question, signal: AbortSignal): Promise<string> {
    // The package's own limit ends with the headers; this one holds for the whole reply.
    const limit = AbortSignal.timeout(this.options.timeout);
    const completion = await this.client.chat.completions.create(
      {
        model: this.server.model,
        messages: [{ role: 'user', content: prompt }],
        ...{ temperature: 0, seed, max_tokens: MAX_REPLY_TOKENS },
      },
      { signal: AbortSignal.any([signal, limit]), timeout: this.options.timeout },
    );
    // A server may answer anything, such as a login page.
    const reply: unknown = (completion as Partial<typeof completion>).choices?.[0]?.message.content;
    if (typeof reply !== 'string') throw new Error('the reply is no chat completion');
    return this.withoutKey(reply);
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
    if (!(error instanceof APIError) || error.status === undefined) {
      const message = error instanceof Error ? error.message : String(error);
      return { problem: `${at}: ${this.shown(message)}` };
    }
    const { status, headers } = error as { status: number; headers?: Headers };
    if (status === 401 || status === 403) {
      throw new DataError(`${at} refuses the key (HTTP ${status}): check GPT_JUDGE_KEY`);
    }
    const problem = `${at} answers HTTP ${status}: ${this.shown(error.message)}`;
    if (HOPELESS.has(status)) throw new DataError(problem);
    const seconds = Number(headers?.get('retry-after') ?? NaN);
    const wait = seconds >= 0 ? Math.min(1000 * seconds, LONGEST_WAIT) : undefined;
    return { problem, wait };
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
