// The texts that gpt-mini learns from: the catalogue's books in Portuguese and English.
import { CATALOGUE, fetchData, loadText, type DataFile } from '../../lib/data';
import type { BPETokenizer } from '../../lib/tokenizer';

export const END_OF_TEXT = '<|endoftext|>';

/** Left out: what is there in modern spelling too, and verse. */
const LEFT_OUT = ['dom-casmurro', 'quincas-borba', 'os-lusiadas'];

export const BOOKS = CATALOGUE.filter(
  ({ kind, name }) => kind === 'book' && !LEFT_OUT.includes(name),
);

export type Language = 'pt' | 'en';

export interface Part {
  language: Language;
  train: string;
  /** The book's last lines, which are never trained on. */
  validation: string;
}

/** One paragraph a line, plain quotes, single spaces. */
export function tidyText(text: string): string {
  const lines = text
    .replace(/[“”]/g, '"')
    .replace(/[‘’]/g, "'")
    .replace(/[ \t]+/g, ' ')
    .split('\n')
    .map((line) => line.trim());
  let tidy = '';
  lines.forEach((line, i) => {
    // A line as long as the book's are wide, and not followed by speech or a gap, goes on.
    const goesOn = line.length >= 50 && lines[i + 1] && !lines[i + 1].startsWith('—');
    if (line) tidy += line + (goesOn ? ' ' : '\n');
  });
  return tidy;
}

/** The books, each split into what is trained on and its last part for validation. */
export async function loadCorpus(validationShare: number): Promise<Part[]> {
  const parts: Part[] = [];
  for (const book of BOOKS as (DataFile & { language: Language })[]) {
    await fetchData(book.name);
    const text = tidyText(loadText(book.name));
    const cut = text.lastIndexOf('\n', text.length * (1 - validationShare)) + 1;
    parts.push({
      language: book.language,
      train: text.slice(0, cut),
      validation: text.slice(cut),
    });
  }
  return parts;
}

/** The token ids of texts, each followed by the end-of-text token. */
export function encodeAll(tokenizer: BPETokenizer, texts: readonly string[]): Uint16Array {
  const end = tokenizer.specialTokens[END_OF_TEXT];
  return Uint16Array.from(texts.flatMap((text) => tokenizer.encode(text).concat(end)));
}
