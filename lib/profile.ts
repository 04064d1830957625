/**
 * The one table of sizes: how much the notebooks compute. `GPT_PROFILE=quick` (the default) lets
 * each chapter finish within minutes on two cores, offline; `full` uses the sizes of the book.
 * The code of the notebooks is the same for both.
 */

export type ProfileName = 'quick' | 'full';

interface Row {
  quick: number;
  full: number;
  /** `quick` on WebAssembly, which trains 5 to 30 times slower; as `quick` where it is left out. */
  wasm?: number;
}

const TABLE = {
  /** Chapter 1: vocabulary of the tokenizers trained on one book each. */
  bpeVocabSize: { quick: 1024, full: 4096 },
} satisfies Record<string, Row>;

export type Sizes = Record<keyof typeof TABLE, number>;

/**
 * The active profile's name, from `GPT_PROFILE`.
 *
 * @throws Error when the variable holds another word than `quick` or `full`.
 */
export function profileName(): ProfileName {
  const name = process.env.GPT_PROFILE || 'quick';
  if (name !== 'quick' && name !== 'full') {
    throw new Error(`GPT_PROFILE is "${name}"; expected quick or full`);
  }
  return name;
}

/** The active profile's sizes. Pass the name of the engine that `initBackend` returned. */
export function sizes(backend: 'tensorflow' | 'wasm' | 'cpu'): Sizes {
  const name = profileName();
  const pick = (row: Row) =>
    name === 'quick' && backend !== 'tensorflow' ? (row.wasm ?? row.quick) : row[name];
  return Object.fromEntries(Object.entries(TABLE).map(([key, row]) => [key, pick(row)])) as Sizes;
}
