/** Batches for a classifier: padded rows of token ids, with one target for each text. */
import { checkPositive, checkWhole } from '../core/checks';
import { seededRandom, shuffled } from '../core/seeded-random';
import { EpochLoader } from '../data';
import type { BPETokenizer } from '../tokenizer';
import { IGNORE_INDEX, type Examples } from '../training';

/** The token ids of a text, cut to a maximum length. */
export interface EncodedText {
  readonly ids: readonly number[];
  /** Number of ids that were cut off at the end. */
  readonly dropped: number;
}

/**
 * The first `maxLength` ids of a text. If the text contains the name of a special token, it is read
 * as plain text.
 *
 * @throws Error if the text is empty or blank
 */
export function encodeText(tokenizer: BPETokenizer, text: string, maxLength: number): EncodedText {
  if (text.trim() === '') throw new Error('There is no text to classify: it is empty');
  const ids = tokenizer.encode(text, { allowedSpecial: 'none' });
  return { ids: ids.slice(0, maxLength), dropped: Math.max(0, ids.length - maxLength) };
}

/** The id that fills up short rows: the tokenizer's padding or end-of-text token, or else 0. */
export const paddingId = (tokenizer: BPETokenizer): number =>
  tokenizer.padId ?? tokenizer.eosId ?? 0;

/**
 * Where the answer for a padded row is read: at the text's last token, or in the last column, which
 * is padding in most rows. Raschka's book reads the last column.
 */
export type ReadPosition = 'last token' | 'last column';

/** Texts as rows of the same length, (rows, length). */
export interface PaddedBatch extends Examples {
  /** For each row, the column where its answer is read: the only one with a target. */
  readonly positions: readonly number[];
  /** For each row, the index of its text. */
  readonly indices: readonly number[];
}

/**
 * Puts some of the texts into a padded batch.
 *
 * @param texts ids of all texts
 * @param indices the texts of the batch, one for each row
 * @param labels the class of each text; without them, all targets are ignored
 * @param options.length length of the rows, at least that of the longest text
 * @param options.padding id that fills up short rows
 */
export function padBatch(
  texts: readonly (readonly number[])[],
  indices: readonly number[],
  labels: readonly number[] | undefined,
  { length, padding, read }: { length: number; padding: number; read: ReadPosition },
): PaddedBatch {
  const inputs = new Int32Array(indices.length * length).fill(padding);
  const targets = new Int32Array(inputs.length).fill(IGNORE_INDEX);
  const positions = indices.map((index, row) => {
    inputs.set(texts[index], row * length);
    const position = read === 'last token' ? texts[index].length - 1 : length - 1;
    if (labels) targets[row * length + position] = labels[index];
    return position;
  });
  return { inputs, targets, shape: [indices.length, length], positions, indices };
}

export interface TextLoaderOptions {
  /** Maximum number of tokens read from a text; default Infinity. */
  maxLength?: number;
  /** Number of texts in a batch; default 8. */
  batchSize?: number;
  /**
   * Lengths to which rows may be padded, besides `maxLength` or, if that is Infinity, the longest
   * text's; default none. All rows of a batch have one of these lengths, so that short texts need
   * not be padded to the longest and few shapes occur.
   */
  lengths?: readonly number[];
  /** Where answers are read; default `last token`. */
  read?: ReadPosition;
  /** Whether each epoch has another order; default false. */
  shuffle?: boolean;
  /** Seed for the order; default 0. */
  seed?: number;
}

/**
 * Labelled texts as padded batches. To evaluate, iterate over one epoch; to train, call `next()`,
 * which never ends.
 */
export class TextLoader extends EpochLoader<PaddedBatch> {
  /** Number of batches in an epoch. */
  readonly batches: number;
  readonly texts: readonly EncodedText[];
  /** The lengths to which rows are padded, ascending. */
  readonly lengths: readonly number[];
  private readonly buckets: number[][];
  private readonly padding: number;
  private readonly batchSize: number;

  /**
   * @param messages texts and their classes, whole numbers from 0, or {@link IGNORE_INDEX}
   * @throws RangeError if there is no message, or a class or an option is out of range; Error if a
   *   text is empty
   */
  constructor(
    private readonly messages: readonly { text: string; target: number }[],
    tokenizer: BPETokenizer,
    private readonly options: TextLoaderOptions = {},
  ) {
    super();
    const { maxLength = Infinity, batchSize = 8, lengths = [] } = options;
    checkPositive({ batchSize });
    checkPositive({ maxLength }, { orInfinity: true });
    for (const length of lengths) checkPositive({ lengths: length });
    if (messages.length === 0) throw new RangeError('There are no messages to make batches of');
    messages.forEach(({ target }, i) => {
      if (target === IGNORE_INDEX) return;
      checkWhole({ [`the class of message ${i + 1}`]: target }, { from: 0 });
    });
    this.texts = messages.map(({ text }) => encodeText(tokenizer, text, maxLength));
    const longest = this.texts.reduce((length, { ids }) => Math.max(length, ids.length), 0);
    const lastLength = Number.isFinite(maxLength) ? maxLength : longest;
    const shorter = lengths.filter((length) => length < lastLength);
    this.lengths = [...shorter.sort((a, b) => a - b), lastLength];
    this.buckets = this.lengths.map(() => []);
    this.texts.forEach(({ ids }, i) => {
      this.buckets[this.lengths.findIndex((length) => ids.length <= length)].push(i);
    });
    // Texts that do not fill a batch join the longer ones: only the last batch has fewer rows.
    this.buckets.slice(0, -1).forEach((bucket, b) => {
      this.buckets[b + 1].push(...bucket.splice(bucket.length - (bucket.length % batchSize)));
    });
    this.padding = paddingId(tokenizer);
    this.batchSize = batchSize;
    this.batches = this.buckets.reduce((n, { length }) => n + Math.ceil(length / batchSize), 0);
  }

  /** The batches of one epoch, beginning with number `from`. */
  *epoch(epoch = 0, from = 0): IterableIterator<PaddedBatch> {
    const { shuffle = false, seed = 0, read = 'last token' } = this.options;
    const random = seededRandom(seed, epoch);
    const ordered = <T>(items: T[]) => (shuffle ? shuffled(items, random) : items);
    const plan = this.buckets.flatMap((bucket, b) => {
      const order = ordered(bucket);
      const count = Math.ceil(order.length / this.batchSize);
      return Array.from({ length: count }, (_, i) => ({
        length: this.lengths[b],
        indices: order.slice(i * this.batchSize, (i + 1) * this.batchSize),
      }));
    });
    const texts = this.texts.map(({ ids }) => ids);
    const labels = this.messages.map(({ target }) => target);
    for (const { length, indices } of ordered(plan).slice(from)) {
      yield padBatch(texts, indices, labels, { length, padding: this.padding, read });
    }
  }

  protected order(): string {
    const { shuffle = false, seed = 0, read = 'last token' } = this.options;
    const order = shuffle ? `shuffled with seed ${seed}` : 'in order';
    const reading = read === 'last token' ? '' : `, read at the ${read}`;
    return (
      `${this.messages.length} texts, padded to ${this.lengths.join(', ')}, ` +
      `batches of ${this.batchSize}, ${order}${reading}`
    );
  }
}
