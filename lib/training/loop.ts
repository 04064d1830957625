/** The training loop: steps, evaluations, a plot that grows, and a clean stop. */
import { interruptible, tf } from '../backend';
import { livePlot, progress } from '../display';
import type { ParameterMap } from '../nn';
import type { GPTModel } from '../model';
import { AdamW } from './adamw';
import { hasCheckpoint, saveCheckpoint } from './checkpoint';
import { checkExamples, evaluate, nextTokenLosses, type Examples, type LossFunction } from './loss';
import type { LoaderState } from '../data';
import { plannedSteps, type Schedule } from './schedule';
import { checkMaxNorm, compiledTrainStep, type StepResult } from './step';

/** Gives batches for ever, and can be looked at from the start: `SlidingWindowLoader` is one. */
export interface TrainingLoader extends Iterable<Examples> {
  next(): Examples;
  state(): LoaderState;
  restore(state: LoaderState): void;
  /** Batches in an epoch. */
  readonly batches: number;
}

export interface Evaluation {
  /** Steps done. */
  step: number;
  /** Without dropout, on the first batches of the training loader. */
  trainLoss: number;
  /** Absent without validation data. */
  validationLoss?: number;
}

/** What happened, as plain numbers. */
export interface TrainingHistory {
  /** Steps done. */
  step: number;
  /** Tokens that the model was trained on. */
  tokens: number;
  /** Of each step: the loss before it, the norm before clipping, and the rate. */
  losses: number[];
  gradNorms: number[];
  learningRates: number[];
  evaluations: Evaluation[];
}

/** Why a training ended early. */
export type Stopped = 'interrupt' | 'abort' | 'SIGTERM';

export type TrainingResult = TrainingHistory & { stopped?: Stopped };

/** A step whose numbers are still tensors. */
type PendingStep = StepResult & { rate: number };

export interface TrainOptions {
  /** What is trained; with a `loss` of its own, anything that has such parameters. */
  model: GPTModel;
  loader: TrainingLoader;
  /** For evaluations. */
  validation?: Iterable<Examples>;
  /** How long: steps, or epochs of the loader. */
  steps?: number;
  epochs?: number;
  /** Default: AdamW with its defaults. Pass one to choose, and to keep its state. */
  optimizer?: AdamW;
  /** Default: the optimizer's rate throughout. */
  schedule?: Schedule;
  /** Clips the gradients to this global norm; default 1, Infinity for none. */
  maxNorm?: number;
  /** Batches whose gradients make one step; default 1. */
  accumulate?: number;
  /** Of dropout; default 0. */
  seed?: number;
  /** Evaluate before the first step, after each `evalEvery`, and after the last; default never. */
  evalEvery?: number;
  /** Batches in an evaluation; default 5. */
  evalBatches?: number;
  /** Read losses back every so many steps, for which a GPU has to wait; default 1. */
  logEvery?: number;
  /** Default: predicting each next token. */
  loss?: LossFunction;
  /** Stops the training within one step. */
  signal?: AbortSignal;
  /** Continues a training: what `train` returned, or a checkpoint holds. It is added to. */
  history?: TrainingHistory;
  /** Where to save the training, after how many steps each, and whenever it stops. */
  checkpoint?: { dir: string; every: number };
  /** Called after each step. */
  onStep?: (history: TrainingHistory) => void | Promise<void>;
  /** Called after each evaluation, as to show a sample. */
  onEvaluation?: (evaluation: Evaluation) => void | Promise<void>;
  /** Show nothing; default false. */
  quiet?: boolean;
}

/** An empty history, to train from the start. */
export function newHistory(): TrainingHistory {
  return { step: 0, tokens: 0, losses: [], gradNorms: [], learningRates: [], evaluations: [] };
}

/**
 * Trains a model. In a notebook it shows curves that grow and a bar with loss, learning rate,
 * gradient norm, speed and time left; headless one line for each evaluation, the same in each run.
 *
 * Gives way to the event loop before each step. SIGINT, which is JupyterLab's interrupt, or an
 * abort ends it within one step: it returns then too, with `stopped`, and the model keeps what it
 * has learned. SIGTERM does so where there is a checkpoint to save, and ends the process then.
 *
 * @throws Error when an option is impossible; when a batch cannot be learned from, before its step,
 * so that the model is as after the last one; when a loss or gradient is no finite number, naming
 * the step and what became of the weights
 */
