// Markdown and notebooks of the repository in the form in which Sphinx reads them.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Page, Sources } from './sources';

const PLOTLY = 'application/vnd.plotly.v1+json';

/** A link to a page of the other edition, or to a picture, is written relative to this page. */
const up = (page: Page): string =>
  '../'.repeat(page.doc.split('/').length - 1 + (page.language === 'en' ? 0 : 1));

export const stagedName = ({ doc, kind }: Page): string =>
  kind === 'notebook' ? `${doc}.ipynb` : `${doc}.md`;

/** Code is left alone: a fence, or a span in backticks. */
const CODE_OR_LINK =
  /(^ *(`{3,}|~{3,})[\s\S]*?^ *\2 *$|`[^`\n]+`)|(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+(?:\([^()]*\))?)((?:\s+"[^"]*")?)\)/gm;

/** A pipe table's cell may hold links too; nothing else of a page's Markdown is touched. */
export function rewriteLinks(text: string, page: Page, sources: Sources): string {
  const linked = text.replace(
    CODE_OR_LINK,
    (whole: string, code, _fence, image: string, label: string, link: string, title: string) => {
      if (code !== undefined) return whole;
      if (image) return whole; // stage.ts copies it beside the page
      const target = sources.resolve(page, link);
      if (!target) return whole;
      const anchor = target.anchor ? `#${target.anchor}` : '';
      const foreign = target.page && target.page.language !== page.language;
      const doc = target.page?.doc ?? target.doc!;
      if (foreign) {
        const prefix = target.page!.language === 'pt' ? 'pt/' : '';
        return `<a href="${up(page)}${prefix}${doc}.html${anchor}">${label}</a>`;
      }
      const staged = target.page ? stagedName(target.page) : `${doc}.md`;
      const relative = path.posix.relative(path.posix.dirname(page.doc), staged);
      return `[${label}](${relative}${anchor}${title})`;
    },
  );
  return linked;
}

/** The pictures that a text shows: files of the repository. */
export function pictures(text: string, page: Page): string[] {
  const markdown = [...text.matchAll(/!\[[^\]]*\]\(([^()\s]+)/g)];
  const html = [...text.matchAll(/<(?:img|source)\b[^>]*\bsrc(?:set)?="([^"\s]+)"/g)];
  return [...markdown, ...html]
    .map((match) => match[1])
    .filter((link) => !/^[a-z]+:/i.test(link))
    .map((link) => path.posix.join(path.posix.dirname(page.source), link));
}

interface RawOutput {
  output_type: string;
  data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}
interface RawCell {
  cell_type: string;
  source: string | string[];
  outputs?: RawOutput[];
}
export interface RawNotebook {
  cells: RawCell[];
  metadata: { language_info?: Record<string, unknown>; [key: string]: unknown };
}

export const joined = (text: string | string[]): string =>
  Array.isArray(text) ? text.join('') : text;

export const escapeHtml = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');

/**
 * A plot as the page has it: the static image, which stays where no script runs, and the figure
 * that takes its place when the reader comes near it.
 */
function plotMarkup(output: RawOutput, page: Page, staticFolder: string): string {
  const figure = output.data![PLOTLY] as { layout: { height?: number; width?: number } };
  const alt = escapeHtml(String(output.metadata?.alt ?? ''));
  const png = output.data!['image/png'] as string | undefined;
  let image = '';
  if (png) {
    const bytes = Buffer.from(joined(png), 'base64');
    const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.png`;
    const folder = path.join(staticFolder, 'plots');
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, name), bytes);
    const place = `${'../'.repeat(page.doc.split('/').length - 1)}_static/plots/${name}`;
    image = `<img src="${place}" alt="${alt}" loading="lazy">`;
  }
  const { height = 360, width } = figure.layout;
  const size = `min-height:${height}px${width ? `;width:${width}px` : ''}`;
  // `<` cannot end the script early when it is written as an escape.
  const json = JSON.stringify(figure).replace(/</g, '\\u003c');
  return (
    `<figure class="gpt-plot" data-alt="${alt}"><div class="gpt-plot-area" style="${size}">${image}</div>` +
    `<script type="application/json">${json}</script></figure>`
  );
}

/** The notebook with plots as markup, its language named, and its cells' text passed through `edit`. */
export function stageNotebook(
  page: Page,
  sources: Sources,
  staticFolder: string,
  edit: (text: string) => string,
): RawNotebook {
  const notebook = JSON.parse(
    fs.readFileSync(path.join(sources.root, page.source), 'utf8'),
  ) as RawNotebook;
  for (const cell of notebook.cells) {
    if (cell.cell_type === 'markdown') cell.source = edit(joined(cell.source));
    for (const output of cell.outputs ?? []) {
      if (!output.data?.[PLOTLY]) continue;
      output.data = { 'text/html': plotMarkup(output, page, staticFolder) };
    }
  }
  notebook.metadata.language_info = {
    ...notebook.metadata.language_info,
    name: 'typescript',
    pygments_lexer: 'typescript',
  };
  return notebook;
}
