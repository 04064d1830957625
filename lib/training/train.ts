/** The function `train`: the training loop with its report and its signals. */
import { withInterrupt } from '../core/interrupt';
import { runTraining, type TrainingResult } from './loop';
import { planTraining, type TrainOptions } from './options';
import { TrainingReport } from './report';

/**
 * Trains a model and shows its progress, see {@link TrainingReport}.
 *
 * It yields to the event loop before each step. SIGINT, which is JupyterLab's interrupt, or an
 * abort stops it within one step: it still returns, with `stopped`, and the model keeps what it has
 * learned. With a checkpoint, SIGTERM saves it and ends the process.
 *
 * @returns the history, which the training has extended
 * @throws Error if an option is missing or out of range; if a batch has no targets or one
 *   outside the limits of the loss, before its step changes anything; if a loss or gradient is
 *   not finite, with the step and the state of the weights
 */
export async function train(options: TrainOptions): Promise<TrainingResult> {
  const plan = planTraining(options);
  const { history, steps, signal, checkpoint } = plan;
  const report = options.quiet ? [] : [new TrainingReport(history, steps)];
  return withInterrupt((stop) => runTraining(plan, [...report, options], stop), {
    signal,
    sigterm: checkpoint !== undefined,
  });
}
