/** A notebook as its file holds it. */
export interface RawNotebook {
  cells: RawCell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

export interface RawCell {
  id: string;
  cell_type: 'markdown' | 'code';
  source: string | string[];
  metadata: { tags?: string[]; translates?: string; [key: string]: unknown };
  attachments?: Record<string, unknown>;
  execution_count?: null;
  outputs?: { text?: string | string[]; [key: string]: unknown }[];
}
