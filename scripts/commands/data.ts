/** `./gpt data list | fetch NAME | verify`: see HELP. */
import {
  CATALOGUE,
  fetchData,
  findData,
  knownData,
  verifyData,
  type Progress,
} from '../../lib/data';
import { EXIT_CODES, readArguments, runCommand, UsageError } from './arguments';
import { unknown } from './table.mjs';

const HELP = `Usage: ./gpt data COMMAND

  list            what there is: name, size, where it is on this machine, licence, title
  fetch NAME ...  bring files into data/cache, verified; "all" is the whole catalogue,
                  gutenberg:ID any book of Project Gutenberg by its number
  verify          check size and SHA-256 of every file that is here

Environment: GPT_DATA_MIRROR=DIR  take files from this folder, verified, in place
             GPT_DATA_CACHE=DIR   keep fetched files here instead of in data/cache
             GPT_OFFLINE=1        never use the network
             HTTPS_PROXY, HTTP_PROXY, NO_PROXY  as usual

${EXIT_CODES}`;

const kB = (bytes?: number) => (bytes === undefined ? '?' : `${Math.ceil(bytes / 1000)} kB`);

function list(): void {
  const here = new Map(
    verifyData().map(({ name, source, problem }) => [name, problem ? 'damaged' : source]),
  );
  for (const { name, bytes, licence, title } of knownData()) {
    const columns = [name.padEnd(24), kB(bytes).padStart(8), (here.get(name) ?? '-').padEnd(7)];
    console.log(`${columns.join('  ')}  ${title} [${licence}]`);
  }
}

async function fetchAll(names: string[]): Promise<void> {
  const wanted = names.flatMap((name) =>
    name === 'all' ? CATALOGUE.map((entry) => entry.name) : [name],
  );
  for (const name of wanted) if (!name.startsWith('gutenberg:')) findData(name); // typing errors first
  for (const name of wanted) {
    const { path, source } = await fetchData(name, { onProgress: progressLine(name) });
    console.log(`${name}: ${source === 'network' ? 'fetched' : `in the ${source}`}, ${path}`);
  }
}

/** A line that counts, on a terminal; elsewhere only what went wrong. */
function progressLine(name: string): (progress: Progress) => void {
  return ({ received, total, note }) => {
    if (note) console.error(`${name}: ${note}`);
    else if (process.stderr.isTTY) {
      const end = received === total ? '\r\x1b[K' : '';
      process.stderr.write(`\r${name}: ${kB(received)} of ${kB(total)}${end}`);
    }
  };
}

function verify(): void {
  const verdicts = verifyData();
  for (const { name, path, problem } of verdicts) {
    console.log(`${problem ? 'WRONG' : 'ok   '} ${name}: ${path}${problem ? ` ${problem}` : ''}`);
  }
  const wrong = verdicts.filter(({ problem }) => problem).length;
  console.log(`${verdicts.length} files here, ${wrong} wrong`);
  if (wrong > 0) process.exitCode = 1;
}

async function main(args: string[]): Promise<void> {
  const options = { help: { type: 'boolean', short: 'h', default: false } } as const;
  const { values, positionals } = readArguments(args, options, { positionals: true });
  if (values.help) return console.log(HELP);
  const [command, ...names] = positionals;
  if (command === 'fetch') {
    if (!names.length) throw new UsageError('fetch needs the name of a file, or "all"');
    return fetchAll(names);
  }
  const commands = new Map([
    ['list', list],
    ['verify', verify],
  ]);
  const run = commands.get(command);
  if (!run) {
    if (command === undefined) throw new UsageError('give list, fetch NAME or verify');
    throw new UsageError(unknown(command, ['list', 'fetch', 'verify']));
  }
  if (names.length)
    throw new UsageError(`${command} takes no names, got ${JSON.stringify(names[0])}`);
  run();
}

runCommand('data', main);
