/** `./gpt translation`: the Portuguese edition, kept beside the English one, see HELP. */
import fs from 'node:fs';
import path from 'node:path';
import { isPair, notebookFiles, parseNotebook, readNotebook, ROOT } from './cells';
import { findNotebooks } from './find-notebooks';
import { committed, foreignWork, LeftAlone, replaceFile } from './ownership';
import { orderTexts, readTexts, textsFile } from './texts';
import { accept, compare, follow, format, portugueseFile } from './editions';
import type { RawNotebook } from './raw-notebook';
import {
  counted,
  EXIT_CODES,
  readArguments,
  runCommand,
  shownPath,
  UsageError,
} from '../commands/arguments';

const HELP = `Usage: ./gpt translation [--update] [--accept] [NAME ...]

Lists what is stale, missing or changed in the Portuguese edition.

  NAME       the start of a file name, such as "03", a path below notebooks/, or a
             file, also of the Portuguese edition
  --update   takes over code and new cells of the English notebooks, with translated comments, keeps
             the translated prose, makes a notebook that is not there yet, and gives new texts of the
             cells an empty place in the chapter's table, notebooks/pt/texts
  --accept   marks all prose of a notebook as translating the present English one: after
             translating it, or after a change that asks for none
  --help     this text

A Portuguese notebook that holds somebody's own work is not written: what it would have become
goes to notebooks/.executed/pt/. Differences are exit code 1.

${EXIT_CODES}`;

const OPTIONS = {
  update: { type: 'boolean', default: false },
  accept: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const HOME = path.join(ROOT, 'notebooks');
type Work = 'update' | 'accept' | undefined;

function read(file: string): { bytes?: Buffer; notebook?: RawNotebook } {
  if (!fs.existsSync(file)) return {};
  const bytes = fs.readFileSync(file);
  return { bytes, notebook: parseNotebook(file, bytes) };
}

/** Puts a notebook in the place of what was read, unless that, or its file by now, is not ours. */
function write(
  target: string,
  made: RawNotebook,
  before: ReturnType<typeof read>,
  foreign: string[],
) {
  const text = format(made);
  try {
    if (foreign.length > 0) throw new LeftAlone('holds work that is not ours');
    if (replaceFile(target, text, before.bytes)) {
      console.log(`updated ${shownPath(target)}`);
    }
  } catch (error) {
    if (!(error instanceof LeftAlone)) throw error;
    const copy = path.join(HOME, '.executed', path.relative(HOME, target));
    replaceFile(copy, text, fs.existsSync(copy) ? fs.readFileSync(copy) : undefined);
    throw new LeftAlone(
      [
        `${shownPath(target)} ${error.message}: it stays as it is`,
        ...foreign,
        `what it would have become is in ${shownPath(copy)}`,
      ].join('\n  '),
    );
  }
}

/** Gives each text of the cells its place in the table. */
function updateTexts(file: string): void {
  const notebook = readNotebook(file);
  const table = readTexts(file);
  if (!table || notebook.isSolution) return;
  const text = `${JSON.stringify(orderTexts(notebook, table), null, 2)}\n`;
  const target = textsFile(file);
  if (replaceFile(target, text, fs.readFileSync(target))) {
    console.log(`updated ${shownPath(target)}`);
  }
}

/** Does the work on one notebook and says what remains; returns how many differences that is. */
function treat(file: string, work: Work): number {
  const { notebook: english } = read(file);
  if (!english) return 0;
  const target = portugueseFile(file);
  if (work === 'update') updateTexts(file);
  const texts = readTexts(file);
  const before = read(target);
  if (work && (work === 'update' || before.notebook)) {
    const { notebook } = before;
    const missing = english.cells.findIndex(({ id }) => !id);
    if (missing >= 0) throw new LeftAlone(`${shownPath(file)}: cell ${missing + 1} has no id`);
    const old = notebook && { english: committed(file), portuguese: committed(target) };
    const foreign = notebook && old ? foreignWork(notebook, english, old) : [];
    const made = work === 'update' ? follow(english, notebook, texts) : accept(english, notebook!);
    write(target, made, before, foreign);
  }
  const findings = compare(path.relative(HOME, file), english, read(target).notebook, texts);
  for (const { notebook, cell, message } of findings) {
    console.log(`${notebook}${cell ? `, cell ${cell.number} (${cell.id})` : ''}: ${message}`);
  }
  return findings.length;
}

/** The English notebooks that a name means; a Portuguese one stands for its English one. */
function choose(name: string): string[] {
  const all = notebookFiles();
  return findNotebooks(name).map((file) => {
    const english = path.join(HOME, path.relative(HOME, file).replace(/^pt\//, ''));
    if (all.includes(english)) return english;
    throw new Error(`${shownPath(file)} is not a notebook of the English edition`);
  });
}

async function main(args: string[]): Promise<void> {
  const { values, positionals } = readArguments(args, OPTIONS, { positionals: true });
  if (values.help) return console.log(HELP);
  const names: string[] = positionals;
  if (values.accept && names.length === 0) {
    throw new UsageError('--accept needs the name of a notebook, such as "03"');
  }
  const works = (['update', 'accept'] as const).filter((work) => values[work]);
  const chosen = new Set(names.length > 0 ? names.flatMap(choose) : notebookFiles().filter(isPair));
  let count = 0;
  for (const file of chosen) {
    try {
      const counts = (works.length > 0 ? works : [undefined]).map((work) => treat(file, work));
      count += counts.at(-1)!;
    } catch (error) {
      console.error(`translation: ${(error as Error).message}`);
      process.exitCode = 1;
    }
  }
  console.log(`${counted(chosen.size, 'notebook')} compared, ${counted(count, 'difference')}`);
  if (works.length === 0 && count > 0) process.exitCode = 1;
}

runCommand('translation', main);
