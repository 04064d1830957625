/**
 * Cutting a text into pieces before merging, as GPT-2 does: no token crosses the border of a piece.
 */

/**
 * GPT-2's pattern (openai/gpt-2, src/encoder.py): contractions; words, numbers and signs, each with
 * the space before it; white space. Its `\s` means Unicode's White_Space, whereas JavaScript's `\s`
 * includes U+FEFF and lacks U+0085. `preTokenize` cuts at the same places as this pattern, but
 * faster.
 */
export const GPT2_PATTERN =
  /'(?:[stmd]|re|ve|ll)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

const LETTER = 1;
const NUMBER = 2;
const SPACE = 3;
const OTHER = 4;

// Filled in as characters occur (0: not yet).
const kinds = new Uint8Array(0x10000);

function classify(character: string): number {
  if (/\p{L}/u.test(character)) return LETTER;
  if (/\p{N}/u.test(character)) return NUMBER;
  return /\p{White_Space}/u.test(character) ? SPACE : OTHER;
}

/** The kind of the character that the unit at `at` belongs to; a lone surrogate is `OTHER`. */
function kindAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (kinds[unit] !== 0) return kinds[unit];
  if ((unit & 0xf800) !== 0xd800) return (kinds[unit] = classify(text[at]));
  const isSecondHalf = unit >= 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
  return classify(String.fromCodePoint(text.codePointAt(isSecondHalf ? at - 1 : at) as number));
}

/** Where the contraction that begins with the apostrophe at `at` ends; `at` if there is none. */
function contractionEnd(text: string, at: number): number {
  const next = text[at + 1];
  if (next === 's' || next === 't' || next === 'm' || next === 'd') return at + 2;
  const two = text.slice(at + 1, at + 3);
  return two === 're' || two === 've' || two === 'll' ? at + 3 : at;
}

/** Where the piece that begins at `start` ends. */
export function pieceEnd(text: string, start: number): number {
  if (text[start] === "'") {
    const end = contractionEnd(text, start);
    if (end > start) return end;
  }
  let end = text[start] === ' ' && start + 1 < text.length ? start + 1 : start;
  const kind = kindAt(text, end);
  if (kind === SPACE) end = start;
  while (end < text.length && kindAt(text, end) === kind) end++;
  // The last of several white-space characters belongs to the next piece.
  return kind === SPACE && end < text.length && end - start > 1 ? end - 1 : end;
}

/** Cuts a text into pieces by GPT-2's pattern: `"I'm  here"` → `['I', "'m", ' ', ' here']`. */
export function preTokenize(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0, end; start < text.length; start = end) {
    end = pieceEnd(text, start);
    pieces.push(text.slice(start, end));
  }
  return pieces;
}
