// JSON of tokenizer files, each value checked where it is read.

export type JsonObject = Readonly<Record<string, unknown>>;

const LONGEST = 80;

/** A value for an error message: short, whatever it is. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) {
    const { type } = value as JsonObject;
    return typeof type === 'string' ? `${shown(type)} (an object)` : 'an object';
  }
  const text = typeof value === 'string' ? value : String(value);
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return typeof value === 'string' ? JSON.stringify(cut) : cut;
}

export function wrong(file: string, field: string, value: unknown, expected: string): Error {
  return new Error(`${file}: ${field} is ${shown(value)}, expected ${expected}`);
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object that a file holds. */
export function parseObject(file: string, text: string, content = 'an object'): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(value)) throw new Error(`${file} must be ${content}`);
  return value;
}

/** An optional field that is true or false. */
export function flag(
  file: string,
  field: string,
  from: JsonObject,
  key: string,
): boolean | undefined {
  const value = from[key] ?? undefined;
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrong(file, field, value, 'true or false');
}
