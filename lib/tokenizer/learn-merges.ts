/** Learning the merges of byte-pair encoding from a text's pieces. */
import { BYTE_ORDER } from './byte-symbols';
import { MinHeap } from './min-heap';
import { MergeTable, type Merge } from './merge-table';
import { pairKey } from './pair-ranks';

/** A merge, with the number of times that its pair occurred when it was learned. */
interface LearnedMerge extends Merge {
  readonly count: number;
}

interface Pair {
  readonly left: number;
  readonly right: number;
  count: number;
  /** Indices of the words that contain the pair or once contained it. */
  readonly words: number[];
}

/** The pairs of neighbouring tokens in all words, with counts that are kept up to date. */
class PairCounts {
  private readonly pairs = new Map<number, Pair>();
  /** Pairs whose counts rose since the last `best`. */
  private readonly raised = new Map<number, Pair>();
  // Ordered by −count, so that the most frequent comes first, then by smaller ids.
  private readonly queue = new MinHeap();

  add(left: number, right: number, count: number, word: number): void {
    const key = pairKey(left, right);
    let pair = this.pairs.get(key);
    if (!pair) {
      pair = { left, right, count: 0, words: [] };
      this.pairs.set(key, pair);
    }
    pair.count += count;
    if (pair.words[pair.words.length - 1] !== word) pair.words.push(word);
    this.raised.set(key, pair);
  }

  subtract(left: number, right: number, count: number): void {
    this.pairs.get(pairKey(left, right))!.count -= count;
  }

  /** The most frequent pair that has not been merged; undefined if there is none. */
  best(): Pair | undefined {
    for (const [key, pair] of this.raised) this.queue.push(-pair.count, key);
    this.raised.clear();
    for (let top = this.queue.pop(); top; top = this.queue.pop()) {
      const [negativeCount, key] = top;
      const pair = this.pairs.get(key)!;
      if (pair.count === -negativeCount) return pair;
      // Its count fell while it waited, so it goes back in at its new place.
      this.queue.push(-pair.count, key);
    }
    return undefined;
  }
}

/**
 * Learns byte-level BPE merges (Sennrich et al. 2016; bytes as in GPT-2) from pieces and their
 * counts, until the vocabulary has `size` tokens or no pair occurs `minFrequency` times.
 *
 * @returns the bytes of each token, beginning with the 256 single bytes in GPT-2's order, and the
 *   merges
 */
export function learnMerges(
  pieces: ReadonlyMap<string, number>,
  size: number,
  minFrequency: number,
  onMerge: (merge: LearnedMerge, tokens: readonly Uint8Array[]) => void,
): { tokens: Uint8Array[]; merges: MergeTable } {
  const tokens = BYTE_ORDER.map((byte) => Uint8Array.of(byte));
  const merges = new MergeTable();
  const utf8 = new TextEncoder();
  const words = [...pieces.keys()].map((piece) =>
    Array.from(utf8.encode(piece), (byte) => BYTE_ORDER.indexOf(byte)),
  );
  const counts = [...pieces.values()];
  const pairs = new PairCounts();
  words.forEach((word, index) => {
    for (let i = 1; i < word.length; i++) pairs.add(word[i - 1], word[i], counts[index], index);
  });

  while (tokens.length < size) {
    const pair = pairs.best();
    if (!pair || pair.count < minFrequency) break;
    const { left, right, count } = pair;
    const bytes = new Uint8Array(tokens[left].length + tokens[right].length);
    bytes.set(tokens[left]);
    bytes.set(tokens[right], tokens[left].length);
    const id = tokens.push(bytes) - 1;
    merges.add({ left, right, id });
    onMerge({ left, right, id, count }, tokens);
    for (const index of pair.words) {
      mergeInWord(words[index], { left, right, id }, (sign, a, b) => {
        if (sign > 0) pairs.add(a, b, counts[index], index);
        else pairs.subtract(a, b, counts[index]);
      });
    }
  }
  return { tokens, merges };
}

/** Merges a pair wherever it occurs in `word`, in place, and reports which pairs came and went. */
function mergeInWord(
  word: number[],
  { left, right, id }: Merge,
  change: (sign: 1 | -1, left: number, right: number) => void,
): void {
  let end = 0;
  for (let i = 0; i < word.length; i++) {
    if (word[i] !== left || word[i + 1] !== right) {
      word[end++] = word[i];
      continue;
    }
    if (end > 0) {
      change(-1, word[end - 1], left);
      change(1, word[end - 1], id);
    }
    i++;
    if (i + 1 < word.length) {
      change(-1, right, word[i + 1]);
      change(1, id, word[i + 1]);
    }
    word[end++] = id;
  }
  word.length = end;
}
