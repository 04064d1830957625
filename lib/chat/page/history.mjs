/** Exchanges that survive a reload, in this browser's own storage. */

const key = (kind) => `chat-history-${kind}`;

/** Anybody with this browser's tools can write to the storage, and so can an older page. */
const wellFormed = (exchange) =>
  typeof exchange?.id === 'string' &&
  typeof exchange.request === 'object' &&
  Array.isArray(exchange.events);

/** The exchanges of a tab, oldest first. */
export function load(kind) {
  try {
    const list = JSON.parse(localStorage.getItem(key(kind)) ?? '[]');
    return Array.isArray(list) ? list.filter(wellFormed) : [];
  } catch {
    return [];
  }
}

/** Adds an exchange, or replaces what was saved of it. Where the room ends, the oldest go. */
export function save(kind, exchange) {
  const list = load(kind);
  const at = list.findIndex(({ id }) => id === exchange.id);
  if (at < 0) list.push(exchange);
  else list[at] = exchange;
  replace(kind, list);
}

export function remove(kind, id) {
  replace(
    kind,
    load(kind).filter((exchange) => exchange.id !== id),
  );
}

export function replace(kind, list) {
  for (let from = 0; from <= list.length; from++) {
    try {
      localStorage.setItem(key(kind), JSON.stringify(list.slice(from)));
      return;
    } catch {
      // Full: once more without the oldest.
    }
  }
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
