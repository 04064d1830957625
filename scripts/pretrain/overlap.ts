// Keeping test texts out of training text: runs of 13 words that stand in both, as in the paper on
// GPT-3 (Brown et al. 2020, appendix C), and whole sentences of tests that consist of sentences.

const GRAM = 13;

/** The words of a text without case and punctuation: what is compared. */
export const comparedWords = (text: string): string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function* runs(text: string): Generator<string> {
  const words = comparedWords(text);
  for (let i = 0; i + GRAM <= words.length; i++) yield words.slice(i, i + GRAM).join(' ');
}

/** A text's sentences and lines, in the form that is compared. */
const sentences = (text: string) =>
  text.split(/[.!?…]+["')]*\s|\n/).map((sentence) => comparedWords(sentence).join(' '));

/** What must not stand in the training text. */
export interface Forbidden {
  readonly runs: ReadonlySet<string>;
  readonly sentences: ReadonlySet<string>;
}

/**
 * @param texts of which no 13 words in a row may be trained on
 * @param items test items of one sentence each, which may not be trained on as a sentence either,
 *   however short
 */
export function forbid(texts: Iterable<string>, items: Iterable<string> = []): Forbidden {
  const found = { runs: new Set<string>(), sentences: new Set<string>() };
  for (const text of texts) for (const run of runs(text)) found.runs.add(run);
  for (const item of items) {
    for (const run of runs(item)) found.runs.add(run);
    found.sentences.add(comparedWords(item).join(' '));
  }
  return found;
}

/** Whether a document shares 13 words in a row, or a whole sentence, with the test texts. */
export function overlaps(document: string, forbidden: Forbidden): boolean {
  for (const run of runs(document)) if (forbidden.runs.has(run)) return true;
  return (
    forbidden.sentences.size > 0 &&
    sentences(document).some((sentence) => forbidden.sentences.has(sentence))
  );
}
