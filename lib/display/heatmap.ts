/** Matrices as coloured squares, such as attention weights. */

import type { Data, Layout } from 'plotly.js';
import { decimals, translate } from '../language';
import { labelTicks, type Numbers } from './charts';
import { axisLayout, figureBundle, titleBlock, type PlotOptions } from './figure';
import { labelText } from './markup';
import type { Bundle } from './output';

export interface HeatmapOptions extends PlotOptions {
  /** Labels of the rows, from the top, such as a sentence's tokens. */
  rows?: readonly string[];
  /** Labels of the columns. */
  columns?: readonly string[];
  /** Titles of the panels, if several matrices are drawn side by side. */
  panels?: readonly string[];
  /** Decimals of the values that are written into the cells of small matrices; default 2. */
  digits?: number;
  /** Values at the ends of the colour scale; default: those of the data. */
  range?: [number, number];
}

type Matrix = readonly Numbers[];

const SEQUENTIAL: [number, string][] = [
  [0, '#f7fbff'],
  [0.25, '#c6dbef'],
  [0.5, '#6baed6'],
  [0.75, '#2171b5'],
  [1, '#08306b'],
];
const DIVERGING: [number, string][] = [
  [0, '#b35806'],
  [0.5, '#f7f7f7'],
  [1, '#2166ac'],
];
/** Side in pixels of the smallest cell that has room for its value. */
const ANNOTATED_CELL = 34;
/** Width in pixels that fits beside JupyterLab's file list on a small screen, and on a web page. */
const FULL_WIDTH = 620;
/** Least width in pixels of a panel; narrower panels are spread over more lines. */
const NARROW_PANEL = 120;

function cellText(value: number, digits: number): string {
  if (Number.isFinite(value)) return decimals(value, digits).replace(/^-(0([.,]0+)?)$/, '$1');
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
}

/**
 * The values to write into the cells: as one format, or one by one if the format would show −0.00
 * or a value is not finite.
 */
function cellTexts(matrix: Matrix, digits: number) {
  const plain = matrix.every((row) =>
    Array.from(row).every(
      (value) => Number.isFinite(value) && !/^-0(\.0+)?$/.test(value.toFixed(digits)),
    ),
  );
  if (plain) return { texttemplate: `%{z:.${digits}f}` };
  const text = matrix.map((row) => Array.from(row, (value) => cellText(value, digits)));
  return { text, texttemplate: '%{text}' };
}

/**
 * The ends of the colour scale: those of the data, symmetric about 0 if the data have both signs.
 */
function colorRange(matrices: readonly Matrix[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of matrices.flatMap((matrix) => matrix.flatMap((row) => Array.from(row)))) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high || (low === 0 && high === 0)) return [0, 1];
  if (low === high) return low > 0 ? [0, high] : [low, 0];
  const most = Math.max(-low, high);
  return low < 0 && high > 0 ? [-most, most] : [low, high];
}

/**
 * One or several matrices as a list, after a check that they have one shape and labels that match
 * it.
 */
function checked(input: Matrix | readonly Matrix[], options: HeatmapOptions): readonly Matrix[] {
  const single = typeof input[0]?.[0] === 'number';
  const matrices = single ? [input as Matrix] : (input as readonly Matrix[]);
  const height = matrices[0]?.length ?? 0;
  const width = matrices[0]?.[0]?.length ?? 0;
  if (height === 0 || width === 0) throw new Error('heatmap: the matrix is empty');
  for (const matrix of matrices) {
    if (matrix.length !== height || matrix.some((row) => row.length !== width)) {
      throw new Error(`heatmap: expected ${height} rows of ${width} numbers in every matrix`);
    }
  }
  const expected: [string, readonly string[] | undefined, number][] = [
    ['row labels', options.rows, height],
    ['column labels', options.columns, width],
    ['panel titles', options.panels, matrices.length],
  ];
  for (const [what, labels, count] of expected) {
    if (labels && labels.length !== count) {
      throw new Error(`heatmap: ${labels.length} ${what}, expected ${count}`);
    }
  }
  return matrices;
}

interface Geometry {
  /** Side of a cell. */
  cell: number;
  /** Panels in one line, at most four. */
  across: number;
  figure: { width: number; height: number };
  margin: { l: number; r: number; t: number; b: number };
  /** The part of the figure between its margins that panel `p` takes, from 0 to 1. */
  domain(p: number): { x: [number, number]; y: [number, number] };
}

