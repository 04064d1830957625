/** Learning rates that change during training. */

/** The learning rate of each step, counted from 0. */
export type Schedule = (step: number) => number;

export interface CosineOptions {
  /** All steps of the training. */
  steps: number;
  /** The highest rate, reached at the end of the warm-up. */
  peak: number;
  /** Steps that rise in a straight line; default 0. */
  warmup?: number;
  /** Rate of the first warm-up step; default peak / warmup. */
  initial?: number;
  /** Rate that the cosine ends at; default 0. */
  minimum?: number;
}

/**
 * Warm-up, then half a cosine down (Loshchilov and Hutter 2017, "SGDR"), as GPT-3 was trained. Steps
 * after the last keep the minimum.
 *
 * @throws Error when a number is impossible
 */
export function cosineSchedule(options: CosineOptions): Schedule {
  const { steps, peak, warmup = 0, minimum = 0 } = options;
  const { initial = peak / Math.max(1, warmup) } = options;
  for (const [name, value] of Object.entries({ steps, warmup })) {
    if (!Number.isInteger(value) || value < 0) {
      throw new Error(`cosineSchedule: ${name} must be a whole number, got ${value}`);
    }
  }
  for (const [name, value] of Object.entries({ peak, initial, minimum })) {
    if (!(value >= 0)) throw new Error(`cosineSchedule: ${name} must be at least 0, got ${value}`);
  }
  if (steps <= warmup) {
    throw new Error(`cosineSchedule: ${steps} steps leave none after a warm-up of ${warmup}`);
  }
  return (step) => {
    if (step < warmup) return initial + (step * (peak - initial)) / warmup;
    const progress = Math.min(1, (step - warmup) / (steps - warmup));
    return minimum + (peak - minimum) * 0.5 * (1 + Math.cos(Math.PI * progress));
  };
}
