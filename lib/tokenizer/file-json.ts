/** Reading the JSON of tokenizer files, with errors that name file and field. */

export type JsonObject = Readonly<Record<string, unknown>>;

const LONGEST = 80;

/** Describes a value for an error message, in few characters. */
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

/** The error for a value that is not what was expected. */
export function wrong(file: string, field: string, value: unknown, expected: string): Error {
  return new Error(`${file}: ${field} is ${shown(value)}, expected ${expected}`);
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object in a file. @throws Error if it is not JSON, or not an object */
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

/** An optional boolean field. @throws Error if it is anything else */
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
