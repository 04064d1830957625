import type { MergeTable } from './merge-table';

/** The roles of special tokens, in the order of `transformers`. */
export const ROLES = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const;
export type Role = (typeof ROLES)[number];

/** A token that no merge makes: it is found in the text before anything is merged. */
export interface AddedToken {
  readonly id: number;
  /**
   * Whether it is a control token, such as the end of a text, that `encode` must be allowed to
   * take.
   */
  readonly special: boolean;
  /** Whether it includes the white space before it, and after it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Whether it is found only as a word of its own. */
  readonly singleWord: boolean;
  /** Whether it is searched for last, in the text that the other tokens leave. */
  readonly normalized: boolean;
  /** False for a token that is never found in a text, although ids may contain it. */
  readonly matched: boolean;
}

/** Everything that a tokenizer consists of. */
export interface Vocabulary {
  /** The bytes of every id, added tokens included. */
  readonly tokens: readonly Uint8Array[];
  readonly merges: MergeTable;
  /** Tokens that no merge makes, or that are found in a text before merging, by their names. */
  readonly added: ReadonlyMap<string, AddedToken>;
  /** The name of the token that has a role: `eos` ends a text, `pad` fills short rows. */
  readonly roles: Readonly<Partial<Record<Role, string>>>;
  /** Whether a text that does not begin with a space gets one. */
  readonly addPrefixSpace: boolean;
}
