/** From messages to batches of ids, one target for each text. */
import { checkPositive } from '../core/checks';
import { seededRandom, shuffled } from '../core/seeded-random';
import { EpochLoader } from '../data';
import type { BPETokenizer } from '../tokenizer';
import { IGNORE_INDEX, type Examples } from '../training';

/** A text as the model sees it. */
export interface EncodedText {
  readonly ids: readonly number[];
  /** Ids that did not fit. */
  readonly dropped: number;
}

/**
 * The first `maxLength` ids of a text. A special token's name in it is read as plain text.
 *
 * @throws Error when there is nothing to read
 */
export function encodeText(tokenizer: BPETokenizer, text: string, maxLength: number): EncodedText {
  if (text.trim() === '') throw new Error('There is no text to classify: it is empty');
  const ids = tokenizer.encode(text, { allowedSpecial: 'none' });
  return { ids: ids.slice(0, maxLength), dropped: Math.max(0, ids.length - maxLength) };
}

/** What fills up short rows: the tokenizer's padding, or the end of text, where it has them. */
export const paddingId = (tokenizer: BPETokenizer): number =>
  tokenizer.padId ?? tokenizer.eosId ?? 0;

/**
 * Where a padded row's answer is read: at its own last token, or in the last column, which is
 * padding in most rows. The reference course reads the last column.
 */
export type ReadPosition = 'last token' | 'last column';

/** Rows of one length, (rows, length). */
export interface PaddedBatch extends Examples {
  /** For each row, the column where its answer is read: the only one with a target. */
  readonly positions: readonly number[];
  /** For each row, the number of its text. */
  readonly indices: readonly number[];
}

/** @param labels for each text its class, or none */
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
  /** Most tokens of a text; default those of the longest. */
  maxLength?: number;
  /** Texts in a batch; default 8. */
  batchSize?: number;
  /**
   * Lengths that rows are padded to besides the longest text's; each batch has one, so that short
   * texts do not pay for long ones, and few shapes occur. Default none.
   */
  lengths?: readonly number[];
  /** Default `last token`. */
  read?: ReadPosition;
  /** Another order in every epoch; default false. */
  shuffle?: boolean;
  /** Default 0. */
  seed?: number;
}

/**
 * Labelled texts as padded batches. Iterate to look or to evaluate; `next()` goes on for ever, for
 * training.
 */
export class TextLoader extends EpochLoader<PaddedBatch> {
  /** Batches in an epoch. */
  readonly batches: number;
  readonly texts: readonly EncodedText[];
  /** What rows are padded to, ascending. */
  readonly lengths: readonly number[];
  private readonly buckets: number[][];
  private readonly padding: number;
  private readonly batchSize: number;

  /**
   * @param messages a text and its class, 0 and up
   * @throws Error when there is no message, a text is empty or a number impossible
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
    for (const each of lengths) checkPositive({ lengths: each });
    if (messages.length === 0) throw new RangeError('There are no messages to make batches of');
    messages.forEach(({ target }, i) => {
      if (target === IGNORE_INDEX || (Number.isInteger(target) && target >= 0)) return;
      throw new RangeError(
        `The target of message ${i + 1} must be a class, a whole number from 0, got ${target}`,
      );
    });
    this.texts = messages.map(({ text }) => encodeText(tokenizer, text, maxLength));
    const longest = this.texts.reduce((most, { ids }) => Math.max(most, ids.length), 0);
    const last = Number.isFinite(maxLength) ? maxLength : longest;
    const shorter = lengths.filter((length) => length < last);
    this.lengths = [...shorter.sort((a, b) => a - b), last];
    this.buckets = this.lengths.map(() => []);
    this.texts.forEach(({ ids }, i) => {
      this.buckets[this.lengths.findIndex((length) => ids.length <= length)].push(i);
    });
    // What makes no full batch goes with the longer ones: only the last batch has another shape.
    this.buckets.slice(0, -1).forEach((bucket, b) => {
      this.buckets[b + 1].push(...bucket.splice(bucket.length - (bucket.length % batchSize)));
    });
    this.padding = paddingId(tokenizer);
    this.batchSize = batchSize;
    this.batches = this.buckets.reduce((n, { length }) => n + Math.ceil(length / batchSize), 0);
  }

  /** The batches of one epoch, from the batch number `from`. */
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
