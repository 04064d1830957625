/** `npm run claims`: see HELP. */
import path from 'node:path';
import { writeFilesAtomic } from '../lib/data';
import { notebookFiles, readNotebook, ROOT } from './notebook/cells';
import { ledger } from './notebook/claims';
import { readArguments, runCommand } from './command';

const HELP = `Usage: npm run claims

Writes notebooks/CLAIMS.md from the claims in the chapters.

Exit code: 0 done, 1 it could not be done, 2 wrong usage`;

async function main(args: string[]): Promise<void> {
  const options = { help: { type: 'boolean', short: 'h', default: false } } as const;
  if (readArguments(args, options).values.help) return console.log(HELP);
  const text = await ledger(notebookFiles().map(readNotebook));
  writeFilesAtomic(path.join(ROOT, 'notebooks'), { 'CLAIMS.md': text });
}

runCommand('claims', main);
