/** The history of exchanges, which survives a reload as far as the browser stores it. */
import { read, write } from './storage.mjs';

const key = (kind) => `chat-history-${kind}`;

/**
 * For each tab, the exchanges that the browser did not store, by id; they last as long as the page.
 */
const unkept = new Map();

/** The storage may hold anything, from an older page or a person with the browser's tools. */
const wellFormed = (exchange) =>
  typeof exchange?.id === 'string' &&
  typeof exchange.request === 'object' &&
  Array.isArray(exchange.events);

function stored(kind) {
  try {
    const list = JSON.parse(read(key(kind)) ?? '[]');
    return Array.isArray(list) ? list.filter(wellFormed) : [];
  } catch {
    return [];
  }
}

/** The exchanges of a tab, oldest first. */
export function load(kind) {
  const all = new Map(stored(kind).map((exchange) => [exchange.id, exchange]));
  for (const [id, exchange] of unkept.get(kind) ?? []) all.set(id, exchange);
  return [...all.values()];
}

/** The number of exchanges that will be lost when the page is left. */
export const countUnkept = (kind) => unkept.get(kind)?.size ?? 0;

/** Adds an exchange, or replaces its earlier version. */
export function save(kind, exchange) {
  const list = load(kind);
  const at = list.findIndex(({ id }) => id === exchange.id);
  if (at < 0) list.push(exchange);
  else list[at] = exchange;
  if (store(kind, list)) return;
  unkept.set(kind, new Map(unkept.get(kind)).set(exchange.id, exchange));
}

export function remove(kind, id) {
  replace(
    kind,
    load(kind).filter((exchange) => exchange.id !== id),
  );
}

export function replace(kind, list) {
  if (store(kind, list)) return;
  unkept.set(kind, new Map(list.map((exchange) => [exchange.id, exchange])));
}

/**
 * Stores all exchanges of a tab. If there is no room, the stored ones stay as they were.
 *
 * @returns whether there was room
 */
function store(kind, list) {
  const isStored = write(key(kind), list.length ? JSON.stringify(list) : undefined);
  if (isStored) unkept.delete(kind);
  return isStored;
}

/** Downloads the history as a file. */
export function download(kind) {
  const text = JSON.stringify(load(kind), null, 2);
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `chat-${kind}.json`;
  link.click();
  URL.revokeObjectURL(address);
}
