/** Showing a generated text. */
import { bar, el, visible } from './elements.mjs';
import { duration, number, percent, t } from './messages.mjs';

/** The least probability of each shade. */
const SHADES = [0.5, 0.2, 0.05, 0.01, 0];
const shade = (probability) => SHADES.findIndex((limit) => probability >= limit);
let views = 0;

/**
 * The name that a screen reader says for white space; undefined for other texts, which it reads.
 */
function spokenName(text) {
  if (text === ' ') return t('tokenSpace');
  return /^\n+$/.test(text) ? t('tokenBreak') : undefined;
}

/** The view of one exchange: `update` is called with each event in order, `end` after the last. */
export class GenerateView {
  element = el('div', { class: 'answer' });
  follows = true; // the log scrolls along with the text
  name = `text-${views++}`;
  /** The tokens of each span: one, or several that make up one character. */
  groups = [];
  waiting = [];
  count = 0;

  constructor(request) {
    this.request = request;
    this.status = el('p', { class: 'fine pending', text: t('working') });
    this.list = el('span', {
      class: 'list',
      role: 'listbox',
      tabindex: '0',
      hidden: true,
      'aria-label': t('tokenList'),
      onkeydown: (event) => this.key(event),
      onfocus: () => this.select(this.selected ?? 0),
      onmouseover: ({ target }) => this.point(target),
      onclick: ({ target }) => this.point(target),
    });
    this.prompt = el('span', { class: 'prompt', text: request.prompt ?? '' });
    this.text = el('p', { class: 'text' }, this.prompt, this.list);
    this.inspector = el(
      'div',
      { class: 'inspector' },
      el('p', { class: 'fine', text: t('tokenHint') }),
    );
    const legend = SHADES.map((limit, i) => {
      const label = limit ? `≥ ${number(100 * limit)} %` : `< ${number(100 * SHADES[i - 1])} %`;
      return el('span', { class: `key shade-${i}`, text: label });
    });
    this.legend = el('p', { class: 'legend fine', hidden: true }, `${t('legend')} `, ...legend);
    this.element.append(this.legend, this.text, this.inspector, this.status);
    this.inspector.hidden = true;
  }

  /** @returns a text for a screen reader, if there is one */
  update(event, data) {
    return this[`on_${event}`]?.(data);
  }

  on_prompt({ dropped, contextLength }) {
    if (!dropped) return;
    const text = t('promptDropped', { max: number(contextLength), n: number(dropped) });
    this.element.prepend(el('p', { class: 'warning', text }));
  }

  on_token(token) {
    this.status.classList.remove('pending');
    this.count++;
    this.waiting.push({ ...token, i: this.count });
    if (token.text) this.show(token.text);
    this.status.textContent = t('soFar', { n: number(this.count) });
  }

  /** Adds a span for the waiting tokens. */
  show(text) {
    const i = this.groups.length;
    const lowest = Math.min(...this.waiting.map(({ probability }) => probability));
    const span = el('span', {
      id: `${this.name}-${i}`,
      role: 'option',
      class: `token shade-${shade(lowest)}`,
      text,
      'aria-selected': 'false',
      'aria-label': spokenName(text),
    });
    span.dataset.i = i;
    this.groups.push(this.waiting);
    this.waiting = [];
    this.list.append(span);
    this.list.hidden = this.legend.hidden = this.inspector.hidden = false;
  }

  on_done({ ended, tokens, ms, rest }) {
    if (rest) this.show(rest);
    const rate = number(tokens / Math.max(ms / 1000, 1e-3), 1);
    const values = { n: number(tokens), time: duration(ms), rate };
    this.ended = t(`ended.${ended}`) + t('speed', values);
    this.end();
    return this.list.textContent || this.ended;
  }

  end() {
    const { temperature, topK, topP, seed, model } = this.request;
    const settings = [
      model === 'gpt2' ? 'GPT-2' : model,
      `${t('temperature')} ${number(temperature, 1)}`,
      topK ? `top-k ${topK}` : undefined,
      topP < 1 ? `top-p ${number(topP, 2)}` : undefined,
      t('usedSeed', { seed }),
    ];
    this.status.classList.remove('pending');
    const parts = [this.ended, ...settings].filter(Boolean);
    this.status.textContent = parts.join(' · ');
  }

  key(event) {
    const moves = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const last = this.groups.length - 1;
    const from = this.selected ?? 0;
    const to = { Home: 0, End: last }[event.key] ?? from + moves[event.key];
    if (Number.isNaN(to)) return;
    event.preventDefault();
    this.select(Math.min(last, Math.max(0, to)));
  }

  point(target) {
    if (target.dataset.i !== undefined) this.select(Number(target.dataset.i));
  }

  select(i) {
    if (!this.groups[i]) return;
    const spans = this.list.children;
    if (this.selected !== undefined) spans[this.selected].setAttribute('aria-selected', 'false');
    this.selected = i;
    spans[i].setAttribute('aria-selected', 'true');
    this.list.setAttribute('aria-activedescendant', spans[i].id);
    this.inspector.replaceChildren(...this.groups[i].map((token) => this.inspect(token)));
  }

  inspect({ token, i, probability, rank, candidates }) {
    const title = {
      i: number(i),
      n: number(this.count),
      p: percent(probability),
      rank: number(rank),
    };
    const row = (each) =>
      el(
        'li',
        { class: each.token === token ? 'chosen' : undefined },
        el('code', { text: visible(each.token) }),
        bar(each.probability, 'plain'),
        el('span', { class: 'value', text: percent(each.probability) }),
      );
    const known = candidates.some((each) => each.token === token);
    return el(
      'div',
      {},
      el('p', {}, el('code', { text: visible(token) }), ` ${t('tokenTitle', title)}`),
      el(
        'ol',
        { class: 'candidates', 'aria-label': t('candidates') },
        ...candidates.map(row),
        ...(known ? [] : [row({ token, probability })]),
      ),
    );
  }
}

/** The answer to an instruction, with the prompt that the model got. */
export class InstructView extends GenerateView {
  on_prompt(data) {
    super.on_prompt(data);
    this.element.prepend(
      el(
        'details',
        { class: 'given' },
        el('summary', { text: t('givenPrompt', { n: number(data.tokens) }) }),
        el('p', { class: 'marked', text: data.text }),
      ),
    );
  }
}
