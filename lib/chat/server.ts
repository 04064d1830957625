/** The chat as a server on this machine. */
import { createAdaptorServer } from '@hono/node-server';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { initBackend } from '../backend';
import { chatApp } from './app';
import { ChatError } from './errors';
import { allowedHosts, chatAddresses } from './guard';
import { chatModels, type ChatModelOptions } from './models';

export interface ChatOptions extends ChatModelOptions {
  /** Where to listen; default 127.0.0.1, which only this machine reaches. */
  host?: string;
  /** Default 8000; 0 takes any that is free. */
  port?: number;
  /** Requests that wait for each kind of job, at most; more are refused with 503. Default 256. */
  maxWaiting?: number;
  /** Within which a request must have arrived, in ms; else 408. Default 10,000. */
  requestTimeout?: number;
  /** Told what goes wrong inside; default the terminal. */
  onError?: (error: unknown) => void;
}

export interface Chat {
  /** Its address for this machine. */
  url: string;
  /** All addresses that it shows; more are heard, such as other names of this machine. */
  urls: string[];
  /** Whether other machines may reach it. */
  open: boolean;
  /** Which models are on this machine. */
  models(): Record<string, boolean>;
  /** Ends all requests, stops listening and frees the models. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 1024;

/**
 * Starts the web chat.
 *
 * @throws Error when the address cannot be listened on
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
      await new Promise((resolve) => setTimeout(resolve, 50)); // the last events are on their way
      server.closeAllConnections();
      await closed;
      models.dispose();
    },
  };
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
