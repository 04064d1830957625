/**
 * The language that the cells of a notebook answer in: Portuguese with `GPT_LANG=pt`, else English.
 *
 * English texts are the keys of their translations. Those of a chapter are in
 * `notebooks/pt/texts/NN-name.json`, those of `lib` in `lib/language/portuguese.json`. A text
 * without a translation is shown in English. The kernel sets `GPT_LANG` if a notebook of
 * `notebooks/pt` is open.
 */
import type * as Files from 'node:fs';
import type * as Paths from 'node:path';

export type Language = 'en' | 'pt';

/** The current language. The environment is read at each call. */
export const language = (): Language =>
  globalThis.process?.env.GPT_LANG?.startsWith('pt') ? 'pt' : 'en';

/** An example that differs by language: `byLanguage({ en: ' the dog', pt: ' o cachorro' })`. */
export function byLanguage<Choice>(choices: { en: Choice; pt: Choice }): Choice {
  return choices[language()];
}

type Texts = Readonly<Record<string, string>>;
let portuguese: Texts | undefined;

/**
 * Sets the Portuguese texts, by their English keys. Web pages call it, because they have no files.
 */
export function useTexts(texts: Texts): void {
  portuguese = texts;
}

/**
 * The texts of `lib` and of the notebook that is open. Texts of other chapters are left out,
 * because a table heading in one chapter may be a word of the data in another.
 */
function readTexts(): Texts {
  const { process } = globalThis;
  if (!process?.getBuiltinModule) return {};
  const fs: typeof Files = process.getBuiltinModule('node:fs');
  const path: typeof Paths = process.getBuiltinModule('node:path');
  const read = (file: string): Texts =>
    fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Texts) : {};
  const open = path.basename(process.env.JPY_SESSION_NAME ?? '', '.ipynb');
  const chapter = path.join(__dirname, '..', 'notebooks', 'pt', 'texts', `${open}.json`);
  return Object.assign(read(path.join(__dirname, 'language', 'portuguese.json')), read(chapter));
}

/** Translates a text into the current language. A text without a translation stays as it is. */
export function translate(text: string): string {
  if (language() === 'en') return text;
  portuguese ??= readTexts();
  const known = Object.hasOwn(portuguese, text) ? portuguese[text] : '';
  return known || text; // an empty one is still to be translated
}

/**
 * Rewrites a number in English notation, such as `20,479` or `0.523`, in that of the current
 * language.
 */
export const translateNumber = (text: string): string =>
  language() === 'en' ? text : text.replace(/[.,]/g, (mark) => (mark === '.' ? ',' : '.'));

interface Format {
  /** Number of decimals; by default as many as the number has. */
  digits?: number;
  /** Whether to drop zeros at the end of the decimals. */
  trim?: boolean;
  /** Whether to separate the thousands. */
  group?: boolean;
}

function formatNumber(value: number, { digits, trim, group }: Format): string {
  if (!Number.isFinite(value)) return String(value).replace('Infinity', '∞');
  if (group) {
    const most = { minimumFractionDigits: digits, maximumFractionDigits: digits ?? 20 };
    return translateNumber(value.toLocaleString('en-US', most));
  }
  const text = digits === undefined ? String(value) : value.toFixed(digits);
  return translateNumber(trim ? String(Number(text)) : text);
}

/**
 * Writes a number with this many decimals, or a list of numbers with two spaces between them:
 * `decimals(0.5234, 3)` is 0.523, in Portuguese 0,523. With `trim`, zeros at the end are dropped:
 * 2, not 2.000.
 */
export function decimals(
  value: number | readonly number[],
  digits: number,
  { trim = false } = {},
): string {
  const numbers = typeof value === 'number' ? [value] : value;
  return numbers.map((number) => formatNumber(number, { digits, trim })).join('  ');
}

/** A value to put into a text. Numbers and words are written as in the current language. */
type Value = string | number | boolean | undefined | readonly (string | number)[];

/** The names in braces: `'n' | 'loss'` for `{n} tokens, {loss:.3}`. */
type Names<Text extends string> = Text extends `${string}{${infer Field}}${infer Rest}`
  ? (Field extends `${infer Name}:${string}` ? Name : Field) | Names<Rest>
  : never;
type Values<Text extends string> = [Names<Text>] extends [never]
  ? []
  : [values: Readonly<Record<Names<Text>, Value>>];

/** `{name}`, `{name:>8}`, `{name:,}`, `{name:.3}`, `{name:.3~}`, or these together in this order. */
const FIELD = /\{(\w+)(?::([<>]\d+)?(,)?(?:\.(\d+))?(~)?)?\}/g;

/**
 * A sentence in the current language: `phrase('loss after {n} steps: {loss:.3}', { n, loss })`.
 *
 * Braces hold the name of a value and how to write a number: `{n:,}` 20,479; `{loss:.3}` 0.523;
 * `{x:.3~}` 0.5, not 0.500. `{word:<8}` fills up with spaces after the value, `{n:>8}` before it.
 * The items of a list are each written so, with two spaces between them.
 *
 * @throws Error if a value is missing
 */
export function phrase<Text extends string>(template: Text, ...[values]: Values<Text>): string {
  const known: Readonly<Record<string, Value>> = values ?? {};
  return translate(template).replace(FIELD, (field, name: string, width, group, digits, trim) => {
    if (!Object.hasOwn(known, name)) throw new Error(`phrase: no value for ${field}: ${template}`);
    const value = known[name];
    const format = {
      group: group !== undefined,
      digits: digits === undefined ? undefined : Number(digits),
      trim: trim !== undefined,
    };
    const one = (each: unknown) =>
      typeof each === 'number' ? formatNumber(each, format) : translate(String(each));
    const text = Array.isArray(value) ? value.map(one).join('  ') : one(value);
    if (width === undefined) return text;
    const columns = Number(width.slice(1));
    return width[0] === '<' ? text.padEnd(columns) : text.padStart(columns);
  });
}

/** Prints a sentence, see `phrase`: `print('{n:,} tokens', { n })`. */
export function print<Text extends string>(template: Text, ...values: Values<Text>): void {
  console.log(phrase(template, ...values));
}
