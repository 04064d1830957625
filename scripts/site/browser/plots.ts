// The notebooks' figures, drawn by plotly when the reader comes near; until then a static image.

import type { Data, Layout, PlotlyHTMLElement, Root } from 'plotly.js';
import { isDark, load, onTheme, whenNear } from './dom';

interface Plotly {
  react(
    root: Root,
    data: Data[],
    layout: Partial<Layout>,
    config: Record<string, unknown>,
  ): Promise<PlotlyHTMLElement>;
}

interface Figure {
  data: Data[];
  layout: Partial<Layout>;
  config?: Record<string, unknown>;
}

/** The look of the notebooks' figures is for white paper: these colours become their dark twins. */
const DARK: Record<string, string> = {
  '#ffffff': '#14181e',
  '#222222': '#ced6dd',
  '#333333': '#ced6dd',
  '#dddddd': '#3a424c',
  '#0072b2': '#4ba3dc',
  '#d55e00': '#f08a3c',
  '#009e73': '#2fbf95',
};

function inTheme<T>(value: T): T {
  if (!isDark()) return structuredClone(value);
  const recolor = (_: string, item: unknown): unknown =>
    typeof item === 'string' ? (DARK[item] ?? item) : item;
  return JSON.parse(JSON.stringify(value, recolor)) as T;
}

/** Plotly does not wrap a title: on a narrow page it takes more lines, and the plot more room. */
function fitTitle(layout: Partial<Layout>, width: number): Partial<Layout> {
  const title = layout.title as { text?: string } | undefined;
  if (!title?.text || layout.width) return layout;
  const before = title.text.split('<br>');
  const most = Math.max(16, Math.floor(width / 9.5));
  const lines = before.flatMap(
    (line) => line.match(new RegExp(`.{1,${most}}(?= |$)`, 'g')) ?? line,
  );
  const more = 22 * (lines.length - before.length);
  return {
    ...layout,
    title: { ...title, text: lines.map((line) => line.trim()).join('<br>') },
    height: layout.height! + more,
    margin: { ...layout.margin, t: layout.margin!.t! + more },
  };
}

async function draw(frame: HTMLElement): Promise<void> {
  const area = frame.querySelector<HTMLElement>('.gpt-plot-area')!;
  const figure = JSON.parse(frame.querySelector('script')!.textContent!) as Figure;
  const plotly = await load<Plotly>('plotly', 'Plotly');
  const plot = document.createElement('div');
  const paint = () => {
    const layout = fitTitle(inTheme(figure.layout), area.clientWidth);
    return plotly.react(plot, inTheme(figure.data), layout, {
      ...figure.config,
      responsive: !layout.width,
    });
  };
  area.replaceChildren(plot);
  await paint();
  frame.setAttribute('role', 'group');
  frame.setAttribute('aria-label', frame.dataset.alt ?? '');
  onTheme(plot, () => void paint());
}

export function drawPlots(): void {
  for (const frame of document.querySelectorAll<HTMLElement>('figure.gpt-plot')) {
    whenNear(frame, () => void draw(frame));
  }
}
