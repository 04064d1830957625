/** Which requests are heard at all. */
import type { MiddlewareHandler } from 'hono';
import os from 'node:os';
import { ChatError } from './errors';

/**
 * The values of `Host` that name this server, exactly and with its port: any other name that leads
 * here is somebody else's, who turned it to this machine (DNS rebinding).
 *
 * @param host where the server listens
 */
export function allowedHosts(host: string, port: number): Set<string> {
  const loopback = ['localhost', '127.0.0.1', '::1'];
  const wildcard = host === '0.0.0.0' || host === '::';
  const own = Object.values(os.networkInterfaces()).flatMap((each) => each ?? []);
  const names = wildcard
    ? [...loopback, os.hostname(), ...own.map(({ address }) => address.replace(/%.*/, ''))]
    : loopback.includes(host)
      ? loopback
      : [host];
  const written = names.map((name) => (name.includes(':') ? `[${name}]` : name.toLowerCase()));
  // Browsers leave out the port of plain HTTP.
  return new Set(written.flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]));
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
