/**
 * A priority queue of pairs of numbers, ordered by the first number, then by the second: a binary
 * heap in two flat arrays, which is faster than one of objects.
 */
export class MinHeap {
  private readonly firsts: number[] = [];
  private readonly seconds: number[] = [];

  /** Adds a pair. */
  push(first: number, second: number): void {
    const { firsts, seconds } = this;
    let at = firsts.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isAfter(parent, first, second)) break;
      firsts[at] = firsts[parent];
      seconds[at] = seconds[parent];
      at = parent;
    }
    firsts[at] = first;
    seconds[at] = second;
  }

  /** Removes and returns the smallest pair; undefined if the queue is empty. */
  pop(): [first: number, second: number] | undefined {
    const { firsts, seconds } = this;
    if (firsts.length === 0) return undefined;
    const top: [number, number] = [firsts[0], seconds[0]];
    const first = firsts.pop() as number;
    const second = seconds.pop() as number;
    const size = firsts.length;
    if (size === 0) return top;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      const other = child + 1;
      if (other < size && this.isAfter(child, firsts[other], seconds[other])) child = other;
      if (this.isAfter(child, first, second)) break;
      firsts[at] = firsts[child];
      seconds[at] = seconds[child];
      at = child;
    }
    firsts[at] = first;
    seconds[at] = second;
    return top;
  }

  private isAfter(at: number, first: number, second: number): boolean {
    const firstThere = this.firsts[at];
    return firstThere > first || (firstThere === first && this.seconds[at] > second);
  }
}
