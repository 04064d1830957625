/** Curves that grow in place while something is being computed. */

import { lineBundle } from './charts';
import { PALETTE, type Axis, type PlotOptions } from './figure';
import { phrase, translate, translateNumber } from '../language';
import { html } from './markup';
import { liveOutput, type Bundle } from './output';

/** A plot that grows in place; made by `livePlot`. */
export interface LivePlot {
  /** Adds a point to each named curve: `add(step, { train: 3.2, val: 3.4 })`. */
  add(x: number, values: Readonly<Record<string, number>>): void;
  /** Shows the final state. */
  finish(): void;
}

type Curves = Record<string, { x: number[]; y: number[] }>;

function axisOf(axis: Axis | undefined): { title: string; scale: (value: number) => number } {
  const { title = '', log = false } = typeof axis === 'string' ? { title: axis } : (axis ?? {});
  return { title: translate(title), scale: log ? Math.log10 : (value) => value };
}

/** Maps values to pixels, and says which values are at the ends. */
function span(values: number[], scale: (value: number) => number, from: number, to: number) {
  const finite = values.filter((value) => Number.isFinite(scale(value)));
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const width = scale(high) - scale(low) || 1;
  const pixel = (value: number) =>
    Math.round(10 * (from + ((scale(value) - scale(low)) / width) * (to - from))) / 10;
  return { low, high, pixel };
}

/**
 * The curves so far as a plain picture. JupyterLab's plotly renderer draws an output once and never
 * again, so plotly draws only the final state.
 */
export function sketchBundle(curves: Curves, options: PlotOptions, text: string): Bundle {
  const { height = 360 } = options;
  const title = translate(options.title ?? '');
  const box = { left: 64, right: 700, top: 60, bottom: height - 48 };
  const xAxis = axisOf(options.xaxis);
  const yAxis = axisOf(options.yaxis);
  const all = Object.values(curves);
  const x = span(
    all.flatMap((curve) => curve.x),
    xAxis.scale,
    box.left,
    box.right,
  );
  const y = span(
    all.flatMap((curve) => curve.y),
    yAxis.scale,
    box.bottom,
    box.top,
  );
  const short = (value: number) =>
    Number.isFinite(value) ? translateNumber(String(Number(value.toPrecision(3)))) : '';
  const middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
  const color = (i: number) => PALETTE[i % PALETTE.length];
  const names = Object.keys(curves).map(
    (name, i) => html`<tspan fill="${color(i)}" dx="${i && 20}">${translate(name)}</tspan>`,
  );
  const lines = all.map((curve, i) => {
    const points = curve.x
      .map((value, p) => [x.pixel(value), y.pixel(curve.y[p])])
      .filter((point) => point.every(Number.isFinite));
    return html`<polyline fill="none" stroke="${color(i)}" stroke-width="2" points="${points.join(' ')}" />`;
  });
  const markup = html`<svg viewBox="0 0 760 ${height}" width="760" height="${height}" role="img"
style="background: #ffffff; font: 14px sans-serif; max-width: 100%" fill="#222222">
<text x="16" y="26" font-size="17">${title}</text>
<path d="M${box.left},${box.top} V${box.bottom} H${box.right}" stroke="#888888" fill="none" />
<text x="${box.left - 6}" y="${box.bottom}" text-anchor="end">${short(y.low)}</text>
<text x="${box.left - 6}" y="${box.top + 10}" text-anchor="end">${short(y.high)}</text>
<text x="${box.left}" y="${box.bottom + 20}" text-anchor="middle">${short(x.low)}</text>
<text x="${box.right}" y="${box.bottom + 20}" text-anchor="middle">${short(x.high)}</text>
<text x="${middle.x}" y="${box.bottom + 38}" text-anchor="middle">${xAxis.title}</text>
<text transform="translate(24,${middle.y}) rotate(-90)" text-anchor="middle">${yAxis.title}</text>
<text x="${box.left}" y="${box.top - 12}" font-weight="bold">${names}</text>
${lines}</svg>`;
  return { data: { 'text/html': markup.markup, 'text/plain': text }, metadata: {} };
}

/** Shows a sketch that grows while points are added, and in the end the plotly figure. */
export function startLivePlot(options: PlotOptions): LivePlot {
  const output = liveOutput();
  const curves: Curves = {};
  const final = () => {
    const last = Object.entries(curves).map(([name, { x, y }]) =>
      phrase('{name} {value} at {step}', {
        name: translate(name),
        value: Number(y[y.length - 1].toPrecision(4)),
        step: x[x.length - 1],
      }),
    );
    const alt =
      last.length > 0
        ? phrase('{alt} Last: {values}.', { alt: translate(options.alt), values: last.join(', ') })
        : options.alt;
    return lineBundle(curves, { ...options, alt });
  };
  final(); // a missing description should fail here, not after an hour of training
  return {
    add(x, values) {
      for (const [name, value] of Object.entries(values)) {
        const curve = (curves[name] ??= { x: [], y: [] });
        curve.x.push(x);
        curve.y.push(value);
      }
      output.draw(() => sketchBundle(curves, options, translate(options.alt)));
    },
    finish: () => output.finish(final),
  };
}
