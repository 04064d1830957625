// What is done to the pages after Sphinx: formulas set by KaTeX, and names of the library's files
// made links to them.

import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';
import type { HTMLElement } from 'node-html-parser';
import { htmlFiles, readPage } from './html';
import { npmFiles } from './tools';

interface Katex {
  renderToString(formula: string, options: object): string;
}

export function finishPages(site: string, root: string): void {
  const katexFolder = path.join(npmFiles(root, 'katex'), 'dist');
  const katex = createRequire(__filename)(path.join(katexFolder, 'katex.min.js')) as Katex;
  const styles = path.join(site, '_static', 'katex');
  fs.mkdirSync(styles, { recursive: true });
  fs.copyFileSync(path.join(katexFolder, 'katex.min.css'), path.join(styles, 'katex.css'));
  fs.cpSync(path.join(katexFolder, 'fonts'), path.join(styles, 'fonts'), {
    recursive: true,
    filter: (file) => !/\.(ttf|woff)$/.test(file),
  });
  const files = htmlFiles(site);
  const existing = new Set(files);
  for (const file of files) {
    const page = readPage(path.join(site, file));
    const up = '../'.repeat(file.split('/').length - 1);
    linkLibrary(page, file, existing, up);
    nameToggles(page);
    fixOutputs(page);
    const formulas = page.querySelectorAll('.gpt-math');
    for (const formula of formulas) {
      const displayMode = formula.rawTagName === 'div';
      formula.innerHTML = katex.renderToString(formula.text.trim(), { displayMode });
    }
    if (formulas.length > 0) {
      const link = `<link rel="stylesheet" href="${up}_static/katex/katex.css">`;
      page.querySelector('head')!.insertAdjacentHTML('beforeend', link);
    }
    fs.writeFileSync(path.join(site, file), page.toString());
  }
}

/** The theme's buttons that open a part of the menu say nothing to a screen reader. */
function nameToggles(page: HTMLElement): void {
  for (const summary of page.querySelectorAll('a.reference.internal + details > summary')) {
    const { text } = summary.parentNode!.previousElementSibling!;
    summary.setAttribute('aria-label', text.trim());
  }
}

/** An empty header heads nothing, and who uses a keyboard must be able to scroll. */
function fixOutputs(page: HTMLElement): void {
  for (const header of page.querySelectorAll('th')) {
    if (header.text.trim() === '') header.replaceWith('<td></td>');
  }
  for (const scroller of page.querySelectorAll('div[style="overflow-x: auto"]')) {
    scroller.setAttribute('tabindex', '0');
  }
}

/** Names of the library's files, in code and in prose, become links where they are none yet. */
function linkLibrary(page: HTMLElement, file: string, existing: Set<string>, up: string): void {
  const link = (element: HTMLElement, target: string) => {
    if (!existing.has(`${target}.html`)) return;
    element.replaceWith(`<a href="${up}${target}.html">${element.toString()}</a>`);
  };
  const inside = /^(?:pt\/)?(lib\/.*)\.ts\.html$/.exec(file)?.[1];
  const folder = inside ? path.posix.dirname(inside) : '.';
  for (const string of page.querySelectorAll('span.s1')) {
    const from = /^'(\.{1,2}\/[\w./-]+)'$/.exec(string.text)?.[1];
    if (from) link(string, `${path.posix.join(folder, from)}.ts`);
  }
  for (const code of page.querySelectorAll('code.literal')) {
    const name = /^(lib\/[\w./-]+?)(\.ts)?$/.exec(code.text)?.[1];
    if (name && !code.closest('a')) link(code, `${name}.ts`);
  }
}
