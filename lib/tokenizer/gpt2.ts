/** GPT-2's vocabulary, built from the ranks in the package js-tiktoken. */
// @ts-ignore tslab's TypeScript resolves modules as Node 10 did and does not find this one.
import published from 'js-tiktoken/ranks/gpt2';
import { addSpecials } from './added-tokens';
import { BYTE_ORDER } from './byte-symbols';
import { MergeTable } from './merge-table';
import type { Vocabulary } from './vocabulary';

interface Ranks {
  /** Lines of `! <first id> <token in base64> …`. */
  bpe_ranks: string;
  special_tokens: Record<string, number>;
}

/** Builds the vocabulary of 50,257 tokens, with `<|endoftext|>` as its special token. */
export function gpt2Vocabulary(): Vocabulary {
  const ranks = published as Ranks;
  const tokens: Uint8Array[] = [];
  for (const line of ranks.bpe_ranks.split('\n')) {
    const [, first, ...encoded] = line.split(' ');
    encoded.forEach((token, i) => {
      tokens[Number(first) + i] = Uint8Array.from(atob(token), (unit) => unit.charCodeAt(0));
    });
  }
  // A rank gives the token that a merge makes. Applying the earlier merges leaves its two parts.
  const merges = new MergeTable();
  for (let id = 256; id < tokens.length; id++) {
    const [left, right] = merges.apply(Array.from(tokens[id], (byte) => BYTE_ORDER.indexOf(byte)));
    merges.add({ left, right, id });
  }
  const vocabulary = { tokens, merges, added: new Map(), roles: {}, addPrefixSpace: false };
  return addSpecials(vocabulary, Object.keys(ranks.special_tokens));
}
