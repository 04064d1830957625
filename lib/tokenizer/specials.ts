import { toSymbols } from './bytes';
import type { Vocabulary } from './files';

/** Finds special tokens in a text, the longest where several fit. */
export function specialPattern(names: Iterable<string>): RegExp {
  const escaped = [...names]
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(escaped.join('|') || '(?!)', 'g');
}

/**
 * A vocabulary with more special tokens, which get the next ids; those it has already stay.
 * Throws where a name is empty, twice in the list, not well-formed, or an ordinary token's name.
 */
export function addSpecials(vocabulary: Vocabulary, names: readonly string[]): Vocabulary {
  const tokens = [...vocabulary.tokens];
  const specials = new Map(vocabulary.specials);
  const ordinary = new Set(tokens.map(toSymbols));
  names.forEach((name, index) => {
    const fail = (problem: string): never => {
      throw new Error(`special token ${JSON.stringify(name)} ${problem}`);
    };
    if (name === '') fail('is empty');
    if (names.indexOf(name) !== index) fail('is in the list twice');
    if (/\p{Surrogate}/u.test(name)) fail('has half of a surrogate pair');
    if (specials.has(name)) return;
    if (ordinary.has(name)) fail('is already the name of an ordinary token');
    specials.set(name, tokens.length);
    tokens.push(new TextEncoder().encode(name));
  });
  return { tokens, merges: vocabulary.merges, specials };
}
