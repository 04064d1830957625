/** `./gpt notebooks lint`, a part of `npm run check`: see HELP. */
import fs from 'node:fs';
import path from 'node:path';
import { counted, EXIT_CODES, readArguments, runCommand, shownPath } from '../commands/arguments';
import { notebookFiles, readNotebook, ROOT, type Notebook } from './cells';
import { findNotebooks } from './find-notebooks';
import { ledger, readClaims } from './ledger';
import { lint, type Finding } from './rules';
import { sourcesHash } from './sources';
import { checkTerms } from './terms';
import { checkTexts, readTexts } from './texts';
import { compare, portugueseFile, readRaw } from './editions';
import { checkTypes, libraryFiles } from './types';

const HELP = `Usage: ./gpt notebooks lint [--stale] [NAME ...]

Checks notebooks without running them: their form, types, links, plots, exercises and claims, and the
words of the Portuguese edition. A chapter whose outputs are older than its sources, and where the
Portuguese edition has to follow the English one, are only mentioned.

  NAME      a notebook file, or the start of a file name in notebooks/, such as "03" (default: all,
            and what they use of lib, by tslab's compiler)
  --stale   what would only be mentioned is a fault, as in npm test
  --help    this text

${EXIT_CODES}`;

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
  const command = `./gpt notebooks run --write ${shownPath(notebook.path)}`;
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
    { notebook: 'CLAIMS.md', message: 'does not hold the claims of the cells: ./gpt claims' },
  ];
}

const OPTIONS = {
  stale: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

async function main(args: string[]): Promise<void> {
  const { values, positionals } = readArguments(args, OPTIONS, { positionals: true });
  if (values.help) return console.log(HELP);
  const named = [...new Set((positionals as string[]).flatMap(findNotebooks))];
  const all = [...notebookFiles(), ...notebookFiles(ROOT, 'pt')];
  const files = named.length > 0 ? named : all;
  const unreadable: Finding[] = [];
  const notebooks = files.flatMap((file) => {
    try {
      return readNotebook(file);
    } catch (error) {
      unreadable.push({ notebook: shownPath(file), message: (error as Error).message });
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
    const fails = values.stale || !(needsRun || follows);
    if (fails) failed++;
    const place = cell ? `${notebook}, cell ${cell.number} (${cell.id})` : notebook;
    console.log(`${fails ? 'FAIL' : 'note'} ${place}: ${message}`);
  }
  console.log(`${counted(notebooks.length, 'notebook')} checked, ${counted(failed, 'fault')}`);
  process.exitCode = failed > 0 ? 1 : 0;
}

runCommand('notebooks lint', main);
