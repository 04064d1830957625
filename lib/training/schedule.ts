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
 * How many steps a training takes.
 *
 * @param caller named in errors
 * @param batches in an epoch
 * @throws Error when neither steps nor epochs are given, or one is impossible
 */
export function plannedSteps(
  caller: string,
  { steps, epochs, accumulate = 1 }: { steps?: number; epochs?: number; accumulate?: number },
  batches: number,
): number {
  const whole = { ...(steps !== undefined && { steps }), accumulate };
  for (const [name, value] of Object.entries(whole)) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new Error(`${caller}: ${name} must be a positive whole number, got ${value}`);
  }
  if (steps !== undefined) return steps;
  if (epochs === undefined) throw new Error(`${caller}: give steps or epochs`);
  if (!(epochs > 0 && epochs < Infinity)) {
    throw new Error(`${caller}: epochs must be a positive number, got ${epochs}`);
  }
  return Math.ceil((epochs * batches) / accumulate);
}

/**
 * The steps of a fine-tuning and their learning rates: a tenth of the steps rises to the highest,
 * then a cosine falls.
 *
 * @throws Error, with the caller's name, when an option is impossible
 */
export function fineTuningPlan(
  caller: string,
  options: { steps?: number; epochs?: number; accumulate?: number; learningRate: number },
  batches: number,
): { steps: number; schedule: Schedule } {
  const { learningRate: peak } = options;
  const steps = plannedSteps(caller, options, batches);
  if (!(peak > 0 && peak < Infinity)) {
    throw new Error(`${caller}: learningRate must be a positive number, got ${peak}`);
  }
  return { steps, schedule: cosineSchedule({ steps, peak, warmup: Math.floor(steps / 10) }) };
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
  checkSchedule('cosineSchedule', { steps, peak, warmup, initial, minimum });
  return (step) => {
    if (step < warmup) return initial + (step * (peak - initial)) / warmup;
    const progress = Math.min(1, (step - warmup) / (steps - warmup));
    return minimum + (peak - minimum) * 0.5 * (1 + Math.cos(Math.PI * progress));
  };
}

export interface TrapezoidOptions {
  /** All steps of the training. */
  steps: number;
  /** The highest rate, kept between warm-up and decay. */
  peak: number;
  /** Steps that rise in a straight line; default 0. */
  warmup?: number;
  /** The share of all steps, at the end, that falls in a straight line to 0; default 0.2. */
  decay?: number;
}

/**
 * Warm-up, a constant rate, and a straight line down to 0: WSD, for warm-up, stable, decay. A
 * training can be prolonged from any step before the decay, because no rate before it depends on how
 * many steps there are; at the same length it is about as good as a cosine (Hägele et al. 2024,
 * "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations"). Steps after the last
 * have the rate 0.
 *
 * @returns also `decayStart`, the first step, counted from 0, whose rate is below the peak again
 * @throws Error when a number is impossible, or the decay would begin before the warm-up has ended
 */
export function trapezoidSchedule(options: TrapezoidOptions): Schedule & { decayStart: number } {
  const { steps, peak, warmup = 0, decay = 0.2 } = options;
  checkSchedule('trapezoidSchedule', { steps, peak, warmup });
  if (!(decay >= 0 && decay <= 1)) {
    throw new Error(`trapezoidSchedule: decay must be a share from 0 to 1, got ${decay}`);
  }
  const decaySteps = Math.round(decay * steps);
  const decayStart = steps - decaySteps;
  if (decayStart < warmup) {
    throw new Error(
      `trapezoidSchedule: a warm-up of ${warmup} and a decay of ${decaySteps} are more than ${steps} steps`,
    );
  }
  const rate: Schedule = (step) => {
    if (step < warmup) return ((step + 1) * peak) / warmup;
    if (step < decayStart) return peak;
    // The last step still learns: 0 would come after it.
    return Math.max(0, (peak * (steps - step)) / (decaySteps + 1));
  };
  return Object.assign(rate, { decayStart });
}

/** @throws Error, with the caller's name, when a number is impossible */
function checkSchedule(
  caller: string,
  numbers: { steps: number; peak: number; warmup: number; initial?: number; minimum?: number },
): void {
  const { steps, peak, warmup, initial = 0, minimum = 0 } = numbers;
  for (const [name, value] of Object.entries({ steps, warmup })) {
    if (!Number.isInteger(value) || value < 0) {
      throw new Error(`${caller}: ${name} must be a whole number, got ${value}`);
    }
  }
  for (const [name, value] of Object.entries({ peak, initial, minimum })) {
    if (value >= 0 && value < Infinity) continue;
    throw new Error(`${caller}: ${name} must be at least 0, got ${value}`);
  }
  if (peak === 0) throw new Error(`${caller}: with a peak of 0 nothing is learned`);
  if (minimum > peak) {
    throw new Error(`${caller}: the minimum of ${minimum} is above the peak of ${peak}`);
  }
  if (steps <= warmup) {
    throw new Error(`${caller}: ${steps} steps leave none after a warm-up of ${warmup}`);
  }
}
