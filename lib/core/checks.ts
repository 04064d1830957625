/** Checks of numbers that callers pass, in one wording: `steps must be a positive whole number, got 0`. */

/** Values by the names that the caller knows them by. */
type Named = Readonly<Record<string, number>>;

interface WholeOptions {
  /** The smallest that is allowed; without it negative numbers are too. */
  from?: number;
  /** The largest that is allowed; without it there is no limit. */
  to?: number;
  /** Whether Infinity stands for no limit; default false. */
  orInfinity?: boolean;
  /** The function that was called, to begin the message with. */
  caller?: string;
}

/** @throws RangeError when a value is not a whole number in the range */
export function checkWhole(
  values: Named,
  { from = -Infinity, to = Infinity, orInfinity = false, caller }: WholeOptions = {},
): void {
  for (const [name, value] of Object.entries(values)) {
    if (orInfinity && value === Infinity) continue;
    if (Number.isInteger(value) && value >= from && value <= to) continue;
    throw wrong(name, value, `be ${wholeRange(from, to)}`, caller);
  }
}

/** @throws RangeError when a value is not a whole number of at least 1 */
export function checkPositive(
  values: Named,
  options: Omit<WholeOptions, 'from' | 'to'> = {},
): void {
  checkWhole(values, { ...options, from: 1 });
}

function wholeRange(from: number, to: number): string {
  if (to < Infinity) return `a whole number from ${from} to ${to}`;
  if (from === 1) return 'a positive whole number';
  return from === -Infinity ? 'a whole number' : `a whole number from ${from}`;
}

/** A range without its ends, with its upper end, or with its lower end and no upper one. */
type Range = { above: number; below: number } | { above: number; to: number } | { from: number };

/** @throws RangeError when a value is not a finite number in the range */
export function checkNumber(
  values: Named,
  { caller, ...range }: Range & { caller?: string },
): void {
  for (const [name, value] of Object.entries(values)) {
    if (Number.isFinite(value) && isIn(range, value)) continue;
    throw wrong(name, value, numberRange(range), caller);
  }
}

function isIn(range: Range, value: number): boolean {
  if ('from' in range) return value >= range.from;
  return value > range.above && ('to' in range ? value <= range.to : value < range.below);
}

function numberRange(range: Range): string {
  if ('from' in range) return `be a number from ${range.from}`;
  if ('to' in range) return `be above ${range.above} and at most ${range.to}`;
  return `lie between ${range.above} and ${range.below}`;
}

const wrong = (name: string, value: number, rule: string, caller?: string) =>
  new RangeError(`${caller ? `${caller}: ` : ''}${name} must ${rule}, got ${value}`);
