import { existsSync } from 'node:fs';
import path from 'node:path';
import { BPETokenizer, type AnyTokenizerFiles } from '../tokenizer';
import { readFilesAtomic } from '../core/atomic-read';
import { writeFilesAtomic, type Files } from '../core/atomic-write';
import { DataError } from '../core/errors';
import { readText } from '../core/read-file';

/** Every file that may hold a tokenizer, or part of one, in Hugging Face's layout. */
const NAMES: Record<keyof AnyTokenizerFiles, string> = {
  vocab: 'vocab.json',
  merges: 'merges.txt',
  config: 'tokenizer_config.json',
  tokenizer: 'tokenizer.json',
  addedTokens: 'added_tokens.json',
  specialTokensMap: 'special_tokens_map.json',
};

/** OpenAI's names for the first two. */
const OPENAI_NAMES = { vocab: 'encoder.json', merges: 'vocab.bpe' };

/**
 * Reads a tokenizer in any form in which GPT-2's are shipped: `tokenizer.json`, which `transformers` 5
 * write; `vocab.json` and `merges.txt`, which version 4 and {@link saveTokenizer} write; or OpenAI's
 * `encoder.json` and `vocab.bpe`. `tokenizer_config.json`, `added_tokens.json` and
 * `special_tokens_map.json` beside them are obeyed. Where there are several forms, `tokenizer.json`
 * counts first, then `vocab.json`, and the others must say the same.
 *
 * @throws DataError when files are missing, are no byte-level BPE of GPT-2's kind, ask for anything
 *   that this tokenizer does not do, or contradict each other
 */
export function loadTokenizer(dir: string): BPETokenizer {
  return readFilesAtomic(dir, readTokenizer);
}

function readTokenizer(dir: string): BPETokenizer {
  const missing = missingTokenizerFiles(dir);
  if (missing.length > 0) {
    throw new DataError(
      `${dir} has no tokenizer: ${missing.join(' and ')} cannot be found, and there is neither ` +
        'tokenizer.json nor encoder.json with vocab.bpe',
    );
  }
  const files = readAll(dir, NAMES);
  const openAI = readAll(dir, OPENAI_NAMES);
  const { tokenizer, vocab, merges, ...settings } = files;
  const isComplete = isThere(tokenizer) || (isThere(vocab) && isThere(merges));
  const read = isComplete ? fromFiles(dir, files) : undefined;
  if (read && !(isThere(openAI.vocab) && isThere(openAI.merges))) return read;
  const renamed = ' (encoder.json read as vocab.json, vocab.bpe as merges.txt)';
  const published = fromFiles(dir, { ...settings, ...openAI }, renamed);
  const [ours, theirs] = [read ?? published, published].map((one) => one.toFiles());
  if (ours.vocab === theirs.vocab && ours.merges === theirs.merges) return read ?? published;
  throw new DataError(
    `${dir} holds two tokenizers: encoder.json and vocab.bpe contradict the other files; delete ` +
      'the wrong ones',
  );
}

const isThere = (content?: string): boolean => content !== undefined;

/** The files without which a folder has no tokenizer in any form; none where it has one. */
export function missingTokenizerFiles(dir: string): string[] {
  const lacking = (names: string[]): string[] =>
    names.filter((name) => !existsSync(path.join(dir, name)));
  const forms = [[NAMES.tokenizer], Object.values(OPENAI_NAMES)];
  if (forms.some((names) => lacking(names).length === 0)) return [];
  return lacking([NAMES.vocab, NAMES.merges]);
}

function fromFiles(dir: string, files: AnyTokenizerFiles, renamed = ''): BPETokenizer {
  try {
    return BPETokenizer.fromFiles(files);
  } catch (error) {
    throw new DataError(`${dir} has no usable tokenizer${renamed}: ${(error as Error).message}`);
  }
}

/** The contents of those of the files that are there. */
function readAll<Key extends string>(
  dir: string,
  names: Readonly<Record<Key, string>>,
): Partial<Record<Key, string>> {
  const contents: Partial<Record<Key, string>> = {};
  for (const [key, name] of Object.entries(names) as [Key, string][]) {
    const file = path.join(dir, name);
    if (existsSync(file)) contents[key] = readText(file);
  }
  return contents;
}

/** The files of a tokenizer by name, to be written as one set with a model, say. */
export function tokenizerFiles(tokenizer: BPETokenizer): Files {
  const { vocab, merges, config } = tokenizer.toFiles();
  const gone = [NAMES.tokenizer, NAMES.addedTokens, NAMES.specialTokensMap];
  return {
    [NAMES.vocab]: vocab,
    [NAMES.merges]: merges,
    [NAMES.config]: config,
    // Where there was another tokenizer, these would go on telling of that one.
    ...Object.fromEntries(
      [...gone, ...Object.values(OPENAI_NAMES)].map((name) => [name, undefined]),
    ),
  };
}

/**
 * Writes `vocab.json`, `merges.txt` and `tokenizer_config.json` to `dir`, which Python's
 * `transformers` loads; a tokenizer that is there already, in whichever form, is replaced as a set.
 *
 * @throws DataError when the disk is full or the folder cannot be written
 */
export function saveTokenizer(tokenizer: BPETokenizer, dir: string): void {
  writeFilesAtomic(dir, tokenizerFiles(tokenizer));
}
