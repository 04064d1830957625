/** `./gpt notebooks clean`: see HELP. */
import { EXIT_CODES, readArguments, runCommand } from '../commands/arguments';
import { findNotebooks } from './find-notebooks';
import { runPython } from './python';

const HELP = `Usage: ./gpt notebooks clean [NAME ...]

Brings notebooks into the form in which they are committed, whoever saved them: without counts and
times, with a static image beside each plot, and with the runner's outputs wherever JupyterLab or a
person's run changed those. Edited cells keep their edits.

  NAME    a notebook file, or the start of a file name in notebooks/, such as "03" (default: all
          that are committed)
  --help  this text

${EXIT_CODES}`;

async function main(args: string[]): Promise<void> {
  const options = { help: { type: 'boolean', short: 'h', default: false } } as const;
  const { values, positionals } = readArguments(args, options, { positionals: true });
  if (values.help) return console.log(HELP);
  const names: string[] = positionals;
  await runPython('outputs.py', { files: [...new Set(names.flatMap(findNotebooks))] });
}

runCommand('notebooks clean', main);
