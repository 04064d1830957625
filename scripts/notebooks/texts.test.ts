import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { notebookFiles, readNotebook, ROOT, type Cell, type Notebook } from './cells';
import { codeAlone, commentsOf, translateComments } from './comments';
import { checkTexts, readTexts, textsOf } from './texts';
import { libraryFiles } from './types';

const cellsOf = (...sources: string[]): Cell[] =>
  sources.map((source, i) => ({
    id: `cell${i}`,
    type: 'code',
    source,
    tags: [],
    outputs: [],
    leftovers: [],
  }));
const textsIn = (...sources: string[]) => [...textsOf(cellsOf(...sources)).texts.keys()];
const problemsIn = (...sources: string[]) =>
  textsOf(cellsOf(...sources)).problems.map(({ message }) => message);

describe('the texts of cells', () => {
  test.each<[string, string[], string[]]>([
    ['sentences', ["print('{n} tokens', { n });"], ['{n} tokens']],
    [
      'both of two sentences',
      ["print(n === 1 ? 'one token' : 'tokens');"],
      ['one token', 'tokens'],
    ],
    [
      'a title, axes and a description',
      [
        "plot([{ type: 'scatter', name: 'ours' }], { alt: 'It falls.', xaxis: { title: 'step' } });",
      ],
      ['ours', 'It falls.', 'step'],
    ],
    [
      'a long one in two pieces',
      ["plot(d, { alt: 'It falls, ' + 'and rises.' });"],
      ['It falls, and rises.'],
    ],
    [
      'curves by their names',
      ["linePlot({ train, 'in test': b }, { alt });"],
      ['train', 'in test'],
    ],
    ['heads and cells', ["table([{ word: 'none', id: 3 }]);"], ['word', 'none', 'id']],
    ['a head named columns', ["table([{ columns, 'read at': 3 }]);"], ['columns', 'read at']],
    ['a frame', ["table({ columns: ['word'], values: [['none']] });"], ['word', 'none']],
    [
      'rows made in another cell',
      ["const rows = words.map((word) => ({ word, 'how often': 1 }));", 'table(rows);'],
      ['word', 'how often'],
    ],
    [
      'names that a loop gives',
      ["for (const [label, x] of [['one head', a]]) heatmap(x, { alt: label });"],
      ['one head'],
    ],
    [
      'names that a callback gets',
      ["const ways = [{ what: 'all layers' }];", 'table(ways.map(({ what }) => ({ what })));'],
      ['what', 'all layers'],
    ],
    [
      'what a function of the cells is given',
      [
        "function check(claim: string) { print('checked: {claim}', { claim }); }",
        "check('it holds');",
      ],
      ['checked: {claim}', 'it holds'],
    ],
    [
      'what is put into a list later',
      ['const rows: Row[] = [];', "rows.push({ 'how often': 1 });", 'table(rows);'],
      ['how often'],
    ],
    [
      'what is read from an object of the cells',
      [
        "const ways = [{ name: 'all layers', x: 1 }];",
        'for (const way of ways) plot(d, { alt: way.name });',
      ],
      ['all layers'],
    ],
    [
      'the names of an object that is gone through',
      [
        'const rows = Object.entries({ mean: 1 }).map(([name, value]) => ({ name, value }));',
        'table(rows);',
      ],
      ['name', 'mean', 'value'],
    ],
    [
      'the names of an object that a function of the cells makes',
      [
        'function parts(): Record<string, number> { return { "output head": 1 }; }',
        'table(Object.entries(parts()).map(([part]) => ({ part })));',
      ],
      ['part', 'output head'],
    ],
    ['labels of texts, not their tokens', ["showTokens({ 'GPT-2': ['the', 'cat'] });"], ['GPT-2']],
    [
      'the notes of a progress bar',
      ['const bar = progress(3);', "bar.update(1, 'half way');"],
      ['half way'],
    ],
    [
      'neither data nor code',
      ["table([{ n: f('the cat'), w: row['of it'] }]);", "const t = 'a text';"],
      [],
    ],
    ['nor examples of each language', ["table(byLanguage({ en: [{ a: 'cat' }], pt: [] }));"], []],
  ])('are %s', (_, cells, expected) => {
    expect(textsIn(...cells)).toEqual(expected);
  });

  test.each<[string, string, RegExp]>([
    ['a sentence that is printed by itself', 'console.log(`${n} tokens`);', /prints "tokens"/],
    ['a title put together', 'plot(d, { alt: `${n} tokens` });', /"tokens" is put together/],
    ['one added up', "table(rows, { caption: 'of ' + name });", /"of" is put together/],
    ['words in markup', 'show(html`<p>the <b>${x}</b></p>`, x);', /shows "the …"/],
  ])('%s is a fault', (_, source, expected) => {
    expect(problemsIn(source)[0]).toMatch(expected);
  });

  test('ten that are planted in a chapter are all found', () => {
    const file = notebookFiles().find((each) => each.endsWith('02-attention.ipynb'))!;
    const chapter = readNotebook(file);
    const table = readTexts(file)!;
    const plant = (id: string, find: string, by: string) => (cell: Cell) => {
      if (cell.id !== id) return cell;
      expect(cell.source, id).toContain(find);
      return { ...cell, source: cell.source.replace(find, by) };
    };
    const planted: [string, string, string][] = [
      ['qkv-table', 'token, query:', "'planted one': i, token, query:"],
      ['dot-angle', "'arrows of length 1'", "'planted two'"],
      ['scores', "alt: 'Scores of", "alt: 'Planted three. Scores of"],
      ['end', "print('No", "print('Planted four. No"],
      ['end', "print('", "console.log('planted five');\nprint('"],
      ['task', "'example 2'", "'planted six'"],
      ['escape', "'word + position' : 'word'", "'planted seven' : 'word'"],
      ['quarters', "'One head: a line'", "'Planted eight'"],
      ['many', 'panels: panels.map(', 'xaxis: `planted nine ${nHeads}`, panels: panels.map('],
      ['halves', "columns: ['token'", "columns: ['planted ten'"],
    ];
    const cells = planted.reduce(
      (all, [id, find, by]) => all.map(plant(id, find, by)),
      chapter.cells as Cell[],
    );
    const findings = checkTexts({ ...chapter, cells } as Notebook, table);
    const said = findings.map(({ message }) => message).join('\n');
    const numbers = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
    expect(numbers.filter((n) => !new RegExp(`planted ${n}`, 'i').test(said))).toEqual([]);
    expect(checkTexts(chapter, table)).toEqual([]);
  });
});

