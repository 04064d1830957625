const SLOTS = 2 ** 16;
const LONGEST = 16;

/**
 * The ids of pieces met before: words repeat, so most need no merging. Each piece has one slot,
 * given by its hash, where the latest comer stays: memory is fixed, and no string is kept or cut.
 */
export class PieceCache {
  private readonly units = new Uint16Array(SLOTS * LONGEST);
  private readonly lengths = new Uint8Array(SLOTS);
  private readonly ids: (readonly number[])[] = new Array(SLOTS);

  /** The ids of the piece of `text` from `start` to `end`; `encode` is called for a new one. */
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
    let same = this.lengths[slot] === length;
    for (let at = start; same && at < end; at++)
      same = this.units[base + at] === text.charCodeAt(at);
    if (!same) {
      this.ids[slot] = encode(text.slice(start, end));
      this.lengths[slot] = length;
      for (let at = start; at < end; at++) this.units[base + at] = text.charCodeAt(at);
    }
    return this.ids[slot];
  }
}
