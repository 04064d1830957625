// The built pages as files and as trees.

import fs from 'node:fs';
import path from 'node:path';
import { parse, type HTMLElement } from 'node-html-parser';

/** The HTML files of a folder, relative to it. */
export const htmlFiles = (site: string): string[] =>
  fs
    .readdirSync(site, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith('.html') && !/(^|\/)_static\//.test(file))
    .sort();

/** The tree of a page: of scripts and styles the text only, and listings with their parts. */
export const readPage = (file: string): HTMLElement =>
  parse(fs.readFileSync(file, 'utf8'), {
    comment: true,
    blockTextElements: { script: true, noscript: true, style: true },
  });
