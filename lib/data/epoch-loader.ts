/** Endless sequences of batches, with a position that can be saved and restored. */
import { DataError } from '../core/errors';

/** A loader's position, as plain data that a checkpoint can hold. */
export interface LoaderState {
  readonly epoch: number;
  /** How many batches of this epoch have been yielded. */
  readonly position: number;
  /** Everything that decides the order, so that a state is never restored into another order. */
  readonly order: string;
  /** Batches in an epoch; absent in states that older versions saved. */
  readonly batches?: number;
}

/**
 * The base class of all loaders. Iterating yields epoch 0 each time, for inspection or evaluation.
 * `next()` yields batches indefinitely, epoch after epoch; `state()` saves its position and
 * `restore()` resumes there.
 */
export abstract class EpochLoader<Item> implements Iterable<Item> {
  /** Batches in an epoch. */
  abstract readonly batches: number;
  private place = { epoch: 0, position: 0 };
  private current?: Iterator<Item>;

  /** The batches of one epoch, beginning with batch number `from`. */
  abstract epoch(epoch?: number, from?: number): IterableIterator<Item>;

  /** Everything that decides the order of the batches, in words. */
  protected abstract order(): string;

  [Symbol.iterator](): Iterator<Item> {
    return this.epoch();
  }

  /** The next batch of the endless sequence of epochs, for training. */
  next(): Item {
    const { epoch, position } = this.place;
    this.current ??= this.epoch(epoch, position);
    const { value } = this.current.next() as IteratorYieldResult<Item>;
    if (position + 1 < this.batches) this.place = { epoch, position: position + 1 };
    else this.moveTo({ epoch: epoch + 1, position: 0 });
    return value;
  }

  /** The position of `next`. */
  state(): LoaderState {
    return { ...this.place, order: this.order(), batches: this.batches };
  }

  /**
   * Makes `next` resume where `state` was taken.
   *
   * @throws DataError if the state belongs to other data or other options
   */
  restore(state: LoaderState): void {
    const { epoch, position, order, batches = this.batches } = state;
    const mismatch = (theirs: string, ours: string) =>
      new DataError(
        `This position belongs to other data: it was taken over ${theirs}, and the loader has ${ours}`,
      );
    if (order !== this.order()) throw mismatch(order, this.order());
    const perEpoch = 'batches in an epoch';
    if (batches !== this.batches) {
      throw mismatch(`${batches} ${perEpoch}`, `${this.batches} ${perEpoch}`);
    }
    if (position >= this.batches) {
      throw new DataError(
        `An epoch has ${this.batches} batches, so there is no batch number ${position}`,
      );
    }
    this.moveTo({ epoch, position });
  }

  private moveTo(place: { epoch: number; position: number }): void {
    this.place = place;
    this.current = undefined;
  }
}
