import type { Evaluation, TrainingHistory } from './history';

/** Why a training ended early. */
export type Stopped = 'interrupt' | 'abort' | 'SIGTERM';

/** Watches a training. The loop waits for each method that returns a promise. */
export interface TrainingObserver {
  /**
   * Called for each step once its loss is in the history, which is later than the step itself where
   * losses are read back for several steps together.
   *
   * @param step counted from 1
   */
  onLoss?(step: number, loss: number): void;
  /** Called after each step. */
  onStep?(history: TrainingHistory): void | Promise<void>;
  /** Called after each evaluation, as to show a sample. */
  onEvaluation?(evaluation: Evaluation): void | Promise<void>;
  /** Called once, when the training has ended, was stopped or failed. */
  onEnd?(stopped?: Stopped): void;
}
