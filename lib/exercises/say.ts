/** The language of the exercises' messages: Portuguese with `GPT_LANG=pt`, else English. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { language } from '../language';

type Table = Readonly<Record<string, string>>;
const tables = new Map<string, Table>();

/** The Portuguese of each English message, with `{0}`, `{1}` … in the places of values. */
function portuguese(name: string): Table {
  const known = tables.get(name);
  if (known) return known;
  const file = path.join(__dirname, 'portuguese', `${name}.json`);
  const table = JSON.parse(readFileSync(file, 'utf8')) as Table;
  tables.set(name, table);
  return table;
}

/** `{0} gave {1}.` from the literal parts of a template: the key of its message in the tables. */
export const messageKey = (parts: readonly string[]): string =>
  parts.reduce((key, part, i) => `${key}{${i - 1}}${part}`);

/**
 * A template tag, `` say`For ${x} it gave ${y}.` ``, that puts a message into the language set by
 * `GPT_LANG`.
 *
 * @param name the messages' file in `portuguese/`, without `.json`; `verdict.json` holds the
 *   messages of several chapters
 */
export function messagesOf(name: string) {
  return (parts: TemplateStringsArray, ...values: readonly unknown[]): string => {
    const key = messageKey(parts);
    const inPortuguese =
      language() === 'pt' ? (portuguese(name)[key] ?? portuguese('verdict')[key]) : undefined;
    return (inPortuguese ?? key).replace(/\{(\d)\}/g, (_, i) => String(values[i]));
  };
}
