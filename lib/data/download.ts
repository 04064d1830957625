/** Downloads that resume after interruptions and are verified before they appear. */
import type { IncomingHttpHeaders } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { DataError } from '../core/errors';
import { withInterrupt } from '../core/interrupt';
import { PartialDownload } from './partial-download';

/** A download gives up after this many consecutive failures without progress. */
const MAX_FAILURES = 5;
const MAX_REDIRECTS = 10;
/** Longest wait, in milliseconds, that a server may ask for with `Retry-After`. */
const MAX_WAIT_MS = 60_000;
/** Longest silence of a server, in milliseconds, before the connection counts as broken. */
const IDLE_MS = 60_000;
/** Largest file, in bytes, if its size is not known beforehand. */
const MAX_BYTES = 256 * 2 ** 20;
/** HTTP statuses after which another try may succeed. */
const TEMPORARY_FAILURES = [408, 425, 429, 500, 502, 503, 504];
/** System errors that say that there is no such server, or no network. */
const UNREACHABLE = ['ENOTFOUND', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'];
const REDIRECTS = [301, 302, 303, 307, 308];

export interface Progress {
  /** Bytes received so far. */
  readonly received: number;
  /** Bytes of the whole file; absent while its size is unknown. */
  readonly total?: number;
  /** An event, such as "connection lost; trying again in 2 s"; absent for mere progress. */
  readonly note?: string;
}

export interface DownloadOptions {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Milliseconds before the second try, doubled for each further one; default 500. */
  retryDelayMs?: number;
}

/**
 * The expected file. Without a hash, a broken download starts over, because nothing could show that
 * its pieces fit together.
 */
export interface Expected {
  readonly url: string;
  readonly bytes?: number;
  readonly sha256?: string;
}

/** A failure after which another try may succeed. */
class TryAgain extends Error {
  constructor(
    message: string,
    readonly waitMs = 0,
  ) {
    super(message);
  }
}

/** A download ended early, but a later one can continue it. */
class Unfinished extends DataError {
  constructor(message: string) {
    super(message, 'network');
  }
}

/**
 * Downloads and verifies a file; `target` appears atomically. A broken download resumes where it
 * stopped, in this process or a later one. Overloaded servers and broken connections are retried
 * after growing pauses. `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are respected, and SIGINT stops
 * the download.
 *
 * @returns the size in bytes and the SHA-256 of the file
 * @throws DataError in one line: wrong size or hash, an answer that is not a file, no network, or a
 *   full disk
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
      const part = await PartialDownload.open(target, resumable);
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
    private readonly part: PartialDownload,
    private readonly agent: Dispatcher,
    private readonly signal: AbortSignal,
    private readonly options: DownloadOptions,
  ) {}

  /**
   * Tries until the partial file matches what was expected. Progress resets the count of failures.
   */
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
        if (++failures >= MAX_FAILURES) {
          throw new Unfinished(
            `${this.expected.url}: ${reason}; gave up after ${MAX_FAILURES} tries`,
          );
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

  /** Sends one request and appends its answer to the partial file. */
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
        await this.startOver(body, 'the server sent a range that was not asked for');
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
      // The stream still holds the bytes that arrived before the connection broke.
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

  /** Sends the request and follows redirects. */
  private async request(from: number): Promise<Dispatcher.ResponseData> {
    const { request } = await import('undici');
    let url = new URL(this.expected.url);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await request(url, {
        dispatcher: this.agent,
        signal: this.signal,
        // undici 7 crashes if a server hangs up while its body is paused (issue 5360; fixed in 8,
        // which needs Node 22), so as much as this may wait for the disk before a pause.
        highWaterMark: 2 ** 26,
        headers: {
          'user-agent': 'gpt-in-typescript',
          'accept-encoding': 'identity', // so that ranges count the file's own bytes
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

  /** Fails before the download if the server announces a size other than the expected one. */
  private async checkDeclared(size: number, body: Dispatcher.ResponseData['body']): Promise<void> {
    const { url, bytes } = this.expected;
    if (Number.isNaN(size) || bytes === undefined || size === bytes) return;
    await body.dump();
    throw new DataError(
      `${url} is not the file expected: ${size.toLocaleString('en-US')} bytes ` +
        `instead of ${bytes.toLocaleString('en-US')}`,
    );
  }

  /** Handles an answer that holds no file. */
  private async refused(status: number, headers: IncomingHttpHeaders): Promise<never> {
    if (status === 416) {
      await this.part.restart();
      throw new TryAgain('the server does not have the rest');
    }
    if (!TEMPORARY_FAILURES.includes(status)) {
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

  /** Compares the file with what was expected. */
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

  /** Describes a failure of the network. @throws Unfinished if retrying cannot help */
  private reason(error: unknown): string {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof TryAgain) return message;
    const { url } = this.expected;
    const through = proxyFor(url);
    const status = proxyStatus(error as Error);
    if (status && status < 500) {
      throw new Unfinished(`${url}: refused with HTTP ${status}${through}`);
    }
    if (code && UNREACHABLE.includes(code)) {
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

/** The HTTP status with which a proxy refused to connect; undici has it only in its message. */
function proxyStatus({ message }: Error): number | undefined {
  const status = /Proxy response \((\d+)\)/.exec(message)?.[1];
  return status === undefined ? undefined : Number(status);
}

/** Names the proxy that the environment sets for an address, without its password. */
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
      'HTTPS_PROXY or HTTP_PROXY is not an address such as http://proxy.example:3128',
    );
  }
}
