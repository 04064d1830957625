/**
 * The language that the cells of a notebook answer in: Portuguese with `GPT_LANG=pt`, else English.
 *
 * The English text is the key of its Portuguese: that of a chapter stands in
 * `notebooks/pt/texts/NN-name.json`, that of `lib` in `lib/language/portuguese.json`. A text without
 * one is shown in English. The kernel sets `GPT_LANG` where a notebook of `notebooks/pt` is open.
 */
import type * as Files from 'node:fs';
import type * as Paths from 'node:path';

export type Language = 'en' | 'pt';

/** The language of this moment. */
export const language = (): Language =>
  globalThis.process?.env.GPT_LANG?.startsWith('pt') ? 'pt' : 'en';

/** An example that differs by language: `byLanguage({ en: ' the dog', pt: ' o cachorro' })`. */
export function byLanguage<Choice>(choices: { en: Choice; pt: Choice }): Choice {
  return choices[language()];
}

type Texts = Readonly<Record<string, string>>;
let portuguese: Texts | undefined;

/** Portuguese texts by English ones, in place of the files: for pages, which have no files. */
export function useTexts(texts: Texts): void {
  portuguese = texts;
}

/**
 * The texts of `lib` and of the notebook that is open. Of no other: what is a head of a table in one
 * chapter may be a word of the data in another.
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

/** A text in the language of this moment, or as it is where it has no translation. */
export function translate(text: string): string {
  if (language() === 'en') return text;
  portuguese ??= readTexts();
  const known = Object.hasOwn(portuguese, text) ? portuguese[text] : '';
  return known || text; // an empty place is still to be filled
}

/** A number as English writes it, such as `20,479` or `0.523`, as this language writes it. */
export const translateNumber = (text: string): string =>
  language() === 'en' ? text : text.replace(/[.,]/g, (mark) => (mark === '.' ? ',' : '.'));

interface Format {
  /** Decimals; as many as the number has unless told. */
  digits?: number;
  /** No zeros at the end of the decimals. */
  trim?: boolean;
  /** A mark at each thousand. */
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
 * A number with this many decimals, or numbers with two spaces between: `decimals(0.5234, 3)` is
 * 0.523, in Portuguese 0,523. With `trim`, without zeros at the end: 2 and not 2.000.
 */
export function decimals(
  value: number | readonly number[],
  digits: number,
  { trim = false } = {},
): string {
  const numbers = typeof value === 'number' ? [value] : value;
  return numbers.map((number) => formatNumber(number, { digits, trim })).join('  ');
}

/** What goes into a text: numbers and words are written as the language does. */
type Value = string | number | boolean | undefined | readonly (string | number)[];

/** The names in braces: of `{n} tokens, {loss:.3}` it is `'n' | 'loss'`. */
type Names<Text extends string> = Text extends `${string}{${infer Field}}${infer Rest}`
  ? (Field extends `${infer Name}:${string}` ? Name : Field) | Names<Rest>
  : never;
type Values<Text extends string> = [Names<Text>] extends [never]
  ? []
  : [values: Readonly<Record<Names<Text>, Value>>];

/** `{name}`, `{name:>8}`, `{name:,}`, `{name:.3}`, `{name:.3~}`, or these together in this order. */
const FIELD = /\{(\w+)(?::([<>]\d+)?(,)?(?:\.(\d+))?(~)?)?\}/g;

/**
 * A sentence in the language of this moment: `phrase('loss after {n} steps: {loss:.3}', { n, loss })`.
 *
 * In braces stands the name of a value, and how a number is written: `{n:,}` 20,479; `{loss:.3}`
 * 0.523; `{x:.3~}` 0.5 and not 0.500. `{word:<8}` fills up with spaces behind, `{n:>8}` before. Of
 * a list all are written so, with two spaces between.
 *
 * @throws Error where a value is missing
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
