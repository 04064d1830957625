/**
 * The vocabulary and the merges of `vocab.json` and `merges.txt`, which `tokenizer.json` holds too.
 */
import { toSymbols } from './byte-symbols';
import { parseObject, shown, type JsonObject } from './file-json';
import { MergeTable } from './merge-table';
import { MAX_VOCAB_SIZE } from './pair-ranks';

/** A merge as a file writes it. */
export interface FileMerge {
  readonly left: string;
  readonly right: string;
  /** Its place in the file, for errors. */
  readonly where: string;
}

/**
 * Reads the id of each token from the object in `vocab.json`. Added tokens fill gaps in the ids.
 */
export function readVocab(file: string, vocab: JsonObject): Map<string, number> {
  const entries = Object.entries(vocab);
  if (entries.length > MAX_VOCAB_SIZE) {
    throw new Error(`${file} has ${entries.length} tokens; at most ${MAX_VOCAB_SIZE} are read`);
  }
  const ids = new Map<string, number>();
  for (const [name, id] of entries) {
    if (name === '') throw new Error(`${file} has an empty token`);
    if (!Number.isInteger(id) || (id as number) < 0) {
      throw new Error(`${file}: ${shown(name)} has id ${shown(id)}, not a whole number`);
    }
    ids.set(name, id as number);
  }
  return ids;
}

export const parseVocab = (file: string, text: string): Map<string, number> =>
  readVocab(file, parseObject(file, text, 'an object of token: id'));

/** Reads the lines of `merges.txt`. */
export function parseMerges(file: string, text: string): FileMerge[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line === '' || (index === 0 && line.startsWith('#version'))) return [];
    return [fileMerge(line.split(' '), `${file} line ${index + 1}, ${shown(line)}`)];
  });
}

/** Reads the merges of `tokenizer.json`, each `"a b"` or `["a", "b"]`. */
export function readMerges(file: string, merges: unknown): FileMerge[] {
  if (!Array.isArray(merges)) {
    throw new Error(`${file}: model.merges is ${shown(merges)}, expected a list`);
  }
  return merges.map((merge: unknown, index) => {
    const parts = typeof merge === 'string' ? merge.split(' ') : merge;
    const text = Array.isArray(parts) ? parts.slice(0, 4).join(' ') : merge;
    return fileMerge(parts, `${file} merge ${index + 1}, ${shown(text)}`);
  });
}

function fileMerge(parts: unknown, where: string): FileMerge {
  const [left, right] = Array.isArray(parts) && parts.length === 2 ? (parts as unknown[]) : [];
  if (typeof left === 'string' && typeof right === 'string') return { left, right, where };
  throw new Error(`${where}: expected two tokens with one space between`);
}

/**
 * The names in the order of their ids.
 *
 * @throws Error unless each id occurs once and none is missing
 */
export function namesById(file: string, ids: ReadonlyMap<string, number>): string[] {
  const names: string[] = new Array(ids.size);
  for (const [name, id] of ids) {
    if (id >= names.length) {
      throw new Error(
        `${file}: ${shown(name)} has id ${id}, but ${names.length} tokens must have the ids 0 to ${names.length - 1}`,
      );
    }
    if (names[id] !== undefined) {
      throw new Error(`${file}: ${shown(names[id])} and ${shown(name)} share the id ${id}`);
    }
    names[id] = name;
  }
  return names;
}

/** The merges, and the ids of ordinary tokens: the 256 bytes and everything that merges make. */
export function buildMerges(
  file: string,
  idOf: ReadonlyMap<string, number>,
  fileMerges: readonly FileMerge[],
): { merges: MergeTable; ordinary: Set<number> } {
  const ordinary = new Set<number>();
  for (let byte = 0; byte < 256; byte++) {
    const symbol = toSymbols(Uint8Array.of(byte));
    const id = idOf.get(symbol);
    if (id === undefined) {
      throw new Error(
        `${file} lacks "${symbol}", the token of byte ${byte}: not a byte-level vocabulary`,
      );
    }
    ordinary.add(id);
  }
  const merges = new MergeTable();
  for (const { left, right, where } of fileMerges) {
    const fail = (problem: string): never => {
      throw new Error(`${where}: ${problem}`);
    };
    const [a, b, id] = [left, right, left + right].map(
      (name) => idOf.get(name) ?? fail(`${shown(name)} is not in ${file}`),
    );
    if (!ordinary.has(a)) fail(`no line above makes ${shown(left)}`);
    if (!ordinary.has(b)) fail(`no line above makes ${shown(right)}`);
    if (merges.has(a, b)) fail('this pair is listed above already');
    merges.add({ left: a, right: b, id });
    ordinary.add(id);
  }
  return { merges, ordinary };
}

/** Longer names are not examined: no merge in use makes such a long token. */
const LONGEST_MERGED = 256;

/**
 * Two tokens that a merge could join into this one, if there are any. Every token that training
 * makes has such parts; the name of a special token almost never does.
 */
export function possibleParts(
  name: string,
  idOf: ReadonlyMap<string, number>,
): [string, string] | undefined {
  if (name.length > LONGEST_MERGED) return undefined;
  for (let at = 1; at < name.length; at++) {
    const parts: [string, string] = [name.slice(0, at), name.slice(at)];
    if (parts.every((part) => idOf.has(part))) return parts;
  }
  return undefined;
}
