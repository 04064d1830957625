/**
 * The training loop: takes steps, evaluates, saves checkpoints, and can be stopped between two
 * steps.
 */
import { tf } from '../backend';
import { checkNumber } from '../core/checks';
import { Interrupted, pause } from '../core/interrupt';
import type { ParameterMap } from '../nn';
import { AdamW } from './adamw';
import { hasCheckpoint, saveCheckpoint } from './checkpoint';
import type { Evaluation, TrainingHistory } from './history';
import { batchTensors, evaluate, type Examples } from './loss';
import type { Stopped, TrainingObserver } from './observer';
import type { TrainingPlan } from './options';
import type { Schedule } from './schedule';
import { checkBatches, compileStep, type StepResult } from './step';

/** `stopped` is absent if the training took all its steps. */
export type TrainingResult = TrainingHistory & { stopped?: Stopped };

/**
 * Runs a training.
 *
 * @param signal stops it within one step; it still returns, with `stopped`
 * @throws Error like `train`
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
    stopped = stopReason(error, signal);
    if (!stopped) throw error;
    training.readBack();
    training.save();
  } finally {
    training.dispose();
    for (const observer of observers) observer.onEnd?.(stopped);
  }
  return { ...plan.history, stopped };
}

/** Why a training stopped; undefined if neither the signal nor an interrupt caused the error. */
function stopReason(error: unknown, signal: AbortSignal): Stopped | undefined {
  const { reason } = signal as { reason?: unknown };
  // An observer that is interrupted throws its own AbortError.
  const isAbort = error instanceof Error && error.name === 'AbortError';
  if (error !== reason && !isAbort) return undefined;
  if (reason instanceof Interrupted) return reason.by === 'SIGINT' ? 'interrupt' : 'SIGTERM';
  return signal.aborted ? 'abort' : 'interrupt';
}

/** A step whose loss and gradient norm are still tensors. */
type PendingStep = StepResult & { rate: number };

class Training {
  private readonly history: TrainingHistory;
  private readonly optimizer: AdamW;
  private readonly schedule: Schedule;
  private readonly compiledStep: ReturnType<typeof compileStep>;
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
    this.compiledStep = compileStep(this.optimizer, loss, maxNorm);
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

  /**
   * Moves the results of the latest steps from the engine to the history.
   *
   * @throws Error if a loss or a gradient norm is not finite
   */
  readBack(): void {
    const { history, pending } = this;
    let step = history.step - pending.length;
    const results = pending.splice(0).map(({ loss, gradNorm, rate }) => {
      const numbers = { loss: loss.dataSync()[0], gradNorm: gradNorm.dataSync()[0], rate };
      tf.dispose([loss, gradNorm]);
      return numbers;
    });
    for (const { loss, gradNorm, rate } of results) {
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
    this.compiledStep.dispose();
    if (!this.plan.optimizer) this.optimizer.dispose();
  }

  private takeStep(): void {
    const { history } = this;
    const { loader, accumulate, seed } = this.plan;
    const batches = Array.from({ length: accumulate }, () => loader.next());
    // Checked before conversion: as int32 tensors they would hide a fraction or NaN.
    checkBatches(batches, this.plan.loss.limits);
    const rate = this.schedule(history.step);
    const rateName = `the schedule's rate for step ${history.step + 1}`;
    checkNumber({ [rateName]: rate }, { from: 0, caller: 'train' });
    const result = tf.tidy(() => {
      const tensors = batches.map((batch, i) => ({
        ...batchTensors(batch),
        // A tensor, because the compiled step is recorded once and serves all steps.
        training: { seed, step: tf.scalar(history.step * accumulate + i, 'int32') },
      }));
      return { ...this.compiledStep(tensors, tf.scalar(rate)) };
    });
    this.pending.push({ ...result, rate });
    history.step++;
    for (const { shape } of batches) history.tokens += shape[0] * shape[1];
  }

  private async evaluateWhereDue(): Promise<void> {
    const { step, evaluations } = this.history;
    const { model, loader, validation, loss, steps, evalEvery, evalBatches: batches } = this.plan;
    const isDue = evalEvery < Infinity && (step % evalEvery === 0 || step === steps);
    if (!isDue || evaluations[evaluations.length - 1]?.step === step) return;
    this.readBack();
    const meanLoss = (examples: Iterable<Examples>) =>
      evaluate(model, examples, { batches, loss, signal: this.signal });
    const trainLoss = await meanLoss(loader);
    const evaluation: Evaluation = { step, trainLoss };
    if (validation) evaluation.validationLoss = await meanLoss(validation);
    evaluations.push(evaluation);
    for (const observer of this.observers) await observer.onEvaluation?.(evaluation);
  }

  private notFinite(what: string, step: number, value: number): Error {
    const { checkpoint } = this.plan;
    const dir = checkpoint && hasCheckpoint(checkpoint.dir) ? checkpoint.dir : undefined;
    const damage = describeDamage(this.optimizer.parameters);
    const advice = adviceFor(step === this.firstStep, dir);
    return new Error(
      `Training stopped: the ${what} of step ${step} is ${value}. ${damage}. ${advice}`,
    );
  }
}

/** Says which weights are no longer finite. */
function describeDamage(parameters: ParameterMap): string {
  const names = Object.keys(parameters);
  const isFinite = (name: string) =>
    tf.tidy(() => parameters[name].isFinite().all().dataSync()[0] === 1);
  const damaged = names.filter((name) => !isFinite(name));
  if (damaged.length === 0) return 'The weights are still finite';
  return (
    `${damaged.length} of the ${names.length} trained tensors hold NaN or Infinity now, such as ` +
    `${damaged[0]}, and cannot be used`
  );
}

/**
 * Says what to change before the next attempt.
 *
 * @param dir the folder that holds a checkpoint, if there is one
 */
function adviceFor(inFirstStep: boolean, dir?: string): string {
  if (inFirstStep) {
    return (
      'No step had changed anything before, so the cause is in the initial weights, the batch or the ' +
      'loss function'
    );
  }
  return (
    `Start again${dir ? ` from the checkpoint in ${dir}` : ''} with a lower learning rate, a ` +
    'longer warm-up or a lower maxNorm'
  );
}
