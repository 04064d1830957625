/** Instruction data: reading JSON or JSON lines, checking the records, and splitting them. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DataError, isAbsent } from '../core/errors';
import { seededRandom, shuffled } from '../core/seeded-random';
import { readText } from '../core/read-file';
import { CATALOGUE, findData, loadText } from '../data';
import { phrase, translate } from '../language';
import type { InstructionRecord } from './prompt';

/** The instructions that were written for this project. */
const SAMPLE = path.resolve(__dirname, '../../data/instructions.json');

const KEYS = ['instruction', 'input', 'output'] as const;

/**
 * Reads a record from a JSON value.
 *
 * @param where names the record in errors
 * @throws DataError if a field is missing or not a text
 */
function checkRecord(value: unknown, where: string): InstructionRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DataError(
      `${where}: expected an object with instruction, input and output, got ${JSON.stringify(value)?.slice(0, 60)}`,
    );
  }
  const record = { input: '', ...value } as Record<string, unknown>;
  for (const key of KEYS) {
    if (typeof record[key] === 'string') continue;
    const got = record[key] === undefined ? 'nothing' : JSON.stringify(record[key]).slice(0, 60);
    throw new DataError(`${where}: ${key} must be a text, got ${got}`);
  }
  const { instruction, input, output } = record as unknown as InstructionRecord;
  if (!instruction.trim()) throw new DataError(`${where}: the instruction is empty`);
  return { instruction, input, output };
}

/**
 * Reads records from the text of a JSON file (an array) or of JSON lines (an object on each line).
 *
 * @param name the file's name, for errors
 * @throws DataError with the number of the record, from 1, and what is wrong with it
 */
export function parseInstructions(text: string, name = 'the text'): InstructionRecord[] {
  const source = text.replace(/^\ufeff/, '');
  const records = source.trimStart().startsWith('[')
    ? parseArray(source, name)
    : parseLines(source, name);
  if (!records.length) throw new DataError(`${name} has no records`);
  return records;
}

function parseArray(source: string, name: string): InstructionRecord[] {
  let values: unknown[];
  try {
    values = JSON.parse(source) as unknown[];
  } catch (error) {
    throw new DataError(`${name} is not JSON: ${(error as Error).message}`);
  }
  return values.map((value, i) => checkRecord(value, `Record ${i + 1} of ${name}`));
}

function parseLines(source: string, name: string): InstructionRecord[] {
  const lines = source.split('\n').map((line, i) => ({ line: line.trim(), number: i + 1 }));
  return lines
    .filter(({ line }) => line)
    .map(({ line, number }, i) => {
      const where = `Record ${i + 1} of ${name} (line ${number})`;
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch (error) {
        throw new DataError(`${where} is not JSON: ${(error as Error).message}`);
      }
      return checkRecord(value, where);
    });
}

export interface OpenedInstructions {
  readonly records: InstructionRecord[];
  readonly source: 'catalogue' | 'file' | 'sample';
  /** One line for the screen, the same on every machine: what was opened, why, and its licence. */
  readonly note: string;
}

/** The names of instruction data in the catalogue. */
const catalogueNames = () =>
  CATALOGUE.filter(({ kind }) => kind === 'instructions').map(({ name }) => name);

/**
 * Opens the catalogue's instructions (`instruction-data`, `alpaca-data`) if they are on this
 * machine, else the sample that comes with the project; or a JSON or JSON lines file of your own.
 *
 * @param name a name in the catalogue, `sample`, or the path of a file
 * @throws DataError if the file does not exist, or a record is invalid
 */
export function openInstructions(name = 'instruction-data'): OpenedInstructions {
  const count = (records: readonly unknown[]) =>
    phrase('{count:,} records', { count: records.length });
  if (name === 'sample') {
    const records = parseInstructions(readText(SAMPLE), path.basename(SAMPLE));
    const title = translate('a sample written for this project (data/instructions.json)');
    return { records, source: 'sample', note: `${title}: ${count(records)}` };
  }
  if (!catalogueNames().includes(name)) {
    if (!existsSync(name)) {
      throw new DataError(
        `Unknown instructions "${name}": expected ${[...catalogueNames(), 'sample'].join(', ')}, ` +
          'or the path of a JSON or JSON lines file',
      );
    }
    const file = path.basename(name);
    const records = parseInstructions(readText(name), file);
    return { records, source: 'file', note: `${file}: ${count(records)}` };
  }
  const { title, licence, file } = findData(name);
  try {
    const records = parseInstructions(loadText(name), file);
    return {
      records,
      source: 'catalogue',
      note: phrase('{title}; licence: {licence}', { title, licence }),
    };
  } catch (error) {
    if (!isAbsent(error)) throw error;
    const { records, note } = openInstructions('sample');
    const said = phrase(
      '{name} is not on this machine: going on with {sample}. To fetch it: ./gpt data fetch {name}',
      { name, sample: note },
    );
    return { records, source: 'sample', note: said };
  }
}

export interface SplitInstructions {
  train: InstructionRecord[];
  validation: InstructionRecord[];
  test: InstructionRecord[];
}

/**
 * Splits records into 85 % for training, 10 % for the test, and the remaining 5 % for validation.
 *
 * @param options.seed shuffles the records first; without it the parts keep the order of the
 *   records, training first, then test and validation, as in the reference course
 */
export function splitInstructions(
  records: readonly InstructionRecord[],
  { seed, train = 0.85, test = 0.1 }: { seed?: number; train?: number; test?: number } = {},
): SplitInstructions {
  const order = seed === undefined ? records : shuffled(records, seededRandom(seed));
  const first = Math.floor(order.length * train);
  const second = first + Math.floor(order.length * test);
  return {
    train: order.slice(0, first),
    test: order.slice(first, second),
    validation: order.slice(second),
  };
}
