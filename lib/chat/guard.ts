/** Refusing requests that pages of other sites send. */
import type { MiddlewareHandler } from 'hono';
import { lookup } from 'node:dns/promises';
import os from 'node:os';
import { ChatError } from './errors';

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];
const WILDCARDS = ['0.0.0.0', '::'];

/**
 * A host as browsers write it in an address: in lower case, IPv6 in brackets and in its short form.
 */
function normalizeHost(name: string): string {
  const bare = name.replace(/^\[(.*)\]$/, '$1').replace(/%.*/, '');
  const host = bare.includes(':') ? `[${bare}]` : bare.toLowerCase();
  return URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : host;
}

/** The addresses at which other machines reach this one, of one family or of both. */
function ownAddresses(bothFamilies: boolean): string[] {
  return Object.values(os.networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, family }) => !internal && (bothFamilies || family === 'IPv4'))
    .map(({ address }) => address)
    .filter((address) => !/^fe80:/i.test(address)); // browsers cannot write the zone
}

/**
 * The addresses at which the chat can be reached, the one for this machine first.
 *
 * @param host the name or address at which the server was told to listen
 * @param bound the address at which it listens
 */
export async function chatAddresses(host: string, bound: string, port: number): Promise<string[]> {
  // Not every machine can find itself by its name.
  const named = await lookup(os.hostname()).then(
    () => [os.hostname()],
    () => [],
  );
  const names = WILDCARDS.includes(bound)
    ? ['localhost', ...ownAddresses(bound === '::'), ...named]
    : [host, bound];
  return [
    ...new Set(
      names.map((name) => `http://${normalizeHost(name)}${port === 80 ? '' : `:${port}`}/`),
    ),
  ];
}

/**
 * The values of `Host` that name this server, exactly and with its port. Any other name that leads
 * here belongs to somebody who pointed it at this machine (DNS rebinding).
 *
 * @param host the name or address at which the server was told to listen
 * @param bound the address at which it listens, which differs from `host` if that is a name
 */
export function allowedHosts(host: string, port: number, bound = host): Set<string> {
  const loopback = LOOPBACK.includes(normalizeHost(host).replace(/^\[(.*)\]$/, '$1'));
  const own = Object.values(os.networkInterfaces()).flatMap((each) => each ?? []);
  const names = WILDCARDS.includes(bound)
    ? [
        ...LOOPBACK,
        os.hostname(),
        ...(os.hostname().includes('.') ? [] : [`${os.hostname()}.local`]), // without a name server
        ...own.map(({ address }) => address),
      ]
    : [...(loopback ? LOOPBACK : []), host, bound];
  // Browsers leave out the port of plain HTTP.
  return new Set(
    names.map(normalizeHost).flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]),
  );
}

/**
 * Refuses the requests of other sites' pages before their bodies are read. These have a foreign
 * `Host`, or an `Origin` that is not the page's own, `null` included, or the browser calls them
 * cross-site or same-site (from another server on this machine). A link to the page is allowed.
 *
 * @param hosts called at each request, because the port is known only once the server listens
 */
export function guard(hosts: () => ReadonlySet<string>): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host')?.toLowerCase();
    if (!host || !hosts().has(host)) throw refused('this host name is not the chat’s');
    const origin = c.req.header('origin');
    if (origin !== undefined && origin.toLowerCase() !== `http://${host}`) {
      throw refused('it comes from another site');
    }
    const site = c.req.header('sec-fetch-site');
    const ownSite = site === undefined || site === 'same-origin' || site === 'none';
    const isLink =
      c.req.method === 'GET' &&
      c.req.path === '/' &&
      c.req.header('sec-fetch-mode') === 'navigate' &&
      c.req.header('sec-fetch-dest') === 'document';
    if (!ownSite && !isLink) throw refused('it comes from another site');
    await next();
  };
}

const refused = (why: string) => new ChatError(403, 'forbidden', `Refused: ${why}`);
