import type { MergeTable } from './merge-table';

/** What special tokens are for, in the order in which `transformers` keeps them. */
export const ROLES = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const;
export type Role = (typeof ROLES)[number];

/** A token that no merge makes: it is looked for in the text before anything is merged. */
export interface AddedToken {
  readonly id: number;
  /** Not part of any text, such as the end of one: `encode` takes it only where it is allowed. */
  readonly special: boolean;
  /** Takes the white space before, or after, it along. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Is not found within a word. */
  readonly singleWord: boolean;
  /** Is looked for last, in what the tokens that are not normalized leave. */
  readonly normalized: boolean;
  /** False for a token of the vocabulary that no text gives, though ids may hold it. */
  readonly matched: boolean;
}

/** What a tokenizer is made of. */
export interface Vocabulary {
  /** The bytes of every id, added tokens too. */
  readonly tokens: readonly Uint8Array[];
  readonly merges: MergeTable;
  /** Tokens that no merge makes, or that are found in a text before merging, by their names. */
  readonly added: ReadonlyMap<string, AddedToken>;
  /** The name of the token that has a role: `eos` ends a text, `pad` fills up short rows. */
  readonly roles: Readonly<Partial<Record<Role, string>>>;
  /** Whether a text that begins without a space gets one. */
  readonly addPrefixSpace: boolean;
}
