/**
 * Added tokens, such as `<|endoftext|>`: no merge makes them, and they are found before encoding.
 */
import { toSymbols } from './byte-symbols';
import type { AddedToken, Vocabulary } from './vocabulary';

/** The token that ends a text in GPT-2's vocabulary, and begins the next one. */
export const END_OF_TEXT = '<|endoftext|>';

/** The default settings of a special token. */
export const SPECIAL_DEFAULTS: Omit<AddedToken, 'id'> = {
  special: true,
  lstrip: false,
  rstrip: false,
  singleWord: false,
  normalized: false,
  matched: true,
};

/** A section of a text from `start` to `end`; without a token it is ordinary text. */
export interface Part {
  readonly start: number;
  readonly end: number;
  readonly name?: string;
  readonly token?: AddedToken;
}

/** A pattern that finds names in a text; if several match at one place, it finds the longest. */
export function namePattern(names: Iterable<string>): RegExp {
  const escaped = [...names]
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(escaped.join('|') || '(?!)', 'g');
}

// `\w` and `\s` as Rust's regular expressions define them.
const ENDS_WITH_WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const STARTS_WITH_WORD = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const SPACE = /\p{White_Space}/u;

/** Finds a vocabulary's added tokens in texts, as Hugging Face's `AddedVocabulary` does. */
export class AddedTokenFinder {
  private readonly patterns: RegExp[];

  constructor(private readonly tokens: ReadonlyMap<string, AddedToken>) {
    const matched = [...tokens].filter(([, token]) => token.matched);
    this.patterns = [false, true]
      .map((normalized) => matched.filter(([, token]) => token.normalized === normalized))
      .filter((group) => group.length > 0)
      .map((group) => namePattern(group.map(([name]) => name)));
  }

  /** Splits a text into parts. With `specialsAsText`, names of special tokens are ordinary text. */
  split(text: string, specialsAsText: boolean): Part[] {
    let parts: Part[] = [{ start: 0, end: text.length }];
    for (const pattern of this.patterns) {
      parts = parts.flatMap((part) =>
        part.token ? [part] : this.splitBy(pattern, text, part, specialsAsText),
      );
    }
    return parts;
  }

  private splitBy(pattern: RegExp, whole: string, part: Part, specialsAsText: boolean): Part[] {
    const text = whole.slice(part.start, part.end);
    const parts: Part[] = [];
    let done = 0;
    const add = (start: number, end: number, name?: string, token?: AddedToken): void => {
      const at = { start: part.start + start, end: part.start + end };
      if (start < end) parts.push(token ? { ...at, name, token } : at);
    };
    for (const { 0: name, index = 0 } of text.matchAll(pattern)) {
      const token = this.tokens.get(name) as AddedToken;
      let [start, end] = [index, index + name.length];
      if (start < done || (specialsAsText && token.special)) continue;
      if (token.singleWord && isWithinWord(text, start, end)) continue;
      while (token.lstrip && start > done && SPACE.test(text[start - 1])) start--;
      while (token.rstrip && end < text.length && SPACE.test(text[end])) end++;
      add(done, start);
      add(start, end, name, token);
      done = end;
    }
    add(done, text.length);
    return parts;
  }
}

function isWithinWord(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start); // one character, or two halves of one
  return ENDS_WITH_WORD.test(before) || STARTS_WITH_WORD.test(text.slice(end, end + 2));
}

/**
 * Adds special tokens to a vocabulary. They get the next ids; added tokens that it has already keep
 * their ids and become special.
 *
 * @throws Error if a name is empty, given twice, not well-formed, or the name of an ordinary token
 */
export function addSpecials(vocabulary: Vocabulary, names: readonly string[]): Vocabulary {
  const tokens = [...vocabulary.tokens];
  const added = new Map(vocabulary.added);
  const ordinary = new Set(tokens.map(toSymbols));
  names.forEach((name, index) => {
    const fail = (problem: string): never => {
      throw new Error(`special token ${JSON.stringify(name)} ${problem}`);
    };
    if (name === '') fail('is empty');
    if (names.indexOf(name) !== index) fail('is in the list twice');
    if (/\p{Surrogate}/u.test(name)) fail('has half of a surrogate pair');
    const known = added.get(name);
    if (known) {
      if (!known.matched) tokens[known.id] = new TextEncoder().encode(name);
      if (!known.special) added.set(name, { ...SPECIAL_DEFAULTS, id: known.id });
      return;
    }
    if (ordinary.has(name)) fail('is already the name of an ordinary token');
    added.set(name, { ...SPECIAL_DEFAULTS, id: tokens.length });
    tokens.push(new TextEncoder().encode(name));
  });
  let { roles } = vocabulary;
  if (names.includes(END_OF_TEXT) && roles.eos === undefined) {
    roles = { bos: END_OF_TEXT, eos: END_OF_TEXT, unk: END_OF_TEXT, ...roles };
  }
  return { ...vocabulary, tokens, added, roles };
}
