// Every command of `./gpt`: its name, what it does, and the program that does it. Plain Node, because
// it is read before any package is installed.

/** How every command ends; 128 and the signal's number where another signal ended it. */
export const EXIT_CODES =
  'Exit code: 0 done, 1 it could not be done, 2 wrong usage, 130 interrupted';

/**
 * @typedef {object} Command
 * @property {string} name one word, or two
 * @property {string} file the program, below scripts/
 * @property {string} summary
 */

/** @type {Record<string, Command[]>} */
export const GROUPS = {
  'Texts and models': [
    {
      name: 'data',
      file: 'commands/data.ts',
      summary: 'the texts and data sets: list, fetch NAME, verify',
    },
    { name: 'weights', file: 'commands/weights.ts', summary: "finds or fetches OpenAI's GPT-2" },
    {
      name: 'generate',
      file: 'commands/generate.ts',
      summary: 'continues a text, or answers an instruction',
    },
    {
      name: 'chat',
      file: 'commands/chat.ts',
      summary: 'a page in your browser that uses your models',
    },
    { name: 'pretrain', file: 'pretrain/pretrain.ts', summary: 'trains a small GPT from nothing' },
  ],
  Notebooks: [
    {
      name: 'notebooks run',
      file: 'notebooks/run.ts',
      summary: 'runs chapters headless; --write renews their outputs',
    },
    {
      name: 'notebooks clean',
      file: 'notebooks/clean.ts',
      summary: 'takes out what JupyterLab leaves behind',
    },
    {
      name: 'notebooks lint',
      file: 'notebooks/lint.ts',
      summary: 'checks their form, types, links and claims',
    },
    {
      name: 'translation',
      file: 'notebooks/translation.ts',
      summary: 'what the Portuguese edition has to follow',
    },
    {
      name: 'claims',
      file: 'notebooks/claims.ts',
      summary: 'collects what the chapters found in CLAIMS.md',
    },
  ],
  Publishing: [
    { name: 'site', file: 'site/build.ts', summary: 'the web edition' },
    {
      name: 'site film',
      file: 'site/record-film.ts',
      summary: 'records the training that the site shows as a film',
    },
    { name: 'kit', file: 'kit/make.ts', summary: 'a folder to set up from without a network' },
  ],
  Checks: [
    {
      name: 'test',
      file: 'commands/test.mjs',
      summary: 'everything that is checked, or one part: check, unit, notebooks',
    },
    { name: 'bench', file: 'benchmark/bench.ts', summary: 'measures speed, also beside PyTorch' },
  ],
};

const COMMANDS = Object.values(GROUPS).flat();

export const HELP = `Usage: ./gpt COMMAND [arguments]     or, from anywhere, node FOLDER/gpt.mjs COMMAND ...

${Object.entries(GROUPS)
  .map(([title, commands]) => `${title}\n${listed(commands)}`)
  .join('\n\n')}

./gpt COMMAND --help explains one. Paths begin where you stand.

${EXIT_CODES}`;

function listed(commands) {
  return commands.map(({ name, summary }) => `  ${name.padEnd(16)} ${summary}`).join('\n');
}

/** The number of letters to change, add, leave out or swap to make one word the other. */
function distance(a, b) {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = rows[i - 1][j - 1] + Number(a[i - 1] !== b[j - 1]);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? rows[i - 2][j - 2] + 1 : Infinity;
      rows[i][j] = Math.min(change, swap, rows[i - 1][j] + 1, rows[i][j - 1] + 1);
    }
  }
  return rows[a.length][b.length];
}

/** Names that are not commands of their own, but that people try as such. */
const ALSO = ['help', 'test check', 'test unit', 'npm start'];

/**
 * Says that a word is none of those expected, and which of them is nearest.
 *
 * @param {string} word
 * @param {string[]} words what may be suggested; of several words the last is compared
 * @param {{ kind?: string, listed?: string[] }} [options] `kind` says of what the word is one;
 *   `listed` are named where none is near, by default all
 */
export function unknown(word, words, { kind = 'command', listed = words } = {}) {
  const [nearest] = words
    .map((each) => ({ each, last: each.split(' ').at(-1) }))
    .map(({ each, last }) => {
      const letters = last.startsWith(word) ? 1 : distance(word, last);
      return { each, letters, isNear: letters <= Math.max(1, last.length / 3) };
    })
    .filter(({ isNear }) => isNear)
    .sort((a, b) => a.letters - b.letters);
  const said = `there is no ${kind} ${JSON.stringify(word)}`;
  if (word && nearest) return `${said} (did you mean "${nearest.each}"?)`;
  if (listed.length === 0) return said;
  return `${said}: expected ${listed.slice(0, -1).join(', ')} or ${listed.at(-1)}`;
}

/**
 * The command that arguments begin with, and the arguments that remain for it.
 *
 * @param {string[]} args
 * @returns {{ command?: Command, rest: string[], help?: string, wrong?: string }} `help` is to be
 *   printed; `wrong` says why there is no command
 */
export function findCommand(args) {
  const isHelp = (word) => ['help', '--help', '-h'].includes(word);
  if (args.length === 0) return { rest: [], wrong: 'the command is missing' };
  if (isHelp(args[0])) {
    const others = args.filter((word) => !isHelp(word));
    if (others.length === 0) return { rest: [], help: HELP };
    return findCommand([...others, '--help']);
  }
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(' ');
    const command = COMMANDS.find((each) => each.name === name);
    if (command) return { command, rest: args.slice(words) };
  }
  const [first, second] = args;
  const parts = COMMANDS.filter(({ name }) => name.startsWith(`${first} `));
  if (parts.length === 0) {
    const names = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0]))];
    const words = [...names, ...COMMANDS.map(({ name }) => name), ...ALSO];
    return { rest: [], wrong: unknown(first, words, { listed: names }) };
  }
  if (isHelp(second)) {
    const help = `Usage: ./gpt ${first} COMMAND [arguments]\n\n${listed(parts)}\n\n${EXIT_CODES}`;
    return { rest: [], help };
  }
  const names = parts.map(({ name }) => name.split(' ')[1]);
  if (second === undefined) {
    return { rest: [], wrong: `${first} needs a command after it: ${names.join(', ')}` };
  }
  return { rest: [], wrong: `${first}: ${unknown(second, names)}` };
}
