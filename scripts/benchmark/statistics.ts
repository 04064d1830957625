// What many timings come to.

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('The median of no values');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How far the values lie apart: (highest − lowest) / median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/**
 * How many times as fast `ours` is as `theirs`: the median over the rounds of the ratio within a
 * round, so that a machine that is slow for a while slows both.
 *
 * @param better whether the values are speeds (`higher`) or times (`lower`)
 */
export function speedup(
  ours: readonly number[],
  theirs: readonly number[],
  better: 'higher' | 'lower',
): number {
  const rounds = Math.min(ours.length, theirs.length);
  const ratios = ours.slice(0, rounds).map((value, i) => value / theirs[i]);
  return median(better === 'higher' ? ratios : ratios.map((ratio) => 1 / ratio));
}
