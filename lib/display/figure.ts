/** Plotly figures as plain, safe JSON with one look, drawn by the viewer's own plotly.js. */

import type { Data, Layout, LayoutAxis } from 'plotly.js';
import { language, translate } from '../language';
import type { Bundle } from './output';

/** An axis: its title, or its title with a scale and range. */
export type Axis = string | { title?: string; log?: boolean; range?: [number, number] };

export interface PlotOptions {
  /**
   * A description of the plot in a sentence or two, for readers who do not see it. It is required,
   * because a notebook's outputs have no other place for it.
   */
  alt: string;
  title?: string;
  xaxis?: Axis;
  yaxis?: Axis;
  /** Height in pixels; default 360. */
  height?: number;
  /** Width in pixels; default: the width of the cell. */
  width?: number;
  /** More of plotly's layout, merged over the defaults. */
  layout?: Partial<Layout>;
}

export const PLOTLY = 'application/vnd.plotly.v1+json';

/**
 * Those of Okabe and Ito's colours (2008) that show on white. Colour-blind readers can tell them
 * apart.
 */
export const PALETTE = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#333333',
];

// Plotly reads `<b>`, `<a href>`, entities and, where MathJax is loaded, `$…$` in every text.
function escapeText(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/\$/g, '&#36;')
    .replace(/\r?\n/g, '<br>');
}

// Keeps a template's line breaks and plotly's `<extra>` box, and escapes all other markup.
function escapeTemplate(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/<(?!br>|\/?extra>)/g, '&lt;');
}

/** The keys of a figure whose strings are words; a mode such as 'lines' is not words. */
const WORDS = /^(name|text|title|ticktext|customdata|labels|x|y)$/;

function escapeString(raw: string, key: string): string {
  const text = WORDS.test(key) ? translate(raw) : raw;
  if (key === 'hovertemplate' || key === 'texttemplate') return escapeTemplate(text);
  return /format$/.test(key) ? text : escapeText(text);
}

/**
 * The number of digits of these numbers that a plot can show: four, or more if they differ by
 * little, up to the seven of float32.
 */
function visibleDigits(values: readonly unknown[]): number {
  const numbers = values.filter((value): value is number => Number.isFinite(value));
  const low = numbers.reduce((a, b) => Math.min(a, b), Infinity);
  const high = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!(high > low)) return 7;
  return Math.min(7, 4 + Math.round(Math.log10(Math.max(1, Math.max(high, -low) / (high - low)))));
}

/**
 * A deep copy as plain JSON: strings escaped, typed arrays as arrays, numbers with the digits that
 * a plot can show, and null (a gap) for NaN and infinity.
 */
function plain(value: unknown, path: string, key: string, digits = 7): unknown {
  if (typeof value === 'string') return escapeString(value, key);
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return value;
    return Number.isFinite(value) ? Number(value.toPrecision(digits)) : null;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = Array.from(value as unknown[]);
    const seen = visibleDigits(items);
    return items.map((item, i) => plain(item, `${path}[${i}]`, key, seen));
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    const name = value.constructor.name;
    throw new Error(`plot: ${path} is a ${name}; plotly takes plain arrays (tensor.arraySync())`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([k, item]) => [k, plain(item, `${path}.${k}`, k)]),
  );
}

type Tree = { [key: string]: unknown };
const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merge(base: Tree, over: Tree): Tree {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = result[key];
    result[key] = isTree(old) && isTree(value) ? merge(old, value) : value;
  }
  return result;
}

/**
 * Wraps a title into lines that fit the width, which plotly does not do, and gives the height in
 * pixels that they need above the plot.
 */
export function titleBlock(title: string, width = 760): { text: string; height: number } {
  const characters = Math.max(20, Math.floor(width / 9));
  const lines: string[] = [];
  for (const line of title.split('\n')) {
    let current = '';
    for (const word of line.split(' ')) {
      const longer = current === '' ? word : `${current} ${word}`;
      if (longer.length > characters && current !== '') {
        lines.push(current);
        current = word;
      } else current = longer;
    }
    lines.push(current);
  }
  return { text: lines.join('\n'), height: 18 + 22 * lines.length };
}

export function axisLayout(axis: Axis = {}): Partial<LayoutAxis> {
  const { title, log, range }: Exclude<Axis, string> =
    typeof axis === 'string' ? { title: axis } : axis;
  return {
    ...(title !== undefined && { title: { text: title, standoff: 10 } }),
    ...(log && { type: 'log', exponentformat: 'none' }), // not 100μ
    // Plotly wants the exponents of a logarithmic axis.
    ...(range && { range: log ? range.map(Math.log10) : range }),
    automargin: true,
    showgrid: false,
    zeroline: false,
    showline: true,
    linecolor: '#888888',
    ticks: 'outside',
    tickcolor: '#888888',
  };
}

/**
 * A figure as one output: plotly's JSON and the figure's description. A runner may add a static
 * image.
 */
export function figureBundle(data: readonly Data[], options: PlotOptions): Bundle {
  const { xaxis, yaxis, height = 360, width, layout = {} } = options;
  if (typeof options.alt !== 'string' || options.alt.trim() === '') {
    throw new Error('plot: alt is missing: describe in a sentence what the plot shows');
  }
  const alt = translate(options.alt);
  const title = options.title === undefined ? undefined : translate(options.title);
  const heading = title === undefined ? undefined : titleBlock(title, width);
  // White paper on every theme: the static image that goes with a plot has one background.
  const defaults: Partial<Layout> = {
    ...(heading && {
      title: {
        text: heading.text,
        x: 0,
        xanchor: 'left',
        y: 1,
        yanchor: 'top',
        pad: { t: 14, l: 16 },
        font: { size: 17 },
      },
    }),
    font: { family: 'system-ui, "Segoe UI", Roboto, sans-serif', size: 14, color: '#222222' },
    colorway: PALETTE.slice(0, Math.max(1, data.length)),
    paper_bgcolor: '#ffffff',
    plot_bgcolor: '#ffffff',
    height,
    ...(width !== undefined ? { width } : { autosize: true }),
    margin: { l: 64, r: 24, t: (heading?.height ?? 8) + (data.length > 1 ? 36 : 16), b: 56 },
    xaxis: axisLayout(xaxis),
    yaxis: axisLayout(yaxis),
    legend: { orientation: 'h', x: 0, xanchor: 'left', y: 1, yanchor: 'bottom' },
    hoverlabel: { namelength: -1 },
    ...(language() === 'pt' && { separators: ',.' }),
  };
  const figure = {
    data: data.map((trace, i) => plain(trace, `data[${i}]`, '')),
    layout: plain(merge(defaults as Tree, layout as Tree), 'layout', ''),
    // Not `responsive`: with it, JupyterLab's renderer loses the height when the page is resized.
    config: { displaylogo: false },
  };
  const text = title === undefined ? alt : `${title}. ${alt}`;
  // nbconvert and its kin put `alt` on the image that stands in for the plot.
  return { data: { [PLOTLY]: figure, 'text/plain': `[plot] ${text}` }, metadata: { alt: text } };
}
