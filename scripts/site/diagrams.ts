// The notebooks' mermaid diagrams as pictures, drawn by mermaid in a Chromium when the site is built.

import { createHash } from 'node:crypto';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from '../notebooks/chromium.mjs';
import { escapeHtml } from './markdown';
import { npmFiles } from './tools';

const FENCE = /^```mermaid\n([\s\S]*?)^```$/gm;

export const diagramsIn = (text: string): string[] =>
  [...text.matchAll(FENCE)].map((match) => match[1]);

interface Mermaid {
  initialize(options: object): void;
  render(id: string, source: string): Promise<{ svg: string }>;
}

/** Each diagram's picture, by its source. Without a Chromium there are none, and it says so. */
export async function drawDiagrams(
  root: string,
  sources: readonly string[],
): Promise<Map<string, string>> {
  const pictures = new Map<string, string>();
  const executablePath = findChromium();
  if (sources.length && executablePath === undefined) {
    console.log('site: no Chromium found (GPT_CHROMIUM): diagrams stay as their sources');
  }
  if (!sources.length || executablePath === undefined) return pictures;
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ offline: true });
    await page.setContent('<!doctype html><body style="font-family: system-ui, sans-serif">');
    await page.addScriptTag({ path: path.join(npmFiles(root, 'mermaid'), 'dist/mermaid.min.js') });
    for (const source of new Set(sources)) {
      const id = `diagram-${createHash('sha256').update(source).digest('hex').slice(0, 8)}`;
      const svg = await page.evaluate(
        async ([id, source]) => {
          const { mermaid } = globalThis as unknown as { mermaid: Mermaid };
          mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', htmlLabels: false });
          return (await mermaid.render(id, source)).svg;
        },
        [id, source],
      );
      pictures.set(source, svg);
    }
    return pictures;
  } finally {
    await browser.close();
  }
}

/** The text with its diagrams as pictures: markup of one line, which Markdown leaves alone. */
export function withDiagrams(text: string, drawn: ReadonlyMap<string, string>): string {
  return text.replace(FENCE, (fence: string, source: string) => {
    const svg = drawn.get(source);
    if (svg === undefined) return fence.replace('```mermaid', '```text');
    const name = /accTitle: *(.*)/.exec(source)?.[1] ?? '';
    const label = escapeHtml(name);
    return `<figure class="gpt-diagram" tabindex="0" role="group" aria-label="${label}">${svg.replace(/\s*\n\s*/g, ' ')}</figure>`;
  });
}
