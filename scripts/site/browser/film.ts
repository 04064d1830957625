// A training as film: a slider over what was recorded at some of its steps.

import { drawMap, type HeadWeights } from './attention';
import { fill, h, load, visible } from './dom';
import { number, say } from './strings';
import type { Film, Frame } from '../film';

const WIDTH = 640;
const HEIGHT = 220;
const MARGIN = { left: 44, right: 12, top: 12, bottom: 30 };
const FRAMES_A_SECOND = 4;

export async function filmWidget(place: HTMLElement): Promise<void> {
  const film = await load<Film>('gpt-film', 'gptFilm');
  const last = film.frames.length - 1;
  const slider = h('input', {
    type: 'range',
    min: 0,
    max: last,
    step: 1,
    value: 0,
    class: 'gpt-film-slider',
    'aria-label': say.step,
    oninput: () => show(),
  });
  slider.value = '0';
  const label = h('strong', { class: 'gpt-film-step' });
  const losses = h('p', { class: 'gpt-status', role: 'status' });
  const curve = lossCurve(film.frames);
  const sample = h('p', { class: 'gpt-text', translate: 'no' });
  const heads = h('div', { class: 'gpt-film-heads' });
  let timer: ReturnType<typeof setInterval> | undefined;
  const play = h('button', { class: 'gpt-button gpt-primary', onclick: () => toggle() }, say.play);
  fill(
    place,
    h('div', { class: 'gpt-film-controls' }, play, slider, label),
    h(
      'div',
      { class: 'gpt-film' },
      h('section', { class: 'gpt-panel' }, h('h2', {}, say.lossTitle), curve.svg, losses),
      h('section', { class: 'gpt-panel' }, h('h2', {}, say.sample(film.prompt)), sample),
      h('section', { class: 'gpt-panel gpt-film-wide' }, h('h2', {}, say.filmAttention), heads),
    ),
  );
  show();

  function toggle(): void {
    if (timer !== undefined) return stop();
    if (Number(slider.value) === last) slider.value = '0';
    play.textContent = say.pause;
    timer = setInterval(() => {
      slider.value = String(Number(slider.value) + 1);
      show();
      if (Number(slider.value) === last) stop();
    }, 1000 / FRAMES_A_SECOND);
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
    play.textContent = say.play;
  }

  function show(): void {
    const frame = film.frames[Number(slider.value)];
    const steps = film.frames[last].step;
    label.textContent = say.ofSteps(frame.step, steps);
    slider.setAttribute('aria-valuetext', label.textContent);
    losses.textContent = say.lossNow(number(frame.train, 2), number(frame.validation, 2));
    curve.mark(frame.step);
    const words = frame.sample.replace(/\n/g, '↵');
    fill(sample, h('span', { class: 'gpt-prompt' }, film.prompt), words);
    const layers = unpackAttention(frame.attention, film).map((layer, l) =>
      layer.map((head, n) => {
        const map = drawMap(head, 150);
        map.setAttribute('role', 'img');
        map.setAttribute('aria-label', say.mapOf(l + 1, n + 1));
        return h('figure', {}, map, h('figcaption', {}, say.headOf(l + 1, n + 1)));
      }),
    );
    fill(
      heads,
      h(
        'p',
        { class: 'gpt-sentence', translate: 'no' },
        film.tokens.map((t) => h('code', {}, visible(t))),
      ),
      layers.flat(),
    );
  }
}

/** The recorded weights, a byte each, of the tokens that a token may look at. */
function unpackAttention(packed: string, { nLayers, nHeads, tokens }: Film): HeadWeights[][] {
  const bytes = atob(packed);
  let at = 0;
  const rows = () =>
    tokens.map((_, t) => tokens.slice(0, t + 1).map(() => bytes.charCodeAt(at++) / 255));
  return Array.from({ length: nLayers }, () => Array.from({ length: nHeads }, rows));
}

const NAMESPACE = 'http://www.w3.org/2000/svg';

function lossCurve(frames: readonly Frame[]): { svg: SVGSVGElement; mark(step: number): void } {
  const svg = shape('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'gpt-curve', role: 'img' });
  svg.setAttribute('aria-label', `${say.lossTitle}: ${say.trainLoss}, ${say.validationLoss}`);
  const steps = frames[frames.length - 1].step;
  const all = frames.flatMap(({ train, validation }) => [train, validation]);
  const [low, high] = [Math.floor(Math.min(...all)), Math.ceil(Math.max(...all))];
  const x = (step: number) => MARGIN.left + (step / steps) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (loss: number) =>
    MARGIN.top + ((high - loss) / (high - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  for (let loss = low; loss <= high; loss++) {
    const right = WIDTH - MARGIN.right;
    svg.append(
      shape('line', { x1: MARGIN.left, x2: right, y1: y(loss), y2: y(loss), class: 'gpt-grid' }),
    );
    svg.append(text(MARGIN.left - 8, y(loss) + 5, String(loss), 'end'));
  }
  svg.append(text(x(0), HEIGHT - 8, '0', 'middle'));
  svg.append(
    text(x(steps), HEIGHT - 8, say.ofSteps(steps, steps).split(' ').slice(0, 2).join(' '), 'end'),
  );
  for (const kind of ['train', 'validation'] as const) {
    const points = frames.map(
      (frame) => `${x(frame.step).toFixed(1)},${y(frame[kind]).toFixed(1)}`,
    );
    svg.append(shape('polyline', { points: points.join(' '), class: `gpt-line gpt-${kind}` }));
    const name = kind === 'train' ? say.trainLoss : say.validationLoss;
    // Beside the end of its curve, on the side of the other one.
    const row = y(frames[frames.length - 1][kind]) + (kind === 'train' ? -10 : 20);
    const label = text(WIDTH - MARGIN.right, row, name, 'end');
    label.classList.add(`gpt-${kind}`);
    svg.append(label);
  }
  const marker = shape('line', { y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom, class: 'gpt-marker' });
  svg.append(marker);
  return {
    svg,
    mark(step) {
      marker.setAttribute('x1', String(x(step)));
      marker.setAttribute('x2', String(x(step)));
    },
  };
}

function shape<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string | number>,
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

function text(x: number, y: number, content: string, anchor: string): SVGTextElement {
  const element = shape('text', { x, y, 'text-anchor': anchor });
  element.textContent = content;
  return element;
}
