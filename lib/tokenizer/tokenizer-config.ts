/**
 * `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`: the settings that
 * `transformers` keeps beside a vocabulary.
 */
import { flag, isObject, parseObject, shown, wrong, type JsonObject } from './file-json';
import { ROLES, type Role } from './vocabulary';

/** An added token as one file describes it; a field that the file does not mention is undefined. */
export interface FileToken {
  readonly file: string;
  readonly name: string;
  readonly id?: number;
  readonly special?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly singleWord?: boolean;
  readonly normalized?: boolean;
}

export const CONFIG = 'tokenizer_config.json';
const SPECIALS_MAP = 'special_tokens_map.json';
const ADDED_TOKENS = 'added_tokens.json';

/** The settings of the three files together. */
interface TokenizerSettings {
  readonly added: FileToken[];
  /**
   * The token of each role: null if a file says that it has none, absent if no file mentions it.
   */
  readonly roles: Partial<Record<Role, string | null>>;
  readonly addPrefixSpace?: boolean;
  /** Whether tokens and settings that no file mentions default to those of `GPT2Tokenizer`. */
  readonly isGPT2: boolean;
}

/** The classes of `transformers` that do what the files say and nothing else. */
const GPT2_CLASSES = ['GPT2Tokenizer', 'GPT2TokenizerFast'];
const PLAIN_CLASSES = ['PreTrainedTokenizerFast', 'TokenizersBackend'];

/** Settings that change the ids of a text, with the values that GPT-2 has. */
const FIXED: Record<string, unknown> = {
  add_bos_token: false,
  add_eos_token: false,
  split_special_tokens: false,
  do_lower_case: false,
  errors: 'replace',
};

export interface SettingsFiles {
  config?: string;
  specialTokensMap?: string;
  addedTokens?: string;
}

/**
 * Reads the settings from the three files.
 *
 * @throws Error if the files contradict each other or ask for anything that this tokenizer does not
 *   do
 */
export function readSettings(files: SettingsFiles, hasTokenizerJson: boolean): TokenizerSettings {
  const config = files.config === undefined ? {} : parseObject(CONFIG, files.config);
  for (const [key, known] of Object.entries(FIXED)) {
    const value = config[key] ?? known;
    if (value !== known) throw wrong(CONFIG, key, value, shown(known));
  }
  const tokenizerClass = config.tokenizer_class ?? GPT2_CLASSES[0];
  const isGPT2 = GPT2_CLASSES.includes(tokenizerClass as string);
  const classes = [...GPT2_CLASSES, ...(hasTokenizerJson ? PLAIN_CLASSES : [])];
  if (!classes.includes(tokenizerClass as string)) {
    throw wrong(CONFIG, 'tokenizer_class', tokenizerClass, classes.map(shown).join(' or '));
  }
  const settings: TokenizerSettings = {
    added: readDecoder(config.added_tokens_decoder ?? {}),
    roles: {},
    addPrefixSpace: flag(CONFIG, 'add_prefix_space', config, 'add_prefix_space'),
    isGPT2,
  };
  readRoles(CONFIG, config, settings);
  if (files.specialTokensMap !== undefined) {
    readRoles(SPECIALS_MAP, parseObject(SPECIALS_MAP, files.specialTokensMap), settings);
  }
  if (files.addedTokens !== undefined) {
    const json = parseObject(ADDED_TOKENS, files.addedTokens, 'an object of token: id');
    for (const [name, id] of Object.entries(json)) {
      settings.added.push({ file: ADDED_TOKENS, name, id: readId(ADDED_TOKENS, name, id) });
    }
  }
  return settings;
}

function readDecoder(decoder: unknown): FileToken[] {
  const field = 'added_tokens_decoder';
  if (!isObject(decoder)) throw wrong(CONFIG, field, decoder, 'an object of id: token');
  return Object.entries(decoder).map(([id, token]) => {
    if (!isObject(token)) throw wrong(CONFIG, `${field}[${shown(id)}]`, token, 'an object');
    return readAddedToken(CONFIG, `${field}[${shown(id)}]`, token, Number(id));
  });
}

function readId(file: string, name: string, id: unknown): number {
  if (Number.isSafeInteger(id) && (id as number) >= 0) return id as number;
  throw new Error(`${file}: ${shown(name)} has id ${shown(id)}, not a whole number`);
}

/** Reads an added token from its JSON object. */
export function readAddedToken(
  file: string,
  field: string,
  token: JsonObject,
  id?: unknown,
): FileToken {
  const { content: name } = token;
  if (typeof name !== 'string') throw wrong(file, `${field}.content`, name, 'a text');
  const read = (key: string): boolean | undefined => flag(file, `${field}.${key}`, token, key);
  return {
    file,
    name,
    id: id === undefined ? undefined : readId(file, name, id),
    special: read('special'),
    lstrip: read('lstrip'),
    rstrip: read('rstrip'),
    singleWord: read('single_word'),
    normalized: read('normalized'),
  };
}

/** Reads roles (`pad_token`: a name, or an object with flags) and special tokens without a role. */
function readRoles(
  file: string,
  json: JsonObject,
  { roles, added }: Pick<TokenizerSettings, 'roles' | 'added'>,
): void {
  const add = (field: string, value: unknown): string => {
    const token = isObject(value) ? readAddedToken(file, field, value) : { file, name: value };
    const { name } = token;
    if (typeof name !== 'string') throw wrong(file, field, value, 'the name of a token');
    added.push({ ...token, name, special: true });
    return name;
  };
  for (const role of ROLES) {
    const value = json[`${role}_token`];
    if (value === undefined) continue;
    const name = value === null ? null : add(`${role}_token`, value);
    const known = roles[role];
    if (typeof known === 'string' && name !== null && known !== name) {
      throw new Error(
        `${file} names ${shown(name)} as ${role}_token, ${CONFIG} names ${shown(known)}`,
      );
    }
    roles[role] = name ?? known ?? null;
  }
  for (const key of ['additional_special_tokens', 'extra_special_tokens']) {
    const list = json[key] ?? [];
    if (!Array.isArray(list) && !isObject(list)) throw wrong(file, key, list, 'a list of tokens');
    Object.values(list).forEach((value, index) => add(`${key}[${index}]`, value));
  }
}
