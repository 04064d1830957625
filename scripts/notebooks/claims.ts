/** `./gpt claims`: see HELP. */
import path from 'node:path';
import { writeFilesAtomic } from '../../lib/data';
import { notebookFiles, readNotebook, ROOT } from './cells';
import { ledger } from './ledger';
import { EXIT_CODES, readArguments, runCommand } from '../commands/arguments';

const HELP = `Usage: ./gpt claims

Writes notebooks/CLAIMS.md from the claims in the chapters.

${EXIT_CODES}`;

async function main(args: string[]): Promise<void> {
  const options = { help: { type: 'boolean', short: 'h', default: false } } as const;
  if (readArguments(args, options).values.help) return console.log(HELP);
  const text = await ledger(notebookFiles().map(readNotebook));
  writeFilesAtomic(path.join(ROOT, 'notebooks'), { 'CLAIMS.md': text });
}

runCommand('claims', main);
