// How figures are written in a model card.
import type { Language } from './skills';

export const LANGUAGES: Readonly<Record<Language, string>> = { en: 'English', pt: 'Portuguese' };

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
export const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

/** A table in Markdown, its first column to the left and all others to the right. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [
    line(heads),
    `|${heads.map((_, i) => (i ? '--:|' : '---|')).join('')}`,
    ...rows.map(line),
  ].join('\n');
}
