/** The training loop: steps, evaluations, checkpoints, and a stop between two steps. */
import { tf } from '../backend';
import { Interrupted, pause } from '../core/interrupt';
import type { ParameterMap } from '../nn';
import type { GPTModel } from '../model';
import { AdamW } from './adamw';
import { hasCheckpoint, saveCheckpoint } from './checkpoint';
import type { Evaluation, TrainingHistory } from './history';
import { checkExamples, evaluate, type Examples, type Limits } from './loss';
import type { Stopped, TrainingObserver } from './observer';
import type { TrainingPlan } from './options';
import type { Schedule } from './schedule';
import { compiledTrainStep, type StepResult } from './step';

/** `stopped` is absent where the training came to its end. */
export type TrainingResult = TrainingHistory & { stopped?: Stopped };

/**
 * Carries out a training.
 *
 * @param signal stops it within one step; it returns then too, with `stopped`
 * @throws Error as `train`
 */
export async function runTraining(
  plan: TrainingPlan,
  observers: readonly TrainingObserver[],
  signal: AbortSignal,
): Promise<TrainingResult> {
  const training = new Training(plan, observers, signal);
  let stopped: Stopped | undefined;
  try {
    await training.run();
  } catch (error) {
    stopped = whyStopped(error, signal);
    if (!stopped) throw error;
    training.readBack();
    training.save();
  } finally {
    training.dispose();
    for (const observer of observers) observer.onEnd?.(stopped);
  }
  return { ...plan.history, stopped };
}

/** Absent where an error has another cause than the signal or an interrupt. */
function whyStopped(error: unknown, signal: AbortSignal): Stopped | undefined {
  const { reason } = signal as { reason?: unknown };
  // An observer that was interrupted too throws an AbortError of its own.
  const aborted = error instanceof Error && error.name === 'AbortError';
  if (error !== reason && !aborted) return undefined;
  if (reason instanceof Interrupted) return reason.by === 'SIGINT' ? 'interrupt' : 'SIGTERM';
  return signal.aborted ? 'abort' : 'interrupt';
}

/** A step whose numbers are still tensors. */
type PendingStep = StepResult & { rate: number };

class Training {
  private readonly history: TrainingHistory;
  private readonly optimizer: AdamW;
  private readonly schedule: Schedule;
  private readonly step: ReturnType<typeof compiledTrainStep>;
  private readonly limits: Limits;
  private readonly firstStep: number;
  private readonly pending: PendingStep[] = [];

  constructor(
    private readonly plan: TrainingPlan,
    private readonly observers: readonly TrainingObserver[],
    private readonly signal: AbortSignal,
  ) {
    const { model, loss, history, maxNorm } = plan;
    this.history = history;
    this.firstStep = history.step + 1;
    this.optimizer = plan.optimizer ?? new AdamW(model.parameters());
    const constant = this.optimizer.learningRate.dataSync()[0];
    this.schedule = plan.schedule ?? (() => constant);
    this.step = compiledTrainStep(this.optimizer, loss, maxNorm);
    const { vocabSize } = (model as Partial<GPTModel>).config ?? {};
    this.limits = { vocabSize, ...loss.limits };
  }

  async run(): Promise<void> {
    const { history, observers } = this;
    const { steps, logEvery, checkpoint } = this.plan;
    await this.evaluateWhereDue();
    while (history.step < steps) {
      await pause(this.signal);
      this.takeStep();
      const ended = history.step === steps;
      if (ended || this.pending.length === logEvery) this.readBack();
      await this.evaluateWhereDue();
      if (ended || history.step % (checkpoint?.every ?? Infinity) === 0) this.save();
      for (const observer of observers) await observer.onStep?.(history);
    }
  }

  /** Moves the numbers of the latest steps from the engine to the history. */
  readBack(): void {
    const { history, pending } = this;
    let step = history.step - pending.length;
    const numbers = pending.splice(0).map(({ loss, gradNorm, rate }) => {
      const read = { loss: loss.dataSync()[0], gradNorm: gradNorm.dataSync()[0], rate };
      tf.dispose([loss, gradNorm]);
      return read;
    });
    for (const { loss, gradNorm, rate } of numbers) {
      step++;
      if (!Number.isFinite(loss)) throw this.notFinite('loss', step, loss);
      if (!Number.isFinite(gradNorm)) throw this.notFinite('gradient norm', step, gradNorm);
      history.losses.push(loss);
      history.gradNorms.push(gradNorm);
      history.learningRates.push(rate);
      for (const observer of this.observers) observer.onLoss?.(step, loss);
    }
  }

