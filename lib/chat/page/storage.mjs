/** The browser's storage, which may be full, closed to this page, or written by anybody. */

/** What is kept under a name, or null: also where this page may not ask. */
export function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keeps a text, or takes away what was kept. @returns whether it is so at the next visit */
export function write(name, text) {
  try {
    if (text === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, text);
    return true;
  } catch {
    return false;
  }
}
