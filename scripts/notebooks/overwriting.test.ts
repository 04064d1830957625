import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LeftAlone, replaceFile } from './ownership';
import { sourcesHash } from './sources';

const ROOT = path.resolve(__dirname, '..', '..');
const PATIENCE = 900_000; // ms: kernels start slowly on a busy machine
/** A small project with these scripts, notebooks of its own, and a commit. */
let project: string;
const at = (name: string) => path.join(project, 'notebooks', name);

type Raw = Record<string, unknown> & { id?: string; metadata: Record<string, unknown> };
interface Book {
  cells: Raw[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}
const code = (id: string, source: string, more: object = {}): Raw => ({
  cell_type: 'code',
  id,
  metadata: {},
  source,
  execution_count: null,
  outputs: [],
  ...more,
});
const prose = (id: string, source: string, more: object = {}): Raw => ({
  cell_type: 'markdown',
  id,
  metadata: {},
  source,
  ...more,
});
const book = (...cells: Raw[]): Book => ({
  cells,
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
});
const put = (name: string, notebook: Book | string) => {
  fs.mkdirSync(path.dirname(at(name)), { recursive: true });
  fs.writeFileSync(
    at(name),
    typeof notebook === 'string' ? notebook : JSON.stringify(notebook, null, 1),
  );
};
const text = (name: string) => fs.readFileSync(at(name), 'utf8');
const read = (name: string) => JSON.parse(text(name)) as Book;
const edit = (name: string, change: (notebook: Book) => void) => {
  const notebook = read(name);
  change(notebook);
  put(name, notebook);
};
const shown = (name: string) => {
  const outputs = read(name).cells.flatMap((cell) => (cell.outputs ?? []) as { text: string[] }[]);
  return outputs.map((output) => output.text.join('')).join('');
};
const leftovers = () =>
  ['.', 'notebooks', 'notebooks/pt', 'notebooks/.executed'].flatMap((folder) =>
    fs.readdirSync(path.join(project, folder)).filter((name) => name.endsWith('.tmp')),
  );

function run(command: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    path.join(project, 'gpt'),
    [...command.split(' '), ...args],
    { cwd: project, encoding: 'utf8', env: { ...process.env, GPT_CHROMIUM: '/nowhere' } },
  );
  return { status, said: stdout + stderr };
}
const git = (...args: string[]) => {
  const name = ['-c', 'user.name=a', '-c', 'user.email=a@b.c'];
  const { status, stderr } = spawnSync('git', [...name, ...args], { cwd: project });
  expect(status, String(stderr)).toBe(0);
};

const chapters = [
  'added code edited order tagged twice typed pasted slides dropped kept moved windows old bare run',
  'meanwhile twin',
].flatMap((names) => names.split(' '));
const english = (name: string) =>
  book(
    prose('title', `# ${name}`),
    code('one', "console.log('one');"),
    prose('middle', 'Middle.'),
    code('two', "console.log('two');"),
  );

beforeAll(() => {
  project = fs.mkdtempSync(path.join(ROOT, '.test-overwriting-'));
  fs.cpSync(path.join(ROOT, 'scripts'), path.join(project, 'scripts'), { recursive: true });
  for (const name of ['lib', 'node_modules', '.venv', '.native', 'tsconfig.json']) {
    fs.symlinkSync(path.join(ROOT, name), path.join(project, name));
  }
  for (const name of ['gpt', 'gpt.mjs', 'package.json', 'package-lock.json']) {
    fs.copyFileSync(path.join(ROOT, name), path.join(project, name));
  }
  for (const name of chapters) {
    put(`0-${name}.ipynb`, english(name));
    put(`solutions/0-${name}.ipynb`, book(prose('title', '# Solutions')));
  }
  fs.writeFileSync(path.join(project, '.gitignore'), 'node_modules\n.venv\n.native\nlib\n');
  // As a translator leaves them: --update, words, --accept.
  expect(run('translation', '--update').status).toBe(0);
  for (const name of chapters) {
    edit(`pt/0-${name}.ipynb`, ({ cells }) => {
      cells[0].source = `# Em português: ${name}`;
      cells[2].source = 'Meio.';
    });
  }
  expect(run('translation', '--accept', ...chapters.map((name) => `0-${name}`)).status).toBe(0);
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'all');
}, PATIENCE);
afterAll(() => fs.rmSync(project, { recursive: true, force: true }));

