import { DataError } from '../core/errors';

/** Where a loader is: plain data, to be saved with a checkpoint. */
export interface LoaderState {
  readonly epoch: number;
  /** Batches of this epoch that were given out. */
  readonly position: number;
  /** What the order depends on, so that a state is not restored into another order. */
  readonly order: string;
  /** Batches in an epoch, which may leave out the last; absent in a state of before this was known. */
  readonly batches?: number;
}

/**
 * What all loaders share: iterate to look or to evaluate, which gives epoch 0 each time; `next()`
 * goes on for ever, epoch after epoch, and `state()` and `restore()` save and continue that walk.
 */
export abstract class EpochLoader<Item> implements Iterable<Item> {
  /** Batches in an epoch. */
  abstract readonly batches: number;
  private at = { epoch: 0, position: 0 };
  private walk?: Iterator<Item>;

  /** The batches of one epoch, from the batch number `from`. */
  abstract epoch(epoch?: number, from?: number): IterableIterator<Item>;

  /** What the order of the batches depends on, in words. */
  protected abstract order(): string;

  [Symbol.iterator](): Iterator<Item> {
    return this.epoch();
  }

  /** The next batch of the endless walk through the epochs, for training. */
  next(): Item {
    this.walk ??= this.epoch(this.at.epoch, this.at.position);
    const { value } = this.walk.next() as IteratorYieldResult<Item>;
    if (++this.at.position === this.batches) {
      this.at = { epoch: this.at.epoch + 1, position: 0 };
      this.walk = undefined;
    }
    return value;
  }

  /** Where `next` is. */
  state(): LoaderState {
    return { ...this.at, order: this.order(), batches: this.batches };
  }

  /**
   * Makes `next` go on where `state` was taken.
   *
   * @throws DataError when the state is of other data or of other options
   */
  restore(state: LoaderState): void {
    const { epoch, position, order, batches = this.batches } = state;
    const [was, is] =
      order === this.order()
        ? [`${batches} batches in an epoch`, `${this.batches} batches in an epoch`]
        : [order, this.order()];
    if (was !== is) {
      throw new DataError(
        `This position belongs to other data: it was taken over ${was}, and the loader has ${is}`,
      );
    }
    if (position >= this.batches) {
      throw new DataError(
        `An epoch has ${this.batches} batches, so that none is number ${position}`,
      );
    }
    this.at = { epoch, position };
    this.walk = undefined;
  }
}
