/** Batches of input and target windows over a text's tokens. */
import { EpochLoader } from './epoch-loader';
import { checkPositive } from '../core/checks';
import { permutation, seededRandom } from '../core/seeded-random';

/** The examples of one training step: `targets` are `inputs` shifted by one token. */
export interface Batch {
  /** (batch, length), row by row. */
  readonly inputs: Int32Array;
  /** (batch, length), row by row. */
  readonly targets: Int32Array;
  /** [batch, length]; the last batch of an epoch may have fewer rows. */
  readonly shape: [number, number];
}

export interface SlidingWindowOptions {
  /** Tokens in a window: the context that the model sees. */
  length: number;
  /**
   * Tokens from the start of one window to the start of the next; default `length`, so no overlap.
   */
  stride?: number;
  /** Windows in a batch; default 1. */
  batchSize?: number;
  /** Whether to leave out a last batch that is not full; default false. */
  dropLast?: boolean;
  /**
   * Whether to shuffle the windows, differently in each epoch; by default they keep the order of
   * the text.
   */
  shuffle?: boolean;
  /** Seed for shuffling (default 0): the same seed and epoch give the same order. */
  seed?: number;
}

/**
 * Input and target windows over a text's tokens. The loader keeps the tokens once, however much the
 * windows overlap, and cuts a batch out of them when it is asked for one.
 *
 * Iterate to inspect or to evaluate: `for (const batch of loader)` yields epoch 0 each time, and
 * `loader.epoch(3)` another epoch. For training, `loader.next()` yields batches indefinitely, epoch
 * after epoch; `state()` saves its position, even in the middle of an epoch, and `restore()`
 * resumes there.
 *
 * Windows start at 0, stride, 2·stride, … as long as a target follows the last token, as in
 * Raschka's "Build a Large Language Model (From Scratch)", section 2.6.
 */
export class SlidingWindowLoader extends EpochLoader<Batch> {
  readonly length: number;
  readonly stride: number;
  readonly batchSize: number;
  /** Windows in the text. */
  readonly windows: number;
  /** Batches in an epoch. */
  readonly batches: number;
  private readonly shuffle: boolean;
  private readonly seed: number;

  /**
   * @param tokens token ids, not copied; a typed array such as `Uint16Array.from(ids)` takes least
   *   memory
   * @throws RangeError if a size is not a positive whole number, or if the text is too short for a
   *   batch
   */
  constructor(
    private readonly tokens: ArrayLike<number>,
    options: SlidingWindowOptions,
  ) {
    super();
    const { length, stride = length, batchSize = 1, dropLast = false } = options;
    checkPositive({ length, stride, batchSize });
    this.length = length;
    this.stride = stride;
    this.batchSize = batchSize;
    this.shuffle = options.shuffle ?? false;
    this.seed = options.seed ?? 0;
    this.windows = Math.max(0, Math.ceil((tokens.length - length) / stride));
    this.batches = dropLast
      ? Math.floor(this.windows / batchSize)
      : Math.ceil(this.windows / batchSize);
    if (this.batches === 0) {
      const needed = dropLast ? length + 1 + (batchSize - 1) * stride : length + 1;
      throw new RangeError(
        `${tokens.length} tokens are too few for one batch of windows of ${length}: ` +
          `at least ${needed} are needed`,
      );
    }
  }

  /** The batches of one epoch, beginning with batch number `from`. */
  *epoch(epoch = 0, from = 0): IterableIterator<Batch> {
    const order = this.shuffle
      ? permutation(this.windows, seededRandom(this.seed, epoch))
      : undefined;
    for (let i = from; i < this.batches; i++) yield this.cut(i, order);
  }

  protected order(): string {
    const { windows, length, stride, batchSize } = this;
    const shuffled = this.shuffle ? `shuffled with seed ${this.seed}` : 'in order';
    return `${windows} windows of ${length}, stride ${stride}, batches of ${batchSize}, ${shuffled}`;
  }

  private cut(index: number, order?: Uint32Array): Batch {
    const first = index * this.batchSize;
    const rows = Math.min(this.batchSize, this.windows - first);
    const inputs = new Int32Array(rows * this.length);
    const targets = new Int32Array(rows * this.length);
    for (let row = 0; row < rows; row++) {
      const start = (order ? order[first + row] : first + row) * this.stride;
      for (let i = 0; i < this.length; i++) {
        inputs[row * this.length + i] = this.tokens[start + i];
        targets[row * this.length + i] = this.tokens[start + i + 1];
      }
    }
    return { inputs, targets, shape: [rows, this.length] };
  }
}
