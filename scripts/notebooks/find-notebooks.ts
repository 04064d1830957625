import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '../commands/arguments';
import { isPair, notebookFiles, ROOT } from './cells';

/**
 * The notebooks that a name means: a file, from where the person stands; else one below `notebooks/`
 * by its path or its name, with the solution of that name; else the chapters and solutions whose names
 * begin so.
 *
 * @throws UsageError where the name is empty; Error where no notebook is called so
 */
export function findNotebooks(name: string): string[] {
  if (name.trim() === '') throw new UsageError('NAME is empty: give the start of a file name');
  const file = path.resolve(name);
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return [file];
  const english = notebookFiles();
  const below = [...english, ...notebookFiles(ROOT, 'pt')].filter(
    (each) => path.relative(path.join(ROOT, 'notebooks'), each) === name,
  );
  const called = english.filter((each) =>
    [path.basename(each), path.basename(each, '.ipynb')].includes(name),
  );
  const begun = english.filter((each) => path.basename(each).startsWith(name) && isPair(each));
  const found = [below, called, begun].find(({ length }) => length > 0);
  if (!found) throw new Error(`no notebook is called ${JSON.stringify(name)}`);
  return found;
}
