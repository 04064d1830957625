// Results as tables: on the screen and as Markdown.
import type { Goal, Result } from './report';

/** A number to three digits. */
export const digits = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));

const percent = (share: number) => `${Math.round(100 * share)} %`;

const HEAD = ['', 'median', 'rounds', 'beside', 'of the limit', 'memory'];

/** The cells of one result; empty where there is nothing to say. */
function cells(result: Result): string[] {
  const { variant, unit, ratio, against, share, shareOf, peakMB } = result;
  return [
    variant,
    `${digits(result.median)} ${unit}`,
    result.values.length === 1 ? 'one' : `±${percent(result.spread / 2)}`,
    ratio === undefined ? '' : `${digits(ratio)} × ${against}`,
    share === undefined ? '' : `${percent(share)} ${shareOf}`,
    peakMB === undefined ? '' : `${digits(peakMB)} MB`,
  ];
}

/** A table of results, without columns that would be empty. */
export function table(results: readonly Result[]): string[][] {
  const rows = results.map(cells);
  const kept = HEAD.map((_, i) => rows.some((row) => row[i] !== ''));
  return [HEAD, ...rows].map((row) => row.filter((_, i) => kept[i]));
}

/** Lines of columns as wide as their widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}

export function markdownTable(rows: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  const rule = rows[0].map((_, i) => (i ? '--:' : '---'));
  return [line(rows[0]), line(rule), ...rows.slice(1).map(line)].join('\n');
}

/** One table for each row: its name, and its variants below one another. */
function byRow(results: readonly Result[]): [string, Result[]][] {
  const rows = new Map<string, Result[]>();
  for (const result of results) rows.set(result.row, [...(rows.get(result.row) ?? []), result]);
  return [...rows];
}

const doubt = (results: readonly Result[]) =>
  results
    .filter(({ same }) => same === false)
    .map(({ variant, against, evidence }) => `${variant} beside ${against}: ${evidence}`);

export function screenTable(results: readonly Result[]): string {
  return byRow(results)
    .map(([name, of]) => {
      const lines = columns(table(of));
      return [name, ...lines, ...doubt(of).map((text) => `not the same: ${text}`), ''].join('\n');
    })
    .join('\n');
}

export function markdownTables(results: readonly Result[]): string {
  return byRow(results)
    .map(([name, of]) => {
      const doubts = doubt(of).map((text) => `\n\nNot the same: ${text}.`);
      return `**${name}**\n\n${markdownTable(table(of))}${doubts.join('')}`;
    })
    .join('\n\n');
}

export function goalRows(goals: readonly Goal[]): string[][] {
  return [
    ['goal', 'at least', 'at most', 'measured', ''],
    ...goals.map(({ what, least, most, measured, reached }) => [
      what,
      least === undefined ? '' : String(least),
      most === undefined ? '' : String(most),
      measured.toFixed(3), // 0.996 is not 1
      reached ? 'reached' : 'not reached',
    ]),
  ];
}
