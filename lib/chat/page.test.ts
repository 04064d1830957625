import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import fs from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/notebooks/chromium.mjs';
import { chatForTests } from './testing/client';
import { GPT_MINI_DIR } from '../weights';
import { HAM, SPAM } from './testing/tiny-classifier';

const executablePath = findChromium();
if (!executablePath) {
  console.log('The page of the chat is not tested: no Chromium found (GPT_CHROMIUM can name one)');
}

/** Markup and addresses that would run in a page that does not treat text as text. */
const INJECTIONS = [
  '<script>hacked()</script>',
  '<SCRIPT SRC=/hacked.js></SCRIPT>',
  '<img src=x onerror=hacked()>',
  '<img src=x onerror="hacked()">',
  "<img src='x' onerror='hacked()'>",
  '<img/src/onerror=hacked()>',
  '<svg onload=hacked()>',
  '<svg><script>hacked()</script></svg>',
  '<svg><animate onbegin=hacked() attributeName=x dur=1s>',
  '<svg><use href="data:image/svg+xml,<svg id=x onload=hacked()>#x"/></svg>',
  '<body onload=hacked()>',
  '<iframe src=javascript:hacked()></iframe>',
  '<iframe srcdoc="<script>parent.hacked()</script>"></iframe>',
  '<object data=javascript:hacked()>',
  '<embed src=javascript:hacked()>',
  '<a href=javascript:hacked()>click</a>',
  '<a href="java&#115;cript:hacked()">click</a>',
  '<a href="data:text/html,<script>opener.hacked()</script>" target=_blank>click</a>',
  '<input autofocus onfocus=hacked()>',
  '<select autofocus onfocus=hacked()>',
  '<textarea autofocus onfocus=hacked()>',
  '<details open ontoggle=hacked()>',
  '<video src=x onerror=hacked()>',
  '<audio src=x onerror=hacked()>',
  '<video><source onerror=hacked()>',
  '<marquee onstart=hacked()>',
  '<form action=javascript:hacked()><button autofocus>x</form>',
  '<button formaction=javascript:hacked()>x</button>',
  '<math href=javascript:hacked()>click</math>',
  '<base href=https://evil.example/>',
  '<link rel=stylesheet href=https://evil.example/x.css>',
  '<meta http-equiv=refresh content="0;url=javascript:hacked()">',
  '<style>@import "https://evil.example/x.css"</style>',
  '<style>*{background:url(https://evil.example/)}</style>',
  '<div style="background:url(javascript:hacked())">',
  '<div style="width:expression(hacked())">',
  '<template><script>hacked()</script></template>',
  '<noscript><p title="</noscript><img src=x onerror=hacked()>">',
  '</textarea><script>hacked()</script>',
  '</p></article></main><script>hacked()</script>',
  '"><script>hacked()</script>',
  "'><img src=x onerror=hacked()>",
  '" onmouseover=hacked() autofocus onfocus=hacked() x="',
  '`-hacked()-`',
  '${hacked()} {{hacked()}} {{constructor.constructor("hacked()")()}}',
  "');hacked();//",
  'javascript:hacked()',
  '\u2028hacked()\u2029',
  '&lt;script&gt;hacked()&lt;/script&gt;',
  '<scr\u0000ipt>hacked()</scr\u0000ipt>',
  '\n\nevent: result\ndata: {"label": "<img src=x onerror=hacked()>"}\n\n',
  '<!--<img src="--><img src=x onerror=hacked()//">',
  '<![CDATA[<script>hacked()</script>]]>',
  '{"__proto__": {"innerHTML": "<img src=x onerror=hacked()>"}}',
];

/** Contents that anybody may have put into the browser's storage. */
const SPOILED = [
  '{',
  '7',
  '[null]',
  '[{"id": "<img src=x onerror=hacked()>"}]',
  '[{"id": "1", "request": {"text": "<img src=x onerror=hacked()>"}, "events": [["tokens", null]]}]',
  '[{"id": "1", "request": {"text": "a"}, "events": [["constructor", {}], ["result", {}]]}]',
  '[{"id": "1", "request": {"text": "a"}, "events": [], "state": "failed"}]',
];

