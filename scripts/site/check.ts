// Looks at the built site as a reader's browser would: every link, and every page in a Chromium,
// with axe, and with a record of what it asks for.

import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults, RunOnly } from 'axe-core';
import { chromium, type Page } from 'playwright-core';
import { findChromium } from '../notebooks/chromium.mjs';
import type { HTMLElement } from 'node-html-parser';
import { htmlFiles, readPage } from './html';
import { SiteError } from './tools';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const ALL_RULES: RunOnly = { type: 'tag', values: TAGS };
/** All that the dark theme changes. */
const CONTRAST: RunOnly = { type: 'rule', values: ['color-contrast'] };
/** Pages of source code are all alike: of these only so many are opened. Links are checked in all. */
const SOURCE_PAGES = 3;

/** Prints what is wrong. Returns whether nothing is. */
export async function checkSite(site: string): Promise<boolean> {
  if (!fs.existsSync(path.join(site, 'index.html'))) {
    throw new SiteError(`there is no site in ${site}: build it first (./gpt site)`);
  }
  const files = htmlFiles(site);
  const links = checkLinks(site, files);
  for (const problem of links.problems) console.log(`FAIL ${problem}`);
  console.log(`site: ${links.count} links and addresses in ${files.length} pages`);
  const problems = await openPages(site, files);
  for (const problem of problems) console.log(`FAIL ${problem}`);
  const failed = links.problems.length + problems.length;
  console.log(failed ? `site: ${failed} things to fix` : 'site: nothing to fix');
  return failed === 0;
}

/** Every link of every page leads to a file, and its anchor to a place in it. */
export function checkLinks(site: string, files: readonly string[]) {
  const problems: string[] = [];
  const anchors = new Map<string, Set<string>>();
  const anchorsOf = (file: string) => {
    let known = anchors.get(file);
    if (!known) {
      const named = readPage(path.join(site, file)).querySelectorAll('[id], [name]');
      known = new Set(
        named.flatMap((each) => [each.getAttribute('id') ?? '', each.getAttribute('name') ?? '']),
      );
      anchors.set(file, known);
    }
    return known;
  };
  let count = 0;
  for (const file of files) {
    for (const { tag, attribute, address } of addressesIn(readPage(path.join(site, file)))) {
      count++;
      if (/^(data|mailto):/.test(address)) continue;
      if (/^([a-z]+:)?\/\//i.test(address)) {
        if (tag !== 'a') problems.push(`${file}: <${tag} ${attribute}> outside: ${address}`);
        continue;
      }
      const [place, anchor] = address.split('#');
      const name = decodeURI(place.split('?')[0]);
      const target = name ? path.posix.join(path.posix.dirname(file), name) : file;
      if (!fs.existsSync(path.join(site, target))) problems.push(`${file}: no ${address}`);
      else if (anchor && target.endsWith('.html') && !anchorsOf(target).has(decodeURI(anchor))) {
        problems.push(`${file}: no place ${address}`);
      }
    }
  }
  return { problems, count };
}

/** What a page links to or loads, in its order. */
function* addressesIn(page: HTMLElement) {
  for (const element of page.querySelectorAll('[href], [src], [srcset]')) {
    for (const [attribute, address] of Object.entries(element.attributes)) {
      if (!['href', 'src', 'srcset'].includes(attribute)) continue;
      yield { tag: element.rawTagName, attribute, address };
    }
  }
}

async function openPages(site: string, files: readonly string[]): Promise<string[]> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new SiteError('the check needs a Chromium: install one, or name it in GPT_CHROMIUM');
  }
  const sources = files.filter((file) => /\.(ts|py|mjs|json)\.html$/.test(file));
  const left = new Set(sources.slice(SOURCE_PAGES));
  const opened = files.filter((file) => !left.has(file));
  console.log(
    `site: opening ${opened.length} pages in both themes, the dark one for its contrast; ` +
      `${left.size} more pages of source code, which are like the ones opened, are left out`,
  );
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const problems: string[] = [];
  let done = 0;
  try {
    for (const theme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ colorScheme: theme });
      const page = await context.newPage();
      page.setDefaultTimeout(300_000);
      let file = '';
      page.on('request', (request) => {
        const url = request.url();
        if (!/^(file|data|blob):/.test(url)) problems.push(`${file}: asks for ${url}`);
      });
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(`${file}: ${message.text()}`);
      });
      page.on('pageerror', (error) => problems.push(`${file}: ${error.message}`));
      for (file of opened) {
        await page.goto(pathToFileURL(path.join(site, file)).href);
        await useWidgets(page);
        if (theme === 'light') await page.evaluate(drawAllPlots);
        if (!sources.includes(file)) await page.evaluate(dropSyntaxColors);
        const rules = theme === 'light' ? ALL_RULES : CONTRAST;
        for (const found of await axe(page, rules)) problems.push(`${file} (${theme}): ${found}`);
        if (++done % 20 === 0) console.log(`site: ${done} of ${2 * opened.length} looked at`);
      }
      await context.close();
    }
  } finally {
    await browser.close();
  }
  return problems;
}

/** A widget that asks to load the model does so. */
async function useWidgets(page: Page): Promise<void> {
  const widget = page.locator('[data-gpt]');
  if (!(await widget.count())) return;
  const load = widget.locator(':scope > button.gpt-primary');
  if (await load.count()) {
    await load.click();
    await widget.locator('textarea').waitFor();
  }
  await widget.locator('textarea, input').first().waitFor();
}

/** Plots are drawn when the reader comes near: goes to each of them. */
async function drawAllPlots(): Promise<void> {
  const page = globalThis as unknown as {
    document: {
      querySelectorAll(selector: string): Iterable<{
        scrollIntoView(): void;
        querySelector(selector: string): unknown;
      }>;
    };
  };
  for (const plot of page.document.querySelectorAll('.gpt-plot')) {
    plot.scrollIntoView();
    for (let tries = 0; !plot.querySelector('.main-svg') && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Tens of thousands of elements, whose colours are those of the pages of source code. */
function dropSyntaxColors(): void {
  const page = globalThis as unknown as {
    document: { querySelectorAll(selector: string): Iterable<{ textContent: string }> };
  };
  for (const code of page.document.querySelectorAll('.highlight pre')) {
    code.textContent = String(code.textContent);
  }
}

async function axe(page: Page, rules: RunOnly): Promise<string[]> {
  await page.addScriptTag({ path: createRequire(__filename).resolve('axe-core/axe.min.js') });
  const { violations } = await page.evaluate(
    (runOnly) =>
      (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({
        runOnly,
        resultTypes: ['violations'],
        preload: false, // which asks for the style sheets anew
      }),
    rules,
  );
  return violations.map(
    ({ id, nodes }) => `axe ${id}: ${nodes.length} times, first ${nodes[0].html.slice(0, 160)}`,
  );
}
