/** `./gpt notebooks run`: see HELP. */
import fs from 'node:fs';
import path from 'node:path';
import {
  COUNTS,
  EXIT_CODES,
  readArguments,
  readNumber,
  readPath,
  runCommand,
  UsageError,
} from '../commands/arguments';
import { runPython } from './python';

const HELP = `Usage: ./gpt notebooks run [options] [NAME ...]

Runs notebooks headless on the tslab kernel, and fails when anything in them went wrong.

  NAME            a notebook file, or the start of a file name in notebooks/, such as "03"; without
                  one, every chapter and every solution runs
  --write         puts the outputs into the notebook itself, with a static image of each plot, and
                  runs its Portuguese twin too; else the executed copy goes to notebooks/.executed/
  --portuguese    runs the Portuguese notebooks alone
  --twice         runs each two times, and fails where the second prints something else, but for
                  cells tagged "measured"
  --limit S       seconds that a cell may compute (default 900); waiting in silence is limited to
                  the same, at most 240
  --summary FILE  writes how many passed, failed and skipped there, as JSON
  --help          this text

Ctrl-C ends the run at once: the notebook under way stays as it was.

${EXIT_CODES}`;

const OPTIONS = {
  write: { type: 'boolean', default: false },
  twice: { type: 'boolean', default: false },
  portuguese: { type: 'boolean', default: false },
  limit: { type: 'string', default: '900' },
  summary: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Said before an hour of work and not after it. */
function readWritable(option: string, text: string): string {
  const file = readPath(option, text);
  try {
    fs.accessSync(path.dirname(file), fs.constants.W_OK);
    if (!fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) return file;
  } catch {
    // Said below.
  }
  throw new UsageError(`${option}: ${file} cannot be written`);
}

async function main(args: string[]): Promise<void> {
  const { values, positionals: names } = readArguments(args, OPTIONS, { positionals: true });
  if (values.help) return console.log(HELP);
  const { write, twice, portuguese } = values;
  const [first, second] = (['write', 'twice', 'portuguese'] as const).filter(
    (name) => values[name],
  );
  if (second) throw new UsageError(`give --${first} or --${second}, not both`);
  // An empty name would be the start of every one.
  if (names.some((name) => name.trim() === '')) throw new UsageError('NAME is empty');
  const limit = readNumber('--limit', values.limit!, COUNTS);
  const summary = values.summary && readWritable('--summary', values.summary);
  await runPython('runner.py', {
    names,
    write,
    twice,
    portuguese,
    limit,
    summary: summary ?? null,
  });
}

runCommand('notebooks run', main);
