/**
 * Displays of a notebook: plots, tables, coloured tokens, and progress bars. Each is sent as a
 * bundle of forms (plotly's JSON or HTML, and text), so that every viewer has one that it can draw.
 * Outside a kernel its text is printed. All text is escaped.
 */

import type { Data } from 'plotly.js';
import { barBundle, lineBundle, type BarOptions, type Line } from './display/charts';
import { figureBundle, type Axis, type PlotOptions } from './display/figure';
import { heatmapBundle, type HeatmapOptions } from './display/heatmap';
import { startLivePlot, type LivePlot } from './display/live';
import { Html, html } from './display/markup';
import { send } from './display/output';
import { startProgress, type Progress } from './display/progress';
import { tableBundle, type Frame, type TableOptions } from './display/table';
import {
  gridBundle,
  tokensBundle,
  type CellKind,
  type GridCell,
  type ShowTokensOptions,
  type Token,
  type TokenGridOptions,
} from './display/tokens';

export { html };
export type {
  Axis,
  BarOptions,
  CellKind,
  Frame,
  GridCell,
  HeatmapOptions,
  Html,
  Line,
  LivePlot,
  PlotOptions,
  Progress,
  ShowTokensOptions,
  TableOptions,
  Token,
  TokenGridOptions,
};

/**
 * Shows a plotly figure: `plot([{ type: 'scatter', mode: 'markers', x, y }], { alt, xaxis: 'rank' })`.
 *
 * @throws Error if `alt`, the description in words, is missing
 */
export function plot(data: readonly Data[], options: PlotOptions): void {
  send(figureBundle(data, options));
}

/**
 * Shows named lines: `linePlot({ train: losses, val: { x: steps, y: valLosses } }, { alt })`. Lines
 * of up to 30 points get markers.
 *
 * @throws Error if a line does not have one x for each y
 */
export function linePlot(lines: Readonly<Record<string, Line>>, options: PlotOptions): void {
  send(lineBundle(lines, options));
}

/**
 * Shows bars over labels, or groups of bars: `barPlot(words, counts, { alt, horizontal: true })`,
 * `barPlot(words, { ours: countsA, 'GPT-2': countsB }, { alt })`.
 *
 * @throws Error if there is not one value for each label
 */
export function barPlot(
  labels: readonly (string | number)[],
  values: ArrayLike<number> | Readonly<Record<string, ArrayLike<number>>>,
  options: BarOptions,
): void {
  send(barBundle(labels, values, options));
}

/**
 * Shows a matrix (rows, columns) as coloured squares, row 0 at the top, or several of one shape
 * (panels, rows, columns) side by side, such as one for each head. Values with both signs get two
 * colours about 0; small matrices show their values; NaN and infinities are grey.
 *
 * @throws Error if rows differ in length, or labels do not match the shape
 */
export function heatmap(
  matrix: readonly ArrayLike<number>[] | readonly (readonly ArrayLike<number>[])[],
  options: HeatmapOptions,
): void {
  send(heatmapBundle(matrix, options));
}

/**
 * Starts a plot of curves that grows in place:
 *
 *     const curves = livePlot({ title: 'Loss', xaxis: 'step', alt: 'Loss falls as training goes on.' });
 *     curves.add(step, { train: loss });
 *     curves.finish();
 *
 * In headless runs and in scripts, only `finish` shows it.
 */
export function livePlot(options: PlotOptions): LivePlot {
  return startLivePlot(options);
}

/**
 * Shows rows (`[{ word: 'the', count: 3 }]`), a danfo DataFrame, or `{ columns, values }` as a
 * table. Long tables show their first and last rows.
 *
 * @throws Error if a row does not have one cell for each column
 */
export function table(
  rows: readonly Record<string, unknown>[] | Frame,
  options: TableOptions = {},
): void {
  send(tableBundle(rows, options));
}

/**
 * Shows tokens as coloured chips, spaces and newlines visible: `showTokens(['des', 'con'])`, or
 * several texts or tokenizers under their labels: `showTokens({ 'GPT-2': a, Portuguese: b })`.
 *
 * @throws Error if ids are asked for and a token has none
 */
export function showTokens(
  tokens: readonly Token[] | Readonly<Record<string, readonly Token[]>>,
  options: ShowTokensOptions = {},
): void {
  send(tokensBundle(tokens, options));
}

/**
 * Shows a batch as a grid, one row per text and one column per position, coloured by what each
 * position is: `tokenGrid([['The', 'cat', { text: '[PAD]', kind: 'padding' }]])`.
 *
 * @throws Error if a kind is unknown or row labels are missing
 */
export function tokenGrid(
  rows: readonly (readonly GridCell[])[],
  options: TokenGridOptions = {},
): void {
  send(gridBundle(rows, options));
}

/**
 * Starts a progress bar for `total` units of work, changing in place:
 *
 *     const bar = progress(steps, { label: 'training' });
 *     bar.update(step);
 *     bar.update(step, `validation loss ${loss.toFixed(3)}`);
 *     bar.finish();
 *
 * In headless runs and in scripts it prints one line for each update that has a note, without
 * times, so that two runs print the same. `start` is the number of units that were done before.
 *
 * @throws Error if `total` is not a positive number
 */
export function progress(
  total: number,
  { label = '', start = 0 }: { label?: string; start?: number } = {},
): Progress {
  return startProgress(total, label, start);
}

/**
 * Shows your own markup, built with the `html` tag, which escapes every value, and its text for
 * viewers that draw no HTML: show(html`<p>${answer}</p>`, answer).
 */
export function show(markup: Html, text: string): void {
  if (!(markup instanceof Html)) throw new Error('show: expected markup made by the html tag');
  send({ data: { 'text/html': markup.markup, 'text/plain': text }, metadata: {} });
}
