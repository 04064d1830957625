// What every page runs: plots, and the widgets that the page has a place for.

import { attentionWidget } from './attention';
import { watchTheme } from './dom';
import { filmWidget } from './film';
import { generateWidget } from './generate';
import { drawPlots } from './plots';
import { say } from './strings';
import { tokensWidget } from './tokens';

const widgets: Record<string, (place: HTMLElement) => void | Promise<void>> = {
  tokens: tokensWidget,
  attention: attentionWidget,
  generate: generateWidget,
  film: filmWidget,
};

function start(): void {
  watchTheme();
  drawPlots();
  for (const place of document.querySelectorAll<HTMLElement>('[data-gpt]')) {
    Promise.resolve(widgets[place.dataset.gpt!](place)).catch((error: unknown) => {
      place.textContent = say.failed(error instanceof Error ? error.message : String(error));
    });
  }
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
else start();
