import type { AddedToken } from './added-tokens';
import type { MergeTable } from './merge';

/** What special tokens are for, in the order in which `transformers` keeps them. */
export const ROLES = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const;
export type Role = (typeof ROLES)[number];

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
