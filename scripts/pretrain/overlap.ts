// Keeping test texts out of training text: runs of 13 words that stand in both, as in the papers on
// GPT-3 (Brown et al. 2020, appendix C).

export const GRAM = 13;

/** The words of a text without case and punctuation: what is compared. */
export const comparedWords = (text: string): string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function* runs(text: string): Generator<string> {
  const words = comparedWords(text);
  for (let i = 0; i + GRAM <= words.length; i++) yield words.slice(i, i + GRAM).join(' ');
}

/** The runs of words of test texts. Texts of fewer words have none. */
export function testRuns(texts: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const text of texts) for (const run of runs(text)) found.add(run);
  return found;
}

/** Whether a document shares a run of 13 words with the test texts. */
export function overlaps(document: string, tests: ReadonlySet<string>): boolean {
  for (const run of runs(document)) if (tests.has(run)) return true;
  return false;
}
