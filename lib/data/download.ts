import type { IncomingHttpHeaders } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { DataError } from '../core/errors';
import { withInterrupt } from '../core/interrupt';
import { Partial } from './partial-download';

const TRIES = 5; // in a row without getting further
const MAX_REDIRECTS = 10;
const MAX_WAIT_MS = 60_000;
const IDLE_MS = 60_000;
const MAX_BYTES = 256 * 2 ** 20; // where the size is not known beforehand
const TRY_AGAIN = [408, 425, 429, 500, 502, 503, 504];
const NOBODY_THERE = ['ENOTFOUND', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'];
const REDIRECTS = [301, 302, 303, 307, 308];

export interface Progress {
  readonly received: number;
  /** Absent while nobody has said how large the file is. */
  readonly total?: number;
  /** What happened, when something did: "connection lost; trying again in 2 s". */
  readonly note?: string;
}

export interface DownloadOptions {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Before the second try, doubled each time; default 500. */
  retryDelayMs?: number;
}

/** What the file must be. Without a hash a broken download starts again, as nothing tells whether the pieces fit. */
export interface Expected {
  readonly url: string;
  readonly bytes?: number;
  readonly sha256?: string;
}

/** A failure that another try may mend. */
class TryAgain extends Error {
  constructor(
    message: string,
    readonly waitMs = 0,
  ) {
    super(message);
  }
}

/** The end of a download that a later one can continue. */
class Unfinished extends DataError {
  constructor(message: string) {
    super(message, 'network');
  }
}

/**
 * Downloads and verifies a file; `target` appears atomically. A broken download goes on
 * where it stopped, in this process or a later one; overload and broken connections are tried
 * again, with growing pauses; `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` hold. SIGINT stops it.
 *
 * @returns size and SHA-256 of what arrived
 * @throws DataError in one line: wrong size or hash, an answer that is no file, no network, no room
 */
export async function download(
  expected: Expected,
  target: string,
  options: DownloadOptions = {},
): Promise<{ bytes: number; sha256: string }> {
  return withInterrupt(async (signal) => {
    const agent = await proxyAgent();
    const resumable = expected.sha256 !== undefined;
    try {
      const part = await Partial.open(target, resumable);
      try {
        await new Transfer(expected, part, agent, signal, options).run();
        await part.finish();
      } catch (error) {
        if (error instanceof Unfinished && resumable && part.size > 0) await part.close();
        else await part.discard();
        throw error;
      }
      return { bytes: part.size, sha256: part.sha256 };
    } finally {
      await agent.destroy();
    }
  }, options);
}

class Transfer {
  constructor(
    private readonly expected: Expected,
    private readonly part: Partial,
    private readonly agent: Dispatcher,
    private readonly signal: AbortSignal,
    private readonly options: DownloadOptions,
  ) {}

  /** Tries until the partial file holds what was expected. */
  async run(): Promise<void> {
    const { part, options } = this;
    let furthest = part.size;
    for (let failures = 0; ;) {
      try {
        if (part.sha256 !== this.expected.sha256) await this.receive();
        return await this.check();
      } catch (error) {
        if (error instanceof DataError) throw error;
        if (this.signal.aborted) throw new Unfinished('Download interrupted');
        const reason = this.reason(error);
        if (part.size > furthest) failures = 0;
        furthest = Math.max(furthest, part.size);
        if (++failures >= TRIES) {
          throw new Unfinished(`${this.expected.url}: ${reason}; gave up after ${TRIES} tries`);
        }
        const pause = (options.retryDelayMs ?? 500) * 2 ** (failures - 1) * (1 + Math.random() / 2);
        const wait = error instanceof TryAgain && error.waitMs ? error.waitMs : pause;
        const note = `${reason}; trying again in ${(wait / 1000).toFixed(1)} s`;
        options.onProgress?.({ received: part.size, total: this.expected.bytes, note });
        await sleep(wait, undefined, { signal: this.signal }).catch(() => undefined);
        if (this.signal.aborted) throw new Unfinished('Download interrupted');
      }
    }
  }

  /** One request, its answer added to the partial file. */
  private async receive(): Promise<void> {
    const { expected, part } = this;
    if (expected.sha256 === undefined || part.size >= (expected.bytes ?? Infinity)) {
      await part.restart();
    }
    const { statusCode, headers, body } = await this.request(part.size);
    const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase();
    const declared = headers['content-length'] === undefined ? NaN : +headers['content-length'];

    if (statusCode === 206) {
      const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(String(headers['content-range']));
      if (!range || Number(range[1]) !== part.size || encoding !== 'identity') {
        await this.startOver(body, 'the server sent another range than asked for');
      } else if (range[2] !== '*') {
        await this.checkDeclared(Number(range[2]), body);
      }
    } else if (statusCode === 200) {
      if (part.size > 0) await part.restart(); // the server ignores ranges
      if (encoding === 'identity') await this.checkDeclared(declared, body);
    } else {
      await body.dump();
      await this.refused(statusCode, headers);
    }
    if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) {
      await body.dump();
      throw new DataError(
        `${expected.url} came in an encoding that was not asked for: ${encoding}`,
      );
    }

    part.pieced = part.size > 0;
    const announced = encoding === 'identity' ? part.size + declared : NaN;
    const total = expected.bytes ?? (Number.isNaN(announced) ? undefined : announced);
    const content: Readable =
      encoding === 'identity' ? body : pipeline(body, createGunzip(), () => undefined);
    try {
      for await (const chunk of content) await this.take(chunk as Buffer, total);
    } catch (error) {
      if (error instanceof DataError) throw error;
      // What arrived before the connection broke is still in the stream.
      for (let rest; (rest = content.read() as Buffer | null);) await this.take(rest, total);
      throw error;
    }
  }

  private async take(chunk: Buffer, total?: number): Promise<void> {
    const limit = this.expected.bytes ?? MAX_BYTES;
    if (this.part.size + chunk.length > limit) {
      const { url } = this.expected;
      throw new DataError(
        `${url} is not the file expected: more than ${limit.toLocaleString('en-US')} bytes`,
      );
    }
    await this.part.append(chunk);
    this.options.onProgress?.({ received: this.part.size, total });
  }

  /** Sends the request, through redirects. */
  private async request(from: number): Promise<Dispatcher.ResponseData> {
    const { request } = await import('undici');
    let url = new URL(this.expected.url);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await request(url, {
        dispatcher: this.agent,
        signal: this.signal,
        // undici 7 crashes when a server hangs up while its body is paused (its issue 5360; mended
        // in 8 only, which needs Node 22): so much may wait for the disk before that.
        highWaterMark: 2 ** 26,
        headers: {
          'user-agent': 'gpt-in-typescript',
          'accept-encoding': 'identity', // ranges count bytes of the file, not of a compressed form
          ...(from > 0 ? { range: `bytes=${from}-` } : {}),
        },
      });
      if (!REDIRECTS.includes(response.statusCode)) return response;
      await response.body.dump();
      const next = new URL(String(response.headers.location ?? ''), url);
      if (
        !/^https?:$/.test(next.protocol) ||
        (url.protocol === 'https:' && next.protocol !== url.protocol)
      ) {
        throw new DataError(
          `${this.expected.url} redirects to ${next.protocol}, which is not safe`,
        );
      }
      url = next;
    }
    throw new DataError(`${this.expected.url} redirects more than ${MAX_REDIRECTS} times`);
  }

  private async startOver(body: Dispatcher.ResponseData['body'], reason: string): Promise<never> {
    await body.dump();
    await this.part.restart();
    throw new TryAgain(reason);
  }

  /** Fails before the download where the server announces another size. */
  private async checkDeclared(size: number, body: Dispatcher.ResponseData['body']): Promise<void> {
    const { url, bytes } = this.expected;
    if (Number.isNaN(size) || bytes === undefined || size === bytes) return;
    await body.dump();
    throw new DataError(
      `${url} is not the file expected: ${size.toLocaleString('en-US')} bytes ` +
        `instead of ${bytes.toLocaleString('en-US')}`,
    );
  }

  /** An answer without a file. */
  private async refused(status: number, headers: IncomingHttpHeaders): Promise<never> {
    if (status === 416) {
      await this.part.restart();
      throw new TryAgain('the server does not have the rest');
    }
    if (!TRY_AGAIN.includes(status)) {
      throw new DataError(`${this.expected.url} answered HTTP ${status}`, 'network');
    }
    const after = String(headers['retry-after'] ?? '');
    const asked = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now();
    if (asked > MAX_WAIT_MS) {
      const seconds = Math.ceil(asked / 1000);
      throw new Unfinished(
        `${this.expected.url} is overloaded (HTTP ${status}): try again in ${seconds} s`,
      );
    }
    throw new TryAgain(`the server answered HTTP ${status}`, Math.max(0, asked || 0));
  }

  /** Compares what arrived with what was expected. */
  private async check(): Promise<void> {
    const { part } = this;
    const { url, bytes, sha256 } = this.expected;
    if (bytes !== undefined && part.size < bytes) {
      throw new TryAgain(`the connection ended after ${part.size} of ${bytes} bytes`);
    }
    if (sha256 === undefined || part.sha256 === sha256) return;
    if (part.pieced) {
      await part.restart();
      throw new TryAgain('the pieces do not fit together');
    }
    throw new DataError(
      `${url} is not the file expected: SHA-256 ${part.sha256} instead of ${sha256}`,
    );
  }

  /** What went wrong with the network, in words; throws where another try cannot help. */
  private reason(error: unknown): string {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof TryAgain) return message;
    const { url } = this.expected;
    const through = proxyFor(url);
    const status = proxyStatus(error as Error);
    if (status && status < 500) {
      throw new Unfinished(`${url}: refused with HTTP ${status}${through}`);
    }
    if (code && NOBODY_THERE.includes(code)) {
      throw new Unfinished(`${url}: no connection (${code})${through}; is there a network?`);
    }
    if (code && /CERT|SIGNED|VERIFY|ISSUER/.test(code)) {
      throw new Unfinished(
        `${url}: its certificate is not trusted here (${code})${through}; ` +
          'behind an inspecting proxy, set NODE_EXTRA_CA_CERTS to its certificate',
      );
    }
    return `${message || code || 'no answer'}${through}`;
  }
}

/** With which HTTP status a proxy refused to connect; undici gives it in its message alone. */
function proxyStatus({ message }: Error): number | undefined {
  const status = /Proxy response \((\d+)\)/.exec(message)?.[1];
  return status === undefined ? undefined : Number(status);
}

/** A word on the proxy that the environment sets for an address, without its password. */
function proxyFor(url: string): string {
  const { env } = process;
  const http = env.http_proxy ?? env.HTTP_PROXY;
  const proxy = url.startsWith('https:') ? (env.https_proxy ?? env.HTTPS_PROXY ?? http) : http;
  return proxy ? ` (the proxy is ${proxy.replace(/\/\/[^/]*@/, '//')})` : '';
}

async function proxyAgent(): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import('undici');
  try {
    return new EnvHttpProxyAgent({
      connect: { timeout: 30_000 },
      headersTimeout: IDLE_MS,
      bodyTimeout: IDLE_MS,
    });
  } catch {
    throw new DataError(
      'HTTPS_PROXY or HTTP_PROXY is no address such as http://proxy.example:3128',
    );
  }
}
