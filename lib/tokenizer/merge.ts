import { Heap } from './heap';

/** A merge rule: token `left` followed by token `right` becomes token `id`. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly id: number;
}

/** Token ids stay below this, so that a pair, and a rank with a position, are exact numbers. */
export const MAX_VOCAB_SIZE = 2 ** 20;

/** One number for a pair of token ids. */
export function pairKey(left: number, right: number): number {
  return left * MAX_VOCAB_SIZE + right;
}

const ascending = (a: number, b: number): boolean => a < b;

/** The merge rules of a vocabulary, the earlier the stronger. */
export class MergeTable {
  readonly merges: Merge[] = [];
  private readonly ranks = new Map<number, number>();

  /** Adds the weakest rule so far. */
  add(merge: Merge): void {
    this.ranks.set(pairKey(merge.left, merge.right), this.merges.length);
    this.merges.push(merge);
  }

  has(left: number, right: number): boolean {
    return this.ranks.has(pairKey(left, right));
  }

  /**
   * Applies the rules to one piece: always the strongest that fits, and of equals the leftmost
   * (Sennrich et al. 2016, as in GPT-2). Time n log n: candidates wait in a heap, and tokens are a
   * linked list.
   */
  apply(ids: ArrayLike<number>): number[] {
    const n = ids.length;
    const tokens = new Int32Array(ids);
    const next = new Int32Array(n);
    const previous = new Int32Array(n);
    const candidates = new Heap<number>(ascending);
    for (let at = 0; at < n; at++) {
      next[at] = at + 1;
      previous[at] = at - 1;
      if (at > 0) this.propose(candidates, at - 1, tokens[at - 1], tokens[at]);
    }
    for (let best = candidates.pop(); best !== undefined; best = candidates.pop()) {
      const at = best % 2 ** 32;
      const { left, right, id } = this.merges[(best - at) / 2 ** 32];
      const second = next[at];
      // A candidate is stale when a neighbour was merged first.
      if (tokens[at] !== left || second >= n || tokens[second] !== right) continue;
      tokens[at] = id;
      tokens[second] = -1;
      const third = (next[at] = next[second]);
      const before = previous[at];
      if (before >= 0) this.propose(candidates, before, tokens[before], id);
      if (third < n) {
        previous[third] = at;
        this.propose(candidates, at, id, tokens[third]);
      }
    }
    const result: number[] = [];
    for (let at = 0; at < n; at = next[at]) result.push(tokens[at]);
    return result;
  }

  private propose(candidates: Heap<number>, at: number, left: number, right: number): void {
    const rank = this.ranks.get(pairKey(left, right));
    if (rank !== undefined) candidates.push(rank * 2 ** 32 + at);
  }
}
