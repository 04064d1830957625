/** What `train` is asked, checked and completed by defaults. */
import type { LoaderState } from '../data';
import type { GPTModel } from '../model';
import type { AdamW } from './adamw';
import { newHistory, type TrainingHistory } from './history';
import { nextTokenLosses, type Examples, type LossFunction } from './loss';
import type { TrainingObserver } from './observer';
import { plannedSteps, type Schedule } from './schedule';
import { checkMaxNorm } from './step';

/** Yields batches indefinitely; iterating it starts at the first: `SlidingWindowLoader` is one. */
export interface TrainingLoader extends Iterable<Examples> {
  next(): Examples;
  state(): LoaderState;
  restore(state: LoaderState): void;
  /** Batches in an epoch. */
  readonly batches: number;
}

/** What is trained and how; its methods are those of an observer of the training. */
export interface TrainOptions extends TrainingObserver {
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
  /** Seed for dropout; default 0. */
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
  /** Show nothing; default false. */
  quiet?: boolean;
}

/** Everything that a training needs to know; only what it can do without may be absent. */
export type TrainingPlan = ReturnType<typeof planTraining>;

/** @throws Error when an option is impossible */
export function planTraining(options: TrainOptions) {
  const { model, loader, checkpoint, schedule, optimizer } = options;
  const { maxNorm = 1, accumulate = 1, seed = 0, logEvery = 1 } = options;
  const { evalEvery = Infinity, evalBatches = 5 } = options;
  const { loss = nextTokenLosses(model), history = newHistory() } = options;
  const steps = plannedSteps('train', options, loader.batches);
  checkWhole({ logEvery, evalEvery, evalBatches, 'checkpoint.every': checkpoint?.every });
  if (!Number.isSafeInteger(seed)) {
    throw new Error(`train: seed must be a whole number, got ${seed}`);
  }
  checkMaxNorm(maxNorm);
  if (!schedule && optimizer?.learningRate.dataSync()[0] === 0) {
    throw new Error('train: with a learning rate of 0 nothing is learned');
  }
  return {
    ...options,
    steps,
    history,
    loss,
    seed,
    maxNorm,
    accumulate,
    logEvery,
    evalEvery,
    evalBatches,
  };
}

function checkWhole(numbers: Record<string, number | undefined>): void {
  for (const [name, value = Infinity] of Object.entries(numbers)) {
    const never = value === Infinity && /(every|batches)$/i.test(name);
    if (never || (Number.isInteger(value) && value >= 1)) continue;
    throw new Error(`train: ${name} must be a positive whole number, got ${value}`);
  }
}
