// Notebooks as files: where they are, and their cells.

import fs from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(__dirname, '..', '..');

export interface Output {
  output_type: string;
  data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  text?: string;
}

export interface Cell {
  id: string;
  type: 'markdown' | 'code';
  source: string;
  tags: readonly string[];
  outputs: readonly Output[];
  /** What only an editor or a run leaves behind, such as an execution count. */
  leftovers: readonly string[];
}

export type Language = 'en' | 'pt';

export interface Notebook {
  /** Relative to `notebooks/`. */
  name: string;
  path: string;
  bytes: number;
  cells: readonly Cell[];
  /** The hash of the sources that its outputs come from; made by the runner. */
  sources?: string;
  isSolution: boolean;
  language: Language;
}

/** The notebook files in `notebooks/` and its `solutions/`, or in the Portuguese `notebooks/pt/`. */
export function notebookFiles(root = ROOT, language: Language = 'en'): string[] {
  const home = path.join(root, 'notebooks', language === 'en' ? '' : language);
  return [home, path.join(home, 'solutions')]
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) => fs.readdirSync(folder).map((file) => path.join(folder, file)))
    .filter((file) => file.endsWith('.ipynb'))
    .sort();
}

/** Whether it is a chapter with a solution, or that solution: others may be somebody's own. */
export function isPair(file: string): boolean {
  const [home, name] = [path.dirname(file), path.basename(file)];
  const isSolution = path.basename(home) === 'solutions';
  return fs.existsSync(path.join(home, isSolution ? '..' : 'solutions', name));
}

export const joined = (text: unknown): string =>
  Array.isArray(text) ? text.join('') : String(text);

interface RawCell {
  id: string;
  cell_type: 'markdown' | 'code';
  source: string | string[];
  metadata: { tags?: string[]; [key: string]: unknown };
  execution_count?: number | null;
  outputs?: (Output & { text?: string | string[] })[];
}

function toCell(raw: RawCell): Cell {
  const { tags = [], ...others } = raw.metadata;
  delete others.translates;
  const leftovers = Object.keys(others).map((key) => `metadata "${key}"`);
  if (typeof raw.execution_count === 'number') leftovers.push('an execution count');
  return {
    id: raw.id,
    type: raw.cell_type,
    source: joined(raw.source),
    tags,
    outputs: (raw.outputs ?? []).map((output) => ({
      ...output,
      ...(output.text !== undefined && { text: joined(output.text) }),
    })),
    leftovers,
  };
}

/**
 * A notebook, from the bytes of its file.
 * @throws Error where they are no notebook
 */
export function parseNotebook<T>(file: string, bytes: Buffer): T & { cells: RawCell[] } {
  let why = 'it has no list of cells';
  try {
    const json = JSON.parse(bytes.toString().replace(/^\uFEFF/, ''));
    if (Array.isArray(json.cells) && json.cells.every((cell: RawCell) => cell.metadata)) {
      return { ...json, metadata: json.metadata ?? {} };
    }
  } catch (error) {
    why = (error as Error).message;
  }
  throw new Error(`${path.relative('', file)} is not a notebook: ${why}`);
}

/** @throws Error where the file is no notebook. */
export function readNotebook(file: string): Notebook {
  const bytes = fs.readFileSync(file);
  const json = parseNotebook<{ metadata: { gpt?: { sources?: string } } }>(file, bytes);
  const parts = file.split(path.sep);
  const isSolution = parts.at(-2) === 'solutions';
  const language = parts.at(isSolution ? -3 : -2) === 'pt' ? 'pt' : 'en';
  return {
    name: parts.slice(-1 - Number(isSolution) - Number(language === 'pt')).join('/'),
    path: file,
    bytes: bytes.length,
    cells: json.cells.map(toCell),
    sources: json.metadata.gpt?.sources,
    isSolution,
    language,
  };
}