export async function train(options: TrainOptions): Promise<TrainingResult> {
  const { model, loader, checkpoint, signal, onStep, quiet = false } = options;
  const { maxNorm = 1, accumulate = 1, seed = 0, logEvery = 1, evalEvery = Infinity } = options;
  const { loss = nextTokenLosses(model), history = newHistory() } = options;
  const steps = plannedSteps('train', options, loader.batches);
  const { evalBatches = 5 } = options;
  checkWhole({ logEvery, evalEvery, evalBatches, 'checkpoint.every': checkpoint?.every });
  if (!Number.isSafeInteger(seed)) {
    throw new Error(`train: seed must be a whole number, got ${seed}`);
  }
  checkMaxNorm(maxNorm);
  const limits = { vocabSize: (model as Partial<GPTModel>).config?.vocabSize, ...loss.limits };
  const optimizer = options.optimizer ?? new AdamW(model.parameters());
  const constant = optimizer.learningRate.dataSync()[0];
  if (!options.schedule && constant === 0) {
    throw new Error('train: with a learning rate of 0 nothing is learned');
  }
  const schedule = options.schedule ?? (() => constant);
  const step = compiledTrainStep(optimizer, loss, maxNorm);
  const begun = history.step;

  const report = quiet ? undefined : new Report(steps, history);
  const pending: PendingStep[] = [];
  const termination = new AbortController();
  const terminate = () => termination.abort();
  if (checkpoint) process.on('SIGTERM', terminate);
  const stop = signal ? AbortSignal.any([signal, termination.signal]) : termination.signal;
  const loop = interruptible(stop);
  let stopped: Stopped | undefined;
  try {
    await evaluateWhereDue();
    while (history.step < steps) {
      await loop.pause();
      takeStep();
      if (pending.length === logEvery || history.step === steps) readBack();
      await evaluateWhereDue();
      if (history.step === steps || history.step % (checkpoint?.every ?? Infinity) === 0) save();
      await onStep?.(history);
    }
  } catch (error) {
    if (termination.signal.aborted) stopped = 'SIGTERM';
    else if (signal?.aborted) stopped = 'abort';
    else if (error instanceof Error && error.name === 'AbortError') stopped = 'interrupt';
    else throw error;
    readBack();
    save();
  } finally {
    process.off('SIGTERM', terminate);
    loop.end();
    for (const { loss, gradNorm } of pending) tf.dispose([loss, gradNorm]);
    report?.finish(stopped);
    step.dispose();
    if (!options.optimizer) optimizer.dispose();
  }
  // Ends the process as if the signal had not been caught.
  if (stopped === 'SIGTERM') process.kill(process.pid, 'SIGTERM');
  return { ...history, stopped };

  function takeStep(): void {
    const batches = Array.from({ length: accumulate }, () => loader.next());
    for (const batch of batches) checkExamples(batch, limits);
    const rate = schedule(history.step);
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
      return { ...step(tensors, tf.scalar(rate)) };
    });
    pending.push({ ...result, rate });
    history.step++;
    for (const { shape } of batches) history.tokens += shape[0] * shape[1];
  }

  /** Moves the numbers of the last steps from the engine to the history. */
  function readBack(): void {
    if (!pending.length) return;
    const first = history.step - pending.length + 1;
    const steps = pending.splice(0).map(({ loss, gradNorm, rate }) => {
      const [lossRead, normRead] = [loss.dataSync()[0], gradNorm.dataSync()[0]];
      tf.dispose([loss, gradNorm]);
      return { loss: lossRead, gradNorm: normRead, rate };
    });
    steps.forEach(({ loss, gradNorm, rate }, i) => {
      for (const [name, value] of Object.entries({ loss, 'gradient norm': gradNorm })) {
        if (Number.isFinite(value)) continue;
        const dir = checkpoint && hasCheckpoint(checkpoint.dir) ? checkpoint.dir : undefined;
        const fromStart = first + i === begun + 1;
        const { parameters } = optimizer;
        const what = `the ${name} of step ${first + i} is ${value}`;
        throw notFinite(what, { parameters, fromStart, dir });
      }
      history.losses.push(loss);
      history.gradNorms.push(gradNorm);
      history.learningRates.push(rate);
      report?.loss(first + i, loss);
    });
    report?.progress();
  }

  async function evaluateWhereDue(): Promise<void> {
    const { step, evaluations } = history;
    const due = evalEvery < Infinity && (step % evalEvery === 0 || step === steps);
    if (!due || evaluations[evaluations.length - 1]?.step === step) return;
    readBack();
    const { validation } = options;
    const on = (examples: Iterable<Examples>) =>
      evaluate(model, examples, { batches: evalBatches, loss, signal: stop });
    const trainLoss = await on(loader);
    const evaluation: Evaluation = { step, trainLoss };
    if (validation) evaluation.validationLoss = await on(validation);
    evaluations.push(evaluation);
    report?.evaluation(evaluation);
    await options.onEvaluation?.(evaluation);
  }

  function save(): void {
    if (!checkpoint) return;
    readBack();
    saveCheckpoint(checkpoint.dir, { model, optimizer, loader, history, seed });
  }
}

