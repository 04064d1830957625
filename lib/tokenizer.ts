/**
 * Byte-level byte pair encoding (BPE), the tokenizer of GPT-2: Sennrich et al. 2016, on bytes as in
 * Radford et al. 2019. Notebook 1, section 1.2, builds a plain version; this one gives the same ids
 * in near-linear time. It uses nothing from Node, so that a browser can run it too.
 */

import { checkPositive, checkWhole } from './core/checks';
import { AddedTokenFinder, addSpecials, namePattern } from './tokenizer/added-tokens';
import { toSymbols, toText } from './tokenizer/byte-symbols';
import { PieceCache } from './tokenizer/piece-cache';
import {
  readFiles,
  writeFiles,
  type AnyTokenizerFiles,
  type TokenizerFiles,
} from './tokenizer/vocabulary-files';
import { gpt2Vocabulary } from './tokenizer/gpt2';
import type { Merge } from './tokenizer/merge-table';
import { MAX_VOCAB_SIZE } from './tokenizer/pair-ranks';
import { pieceEnd, preTokenize } from './tokenizer/pretokenize';
import { learnMerges } from './tokenizer/learn-merges';
import type { Role, Vocabulary } from './tokenizer/vocabulary';

export { END_OF_TEXT } from './tokenizer/added-tokens';
export { GPT2_PATTERN, preTokenize } from './tokenizer/pretokenize';
export type { AnyTokenizerFiles, TokenizerFiles } from './tokenizer/vocabulary-files';
export type { Merge } from './tokenizer/merge-table';

/** A merge at the moment it is learned. */
export interface MergeStep extends Merge {
  /** The two merged tokens, as readable text. */
  readonly pair: readonly [string, string];
  /** The new token, as readable text. */
  readonly token: string;
  /** How often the pair occurred when it was merged. */
  readonly count: number;
}

export interface TrainOptions {
  /** Number of tokens in the vocabulary: 256 bytes, then merges, then special tokens. */
  vocabSize: number;
  /**
   * Tokens that get the last ids. Where one occurs in the text, it separates pieces, and nothing is
   * learned from it.
   */
  specialTokens?: readonly string[];
  /** Least number of occurrences for a pair to be merged; default 2. */
  minFrequency?: number;
  /** Called with each merge as it is learned. */
  onMerge?: (step: MergeStep) => void;
}

export interface EncodeOptions {
  /**
   * The special tokens that the text may contain, or `'all'`; default: none of them. Any other
   * special token in the text is an error, so that untrusted text cannot smuggle one in. `'none'`
   * reads them all as plain text.
   */
  allowedSpecial?: 'all' | 'none' | readonly string[];
}

/** Decodes ids that arrive one at a time. */
export interface StreamDecoder {
  /** The text that this id completes: a character waits until all its bytes have arrived. */
  push(id: number): string;
  /** Ends the text: incomplete characters become U+FFFD. */
  flush(): string;
}

let gpt2: BPETokenizer | undefined;

/** Byte-level BPE: text to token ids and back. A tokenizer never changes once it is made. */
export class BPETokenizer {
  private readonly cache = new PieceCache();
  private readonly utf8 = new TextEncoder();
  private readonly idOfByte = new Int32Array(256);
  private readonly added: AddedTokenFinder;

  private constructor(private readonly vocabulary: Vocabulary) {
    const { tokens, added } = vocabulary;
    const nameOf = new Map([...added].map(([name, { id }]) => [id, name]));
    tokens.forEach((bytes, id) => {
      if (bytes.length !== 1) return;
      const symbol = toSymbols(bytes);
      if ((nameOf.get(id) ?? symbol) === symbol) this.idOfByte[bytes[0]] = id;
    });
    this.added = new AddedTokenFinder(added);
  }

  /**
   * Learns a vocabulary: GPT-2's pattern cuts the text into pieces, then the most frequent pair of
   * neighbouring tokens within the pieces becomes a token, again and again. Among equally frequent
   * pairs, the smaller left id wins, then the smaller right id, so the merges equal those of
   * Hugging Face's `BpeTrainer` with `ByteLevel.alphabet()`.
   *
   * Training ends early, with a smaller vocabulary than asked for, when no pair is frequent enough.
   *
   * @throws RangeError if the vocabulary has no room for 256 bytes and the special tokens, or if an
   *   option is not a whole number
   */
  static train(text: string, options: TrainOptions): BPETokenizer {
    const { vocabSize, specialTokens = [], minFrequency = 2, onMerge } = options;
    const smallest = 256 + specialTokens.length; // every byte is a token
    checkWhole({ vocabSize }, { from: smallest, to: MAX_VOCAB_SIZE });
    checkPositive({ minFrequency });
    const pieces = new Map<string, number>();
    for (const part of text.split(namePattern(specialTokens))) {
      for (const piece of preTokenize(part)) pieces.set(piece, (pieces.get(piece) ?? 0) + 1);
    }
    const size = vocabSize - specialTokens.length;
    const { tokens, merges } = learnMerges(pieces, size, minFrequency, (merge, known) => {
      const [left, right, token] = [merge.left, merge.right, merge.id].map((id) =>
        toText(known[id]),
      );
      onMerge?.({ ...merge, pair: [left, right], token });
    });
    const learned = { tokens, merges, added: new Map(), roles: {}, addPrefixSpace: false };
    return new BPETokenizer(addSpecials(learned, specialTokens));
  }

  /** GPT-2's tokenizer: 50,257 tokens, of which `<|endoftext|>` (50256) is special. */
  static gpt2(): BPETokenizer {
    return (gpt2 ??= new BPETokenizer(gpt2Vocabulary()));
  }

