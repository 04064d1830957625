/** Which requests are heard at all. */
import type { MiddlewareHandler } from 'hono';
import { lookup } from 'node:dns/promises';
import os from 'node:os';
import { ChatError } from './errors';

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];
const WILDCARDS = ['0.0.0.0', '::'];

/** A host as browsers write it in an address: small letters, IPv6 in brackets and its short form. */
function normalizeHost(name: string): string {
  const bare = name.replace(/^\[(.*)\]$/, '$1').replace(/%.*/, '');
  const host = bare.includes(':') ? `[${bare}]` : bare.toLowerCase();
  return URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : host;
}

/** The addresses of this machine that others reach, of one family or of both. */
function ownAddresses(bothFamilies: boolean): string[] {
  return Object.values(os.networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, family }) => !internal && (bothFamilies || family === 'IPv4'))
    .map(({ address }) => address)
    .filter((address) => !/^fe80:/i.test(address)); // browsers cannot write the zone
}

/**
 * The addresses under which the chat is heard, the one for this machine first.
 *
 * @param host where the server was told to listen: a name or an address
 * @param bound the address where it does
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
 * The values of `Host` that name this server, exactly and with its port: any other name that leads
 * here is somebody else's, who turned it to this machine (DNS rebinding).
 *
 * @param host where the server was told to listen
 * @param bound the address where it does; another one where `host` is a name
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
 * Refuses what another site's page sends, before its body is read: a foreign `Host`; an `Origin`
 * that is not the page's own, `null` included; and what a browser calls cross-site or same-site
 * (another server on this machine), but for a link to the page.
 *
 * @param hosts asked at each request, since the port is known only once the server listens
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
