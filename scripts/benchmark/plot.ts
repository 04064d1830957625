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
  /** A height to be marked. */
  line?: number;
}

/** Blue and green are this project's, warm colours the peers'; bfloat16 is the lighter one. */
const COLOURS: Record<string, string> = {
  eager: '#56b4e9',
  compiled: '#0072b2',
  'compiled, bf16': '#009e73',
  'for writing': '#004488',
  'for writing, bf16': '#44aa99',
  'for writing, int8': '#117733',
  PyTorch: '#d55e00',
  'torch.compile': '#a04000',
  'PyTorch, bf16': '#f0a070',
  'torch.compile, bf16': '#cc79a7',
  transformers: '#e69f00',
  'onnxruntime-node': '#777777',
};

/** Variants whose share of the machine's limits is shown. */
const SHARES = ['compiled', 'compiled, bf16', 'for writing', 'PyTorch', 'PyTorch, bf16'];

/** This project's own variants have no name before them. */
const OURS = [
  'eager',
  'compiled',
  'compiled, bf16',
  'for writing',
  'for writing, bf16',
  'for writing, int8',
];

const group = (name: string) => ({
  name: OURS.includes(name) ? `this project, ${name}` : name,
  legendgroup: name,
  marker: { color: COLOURS[name] },
  line: { color: COLOURS[name], ...(name.includes('bf16') && { dash: 'dot' as const }) },
});

/** Bars of each variant over the rows; without those that have nothing to show. */
function bars(
  results: readonly Result[],
  label: (result: Result) => string,
  value: (result: Result) => number | undefined,
): Data[] {
  const labels = [...new Set(results.map(label))];
  return Object.keys(COLOURS).flatMap((name): Data[] => {
    const heights = labels.map((text) => {
      const found = results.find((each) => label(each) === text && each.variant === name);
      return found && value(found);
    });
    if (heights.every((height) => height === undefined)) return [];
    return [{ type: 'bar', ...group(name), x: labels, y: heights.map((height) => height ?? null) }];
  });
}

/** How many times as fast as PyTorch in float32. */
function besidePyTorch(title: string, results: Result[], label: (row: string) => string): Panel {
  const torch = (row: string) =>
    results.find((result) => result.row === row && result.variant === 'PyTorch');
  const ratio = ({ row, values, better }: Result) => {
    const peer = torch(row);
    return peer && speedup(values, peer.values, better);
  };
  return {
    title,
    x: {},
    traces: bars(results, ({ row }) => label(row), ratio),
    y: { title: { text: 'times as fast as PyTorch' }, rangemode: 'tozero' },
    line: 1,
  };
}

/** Milliseconds for a thousand tokens, over what grows. */
function growth(
  title: string,
  axis: Panel['x'],
  results: Result[],
  size: (row: string) => number | string,
): Panel {
  const names = [...new Set(results.map(({ variant }) => variant))];
  const traces = names.map((name): Data => {
    const of = results.filter(({ variant }) => variant === name);
    return {
      type: 'scatter',
      mode: 'lines+markers',
      ...group(name),
      x: of.map(({ row }) => size(row)),
      y: of.map(({ median }) => 1e6 / median),
    };
  });
  const y = { title: { text: 'ms for 1,000 tokens' }, rangemode: 'tozero' as const };
  return { title, traces, x: axis, y };
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

/** The name of a training row's model. */
const modelName = (row: string) => row.replace(/^size: /, '').replace(/(,| \().*/, '');

/** The panels that a report has numbers for. */
function panels({ results }: Report): Panel[] {
  const of = (section: string, row = '') =>
    results.filter((result) => result.section === section && result.row.includes(row));
  const work = ({ section, row }: Result) =>
    section === 'training'
      ? `train ${modelName(row).replace('-2 124M', '-2')}`
      : `decode<br>${row.replace(/.*(batch \d+).*/, '$1')}`;
  const grown = [...of('scaling', 'size'), ...of('training', 'GPT-2')].filter(({ variant }) =>
    ['eager', 'compiled', 'PyTorch'].includes(variant),
  );
  const context = { text: 'tokens of context' };
  const all: Panel[] = [
    besidePyTorch('Training', of('training'), modelName),
    besidePyTorch('Decoding GPT-2 124M', of('decoding'), (row) =>
      row.replace(/^[^,]*, (batch \d+), /, '$1<br>'),
    ),
    {
      title: 'Share of what the machine can do',
      traces: bars([...of('training'), ...of('decoding', ' 64 ')], work, ({ share, variant }) =>
        share !== undefined && SHARES.includes(variant) ? 100 * share : undefined,
      ),
      x: {},
      y: { title: { text: '% of matmul rate or bandwidth' }, rangemode: 'tozero' },
    },
    growth(
      'A training step, as the context grows',
      { title: context, type: 'log', tickvals: [64, 128, 256, 512, 1024] },
      of('scaling', 'context'),
      (row) => Number(/× (\d+)/.exec(row)?.[1]),
    ),
    growth('A training step, as the model grows', {}, grown, modelName),
    lossCurves(of('training', 'tiny')),
  ];
  return all.filter(({ traces }) => traces.length > 0);
}

function figure(of: Panel[]) {
  const lines = Math.ceil(of.length / 2);
  const seen = new Set<string>();
  const layout: Record<string, unknown> = {
    width: 1100,
    height: 120 + 350 * lines,
    grid: { rows: lines, columns: 2, pattern: 'independent', ygap: 0.32, xgap: 0.14 },
    font: { family: 'system-ui, "Segoe UI", Roboto, sans-serif', size: 15, color: '#222222' },
    paper_bgcolor: '#ffffff',
    plot_bgcolor: '#ffffff',
    margin: { l: 70, r: 20, t: 120, b: 60 },
    legend: { orientation: 'h', x: 0, y: 1 + 40 / (350 * lines), yanchor: 'bottom' },
    annotations: of.map(({ title }, i) => ({
      text: `<b>${title}</b>`,
      showarrow: false,
      x: 0,
      y: 1.02,
      xanchor: 'left',
      yanchor: 'bottom',
      xref: `x${i + 1} domain`,
      yref: `y${i + 1} domain`,
    })),
    shapes: of.flatMap(({ line }, i) =>
      line === undefined
        ? []
        : [
            {
              type: 'line',
              line: { color: '#888888', width: 1, dash: 'dash' },
              xref: `x${i + 1} domain`,
              yref: `y${i + 1}`,
              x0: 0,
              x1: 1,
              y0: line,
              y1: line,
            },
          ],
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
  const script = path.resolve(__dirname, '../notebooks/plots.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    input: JSON.stringify([figure(shown)]),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return Buffer.from((JSON.parse(stdout) as string[])[0], 'base64');
  console.log(`The plot is not drawn: ${stderr.trim()}`);
  return undefined;
}

/** What the plot shows, for readers who do not see it; the tables have all its numbers. */
export function plotAlt(report: Report): string {
  const [first] = panels(report);
  const ours = (first?.traces ?? []).find(
    (trace) => (trace as { legendgroup?: string }).legendgroup === 'compiled',
  ) as { x: string[]; y: number[] } | undefined;
  const ratios = ours?.x.map((label, i) => `${label} ${ours.y[i].toFixed(2)}`).join(', ');
  const titles = panels(report).map(({ title }) => title);
  return (
    `Panels: ${titles.join('; ')}.` +
    (ratios ? ` Compiled training in float32 beside PyTorch, times as fast: ${ratios}.` : '')
  );
}