  /**
   * A tokenizer from the contents of Hugging Face's files: `vocab.json` and `merges.txt`, or
   * `tokenizer.json`, and the settings beside them. Tokens are special if a file calls them so; if
   * no file mentions special tokens, those that no merge makes are.
   *
   * @throws Error naming file and entry if the files do not describe GPT-2's byte-level BPE, ask
   *   for anything else between text and ids, or contradict each other
   */
  static fromFiles(files: AnyTokenizerFiles): BPETokenizer {
    return new BPETokenizer(readFiles(files));
  }

  /** The contents of `vocab.json`, `merges.txt` and `tokenizer_config.json`, for Python too. */
  toFiles(): Required<TokenizerFiles> {
    return writeFiles(this.vocabulary);
  }

  /**
   * The same tokenizer with more special tokens, which get the next ids.
   *
   * @throws Error if a name is empty, given twice, not well-formed, or the name of an ordinary
   *   token
   */
  withSpecialTokens(names: readonly string[]): BPETokenizer {
    return new BPETokenizer(addSpecials(this.vocabulary, names));
  }

  /** The number of tokens, special ones included; ids run from 0 to `vocabSize` − 1. */
  get vocabSize(): number {
    return this.vocabulary.tokens.length;
  }

  /** The id of each special token. */
  get specialTokens(): Record<string, number> {
    const specials = [...this.vocabulary.added].filter(([, token]) => token.special);
    return Object.fromEntries(specials.map(([name, { id }]) => [name, id]));
  }

  /** The id of the token that ends a text: `<|endoftext|>` unless the files name another. */
  get eosId(): number | undefined {
    return this.idOfRole('eos');
  }

  /** The id of the token that begins a text; GPT-2 uses the one that ends it. */
  get bosId(): number | undefined {
    return this.idOfRole('bos');
  }

  /** The id of the token that pads short rows; GPT-2 has none. */
  get padId(): number | undefined {
    return this.idOfRole('pad');
  }

  /** The merges in the order in which they were learned, which is their priority. */
  get merges(): readonly Merge[] {
    return this.vocabulary.merges.merges;
  }

  /**
   * The token ids of a text, in time near-linear in its length. Half of a surrogate pair is read as
   * U+FFFD.
   *
   * @throws Error if the text contains a special token that is not allowed
   */
  encode(text: string, { allowedSpecial = [] }: EncodeOptions = {}): number[] {
    for (const name of typeof allowedSpecial === 'string' ? [] : allowedSpecial) {
      if (this.vocabulary.added.get(name)?.special) continue;
      const known = Object.keys(this.specialTokens).join(', ') || 'none';
      throw new Error(`allowedSpecial has ${JSON.stringify(name)}; special tokens here: ${known}`);
    }
    const ids: number[] = [];
    for (const part of this.added.split(text, allowedSpecial === 'none')) {
      const { start, end, name, token } = part;
      if (!token) {
        this.encodeOrdinary(text.slice(start, end), ids);
        continue;
      }
      if (token.special && allowedSpecial !== 'all' && !allowedSpecial.includes(name as string)) {
        throw new Error(
          `the text holds the special token ${name} at position ${start}: allow it with ` +
            `allowedSpecial: ['${name}'] or 'all', or read it as plain text with 'none'`,
        );
      }
      ids.push(token.id);
    }
    return ids;
  }

  /**
   * The text of token ids. Bytes that are not valid UTF-8 become U+FFFD, as in tiktoken.
   *
   * @throws RangeError for an id outside the vocabulary
   */
  decode(ids: ArrayLike<number>): string {
    let length = 0;
    for (let i = 0; i < ids.length; i++) length += this.bytesOf(ids[i]).length;
    const bytes = new Uint8Array(length);
    for (let i = 0, at = 0; i < ids.length; i++) {
      const token = this.bytesOf(ids[i]);
      bytes.set(token, at);
      at += token.length;
    }
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  }

  /** A decoder for ids that arrive one by one; its pieces, joined, equal the result of `decode`. */
  streamDecoder(): StreamDecoder {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return {
      push: (id) => decoder.decode(this.bytesOf(id), { stream: true }),
      flush: () => decoder.decode(),
    };
  }

  /** A copy of the bytes of one token. @throws RangeError for an id outside the vocabulary */
  tokenBytes(id: number): Uint8Array {
    return this.bytesOf(id).slice();
  }

  /** One token as readable text; bytes that are only part of a character are shown as `\xC3`. */
  tokenText(id: number): string {
    return toText(this.bytesOf(id));
  }

  private idOfRole(role: Role): number | undefined {
    const name = this.vocabulary.roles[role];
    return name === undefined ? undefined : this.vocabulary.added.get(name)?.id;
  }

  private bytesOf(id: number): Uint8Array {
    const bytes = this.vocabulary.tokens[id];
    if (bytes) return bytes;
    const last = this.vocabSize - 1;
    throw new RangeError(`token id ${id} is not in the vocabulary: ids are 0 to ${last}`);
  }

  private encodeOrdinary(ordinary: string, ids: number[]): void {
    if (ordinary === '') return;
    const needsSpace = this.vocabulary.addPrefixSpace && !ordinary.startsWith(' ');
    const text = needsSpace ? ` ${ordinary}` : ordinary;
    for (let start = 0, end; start < text.length; start = end) {
      end = pieceEnd(text, start);
      for (const id of this.cache.get(text, start, end, this.encodePiece)) ids.push(id);
    }
  }

  private readonly encodePiece = (piece: string): number[] => {
    const bytes = this.utf8.encode(piece);
    const ids = new Int32Array(bytes.length);
    for (let i = 0; i < bytes.length; i++) ids[i] = this.idOfByte[bytes[i]];
    return this.vocabulary.merges.apply(ids);
  };
}
