import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { joined, ROOT, type Notebook } from './cells';
import { checkTerms, TERMS } from './terms';
import { accept, compare, follow, format, proseHash } from './editions';
import type { RawNotebook } from './raw-notebook';

type RawCell = RawNotebook['cells'][number];

const prose = (id: string, source: string, translates?: string): RawCell => ({
  id,
  cell_type: 'markdown',
  source,
  metadata: translates === undefined ? {} : { translates },
});
const code = (id: string, source: string, said = ''): RawCell => ({
  id,
  cell_type: 'code',
  source,
  metadata: {},
  execution_count: null,
  outputs: [{ output_type: 'stream', name: 'stdout', text: [said] }],
});
const book = (...cells: RawCell[]): RawNotebook => ({
  cells,
  metadata: { gpt: { sources: '0123' } },
  nbformat: 4,
  nbformat_minor: 5,
});
const english = book(
  prose('title', '# Words\n'),
  code('run', 'f();', '3\n'),
  prose('end', 'The end.'),
);
const portuguese = accept(
  english,
  book(prose('title', '# Palavras'), code('run', 'f();', '3\n'), prose('end', 'Fim.')),
);
const messages = (a: RawNotebook, b?: RawNotebook) =>
  compare('01-words.ipynb', a, b).map(({ cell, message }) => `${cell?.id ?? ''}: ${message}`);

