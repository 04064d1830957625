import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkLinks } from './check';
import { rewriteLinks } from './markdown';
import { Sources, type Page } from './sources';

let root: string;

beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-links-'));
});
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

function write(files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), content);
  }
}

describe('links of the repository', () => {
  let sources: Sources;
  const page = (source: string): Page => sources.pages.find((each) => each.source === source)!;

  beforeAll(() => {
    write({
      'README.md': '',
      'README.pt-BR.md': '',
      LICENSE: '',
      'lib/model.ts': '',
      'lib/model.test.ts': '',
      'notebooks/01-a.ipynb': '',
      'notebooks/solutions/01-a.ipynb': '',
      'notebooks/pt/01-a.ipynb': '',
    });
    sources = new Sources(root);
  });

  test.each([
    ['README.md', '[a](notebooks/01-a.ipynb#x "t")', '[a](notebooks/01-a.ipynb#x "t")'],
    ['README.md', '[`model`](lib/model.ts)', '[`model`](lib/model.ts.md)'],
    ['README.md', '[all](notebooks/solutions)', '[all](notebooks/index.md)'],
    ['README.md', '[free](LICENSE)', '[free](LICENSE.md)'],
    ['README.md', '[pt](README.pt-BR.md)', '<a href="pt/README.html">pt</a>'],
    [
      'notebooks/pt/01-a.ipynb',
      '[en](../01-a.ipynb)',
      '<a href="../../notebooks/01-a.html">en</a>',
    ],
    [
      'notebooks/pt/01-a.ipynb',
      '[m](../../lib/model.ts)',
      '<a href="../../lib/model.ts.html">m</a>',
    ],
    ['notebooks/solutions/01-a.ipynb', '[up](../01-a.ipynb)', '[up](../01-a.ipynb)'],
    ['README.md', '[web](https://example.org/a) `[a](b)`', '[web](https://example.org/a) `[a](b)`'],
    ['README.md', '```\n[a](LICENSE)\n```', '```\n[a](LICENSE)\n```'],
  ])('in %s: %s', (source, text, expected) => {
    expect(rewriteLinks(text, page(source), sources)).toBe(expected);
    expect(sources.broken).toEqual([]);
  });

  test('that lead nowhere, or outside the repository, are named', () => {
    for (const link of ['gone.md', '../secret.txt']) {
      expect(rewriteLinks(`[a](${link})`, page('README.md'), sources)).toBe(`[a](${link})`);
    }
    expect(sources.broken).toEqual(['README.md: gone.md', 'README.md: ../secret.txt']);
  });

  test('know the page of the same file in the other language', () => {
    expect(sources.twin(page('notebooks/01-a.ipynb'))).toBe(page('notebooks/pt/01-a.ipynb'));
    expect(sources.twin(page('README.pt-BR.md'))).toBe(page('README.md'));
    expect(sources.twin(page('notebooks/solutions/01-a.ipynb'))).toBeUndefined();
  });

  test('leave tests of the library out', () => {
    expect(page('lib/model.ts').doc).toBe('lib/model.ts');
    expect(page('lib/model.test.ts')).toBeUndefined();
  });
});

test('the check of the built site names dead links, missing places and addresses outside', () => {
  write({
    'site/a.html': [
      '<a href="b.html">b</a><a href="b.html#here">b</a><a href="https://example.org">web</a>',
      '<a href="c.html">c</a><a href="b.html#there">b</a><img src="d.png?v=1">',
      '<script src="https://example.org/x.js">"<a href=\'in-a-string\'>"</script>',
    ].join('\n'),
    'site/b.html': '<h2 id="here">b</h2>',
  });
  const { problems, count } = checkLinks(path.join(root, 'site'), ['a.html', 'b.html']);
  expect(count).toBe(7);
  expect(problems).toEqual([
    'a.html: no c.html',
    'a.html: no place b.html#there',
    'a.html: no d.png?v=1',
    'a.html: <script src> outside: https://example.org/x.js',
  ]);
});
