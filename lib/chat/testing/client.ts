/** A chat for tests, with a small classifier of its own, and a client for it. */
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { startChat, type Chat, type ChatOptions } from '../../chat';
import { saveTinyClassifier, SPAM } from './tiny-classifier';

export const JSON_TYPE = { 'content-type': 'application/json' };

export type Event = [name: string, data: Record<string, unknown>];

interface Health {
  running: number;
  waiting: number;
  tensors: number;
  models: Record<string, boolean>;
  parameters: Record<string, number>;
}

/** The events of an answer. */
export const readEvents = (text: string): Event[] =>
  text
    .split('\n\n')
    .filter(Boolean)
    .map((block) => {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block)!;
      return [name, JSON.parse(data)];
    });

export class Client {
  constructor(private readonly chat: Chat) {}

  get url(): string {
    return this.chat.url;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get(where: string): Promise<Response> {
    return fetch(new URL(where, this.url));
  }

  post(
    where: string,
    body: unknown,
    { headers = JSON_TYPE, ...init }: RequestInit = {},
  ): Promise<Response> {
    const options = { method: 'POST', body: JSON.stringify(body), headers, ...init };
    return fetch(new URL(where, this.url), options);
  }

  async stream(where: string, body: unknown): Promise<Event[]> {
    const response = await this.post(where, body);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    return readEvents(await response.text());
  }

  classify(text: string): Promise<Event[]> {
    return this.stream('/api/classify', { text });
  }

  generate(body: object): Promise<Event[]> {
    return this.stream('/api/generate', body);
  }

  async health(): Promise<Health> {
    return (await (await this.get('/health')).json()) as Health;
  }

  /** Waits until no job runs. @returns the number of tensors then */
  idle(): Promise<number> {
    return vi.waitFor(
      async () => {
        const { running, waiting, tensors } = await this.health();
        expect({ running, waiting }).toEqual({ running: 0, waiting: 0 });
        return tensors;
      },
      { timeout: 300_000, interval: 20 },
    );
  }

  /** Sends text over a socket. @returns everything that comes back until the connection ends */
  raw(text: string, { close = false } = {}): Promise<string> {
    return new Promise((resolve) => {
      let answer = '';
      const socket: net.Socket = net.connect(this.port, '127.0.0.1', () => {
        socket.write(text);
        if (close) socket.end();
      });
      socket.on('data', (data) => (answer += String(data)));
      socket.on('close', () => resolve(answer));
      socket.on('error', () => resolve(answer)); // the server may hang up before all is sent
    });
  }

  close(): Promise<void> {
    return this.chat.close();
  }
}

/** Status and code of a refusal, after a check that it reveals nothing about this machine. */
export async function refusal(response: Response): Promise<[number, unknown]> {
  const body = (await response.json()) as { code: string; message: string };
  expect(Object.keys(body).sort()).toEqual(['code', 'message']);
  expect(body.message).not.toMatch(/node_modules|\.ts\b|\/tmp|\n/);
  return [response.status, body.code];
}

interface ChatForTests {
  /** The classifier's folder. */
  readonly dir: string;
  /** A chat whose models are loaded. */
  readonly chat: Client;
  /** The errors that the servers reported; each test must remove those that it expects. */
  readonly errors: unknown[];
  /** Starts another chat, which ends with the tests. */
  start(options?: ChatOptions): Promise<Client>;
}

/** Starts a chat before the tests of a file and stops it after them. */
export function chatForTests(): ChatForTests {
  const errors: unknown[] = [];
  const started: Client[] = [];
  let dir = '';
  const start = async (options: ChatOptions = {}): Promise<Client> => {
    const onError = (error: unknown) => void errors.push(error);
    const client = new Client(
      await startChat({
        port: 0,
        classifierDir: dir,
        instructionDir: `${dir}-absent`,
        onError,
        ...options,
      }),
    );
    started.push(client);
    return client;
  };
  beforeAll(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'chat-'));
    await saveTinyClassifier(dir);
    const chat = await start();
    await chat.classify(SPAM);
    await chat.generate({ prompt: 'Once', maxNewTokens: 1 });
  });
  afterEach(() => {
    expect(errors.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    for (const each of started) await each.close();
    fs.rmSync(dir, { recursive: true });
  });
  return {
    errors,
    start,
    get dir() {
      return dir;
    },
    get chat() {
      return started[0];
    },
  };
}
