/** Showing a classification. */
import { bar, el, visible } from './elements.mjs';
import { currentLanguage, duration, number, percent, t } from './messages.mjs';

const SHOWN_WORDS = 6;
const SHOWN_TOKENS = 150;
/** Influences below this many log-odds never get the full colour, so that weak ones look pale. */
const FULL_COLOUR = 2;

/** The name of a label on the page; labels of a reader's own classifier are shown as they are. */
const labelName = (label, short = false) =>
  label === 'spam' || label === 'ham' ? t(short ? `${label}Short` : label) : label;

/** The view of one exchange: `update` is called with each event in order, `end` after the last. */
export class ClassifyView {
  element = el('div', { class: 'answer' });
  verdict = el('div', { class: 'verdict pending' }, el('p', { text: t('working') }));

  constructor(request) {
    this.text = request.text;
    this.element.append(this.verdict);
  }

  /** @returns a text for a screen reader, if there is one */
  update(event, data) {
    return this[`on_${event}`]?.(data);
  }

  on_tokens({ tokens, dropped, maxLength, seen }) {
    this.seen = seen;
    const chips = el('p', { class: 'tokens' });
    const add = (from, to) =>
      tokens.slice(from, to).forEach(({ id, text }, i) => {
        const color = `chip chip-${(from + i) % 5}`;
        chips.append(el('span', { class: color, title: `id ${id}`, text: visible(text) }));
      });
    add(0, SHOWN_TOKENS);
    if (tokens.length > SHOWN_TOKENS) {
      const more = el('button', {
        type: 'button',
        class: 'quiet',
        text: t('more', { n: number(tokens.length - SHOWN_TOKENS) }),
        onclick: () => {
          more.remove();
          add(SHOWN_TOKENS, tokens.length);
        },
      });
      chips.append(more);
    }
    const values = { max: number(maxLength), n: number(dropped) };
    this.step(
      t('tokensStep', { n: number(tokens.length) }),
      dropped ? el('p', { class: 'warning', text: t('truncated', values) }) : undefined,
      chips,
    );
  }

  on_result({ label, probability, probabilities, threshold, ms }) {
    this.label = label;
    this.ms = ms;
    const labels = Object.keys(probabilities);
    const last = labels[labels.length - 1];
    // With two labels, the last, which has the threshold, gets its own colour; more share one.
    const tone = (name) => (threshold !== undefined && name === last ? 'spam' : 'ham');
    this.tone = tone(label);
    const rows = labels.map((name) =>
      el(
        'li',
        {},
        el('span', { class: 'name', text: labelName(name, true) }),
        bar(probabilities[name], tone(name)),
        el('span', { class: 'value', text: percent(probabilities[name]) }),
      ),
    );
    const rule =
      threshold === undefined
        ? t('mostProbable')
        : t('threshold', { label: labelName(last, true), p: percent(threshold, 0) });
    this.verdict.className = `verdict ${this.tone}`;
    this.verdict.replaceChildren(
      el(
        'p',
        { class: 'said' },
        el('strong', { text: labelName(label) }),
        ' ',
        el('span', { text: percent(probability) }),
      ),
      el('ul', { class: 'bars', 'aria-label': t('probabilities') }, ...rows),
      el('p', { class: 'fine', text: rule }),
    );
    this.measuring = el('p', { class: 'fine', text: t('measuring') });
    this.wordsStep = this.step(t('wordsStep'), this.measuring);
    return t('saidLabel', { label: labelName(label), p: percent(probability) });
  }

  on_words({ words }) {
    const seenText = this.text.slice(0, this.seen);
    if (!words.length) return this.measuring.replaceWith(el('p', { text: t('oneWord') }));
    const most = Math.max(...words.map(({ effect }) => Math.abs(effect)), FULL_COLOUR);
    const other = this.tone === 'spam' ? 'ham' : 'spam';
    const tone = (effect) => (effect >= 0 ? this.tone : other);
    const marked = el('p', { class: 'marked' });
    let at = 0;
    for (const { word, start, effect } of words) {
      const mark = el('mark', { class: tone(effect), text: word });
      mark.style.setProperty('--strength', `${Math.round((100 * Math.abs(effect)) / most)}%`);
      marked.append(seenText.slice(at, start), mark);
      at = start + word.length;
    }
    marked.append(seenText.slice(at));
    const unread = this.text.length - this.seen;
    if (unread) marked.append(el('em', { text: ` ${t('notRead', { n: number(unread) })}` }));
    const name = labelName(this.label, true);
    const legend = el(
      'p',
      { class: 'legend fine' },
      el('mark', { class: this.tone, text: t('speaksFor', { label: name }) }),
      ' ',
      el('mark', { class: other, text: t('speaksAgainst') }),
    );
    const first = [...words].sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
    const rows = first.slice(0, SHOWN_WORDS).map(({ word, effect, without }) =>
      el(
        'tr',
        {},
        el('th', { scope: 'row', text: word }),
        el(
          'td',
          {},
          bar(Math.abs(effect) / most, tone(effect)),
          el('span', {
            class: 'value',
            text: `${effect < 0 ? '−' : '+'}${number(Math.abs(effect), 1)}`,
          }),
        ),
        el('td', { class: 'value', text: percent(without) }),
      ),
    );
    const heads = [t('word'), t('influence'), t('without', { label: name })];
    const head = el('tr', {}, ...heads.map((text) => el('th', { scope: 'col', text })));
    this.measuring.replaceWith(
      el('p', { text: this.conclusion(words) }),
      marked,
      legend,
      el('table', { class: 'words' }, el('thead', {}, head), el('tbody', {}, ...rows)),
      el('p', { class: 'fine', text: t('wordsHow') }),
    );
  }

  /** A sentence that names the words without which the answer would change. */
  conclusion(words) {
    const turning = words
      .filter(({ label }) => label !== this.label)
      .map(({ word }) => `“${word}”`);
    if (!turning.length) return t('robust');
    const names = new Intl.ListFormat(currentLanguage(), { type: 'disjunction' });
    return t('decisive', { words: names.format(turning.slice(0, SHOWN_WORDS)) });
  }

  on_done({ ms }) {
    const text = t('took', { a: duration(this.ms), b: duration(ms) });
    this.element.append(el('p', { class: 'fine took', text }));
  }

  end() {
    if (this.verdict.classList.contains('pending')) this.verdict.remove();
    if (this.measuring?.isConnected) this.wordsStep.remove();
  }

  step(title, ...content) {
    const step = el(
      'details',
      { class: 'step', open: true },
      el('summary', { text: title }),
      ...content,
    );
    this.element.append(step);
    return step;
  }
}
