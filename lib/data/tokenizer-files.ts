import { readFileSync } from 'node:fs';
import path from 'node:path';
import { BPETokenizer } from '../tokenizer';
import { DataError, readFilesAtomic, writeFilesAtomic, type Files } from './files';

/**
 * Reads a tokenizer in Hugging Face's layout: `vocab.json` and `merges.txt` in `dir`.
 *
 * @throws DataError when a file is missing or does not describe a byte-level BPE vocabulary
 */
export function loadTokenizer(dir: string): BPETokenizer {
  return readFilesAtomic(dir, readTokenizer);
}

function readTokenizer(dir: string): BPETokenizer {
  const read = (name: string): string => {
    try {
      return readFileSync(path.join(dir, name), 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new DataError(`${dir} has no tokenizer: ${name} cannot be read (${code})`);
    }
  };
  const files = { vocab: read('vocab.json'), merges: read('merges.txt') };
  try {
    return BPETokenizer.fromFiles(files);
  } catch (error) {
    throw new DataError(`${dir} has no usable tokenizer: ${(error as Error).message}`);
  }
}

/**
 * Writes `vocab.json`, `merges.txt` and `tokenizer_config.json` to `dir`, which Python's
 * `transformers` loads; a tokenizer that is there already is replaced as a whole.
 *
 * @throws DataError when the disk is full or the folder cannot be written
 */
export function saveTokenizer(tokenizer: BPETokenizer, dir: string): void {
  writeFilesAtomic(dir, tokenizerFiles(tokenizer));
}

/** What {@link saveTokenizer} writes, to be written together with a model, say. */
export function tokenizerFiles(tokenizer: BPETokenizer): Files {
  const { vocab, merges, config } = tokenizer.toFiles();
  return {
    ...{ 'vocab.json': vocab, 'merges.txt': merges, 'tokenizer_config.json': config },
    // Where there was another tokenizer, these would go on telling of that one.
    ...{ 'tokenizer.json': undefined, 'added_tokens.json': undefined },
    ...{ 'special_tokens_map.json': undefined, 'encoder.json': undefined, 'vocab.bpe': undefined },
  };
}
