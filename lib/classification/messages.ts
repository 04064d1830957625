/** The SMS Spam Collection (Almeida, Hidalgo and Yamakami 2011): opened, cleaned, divided. */
import path from 'node:path';
import type { DataFrame } from 'danfojs-node';
import { DataError, isAbsent } from '../core/errors';
import { seededRandom, shuffled } from '../core/random';
import { readText } from '../core/read-file';
import { dataPath } from '../data';
import { phrase } from '../language';

/** In the order of a classifier's outputs. */
export const SPAM_LABELS = ['ham', 'spam'] as const;

export interface Message {
  label: (typeof SPAM_LABELS)[number];
  text: string;
}

/** Messages written for this project, in the collection's format. */
const SAMPLE = path.resolve(__dirname, '../../data/messages.tsv');

/**
 * Options with which danfo's `readCSV` reads this file. Its quotes are text and enclose nothing; U+0000,
 * which the file does not have, takes their place. And "645" is a message, not a number. An `object`,
 * because danfo's types lack those of papaparse, the parser that these options are for.
 */
export const SMS_CSV_OPTIONS: object = {
  header: false,
  delimiter: '\t',
  quoteChar: '\u0000',
  dynamicTyping: false,
};

export interface OpenedMessages {
  /** Columns `label` and `text`, a row for each message; made when it is first asked for. */
  readonly frame: DataFrame;
  messages: Message[];
  file: string;
  source: 'collection' | 'sample';
  /** One line for the screen, the same on every machine. */
  note: string;
}

/**
 * The SMS Spam Collection where it is on this machine, else a sample that comes with the project.
 *
 * @param name `sample` for the sample in any case
 * @throws DataError when a row is no label and text
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
        'The SMS Spam Collection is not on this machine: going on with {sample}. To fetch the collection: npm run data -- fetch sms-spam',
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

/** A message a line: label, tab, text. */
function parseMessages(content: string, name: string): Message[] {
  const lines = content.split(/\r?\n/).filter((line) => line.trim());
  return lines.map((line, i) => {
    const [label, text, ...rest] = line.split('\t');
    if ((label === 'ham' || label === 'spam') && text && !rest.length) return { label, text };
    throw new DataError(`Row ${i + 1} of ${name} is no ham or spam and a text`);
  });
}

/** danfo takes a second or two to load, so only a notebook that shows the table loads it. */
function frameOf(messages: readonly Message[]): DataFrame {
  const { DataFrame } = require('danfojs-node') as typeof import('danfojs-node');
  const rows = messages.map(({ label, text }) => [label, text]);
  return new DataFrame(rows, { columns: ['label', 'text'] });
}

/**
 * What two messages share that say the same: no capitals, every digit 0, spaces as one. Spam goes
 * out many times with another number to call.
 */
export const messageKey = (text: string): string =>
  text.toLowerCase().replace(/\d/g, '0').replace(/\s+/g, ' ').trim();

/** One message of each, the first, and how many copies went: of the same text, and of the same key. */
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

/** As many messages of one label as of the other: all of the rarer, a random choice of the other. */
export function balanceMessages(messages: readonly Message[], seed = 0): Message[] {
  const random = seededRandom(seed, 1);
  const groups = SPAM_LABELS.map((label) => messages.filter((each) => each.label === label));
  const size = Math.min(...groups.map(({ length }) => length));
  return groups.flatMap((group) => shuffled(group, random).slice(0, size));
}

export interface SplitMessages {
  train: Message[];
  validation: Message[];
  test: Message[];
}

/** Shuffled and divided: 70 % to train on, 10 % to validate, the rest to test. */
export function splitMessages(
  messages: readonly Message[],
  { seed = 0, train = 0.7, validation = 0.1 } = {},
): SplitMessages {
  const order = shuffled(messages, seededRandom(seed, 2));
  const first = Math.floor(order.length * train);
  const second = first + Math.floor(order.length * validation);
  return {
    train: order.slice(0, first),
    validation: order.slice(first, second),
    test: order.slice(second),
  };
}

/** Messages with their classes, as `TextLoader` wants them: 0 is ham, 1 is spam. */
export const withTargets = (messages: readonly Message[]): (Message & { target: number })[] =>
  messages.map((message) => ({ ...message, target: SPAM_LABELS.indexOf(message.label) }));