function checkWhole(numbers: Record<string, number | undefined>): void {
  for (const [name, value = Infinity] of Object.entries(numbers)) {
    const never = value === Infinity && /(every|batches)$/i.test(name);
    if (never || (Number.isInteger(value) && value >= 1)) continue;
    throw new Error(`train: ${name} must be a positive whole number, got ${value}`);
  }
}

/** What became of a training whose numbers are no longer finite, and what to do. */
function notFinite(
  what: string,
  { parameters, fromStart, dir }: { parameters: ParameterMap; fromStart: boolean; dir?: string },
): Error {
  const all = Object.entries(parameters);
  const spoiled = all.filter(([, each]) => !tf.tidy(() => each.isFinite().all().dataSync()[0]));
  const state = spoiled.length
    ? `${spoiled.length} of the ${all.length} trained tensors hold NaN or Infinity now, such as ` +
      `${spoiled[0][0]}, and cannot be used`
    : 'The weights are finite still';
  const advice = fromStart
    ? 'No step had changed anything before, so the cause is in the weights that it began with, ' +
      'the batch or the loss function'
    : `Start again${dir ? ` from the checkpoint in ${dir}` : ''} with a lower learning rate, a ` +
      'longer warm-up or a lower maxNorm';
  return new Error(`Training stopped: ${what}. ${state}. ${advice}`);
}

const last = (values: readonly number[]) => values[values.length - 1];

/** What a training shows. */
class Report {
  private readonly curves = livePlot({
    title: 'Loss',
    xaxis: 'step',
    yaxis: 'cross-entropy',
    alt: 'The loss of each step, and the losses on training and validation data.',
  });
  private readonly bar;
  private readonly began;

  constructor(
    steps: number,
    private readonly history: TrainingHistory,
  ) {
    this.bar = progress(steps, { label: 'training', start: history.step });
    this.began = { time: Date.now(), tokens: history.tokens };
  }

  loss(step: number, loss: number): void {
    this.curves.add(step, { 'each step': loss });
  }

  progress(): void {
    const { step, tokens } = this.history;
    const seconds = (Date.now() - this.began.time) / 1000;
    const speed = Math.round((tokens - this.began.tokens) / seconds);
    this.bar.update(step, undefined, `${this.numbers()}, ${speed} tokens/s`);
  }

  evaluation({ step, trainLoss, validationLoss }: Evaluation): void {
    const losses: Record<string, number> = { train: trainLoss };
    if (validationLoss !== undefined) losses.validation = validationLoss;
    this.curves.add(step, losses);
    const parts = Object.entries(losses).map(([name, value]) => `${name} loss ${value.toFixed(3)}`);
    if (this.history.losses.length) parts.push(this.numbers());
    this.bar.update(step, parts.join(', '));
  }

  finish(stopped?: Stopped): void {
    const { step } = this.history;
    this.bar.finish(stopped && `stopped by ${stopped} after step ${step}`, step);
    this.curves.finish();
  }

  private numbers(): string {
    const { losses, learningRates, gradNorms } = this.history;
    return (
      `last step: loss ${last(losses).toFixed(3)}, ` +
      `learning rate ${last(learningRates).toExponential(1)}, ` +
      `gradient norm ${last(gradNorms).toFixed(2)}`
    );
  }
}