describe.skipIf(!executablePath)('the page', () => {
  const t = chatForTests();
  const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  let browser: Browser;
  let page: Page;
  /** The faults that the page has shown. */
  let faults: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
  });
  beforeEach(() => () => page.context().close());

  async function open(options: BrowserContextOptions = {}, url = t.chat.url): Promise<void> {
    const context = await browser.newContext({ locale: 'en-US', ...options });
    page = await context.newPage();
    page.setDefaultTimeout(300_000);
    faults = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('dialog', (dialog) => void dialog.dismiss().then(() => faults.push('a dialog')));
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== new URL(url).origin && protocol !== 'blob:') faults.push(request.url());
    });
    await page.exposeFunction('hacked', () => faults.push('a text was run'));
    await page.exposeFunction('violated', (what: string) => faults.push(`CSP: ${what}`));
    await page.addInitScript(
      "addEventListener('securitypolicyviolation', (event) => violated(event.violatedDirective))",
    );
    await page.goto(url);
    await expectText('.connection', /Connected|Conectado/);
  }

  const panel = () => page.locator('[role=tabpanel]:visible');
  const last = (selector: string) => panel().locator('article').last().locator(selector);
  const field = () => panel().locator('[name=text]');
  const tab = (name: string) => page.getByRole('tab', { name });

  async function expectText(selector: string, text: string | RegExp): Promise<void> {
    await page.locator(selector).filter({ hasText: text }).first().waitFor();
  }

  /** Sends a text as a person does, and waits for the end of the answer. */
  async function say(text: string): Promise<void> {
    const before = await panel().locator('article').count();
    await field().fill(text);
    await field().press('Enter');
    await panel().locator('article').nth(before).waitFor();
    await panel().locator('.send:not(.stop)').waitFor();
  }

  async function violations(): Promise<string[]> {
    await page.evaluate(axe);
    const found =
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) =>' +
      ' `${id}: ${nodes.map(({ target }) => target).join(", ")}`))';
    return page.evaluate(found);
  }

  const fits = () =>
    page.evaluate<boolean>(
      'document.documentElement.scrollWidth <= innerWidth && [...document.querySelectorAll(' +
        '"button, select, textarea, .answer, .question")].every((element) => {' +
        ' const { left, right, width } = element.getBoundingClientRect();' +
        ' return !width || element.closest(".examples") || (left >= 0 && right <= innerWidth); })',
    );

  test('spam and ham, in steps', async () => {
    await open();
    await say(SPAM);
    expect(await last('.question').textContent()).toBe(SPAM);
    expect(await last('.said').textContent()).toMatch(/^Spam [>\d]/);
    expect((await last('.chip').allTextContents()).join('').replaceAll('·', ' ')).toBe(SPAM);
    const first = last('.bars .fill');
    const widths = await first.evaluateAll((bars) => bars.map((bar) => String(bar.style.width)));
    expect(parseFloat(widths[1])).toBeGreaterThan(90);
    expect((await last('mark').allTextContents()).slice(0, -2).join(' ')).toBe(SPAM);
    expect(await last('.words tbody tr').count()).toBe(6);
    expect(await last('.took').textContent()).toMatch(/^Answer after .* m?s, everything after/);
    await say(HAM);
    expect(await last('.said').textContent()).toMatch(/^Not spam/);
    const spoken = await page.locator('#announcements p').allTextContents();
    expect(spoken.map((text) => text.split(',')[0])).toEqual(['Spam', 'Not spam']);
    expect(faults).toEqual([]);
  });

  test('an example is sent by a click', async () => {
    await open();
    const example = panel().locator('.starters button').nth(1);
    const text = await example.textContent();
    await example.click();
    expect(await last('.question').textContent()).toBe(text);
    await last('.took').waitFor();
    expect(await panel().locator('.starters').isVisible()).toBe(false);
    expect(await panel().locator('.examples').isVisible()).toBe(true);
  });

  test('an empty message is not sent, and the page says why', async () => {
    await open();
    await field().fill(' \n ');
    await field().press('Enter');
    await expectText('.hint.error', 'There is nothing to read');
    expect(await panel().locator('article').count()).toBe(0);
  });

  test('long messages are cut off by the model, longer ones refused', async () => {
    await open();
    await say('free prize '.repeat(1000));
    expect(await last('.warning').textContent()).toMatch(
      /Only the first 64 tokens .* were cut off/,
    );
    expect(await last('.marked em').textContent()).toMatch(/[\d,]+ characters that were not read/);
    await last('.question button').click();
    expect((await last('.question').textContent())!.length).toBe(11_000);
    await say('x'.repeat(20_001));
    expect(await last('.error').textContent()).toMatch(/too long: at most 20,000/);
  });

  test(`${INJECTIONS.length} texts that want to be more than text are only shown`, async () => {
    await open();
    const look = async () => {
      const shown = await panel().locator('article .question').allTextContents();
      expect(shown).toEqual(INJECTIONS);
      const made =
        'main :is(script, img, svg, iframe, object, embed, video, audio, base, link,' +
        ' meta, style, form form, math, marquee, a)';
      expect(await page.locator(made).count()).toBe(0);
      const listeners = 'article :is([onerror], [onload], [onfocus], [onmouseover], [style*=url])';
      expect(await page.locator(listeners).count()).toBe(0);
    };
    for (const text of INJECTIONS) await say(text);
    await look();
    await page.reload();
    await last('.took').waitFor();
    await look();
    await tab('Continue').click();
    await panel().locator('summary').click();
    await panel().getByLabel('Tokens').fill('10');
    for (const text of INJECTIONS.slice(0, 5)) await say(text);
    expect(await last('.prompt').textContent()).toBe(INJECTIONS[4]);
    expect(await page.locator('article :is(script, img)').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test('nothing in the address or in a spoiled history runs', async () => {
    await open();
    await page.goto(`${t.chat.url}#<img src=x onerror=hacked()>`);
    for (const spoiled of SPOILED) {
      await page.evaluate(
        `localStorage.setItem('chat-history-classify', ${JSON.stringify(spoiled)})`,
      );
      await page.reload();
      await expectText('.connection', 'Connected');
      await say(SPAM);
      expect(await last('.said').textContent()).toMatch(/^Spam/);
    }
    expect(faults).toEqual([]);
  });

  test.each(['constructor', '__proto__', 'hasOwnProperty', 'tlh', '{'])(
    'settings that are nonsense count for nothing: “%s”',
    async (nonsense) => {
      await open();
      const names = ['language', 'theme', 'history-classify', 'history-generate'];
      const spoil = names.map((name) => `localStorage.setItem('chat-${name}', value)`).join(';');
      await page.evaluate(`{ const value = ${JSON.stringify(nonsense)}; ${spoil} }`);
      await page.reload();
      await expectText('.connection', 'Connected');
      expect(await page.locator('#theme').inputValue()).toBe('');
      await page.locator('#language').selectOption('pt-BR');
      expect(await page.locator('h2:visible').textContent()).toBe('Esta mensagem é spam?');
      await say(SPAM);
      await page.reload();
      expect(await panel().locator('.question').allTextContents()).toEqual([SPAM]);
      expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
      expect(faults).toEqual([]);
    },
  );

  test('an error with a name that every object has is only an error', async () => {
    await open();
    const error = { code: 'constructor', message: 'no <b>' };
    const exchange = { id: '1', request: { text: 'a' }, events: [], state: 'failed', error };
    const history = JSON.stringify(JSON.stringify([exchange]));
    await page.evaluate(`localStorage.setItem('chat-history-classify', ${history})`);
    await page.reload();
    expect(await last('.error').textContent()).toMatch(/^It could not be done: no <b>/);
    expect(faults).toEqual([]);
  });

  for (const [name, how] of Object.entries({
    denied: `Object.defineProperty(window, 'localStorage', {
      get() { throw new DOMException('The operation is insecure.', 'SecurityError'); } })`,
    absent: `Object.defineProperty(window, 'localStorage', { value: null })`,
    'without room': `Storage.prototype.setItem = () => {
      throw new DOMException('', 'QuotaExceededError'); }`,
  })) {
    test(`storage that is ${name}: the page works, and says what it cannot keep`, async () => {
      await open();
      await page.addInitScript(how);
      await page.reload();
      await expectText('.connection', 'Connected');
      expect(await panel().locator('.unkept').isVisible()).toBe(false);
      await say(SPAM);
      await say(HAM);
      expect(await panel().locator('.unkept').textContent()).toMatch(
        /lost when you leave the page: 2\./,
      );
      await page.locator('#theme').selectOption('dark');
      await page.locator('#language').selectOption('pt-BR');
      expect(await panel().locator('.question').allTextContents()).toEqual([SPAM, HAM]);
      expect(await last('.said').textContent()).toMatch(/^Não é spam/);
      expect(await panel().locator('.unkept').textContent()).toMatch(/quando você sair dela: 2\./);
      expect(await violations()).toEqual([]);
      const downloading = page.waitForEvent('download');
      await panel().getByRole('button', { name: 'Baixar' }).click();
      const saved = JSON.parse(
        fs.readFileSync(await (await downloading).path(), 'utf8'),
      ) as object[];
      expect(saved).toHaveLength(2);
      await panel().getByRole('button', { name: 'Limpar' }).click();
      expect(await panel().locator('.question').count()).toBe(0);
      await panel().getByRole('button', { name: 'Desfazer' }).click();
      expect(await panel().locator('.question').count()).toBe(2);
      expect(faults).toEqual([]);
    });
  }

  test('where the storage becomes full, nothing that was kept goes, and all comes back with room', async () => {
    await open();
    await say(SPAM);
    const fill = `{
      localStorage.removeItem('chat-history-generate');
      let text = 'x'.repeat(2 ** 23);
      for (let step = text.length; step >= 1; step /= 2) {
        try { localStorage.setItem('chat-history-generate', text); text += 'x'.repeat(step); }
        catch { text = text.slice(step); }
      }
    }`;
    await page.evaluate(fill);
    await say(HAM);
    await say(SPAM);
    await expectText('.unkept:visible', /lost when you leave the page: 2\./);
    await page.locator('#language').selectOption('pt-BR');
    await page.locator('#language').selectOption('en');
    expect(await panel().locator('.question').allTextContents()).toEqual([SPAM, HAM, SPAM]);
    const stored = `JSON.parse(localStorage.getItem('chat-history-classify')).length`;
    expect(await page.evaluate(stored)).toBeLessThan(3);
    await page.evaluate(`localStorage.removeItem('chat-history-generate')`);
    await say(HAM);
    expect(await panel().locator('.unkept').isVisible()).toBe(false);
    await page.reload();
    expect(await panel().locator('.question').allTextContents()).toEqual([SPAM, HAM, SPAM, HAM]);
    expect(faults).toEqual([]);
  });

  test('the server goes and comes back', async () => {
    const server = await t.start();
    await open({}, server.url);
    await server.close();
    await say(SPAM);
    expect(await last('.error').textContent()).toMatch(/does not answer/);
    await page.locator('#offline').waitFor();
    expect(await violations()).toEqual([]);
    await t.start({ port: server.port });
    await page.locator('#offline').waitFor({ state: 'hidden' });
    await last('.error button').click();
    await last('.said').waitFor();
    expect(await panel().locator('article').count()).toBe(1);
    const spoken = (await page.locator('#announcements').textContent())!;
    expect(spoken).toMatch(/does not answer.*The server is back/s);
  });

  test('without a classifier it says what makes one', async () => {
    const server = await t.start({ classifierDir: `${t.dir}-absent` });
    await open({}, server.url);
    await expectText('.notice', /notebook 6.*\.\/gpt chat --train/);
    await say(SPAM);
    expect(await last('.error').textContent()).toMatch(/no such model/);
  });

  test('history survives a reload, is downloaded, cleared and brought back', async () => {
    await open();
    await say(SPAM);
    await say(HAM);
    await page.reload();
    expect(await panel().locator('.question').allTextContents()).toEqual([SPAM, HAM]);
    expect(await last('.said').textContent()).toMatch(/^Not spam/);
    const downloading = page.waitForEvent('download');
    await panel().getByRole('button', { name: 'Download' }).click();
    const file = await (await downloading).path();
    const saved = JSON.parse(fs.readFileSync(file, 'utf8')) as { request: object }[];
    expect(saved.map(({ request }) => request)).toEqual([{ text: SPAM }, { text: HAM }]);
    await panel().getByRole('button', { name: 'Clear' }).click();
    expect(await panel().locator('.question').count()).toBe(0);
    await panel().getByRole('button', { name: 'Undo' }).click();
    expect(await panel().locator('.question').count()).toBe(2);
    await panel().getByRole('button', { name: 'Clear' }).click();
    await page.reload();
    expect(await panel().locator('article').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test('the models are named with the size that the server says', async () => {
    await open();
    await tab('Continue').click();
    const mini = page.locator('option[value=gpt-mini]').first();
    const named = (text: string) => mini.filter({ hasText: text }).waitFor({ state: 'attached' });
    await named('gpt-mini (4.4 million parameters)');
    await page.route('**/health', async (route) => {
      const state = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...state, parameters: { 'gpt-mini': 5_550_000 } } });
    });
    await page.locator('#language').selectOption('pt-BR');
    await named('gpt-mini (5,6 milhões de parâmetros)');
  });

  test('a text is written token by token, and Stop stops the model', async () => {
    await open();
    await tab('Continue').click();
    await panel().locator('summary').click();
    await panel().getByLabel('Tokens').fill('500');
    await field().fill('Era uma vez');
    await field().press('Enter');
    await last('.token').nth(3).waitFor();
    expect((await t.chat.health()).running).toBe(1);
    await panel().getByRole('button', { name: 'Stop' }).click();
    await expectText('article .fine', 'Stopped.');
    await t.chat.idle();
    const count = await last('.token').count();
    expect(count).toBeLessThan(400);
    await page.reload();
    expect(await last('.token').count()).toBe(count);
    await last('.token').nth(2).hover();
    expect(await last('.inspector').textContent()).toMatch(/Token 3 of .*%, rank \d/);
    expect(await last('.candidates li').count()).toBeGreaterThanOrEqual(5);
  });

  test('an instruction, with a text that it is about, is answered after its prompt', async () => {
    const server = await t.start({ instructionDir: GPT_MINI_DIR });
    await open({}, server.url);
    await tab('Follow').click();
    expect(await panel().locator('.notice').isVisible()).toBe(false);
    await panel().locator('summary').click();
    await panel().getByLabel('Tokens').fill('10');
    await panel().getByLabel('Text that it is about').fill('The sea is <b>blue</b>.');
    await say('Name a colour.');
    expect(await last('.question').textContent()).toBe('Name a colour.\n\nThe sea is <b>blue</b>.');
    await last('.given summary').click();
    expect(await last('.given p').textContent()).toMatch(/### Input:\nThe sea is <b>blue<\/b>\./);
    expect(await last('.token').count()).toBeGreaterThan(0);
    expect(await violations()).toEqual([]);
    expect(faults).toEqual([]);
    await open();
    await tab('Follow').click();
    await expectText('[id=instruct] .notice', /Notebook 7 makes one/);
  });

  test('everything by keyboard', async () => {
    await open();
    const focused = () =>
      page.evaluate<string>(
        'document.activeElement.id || document.activeElement.name || ' +
          'document.activeElement.className || document.activeElement.textContent',
      );
    const tabTo = async (name: string) => {
      for (let i = 0; i < 20 && (await focused()) !== name; i++) await page.keyboard.press('Tab');
      expect(await focused()).toBe(name);
    };
    await tabTo('language');
    await tabTo('theme');
    await tabTo('tab-classify');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('tab-generate');
    await tabTo('text');
    await page.keyboard.type('Once upon a time');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('there');
    await page.keyboard.press('Enter');
    await panel().locator('.send:not(.stop)').waitFor();
    expect(await last('.question').textContent()).toBe('Once upon a time\nthere');
    await page.keyboard.press('Shift+Tab');
    for (let i = 0; i < 10 && (await focused()) !== 'list'; i++)
      await page.keyboard.press('Shift+Tab');
    expect(await focused()).toBe('list');
    await page.keyboard.press('ArrowRight');
    expect(await last('.inspector').textContent()).toMatch(/Token 2 of/);
    await page.keyboard.press('End');
    expect(await last('.token').last().getAttribute('aria-selected')).toBe('true');
    await tabTo('clear');
    await page.keyboard.press('Enter');
    expect(await panel().locator('.question').count()).toBe(0);
    expect(await violations()).toEqual([]);
  });

  test('in the browser’s language, or the one that is chosen', async () => {
    await open({ locale: 'pt-BR' });
    await say(SPAM);
    expect(await last('summary').first().textContent()).toMatch(/^O que o modelo leu/);
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
    await page.locator('#language').selectOption('en');
    expect(await last('summary').first().textContent()).toMatch(/^What the model read/);
    await page.reload();
    expect(await page.locator('h2:visible').textContent()).toBe('Is this message spam?');
  });

  for (const [name, options] of Object.entries({
    wide: { colorScheme: 'light' },
    'wide and dark': { colorScheme: 'dark', locale: 'pt-BR' },
    phone: { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true },
    'dark phone': {
      viewport: { width: 360, height: 740 },
      isMobile: true,
      hasTouch: true,
      colorScheme: 'dark',
      locale: 'pt-BR',
    },
  } satisfies Record<string, BrowserContextOptions>)) {
    test(`nothing that axe objects to, and nothing beyond the edge: ${name}`, async () => {
      await open(options);
      expect(await violations()).toEqual([]);
      expect(await fits()).toBe(true);
      await say(SPAM);
      await say('free prize '.repeat(100));
      expect(await violations()).toEqual([]);
      expect(await fits()).toBe(true);
      await page.getByRole('tab').nth(1).click();
      await panel().locator('summary').click();
      await page.locator('[name=maxNewTokens]:visible').fill('10');
      await say('Era uma vez');
      await last('.token').first().click();
      expect(await violations()).toEqual([]);
      expect(await fits()).toBe(true);
      await page.getByRole('tab').nth(2).click();
      expect(await violations()).toEqual([]);
      expect(await fits()).toBe(true);
      expect(faults).toEqual([]);
    });
  }
});
