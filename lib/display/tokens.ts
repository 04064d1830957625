/** Tokens as coloured chips, and batches of tokens as a grid. */

import { phrase, translate } from '../language';
import { alignText, captionHtml, html, visible, type Html } from './markup';
import type { Bundle } from './output';

/** A token to show: its text, and its id if it has one. */
export type Token = string | { text: string; id?: number };

export interface ShowTokensOptions {
  /** Title above the tokens. */
  caption?: string;
  /** Whether to show each token's id beneath it; tokens must then be `{ text, id }`. */
  ids?: boolean;
  /** Most tokens to show of each text; default 200. */
  maxTokens?: number;
}

// Pale enough for dark text, so that they read the same on a light and on a dark page; neighbours
// differ for colour-blind readers too.
const CHIP_COLORS = ['#cfe3ff', '#ffe0b3', '#c9efd8', '#f6d0e6', '#fff3b0'];
const INK = '#111';
const ID_STYLE = 'display:inline-block;text-align:center;line-height:1.4;margin:0 2px 6px 0';

const textOf = (token: Token) => (typeof token === 'string' ? token : token.text);
const idOf = (token: Token) => (typeof token === 'string' ? undefined : token.id);

// `<code>`, because viewers that drop colours (GitHub) still draw each one as a box.
function chip(token: Token, position: number, withId: boolean): Html {
  const text = textOf(token);
  const id = idOf(token);
  // A notebook holds thousands of chips, so each has as little markup as possible.
  const style = `background:${CHIP_COLORS[position % CHIP_COLORS.length]};color:${INK}`;
  const title = id === undefined || withId ? '' : html` title="id ${id}"`;
  const code = html`<code style="${style}"${title}>${visible(text)}</code>`;
  const end = text.endsWith('\n') ? html`<br>` : html`<wbr>`;
  if (!withId) return html`${code}${end}`;
  return html`<span style="${ID_STYLE}">${code}<br><small>${id}</small></span>${end}`;
}

function checkTokens(tokens: readonly Token[], ids: boolean): void {
  for (const token of tokens) {
    if (typeof textOf(token) !== 'string') {
      throw new Error(
        `showTokens: a token must be a string or { text, id }, not ${JSON.stringify(token)}`,
      );
    }
    if (ids && idOf(token) === undefined) {
      throw new Error(`showTokens: ids: true needs { text, id } tokens, but one is just its text`);
    }
  }
}

const count = (n: number) => phrase(n === 1 ? '{n} token' : '{n} tokens', { n });
const more = (hidden: number) =>
  hidden > 0 ? phrase(' … and {tokens} more', { tokens: count(hidden) }) : '';

/** Draws as chips the tokens of one text, or of several texts or tokenizers under their labels. */
export function tokensBundle(
  tokens: readonly Token[] | Readonly<Record<string, readonly Token[]>>,
  { ids = false, maxTokens = 200, ...options }: ShowTokensOptions = {},
): Bundle {
  const caption = options.caption === undefined ? undefined : translate(options.caption);
  const labelled = !Array.isArray(tokens);
  const rows: [string, readonly Token[]][] = labelled
    ? Object.entries(tokens as Record<string, readonly Token[]>)
    : [['', tokens]];
  rows.forEach(([, row]) => checkTokens(row, ids));

  const chips = (row: readonly Token[]) =>
    html`${row.slice(0, maxTokens).map((t, i) => chip(t, i, ids))}${more(row.length - maxTokens)}`;
  const line = 'line-height: 1.9; overflow-wrap: break-word';
  const heads = rows.map(([label, row]) => `${translate(label)} (${count(row.length)})`);
  const markup = labelled
    ? html`<table style="margin: 0">${captionHtml(caption)}<tbody>${rows.map(
        ([, row], r) => html`<tr>
<th scope="row" style="text-align: left; white-space: nowrap; vertical-align: top; ${line}">${heads[r]}</th>
<td style="text-align: left; ${line}">${chips(row)}</td></tr>`,
      )}</tbody></table>`
    : html`${caption ? html`<p style="margin: 0"><strong>${caption}</strong></p>` : ''}<div
style="${line}">${chips(rows[0][1])}</div>`;

  const lines = rows.flatMap(([, row], r) => {
    const shown = row.slice(0, maxTokens);
    const cells = [shown.map((token) => visible(textOf(token)))];
    if (ids) cells.push(shown.map((token) => String(idOf(token))));
    const [texts, ...idLine] = alignText(cells, [], '|').split('\n');
    return [[heads[r], texts + more(row.length - maxTokens)], ...idLine.map((ids) => ['', ids])];
  });
  const body = labelled ? alignText(lines) : lines.map(([, text]) => text).join('\n');
  const text = caption ? `${caption}\n${body}` : body;
  return { data: { 'text/html': markup.markup, 'text/plain': text }, metadata: {} };
}

