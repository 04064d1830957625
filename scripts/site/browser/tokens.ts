// Type a text and see its tokens, by both vocabularies.

import type { BPETokenizer } from '../../../lib/tokenizer';
import { field, fill, h, visible } from './dom';
import { loadTokenizer } from './engine';
import { number, say } from './strings';

const MOST = 400;
const COLORS = 5;

export async function tokensWidget(place: HTMLElement): Promise<void> {
  const { miniTokenizer, gpt2Tokenizer } = await loadTokenizer();
  const input = h('textarea', { rows: 4, spellcheck: 'false', oninput: () => update() });
  input.value = place.dataset.text ?? '';
  const counts = h('p', { class: 'gpt-counts', role: 'status' });
  const rows = [
    { tokenizer: miniTokenizer(), title: say.miniVocabulary },
    { tokenizer: gpt2Tokenizer(), title: say.gpt2Vocabulary },
  ].map(({ tokenizer, title }) => {
    const chips = h('div', { class: 'gpt-chips', translate: 'no' });
    const count = h('span', { class: 'gpt-count' });
    const row = h('section', { class: 'gpt-panel' }, h('h2', {}, title), count, chips);
    return { tokenizer, chips, count, row };
  });
  fill(place, field(say.yourText, input), counts, ...rows.map(({ row }) => row));
  update();

  function update(): void {
    const text = input.value;
    const characters = [...text].length;
    const bytes = new TextEncoder().encode(text).length;
    for (const { tokenizer, chips, count } of rows) {
      const ids = tokenizer.encode(text, { allowedSpecial: 'none' });
      fill(
        chips,
        ids.slice(0, MOST).map((id, i) => chip(tokenizer, id, i)),
      );
      if (ids.length > MOST) chips.append(h('p', {}, say.tooLong(MOST)));
      const ratio = ids.length ? `; ${say.perToken(number(characters / ids.length, 1))}` : '';
      count.textContent = `${ids.length} tokens${ratio}`;
    }
    counts.textContent = text ? say.counts(characters, bytes) : say.empty;
  }
}

function chip(tokenizer: BPETokenizer, id: number, position: number): HTMLElement {
  const text = tokenizer.tokenText(id);
  return h(
    'span',
    { class: `gpt-chip gpt-color-${position % COLORS}`, title: say.tokenOf(text, id) },
    h('code', {}, visible(text)),
    h('small', {}, id),
  );
}
