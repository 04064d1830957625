/** Texts that say nearly the same, found by the character n-grams they share. */
import { interruptible } from '../backend';
import { checkNumber } from '../core/checks';

const NGRAMS = [1, 2, 3];

function* ngramsOf(text: string): Generator<string> {
  const characters = [...text.toLowerCase().replace(/\s\s+/g, ' ')];
  for (const n of NGRAMS) {
    for (let i = 0; i + n <= characters.length; i++) yield characters.slice(i, i + n).join('');
  }
}

/** The texts that have an n-gram, and its number in each text's vector. */
interface Postings {
  readonly texts: number[];
  readonly values: number[];
}

/**
 * How similar texts are: the cosine of their TF-IDF vectors (Salton and Buckley 1988) over
 * character n-grams of 1 to 3. A vector holds, for each n-gram, how often it occurs in the text
 * times log((1 + n) / (1 + texts that have it)) + 1, and has length 1. Capitals and runs of white
 * space do not count. As scikit-learn's `TfidfVectorizer(analyzer='char', ngram_range=(1, 3))`.
 */
export class SimilarTexts {
  private readonly postings = new Map<string, Postings>();

  /** @throws Error when there is no text */
  constructor(readonly texts: readonly string[]) {
    if (!texts.length) throw new Error('SimilarTexts needs at least one text');
    texts.forEach((text, i) => {
      for (const [ngram, count] of countOf(text)) {
        const entry = this.postings.get(ngram) ?? { texts: [], values: [] };
        this.postings.set(ngram, entry);
        entry.texts.push(i);
        entry.values.push(count);
      }
    });
    const squares = new Float64Array(texts.length);
    for (const { texts: having, values } of this.postings.values()) {
      const weight = this.weight(having.length);
      values.forEach((count, k) => {
        values[k] = count * weight;
        squares[having[k]] += values[k] ** 2;
      });
    }
    for (const { texts: having, values } of this.postings.values()) {
      having.forEach((text, k) => (values[k] /= Math.sqrt(squares[text])));
    }
  }

  /** The cosine of a text with each of the texts, 0 to 1. */
  similarities(text: string): Float64Array {
    const result = new Float64Array(this.texts.length);
    let square = 0;
    for (const [ngram, count] of countOf(text)) {
      const entry = this.postings.get(ngram);
      if (!entry) continue; // scikit-learn leaves unknown ones out of the length too
      const value = count * this.weight(entry.texts.length);
      square += value ** 2;
      entry.texts.forEach((i, k) => (result[i] += value * entry.values[k]));
    }
    return square ? result.map((sum) => sum / Math.sqrt(square)) : result;
  }

  private weight(having: number): number {
    return Math.log((1 + this.texts.length) / (1 + having)) + 1;
  }
}

function countOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const ngram of ngramsOf(text)) counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  return counts;
}

/** The numbers of two texts, and how similar they are. */
export interface NearDuplicate {
  readonly first: number;
  readonly second: number;
  readonly similarity: number;
}

/**
 * All pairs of texts at least as similar as `threshold`, the most similar first. The time grows with
 * the square of their number: a thousand take about a second.
 *
 * @param options.threshold default 0.9
 * @throws Error when the threshold is impossible; named AbortError after SIGINT or an abort
 */
export async function findNearDuplicates(
  texts: readonly string[],
  { threshold = 0.9, signal }: { threshold?: number; signal?: AbortSignal } = {},
): Promise<NearDuplicate[]> {
  checkNumber({ threshold }, { above: 0, to: 1 });
  const index = new SimilarTexts(texts);
  const found: NearDuplicate[] = [];
  const loop = interruptible(signal);
  try {
    for (const [first, text] of texts.entries()) {
      if (first % 64 === 0) await loop.pause();
      index.similarities(text).forEach((similarity, second) => {
        // Rounding: a text's cosine with its copy may be a little less than 1.
        if (second > first && similarity >= threshold - 1e-9) {
          found.push({ first, second, similarity });
        }
      });
    }
  } finally {
    loop.end();
  }
  return found.sort((a, b) => b.similarity - a.similarity);
}
