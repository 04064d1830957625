import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { publishedCase } from '../fixtures/reference';
import {
  balanceMessages,
  messageKey,
  openMessages,
  removeDuplicates,
  SMS_CSV_OPTIONS,
  SPAM_LABELS,
  splitMessages,
  withTargets,
  type Message,
} from './messages';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const count = (messages: readonly Message[], label: string) =>
  messages.filter((message) => message.label === label).length;
const texts = (messages: readonly Message[]) => messages.map(({ text }) => text);
const made = (ham: number, spam: number): Message[] => [
  ...Array.from({ length: ham }, (_, i): Message => ({ label: 'ham', text: `h${i}` })),
  ...Array.from({ length: spam }, (_, i): Message => ({ label: 'spam', text: `s${i}` })),
];

describe('the sample', () => {
  test('has at least 200 messages, none twice, of both kinds and languages', async () => {
    const opened = await openMessages('sample');
    const { messages, source, note } = opened;
    expect(source).toBe('sample');
    expect(messages.length).toBeGreaterThanOrEqual(200);
    expect(removeDuplicates(messages).kept).toHaveLength(messages.length);
    for (const label of SPAM_LABELS) {
      expect(count(messages, label) / messages.length).toBeGreaterThan(0.4);
      const accented = messages.filter((each) => each.label === label && /[ãçéêó]/.test(each.text));
      expect(accented.length).toBeGreaterThan(10);
    }
    expect(opened.frame.columns).toEqual(['label', 'text']);
    expect(opened.frame.values).toEqual(messages.map(({ label, text }) => [label, text]));
    expect(note).toMatch(
      /^a sample written for this project \(data\/messages.tsv\): \d+ messages$/,
    );
  });

  test('is what danfo reads with the options for it, and does without danfo', async () => {
    const program = `
      const { openMessages } = require('./lib/classification/messages');
      openMessages('sample').then(({ messages }) => {
        const loaded = Object.keys(require.cache).some((file) => file.includes('danfojs'));
        console.log(JSON.stringify({ count: messages.length, loaded }));
      });`;
    const output = execFileSync(process.execPath, ['--import', 'tsx', '-e', program], {
      cwd: path.resolve(__dirname, '../..'),
      encoding: 'utf8',
    });
    const { messages, file } = await openMessages('sample');
    expect(JSON.parse(output)).toEqual({ count: messages.length, loaded: false });
    const { readCSV } = require('danfojs-node') as typeof import('danfojs-node');
    const { values } = await readCSV(file, SMS_CSV_OPTIONS);
    expect(values).toEqual(messages.map(({ label, text }) => [label, text]));
  });

  test('replaces a collection that is absent, and says how to fetch that', async () => {
    vi.stubEnv('GPT_DATA_CACHE', '/nowhere');
    vi.stubEnv('GPT_DATA_MIRROR', '');
    const { note, source } = await openMessages();
    expect(source).toBe('sample');
    expect(note).toContain('The SMS Spam Collection is not on this machine');
    expect(note).toContain('./gpt data fetch sms-spam');
  });
});

describe.skipIf(!process.env.GPT_DATA_MIRROR)('the SMS Spam Collection', () => {
  test('has all its rows, and the published division of those that pandas reads', async () => {
    const { messages, source } = await openMessages();
    expect(source).toBe('collection');
    expect(messages).toHaveLength(5574);
    const { expected } = publishedCase('ch06_dataset');
    expect(count(messages, 'spam')).toBe(expected.spam);
    // pandas takes quotes for quotes and joins three messages into one.
    expect(count(messages, 'ham')).toBe(expected.ham + 2);
    expect(texts(messages)).toContain('645'); // a text, not a number
    const balanced = balanceMessages(messages);
    expect(balanced).toHaveLength(expected.balanced);
    const { train, validation, test } = splitMessages(balanced);
    const { train: a, validation: b, test: c } = expected;
    expect([train.length, validation.length, test.length]).toEqual([a, b, c]);
  });

  test('has 5,171 different texts, and no label is contradicted', async () => {
    const { messages } = await openMessages();
    const { kept, sameText, sameKey } = removeDuplicates(messages);
    expect(sameText).toBe(403);
    expect(kept.length + sameText + sameKey).toBe(5574);
    const labels = new Map<string, string>();
    for (const { label, text } of messages) {
      expect(labels.get(messageKey(text)) ?? label).toBe(label);
      labels.set(messageKey(text), label);
    }
  });

  test('throws with the options of danfo itself', async () => {
    const { file } = await openMessages();
    const { readCSV } = require('danfojs-node') as typeof import('danfojs-node');
    const options: object = { header: false, delimiter: '\t' };
    await expect(readCSV(file, options)).rejects.toThrow('Trailing quote on quoted field');
    expect((await readCSV(file, SMS_CSV_OPTIONS)).shape).toEqual([5574, 2]);
  });
});

test('removeDuplicates keeps the first message, ignoring digits, capitals and spaces', () => {
  const rows = ['Call 0900 now', 'call  0911 NOW ', 'Call 0900 now', 'Call me', 'call me!'];
  const { kept, sameText, sameKey } = removeDuplicates(
    rows.map((text) => ({ label: 'ham', text })),
  );
  expect(texts(kept)).toEqual(['Call 0900 now', 'Call me', 'call me!']);
  expect({ sameText, sameKey }).toEqual({ sameText: 1, sameKey: 1 });
});

test('balanceMessages keeps all of the rarer label and a seeded choice of the other', () => {
  const all = made(50, 10);
  const [one, same, other] = [1, 1, 2].map((seed) => balanceMessages(all, seed));
  expect(count(one, 'spam')).toBe(10);
  expect(count(one, 'ham')).toBe(10);
  expect(new Set(texts(one)).size).toBe(20);
  expect(one).toEqual(same);
  expect(new Set(texts(one))).not.toEqual(new Set(texts(other)));
});

test('splitMessages uses every message once, in an order that the seed decides', () => {
  const all = made(60, 43);
  const { train, validation, test: rest } = splitMessages(all, { seed: 3 });
  expect([train.length, validation.length, rest.length]).toEqual([72, 10, 21]);
  const together = [...train, ...validation, ...rest];
  expect(texts(together).sort()).toEqual(texts(all).sort());
  expect(splitMessages(all, { seed: 3 }).train).toEqual(train);
  expect(splitMessages(all, { seed: 4 }).train).not.toEqual(train);
  for (const part of [train, rest]) expect(count(part, 'spam')).toBeGreaterThan(0);
  expect(withTargets(train)[0].target).toBe(train[0].label === 'spam' ? 1 : 0);
});
