/** The files of the page, with their types and addresses. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.join(__dirname, 'page');
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The files of `page/` by their addresses; no others are served. */
export function pageFiles(): Map<string, { type: string; content: string }> {
  const files = readdirSync(FOLDER).filter((name) => path.extname(name) in TYPES);
  return new Map(
    files.map((name) => [
      name === 'index.html' ? '/' : `/${name}`,
      { type: TYPES[path.extname(name)], content: readFileSync(path.join(FOLDER, name), 'utf8') },
    ]),
  );
}
