// From timings to what is told: ratios, shares of the machine's limits, and whether all variants
// did the same work.
import type { Outcome } from './run';
import type { Group, Row, Section, Variant } from './groups';
import { median, speedup, spread } from './statistics';

/** What the machine does at most: GFLOP/s and GB/s. */
export interface Limits {
  float32?: number;
  bfloat16?: number;
  memory?: number;
}

/** One variant of one row, as it goes into the results. */
export interface Result {
  section: Section | 'limits';
  row: string;
  variant: string;
  unit: Row['unit'];
  better: Row['better'];
  /** Of each round. */
  values: number[];
  median: number;
  spread: number;
  /** Times as fast as the variant `against`. */
  ratio?: number;
  against?: string;
  /** Of what the machine can do; absent where it is not known what the variant takes of it. */
  share?: number;
  shareOf?: 'matmul' | 'memory';
  peakMB?: number;
  /** Seconds of the parts of a start. */
  phases?: Record<string, number>;
  losses?: number[];
  /** The same work as the variant it is compared with, and how that was seen. */
  same?: boolean;
  evidence?: string;
}

/** A variant that could not be measured. */
export interface Failure {
  /** Section, row and variant. */
  what: string;
  problem: string;
  /** One of this project's own. */
  ours: boolean;
}

/** What the project wants to reach, beside what was measured. */
export interface Goal {
  what: string;
  /** What was measured should be at least this. */
  least?: number;
  /** What was measured should be at most this. */
  most?: number;
  measured: number;
  reached: boolean;
}

/** All that a run has found. */
export interface Report {
  date: string;
  machine: { processor: string; cores: number; node: string };
  /** What computes for this project. */
  engine: string;
  /** Versions; absent where they are not installed. */
  peers?: string;
  quick: boolean;
  results: Result[];
  failures: Failure[];
  notes: string[];
  goals: Goal[];
}

/** Losses of float32 agree to rounding; in bfloat16 to its three digits. */
const TOLERANCE = { float32: 1e-4, bfloat16: 2e-2 };

const isHalf = (name: string) => name.includes('bf16');

export function results(group: Group, outcomes: readonly Outcome[], limits: Limits): Result[] {
  const named = new Map(outcomes.map((outcome) => [outcome.variant.name, outcome]));
  return group.rows.flatMap((row, i) =>
    outcomes
      .filter(({ problem }) => !problem)
      .map((outcome): Result => {
        const { variant, ready, peakMB } = outcome;
        const values = outcome.values[i];
        const against = named.get(variant.against ?? '');
        const comparable = against && !against.problem;
        return {
          section: group.section,
          row: row.name,
          variant: variant.name,
          unit: row.unit,
          better: row.better,
          values,
          median: median(values),
          spread: spread(values),
          ...(comparable && {
            ratio: speedup(values, against.values[i], row.better),
            against: against.variant.name,
            ...agreement(outcome, against, i),
          }),
          ...shareOf(row, median(values), variant, limits),
          ...(group.section !== 'limits' && { peakMB }),
          ...(ready?.phases && { phases: ready.phases }),
          ...(i === 0 && ready?.losses && { losses: ready.losses }),
        };
      }),
  );
}

function shareOf(row: Row, value: number, variant: Variant, limits: Limits) {
  const limit = row.limit?.(variant);
  if (!limit) return {};
  const { of, cost } = limit;
  const precision = isHalf(variant.name) ? 'bfloat16' : 'float32';
  const most = limits[of === 'memory' ? 'memory' : precision];
  return most === undefined ? {} : { share: (value * cost) / (most * 1e9), shareOf: of };
}

/** Whether two variants did the same work, as far as their results tell. */
function agreement(one: Outcome, other: Outcome, point: number): Partial<Result> {
  const [a, b] = [one.ready, other.ready];
  if (a?.losses && b?.losses && point === 0) {
    const half = isHalf(one.variant.name);
    // Over many steps rounding grows; the first few show whether the work is the same.
    const first = Math.min(4, a.losses.length);
    const apart = a.losses.slice(0, first).map((loss, i) => Math.abs(loss / b.losses![i] - 1));
    const most = Math.max(...apart);
    return {
      same: most <= TOLERANCE[half ? 'bfloat16' : 'float32'],
      evidence: `first ${first} losses within ${most.toExponential(1)}`,
    };
  }
  // Tokens chosen in lower precision are others by right.
  const isWhole = ({ variant: { name } }: Outcome) => !isHalf(name) && !name.includes('int8');
  const whole = isWhole(one) && isWhole(other);
  if (whole && a?.outputs?.[point] && b?.outputs?.[point]) {
    const [x, y] = [a.outputs[point].split(' '), b.outputs[point].split(' ')];
    const differs = x.findIndex((id, i) => id !== y[i]);
    return {
      same: differs < 0,
      evidence: differs < 0 ? 'the same tokens' : `the same tokens up to number ${differs}`,
    };
  }
  return {};
}