/** Computes all sizes in pixels. A character is about 8 wide, and column labels may be upright. */
function geometry(
  count: number,
  rowNames: readonly string[],
  columnNames: readonly string[],
  { title, xaxis, yaxis, panels }: HeatmapOptions,
): Geometry {
  const longest = (names: readonly string[]) => 8 * Math.max(...names.map((name) => name.length));
  const left = longest(rowNames) + (yaxis === undefined ? 24 : 52);
  const bottom = Math.max(24, longest(columnNames)) + (xaxis === undefined ? 16 : 40);
  const right = 80; // the colour bar
  const gap = { x: 24, y: panels ? 40 : 24 };
  const room = (across: number) => (FULL_WIDTH - left - right + gap.x) / across - gap.x;
  let down = Math.ceil(count / 4);
  while (down < count && room(Math.ceil(count / down)) < NARROW_PANEL) down++;
  const across = Math.ceil(count / down);
  const widest = Math.max(room(across), 80) / columnNames.length;
  const cell = Math.min(56, widest, 420 / rowNames.length);
  const panel = { width: columnNames.length * cell, height: rowNames.length * cell };
  const plot = {
    width: across * (panel.width + gap.x) - gap.x,
    height: down * (panel.height + gap.y) - gap.y,
  };
  const width = plot.width + left + right;
  const heading = title === undefined ? 0 : titleBlock(translate(title), width).height;
  const top = heading + (panels ? 36 : 16);
  return {
    cell,
    across,
    figure: { width, height: plot.height + top + bottom },
    margin: { l: left, r: right, t: top, b: bottom },
    domain(p) {
      const x = ((p % across) * (panel.width + gap.x)) / plot.width;
      const y = 1 - (Math.floor(p / across) * (panel.height + gap.y)) / plot.height;
      return { x: [x, x + panel.width / plot.width], y: [y - panel.height / plot.height, y] };
    },
  };
}

/** Draws one matrix, or several of one shape side by side, with row 0 at the top. */
export function heatmapBundle(input: Matrix | readonly Matrix[], options: HeatmapOptions): Bundle {
  const matrices = checked(input, options);
  const { rows, columns, panels, digits = 2, range, xaxis, yaxis, ...rest } = options;
  const numbers = (length: number) => Array.from({ length }, (_, i) => String(i));
  const rowNames = (rows ?? numbers(matrices[0].length)).map(translate).map(labelText);
  const columnNames = (columns ?? numbers(matrices[0][0].length)).map(translate).map(labelText);
  const { cell, across, figure, margin, domain } = geometry(
    matrices.length,
    rowNames,
    columnNames,
    options,
  );
  const [low, high] = range ?? colorRange(matrices);
  const annotations: unknown[] = [];
  const layout: { [key: string]: unknown } = {
    margin,
    plot_bgcolor: '#dddddd', // shows in cells without a finite value, such as masked ones
    coloraxis: {
      cmin: low,
      cmax: high,
      colorscale: low === -high ? DIVERGING : SEQUENTIAL,
      showscale: figure.height - margin.t - margin.b >= 100, // a low colour bar cannot be read
      colorbar: { thickness: 14, outlinewidth: 0 },
    },
    annotations,
  };
  const traces = matrices.map((matrix, p) => {
    const n = p === 0 ? '' : String(p + 1);
    const { x, y } = domain(p);
    // The panels share their labels: rows are named at the left edge, columns at the lower one.
    const leftmost = p % across === 0;
    const lowest = p + across >= matrices.length;
    const bare = { showline: false, ticklen: 4, tickcolor: 'rgba(0,0,0,0)', automargin: false };
    layout[`xaxis${n}`] = {
      ...axisLayout(lowest ? xaxis : undefined),
      ...labelTicks(columnNames, (columnNames.length * cell) / (columns ? 16 : 24)),
      ...bare,
      showticklabels: lowest,
      domain: x,
      anchor: `y${n}`,
    };
    layout[`yaxis${n}`] = {
      ...axisLayout(leftmost ? yaxis : undefined),
      ...labelTicks(rowNames, (rowNames.length * cell) / 16),
      ...bare,
      showticklabels: leftmost,
      domain: y,
      anchor: `x${n}`,
      autorange: 'reversed',
    };
    if (panels) {
      const at = { xref: `x${n} domain`, yref: `y${n} domain`, x: 0.5, y: 1, yanchor: 'bottom' };
      annotations.push({ ...at, text: panels[p], showarrow: false, font: { size: 14 } });
    }
    const trace = {
      type: 'heatmap',
      z: matrix.map((row) => Array.from(row, (value) => Number(value.toPrecision(3)))),
      xaxis: `x${n}`,
      yaxis: `y${n}`,
      coloraxis: 'coloraxis',
      xgap: cell < 10 ? 0 : 1,
      ygap: cell < 10 ? 0 : 1,
      hovertemplate: '%{y} → %{x}: %{z}<extra></extra>',
      ...(cell >= ANNOTATED_CELL && { ...cellTexts(matrix, digits), textfont: { size: 12 } }),
    };
    return trace as unknown as Data; // the types know neither coloraxis nor text templates here
  });
  return figureBundle(traces, {
    ...figure,
    ...rest,
    layout: { ...layout, ...rest.layout } as Partial<Layout>,
  });
}
