/** Opens, cleans and splits the SMS Spam Collection (Almeida, Hidalgo and Yamakami 2011). */
import path from 'node:path';
import type { DataFrame } from 'danfojs-node';
import { DataError, isAbsent } from '../core/errors';
import { seededRandom, shuffled } from '../core/seeded-random';
import { readText } from '../core/read-file';
import { dataPath } from '../data';
import { phrase } from '../language';

/** The labels, in the order of a classifier's outputs. */
export const SPAM_LABELS = ['ham', 'spam'] as const;

export interface Message {
  label: (typeof SPAM_LABELS)[number];
  text: string;
}

/** Messages written for this project, in the collection's format. */
const SAMPLE = path.resolve(__dirname, '../../data/messages.tsv');

/**
 * Options for danfo's `readCSV` to read the collection. Quotes in it are part of the text, so the
 * quote character is U+0000, which does not occur. A message such as "645" stays a text and does
 * not become a number. The type is `object` because danfo's types lack the options of papaparse,
 * its parser.
 */
export const SMS_CSV_OPTIONS: object = {
  header: false,
  delimiter: '\t',
  quoteChar: '\u0000',
  dynamicTyping: false,
};

export interface OpenedMessages {
  /** The columns `label` and `text`, with a row for each message; made on first use. */
  readonly frame: DataFrame;
  messages: Message[];
  /** Path of the file that was read. */
  file: string;
  source: 'collection' | 'sample';
  /** One line for the reader, the same on every machine, that says which messages these are. */
  note: string;
}

/**
 * Opens the SMS Spam Collection if it is on this machine, or else a sample that comes with the
 * project.
 *
 * @param name `sample` to open the sample in any case
 * @throws DataError if a row is not a label and a text
 */
export async function openMessages(
  name: 'sms-spam' | 'sample' = 'sms-spam',
): Promise<OpenedMessages> {
  let [file, isThere] = [SAMPLE, true];
  if (name === 'sms-spam') {
    try {
      file = dataPath(name);
    } catch (error) {
      if (!isAbsent(error)) throw error;
      isThere = false;
    }
  }
  const messages = parseMessages(readText(file), path.basename(file));
  const sample = file === SAMPLE;
  const opened = phrase(
    sample
      ? 'a sample written for this project (data/messages.tsv): {count:,} messages'
      : 'SMS Spam Collection: {count:,} messages',
    { count: messages.length },
  );
  const source = sample ? 'sample' : 'collection';
  const note = isThere
    ? opened
    : phrase(
        'The SMS Spam Collection is not on this machine: going on with {sample}. To fetch the collection: ./gpt data fetch sms-spam',
        { sample: opened },
      );
  let frame: DataFrame | undefined;
  return {
    get frame() {
      return (frame ??= frameOf(messages));
    },
    messages,
    file,
    source,
    note,
  };
}

/** Each line is a message: label, tab, text. */
function parseMessages(content: string, name: string): Message[] {
  const lines = content.split(/\r?\n/).filter((line) => line.trim());
  return lines.map((line, i) => {
    const [label, text, ...rest] = line.split('\t');
    if ((label === 'ham' || label === 'spam') && text && !rest.length) return { label, text };
    throw new DataError(`Row ${i + 1} of ${name} must be ham or spam, a tab and a text`);
  });
}

/** Makes the table. It loads danfo only now, because that takes a second or two. */
function frameOf(messages: readonly Message[]): DataFrame {
  const { DataFrame } = require('danfojs-node') as typeof import('danfojs-node');
  const rows = messages.map(({ label, text }) => [label, text]);
  return new DataFrame(rows, { columns: ['label', 'text'] });
}

/**
 * A key that near copies of a message share: in lower case, with every digit as 0 and all white
 * space as single spaces. The same spam is often sent with different telephone numbers.
 */
export const messageKey = (text: string): string =>
  text.toLowerCase().replace(/\d/g, '0').replace(/\s+/g, ' ').trim();

/**
 * Keeps the first message of each {@link messageKey}.
 *
 * @returns the messages kept, and the numbers of copies removed: those with the same text, and
 *   those with only the same key
 */
export function removeDuplicates(messages: readonly Message[]): {
  kept: Message[];
  sameText: number;
  sameKey: number;
} {
  const texts = new Set(messages.map(({ text }) => text)).size;
  const first = new Map<string, Message>();
  for (const message of messages) {
    const key = messageKey(message.text);
    if (!first.has(key)) first.set(key, message);
  }
  const kept = [...first.values()];
  return { kept, sameText: messages.length - texts, sameKey: texts - kept.length };
}

/**
 * The same number of messages of both labels: all of the rarer one, a random choice of the other.
 */
export function balanceMessages(messages: readonly Message[], seed = 0): Message[] {
  const random = seededRandom(seed, 1);
  const groups = SPAM_LABELS.map((label) => messages.filter((message) => message.label === label));
  const size = Math.min(...groups.map(({ length }) => length));
  return groups.flatMap((group) => shuffled(group, random).slice(0, size));
}

export interface SplitMessages {
  train: Message[];
  validation: Message[];
  test: Message[];
}

/**
 * Shuffles the messages and splits them into training, validation and test sets.
 *
 * @param options.train share of the messages; default 0.7
 * @param options.validation share of the messages; default 0.1. The rest is the test set.
 */
export function splitMessages(
  messages: readonly Message[],
  { seed = 0, train = 0.7, validation = 0.1 } = {},
): SplitMessages {
  const order = shuffled(messages, seededRandom(seed, 2));
  const trainEnd = Math.floor(order.length * train);
  const validationEnd = trainEnd + Math.floor(order.length * validation);
  return {
    train: order.slice(0, trainEnd),
    validation: order.slice(trainEnd, validationEnd),
    test: order.slice(validationEnd),
  };
}

/** Messages with their classes, for `TextLoader`: 0 is ham, 1 is spam. */
export const withTargets = (messages: readonly Message[]): (Message & { target: number })[] =>
  messages.map((message) => ({ ...message, target: SPAM_LABELS.indexOf(message.label) }));
