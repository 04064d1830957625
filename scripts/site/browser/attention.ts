// Type a text and see where each head of gpt-mini looks.

import { field, fill, h, isDark, onTheme, visible } from './dom';
import { withMini, type Mini } from './engine';
import { percent, say } from './strings';

/** What stays legible in one row of chips and one map. */
const MOST_TOKENS = 32;

/** Side of a cell of the large map in pixels, as in the style sheet. */
const CELL = 18;

/** The weights of one head, [token][token seen]. */
export type HeadWeights = readonly (readonly number[])[];

export function attentionWidget(place: HTMLElement): void {
  withMini(place, (mini) => explorer(mini, place.dataset.text ?? ''));
}

function explorer({ library, model, tokenizer }: Mini, text: string): HTMLElement {
  const input = h('textarea', { rows: 2, spellcheck: 'false', oninput: () => compute() });
  input.value = text;
  const status = h('p', { role: 'status', class: 'gpt-status' });
  const view = h('div');
  const look = { layer: 3, head: 3, token: -1 };
  let timer: ReturnType<typeof setTimeout> | undefined;
  run();
  return h('div', {}, field(say.yourText, input), status, view);

  function compute(): void {
    clearTimeout(timer);
    timer = setTimeout(run, 250);
  }

  function run(): void {
    const all = tokenizer.encode(input.value, { allowedSpecial: 'none' });
    const ids = all.slice(0, MOST_TOKENS);
    status.textContent = all.length > ids.length ? say.tooLong(MOST_TOKENS) : '';
    if (!ids.length) {
      status.textContent = say.empty;
      return fill(view);
    }
    const tokens = ids.map((id) => tokenizer.tokenText(id));
    if (look.token < 0 || look.token >= tokens.length) look.token = tokens.length - 1;
    fill(view, attentionView(library.attentionOf(model, ids), tokens, look));
  }
}

/**
 * All heads as small maps, the chosen one as a large map, and one token's view of the others.
 *
 * @param weights [layer][head][token][token seen]
 * @param look what is chosen; changed by the reader
 */
export function attentionView(
  weights: readonly (readonly HeadWeights[])[],
  tokens: readonly string[],
  look: { layer: number; head: number; token: number },
): HTMLElement {
  const maps: HTMLButtonElement[] = [];
  const grid = weights.map((layer, l) =>
    h(
      'div',
      { class: 'gpt-layer' },
      h('span', { class: 'gpt-layer-name' }, say.layer(l + 1)),
      layer.map((head, n) => {
        const name = say.headOf(l + 1, n + 1);
        const button = h(
          'button',
          { class: 'gpt-head', 'aria-label': name, title: name, onclick: () => choose(l, n) },
          drawMap(head, 64),
        );
        maps.push(button);
        return button;
      }),
    ),
  );
  const title = h('h2');
  const chips = h('div', { class: 'gpt-chips gpt-look', translate: 'no' });
  const sentence = h('p', { class: 'gpt-status', role: 'status' });
  const large = h('div', {
    class: 'gpt-large-map',
    translate: 'no',
    tabindex: 0,
    role: 'group',
    'aria-label': say.map,
  });
  show();
  return h(
    'div',
    { class: 'gpt-attention' },
    h('div', { class: 'gpt-heads', role: 'group', 'aria-label': say.chooseHead }, grid),
    h(
      'div',
      { class: 'gpt-panel' },
      title,
      h('p', { class: 'gpt-help' }, say.chooseToken),
      chips,
      sentence,
      large,
    ),
  );

  function choose(layer: number, head: number): void {
    Object.assign(look, { layer, head });
    show();
  }

  function show(): void {
    look.layer = Math.min(look.layer, weights.length - 1);
    const head = weights[look.layer][look.head];
    const chosen = look.layer * weights[0].length + look.head;
    maps.forEach((map, i) => map.setAttribute('aria-pressed', String(i === chosen)));
    title.textContent = say.headOf(look.layer + 1, look.head + 1);
    const row = head[look.token];
    const buttons = tokens.map((token, t) => {
      const weight = row[t] ?? 0;
      const strength = Math.round(100 * Math.sqrt(weight));
      return h(
        'button',
        {
          class: `gpt-chip${t > look.token ? ' gpt-later' : ''}`,
          'aria-pressed': String(t === look.token),
          style: `--strength:${strength}%`,
          onclick: () => {
            look.token = t;
            show();
            chips.querySelectorAll('button')[t].focus();
          },
        },
        h('code', {}, visible(token)),
        h('small', {}, t > look.token ? '–' : percent(weight)),
      );
    });
    fill(chips, buttons);
    const best = [...row.keys()].sort((a, b) => row[b] - row[a]).slice(0, 3);
    const where = best.map((t) => `“${visible(tokens[t])}” ${percent(row[t])}`).join(', ');
    sentence.textContent = say.looksAt(visible(tokens[look.token]), where);
    const map = drawMap(head, CELL * tokens.length);
    map.setAttribute('role', 'img');
    map.setAttribute('aria-label', say.mapOf(look.layer + 1, look.head + 1));
    const names = tokens.map((token, t) =>
      h('code', { class: t === look.token && 'gpt-chosen' }, visible(token)),
    );
    const columns = names.map((name) => name.cloneNode(true));
    fill(
      large,
      h('div', { class: 'gpt-map-rows', 'aria-hidden': 'true' }, names),
      map,
      h('div', { class: 'gpt-map-columns', 'aria-hidden': 'true' }, columns),
    );
  }
}

const LIGHT_SCALE = ['#f7fbff', '#c6dbef', '#6baed6', '#2171b5', '#08306b'];
const DARK_SCALE = ['#1b222b', '#173a5e', '#1f6aa5', '#56b4e9', '#e3f2fd'];

/** A head's weights as a picture: a row for each token, a column for each token it looks at. */
export function drawMap(head: HeadWeights, size: number): HTMLCanvasElement {
  const canvas = h('canvas', { width: head.length, height: head.length, class: 'gpt-map' });
  canvas.style.setProperty('--size', `${size}px`);
  const paint = () => {
    const context = canvas.getContext('2d')!;
    context.clearRect(0, 0, head.length, head.length);
    head.forEach((row, y) =>
      row.forEach((weight, x) => {
        if (x > y) return; // a token does not see later ones
        context.fillStyle = colorOf(weight);
        context.fillRect(x, y, 1, 1);
      }),
    );
  };
  paint();
  onTheme(canvas, paint);
  return canvas;
}

function colorOf(weight: number): string {
  const scale = isDark() ? DARK_SCALE : LIGHT_SCALE;
  // The root, because most weights are small.
  const at = Math.min(Math.sqrt(weight), 0.9999) * (scale.length - 1);
  const channels = [scale[Math.floor(at)], scale[Math.floor(at) + 1]].map((color) =>
    [1, 3, 5].map((from) => parseInt(color.slice(from, from + 2), 16)),
  );
  const mixed = channels[0].map((low, i) => Math.round(low + (at % 1) * (channels[1][i] - low)));
  return `rgb(${mixed.join(' ')})`;
}
