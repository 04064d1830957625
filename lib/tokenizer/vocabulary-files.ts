/** Reading a vocabulary from the contents of its files, and writing it. */
import { END_OF_TEXT, SPECIAL_DEFAULTS } from './added-tokens';
import { fromSymbols, toSymbols } from './byte-symbols';
import { shown } from './file-json';
import { MAX_VOCAB_SIZE } from './pair-ranks';
import { CONFIG, readSettings, type FileToken, type SettingsFiles } from './tokenizer-config';
import { readTokenizerJson, TOKENIZER_JSON, type TokenizerJson } from './tokenizer-json';
import {
  buildMerges,
  namesById,
  parseMerges,
  parseVocab,
  possibleParts,
  type FileMerge,
} from './vocab-merges';
import { ROLES, type AddedToken, type Role, type Vocabulary } from './vocabulary';

/** The contents of the files in which a tokenizer is saved, in the form of `transformers` 4. */
export interface TokenizerFiles {
  /** `vocab.json`: each token's id. OpenAI calls it `encoder.json`. */
  vocab: string;
  /** `merges.txt`: the pairs to merge, by priority. OpenAI calls it `vocab.bpe`. */
  merges: string;
  /** `tokenizer_config.json`: which tokens are special, and their roles. */
  config?: string;
}

/** The contents of all files that may hold one of Hugging Face's tokenizers. */
export interface AnyTokenizerFiles extends SettingsFiles, Partial<TokenizerFiles> {
  /** `tokenizer.json`: the whole tokenizer. */
  tokenizer?: string;
}

const VOCAB = 'vocab.json';
const MERGES = 'merges.txt';

const utf8 = new TextEncoder();

/** JSON as Python's `json.dumps` writes it, which is how OpenAI published GPT-2's vocabulary. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (unit) => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0'),
  );
}

/** Writes a vocabulary; for GPT-2, the first two files equal OpenAI's byte for byte. */
export function writeFiles(vocabulary: Vocabulary): Required<TokenizerFiles> {
  const { tokens, merges, added, roles, addPrefixSpace } = vocabulary;
  const names = tokens.map(toSymbols);
  for (const [name, { id }] of added) names[id] = name;
  const entries = names.map((name, id) => `${asciiJson(name)}: ${id}`);
  const pairs = merges.merges.map(({ left, right }) => `${names[left]} ${names[right]}\n`);

  const decoder: Record<number, object> = {};
  for (const [content, { id, matched, special, lstrip, rstrip, ...more }] of added) {
    const flags = { single_word: more.singleWord, normalized: more.normalized, special };
    if (matched) decoder[id] = { content, lstrip, rstrip, ...flags };
  }
  const always: readonly Role[] = ['bos', 'eos', 'unk'];
  const written = ROLES.filter((role) => always.includes(role) || roles[role] !== undefined);
  const config = {
    tokenizer_class: 'GPT2Tokenizer',
    add_prefix_space: addPrefixSpace,
    clean_up_tokenization_spaces: false,
    ...Object.fromEntries(written.map((role) => [`${role}_token`, roles[role] ?? null])),
    added_tokens_decoder: decoder,
  };
  return {
    vocab: `{${entries.join(', ')}}`,
    merges: `#version: 0.2\n${pairs.join('')}`,
    config: JSON.stringify(config, null, 2) + '\n',
  };
}

/**
 * Reads a vocabulary. A `tokenizer.json` has precedence, as in `transformers`, and other files
 * beside it must agree.
 *
 * @throws Error if a file asks for anything that this tokenizer does not do
 */
export function readFiles(files: AnyTokenizerFiles): Vocabulary {
  const json = files.tokenizer === undefined ? undefined : readTokenizerJson(files.tokenizer);
  const settings = readSettings(files, json !== undefined);
  const isAlone = ![json, files.config, files.specialTokensMap, files.addedTokens].some(
    (file) => file !== undefined,
  );
  const file = json ? TOKENIZER_JSON : VOCAB;
  const ids = new Map(json?.ids ?? parseVocab(VOCAB, files.vocab ?? '{}'));
  const fileMerges = json?.merges ?? parseMerges(MERGES, files.merges ?? '');
  const named = [...(json?.added ?? []), ...settings.added];
  assignIds(named, ids, file);
  const names = namesById(file, ids);
  const { merges, ordinary } = buildMerges(file, ids, fileMerges);
  if (json) checkAgreement(json, files, ids);

  const roles = { ...settings.roles };
  for (const role of ['bos', 'eos', 'unk'] as const) {
    if (roles[role] !== undefined || !ids.has(END_OF_TEXT)) continue;
    const isSpecial = named.some(({ name, special }) => name === END_OF_TEXT && special);
    if (!settings.isGPT2 && !(role === 'eos' && isSpecial)) continue;
    roles[role] = END_OF_TEXT;
    named.push({ file, name: END_OF_TEXT, special: true });
  }
  const added = addedTokens(named, ids);
  const tokens = names.map((name, id) => {
    if (ordinary.has(id)) return fromSymbols(name) as Uint8Array;
    if (/\p{Surrogate}/u.test(name)) {
      throw new Error(`${file}: the token ${shown(name)} has half of a surrogate pair`);
    }
    if (added.has(name)) return utf8.encode(name);
    const parts = possibleParts(name, ids);
    if (parts) {
      throw new Error(
        `${json ? TOKENIZER_JSON : MERGES} has no merge that makes ${shown(name)}, such as ` +
          `"${parts.join(' ')}", and no file calls it special: are merges missing?`,
      );
    }
    // If no file says what is special, a token that no text produces must be.
    added.set(name, { ...SPECIAL_DEFAULTS, id, special: isAlone, matched: isAlone });
    return isAlone ? utf8.encode(name) : (fromSymbols(name) ?? utf8.encode(name));
  });
  return {
    tokens,
    merges,
    added,
    roles: Object.fromEntries(Object.entries(roles).filter(([, name]) => name !== null)),
    addPrefixSpace: prefixSpace(json, settings, files.config !== undefined),
  };
}

