/** A cache of the ids of pieces, with a fixed amount of memory. */
const SLOTS = 2 ** 16;
/** Length limit in UTF-16 units: longer pieces are rare and not kept. */
const LONGEST = 16;

/**
 * The ids of pieces seen before: words repeat, so most need no merging. A piece's hash selects its
 * only slot, in which the latest piece replaces an earlier one, so memory is fixed. Characters are
 * kept as numbers, which avoids creating a string for each look-up.
 */
export class PieceCache {
  private readonly units = new Uint16Array(SLOTS * LONGEST);
  private readonly lengths = new Uint8Array(SLOTS);
  private readonly ids: (readonly number[])[] = new Array(SLOTS);

  /**
   * The ids of the piece of `text` from `start` to `end`; `encode` is called if it is not cached.
   */
  get(
    text: string,
    start: number,
    end: number,
    encode: (piece: string) => readonly number[],
  ): readonly number[] {
    const length = end - start;
    if (length > LONGEST) return encode(text.slice(start, end));
    let hash = length;
    for (let at = start; at < end; at++) hash = Math.imul(hash, 0x01000193) ^ text.charCodeAt(at);
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const base = slot * LONGEST - start;
    let isCached = this.lengths[slot] === length;
    for (let at = start; isCached && at < end; at++) {
      isCached = this.units[base + at] === text.charCodeAt(at);
    }
    if (!isCached) {
      this.ids[slot] = encode(text.slice(start, end));
      this.lengths[slot] = length;
      for (let at = start; at < end; at++) this.units[base + at] = text.charCodeAt(at);
    }
    return this.ids[slot];
  }
}
