/**
 * Checks numbers that callers pass, in one wording: `steps must be a positive whole number, got 0`.
 */

/** Values by the names that the caller knows them by. */
type Named = Readonly<Record<string, number>>;

interface WholeOptions {
  /** The smallest that is allowed; without it negative numbers are too. */
  from?: number;
  /** Whether Infinity is allowed, for no limit; default false. */
  orInfinity?: boolean;
  /** The function that was called: the message begins with it. */
  caller?: string;
}

/** @throws RangeError when a value is not a whole number in the range */
export function checkWhole(
  values: Named,
  { from = -Infinity, orInfinity = false, caller }: WholeOptions = {},
): void {
  for (const [name, value] of Object.entries(values)) {
    if (orInfinity && value === Infinity) continue;
    if (Number.isInteger(value) && value >= from) continue;
    throw wrong(name, value, `be ${wholeRange(from)}`, caller);
  }
}

/** @throws RangeError when a value is not an integer of 32 bits, with a sign or without */
export function checkSeed(values: Named): void {
  for (const [name, value] of Object.entries(values)) {
    if (Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 32) continue;
    throw wrong(name, value, 'be an integer of 32 bits');
  }
}

/** @throws RangeError when a value is not a whole number of at least 1 */
export function checkPositive(values: Named, options: Omit<WholeOptions, 'from'> = {}): void {
  checkWhole(values, { ...options, from: 1 });
}

function wholeRange(from: number): string {
  if (from === 1) return 'a positive whole number';
  return from === -Infinity ? 'a whole number' : `a whole number from ${from}`;
}

/** The ends of a range: `from` and `to` belong to it, `above` and `below` do not. */
type Range =
  | { above: number; below: number }
  | { above: number; to: number }
  | { from: number; below?: number };

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
  if ('from' in range) return value >= range.from && value < (range.below ?? Infinity);
  return value > range.above && ('to' in range ? value <= range.to : value < range.below);
}

function numberRange(range: Range): string {
  if ('from' in range) {
    if (range.below === undefined) return `be a number from ${range.from}`;
    return `be at least ${range.from} and below ${range.below}`;
  }
  if ('to' in range) return `be above ${range.above} and at most ${range.to}`;
  return `lie between ${range.above} and ${range.below}`;
}

const wrong = (name: string, value: number, rule: string, caller?: string) =>
  new RangeError(`${caller ? `${caller}: ` : ''}${name} must ${rule}, got ${value}`);