/** The kind of a position in a batch: a token, a special token, padding, or an ignored target. */
export type CellKind = 'token' | 'special' | 'padding' | 'masked';

/** One position of a batch; a plain string is a token. */
export type GridCell = string | { text: string; id?: number; kind?: CellKind };

export interface TokenGridOptions {
  /** Title above the grid. */
  caption?: string;
  /** A label for each row; default: the row's number. */
  rowLabels?: readonly string[];
  /** Words for the legend in place of the kind's own name. */
  legend?: Partial<Record<CellKind, string>>;
}

// Each kind differs by more than its colour: a border, slanted or struck text, a mark in the text.
const KINDS: Record<CellKind, { style: string; mark: (text: string) => string; label: string }> = {
  token: { style: 'background: #cfe3ff', mark: (text) => text, label: 'token' },
  special: {
    style: 'background: #ffe0b3; font-weight: bold',
    mark: (text) => `*${text}`,
    label: 'special token',
  },
  padding: {
    style: 'background: #e4e4e4; border: 1px dashed #555555; font-style: italic',
    mark: (text) => `(${text})`,
    label: 'padding',
  },
  masked: {
    style: 'background: #f6d0e6; border: 2px solid #8a2a63; text-decoration: line-through',
    mark: (text) => `~${text}~`,
    label: 'ignored by the loss',
  },
};

/**
 * Draws a batch as a grid, with a row for each text, a column for each position, and colours by
 * kind.
 */
export function gridBundle(
  rows: readonly (readonly GridCell[])[],
  { rowLabels, legend = {}, ...options }: TokenGridOptions = {},
): Bundle {
  const caption = options.caption === undefined ? undefined : translate(options.caption);
  if (rowLabels && rowLabels.length !== rows.length) {
    throw new Error(`tokenGrid: ${rowLabels.length} row labels for ${rows.length} rows`);
  }
  const grid = rows.map((row) =>
    row.map((cell) => {
      const {
        text,
        id,
        kind = 'token',
      }: Exclude<GridCell, string> = typeof cell === 'string' ? { text: cell } : cell;
      if (!(kind in KINDS)) {
        const known = Object.keys(KINDS).join(', ');
        throw new Error(`tokenGrid: unknown kind "${kind}"; expected one of ${known}`);
      }
      return { text, id, kind };
    }),
  );
  const width = Math.max(0, ...grid.map((row) => row.length));
  const positions = Array.from({ length: width }, (_, i) => String(i));
  const label = (r: number) => translate(rowLabels?.[r] ?? String(r));
  const used = (Object.keys(KINDS) as CellKind[]).filter((kind) =>
    grid.some((row) => row.some((cell) => cell.kind === kind)),
  );
  const words = (kind: CellKind) => translate(legend[kind] ?? KINDS[kind].label);

  const cellStyle = (kind: CellKind) =>
    `${KINDS[kind].style};color:${INK};text-align:center;padding:2px 6px`;
  const head = html`<tr><td></td>${positions.map((p) => html`<th scope="col" style="text-align:center">${p}</th>`)}</tr>`;
  const body = grid.map(
    (row, r) =>
      html`<tr><th scope="row" style="text-align: left; white-space: nowrap">${label(r)}</th>${row.map(
        ({ text, id, kind }) => {
          const title = `${words(kind)}${id === undefined ? '' : `, id ${id}`}: ${JSON.stringify(text)}`;
          return html`<td title="${title}" style="${cellStyle(kind)};font-family:monospace;white-space:nowrap">${visible(text)}</td>`;
        },
      )}${Array.from({ length: width - row.length }, () => html`<td></td>`)}</tr>`,
  );
  const markup = html`<div style="overflow-x: auto">
<table style="margin: 0; border-collapse: separate; border-spacing: 2px">${captionHtml(caption)}
<thead>${head}</thead><tbody>${body}</tbody></table></div>
<p>${used.map((kind) => html`<span style="${cellStyle(kind)}">${words(kind)}</span> `)}</p>`;

  const lines = [
    ['', ...positions],
    ...grid.map((row, r) => [
      label(r),
      ...row.map(({ text, kind }) => KINDS[kind].mark(visible(text))),
    ]),
  ];
  const twin = [
    ...(caption ? [caption] : []),
    alignText(lines),
    used.map((kind) => `${KINDS[kind].mark('x')} ${words(kind)}`).join('   '),
  ];
  return { data: { 'text/html': markup.markup, 'text/plain': twin.join('\n') }, metadata: {} };
}
