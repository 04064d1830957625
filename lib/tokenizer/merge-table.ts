/** The merge rules of a vocabulary, and how they apply to a piece of text. */
import { MinHeap } from './min-heap';
import { PairRanks } from './pair-ranks';

/** A merge rule: token `left` followed by token `right` becomes token `id`. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly id: number;
}

/** The merge rules of a vocabulary, by priority. */
export class MergeTable {
  readonly merges: Merge[] = [];
  private readonly ranks = new PairRanks();

  /** Adds a rule with lower priority than all others. */
  add(merge: Merge): void {
    this.ranks.add(merge.left, merge.right, this.merges.length);
    this.merges.push(merge);
  }

  /** Whether a rule merges this pair. */
  has(left: number, right: number): boolean {
    return this.ranks.get(left, right) >= 0;
  }

  /**
   * Applies the rules to the tokens of one piece: always the rule of highest priority first, at its
   * leftmost place (Sennrich et al. 2016, as in GPT-2). It takes O(n log n) time, because
   * candidates wait in a heap and the tokens form a linked list.
   */
  apply(ids: ArrayLike<number>): number[] {
    const n = ids.length;
    const tokens = new Int32Array(ids);
    const next = new Int32Array(n);
    const previous = new Int32Array(n);
    const candidates = new MinHeap();
    for (let at = 0; at < n; at++) {
      next[at] = at + 1;
      previous[at] = at - 1;
      if (at > 0) this.propose(candidates, at - 1, tokens[at - 1], tokens[at]);
    }
    for (let best = candidates.pop(); best; best = candidates.pop()) {
      const [rank, at] = best;
      const { left, right, id } = this.merges[rank];
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

  private propose(candidates: MinHeap, at: number, left: number, right: number): void {
    const rank = this.ranks.get(left, right);
    if (rank >= 0) candidates.push(rank, at);
  }
}