describe('a file is replaced only where it is what was read', () => {
  test('changed, deleted, made, read-only: it stays, and nothing is left beside it', () => {
    const file = path.join(project, 'a.txt');
    const reason = (before: string | undefined, prepare: () => void) => {
      fs.rmSync(file, { force: true });
      prepare();
      try {
        replaceFile(file, 'new', before === undefined ? undefined : Buffer.from(before));
      } catch (error) {
        expect(error).toBeInstanceOf(LeftAlone);
        return `${(error as Error).message}: ${fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '-'}`;
      }
      return fs.readFileSync(file, 'utf8');
    };
    const holds =
      (content: string, mode = 0o644) =>
      () =>
        fs.writeFileSync(file, content, { mode });
    expect(reason('old', holds('old'))).toBe('new');
    expect(reason(undefined, () => undefined)).toBe('new');
    expect(reason('old', holds('mine'))).toBe('was changed since it was read: mine');
    expect(reason('old', holds(''))).toBe('was changed since it was read: ');
    expect(reason('old', () => undefined)).toBe('was deleted or renamed since it was read: -');
    expect(reason(undefined, holds('mine'))).toBe('was changed since it was read: mine');
    expect(reason('old', holds('old', 0o444))).toBe('is read-only: old');
    const dead = () => fs.symlinkSync(path.join(project, 'nowhere'), file);
    expect(reason(undefined, dead)).toMatch(/^was changed since it was read/);
    expect(fs.lstatSync(file).isSymbolicLink()).toBe(true);
    fs.rmSync(file);
    expect(fs.readdirSync(project).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('a link goes on leading to its file, which keeps its rights', () => {
    const [file, link] = ['b.txt', 'link.txt'].map((name) => path.join(project, name));
    fs.writeFileSync(file, 'old', { mode: 0o640 });
    fs.symlinkSync(file, link);
    expect(replaceFile(link, 'new', Buffer.from('old'))).toBe(true);
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(fs.readFileSync(file, 'utf8')).toBe('new');
    expect(fs.statSync(file).mode & 0o777).toBe(0o640);
    expect(replaceFile(link, 'new', Buffer.from('new'))).toBe(false);
  });
});

describe('./gpt translation over work in notebooks/pt', () => {
  const own = code('mine', "'MY CODE'");
  /** What somebody did to a Portuguese notebook, and what is said of it. */
  const work: Record<string, [change: (notebook: Book) => void, says: RegExp]> = {
    added: [
      ({ cells }) => void cells.splice(1, 0, own, prose('words', 'MY PROSE')),
      /cell 2 \(mine\): the English notebook has no such cell\n +cell 3 \(words\): the English/,
    ],
    code: [({ cells }) => void (cells[1].source = 'solved();'), /cell 2 \(one\): its code was ch/],
    order: [({ cells }) => void cells.reverse(), /its cells stand in another order/],
    tagged: [
      ({ cells }) => void (cells[3].metadata.tags = ['mine']),
      /cell 4 \(two\): its kind or/,
    ],
    twice: [
      ({ cells }) => void cells.push(code('one', "'MY CODE'")),
      /cell 5 \(one\): it has the id/,
    ],
    typed: [({ cells }) => void (cells[1] = prose('one', 'MY PROSE')), /cell 2 \(one\): its kind/],
    slides: [
      ({ cells }) => void (cells[1].metadata.slideshow = { slide_type: 'slide' }),
      /cell 2 \(one\): somebody gave it metadata, "slideshow"/,
    ],
    dropped: [({ cells }) => void (cells[2].source = 'MY WORDS'), /cell 3 \(middle\): .*no longer/],
    old: [
      (notebook) => {
        notebook.nbformat_minor = 4;
        for (const cell of notebook.cells) delete cell.id;
      },
      /cell 1: it has no id[^]*cell 4: it has no id/,
    ],
  };
  /** What is ours all the same, and taken over. */
  const fine: Record<string, (notebook: Book) => void> = {
    edited: ({ cells }) => void (cells[2].source = 'MINHAS PALAVRAS'), // the words of a translator
    pasted: ({ cells }) => void (cells[2].attachments = { 'a.png': { 'image/png': 'MINE' } }),
    kept: ({ cells }) => void (cells[1].metadata = { collapsed: true, scrolled: true }),
    moved: () => undefined, // the English cells stand in another order
    windows: ({ cells }) => void (cells[1].source = "console.log('one');\r\n"),
  };
  const before: Record<string, string> = {};
  let said: string;
  let accepted: ReturnType<typeof run>;
  let updated: ReturnType<typeof run>;

  beforeAll(() => {
    for (const [name, change] of Object.entries({ ...work, ...fine })) {
      edit(`pt/0-${name}.ipynb`, (notebook) =>
        (Array.isArray(change) ? change[0] : change)(notebook),
      );
      if (name === 'windows')
        put(`pt/0-${name}.ipynb`, text(`pt/0-${name}.ipynb`).replaceAll('\n', '\r\n'));
      before[name] = text(`pt/0-${name}.ipynb`);
      edit(`0-${name}.ipynb`, ({ cells }) => {
        if (name === 'dropped') cells.splice(2, 1);
        if (name === 'moved') cells.reverse();
        if (name === 'windows') cells[1].source = "console.log('one');\n";
        else cells[cells.length - 1].source = `console.log('newer');`;
      });
    }
    put('0-mine.ipynb', english('mine')); // somebody's own: no solution has its name
    put('pt/0-bare.ipynb', '\uFEFF{"cells": 3}');
    put('pt/0-run.ipynb', 'no JSON');
    const names = Object.keys(work).map((name) => `0-${name}`);
    accepted = run('translation', '--accept', ...names);
    updated = run('translation', '--update');
    said = updated.said;
  }, PATIENCE);

  const section = (from: string, name: string) =>
    from.split(/\n(?=translation: )/).find((each) => each.includes(`pt/0-${name}.ipynb holds`)) ??
    '';

  test.each(Object.keys(work))('%s: the file stays to the byte, and the cell is named', (name) => {
    expect(text(`pt/0-${name}.ipynb`)).toBe(before[name]);
    expect(section(said, name)).toMatch(work[name][1]);
    const copy = `.executed/pt/0-${name}.ipynb`;
    expect(section(said, name)).toContain(`what it would have become is in notebooks/${copy}`);
    if (name !== 'dropped') expect(text(copy)).toContain('newer');
  });

  test('--accept says the same, and both exit with 1', () => {
    for (const name of ['added', 'code', 'twice']) {
      expect(section(accepted.said, name)).toMatch(work[name][1]);
    }
    expect([accepted.status, updated.status]).toEqual([1, 1]);
  });

  test.each(Object.keys(fine))(
    '%s: is taken over, with the words and pictures of before',
    (name) => {
      expect(section(said, name)).toBe('');
      const { cells } = read(`pt/0-${name}.ipynb`);
      const ids = cells.map(({ id }) => id);
      expect(ids).toEqual(read(`0-${name}.ipynb`).cells.map(({ id }) => id));
      const middle = cells[ids.indexOf('middle')];
      expect(String(middle.source)).toBe(name === 'edited' ? 'MINHAS PALAVRAS' : 'Meio.');
      if (name === 'pasted')
        expect(middle.attachments).toEqual({ 'a.png': { 'image/png': 'MINE' } });
      expect(cells.find(({ id }) => id === 'one')!.metadata).toEqual({});
    },
  );

  test('files that are no notebooks are named and stay, and the others are done', () => {
    expect(said).toMatch(/pt\/0-bare\.ipynb is not a notebook: it has no list of cells/);
    expect(said).toMatch(/pt\/0-run\.ipynb is not a notebook: .*JSON/);
    expect(text('pt/0-run.ipynb')).toBe('no JSON');
  });

  test("somebody's own notebook gets no twin, unless it is named", () => {
    expect(fs.existsSync(at('pt/0-mine.ipynb'))).toBe(false);
    expect(run('translation', '--update', '0-mine').status).toBe(0);
    expect(fs.existsSync(at('pt/0-mine.ipynb'))).toBe(true);
  });

  test('what --update wrote is ours without a commit, again and again', () => {
    for (const version of [2, 3]) {
      edit('0-edited.ipynb', ({ cells }) => void (cells[1].source = `version(${version});`));
      const { status, said } = run('translation', '--update', '0-edited');
      expect([status, said]).toEqual([0, expect.stringContaining('updated')]);
      expect(String(read('pt/0-edited.ipynb').cells[1].source)).toBe(`version(${version});`);
    }
    expect(leftovers()).toEqual([]);
  });
});

describe('./gpt notebooks run --write', () => {
  /** Code that saves the notebook that it runs in, as a person does who edits meanwhile. */
  const saves = (name: string, change: string) => `import fs from 'node:fs';
const file = ${JSON.stringify(at(`${name}.ipynb`))};
const book = JSON.parse(fs.readFileSync(file, 'utf8'));
${change}
fs.writeFileSync(file, JSON.stringify(book));
console.log('ran');`;
  const mine = `book.cells.push({ ...book.cells[0], id: 'mine', source: "'MINE'" });`;
  const measured = { tags: ['measured'] };
  const said = (text: string, name = 'stdout') => [{ output_type: 'stream', name, text: [text] }];
  let result: ReturnType<typeof run>;

  beforeAll(() => {
    const runs = (name: string, source: string) =>
      put(`0-${name}.ipynb`, book(code('one', source)));
    runs('meanwhile', saves('0-meanwhile', mine));
    runs('twin', saves('pt/0-twin', mine));
    // Somebody's own: a link into another folder, of Windows, of an older Jupyter, with metadata.
    const metadata = { ...measured, notes: 'MINE' };
    const before = { metadata, outputs: said('1.5 s of before') };
    const own = book(code('one', "console.log('ran');\r\n", before));
    Object.assign(own, { nbformat_minor: 4, metadata: { ...own.metadata, title: 'MINE' } });
    delete own.cells[0].id;
    put('own/linked.ipynb', `\uFEFF${JSON.stringify(own, null, 1).replaceAll('\n', '\r\n')}`);
    fs.symlinkSync(at('own/linked.ipynb'), at('mine.ipynb'));
    const cell = (id: string, ...old: Parameters<typeof said>) =>
      code(id, "console.log('0.1 s');", { metadata: measured, outputs: said(...old) });
    const timed = book(cell('kept', '1.5 s of before'), cell('broken', 'Interrupted', 'stderr'));
    put('timed.ipynb', timed);
    const gpt = { sources: sourcesHash(at('timed.ipynb'), project) };
    put('timed.ipynb', { ...timed, metadata: { ...timed.metadata, gpt } });
    const names = ['0-meanwhile', '0-twin', 'mine', 'timed'];
    result = run('notebooks run', '--write', ...names.map((name) => `notebooks/${name}.ipynb`));
  }, PATIENCE);

  test('over what was saved meanwhile: that stays, the run is beside it, and it is said', () => {
    expect(String(read('0-meanwhile.ipynb').cells[1].source)).toBe("'MINE'");
    expect(result.said).toMatch(
      /FAIL 0-meanwhile[^]*was changed since it was read: it stays.*notebooks\/\.executed\/0-meanwhile/,
    );
    expect(shown('.executed/0-meanwhile.ipynb')).toBe('ran\n');
    expect(result.status).toBe(1);
  });

  test('a Portuguese twin with work that is not ours stays, and that is a failure', () => {
    expect(shown('0-twin.ipynb')).toBe('ran\n');
    expect(String(read('pt/0-twin.ipynb').cells.at(-1)!.source)).toBe("'MINE'");
    expect(result.said).toMatch(/pt\/0-twin\.ipynb holds work[^]*\(mine\): the English notebook/);
    expect(shown('.executed/pt/0-twin.ipynb')).toBe('ran\n');
  });

  test("somebody's own notebook gets its outputs and loses nothing", () => {
    expect(fs.lstatSync(at('mine.ipynb')).isSymbolicLink()).toBe(true);
    expect(shown('own/linked.ipynb')).toBe('ran\n');
    const { cells, metadata } = read('own/linked.ipynb');
    expect(metadata).toMatchObject({ title: 'MINE' });
    expect(cells[0].metadata).toEqual({ ...measured, notes: 'MINE' });
  });

  test('outputs of a measured cell stay while the sources do, if they are of the same kind', () => {
    expect(shown('timed.ipynb')).toBe('1.5 s of before0.1 s\n');
  });
});

describe('./gpt notebooks clean', () => {
  test(
    'leaves what is not committed alone unless it is named, and goes on after a bad file',
    () => {
      const metadata = { slideshow: { slide_type: 'slide' }, scrolled: true };
      for (const name of chapters.filter((each) => !['kept', 'bare', 'run'].includes(each))) {
        fs.rmSync(at(`0-${name}.ipynb`)); // they take time
        fs.rmSync(at(`solutions/0-${name}.ipynb`));
      }
      put('0-theirs.ipynb', book(code('a', 'f();', { metadata })));
      edit('0-kept.ipynb', ({ cells }) => {
        cells[1].metadata = { scrolled: true };
        cells.push(
          code('mine', "'MINE'", {
            outputs: [{ output_type: 'stream', name: 'stdout', text: ['MY OUTPUT'] }],
          }),
        );
      });
      put('0-bare.ipynb', '{"cells": 3}');
      put('0-run.ipynb', '{"half": ');
      const theirs = text('0-theirs.ipynb');
      const { status, said } = run('notebooks clean');
      expect(status).toBe(1);
      expect(said).not.toContain('Traceback');
      expect(said).toMatch(/FAIL +0-bare\.ipynb: not a notebook/);
      expect(said).toMatch(/FAIL +0-run\.ipynb: not a notebook/);
      expect(said).toMatch(/left +0-theirs\.ipynb: it is not committed/);
      expect(said).toMatch(/cleaned 0-kept\.ipynb/);
      expect([text('0-run.ipynb'), text('0-theirs.ipynb')]).toEqual(['{"half": ', theirs]);
      expect(read('0-kept.ipynb').cells[1].metadata).toEqual({});
      expect(shown('0-kept.ipynb')).toBe('MY OUTPUT');

      const named = run(
        'notebooks clean',
        'notebooks/0-theirs.ipynb',
        'notebooks/pt/0-added.ipynb',
      );
      expect(named.status).toBe(0);
      expect(read('0-theirs.ipynb').cells[0].metadata).toEqual({});
      // The marks of a translation are no leftovers.
      expect(read('pt/0-added.ipynb').cells[0].metadata.translates).toMatch(/^[0-9a-f]{16}$/);
    },
    PATIENCE,
  );
});

describe('the copy for a student', () => {
  const copies = () => path.join(project, 'copies');
  const copy = (folder: string) =>
    new Promise<number | null>((done) => {
      const script = path.join(project, 'scripts', 'setup', 'copy-for-student.sh');
      spawn('sh', [script, path.join(copies(), folder), 'true']).on('exit', done);
    });

  test('is made once when several start at once, and stays as the student leaves it', async () => {
    for (const name of ['README.md', 'LICENSE']) fs.writeFileSync(path.join(project, name), name);
    for (const name of ['data', 'docs', 'benchmarks']) fs.mkdirSync(path.join(project, name));
    expect(await Promise.all([1, 2, 3, 4].map(() => copy('eva')))).toEqual([0, 0, 0, 0]);
    expect(fs.readdirSync(copies())).toEqual(['eva']);
    const folder = path.join(copies(), 'eva');
    expect(fs.readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
    fs.writeFileSync(path.join(folder, 'README.md'), 'MINE');
    fs.rmSync(path.join(folder, 'LICENSE'));
    expect(await copy('eva')).toBe(0);
    expect(fs.readFileSync(path.join(folder, 'README.md'), 'utf8')).toBe('MINE');
    expect(fs.existsSync(path.join(folder, 'LICENSE'))).toBe(false);
  });

  test('is not put in the place of a file, or of a link that leads nowhere', async () => {
    fs.writeFileSync(path.join(copies(), 'file'), 'MINE');
    fs.symlinkSync(path.join(copies(), 'nowhere'), path.join(copies(), 'link'));
    expect([await copy('file'), await copy('link')]).toEqual([1, 1]);
    expect(fs.readFileSync(path.join(copies(), 'file'), 'utf8')).toBe('MINE');
    expect(fs.readdirSync(copies()).sort()).toEqual(['eva', 'file', 'link']);
  });
});

describe('a folder that somebody names and that holds something else', () => {
  const said = (script: string, ...args: string[]) => {
    const { status, said } = run(script, ...args);
    return `${status} ${said.split('\n').find((line) => line.includes('holds'))}`;
  };
  test(
    'is not made a kit, a model, or a web site',
    () => {
      const files = { 'model/config.json': 'MINE', 'site/index.html': 'MINE' };
      for (const [name, content] of Object.entries(files)) {
        fs.mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
        fs.writeFileSync(path.join(project, name), content);
      }
      const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-kit-'));
      fs.writeFileSync(path.join(outside, 'README.txt'), 'MINE');
      expect(said('kit', outside)).toMatch(/^1 .* holds other things \(README\.txt\)/);
      expect(said('pretrain', '--out', path.join(project, 'model'))).toMatch(/^1 .*config\.json/);
      fs.mkdirSync(path.join(project, 'state'));
      fs.writeFileSync(path.join(project, 'state', 'vocab.json'), 'MINE');
      expect(said('pretrain', '--state', 'state', '--out', 'fresh')).toMatch(/^1 .*vocab\.json/);
      expect(fs.readdirSync(path.join(project, 'state'))).toEqual(['vocab.json']);
      expect(said('site')).toMatch(/^1 .*site holds something else/);
      expect(fs.readdirSync(outside)).toEqual(['README.txt']);
      fs.rmSync(outside, { recursive: true });
      expect(fs.readdirSync(path.join(project, 'model'))).toEqual(['config.json']);
      expect(fs.readdirSync(path.join(project, 'site'))).toEqual(['index.html']);
    },
    PATIENCE,
  );
});
