// The form of all training text: plain quotes, single spaces, a paragraph a line.

export const END_OF_TEXT = '<|endoftext|>';

/** Straight quotes, single spaces, `\n` at the end of a line. */
export const plain = (text: string): string =>
  text
    .replace(/[“”]/g, '"')
    .replace(/[‘’]/g, "'")
    .replace(/[ \t]+/g, ' ')
    .replace(/\r\n?/g, '\n')
    .trim();

/** A printed book: its lines, which end where the page did, become paragraphs of one line each. */
export function tidyBook(text: string): string {
  const lines = plain(text)
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

/**
 * A text in pieces of at most `length` characters, cut at the ends of lines only: a longer line is a
 * piece of its own. Joined with line ends they are the text.
 */
export function cutAtLines(text: string, length: number): string[] {
  const pieces: string[] = [];
  let piece: string | undefined;
  for (const line of text.split('\n')) {
    if (piece !== undefined && piece.length + 1 + line.length <= length) piece += `\n${line}`;
    else {
      if (piece !== undefined) pieces.push(piece);
      piece = line;
    }
  }
  return [...pieces, piece!];
}