describe('a table of texts', () => {
  const notebook = (source: string) =>
    ({ name: '02.ipynb', path: '/x/02.ipynb', cells: cellsOf(source) }) as unknown as Notebook;
  const said = (source: string, table: Record<string, string>) =>
    checkTexts(notebook(source), table).map(({ message }) => message.replace(/^\S+\.json:? /, ''));

  test('lacks what changed, and keeps what is said no longer: the twin is marked by one command', () => {
    expect(said("print('four words');", { 'three words': 'três palavras' })).toEqual([
      'lacks "four words"',
      'no cell says "three words" any more',
    ]);
  });

  test('names the values of the English', () => {
    expect(said("print('{n} words', { n });", { '{n} words': '{m} palavras' })[0]).toMatch(
      /other values/,
    );
    expect(said("print('{n:,} words', { n });", { '{n:,} words': 'palavras: {n}' })).toEqual([]);
  });
});

describe('comments', () => {
  const code = [
    '// Claim: longer texts',
    '// cost more.',
    '// Found, holds: they do.',
    'const a = `${b} // no comment`; // one each',
    '/** The',
    ' * sum. */',
    'f(/* 1 */ a); // (B, T)',
  ].join('\n');

  test('are read without their marks, and lines of one thought together', () => {
    expect(commentsOf(code).map(({ key }) => key)).toEqual([
      'Claim: longer texts cost more.',
      'Found, holds: they do.',
      'one each',
      'The sum.',
    ]);
  });

  test('are translated, and nothing else', () => {
    const texts = {
      'one each': 'um cada',
      'Found, holds: they do.': 'Resultado, vale: sim. '.repeat(6).trim(),
    };
    const made = translateComments(code, texts);
    expect(made).toContain('`${b} // no comment`; // um cada\n');
    expect(made).toMatch(/\n\/\/ Resultado, .*\n\/\/ .*Resultado/);
    expect(Math.max(...made.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(codeAlone(made)).toBe(codeAlone(code));
    expect(codeAlone(made.replace('um cada', 'x\nf()'))).not.toBe(codeAlone(code));
  });
});

test('each table belongs to a chapter', () => {
  const folder = 'notebooks/pt/texts';
  for (const name of fs.readdirSync(folder)) {
    expect(fs.existsSync(`notebooks/${name.replace('.json', '.ipynb')}`), name).toBe(true);
  }
});

test('what lib shows has its Portuguese, of the same values, and none is left over', () => {
  const file = path.join(ROOT, 'lib', 'language', 'portuguese.json');
  const table = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, string>;
  const sources = libraryFiles().map((each) => fs.readFileSync(each, 'utf8'));
  const texts = new Set(sources.flatMap((source) => textsIn(source)));
  const values = (text: string) => [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name).sort();
  expect(texts.size).toBeGreaterThan(20);
  expect([...texts].filter((text) => !table[text])).toEqual([]);
  for (const text of texts) expect(values(table[text]), text).toEqual(values(text));
  const all = sources.join('\n');
  expect(Object.keys(table).filter((text) => !all.includes(text))).toEqual([]);
});
