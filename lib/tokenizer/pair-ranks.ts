/** Token ids are below this limit, so that one number can hold a pair exactly. */
export const MAX_VOCAB_SIZE = 2 ** 20;

/** One number for a pair of token ids, ordered by the left id, then by the right one. */
export function pairKey(left: number, right: number): number {
  return left * MAX_VOCAB_SIZE + right;
}

/**
 * The ranks of pairs of token ids, in an open-addressing hash table of integers. Encoding spends
 * most of its time here, and a `Map` by `pairKey` would make it a third slower.
 */
export class PairRanks {
  // Three numbers in each slot: left, right and rank + 1, which is 0 in a free slot.
  private slots = new Int32Array(3 * 1024);
  private count = 0;

  /** The rank of a pair, or −1 if it has none. */
  get(left: number, right: number): number {
    return this.slots[this.find(left, right) + 2] - 1;
  }

  /** Adds a pair that has no rank yet. */
  add(left: number, right: number, rank: number): void {
    if (6 * this.count >= this.slots.length) this.grow();
    const at = this.find(left, right);
    this.slots[at] = left;
    this.slots[at + 1] = right;
    this.slots[at + 2] = rank + 1;
    this.count++;
  }

  /** Where a pair is, or the free slot where it would be. */
  private find(left: number, right: number): number {
    const { slots } = this;
    const mask = slots.length / 3 - 1;
    const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    let at = 3 * ((hash ^ (hash >>> 15)) & mask);
    while (slots[at + 2] !== 0 && (slots[at] !== left || slots[at + 1] !== right)) {
      at = at + 3 < slots.length ? at + 3 : 0;
    }
    return at;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Int32Array(2 * old.length);
    this.count = 0;
    for (let at = 0; at < old.length; at += 3) {
      if (old[at + 2] > 0) this.add(old[at], old[at + 1], old[at + 2] - 1);
    }
  }
}
