// What is done to the pages after Sphinx: formulas set by KaTeX, and names of the library's files
// made links to them.

import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';
import { npmFiles } from './tools';

interface Katex {
  renderToString(formula: string, options: object): string;
}

const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#x27;': "'",
};
const unescape = (html: string): string =>
  html.replace(/&(?:amp|lt|gt|quot|#39|#x27);/g, (entity) => ENTITIES[entity]);

/** The HTML files of a folder, relative to it. */
export const htmlFiles = (site: string): string[] =>
  fs
    .readdirSync(site, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith('.html') && !/(^|\/)_static\//.test(file))
    .sort();

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
    const before = fs.readFileSync(path.join(site, file), 'utf8');
    const up = '../'.repeat(file.split('/').length - 1);
    let html = mendOutputs(nameToggles(linkLibrary(before, file, existing, up)));
    html = html.replace(
      /<(span|div) class="gpt-math">([\s\S]*?)<\/\1>/g,
      (_, tag: string, formula: string) => {
        const displayMode = tag === 'div';
        const set = katex.renderToString(unescape(formula).trim(), { displayMode });
        return `<${tag} class="gpt-math">${set}</${tag}>`;
      },
    );
    if (html.includes('class="gpt-math"')) {
      const link = `<link rel="stylesheet" href="${up}_static/katex/katex.css">`;
      html = html.replace('</head>', `${link}</head>`);
    }
    if (html !== before) fs.writeFileSync(path.join(site, file), html);
  }
}

/** The theme's buttons that open a part of the menu say nothing to a screen reader. */
const nameToggles = (html: string): string =>
  html.replace(
    /(<a [^>]*class="[^"]*reference internal"[^>]*>)((?:(?!<\/a>).)*)(<\/a><details[^>]*><summary)>/gs,
    (_, open: string, name: string, rest: string) =>
      `${open}${name}${rest} aria-label="${name.replace(/<[^>]*>/g, '')}">`,
  );

/** An empty header heads nothing, and who uses a keyboard must be able to scroll. */
const mendOutputs = (html: string): string =>
  html
    .replace(/<th\b[^>]*>\s*(<p>\s*<\/p>)?\s*<\/th>/g, '<td></td>')
    .replaceAll('<div style="overflow-x: auto">', '<div style="overflow-x: auto" tabindex="0">');

/** Names of the library's files, in code and in prose, where they are not links yet. */
function linkLibrary(html: string, file: string, existing: Set<string>, up: string): string {
  const link = (target: string, content: string) =>
    existing.has(`${target}.html`) ? `<a href="${up}${target}.html">${content}</a>` : content;
  const inside = /^(?:pt\/)?(lib\/.*)\.ts\.html$/.exec(file)?.[1];
  const folder = inside ? path.posix.dirname(inside) : '.';
  return html
    .replace(
      /<span class="s1">&#39;(\.{1,2}\/[\w./-]+)&#39;<\/span>/g,
      (span: string, from: string) => link(`${path.posix.join(folder, from)}.ts`, span),
    )
    .replace(
      /(?<!<a\b[^>]*>(?:<span[^>]*>)?)<code class="docutils literal notranslate"><span class="pre">(lib\/[\w./-]+?)(\.ts)?<\/span><\/code>/g,
      (code: string, name: string) => link(`${name}.ts`, code),
    );
}
