// Whose a notebook is: a file that somebody changed since it was read, or that holds work that is
// not ours, is never replaced.

import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { joined, ROOT } from './cells';
import type { RawCell, RawNotebook } from './raw-notebook';

/** Why a file stays as it is, in words that follow its name. */
export class LeftAlone extends Error {}

/**
 * Puts a text in the place of `before`, as a whole or not at all. A link goes on leading to its file.
 *
 * @param before the bytes that were read; undefined where there was no file
 * @returns whether the file is another now
 * @throws LeftAlone where the file is not `before` any more, is read-only, or cannot be written
 */
export function replaceFile(file: string, text: string, before?: Buffer): boolean {
  if (before?.equals(Buffer.from(text))) return false;
  const check = () => {
    const present = fs.existsSync(file) ? fs.readFileSync(file) : undefined;
    if (before && !present) throw new LeftAlone('was deleted or renamed since it was read');
    if (before ? !present?.equals(before) : fs.lstatSync(file, { throwIfNoEntry: false })) {
      throw new LeftAlone('was changed since it was read');
    }
    if (present && !(fs.statSync(file).mode & 0o200)) throw new LeftAlone('is read-only');
  };
  check();
  let beside: string | undefined;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const target = before ? fs.realpathSync(file) : file;
    const mark = `${randomBytes(4).toString('hex')}.tmp`;
    beside = path.join(path.dirname(target), `.${path.basename(target)}.${mark}`);
    fs.writeFileSync(beside, text, { flag: 'wx' });
    if (before) fs.chmodSync(beside, fs.statSync(target).mode);
    check(); // again, as late as possible
    fs.renameSync(beside, target);
  } catch (error) {
    if (beside) fs.rmSync(beside, { force: true });
    if (error instanceof LeftAlone) throw error;
    throw new LeftAlone(`could not be written (${(error as NodeJS.ErrnoException).code})`);
  }
  return true;
}

/** A notebook as it was committed last; undefined without git, a commit, or the file in it. */
export function committed(file: string, root = ROOT): RawNotebook | undefined {
  try {
    const name = path.relative(root, file).split(path.sep).join('/');
    const show = execFileSync('git', ['show', `HEAD:./${name}`], {
      cwd: root,
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return JSON.parse(show.toString()) as RawNotebook;
  } catch {
    return undefined;
  }
}

/** What editors leave on a cell; other metadata, such as that of slides, is a person's. */
const LEFTOVERS = [
  'collapsed',
  'deletable',
  'editable',
  'execution',
  'ExecuteTime',
  'jupyter',
  'outputId',
  'jp-MarkdownHeadingCollapsed',
  'scrolled',
  'tags',
  'translates',
  'trusted',
  'vscode',
];
const ownMetadata = ({ metadata }: RawCell) =>
  Object.keys(metadata).filter(
    (key) =>
      !LEFTOVERS.includes(key) &&
      !(key === 'slideshow' && isDeepStrictEqual(metadata[key], { slide_type: '' })),
  );

/** Of a cell, all that the Portuguese edition copies but outputs; of prose, not the words. */
const copied = ({ id, cell_type, source, metadata }: RawCell) => [
  id,
  cell_type,
  cell_type === 'code' ? unix(joined(source)) : '',
  [...(metadata.tags ?? [])].sort(),
];
const unix = (text: string) => text.replaceAll('\r\n', '\n');

/** 16 hexadecimal digits: by them `--update` knows its own copy again. */
export const copiedHash = ({ cells }: RawNotebook): string =>
  createHash('sha256')
    .update(JSON.stringify(cells.map(copied)))
    .digest('hex')
    .slice(0, 16);

const prose = (cell: RawCell) => [unix(joined(cell.source)), cell.attachments ?? {}];

/**
 * What in a Portuguese notebook is not ours, in lines that name the cells. Ours is what stands in
 * the English notebook, now or as committed, what is committed in Portuguese, and what `--update`
 * wrote, by its hash; prose that the English notebook no longer has is ours where it is committed.
 */
export function foreignWork(
  portuguese: RawNotebook,
  english: RawNotebook,
  old: { english?: RawNotebook; portuguese?: RawNotebook },
): string[] {
  const ids = portuguese.cells.map(({ id }) => id);
  const gpt = portuguese.metadata.gpt as { copied?: string } | undefined;
  const untouched = gpt?.copied === copiedHash(portuguese);
  const known = [english, old.english].filter((each): each is RawNotebook => each !== undefined);
  const find = (notebook: RawNotebook | undefined, id: string) =>
    notebook?.cells.find((cell) => cell.id === id);
  const problem = (cell: RawCell, i: number): string | undefined => {
    if (!cell.id) return 'it has no id, so nothing says which English cell it follows';
    if (ids.indexOf(cell.id) < i) return `it has the id of cell ${ids.indexOf(cell.id) + 1}`;
    const originals = known.flatMap((notebook) => find(notebook, cell.id) ?? []);
    const [own] = ownMetadata(cell);
    if (own) return `somebody gave it metadata, "${own}"`;
    if (!untouched) {
      if (originals.length === 0) return 'the English notebook has no such cell';
      const ours = [...originals, find(old.portuguese, cell.id)].filter(
        (each) => each !== undefined,
      );
      if (!ours.some((original) => isDeepStrictEqual(copied(original), copied(cell)))) {
        const same = originals.some(({ source }) => joined(source) === joined(cell.source));
        return `its ${same || cell.cell_type !== 'code' ? 'kind or tags were' : 'code was'} changed`;
      }
    }
    if (cell.cell_type === 'code' || find(english, cell.id)) return undefined;
    const kept = find(old.portuguese, cell.id);
    const safe = kept && isDeepStrictEqual(prose(kept), prose(cell));
    return safe
      ? undefined
      : 'the English notebook has it no longer, and its text is not committed';
  };
  const found = portuguese.cells.flatMap((cell, i) => {
    const message = problem(cell, i);
    return message ? [`cell ${i + 1}${cell.id ? ` (${cell.id})` : ''}: ${message}`] : [];
  });
  const order = (notebook: RawNotebook, among: readonly string[]) =>
    notebook.cells.map(({ id }) => id).filter((id) => among.includes(id));
  const inOrder = known.some((notebook) => {
    const theirs = notebook.cells.map(({ id }) => id);
    return isDeepStrictEqual(order(notebook, ids), order(portuguese, theirs));
  });
  if (found.length === 0 && !untouched && !inOrder) found.push('its cells stand in another order');
  return found;
}
