/** What all commands of `./gpt` share: how their arguments are read, and how they end. */
import path from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UserError } from '../../lib/core/errors';
import { unknown } from './table.mjs';

export { EXIT_CODES } from './table.mjs';

/** Wrong usage: said in one line, with the exit code 2. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;

/** An error of `parseArgs` in the words of this project. */
function explain({ code, message }: NodeJS.ErrnoException, options: Options): string {
  const [, quoted = ''] = /'(.*?)'(?=\.? |$)/s.exec(message) ?? [];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const names = Object.keys(options).map((name) => `--${name}`);
    return unknown(quoted, names, { kind: 'option', listed: [] });
  }
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') {
    return `unexpected argument ${JSON.stringify(quoted)}`;
  }
  const [option] = /--[^ ]+/.exec(quoted) ?? [quoted];
  if (message.includes('does not take an argument')) return `${option} takes no value`;
  return `${option} needs a value`;
}

/**
 * Options and the arguments beside them. An option's value may begin with a minus, as `--prompt
 * "-5 degrees"`, unless it is another option's name.
 *
 * @param positionals whether there may be arguments beside the options; default false
 * @throws UsageError
 */
export function readArguments<T extends Options>(
  args: readonly string[],
  options: T,
  { positionals = false } = {},
) {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const name = /^--([^=]+)$/.exec(args[i])?.[1];
    if (args[i] === '--' || !name || options[name]?.type !== 'string' || i + 1 === args.length) {
      joined.push(args[i]);
      if (args[i] === '--') joined.push(...args.slice(i + 1));
      if (args[i] === '--') break;
    } else {
      const value = args[++i];
      const other = /^--([^=]+)/.exec(value)?.[1];
      if (other && Object.hasOwn(options, other)) {
        throw new UsageError(`--${name} needs a value, but the option ${value} follows`);
      }
      joined.push(`--${name}=${value}`);
    }
  }
  try {
    return parseArgs({ args: joined, options, allowPositionals: positionals });
  } catch (error) {
    throw new UsageError(explain(error as Error, options));
  }
}

/** Which numbers an option takes. */
export interface Range {
  /** Digits only. */
  whole?: boolean;
  min?: number;
  /** Like `min`, but not this number itself. */
  above?: number;
  max?: number;
}

/** Seeds are 32-bit integers. */
export const SEEDS: Range = { whole: true, min: 0, max: 2 ** 31 - 1 };
export const COUNTS: Range = { whole: true, min: 1, max: Number.MAX_SAFE_INTEGER };

/**
 * The number that an option gives, written in decimal: not empty, no white space, no `0x10`.
 *
 * @param option with its minuses, for the error
 * @throws UsageError that says which numbers are expected
 */
export function readNumber(option: string, text: string, range: Range): number {
  const { whole = false, min = -Infinity, above = -Infinity, max = Infinity } = range;
  const written = whole ? /^\d+$/ : /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const value = written.test(text) ? Number(text) : NaN;
  if (Number.isFinite(value) && value >= min && value > above && value <= max) return value;
  const bounds = [
    Number.isFinite(min) && `from ${min}`,
    Number.isFinite(above) && `above ${above}`,
    max < Number.MAX_SAFE_INTEGER && `up to ${max}`,
  ].filter(Boolean);
  const expected = [`a ${whole ? 'whole ' : ''}number`, ...bounds].join(' ');
  throw new UsageError(`${option} must be ${expected}, got ${JSON.stringify(text)}`);
}

/**
 * One of the words that an option takes.
 *
 * @throws UsageError that names them
 */
export function readChoice<T extends string>(
  option: string,
  text: string,
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new UsageError(
    `${option} must be one of ${choices.join(', ')}, got ${JSON.stringify(text)}`,
  );
}

/**
 * A path that an option gives; relative ones start where the person stands.
 *
 * @throws UsageError when it is empty
 */
export function readPath(option: string, text: string): string {
  if (text.trim() === '')
    throw new UsageError(`${option} must be a path, got ${JSON.stringify(text)}`);
  return path.resolve(text);
}

/** A number of things: "1 fault", "2 faults". */
export const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;

/** A path as a person would write it who stands in this folder. */
export function shownPath(file: string): string {
  const relative = path.relative('', file);
  return relative.startsWith('..') ? file : relative || '.';
}

/**
 * Runs a command and ends with one of {@link EXIT_CODES}. An error is one line.
 *
 * @param name what stands before an error of the program's own
 */
export function runCommand(name: string, main: (args: string[]) => Promise<void>): void {
  process.stdout.on('error', () => process.exit()); // such as `| head -1`
  main(process.argv.slice(2)).catch((error: Error) => {
    if (error instanceof UsageError) console.error(`${error.message}; see --help`);
    else if (error instanceof UserError) console.error(error.message);
    else console.error(error instanceof TypeError ? error : `${name}: ${error.message}`);
    process.exitCode = 1;
    if (error instanceof UsageError) process.exitCode = 2;
    if (error.name === 'AbortError') process.exitCode = 130;
  });
}
