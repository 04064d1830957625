import { withInterrupt } from '../core/interrupt';
import { runTraining, type TrainingResult } from './loop';
import { planTraining, type TrainOptions } from './options';
import { TrainingReport } from './report';

/**
 * Trains a model, and shows how it goes: see {@link TrainingReport}.
 *
 * Yields to the event loop before each step. SIGINT, which is JupyterLab's interrupt, or an
 * abort ends it within one step: it returns then too, with `stopped`, and the model keeps what it
 * has learned. SIGTERM does so where there is a checkpoint to save, and ends the process then.
 *
 * @throws Error when an option is impossible; when a batch cannot be learned from, before its step,
 *   so that the model is as after the last one; when a loss or gradient is not a finite number,
 *   naming the step and what became of the weights
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