/**
 * Enters each added token into `ids`: with its own id, or with the next one, as in `transformers`.
 */
function assignIds(named: readonly FileToken[], ids: Map<string, number>, base: string): void {
  const nameOf = new Map([...ids].map(([name, id]) => [id, name]));
  const fileOf = new Map<string, string>();
  const assign = (file: string, name: string, id: number): void => {
    if (ids.size >= MAX_VOCAB_SIZE) {
      throw new Error(`${file} has too many tokens; at most ${MAX_VOCAB_SIZE} are read`);
    }
    ids.set(name, id);
    nameOf.set(id, name);
    fileOf.set(name, file);
  };
  for (const { file, name, id } of named) {
    if (name === '') throw new Error(`${file} has an empty token`);
    if (id === undefined) continue;
    const known = ids.get(name);
    const other = nameOf.get(id);
    if (known !== undefined && known !== id) {
      const first = fileOf.get(name) ?? base;
      throw new Error(`${first}: ${shown(name)} has id ${known}, but in ${file} it has ${id}`);
    }
    if (other !== undefined && other !== name) {
      throw new Error(`${file}: ${shown(name)} has id ${id}, which is that of ${shown(other)}`);
    }
    if (known === undefined) assign(file, name, id);
  }
  for (const { file, name } of named) if (!ids.has(name)) assign(file, name, ids.size);
}

const FLAGS = ['lstrip', 'rstrip', 'singleWord'] as const;

/** Combines what the files say about each token. @throws Error if they contradict each other */
function addedTokens(
  named: readonly FileToken[],
  ids: ReadonlyMap<string, number>,
): Map<string, AddedToken> {
  const found = new Map<string, FileToken>();
  for (const token of named) {
    const earlier = found.get(token.name);
    for (const flag of FLAGS) {
      const [there, here] = [earlier?.[flag], token[flag]];
      if (there === undefined || here === undefined || there === here) continue;
      throw new Error(
        `${earlier?.file} and ${token.file} contradict each other about ${shown(token.name)}: ` +
          `${flag} is ${there} and ${here}`,
      );
    }
    found.set(token.name, {
      ...token,
      lstrip: earlier?.lstrip ?? token.lstrip,
      rstrip: earlier?.rstrip ?? token.rstrip,
      singleWord: earlier?.singleWord ?? token.singleWord,
      normalized: earlier?.normalized ?? token.normalized,
      special: earlier?.special || token.special,
    });
  }
  const tokens = [...found].map(([name, token]): [string, AddedToken] => {
    const { special = false, lstrip = false, rstrip = false, singleWord = false } = token;
    const { normalized = !special } = token;
    const id = ids.get(name) as number;
    return [name, { id, special, lstrip, rstrip, singleWord, normalized, matched: true }];
  });
  return new Map(tokens.sort(([, a], [, b]) => a.id - b.id));
}

/**
 * Checks `vocab.json` and `merges.txt` against the `tokenizer.json` beside them.
 *
 * @throws Error if they differ from it
 */
function checkAgreement(
  json: TokenizerJson,
  files: AnyTokenizerFiles,
  ids: ReadonlyMap<string, number>,
): void {
  const differ = (file: string, what: string): Error =>
    new Error(`${TOKENIZER_JSON} and ${file} contradict each other: ${what}; delete the wrong one`);
  if (files.vocab !== undefined) {
    const plain = parseVocab(VOCAB, files.vocab);
    const added = new Set(json.added.map(({ name }) => name));
    const id = (of?: number): string => (of === undefined ? 'missing' : String(of));
    for (const name of new Set([...plain.keys(), ...json.ids.keys()])) {
      const [here, there] = [ids.get(name), plain.get(name)];
      if (here === there || (there === undefined && added.has(name))) continue;
      throw differ(VOCAB, `the id of ${shown(name)} is ${id(here)} and ${id(there)}`);
    }
  }
  if (files.merges !== undefined) {
    const plain = parseMerges(MERGES, files.merges);
    const text = (merge?: FileMerge): string =>
      merge ? shown(`${merge.left} ${merge.right}`) : 'missing';
    for (let at = 0; at < Math.max(plain.length, json.merges.length); at++) {
      const [here, there] = [text(json.merges[at]), text(plain[at])];
      if (here !== there) throw differ(MERGES, `merge ${at + 1} is ${here} and ${there}`);
    }
  }
}

/**
 * Whether a text gets a space in front. `GPT2Tokenizer` reads this from `tokenizer_config.json`
 * alone, other classes from `tokenizer.json`.
 *
 * @throws Error if the two files contradict each other
 */
function prefixSpace(
  json: TokenizerJson | undefined,
  { addPrefixSpace, isGPT2 }: { addPrefixSpace?: boolean; isGPT2: boolean },
  hasConfig: boolean,
): boolean {
  const configured = addPrefixSpace ?? (hasConfig && isGPT2 ? false : undefined);
  if (!json || configured === undefined) return json?.addPrefixSpace ?? configured ?? false;
  if (json.addPrefixSpace === configured) return configured;
  throw new Error(
    `${TOKENIZER_JSON} and ${CONFIG} contradict each other: add_prefix_space is ` +
      `${json.addPrefixSpace} and ${addPrefixSpace ?? 'false, by default'}`,
  );
}
