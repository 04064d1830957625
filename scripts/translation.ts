// The Portuguese edition, kept beside the English one.
//
// usage: npm run translation [-- --update | --accept] [NAME ...]
//
// Alone it lists what is stale, missing or changed. --update takes over code, outputs and new cells
// of the English notebooks, keeps the translated prose, and makes a notebook that is not there yet.
// --accept marks all prose of a notebook as translating the present English one: after translating
// it, or after a change that asks for none. NAME is the start of a file name, such as "03".

import fs from 'node:fs';
import path from 'node:path';
import { notebookFiles, ROOT } from './notebook/cells';
import {
  accept,
  compare,
  follow,
  format,
  portugueseFile,
  readRaw,
  type RawNotebook,
} from './notebook/translation';

function write(file: string, notebook: RawNotebook): boolean {
  const text = format(notebook);
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) return false;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.tmp`, text);
  fs.renameSync(`${file}.tmp`, file);
  return true;
}

function main(): void {
  const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
  const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const unknown = options.find((option) => !['--update', '--accept'].includes(option));
  if (unknown) throw new Error(`unknown option ${unknown}; there are --update and --accept`);
  if (options.includes('--accept') && names.length === 0) {
    throw new Error('--accept needs the name of a notebook, such as "03"');
  }
  const all = notebookFiles();
  const chosen = all.filter(
    (file) => names.length === 0 || names.some((name) => path.basename(file).startsWith(name)),
  );
  if (chosen.length === 0) throw new Error(`no notebook is called "${names.join('", "')}"`);

  let count = 0;
  for (const file of chosen) {
    const english = readRaw(file)!;
    const target = portugueseFile(file);
    if (options.includes('--update')) {
      if (write(target, follow(english, readRaw(target)))) {
        console.log(`updated ${path.relative(ROOT, target)}`);
      }
    }
    const present = readRaw(target);
    if (options.includes('--accept') && present) write(target, accept(english, present));
    const name = path.relative(path.join(ROOT, 'notebooks'), file);
    for (const { notebook, cell, message } of compare(name, english, readRaw(target))) {
      count++;
      console.log(`${notebook}${cell ? `, cell ${cell.number} (${cell.id})` : ''}: ${message}`);
    }
  }
  console.log(`${chosen.length} notebooks compared, ${count} differences`);
  if (options.length === 0) process.exitCode = count > 0 ? 1 : 0;
}

try {
  main();
} catch (error) {
  console.error(`translation: ${(error as Error).message}`);
  process.exitCode = 1;
}
