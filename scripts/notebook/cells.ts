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

const joined = (text: unknown): string => (Array.isArray(text) ? text.join('') : String(text));

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

/** @throws Error where the file is no notebook. */
export function readNotebook(file: string): Notebook {
  const text = fs.readFileSync(file, 'utf8');
  let json;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not a notebook: ${(error as Error).message}`);
  }
  const parts = file.split(path.sep);
  const isSolution = parts.at(-2) === 'solutions';
  const language = parts.at(isSolution ? -3 : -2) === 'pt' ? 'pt' : 'en';
  return {
    name: parts.slice(-1 - Number(isSolution) - Number(language === 'pt')).join('/'),
    path: file,
    bytes: Buffer.byteLength(text),
    cells: json.cells.map(toCell),
    sources: json.metadata?.gpt?.sources,
    isSolution,
    language,
  };
}
