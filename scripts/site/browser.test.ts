import { build } from 'esbuild';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { initBackend, tf } from '../../lib/backend';
import { generate, type GenerateOptions } from '../../lib/decoding';
import { loadPretrained, type LanguageModel } from '../../lib/weights';
import { findChromium } from '../notebooks/chromium.mjs';
import { bundleForBrowser, browserBackend } from './bundle';

const executablePath = findChromium();
const TEXT = 'It is a truth — desconectado, 1234 😀';

/** What the page is asked to run; the names are those of the scripts. */
interface Widgets {
  gptTokenizer: typeof import('./browser/tokenizer');
  gptModel: typeof import('./browser/model');
  gptMini: import('./browser/weights').PackedModel;
  started: import('./browser/model').Started;
}

if (!executablePath) console.log('skipped: the site in a browser (no Chromium, see GPT_CHROMIUM)');

describe.skipIf(!executablePath)('in a page opened from a folder', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-site-'));
  const asked: string[] = [];
  let browser: Browser;
  let page: Page;
  let mini: LanguageModel;
  let ids: number[];

  beforeAll(async () => {
    await initBackend();
    mini = await loadPretrained('gpt-mini');
    ids = mini.tokenizer.encode(TEXT);
    await bundleForBrowser(folder);
    const scripts = ['tokenizer', 'model', 'mini'].map((name) => `gpt-${name}.js`);
    const html = scripts.map((script) => `<script src="${script}"></script>`).join('');
    fs.writeFileSync(
      path.join(folder, 'page.html'),
      `<!doctype html><meta charset="utf-8">${html}`,
    );
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.setDefaultTimeout(300_000);
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(path.join(folder, 'page.html')).href);
    await page.evaluate(async () => {
      const widgets = globalThis as unknown as Widgets;
      widgets.started = await widgets.gptModel.startModel(widgets.gptMini);
    });
  });

  afterAll(async () => {
    mini?.model.dispose();
    await browser?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test('computes on WebAssembly and asks for nothing outside', async () => {
    const description = await page.evaluate(
      () => (globalThis as unknown as Widgets).started.description,
    );
    expect(description).toMatch(/^WebAssembly/);
    expect(asked.filter((url) => !/^(file|blob|data):/.test(url))).toEqual([]);
  });

  test('has the tokens that Node has, by both vocabularies', async () => {
    const found = await page.evaluate((text) => {
      const { gptTokenizer } = globalThis as unknown as Widgets;
      return [gptTokenizer.miniTokenizer(), gptTokenizer.gpt2Tokenizer()].map((tokenizer) =>
        tokenizer.encode(text),
      );
    }, TEXT);
    const { BPETokenizer } = await import('../../lib/tokenizer');
    expect(found).toEqual([ids, BPETokenizer.gpt2().encode(TEXT)]);
  });

  test('has the logits and the attention that Node has', async () => {
    const found = await page.evaluate((ids) => {
      const { gptModel, started } = globalThis as unknown as Widgets;
      return {
        logits: gptModel.logitsOf(started.model, ids),
        attention: gptModel.attentionOf(started.model, ids),
      };
    }, ids);
    const expected = tf.tidy(() => {
      const { logits, attention } = mini.model.trace([ids]);
      return { logits: logits.arraySync()[0], attention: attention.map((a) => a.arraySync()) };
    });
    const furthest = (a: number[], b: number[]) =>
      a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
    expect(found.logits).toHaveLength(ids.length);
    expect(furthest(found.logits.flat(), expected.logits.flat())).toBeLessThan(1e-3);
    const flat = (nested: unknown) => (nested as number[][]).flat(Infinity) as number[];
    expect(flat(found.attention)).toHaveLength(flat(expected.attention).length);
    expect(furthest(flat(found.attention), flat(expected.attention))).toBeLessThan(1e-4);
  });

  test.each([
    ['greedily', { maxNewTokens: 12 }],
    ['by chance, with a seed', { maxNewTokens: 12, temperature: 0.8, topK: 50, seed: 7 }],
  ] as [string, GenerateOptions][])('writes what Node writes, %s', async (_, options) => {
    const [whole, stepped] = await page.evaluate(
      async ([ids, options]) => {
        const { gptModel, started } = globalThis as unknown as Widgets;
        const whole: number[] = [];
        for await (const id of gptModel.generate(started.model, ids, options)) whole.push(id);
        const stepper = new gptModel.Stepper(started.model);
        const { maxNewTokens, seed = 0, ...sampling } = options;
        const all = [...ids];
        for (let step = 0; step < maxNewTokens; step++) {
          all.push(stepper.choose(all, { ...sampling, seed, step }).drawn);
        }
        stepper.forget();
        return [whole, all.slice(ids.length)];
      },
      [ids, options] as const,
    );
    const expected: number[] = [];
    for await (const id of generate(mini.model, ids, options)) expected.push(id);
    expect(whole).toEqual(expected);
    expect(stepped).toEqual(expected);
  });
});

test('nn, tokenizer, attention, model and decoding need nothing of Node', async () => {
  const names = ['nn', 'tokenizer', 'attention', 'model', 'decoding'];
  const contents = names.map((name) => `export * from './lib/${name}';`).join('\n');
  const bundle = (contents: string) =>
    build({
      stdin: { contents, resolveDir: path.resolve(__dirname, '..', '..') },
      bundle: true,
      write: false,
      logLevel: 'silent',
      platform: 'browser',
      plugins: [browserBackend],
    });
  await expect(bundle(contents)).resolves.toBeTruthy();
  await expect(bundle(`export * from './lib/data';`)).rejects.toThrow(/node:/);
});
