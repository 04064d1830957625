/** The browser's storage, which may be full, forbidden to this page, or written to by anybody. */

/** The text stored under a name; null if there is none, or the page may not use the storage. */
export function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Stores a text, or removes it if it is undefined. @returns whether that succeeded */
export function write(name, text) {
  try {
    if (text === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, text);
    return true;
  } catch {
    return false;
  }
}
