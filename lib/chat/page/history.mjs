/** Exchanges that survive a reload, as far as this browser keeps them. */
import { read, write } from './storage.mjs';

const key = (kind) => `chat-history-${kind}`;

/** Of each tab, those that the browser did not keep, by their id: they last as long as the page. */
const unkept = new Map();

/** Anybody with this browser's tools can write to the storage, and so can an older page. */
const wellFormed = (exchange) =>
  typeof exchange?.id === 'string' &&
  typeof exchange.request === 'object' &&
  Array.isArray(exchange.events);

function kept(kind) {
  try {
    const list = JSON.parse(read(key(kind)) ?? '[]');
    return Array.isArray(list) ? list.filter(wellFormed) : [];
  } catch {
    return [];
  }
}

/** The exchanges of a tab, oldest first. */
export function load(kind) {
  const all = new Map(kept(kind).map((exchange) => [exchange.id, exchange]));
  for (const [id, exchange] of unkept.get(kind) ?? []) all.set(id, exchange);
  return [...all.values()];
}

/** How many of them are gone when the page is left. */
export const countUnkept = (kind) => unkept.get(kind)?.size ?? 0;

/** Adds an exchange, or replaces what was saved of it. */
export function save(kind, exchange) {
  const list = load(kind);
  const at = list.findIndex(({ id }) => id === exchange.id);
  if (at < 0) list.push(exchange);
  else list[at] = exchange;
  if (keep(kind, list)) return;
  unkept.set(kind, new Map(unkept.get(kind)).set(exchange.id, exchange));
}

export function remove(kind, id) {
  replace(
    kind,
    load(kind).filter((exchange) => exchange.id !== id),
  );
}

export function replace(kind, list) {
  if (keep(kind, list)) return;
  unkept.set(kind, new Map(list.map((exchange) => [exchange.id, exchange])));
}

/** All of a tab's exchanges or none: where there is no room, what was kept before stays. */
function keep(kind, list) {
  const whole = write(key(kind), list.length ? JSON.stringify(list) : undefined);
  if (whole) unkept.delete(kind);
  return whole;
}

/** Hands the history to the person as a file. */
export function download(kind) {
  const text = JSON.stringify(load(kind), null, 2);
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `chat-${kind}.json`;
  link.click();
  URL.revokeObjectURL(address);
}