describe('a translation', () => {
  test('that follows the English notebook has no fault', () => {
    expect(portuguese.cells[0].metadata.translates).toBe(proseHash('# Words'));
    expect(messages(english, follow(english, portuguese))).toEqual([]);
  });

  const change = (id: string, by: Partial<RawCell>): RawNotebook =>
    book(...english.cells.map((cell) => (cell.id === id ? { ...cell, ...by } : cell)));

  const more = book(...english.cells, prose('new', 'More.'));
  test.each<[string, RawNotebook, RawNotebook | undefined, RegExp]>([
    ['that is not there', english, undefined, /^: is missing: \.\/gpt translation/],
    ['of an older text', change('end', { source: 'It ends.' }), portuguese, /^end: .*older text/],
    ['without a new cell', more, portuguese, /^new: a cell is missing/],
    ['with a cell too many', book(...english.cells.slice(1)), portuguese, /^title: .*no such cell/],
    ['of other code', change('run', { source: 'g();' }), portuguese, /^run: the code is not/],
    ['of another tag', change('run', { metadata: { tags: ['x'] } }), portuguese, /^run: the code/],
    ['of older outputs', change('run', { outputs: [] }), portuguese, /^: 1 cells have other outp/],
    ['of another run', { ...english, metadata: {} }, portuguese, /^: 0 cells have other outputs/],
    ['in another order', book(...[...english.cells].reverse()), portuguese, /^: .*another order/],
    ['that is English', english, follow(english), /^title: is not translated: "# Words/],
  ])('%s is said', (_, a, b, expected) => {
    expect(messages(a, b).join('\n')).toMatch(expected);
  });

  test('takes over code, outputs and cells, and keeps its prose', () => {
    const newer = book(
      prose('title', '# Words\n'),
      prose('new', 'More.'),
      code('run', 'g();', '4\n'),
      prose('end', 'It ends.'),
    );
    const updated = follow(newer, portuguese);
    expect(updated.cells.map(({ source }) => source)).toEqual([
      '# Palavras',
      'More.',
      'g();',
      'Fim.',
    ]);
    expect(updated.cells[2]).toEqual(newer.cells[2]);
    expect(messages(newer, updated)).toEqual([
      'new: is not translated: "More."',
      'end: translates an older text: look at it, then --accept the notebook',
    ]);
    // Prose that is being translated has no mark yet, and stays.
    const begun = book(prose('title', '# Palavras'), prose('end', 'The end.'));
    expect(follow(english, begun).cells[0].source).toBe('# Palavras');
    expect(accept(english, begun).cells[1].metadata.translates).toBeUndefined();
  });

  test('has the answers of exercises in Portuguese', () => {
    const said = [
      '○ Not attempted yet: replace undefined with your answer.',
      '✓ Right. With tensors this is one reshape and one transpose.',
      'Right. ✓ this is no answer',
    ].join('\n');
    expect(follow(book(code('run', 'f();', said))).cells[0].outputs![0].text).toEqual([
      '○ Ainda sem resposta: troque undefined pela sua.\n',
      '✓ Certo. Com tensores, isto é um reshape e um transpose.\n',
      'Right. ✓ this is no answer',
    ]);
  });

  describe('whose cells speak Portuguese', () => {
    const said = book(code('run', "print('three'); // once\n", 'three\n'));
    const spoken = { ...book(code('run', '', 'três\n')), metadata: { gpt: { sources: 'abcd' } } };
    const texts = { three: 'três', once: 'uma vez' };
    const followed = follow(said, spoken, texts);
    const saying = (a: RawNotebook, b: RawNotebook) =>
      compare('01-words.ipynb', a, b, texts).map(({ message }) => message);

    test('has translated comments, and outputs of its own', () => {
      expect(joined(followed.cells[0].source)).toBe("print('three'); // uma vez\n");
      expect(followed.cells[0].outputs).toEqual(spoken.cells[0].outputs);
      expect(followed.metadata.gpt).toMatchObject({ sources: 'abcd' });
      expect(saying(said, followed)).toEqual([]);
    });

    test('has to follow code and comments, each by its name', () => {
      const other = book(code('run', "print('four'); // once\n"));
      expect(saying(other, followed)[0]).toMatch(/^the code is not that of the English notebook/);
      const twice = book(code('run', "print('three'); // twice\n"));
      expect(saying(twice, followed)[0]).toMatch(/^comments are not those of the table/);
    });
  });

  test('is laid out as the runner does: keys sorted, a figure on one line', () => {
    const figure = { data: { 'application/vnd.plotly.v1+json': { layout: {}, data: [1, 2] } } };
    const text = format(book({ ...code('run', 'f();'), outputs: [figure] }));
    expect(text).toContain('"application/vnd.plotly.v1+json": {"data":[1,2],"layout":{}}\n');
    expect(text.indexOf('"cell_type"')).toBeLessThan(text.indexOf('"execution_count"'));
    expect(JSON.parse(text).cells[0].outputs[0]).toEqual(figure);
  });
});

describe('./gpt translation', () => {
  test('compares, and knows its options', () => {
    const run = (...options: string[]) => {
      const command = [path.join(ROOT, 'gpt.mjs'), 'translation', ...options];
      const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
      return `${status} ${stdout}${stderr}`;
    };
    expect(run('01')).toMatch(/^[01] [^]*2 notebooks compared, \d+ differences?\n$/);
    for (const file of ['notebooks/01-tokenization.ipynb', 'pt/01-tokenization.ipynb']) {
      expect(run(file)).toMatch(/^[01] [^]*1 notebook compared, \d+ differences?\n$/);
    }
    expect(run('--updaet')).toMatch(
      /^2 there is no option "--updaet" \(did you mean "--update"\?\)/,
    );
    expect(run('--accept')).toMatch(/^2 --accept needs the name of a notebook/);
    expect(run('99')).toMatch(/^1 translation: no notebook is called "99"/);
  });
});

describe('the terms', () => {
  const glossary = fs.readFileSync(path.join(ROOT, 'GLOSSARY.md'), 'utf8').toLowerCase();
  test.each(TERMS)('%s gives way to a word of the glossary', (_, but) => {
    expect(glossary).toContain(but);
  });

  const said = (source: string) => {
    const cell = { id: 'a', type: 'markdown', source, tags: [], outputs: [], leftovers: [] };
    return checkTerms({ name: 'pt/01.ipynb', cells: [cell] } as unknown as Notebook);
  };
  test('are found in prose, not in code, in brackets, or inside another word', () => {
    expect(said('Cada batch tem oito textos.')[0].message).toMatch(/"batch"; .*"lote"/);
    expect(said('Um lote (*batch*), `batch` e\n```\nbatch\n```\n[lote](batch.ipynb)')).toEqual([]);
    expect(said('batchSize e sub-batch')).toEqual([]);
    expect(said('O utilizador abre o ficheiro.')).toHaveLength(2);
  });
});
