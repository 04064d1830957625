// gpt-mini in the page: loaded once, when a reader asks for it.

import { drawn, fill, h, load } from './dom';
import { number, say } from './strings';
import type { PackedModel } from './weights';

export type Model = typeof import('./model');
export type Tokenizer = typeof import('./tokenizer');

export const loadTokenizer = (): Promise<Tokenizer> => load('gpt-tokenizer', 'gptTokenizer');

export interface Mini {
  library: Model;
  model: import('../../../lib/model').GPTModel;
  tokenizer: import('../../../lib/tokenizer').BPETokenizer;
  description: string;
}

let mini: Promise<Mini> | undefined;

/** gpt-mini with its tokenizer. The first call takes a second or so, later ones nothing. */
export function loadMini(): Promise<Mini> {
  mini ??= (async () => {
    const [library, { miniTokenizer }, weights] = await Promise.all([
      load<Model>('gpt-model', 'gptModel'),
      loadTokenizer(),
      load<PackedModel>('gpt-mini', 'gptMini'),
    ]);
    const { model, description } = await library.startModel(weights);
    return { library, model, tokenizer: miniTokenizer(), description };
  })();
  mini.catch(() => (mini = undefined)); // so that another try is possible
  return mini;
}

/** A button that loads gpt-mini; what `show` makes of it takes the button's place. */
export function withMini(place: Element, show: (mini: Mini) => HTMLElement): void {
  const status = h('p', { role: 'status', class: 'gpt-status' });
  const button = h('button', { class: 'gpt-button gpt-primary', onclick: () => void start() });
  button.textContent = say.loadModel;
  fill(place, button, status);

  async function start(): Promise<void> {
    button.disabled = true;
    status.textContent = say.loading;
    await drawn();
    try {
      const loaded = await loadMini();
      const millions = number(loaded.model.countParameters() / 1e6, 1);
      fill(status, say.runsOn(loaded.description, millions));
      fill(place, show(loaded), status);
      place.querySelector<HTMLElement>('textarea, input')?.focus();
    } catch (error) {
      button.disabled = false;
      status.textContent = say.failed(error instanceof Error ? error.message : String(error));
    }
  }
}
