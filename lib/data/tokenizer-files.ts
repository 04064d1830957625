/** Reading and writing the files of a tokenizer. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { BPETokenizer, type AnyTokenizerFiles } from '../tokenizer';
import { readFilesAtomic } from '../core/atomic-read';
import { writeFilesAtomic, type Files } from '../core/atomic-write';
import { DataError } from '../core/errors';
import { readText } from '../core/read-file';

/** Every file that may hold a tokenizer, or part of one, in Hugging Face's layout. */
const FILE_NAMES: Record<keyof AnyTokenizerFiles, string> = {
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
 * Reads a tokenizer in any form in which GPT-2's is distributed: `tokenizer.json`, which
 * `transformers` 5 writes; `vocab.json` and `merges.txt`, which version 4 and {@link saveTokenizer}
 * write; or OpenAI's `encoder.json` and `vocab.bpe`. The settings in `tokenizer_config.json`,
 * `added_tokens.json` and `special_tokens_map.json` beside them apply. If there are several forms,
 * `tokenizer.json` has precedence, then `vocab.json`, and the others must agree with it.
 *
 * @throws DataError if files are missing, do not hold a byte-level BPE of GPT-2's kind, ask for
 *   anything that this tokenizer does not do, or contradict each other
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
  const files = readAll(dir, FILE_NAMES);
  const openAI = readAll(dir, OPENAI_NAMES);
  const { tokenizer, vocab, merges, ...settings } = files;
  const isComplete = isThere(tokenizer) || (isThere(vocab) && isThere(merges));
  const huggingFace = isComplete ? fromFiles(dir, files) : undefined;
  if (huggingFace && !(isThere(openAI.vocab) && isThere(openAI.merges))) return huggingFace;
  const renamed = ' (encoder.json read as vocab.json, vocab.bpe as merges.txt)';
  const published = fromFiles(dir, { ...settings, ...openAI }, renamed);
  if (!huggingFace) return published;
  const [one, other] = [huggingFace, published].map((each) => each.toFiles());
  if (one.vocab === other.vocab && one.merges === other.merges) return huggingFace;
  throw new DataError(
    `${dir} holds two tokenizers: encoder.json and vocab.bpe contradict the other files; delete ` +
      'the wrong ones',
  );
}

const isThere = (content?: string): boolean => content !== undefined;

/** The files that a folder lacks for a tokenizer; empty if it holds one in any form. */
export function missingTokenizerFiles(dir: string): string[] {
  const missing = (names: string[]): string[] =>
    names.filter((name) => !existsSync(path.join(dir, name)));
  const forms = [[FILE_NAMES.tokenizer], Object.values(OPENAI_NAMES)];
  if (forms.some((names) => missing(names).length === 0)) return [];
  return missing([FILE_NAMES.vocab, FILE_NAMES.merges]);
}

function fromFiles(dir: string, files: AnyTokenizerFiles, renamed = ''): BPETokenizer {
  try {
    return BPETokenizer.fromFiles(files);
  } catch (error) {
    throw new DataError(`${dir} has no usable tokenizer${renamed}: ${(error as Error).message}`);
  }
}

/** The contents of the files that exist. */
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

/** The files of a tokenizer by name, for example to write them as one set with a model. */
export function tokenizerFiles(tokenizer: BPETokenizer): Files {
  const { vocab, merges, config } = tokenizer.toFiles();
  const outdated = [FILE_NAMES.tokenizer, FILE_NAMES.addedTokens, FILE_NAMES.specialTokensMap];
  return {
    [FILE_NAMES.vocab]: vocab,
    [FILE_NAMES.merges]: merges,
    [FILE_NAMES.config]: config,
    // If the folder had another tokenizer, these files would still describe that one.
    ...Object.fromEntries(
      [...outdated, ...Object.values(OPENAI_NAMES)].map((name) => [name, undefined]),
    ),
  };
}

/**
 * Writes `vocab.json`, `merges.txt` and `tokenizer_config.json` to `dir`, where Python's
 * `transformers` can load them. A tokenizer that is there already, in any form, is replaced as a
 * set.
 *
 * @throws DataError if the disk is full or the folder cannot be written
 */
export function saveTokenizer(tokenizer: BPETokenizer, dir: string): void {
  writeFilesAtomic(dir, tokenizerFiles(tokenizer));
}
