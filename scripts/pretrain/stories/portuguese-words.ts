// The forms of Portuguese words that agree with a noun.
import * as lexicon from '../lexicon/portuguese';

export type Gender = 'm' | 'f';
/** An adjective, masculine and feminine. */
export type Pair = Readonly<Record<Gender, string>>;

export interface Noun {
  one: string;
  many: string;
  gender: string;
  kind?: string;
}
type Gendered = Readonly<{ gender: string }>;
type One = Gendered & Readonly<{ one: string }>;

export const genderOf = ({ gender }: Gendered) => gender as Gender;
/** The last letter of an article or adjective: "o" or "a". */
export const vowel = (noun: Gendered) => (noun.gender === 'm' ? 'o' : 'a');

export const aNoun = (noun: One) => `${noun.gender === 'm' ? 'um' : 'uma'} ${noun.one}`;
export const theOne = (noun: One) => `${vowel(noun)} ${noun.one}`;
/** "no parque", "na praia"; "do", "da"; "ao", "à". */
export const inOne = (noun: One) => `n${theOne(noun)}`;
export const ofOne = (noun: One) => `d${theOne(noun)}`;
export const toOne = (noun: One) => `${noun.gender === 'm' ? 'ao' : 'à'} ${noun.one}`;

export const form = (noun: Noun, plural: boolean) => (plural ? noun.many : noun.one);
export const theNoun = (noun: Noun, plural: boolean) =>
  `${vowel(noun)}${plural ? 's' : ''} ${form(noun, plural)}`;

/** The plural of an adjective. */
export function pluralOf(adjective: string): string {
  if (/l$/.test(adjective)) return adjective.replace(/([aeou])l$/, '$1is').replace(/il$/, 'is');
  if (/[rz]$/.test(adjective)) return `${adjective}es`;
  if (/m$/.test(adjective)) return adjective.replace(/m$/, 'ns');
  // Names of colours that are names of things stay as they are.
  return ['rosa', 'cinza', 'laranja'].includes(adjective) ? adjective : `${adjective}s`;
}

export const agree = (pair: Pair, noun: Gendered, plural = false) =>
  plural ? pluralOf(pair[genderOf(noun)]) : pair[genderOf(noun)];

/** "dois" to "dez", without those that need a gender. */
export const NUMBERS = lexicon.NUMBERS.slice(3).map(({ m }) => m);
