/**
 * `tokenizer.json`, in which Hugging Face's `tokenizers` keeps a whole tokenizer: normalizer,
 * pre-tokenizer, model, post-processor and decoder.
 */
import { flag, isObject, parseObject, shown, wrong, type JsonObject } from './file-json';
import { readAddedToken, type FileToken } from './tokenizer-config';
import { readMerges, readVocab, type FileMerge } from './vocab-merges';

export const TOKENIZER_JSON = 'tokenizer.json';

export interface TokenizerJson {
  readonly ids: ReadonlyMap<string, number>;
  readonly merges: readonly FileMerge[];
  readonly added: readonly FileToken[];
  readonly addPrefixSpace: boolean;
}

/** GPT-2's pattern as `tokenizers` writes it; see `GPT2_PATTERN`. */
const PATTERN =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** The fields that the file may have; each stage is checked below. */
const STAGES = [
  'normalizer',
  'pre_tokenizer',
  'post_processor',
  'decoder',
  'model',
  'added_tokens',
];
// Truncation and padding do not matter: `transformers` does both only when a call asks for them.
const OTHERS = ['version', 'truncation', 'padding'];

/**
 * The fields of a BPE model, with the values that GPT-2 has. Undefined allows any value: vocabulary
 * and merges are checked elsewhere, and GPT-2, which knows all bytes, never needs the unknown
 * token.
 */
const MODEL: Record<string, unknown[] | undefined> = {
  type: ['BPE', undefined],
  dropout: [null, undefined, 0],
  continuing_subword_prefix: [null, undefined, ''],
  end_of_word_suffix: [null, undefined, ''],
  byte_fallback: [false, null, undefined],
  ignore_merges: [false, null, undefined],
  unk_token: undefined,
  fuse_unk: undefined,
  vocab: undefined,
  merges: undefined,
};

/** Reads the file. @throws Error if it asks for anything that this tokenizer does not do */
export function readTokenizerJson(text: string): TokenizerJson {
  const json = parseObject(TOKENIZER_JSON, text);
  refuseUnknown('', json, [...STAGES, ...OTHERS]);
  const { model } = json;
  if (!isObject(model)) throw wrong(TOKENIZER_JSON, 'model', model, 'an object');
  for (const [key, known] of Object.entries(MODEL)) {
    if (known && !known.includes(model[key])) {
      throw wrong(TOKENIZER_JSON, `model.${key}`, model[key], shown(known[0]));
    }
  }
  refuseUnknown('model.', model, Object.keys(MODEL));
  if (stages('normalizer', json.normalizer, 'normalizers').length > 0) {
    throw wrong(TOKENIZER_JSON, 'normalizer', json.normalizer, 'null: the text as it is');
  }
  checkPostProcessor(json.post_processor);
  checkDecoder(json.decoder);
  if (!isObject(model.vocab)) {
    throw wrong(TOKENIZER_JSON, 'model.vocab', model.vocab, 'an object of token: id');
  }
  return {
    ids: readVocab(TOKENIZER_JSON, model.vocab),
    merges: readMerges(TOKENIZER_JSON, model.merges),
    added: readAdded(json.added_tokens ?? []),
    addPrefixSpace: readPreTokenizer(json.pre_tokenizer),
  };
}

function refuseUnknown(path: string, json: JsonObject, known: readonly string[]): void {
  for (const key of Object.keys(json)) {
    if (!known.includes(key) && json[key] !== null) {
      throw new Error(`${TOKENIZER_JSON}: ${path}${key} is not known here`);
    }
  }
}

/** A stage as a list of objects: null means none, and a `Sequence` several. */
function stages(field: string, stage: unknown, items: string): JsonObject[] {
  if (stage === null || stage === undefined) return [];
  const list = isObject(stage) && stage.type === 'Sequence' ? stage[items] : [stage];
  if (Array.isArray(list) && list.every(isObject)) return list;
  throw wrong(TOKENIZER_JSON, field, stage, 'an object, or a Sequence of them');
}

/** Whether the pre-tokenizer adds a space. @throws Error if it does not cut as GPT-2's does */
function readPreTokenizer(stage: unknown): boolean {
  const field = 'pre_tokenizer';
  const list = stages(field, stage, 'pretokenizers');
  const types = list.map(({ type }) => type);
  const last = list[list.length - 1];
  const split = types.join() === 'Split,ByteLevel' ? list[0] : undefined;
  if (types.join() !== 'ByteLevel' && !split) {
    const found = types.map(shown).join(', ') || 'null';
    throw new Error(`${TOKENIZER_JSON}: ${field} is ${found}, expected "ByteLevel"`);
  }
  const prefix = flag(TOKENIZER_JSON, `${field}.add_prefix_space`, last, 'add_prefix_space');
  if (prefix === undefined) {
    throw wrong(TOKENIZER_JSON, `${field}.add_prefix_space`, prefix, 'true or false');
  }
  const cuts = flag(TOKENIZER_JSON, `${field}.use_regex`, last, 'use_regex') ?? true;
  if (cuts !== !split) {
    throw wrong(TOKENIZER_JSON, `${field}.use_regex`, cuts, `${!split}: cut once, as GPT-2 does`);
  }
  if (split) {
    const { pattern, behavior, invert } = split;
    const regex = isObject(pattern) ? pattern.Regex : pattern;
    if (regex !== PATTERN) throw wrong(TOKENIZER_JSON, `${field}.pattern`, regex, "GPT-2's");
    if (behavior !== 'Isolated' || (invert ?? false) !== false || prefix) {
      throw new Error(
        `${TOKENIZER_JSON}: ${field} must keep its pieces (behavior "Isolated", invert false, ` +
          'add_prefix_space false)',
      );
    }
  }
  return prefix;
}

/** Checks that no token is added: `ByteLevel` changes offsets only, and a template may be empty. */
function checkPostProcessor(stage: unknown): void {
  for (const { type, single, pair } of stages('post_processor', stage, 'processors')) {
    if (type === 'ByteLevel') continue;
    if (type !== 'TemplateProcessing') {
      throw wrong(TOKENIZER_JSON, 'post_processor', type, '"ByteLevel", or one that adds no token');
    }
    for (const piece of [single, pair].flatMap((list) => (Array.isArray(list) ? list : [list]))) {
      const special = isObject(piece) ? piece.SpecialToken : undefined;
      if (special !== undefined || !isObject(piece)) {
        const name = isObject(special) ? special.id : piece;
        throw new Error(
          `${TOKENIZER_JSON}: post_processor adds ${shown(name)} to each text, expected none that ` +
            'adds a token',
        );
      }
    }
  }
}

function checkDecoder(stage: unknown): void {
  const types = stages('decoder', stage, 'decoders').map(({ type }) => type);
  if (types.length === 1 && types[0] === 'ByteLevel') return;
  const found = types.map(shown).join(', ') || 'null';
  throw new Error(`${TOKENIZER_JSON}: decoder is ${found}, expected "ByteLevel"`);
}

function readAdded(list: unknown): FileToken[] {
  if (!Array.isArray(list)) throw wrong(TOKENIZER_JSON, 'added_tokens', list, 'a list');
  return list.map((token: unknown, index) => {
    const field = `added_tokens[${index}]`;
    if (!isObject(token)) throw wrong(TOKENIZER_JSON, field, token, 'an object');
    return readAddedToken(TOKENIZER_JSON, field, token, token.id);
  });
}
