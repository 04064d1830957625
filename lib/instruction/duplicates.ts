/** Finding texts that say nearly the same, by the character n-grams that they share. */
import { interruptible } from '../backend';
import { checkNumber } from '../core/checks';

const NGRAMS = [1, 2, 3];

/** The n-grams of a text. Case and runs of white space do not matter. */
function* ngramsOf(text: string): Generator<string> {
  const characters = [...text.toLowerCase().replace(/\s\s+/g, ' ')];
  for (const n of NGRAMS) {
    for (let i = 0; i + n <= characters.length; i++) yield characters.slice(i, i + n).join('');
  }
}

/** The texts that contain an n-gram, and its component in each text's vector. */
interface Postings {
  readonly texts: number[];
  readonly values: number[];
}

/**
 * The similarity of texts: the cosine of their TF-IDF vectors (Salton and Buckley 1988) over
 * character n-grams of 1 to 3. For each n-gram, a text's vector holds the n-gram's count times
 * log((1 + texts) / (1 + texts that contain it)) + 1; then it is scaled to length 1. Case and runs
 * of white space do not matter. The result equals that of scikit-learn's
 * `TfidfVectorizer(analyzer='char', ngram_range=(1, 3))`.
 */
export class SimilarTexts {
  private readonly postings = new Map<string, Postings>();

  /** @throws Error if there are no texts */
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
    for (const { texts: containing, values } of this.postings.values()) {
      const weight = this.weight(containing.length);
      values.forEach((count, k) => {
        values[k] = count * weight;
        squares[containing[k]] += values[k] ** 2;
      });
    }
    for (const { texts: containing, values } of this.postings.values()) {
      containing.forEach((text, k) => (values[k] /= Math.sqrt(squares[text])));
    }
  }

  /** The cosine of a text with each of the indexed texts, from 0 to 1. */
  similarities(text: string): Float64Array {
    const result = new Float64Array(this.texts.length);
    let square = 0;
    for (const [ngram, count] of countOf(text)) {
      const entry = this.postings.get(ngram);
      if (!entry) continue; // like scikit-learn, leaves unknown n-grams out of the length
      const value = count * this.weight(entry.texts.length);
      square += value ** 2;
      entry.texts.forEach((i, k) => (result[i] += value * entry.values[k]));
    }
    return square ? result.map((sum) => sum / Math.sqrt(square)) : result;
  }

  /** The IDF weight of an n-gram, by the number of texts that contain it. */
  private weight(textsContaining: number): number {
    return Math.log((1 + this.texts.length) / (1 + textsContaining)) + 1;
  }
}

/** How often each n-gram occurs in a text. */
function countOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const ngram of ngramsOf(text)) counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  return counts;
}

/** The indices of two texts, and their similarity. */
export interface NearDuplicate {
  readonly first: number;
  readonly second: number;
  readonly similarity: number;
}

/**
 * All pairs of texts with at least the similarity `threshold`, the most similar first. The time
 * grows with the square of the number of texts: a thousand take about a second.
 *
 * @param options.threshold default 0.9
 * @throws RangeError if the threshold is impossible; Error named AbortError after SIGINT or an
 *   abort
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
        // Because of rounding, a text's cosine with its copy may be slightly below 1.
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