  save(): void {
    const { history, optimizer } = this;
    const { model, loader, seed, checkpoint } = this.plan;
    if (!checkpoint) return;
    this.readBack();
    saveCheckpoint(checkpoint.dir, { model, optimizer, loader, history, seed });
  }

  dispose(): void {
    for (const { loss, gradNorm } of this.pending) tf.dispose([loss, gradNorm]);
    this.step.dispose();
    if (!this.plan.optimizer) this.optimizer.dispose();
  }

  private takeStep(): void {
    const { history } = this;
    const { loader, accumulate, seed } = this.plan;
    const batches = Array.from({ length: accumulate }, () => loader.next());
    for (const batch of batches) checkExamples(batch, this.limits);
    const rate = this.schedule(history.step);
    if (!(rate >= 0 && rate < Infinity)) {
      throw new Error(
        `train: the schedule gives step ${history.step + 1} the learning rate ${rate}; ` +
          'expected a number of at least 0',
      );
    }
    const result = tf.tidy(() => {
      const tensors = batches.map(({ inputs, targets, shape }, i) => ({
        inputs: tf.tensor2d(inputs, [shape[0], shape[1]], 'int32'),
        targets: tf.tensor1d(targets, 'int32'),
        // A tensor, so that nothing in the step depends on its number.
        training: { seed, step: tf.scalar(history.step * accumulate + i, 'int32') },
      }));
      return { ...this.step(tensors, tf.scalar(rate)) };
    });
    this.pending.push({ ...result, rate });
    history.step++;
    for (const { shape } of batches) history.tokens += shape[0] * shape[1];
  }

  private async evaluateWhereDue(): Promise<void> {
    const { step, evaluations } = this.history;
    const { model, loader, validation, loss, steps, evalEvery, evalBatches: batches } = this.plan;
    const due = evalEvery < Infinity && (step % evalEvery === 0 || step === steps);
    if (!due || evaluations[evaluations.length - 1]?.step === step) return;
    this.readBack();
    const on = (examples: Iterable<Examples>) =>
      evaluate(model, examples, { batches, loss, signal: this.signal });
    const trainLoss = await on(loader);
    const evaluation: Evaluation = { step, trainLoss };
    if (validation) evaluation.validationLoss = await on(validation);
    evaluations.push(evaluation);
    for (const observer of this.observers) await observer.onEvaluation?.(evaluation);
  }

  private notFinite(what: string, step: number, value: number): Error {
    const { parameters } = this.optimizer;
    const { checkpoint } = this.plan;
    const dir = checkpoint && hasCheckpoint(checkpoint.dir) ? checkpoint.dir : undefined;
    const advice = whatToChange(step === this.firstStep, dir);
    return new Error(
      `Training stopped: the ${what} of step ${step} is ${value}. ${damage(parameters)}. ${advice}`,
    );
  }
}

/** What became of the weights of a training whose numbers are no longer finite. */
function damage(parameters: ParameterMap): string {
  const all = Object.entries(parameters);
  const spoiled = all.filter(([, each]) => !tf.tidy(() => each.isFinite().all().dataSync()[0]));
  if (spoiled.length === 0) return 'The weights are finite still';
  return (
    `${spoiled.length} of the ${all.length} trained tensors hold NaN or Infinity now, such as ` +
    `${spoiled[0][0]}, and cannot be used`
  );
}

/** @param dir of a checkpoint, where there is one */
function whatToChange(inFirstStep: boolean, dir?: string): string {
  if (inFirstStep) {
    return (
      'No step had changed anything before, so the cause is in the weights that it began with, ' +
      'the batch or the loss function'
    );
  }
  return (
    `Start again${dir ? ` from the checkpoint in ${dir}` : ''} with a lower learning rate, a ` +
    'longer warm-up or a lower maxNorm'
  );
}
