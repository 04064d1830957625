/** Tables: rows of values as HTML, with an aligned text twin. */

import { decimals, phrase, translate, translateNumber } from '../language';
import { alignText, captionHtml, html, oneLine } from './markup';
import type { Bundle } from './output';

/**
 * The fields that a table needs, as danfo's DataFrame has them, or a plain `{ columns, values }`.
 */
export interface Frame {
  columns: readonly string[];
  values: readonly unknown[];
  /** Row labels, shown first. */
  index?: readonly (string | number)[];
}

export interface TableOptions {
  /** Title above the table. */
  caption?: string;
  /** Longer tables show their first and last rows only; default 20. */
  maxRows?: number;
  /** Decimals of the columns that hold fractions; default 3. */
  digits?: number;
}

const TEXT_CELL_LIMIT = 60;

function toFrame(rows: readonly Record<string, unknown>[] | Frame): Frame {
  if (!Array.isArray(rows)) {
    const frame = rows as Frame;
    if (!Array.isArray(frame?.columns) || !Array.isArray(frame?.values)) {
      throw new Error('table: expected an array of rows, a DataFrame, or { columns, values }');
    }
    return frame;
  }
  const names = new Set<string>();
  for (const row of rows) {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      throw new Error(
        'table: each row must be an object like { word: "the", count: 3 }; ' +
          'for rows that are arrays pass { columns, values }',
      );
    }
    Object.keys(row).forEach((name) => names.add(name));
  }
  const columns = [...names];
  return { columns, values: rows.map((row) => columns.map((name) => row[name])) };
}

/** Formats the numbers of one column, with the same number of decimals unless all are whole. */
function numberFormat(values: readonly unknown[], digits: number): (value: number) => string {
  const whole = values.every((v) => typeof v !== 'number' || Number.isInteger(v) || !isFinite(v));
  return (value) => {
    if (whole || !isFinite(value)) return translateNumber(String(value)).replace('Infinity', '∞');
    // A learning rate of 3e-5 must not read 0.000.
    const tooSmall = value !== 0 && Math.abs(value) < 0.5 * 10 ** -digits;
    return tooSmall ? translateNumber(value.toExponential(1)) : decimals(value, digits);
  };
}

function cellText(value: unknown, format: (value: number) => string): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return format(value);
  if (ArrayBuffer.isView(value)) return JSON.stringify(Array.from(value as Uint8Array));
  return typeof value === 'object' ? JSON.stringify(value) : translate(String(value));
}

function shorten(text: string): string {
  const characters = [...oneLine(text)];
  if (characters.length <= TEXT_CELL_LIMIT) return characters.join('');
  return characters.slice(0, TEXT_CELL_LIMIT - 1).join('') + '…';
}

/** The table as HTML, and as text with aligned columns. The first column heads its row. */
export function tableBundle(
  rows: readonly Record<string, unknown>[] | Frame,
  { maxRows = 20, digits = 3, ...options }: TableOptions = {},
): Bundle {
  const caption = options.caption === undefined ? undefined : translate(options.caption);
  const frame = toFrame(rows);
  // A danfo Series has flat values.
  const body = frame.values.map((row) => (Array.isArray(row) ? row : [row]) as unknown[]);
  const names = frame.columns.map((name) => translate(String(name)));
  if (frame.index) {
    names.unshift('');
    body.forEach((row, i) => (body[i] = [frame.index![i], ...row]));
  }
  const ragged = body.findIndex((row) => row.length !== names.length);
  if (ragged >= 0) {
    throw new Error(
      `table: row ${ragged} has ${body[ragged].length} cells for ${names.length} columns`,
    );
  }

  const head = body.length > maxRows ? Math.ceil(maxRows / 2) : body.length;
  const tail = body.length > maxRows ? Math.floor(maxRows / 2) : 0;
  const shown = [...body.slice(0, head), ...body.slice(body.length - tail)];
  const formats = names.map((_, c) =>
    numberFormat(
      shown.map((row) => row[c]),
      digits,
    ),
  );
  const cells = shown.map((row) => row.map((value, c) => cellText(value, formats[c])));
  const right = names.map((_, c) =>
    shown.every((row) => typeof row[c] === 'number' || row[c] === null || row[c] === undefined),
  );
  const hidden = body.length - shown.length;
  const gapNote = phrase(hidden === 1 ? '… {hidden} more row …' : '… {hidden} more rows …', {
    hidden,
  });

  const align = (c: number) => `text-align:${right[c] ? 'right' : 'left'}`;
  // A browser would join several spaces, and drop those at the ends.
  const keep = (cell: string) => (/^\s|\s\s|\s$|\n/.test(cell) ? ';white-space:pre-wrap' : '');
  // The table itself aligns to the right: most cells are numbers, and notebooks should stay small.
  const td = (cell: string, c: number) => {
    const style = [...(right[c] ? [] : [align(c)]), ...(keep(cell) ? [keep(cell).slice(1)] : [])];
    return style.length
      ? html`<td style="${style.join(';')}">${cell}</td>`
      : html`<td>${cell}</td>`;
  };
  const htmlRows = cells.map(
    ([first, ...others]) =>
      html`<tr><th scope="row" style="${align(0)};font-weight:normal${keep(first)}">${first}</th>${others.map((cell, c) => td(cell, c + 1))}</tr>`,
  );
  if (hidden > 0) {
    htmlRows.splice(
      head,
      0,
      html`<tr><td colspan="${names.length}" style="text-align: center">${gapNote}</td></tr>`,
    );
  }
  const markup = html`<div style="overflow-x: auto"><table style="margin: 0; text-align: right">${captionHtml(caption)}
<thead><tr>${names.map((name, c) => html`<th scope="col" style="${align(c)}">${name}</th>`)}</tr></thead>
<tbody>${htmlRows}</tbody></table></div>`;

  const lines = alignText(
    [names, ...cells].map((row) => row.map(shorten)),
    right,
  ).split('\n');
  const widest = Math.max(...lines.map((line) => line.length));
  if (hidden > 0) lines.splice(1 + head, 0, gapNote);
  lines.splice(1, 0, '─'.repeat(widest));
  if (caption) lines.unshift(caption);
  return { data: { 'text/html': markup.markup, 'text/plain': lines.join('\n') }, metadata: {} };
}
