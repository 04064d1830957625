/** The parts of a tokenizer's vocabulary. */
import type { MergeTable } from './merge-table';

/** The roles of special tokens, in the order of `transformers`. */
export const ROLES = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const;
export type Role = (typeof ROLES)[number];

/** A token that no merge makes: it is found in the text before anything is merged. */
export interface AddedToken {
  readonly id: number;
  /**
   * Whether it is a control token, such as the end of a text, which `encode` accepts only if it is
   * allowed to.
   */
  readonly special: boolean;
  /** Whether it includes the white space before it (`lstrip`) and after it (`rstrip`). */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Whether it is found only as a word of its own. */
  readonly singleWord: boolean;
  /** Whether it is searched for last, in the text that the other tokens leave. */
  readonly normalized: boolean;
  /** Whether texts are searched for it; if not, it occurs only among ids. */
  readonly matched: boolean;
}

/** Everything that a tokenizer consists of. */
export interface Vocabulary {
  /** The bytes of every id, added tokens included. */
  readonly tokens: readonly Uint8Array[];
  readonly merges: MergeTable;
  /** Tokens that no merge makes, or that are found in a text before merging, by their names. */
  readonly added: ReadonlyMap<string, AddedToken>;
  /** The name of the token for each role: `eos` ends a text, `pad` fills short rows. */
  readonly roles: Readonly<Partial<Record<Role, string>>>;
  /** Whether a text that does not begin with a space gets one. */
  readonly addPrefixSpace: boolean;
}
