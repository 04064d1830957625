/** Lines and bars, as plotly traces. */

import type { Data, Layout, PlotData } from 'plotly.js';
import { translate } from '../language';
import { figureBundle, type PlotOptions } from './figure';
import type { Bundle } from './output';

export type Numbers = ArrayLike<number>;

/** A line, as its heights over 0, 1, 2, … or as its points. */
export type Line = Numbers | { x: Numbers; y: Numbers };

/**
 * The x values of points. Evenly spaced whole numbers are given as the first and the spacing, which
 * is shorter.
 */
function positions(x: Numbers): Partial<PlotData> {
  const [x0, dx] = [x[0], x[1] - x[0]];
  const even = x.length > 2 && Array.from(x).every((value, i) => value === x0 + i * dx);
  return even && Number.isInteger(x0) && Number.isInteger(dx) ? { x0, dx } : { x: Array.from(x) };
}

function toTrace(name: string, line: Line): Data {
  const y = 'y' in line ? line.y : line;
  const x = 'x' in line ? line.x : Array.from(y, (_, i) => i);
  if (x.length !== y.length) {
    throw new Error(`linePlot: "${name}" has ${x.length} x values for ${y.length} y values`);
  }
  const mode = y.length <= 30 ? 'lines+markers' : 'lines';
  return { type: 'scatter', name, mode, ...positions(x), y: Array.from(y) };
}

/** Draws named lines; short ones get markers. */
export function lineBundle(lines: Readonly<Record<string, Line>>, options: PlotOptions): Bundle {
  const traces = Object.entries(lines).map(([name, line]) => toTrace(name, line));
  return figureBundle(traces, options);
}

export interface BarOptions extends PlotOptions {
  /** Whether bars run to the right, the first at the top, which suits long labels. */
  horizontal?: boolean;
}

/**
 * Tick marks at 0, 1, 2, … with the labels as their texts, because plotly would merge two equal
 * labels. If there are more than `most` labels, only every second, fifth, tenth, … gets a mark.
 */
export function labelTicks(labels: readonly string[], most: number) {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500];
  const step = steps.find((n) => labels.length / n <= most) ?? Math.ceil(labels.length / most);
  const tickvals = labels.map((_, i) => i).filter((i) => i % step === 0);
  return { tickmode: 'array' as const, tickvals, ticktext: tickvals.map((i) => labels[i]) };
}

/** Draws bars over labels, one or several for each label. */
export function barBundle(
  labels: readonly (string | number)[],
  values: Numbers | Readonly<Record<string, Numbers>>,
  options: BarOptions,
): Bundle {
  const { horizontal = false, ...rest } = options;
  const single = 'length' in values && typeof values.length === 'number';
  const groups = Object.entries(
    single ? { '': values as Numbers } : (values as Record<string, Numbers>),
  );
  const names = labels.map((label) => translate(String(label)));
  const traces = groups.map(([name, heights]): Data => {
    if (heights.length !== names.length) {
      throw new Error(`barPlot: ${heights.length} values for ${names.length} labels`);
    }
    const position = names.map((_, i) => i);
    const bars = Array.from(heights);
    const value = horizontal ? '%{x}' : '%{y}';
    return {
      type: 'bar',
      name,
      orientation: horizontal ? 'h' : 'v',
      x: horizontal ? bars : position,
      y: horizontal ? position : bars,
      customdata: names,
      hovertemplate: `%{customdata}: ${value}<extra>%{fullData.name}</extra>`,
    };
  });
  const ticks = labelTicks(names, 40);
  const layout: Partial<Layout> = {
    ...(horizontal ? { yaxis: { ...ticks, autorange: 'reversed' } } : { xaxis: ticks }),
    bargap: 0.3,
    showlegend: groups.length > 1,
    ...rest.layout,
  };
  return figureBundle(traces, { ...rest, layout });
}
