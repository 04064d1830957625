import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = path.resolve(__dirname, '..', '..');
const python = path.join(ROOT, '.venv', 'bin', 'python');
const PLOTLY = 'application/vnd.plotly.v1+json';
const figure = { data: [{ type: 'scatter', y: [1, 2, null] }], layout: { height: 200 } };
let folder: string;

/** Runs lines of Python that have `outputs`, `nbformat`, `path` (the notebook) and `nb` (read). */
function run(notebook: object, lines: string, env: Record<string, string> = {}) {
  const file = path.join(folder, 'a.ipynb');
  fs.writeFileSync(file, JSON.stringify(notebook));
  const script = `
import sys, pathlib, nbformat, copy
sys.path.insert(0, ${JSON.stringify(__dirname)})
import outputs
path = pathlib.Path(${JSON.stringify(file)})
nb = nbformat.read(path, as_version=4)
${lines}`;
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
  const { stdout, stderr } = spawnSync(python, ['-c', script], options);
  expect(stderr).toBe('');
  return { stdout: stdout.trim(), text: fs.readFileSync(file, 'utf8') };
}

const display = (data: object) => ({ output_type: 'display_data', data, metadata: { alt: 'a' } });
const code = (id: string, outputs: object[], more: object = {}) => ({
  cell_type: 'code',
  id,
  metadata: {},
  execution_count: null,
  source: ['f();'],
  outputs,
  ...more,
});
const notebook = (cells: object[], metadata: object = { gpt: { sources: 'abc' } }) => ({
  nbformat: 4,
  nbformat_minor: 5,
  metadata,
  cells,
});
const stream = (text: string) => ({ output_type: 'stream', name: 'stdout', text: [text] });

beforeAll(() => (folder = fs.mkdtempSync(path.join(ROOT, '.test-outputs-'))));
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('the form in which notebooks are committed', () => {
  test('has no counts, no times, joined text, and a figure on one line', () => {
    const times = { execution: { 'iopub.status.busy': 'now' }, scrolled: true, tags: ['measured'] };
    const cells = [
      code('a', [stream('one\n'), stream('two\n')], { execution_count: 7, metadata: times }),
      code('b', [display({ [PLOTLY]: figure })]),
    ];
    const { text } = run(
      notebook(cells, { gpt: { sources: 'abc' }, toc: {} }),
      'outputs.tidy(nb); outputs.write(nb, path)',
    );
    const written = JSON.parse(text);
    expect(written.metadata).toEqual({ gpt: { sources: 'abc' } });
    expect(written.cells[0]).toMatchObject({
      execution_count: null,
      metadata: { tags: ['measured'] },
    });
    expect(written.cells[0].outputs).toEqual([{ ...stream('one\n'), text: ['one\n', 'two\n'] }]);
    expect(written.cells[1].outputs[0].data[PLOTLY]).toEqual(figure);
    expect(text).toContain('"y":[1,2,null]');
    const again = run(JSON.parse(text), 'outputs.tidy(nb); outputs.write(nb, path)');
    expect(again.text).toBe(text);
  });

  test('has no plain text beside HTML, or beside an image with a description', () => {
    const plain = { 'text/plain': 'a' };
    const shown = [
      [{ ...plain, 'text/html': '<b>a</b>' }, ['text/html']],
      [{ ...plain, [PLOTLY]: figure, 'image/png': 'AAAA' }, [PLOTLY, 'image/png']],
      [{ ...plain, [PLOTLY]: figure }, [PLOTLY, 'text/plain']], // no image: there was no Chromium
      [plain, ['text/plain']],
    ] as const;
    const cell = code(
      'a',
      shown.map(([data]) => display(data)),
    );
    const { text } = run(notebook([cell]), 'outputs.tidy(nb); outputs.write(nb, path)');
    const { outputs } = JSON.parse(text).cells[0];
    const kinds = outputs.map(({ data }: { data: object }) => Object.keys(data).sort());
    expect(kinds).toEqual(shown.map(([, left]) => [...left].sort()));
  });

  test('has the committed outputs of cells whose code is unchanged, unless the runner ran', () => {
    const [before, edited] = [[stream('runner')], [stream('by hand')]];
    const cells = [code('a', edited), code('b', edited, { source: ['g();'] }), code('c', edited)];
    const lines = `
before = nbformat.from_dict(copy.deepcopy(nb))
for cell in before.cells: cell.source, cell.outputs = 'f();', nbformat.from_dict(${JSON.stringify(before)})
before.cells.pop()
outputs.restore(nb, before)
print([cell.outputs[0].text[0] if isinstance(cell.outputs[0].text, list) else cell.outputs[0].text for cell in nb.cells])
nb.metadata = nbformat.from_dict({'gpt': {'sources': 'newer'}})
nb.cells[0].outputs = []
outputs.restore(nb, before)
print(len(nb.cells[0].outputs))`;
    const { stdout } = run(notebook(cells), lines);
    expect(stdout).toBe("['runner', 'by hand', 'by hand']\n0");
  });
});

