/** Observers: how plots, bars and callers follow a training. */
import type { Evaluation, TrainingHistory } from './history';

/** Why a training ended early. */
export type Stopped = 'interrupt' | 'abort' | 'SIGTERM';

/**
 * Follows a training. The loop waits for a method that returns a promise, except `onLoss` and
 * `onEnd`.
 */
export interface TrainingObserver {
  /**
   * Called for each step once its loss is in the history. If losses are read back for several steps
   * together, that is later than the step itself.
   *
   * @param step counted from 1
   * @param loss in nats per target
   */
  onLoss?(step: number, loss: number): void;
  /** Called after each step. */
  onStep?(history: TrainingHistory): void | Promise<void>;
  /** Called after each evaluation, for example to show a sample. */
  onEvaluation?(evaluation: Evaluation): void | Promise<void>;
  /**
   * Called once, when the training has ended or failed; `stopped` is given only if it was stopped.
   */
  onEnd?(stopped?: Stopped): void;
}
