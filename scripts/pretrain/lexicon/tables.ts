// Word lists written as plain text.

/** The words of a text, in order and each once. */
export const words = (text: string): readonly string[] => [...new Set(text.trim().split(/\s+/))];

/**
 * A table: a line is a row, its words are the columns. `_` within a word stands for a space, and a
 * line that stands twice counts once.
 *
 * @throws Error when a row has another number of words than there are columns
 */
export function rows<Column extends string>(
  columns: readonly Column[],
  text: string,
): readonly Readonly<Record<Column, string>>[] {
  const lines = text.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))].map((line) => {
    const cells = line.split(/\s+/).map((word) => word.replaceAll('_', ' '));
    if (cells.length !== columns.length) {
      throw new Error(`"${line}" has ${cells.length} words, expected ${columns.join(', ')}`);
    }
    return Object.fromEntries(columns.map((column, i) => [column, cells[i]])) as Record<
      Column,
      string
    >;
  });
}
