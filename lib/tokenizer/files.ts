import { fromSymbols, toSymbols } from './bytes';
import { MergeTable } from './merge';
import { MAX_VOCAB_SIZE } from './pairs';

/** The contents of the files that hold a tokenizer in Hugging Face's layout. */
export interface TokenizerFiles {
  /** `vocab.json`: each token's id. */
  vocab: string;
  /** `merges.txt`: the pairs to merge, the strongest first. */
  merges: string;
  /** `tokenizer_config.json`: tells Python which tokens are special; not needed to load here. */
  config?: string;
}

/** What a tokenizer is made of; `tokens` has the bytes of every id, special tokens too. */
export interface Vocabulary {
  readonly tokens: readonly Uint8Array[];
  readonly merges: MergeTable;
  readonly specials: ReadonlyMap<string, number>;
}

const utf8 = new TextEncoder();

/** JSON in the spelling of Python's `json.dumps`, in which OpenAI published GPT-2's vocabulary. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (unit) => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0'),
  );
}

/** Writes a vocabulary; for GPT-2 the first two are OpenAI's files, byte for byte. */
export function writeFiles({ tokens, merges, specials }: Vocabulary): Required<TokenizerFiles> {
  const names = tokens.map(toSymbols);
  for (const [name, id] of specials) names[id] = name;
  const entries = names.map((name, id) => `${asciiJson(name)}: ${id}`);
  const pairs = merges.merges.map(({ left, right }) => `${names[left]} ${names[right]}\n`);

  const added: Record<number, object> = {};
  const flags = { lstrip: false, rstrip: false, single_word: false, normalized: false };
  for (const [content, id] of specials) added[id] = { content, ...flags, special: true };
  const end = specials.has('<|endoftext|>') ? '<|endoftext|>' : null;
  const config = {
    tokenizer_class: 'GPT2Tokenizer',
    add_prefix_space: false,
    clean_up_tokenization_spaces: false,
    bos_token: end,
    eos_token: end,
    unk_token: end,
    added_tokens_decoder: added,
  };
  return {
    vocab: `{${entries.join(', ')}}`,
    merges: `#version: 0.2\n${pairs.join('')}`,
    config: JSON.stringify(config, null, 2) + '\n',
  };
}

/** Reads `vocab.json` into the names of the ids 0 to n − 1. */
function readVocab(json: string): string[] {
  let vocab: unknown;
  try {
    vocab = JSON.parse(json);
  } catch (error) {
    throw new Error(`vocab.json is not JSON: ${(error as Error).message}`);
  }
  if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab)) {
    throw new Error('vocab.json must be an object of token: id');
  }
  const entries = Object.entries(vocab);
  if (entries.length > MAX_VOCAB_SIZE) {
    throw new Error(`vocab.json has ${entries.length} tokens; at most ${MAX_VOCAB_SIZE} are read`);
  }
  const names: string[] = new Array(entries.length);
  for (const [name, id] of entries) {
    if (name === '') throw new Error('vocab.json has an empty token');
    if (!Number.isInteger(id) || id < 0) {
      throw new Error(
        `vocab.json: ${JSON.stringify(name)} has id ${JSON.stringify(id)}, not a whole number`,
      );
    }
    if (id >= names.length) {
      throw new Error(
        `vocab.json: ${JSON.stringify(name)} has id ${id}, but ${names.length} tokens must have the ids 0 to ${names.length - 1}`,
      );
    }
    if (names[id] !== undefined) {
      throw new Error(
        `vocab.json: ${JSON.stringify(names[id])} and ${JSON.stringify(name)} share the id ${id}`,
      );
    }
    names[id] = name;
  }
  return names;
}

/**
 * Reads a vocabulary. A token that is neither one of the 256 bytes nor made by a merge cannot come
 * from text: it is a special token.
 */
export function readFiles({ vocab, merges }: TokenizerFiles): Vocabulary {
  const names = readVocab(vocab);
  const idOf = new Map(names.map((name, id) => [name, id]));
  const ordinary = new Set<number>();
  for (let byte = 0; byte < 256; byte++) {
    const symbol = toSymbols(Uint8Array.of(byte));
    const id = idOf.get(symbol);
    if (id === undefined) {
      throw new Error(
        `vocab.json lacks "${symbol}", the token of byte ${byte}: not a byte-level vocabulary`,
      );
    }
    ordinary.add(id);
  }

  const table = new MergeTable();
  merges.split(/\r?\n/).forEach((line, index) => {
    if (line === '' || (index === 0 && line.startsWith('#version'))) return;
    const fail = (problem: string): never => {
      throw new Error(`merges.txt line ${index + 1}, "${line}": ${problem}`);
    };
    const parts = line.split(' ');
    if (parts.length !== 2) fail('expected two tokens with one space between');
    const [left, right, id] = [...parts, parts.join('')].map(
      (name) => idOf.get(name) ?? fail(`"${name}" is not in vocab.json`),
    );
    if (!ordinary.has(left)) fail(`no line above makes "${parts[0]}"`);
    if (!ordinary.has(right)) fail(`no line above makes "${parts[1]}"`);
    if (table.has(left, right)) fail('this pair stands above already');
    table.add({ left, right, id });
    ordinary.add(id);
  });

  const specials = new Map<string, number>();
  const tokens = names.map((name, id) => {
    if (ordinary.has(id)) return fromSymbols(name) as Uint8Array;
    specials.set(name, id);
    return utf8.encode(name);
  });
  return { tokens, merges: table, specials };
}
