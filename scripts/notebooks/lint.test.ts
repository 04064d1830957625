import fs from 'node:fs';
import path from 'node:path';
import { getFileInfo } from 'prettier';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readNotebook, ROOT, type Notebook } from './cells';
import { ledger, readClaims } from './ledger';
import { lint } from './rules';
import { sourcesHash } from './sources';
import { checkTypes } from './types';

const PLOTLY = 'application/vnd.plotly.v1+json';
const OPENING =
  '# 1 Title — *Título*\n\n**Afterwards you can**\n\n- read\n\n**Time**: 20 minutes.\n\n**You need**: a pen.';
let root: string;

type Raw = { id?: string; outputs?: unknown[]; metadata?: object; execution_count?: number } & (
  { md: string } | { code: string }
);

function write(cells: Raw[], name = '01-words.ipynb'): Notebook {
  const file = path.join(root, 'notebooks', name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const json = cells.map((cell, i) => ({
    cell_type: 'md' in cell ? 'markdown' : 'code',
    id: cell.id ?? `cell-${i}`,
    metadata: cell.metadata ?? {},
    source: ('md' in cell ? cell.md : cell.code).split(/(?<=\n)/),
    ...('code' in cell && { outputs: cell.outputs ?? [], execution_count: cell.execution_count }),
  }));
  fs.writeFileSync(file, JSON.stringify({ cells: json, metadata: {} }));
  return readNotebook(file);
}
const exercises: Raw[] = [1, 2, 3].flatMap((n) => [
  { md: `### Exercise 1.${n}: do it`, id: `ex${n}` },
  { code: 'await chapter01.check();', id: `ex${n}-answer` },
]);
const good = (...more: Raw[]): Raw[] => [
  { md: OPENING, id: 'title' },
  ...more,
  { md: '## Exercises', id: 'exercises' },
  ...exercises,
];
const messages = (notebook: Notebook) => lint(notebook).map((finding) => finding.message);

beforeAll(() => {
  root = path.join(ROOT, `.test-lint-${process.pid}`);
  fs.mkdirSync(path.join(root, 'lib'), { recursive: true });
  write([{ md: '# Solutions 1.1 1.2 1.3' }], 'solutions/01-words.ipynb');
});
afterAll(() => fs.rmSync(root, { recursive: true }));

describe('the rules of a notebook', () => {
  test('a good one has no fault', () => {
    expect(messages(write(good({ md: '## A' }, { code: 'const a = 1;' })))).toEqual([]);
  });

  const png = (software: string) => Buffer.from(`…tEXtSoftware\0${software}…`).toString('base64');
  const ours = png('gpt-in-typescript');
  const plot = (data: object, alt?: string) => ({
    output_type: 'display_data',
    data: { [PLOTLY]: {}, ...data },
    metadata: alt ? { alt } : {},
  });
  const words: Raw = { md: 'Notice the line.' };
  const cases: Record<string, [Raw[], RegExp]> = {
    'a second title': [[{ md: '# Again' }], /a second title: "# Again"/],
    'a level left out': [[{ md: '## A\n#### B' }], /"B" has level 4 under level 2/],
    'an id twice': [
      [
        { md: 'a', id: 'x' },
        { md: 'b', id: 'x' },
      ],
      /has the id of cell 2/,
    ],
    'a long cell': [[{ code: 'f();\n'.repeat(41) }], /has 42 lines; at most 40/],
    'a long line': [[{ code: `f('${'x'.repeat(100)}');` }], /line 1 has 106 columns; at most 100/],
    'what a run leaves': [
      [{ code: 'f();', execution_count: 3 }],
      /an execution count.*notebooks clean/,
    ],
    'what an editor leaves': [
      [{ code: 'f();', metadata: { scrolled: true } }],
      /metadata "scrolled"/,
    ],
    'a path': [[{ code: "open('/home/eva/x.txt');" }], /the path of one machine: \/home\/eva/],
    'a path in an output': [
      [{ code: 'f();', outputs: [{ output_type: 'stream', text: ['at /root/gpt/a.ts'] }] }],
      /the path of one machine: \/root\/gpt/,
    ],
    'a dead link': [[{ md: '[x](nowhere.ipynb)' }], /links to nowhere.ipynb, which does not exist/],
    'an image without alt': [[{ md: '![](https://a.b/c.png)' }], /has no alt text/],
    'a plot without alt': [
      [{ code: 'f();', outputs: [plot({ 'image/png': ours })] }, words],
      /a plot without alt text/,
    ],
    'a plot without image': [[{ code: 'f();', outputs: [plot({}, 'a')] }, words], /static image/],
    'an image that JupyterLab made': [
      [{ code: 'f();', outputs: [plot({ 'image/png': png('Adobe') }, 'a')] }, words],
      /JupyterLab's image.*notebooks clean/,
    ],
    'a plot without words': [
      [{ code: 'linePlot({ a }, { alt });' }, { md: '## Next' }],
      /no words after it say what to notice/,
    ],
  };
  test.each(Object.entries(cases))('find %s', (_, [cells, message]) => {
    const found = messages(write(good(...cells)));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  const cell = (...outputs: object[]): Raw => ({
    code: 'f();',
    metadata: { tags: ['measured'] },
    outputs,
  });
  const says = (text: string) => cell({ output_type: 'stream', name: 'stdout', text: [text] });
  const table = (caption: string, ...rows: string[][]) => {
    const row = (cells: string[]) => `<tr>${cells.map((each) => `<td>${each}</td>`).join('')}</tr>`;
    const html = `<table><caption>${caption}</caption>${rows.map(row).join('')}</table>`;
    return cell({ output_type: 'display_data', metadata: {}, data: { 'text/html': html } });
  };
  const drawn = (axis: string, name: string, alt: string) => {
    const figure = { data: [{ name }], layout: { yaxis: { title: { text: axis } } } };
    const data = { [PLOTLY]: figure, 'image/png': ours };
    return cell({ output_type: 'display_data', metadata: { alt }, data });
  };
  const beyond: Record<string, [Raw, RegExp]> = {
    'a loss that is printed': [says('3.2 s, loss 0.81'), /speaks of "loss"/],
    'a loss in a table': [table('Time', ['seconds', 'loss'], ['3.2', '0.81']), /speaks of "loss"/],
    'a word of the other language': [says('acurácia: 12'), /speaks of "acurácia"/],
    'a word in the alt text': [drawn('milliseconds', 'a', 'The score rises.'), /of "score"/],
    'the name of a line': [drawn('milliseconds', 'perplexity', 'Rises.'), /of "perplexity"/],
    'a number that is nothing measured': [says('took 3.2 s: 0.93'), /shows 0\.93 without a unit/],
    'a share': [says('97 % in 3 s'), /shows 97 % without a unit/],
    'a column without a unit': [
      table('Time', ['how', 'seconds', 'good'], ['a', '3.2', '0.8']),
      /shows 0\.8 without a unit/,
    ],
    'an axis without a unit': [drawn('how good', 'a', 'Rises.'), /shows a plot without a unit/],
  };
  test.each(Object.entries(beyond))('find in a measured cell %s', (_, [measured, message]) => {
    const found = messages(write(good(measured, words)));
    expect(found).toEqual([expect.stringMatching(/^is tagged "measured" and .* without the tag$/)]);
    expect(found[0]).toMatch(message);
    const free = messages(write(good({ ...measured, metadata: {} } as Raw, words)));
    expect(free).toEqual([]);
  });

  test('times, memory, rates and counts are what a measured cell may show', () => {
    const cells = [
      says('stacked: 32.9 ms, split: 31.2 ms; 1.5 GB; 12 steps, 40.5 tokens per second, 1.4×'),
      says('{ seconds: 3.2 }\n3,5 segundos, 1,5 vezes'),
      table('Milliseconds for one pass', ['tokens', 'ours'], ['64', '1.2']),
      table('16 tokens', ['how', 'seconds', 'tokens per second'], ['cache', '0.83', '19.21']),
      table('', ['', 'ours'], ['memory in MB', '12.5'], ['1.5', '8.1 ms']),
      drawn('milliseconds', 'attention', 'Rises at 1.5 thousand tokens.'),
    ];
    expect(messages(write(good(...cells.flatMap((each) => [each, words]))))).toEqual([]);
  });

  test('a plot with words, code in Markdown and web addresses are no faults', () => {
    const cells: Raw[] = [
      { md: '```\n# no title\n[x](no-link)\n```\nSee [it](https://a.b/home/x).' },
      { code: 'heatmap(a, { alt });', outputs: [plot({ 'image/png': ours }, 'squares')] },
      words,
    ];
    expect(messages(write(good(...cells)))).toEqual([]);
  });

  test('find what is missing at the top and in the exercises', () => {
    const found = messages(write([{ md: 'Hello' }, ...exercises.slice(0, 1), { code: 'f();' }]));
    expect(found.join('\n')).toMatch(/first heading must be the title[\s\S]*has no title/);
    expect(found.join('\n')).toMatch(/list the goals[\s\S]*how long it takes[\s\S]*what is needed/);
    expect(found.join('\n')).toMatch(/has 1 exercises[\s\S]*exercise 1.1 has no check/);
  });

  test('allow five exercises, and a sixth for the clinic only', () => {
    const more = (titles: readonly string[]): Raw[] =>
      titles.flatMap((title, i) => [
        { md: `### Exercise 1.${i + 4}: ${title}`, id: `more${i}` },
        { code: 'await chapter01.check();', id: `more${i}-answer` },
      ]);
    const counts = (...titles: string[]) =>
      messages(write([...good(), ...more(titles)])).filter((message) => /exercises/.test(message));
    expect(counts('a', 'b', 'the clinic')).toEqual([]);
    expect(counts('a', 'b', 'c').join()).toMatch(/^has 6 exercises.*expected 3 to 5$/);
  });
});

describe('imports of cells', () => {
  test('are ./lib/…, assertions, and the two packages that the chapters show', () => {
    const imports = (code: string) => messages(write(good({ code })));
    const fault = (name: string) =>
      expect.stringContaining(`imports ${name}; cells import`) as string;
    expect(imports("import a from 'node:assert/strict';\nimport { b } from './lib/data';")).toEqual(
      [],
    );
    expect(imports("import { Tiktoken } from 'js-tiktoken';")).toEqual([]);
    expect(imports("import type { Server } from 'node:http';")).toEqual([fault('node:http')]);
    expect(imports("const fs = require('fs');")).toEqual([fault('fs')]);
    expect(imports("const os = await import('node:os');")).toEqual([fault('node:os')]);
    expect(imports("import { a } from '../../lib/a';")).toEqual([fault('../../lib/a')]);
  });
});

describe('types of cells', () => {
  test('are those of one module: faults are found in their cell, unused imports too', () => {
    fs.writeFileSync(path.join(root, 'lib/a.ts'), 'export const one = 1;\nexport const two = 2;');
    const notebook = write([
      { code: "import { one, two } from './lib/a';\nconst n: number = one;\nawait 0" },
      { code: "[n].map(String);\nconst s: number = 'x';" },
      { code: 'const n = 2;' },
      { code: "const wrong: number = 'on purpose';", metadata: { tags: ['raises-exception'] } },
    ]);
    const found = checkTypes([notebook], { root }).map(({ cell, message }) => [
      cell?.number,
      message,
    ]);
    expect(found).toEqual([
      [1, expect.stringMatching(/^1:15: 'two' is declared but its value is never read/)],
      [1, expect.stringMatching(/^2:7: Cannot redeclare block-scoped variable 'n'/)],
      [2, expect.stringMatching(/^2:7: Type 'string' is not assignable to type 'number'/)],
      [3, expect.stringMatching(/^1:7: Cannot redeclare/)],
    ]);
  });
});

test('what the compiler of the kernel cannot read in lib is found, where it is', () => {
  const file = path.join(root, 'lib/new.ts');
  fs.writeFileSync(file, 'export function f() {\n  using a = { [Symbol.dispose]() {} };\n}\n');
  const found = checkTypes([], { root, library: [file] });
  expect(found[0].notebook).toBe(path.join('lib', 'new.ts'));
  expect(found[0].message).toMatch(/^2:3: .*by tslab's compiler/s);
});

describe('the hash of the sources', () => {
  const put = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  };
  const LIB =
    "import { table } from './b';\nexport * as other from './c';\n" +
    "export const used = () => table + 'story';\n";
  const SIZES =
    'export const table = { steps: { quick: 1, full: 2 }, other: { quick: 1, full: 2 } };';
  const CODE = "import { used, type T } from './lib/a';\nused(); const steps = 1;";
  const hash = (code = CODE, prose = 'Prose.') =>
    sourcesHash(write([{ md: prose }, { code }]).path, root);
  const reset = () => {
    put('lib/a.ts', `${LIB}export type T = string;`);
    put('lib/b.ts', SIZES);
    put('lib/c.ts', 'export const c = Math.random();');
    put('package.json', '{ "sideEffects": false }'); // as the project's
    put('data/story-en.txt', 'Once');
    put('data/poems-en.txt', 'Shall I');
    return hash();
  };

  const same: Record<string, () => string> = {
    'prose and outputs': () => hash(CODE, 'Other prose.'),
    'comments, types and layout of a cell': () =>
      hash(CODE.replace('used();', '// Claim: x\n  used();').replace('= 1', ': number = 1')),
    'comments and types of lib': () => {
      put('lib/a.ts', `/** Says. */\n${LIB}export type T = number;`);
      return hash();
    },
    'what the notebook does not use of lib': () => {
      put('lib/a.ts', `${LIB}export type T = string;\nexport const unused = () => 1;`);
      return hash();
    },
    'a module that it does not use': () => {
      put('lib/c.ts', 'export const c = Math.sin(1);');
      return hash();
    },
    'sizes of other chapters': () => {
      put('lib/b.ts', SIZES.replace('other: { quick: 1', 'other: { quick: 7'));
      return hash();
    },
    'data that it does not read': () => {
      put('data/poems-en.txt', 'Shall we');
      return hash();
    },
  };
  test.each(Object.entries(same))('stays with a change of %s', (_, change) => {
    const before = reset();
    expect(change()).toBe(before);
  });

  const other: Record<string, () => string> = {
    'the code of a cell': () => hash(CODE.replace('= 1', '= 2')),
    'a module of lib, at second hand': () => {
      put('lib/b.ts', SIZES.replace('steps: { quick: 1', 'steps: { quick: 7'));
      return hash();
    },
    'data that it reads': () => {
      put('data/story-en.txt', 'Twice');
      return hash();
    },
  };
  test.each(Object.entries(other))('changes with %s', (_, change) => {
    const before = reset();
    expect(change()).not.toBe(before);
    expect(reset()).toBe(before);
  });

  test('of a Portuguese notebook changes with what its cells say, and not with comments', () => {
    reset();
    const cell = { code: "import { used } from './lib/a';\nused(); print('three'); // once" };
    const table = (three: string, once = 'uma vez') =>
      put('notebooks/pt/texts/01-words.json', JSON.stringify({ three, once }));
    const portuguese = () => sourcesHash(write([cell], 'pt/01-words.ipynb').path, root);
    table('três');
    const before = portuguese();
    table('três', 'só uma vez');
    expect(portuguese()).toBe(before);
    table('3');
    expect(portuguese()).not.toBe(before);
    put('lib/language/portuguese.json', '{ "story": "conto" }');
    table('três');
    expect(portuguese()).not.toBe(before); // lib/a says it
  });
});

describe('claims', () => {
  test('come from the comments of cells, with their section', async () => {
    const notebook = write([
      { md: '# 1 Words — *Palavras*' },
      { md: '## 1.2 Pairs — *Pares*' },
      {
        code: '// Claim: a is\n// b | c.\n// Found, not here: it\n// is d.\n// Another remark: e.\nassert(d);',
      },
    ]);
    expect(readClaims(notebook).findings).toEqual([]);
    const text = await ledger([notebook]);
    expect(text).toContain('1 claims: 1 not here.');
    expect(text).toContain('## [1 Words](01-words.ipynb)');
    expect(text).toMatch(/\| a is b \\\| c\. +\| \*\*not here\*\* +\| it is d\./);
    expect(text).toMatch(/\| 1\.2 Pairs/);
  });

  test('need a verdict that is known, and an assert', () => {
    const faults = (code: string) =>
      readClaims(write([{ code }])).findings.map(({ message }) => message);
    expect(faults('// Claim: a.\n// Found, maybe: b.\nassert(b);')[0]).toMatch(
      /expected "\/\/ Found, holds/,
    );
    expect(faults('// Claim: a.\nassert(b);')[0]).toMatch(/expected "\/\/ Found/);
    expect(faults('// Claim: a.\n// Found, holds: b.\nb();')).toEqual([
      'has a claim and no assert that tests it',
    ]);
  });
});

test('prettier looks at every source file', async () => {
  const isSource = (file: string) => /\.(ts|mjs|cjs)$/.test(file);
  const sources = ['lib', 'scripts'].flatMap((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter(isSource)
      .map((file) => path.join(ROOT, folder, file)),
  );
  const ignorePath = path.join(ROOT, '.prettierignore');
  const ignored = await Promise.all(
    sources.map(async (file) => ((await getFileInfo(file, { ignorePath })).ignored ? [file] : [])),
  );
  expect(sources.length).toBeGreaterThan(200);
  expect(ignored.flat()).toEqual([]);
});
