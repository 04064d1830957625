/** Learning rate schedules, and the number of steps of a training. */
import { checkNumber, checkPositive, checkWhole } from '../core/checks';

/** The learning rate of each step, counted from 0. */
export type Schedule = (step: number) => number;

export interface CosineOptions {
  /** Number of steps of the training. */
  steps: number;
  /** The highest rate, reached at the end of the warm-up. */
  peak: number;
  /** Number of first steps in which the rate rises linearly; default 0. */
  warmup?: number;
  /** Rate of the first step of the warm-up; default peak / warmup. */
  initial?: number;
  /** Rate at the end of the cosine; default 0. */
  minimum?: number;
}

/**
 * The number of steps of a training.
 *
 * @param caller the function that was called, to begin error messages with
 * @param batches number of batches in an epoch
 * @throws Error if neither steps nor epochs are given; RangeError if a number is out of range
 */
export function plannedSteps(
  caller: string,
  { steps, epochs, accumulate = 1 }: { steps?: number; epochs?: number; accumulate?: number },
  batches: number,
): number {
  checkPositive({ accumulate }, { caller });
  if (steps !== undefined) {
    checkPositive({ steps }, { caller });
    return steps;
  }
  if (epochs === undefined) throw new Error(`${caller}: give steps or epochs`);
  checkNumber({ epochs }, { above: 0, caller });
  return Math.ceil((epochs * batches) / accumulate);
}

/**
 * The number of steps of a fine-tuning, and its schedule: a warm-up in the first tenth of the
 * steps, then a cosine down to 0.
 *
 * @param caller the function that was called, to begin error messages with
 * @param options.learningRate the highest rate
 * @param batches number of batches in an epoch
 * @throws Error if neither steps nor epochs are given; RangeError if a number is out of range
 */
export function fineTuningPlan(
  caller: string,
  options: { steps?: number; epochs?: number; accumulate?: number; learningRate: number },
  batches: number,
): { steps: number; schedule: Schedule } {
  const { learningRate } = options;
  const steps = plannedSteps(caller, options, batches);
  checkNumber({ learningRate }, { above: 0, caller });
  const warmup = Math.floor(steps / 10);
  return { steps, schedule: cosineSchedule({ steps, peak: learningRate, warmup }) };
}

/**
 * A linear warm-up, then half a period of a cosine down (Loshchilov and Hutter 2017, "SGDR"), as in
 * the training of GPT-3. Steps after the last keep the minimum.
 *
 * @throws RangeError if a number is out of range; Error if the minimum is above the peak, or no
 *   step is left after the warm-up
 */
export function cosineSchedule(options: CosineOptions): Schedule {
  const { steps, peak, warmup = 0, minimum = 0 } = options;
  const { initial = peak / Math.max(1, warmup) } = options;
  const caller = 'cosineSchedule';
  checkSchedule(caller, options);
  checkNumber({ initial, minimum }, { from: 0, caller });
  if (minimum > peak) {
    throw new Error(`${caller}: the minimum of ${minimum} is above the peak of ${peak}`);
  }
  return (step) => {
    if (step < warmup) return initial + (step * (peak - initial)) / warmup;
    const progress = Math.min(1, (step - warmup) / (steps - warmup));
    return minimum + (peak - minimum) * 0.5 * (1 + Math.cos(Math.PI * progress));
  };
}

export interface TrapezoidOptions {
  /** Number of steps of the training. */
  steps: number;
  /** The highest rate, constant between warm-up and decay. */
  peak: number;
  /** Number of first steps in which the rate rises linearly; default 0. */
  warmup?: number;
  /** Share of the steps, at the end, in which the rate falls linearly to 0; default 0.2. */
  decay?: number;
}

/**
 * A linear warm-up, a constant rate, and a linear decay to 0, also called WSD for warm-up, stable,
 * decay. A training can be prolonged from any step before the decay, because no earlier rate
 * depends on the number of steps; at the same length it is about as good as a cosine (Hägele et al.
 * 2024, "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations"). Steps after
 * the last have the rate 0.
 *
 * @returns the schedule, with `decayStart`, the first step of the decay, counted from 0
 * @throws RangeError if a number is out of range; Error if warm-up and decay together are
 *   longer than the training
 */
export function trapezoidSchedule(options: TrapezoidOptions): Schedule & { decayStart: number } {
  const { steps, peak, warmup = 0, decay = 0.2 } = options;
  const caller = 'trapezoidSchedule';
  checkSchedule(caller, options);
  checkNumber({ decay }, { from: 0, to: 1, caller });
  const decaySteps = Math.round(decay * steps);
  const decayStart = steps - decaySteps;
  if (decayStart < warmup) {
    throw new Error(
      `${caller}: a warm-up of ${warmup} and a decay of ${decaySteps} are more than ${steps} steps`,
    );
  }
  const rate: Schedule = (step) => {
    if (step < warmup) return ((step + 1) * peak) / warmup;
    if (step < decayStart) return peak;
    // The line reaches 0 one step after the last, so that the last step still has a rate above 0.
    return Math.max(0, (peak * (steps - step)) / (decaySteps + 1));
  };
  return Object.assign(rate, { decayStart });
}

/** Checks the options that all schedules have. */
function checkSchedule(
  caller: string,
  { steps, peak, warmup = 0 }: { steps: number; peak: number; warmup?: number },
): void {
  checkPositive({ steps }, { caller });
  checkWhole({ warmup }, { from: 0, caller });
  checkNumber({ peak }, { above: 0, caller });
  if (steps <= warmup) {
    throw new Error(`${caller}: ${steps} steps leave none after a warm-up of ${warmup}`);
  }
}
