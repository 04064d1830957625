// Checks the notebooks, as part of `npm run check`: shape, types, claims. What asks for a new run
// of a chapter (outputs older than their sources, a plot without its image), and where the
// Portuguese edition has to follow the English one, is only said here; with --stale, as in
// `npm test`, it fails too.
//
// usage: tsx scripts/lint.ts [--stale] [NOTEBOOK.ipynb ...]

import fs from 'node:fs';
import path from 'node:path';
import { notebookFiles, readNotebook, ROOT, type Notebook } from './notebook/cells';
import { ledger, readClaims } from './notebook/claims';
import { lint, type Finding } from './notebook/rules';
import { sourcesHash } from './notebook/sources';
import { checkTerms } from './notebook/terms';
import { checkTexts, readTexts } from './notebook/texts';
import { compare, portugueseFile, readRaw } from './notebook/translation';
import { checkTypes, libraryFiles } from './notebook/types';

/** Outputs of a Portuguese chapter whose cells speak English are copies. */
const hasOutputs = ({ language, path }: Notebook) =>
  language === 'en' || readTexts(path) !== undefined;

/** Where the outputs come from other sources than those that are there now. */
function staleness(notebook: Notebook): Finding[] {
  let present: string;
  try {
    present = sourcesHash(notebook.path);
  } catch {
    return []; // an import that leads nowhere, which the types report
  }
  if (notebook.sources === present) return [];
  const command = `npm run notebooks -- --write ${path.relative(ROOT, notebook.path)}`;
  const what = notebook.sources
    ? 'outputs are older than their sources'
    : 'outputs are not the runner’s';
  return [{ notebook: notebook.name, message: `${what}: ${command}`, needsRun: true }];
}

function translation(notebook: Notebook): Finding[] {
  const english = readRaw(notebook.path)!;
  try {
    const texts = readTexts(notebook.path);
    const portuguese = readRaw(portugueseFile(notebook.path));
    return [
      ...compare(notebook.name, english, portuguese, texts),
      ...(texts ? checkTexts(notebook, texts) : []),
    ];
  } catch {
    return []; // the Portuguese file is no notebook, which is said where it is read
  }
}

async function ledgerFindings(notebooks: readonly Notebook[]): Promise<Finding[]> {
  const file = path.join(ROOT, 'notebooks', 'CLAIMS.md');
  const old = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  if (old === (await ledger(notebooks))) return [];
  return [
    { notebook: 'CLAIMS.md', message: 'does not hold the claims of the cells: npm run claims' },
  ];
}

async function main(): Promise<void> {
  const stale = process.argv.includes('--stale');
  const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const all = [...notebookFiles(), ...notebookFiles(ROOT, 'pt')];
  const files = named.length > 0 ? named.map((file) => path.resolve(file)) : all;
  const unreadable: Finding[] = [];
  const notebooks = files.flatMap((file) => {
    try {
      return readNotebook(file);
    } catch (error) {
      unreadable.push({ notebook: path.relative(ROOT, file), message: (error as Error).message });
      return [];
    }
  });
  const english = notebooks.filter(({ language }) => language === 'en');
  const findings = [
    ...unreadable,
    ...notebooks.flatMap(lint),
    ...english.flatMap((notebook) => readClaims(notebook).findings),
    ...checkTypes(english, { library: named.length > 0 ? [] : libraryFiles() }),
    ...notebooks.filter(hasOutputs).flatMap(staleness),
    ...english.flatMap(translation),
    ...notebooks.filter(({ language }) => language === 'pt').flatMap(checkTerms),
    ...(named.length > 0 ? [] : await ledgerFindings(english)),
  ];
  let failed = 0;
  for (const { notebook, cell, message, needsRun, follows } of findings) {
    const fails = stale || !(needsRun || follows);
    if (fails) failed++;
    const place = cell ? `${notebook}, cell ${cell.number} (${cell.id})` : notebook;
    console.log(`${fails ? 'FAIL' : 'note'} ${place}: ${message}`);
  }
  console.log(`${notebooks.length} notebooks checked, ${failed} faults`);
  process.exitCode = failed > 0 ? 1 : 0;
}
void main();
