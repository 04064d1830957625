/** Starting and stopping the chat's server. */
import { createAdaptorServer } from '@hono/node-server';
import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { initBackend } from '../backend';
import { chatApp } from './app';
import { ChatError } from './errors';
import { allowedHosts, chatAddresses } from './guard';
import { chatModels, type ChatModelOptions } from './models';

export interface ChatOptions extends ChatModelOptions {
  /** Name or address on which to listen; default 127.0.0.1, which only this machine can reach. */
  host?: string;
  /** The port, default 8000; 0 takes any free one. */
  port?: number;
  /** Most requests that may wait for each kind of job; others get 503. Default 256. */
  maxWaiting?: number;
  /** Milliseconds within which a request must arrive; a later one gets 408. Default 10,000. */
  requestTimeout?: number;
  /** Receives errors that are not the client's; default: prints them in the terminal. */
  onError?: (error: unknown) => void;
}

export interface Chat {
  /** The address for this machine. */
  url: string;
  /** The addresses to show; the chat accepts others too, such as further names of this machine. */
  urls: string[];
  /** Whether other machines can reach the chat. */
  open: boolean;
  /** Which models are on this machine. */
  models(): Record<string, boolean>;
  /** Ends all requests, stops listening and frees the models. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 1024;
/** Longest wait for clients to receive the ends of their answers when the chat is stopped. */
const CLOSING_MS = 1000;

/**
 * Starts the web chat.
 *
 * @throws Error if the server cannot listen on the address
 */
export async function startChat(options: ChatOptions = {}): Promise<Chat> {
  const { host = '127.0.0.1', port = 8000, maxWaiting = 256, requestTimeout = 10_000 } = options;
  const { onError = (error: unknown) => console.error('chat:', error) } = options;
  if (!host) throw new Error('an address to listen on is needed, such as 127.0.0.1');
  await initBackend();
  const models = chatModels(options, onError);
  const closing = new AbortController();
  let hosts: ReadonlySet<string> = new Set();
  const { app, settled } = chatApp({
    models,
    hosts: () => hosts,
    maxWaiting,
    closing: closing.signal,
    onError,
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      requestTimeout,
      headersTimeout: requestTimeout,
      connectionsCheckingInterval: Math.min(1000, requestTimeout),
    },
  }) as Server;
  server.maxConnections = MAX_CONNECTIONS;
  const answers = new Set<ServerResponse>();
  server.on('request', (_, response) => {
    answers.add(response);
    response.on('close', () => answers.delete(response));
  });
  await listen(server, host.replace(/^\[(.*)\]$/, '$1'), port);
  const address = server.address() as AddressInfo;
  hosts = allowedHosts(host, address.port, address.address);
  const urls = await chatAddresses(host, address.address, address.port);
  return {
    url: urls[0],
    urls,
    open: !/^(127\.|::1$|::ffff:127\.)/.test(address.address),
    models: () => models.available(),
    async close() {
      closing.abort(new ChatError(503, 'stopping', 'The chat is being stopped'));
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await settled();
      await allSent([...answers]);
      server.closeAllConnections();
      await closed;
      models.dispose();
    },
  };
}

/**
 * Waits until answers have been sent, except those to requests that have not arrived completely.
 */
async function allSent(answers: readonly ServerResponse[]): Promise<void> {
  const signal = AbortSignal.timeout(CLOSING_MS);
  const due = answers.filter(({ req }) => req.complete);
  await Promise.allSettled(due.map((response) => once(response, 'close', { signal })));
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why: Record<string, string> = {
        EADDRINUSE: `port ${port} is in use; choose another one with --port`,
        EACCES: `this user may not listen on port ${port}; choose one from 1024 on`,
        EADDRNOTAVAIL: `this machine has no address ${host}`,
        EAFNOSUPPORT: `this machine has no address ${host}`,
        ENOTFOUND: `there is no host ${host}`,
        EAI_AGAIN: `there is no host ${host}`,
      };
      reject(new Error(why[error.code ?? ''] ?? error.message));
    });
    server.listen(port, host, resolve);
  });
}