describe('a notebook is replaced only where it is what was read', () => {
  test('changed, deleted, read-only; a link stays one; half a character; no notebook', () => {
    const lines = `
def attempt(prepare, source='f();'):
    path.unlink(missing_ok=True)
    path.write_text(nbformat.writes(nb))
    raw, book = outputs.read(path)
    book.cells[0].source = source
    prepare()
    try:
        print(outputs.write(book, path, raw), end=' ')
    except outputs.LeftAlone as reason:
        print(reason, end=' ')
    print(path.read_text()[:4].split()[0] if path.exists() else '-')

attempt(lambda: None)
attempt(lambda: None, 'g();')
attempt(lambda: path.write_text('MINE'))
attempt(lambda: path.unlink())
attempt(lambda: path.chmod(0o444), 'g();')
attempt(lambda: None, 'half \\ud83d')
print(outputs.read(path)[1].cells[0].source == 'half \\ud83d')
real = path.with_name('real.ipynb')
attempt(lambda: (path.rename(real), path.symlink_to(real)), 'g();')
print(path.is_symlink(), 'g();' in real.read_text(), sorted(p.name for p in path.parent.iterdir()))
for bad in [b'', b'{"half": ', b'[]', b'{"cells": 3}', b'\\xff\\xfe']:
    real.write_bytes(bad)
    try: outputs.read(real)
    except outputs.NotANotebook as reason: print(str(reason)[:15])
path.unlink()
real.rename(path)`;
    const { stdout } = run(notebook([code('a', [])]), lines);
    expect(stdout.split('\n')).toEqual([
      'True {',
      'True {',
      'was changed since it was read MINE',
      'was deleted or renamed since it was read -',
      'is read-only {',
      'True {',
      'True',
      'True {',
      "True True ['a.ipynb', 'real.ipynb']",
      ...Array.from({ length: 5 }, () => 'not a notebook:'),
    ]);
  });
});

describe('static images of plots', () => {
  test('are kept where the figure is the same, and missed where there is no Chromium', () => {
    const lines = `
import base64, io
from PIL import Image
plain = io.BytesIO()
Image.new('RGB', (4, 4), 'red').save(plain, 'PNG')
theirs = base64.b64encode(plain.getvalue()).decode()
ours = outputs.shrink(theirs)
print(outputs.is_ours(ours), outputs.is_ours(theirs), outputs.is_ours(None), outputs.is_ours('AAAA'))
nb.cells[0].outputs[0].data['image/png'] = theirs
before = copy.deepcopy(nb)
before.cells[0].outputs[0].data['image/png'] = ours
print(outputs.add_images(nb, before), nb.cells[0].outputs[0].data['image/png'] == ours)
before.cells[0].outputs[0].data[outputs.PLOTLY] = {}
del nb.cells[0].outputs[0].data['image/png']
print(outputs.add_images(nb, before))`;
    const cell = code('a', [display({ [PLOTLY]: figure })]);
    const { stdout } = run(notebook([cell]), lines, { GPT_CHROMIUM: '/nowhere/chromium' });
    expect(stdout).toBe(
      'True False False False\nNone True\n1 plots have no static image: GPT_CHROMIUM is /nowhere/chromium, where there is no file',
    );
  });

  test('show the colours of the lines exactly, in few bytes', ({ skip }) => {
    const lines = `
import base64, io
from PIL import Image
problem = outputs.add_images(nb, nb)
if problem: print(problem)
else:
    png = base64.b64decode(nb.cells[0].outputs[0].data['image/png'])
    image = Image.open(io.BytesIO(png))
    colors = {color for _, color in image.convert('RGB').getcolors(1 << 24)}
    print(image.size, image.mode, png[24], len(png) < 1500, image.info, {(0, 114, 178), (213, 94, 0)} <= colors)`;
    const bars = ['#0072b2', '#d55e00'].map((color) => ({
      type: 'bar',
      y: [2],
      marker: { color },
    }));
    const { stdout } = run(
      notebook([code('a', [display({ [PLOTLY]: { data: bars, layout: { height: 200 } } })])]),
      lines,
    );
    if (/no Chromium found/.test(stdout)) skip(stdout);
    expect(stdout).toBe("(560, 160) P 4 True {'Software': 'gpt-in-typescript'} True");
  });
});
