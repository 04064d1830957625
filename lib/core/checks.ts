/**
 * Checks numbers that callers pass, in one wording: `steps must be a positive whole number, got 0`.
 */

/** Values by the names that the caller knows them by. */
type Named = Readonly<Record<string, number>>;

interface CheckOptions {
  /** Whether Infinity stands for no limit; default false. */
  orInfinity?: boolean;
  /** The name of the function that was called, with which the message begins. */
  caller?: string;
}

interface WholeOptions extends CheckOptions {
  /** The smallest value allowed; by default negative numbers are also allowed. */
  from?: number;
  /** The largest value allowed. */
  to?: number;
}

/** @throws RangeError if a value is not a whole number in the range */
export function checkWhole(values: Named, options: WholeOptions = {}): void {
  const { from = -Infinity, to = Infinity } = options;
  const isAllowed = (value: number) => Number.isSafeInteger(value) && value >= from && value <= to;
  check(values, isAllowed, describeWhole(from, to), options);
}

/** @throws RangeError if a value is not an integer of 32 bits, with a sign or without */
export function checkSeed(values: Named): void {
  const isAllowed = (value: number) =>
    Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 32;
  check(values, isAllowed, 'an integer of 32 bits', {});
}

/** @throws RangeError if a value is not a whole number of at least 1 */
export function checkPositive(values: Named, options: CheckOptions = {}): void {
  checkWhole(values, { ...options, from: 1 });
}

function describeWhole(from: number, to: number): string {
  if (from === -Infinity) return 'a whole number';
  if (to !== Infinity) return `a whole number from ${from} to ${to}`;
  return from === 1 ? 'a positive whole number' : `a whole number from ${from}`;
}

/** The lower end is either `from`, which is in the range, or `above`, which is not. */
interface NumberOptions extends CheckOptions {
  from?: number;
  above?: number;
  /** The upper end, which is in the range. */
  to?: number;
  /** The upper end, which is not in the range. */
  below?: number;
}

/** @throws RangeError if a value is not a finite number in the range */
export function checkNumber(values: Named, options: NumberOptions = {}): void {
  const { from = -Infinity, above = -Infinity, to = Infinity, below = Infinity } = options;
  const isAllowed = (value: number) =>
    Number.isFinite(value) && value >= from && value > above && value <= to && value < below;
  check(values, isAllowed, describeRange(options), options);
}

function describeRange({ from, above, to, below }: NumberOptions): string {
  const isPositive = above === 0 && to === undefined && below === undefined;
  if (isPositive) return 'a positive number';
  const parts = ['a number'];
  if (from !== undefined) parts.push(`from ${from}`);
  if (above !== undefined) parts.push(`above ${above}`);
  if (to !== undefined) parts.push(from === undefined ? `and at most ${to}` : `to ${to}`);
  if (below !== undefined)
    parts.push(from === undefined ? `and below ${below}` : `to below ${below}`);
  return parts.join(' ');
}

function check(
  values: Named,
  isAllowed: (value: number) => boolean,
  expected: string,
  { orInfinity = false, caller }: CheckOptions,
): void {
  for (const [name, value] of Object.entries(values)) {
    if (isAllowed(value) || (orInfinity && value === Infinity)) continue;
    const prefix = caller ? `${caller}: ` : '';
    const alternative = orInfinity ? ' or Infinity' : '';
    throw new RangeError(`${prefix}${name} must be ${expected}${alternative}, got ${value}`);
  }
}
