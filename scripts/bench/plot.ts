// The plot of a run: how fast beside PyTorch, how time grows, and the losses of both precisions.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Data, Layout } from 'plotly.js';
import type { Report, Result } from './report';
import { speedup } from './statistics';

interface Panel {
  title: string;
  traces: Data[];
  x: Partial<Layout['xaxis']>;
  y: Partial<Layout['yaxis']>;
}

/** Blue and green are this project's, warm colours the peers'; bfloat16 is the lighter one. */
const COLOURS: Record<string, string> = {
  eager: '#56b4e9',
  compiled: '#0072b2',
  'compiled, bf16': '#009e73',
  PyTorch: '#d55e00',
  'torch.compile': '#a04000',
  'PyTorch, bf16': '#f0a070',
  'torch.compile, bf16': '#cc79a7',
  transformers: '#e69f00',
};

const group = (name: string) => ({
  name,
  legendgroup: name,
  marker: { color: COLOURS[name] },
  line: { color: COLOURS[name], ...(name.includes('bf16') && { dash: 'dot' as const }) },
});

/** Bars of how many times as fast as PyTorch in float32 each variant is, for each row. */
function besidePyTorch(title: string, results: Result[], label: (row: string) => string): Panel {
  const rows = [...new Set(results.map(({ row }) => row))];
  const find = (row: string, variant: string) =>
    results.find((result) => result.row === row && result.variant === variant);
  const traces = Object.keys(COLOURS).flatMap((name): Data[] => {
    const ratios = rows.map((row) => {
      const [one, torch] = [find(row, name), find(row, 'PyTorch')];
      return one && torch ? speedup(one.values, torch.values, one.better) : NaN;
    });
    if (!ratios.some(Number.isFinite)) return [];
    return [{ type: 'bar', ...group(name), x: rows.map(label), y: ratios }];
  });
  return {
    ...{ title, traces, x: {} },
    y: { title: { text: 'times as fast as PyTorch' }, rangemode: 'tozero' },
  };
}

/** Milliseconds for a thousand tokens, over what grows. */
function growth(
  title: string,
  axis: string,
  results: Result[],
  size: (row: string) => number,
): Panel {
  const names = [...new Set(results.map(({ variant }) => variant))];
  const traces = names.map((name): Data => {
    const of = results.filter(({ variant }) => variant === name);
    return {
      ...{ type: 'scatter', mode: 'lines+markers', ...group(name) },
      x: of.map(({ row }) => size(row)),
      y: of.map(({ median }) => 1e6 / median),
    };
  });
  return {
    ...{ title, traces },
    x: { title: { text: axis }, type: 'log', tickvals: [64, 128, 256, 512, 1024] },
    y: { title: { text: 'ms for 1,000 tokens' }, rangemode: 'tozero' },
  };
}

function lossCurves(results: Result[]): Panel {
  const shown = ['compiled', 'compiled, bf16', 'PyTorch', 'PyTorch, bf16'];
  const traces = results
    .filter(({ variant, losses }) => losses && shown.includes(variant))
    .map(({ variant, losses }): Data => {
      return { type: 'scatter', mode: 'lines', ...group(variant), y: losses! };
    });
  return {
    title: 'Loss of the tiny model in float32 and bfloat16',
    traces,
    x: { title: { text: 'step' } },
    y: { title: { text: 'loss' } },
  };
}

/** The panels that a report has numbers for. */
function panels({ results }: Report): Panel[] {
  const of = (section: string, row = '') =>
    results.filter((result) => result.section === section && result.row.includes(row));
  return [
    besidePyTorch('Training', of('training'), (row) => row.replace(/(,| \().*/, '')),
    besidePyTorch('Decoding GPT-2 124M', of('decoding'), (row) => row.replace(/^[^,]*, /, '')),
    growth(
      'A training step, as the context grows',
      'tokens of context',
      of('scaling', 'context'),
      (row) => Number(/× (\d+)/.exec(row)?.[1]),
    ),
    lossCurves(of('training', 'tiny')),
  ].filter(({ traces }) => traces.length > 0);
}

function figure(of: Panel[]) {
  const lines = Math.ceil(of.length / 2);
  const seen = new Set<string>();
  const layout: Record<string, unknown> = {
    ...{ width: 1100, height: 90 + 350 * lines },
    grid: { rows: lines, columns: 2, pattern: 'independent', ygap: 0.32, xgap: 0.14 },
    font: { family: 'system-ui, "Segoe UI", Roboto, sans-serif', size: 15, color: '#222222' },
    ...{ paper_bgcolor: '#ffffff', plot_bgcolor: '#ffffff' },
    margin: { l: 70, r: 20, t: 110, b: 60 },
    legend: { orientation: 'h', x: 0, y: 1 + 0.13 * (2 / lines), yanchor: 'bottom' },
    annotations: of.map(({ title }, i) => ({
      ...{
        text: `<b>${title}</b>`,
        showarrow: false,
        x: 0,
        y: 1.02,
        xanchor: 'left',
        yanchor: 'bottom',
      },
      ...{ xref: `x${i + 1} domain`, yref: `y${i + 1} domain` },
    })),
    shapes: of.flatMap(({ traces }, i) =>
      traces[0].type === 'bar'
        ? [
            {
              type: 'line',
              xref: `x${i + 1} domain`,
              yref: `y${i + 1}`,
              x0: 0,
              x1: 1,
              y0: 1,
              y1: 1,
              line: { color: '#888888', width: 1, dash: 'dash' },
            },
          ]
        : [],
    ),
  };
  const data = of.flatMap(({ traces, x, y }, i) => {
    const line = {
      showline: true,
      linecolor: '#888888',
      showgrid: false,
      zeroline: false,
      automargin: true,
    };
    layout[`xaxis${i + 1}`] = { ...line, ticks: 'outside', ...x };
    layout[`yaxis${i + 1}`] = { ...line, ticks: 'outside', ...y };
    return traces.map((trace) => {
      const name = (trace as { name: string }).name;
      const showlegend = !seen.has(name);
      seen.add(name);
      return { ...trace, xaxis: `x${i + 1}`, yaxis: `y${i + 1}`, showlegend };
    });
  });
  return { data, layout };
}

/** The plot as a PNG, drawn in a Chromium; absent, and why is said, where there is none. */
export function plotPng(report: Report): Buffer | undefined {
  const shown = panels(report);
  if (!shown.length) return undefined;
  const script = path.resolve(__dirname, '../notebook/plots.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    ...{ input: JSON.stringify([figure(shown)]), encoding: 'utf8', maxBuffer: 2 ** 26 },
  });
  if (status === 0) return Buffer.from((JSON.parse(stdout) as string[])[0], 'base64');
  console.log(`The plot is not drawn: ${stderr.trim()}`);
  return undefined;
}

/** What the plot shows, for readers who do not see it. */
export function plotAlt(report: Report): string {
  return panels(report)
    .map(({ title, traces }) => {
      const bars = (traces as { type: string; name: string; x: string[]; y: number[] }[]).filter(
        ({ type, name }) => type === 'bar' && name.startsWith('compiled'),
      );
      const numbers = bars.map(({ name, x, y }) => {
        const each = x.map((label, i) => `${label} ${y[i].toFixed(2)}`).join(', ');
        return `${name}, times as fast as PyTorch in float32: ${each}`;
      });
      return [title, ...numbers].join('; ');
    })
    .join('. ');
}
