// The library's tokenizer with both vocabularies, as one script: `gptTokenizer`.

import merges from '../../../data/gpt-mini/merges.txt';
import vocab from '../../../data/gpt-mini/vocab.json';
import { BPETokenizer } from '../../../lib/tokenizer';

export type { BPETokenizer };

let mini: BPETokenizer | undefined;

/** The tokenizer of gpt-mini, which learned from the English and Portuguese texts of its training. */
export const miniTokenizer = (): BPETokenizer =>
  (mini ??= BPETokenizer.fromFiles({ vocab: JSON.stringify(vocab), merges }));

/** GPT-2's own. */
export const gpt2Tokenizer = (): BPETokenizer => BPETokenizer.gpt2();
