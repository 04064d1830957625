/** The options of `train`: checked, and completed with defaults. */
import { checkPositive, checkWhole } from '../core/checks';
import type { LoaderState } from '../data';
import type { GPTModel } from '../model';
import type { AdamW } from './adamw';
import { newHistory, type TrainingHistory } from './history';
import { nextTokenLosses, type Examples, type LossFunction } from './loss';
import type { TrainingObserver } from './observer';
import { plannedSteps, type Schedule } from './schedule';
import { checkMaxNorm } from './step';

/**
 * Gives batches for training, such as a `SlidingWindowLoader`: `next()` never ends, and iterating
 * covers one epoch.
 */
export interface TrainingLoader extends Iterable<Examples> {
  next(): Examples;
  state(): LoaderState;
  restore(state: LoaderState): void;
  /** Number of batches in an epoch. */
  readonly batches: number;
}

/** The parts and settings of a training; the methods are those of an observer. */
export interface TrainOptions extends TrainingObserver {
  /** The model; with your own `loss`, it may be anything that has such parameters. */
  model: GPTModel;
  loader: TrainingLoader;
  /** Data to evaluate on, besides the training data. */
  validation?: Iterable<Examples>;
  /** Total number of steps, including those of a continued training. Give this or `epochs`. */
  steps?: number;
  /** Total number of passes over the loader's batches, in place of `steps`. */
  epochs?: number;
  /**
   * Default: a new AdamW with its defaults. Pass your own to choose options or to keep its state.
   */
  optimizer?: AdamW;
  /** Learning rate of each step; default: the optimizer's own rate throughout. */
  schedule?: Schedule;
  /** Clips the gradients to this global norm; default 1, Infinity for none. */
  maxNorm?: number;
  /** Number of batches whose gradients are added up for one step; default 1. */
  accumulate?: number;
  /** Seed for dropout; default 0. */
  seed?: number;
  /**
   * Evaluate before the first step, after every `evalEvery` steps, and after the last; default
   * Infinity, which means never.
   */
  evalEvery?: number;
  /** Number of batches in an evaluation; default 5. */
  evalBatches?: number;
  /** Steps between two readings of the losses, for which a GPU has to wait; default 1. */
  logEvery?: number;
  /** Default: predicting each next token. */
  loss?: LossFunction;
  /** Stops the training within one step. */
  signal?: AbortSignal;
  /**
   * Continues a training: the history that `train` returned or a checkpoint holds. It is extended.
   */
  history?: TrainingHistory;
  /** Saves the training in the folder `dir` after each `every` steps, and whenever it stops. */
  checkpoint?: { dir: string; every: number };
  /** Whether to show nothing; default false. */
  quiet?: boolean;
}

/** Options with their defaults: everything that a training needs. */
export type TrainingPlan = ReturnType<typeof planTraining>;

/**
 * Checks options and fills in defaults.
 *
 * @throws Error if one is missing, wrong, or teaches nothing
 */
export function planTraining(options: TrainOptions) {
  const { model, loader, checkpoint, schedule, optimizer } = options;
  const { maxNorm = 1, accumulate = 1, seed = 0, logEvery = 1 } = options;
  const { evalEvery = Infinity, evalBatches = 5, history = newHistory() } = options;
  const steps = plannedSteps('train', options, loader.batches);
  const intervals = { evalEvery, evalBatches, 'checkpoint.every': checkpoint?.every ?? Infinity };
  checkPositive(intervals, { orInfinity: true, caller: 'train' });
  checkPositive({ logEvery }, { caller: 'train' });
  checkWhole({ seed }, { caller: 'train' });
  checkMaxNorm(maxNorm);
  if (!schedule && optimizer?.learningRate.dataSync()[0] === 0) {
    throw new Error('train: with a learning rate of 0 nothing is learned');
  }
  return {
    ...options,
    steps,
    history,
    loss: withVocabulary(options.loss ?? nextTokenLosses(model), model),
    seed,
    maxNorm,
    accumulate,
    logEvery,
    evalEvery,
    evalBatches,
  };
}

/** The loss, whose inputs are limited to the model's vocabulary unless it has its own limit. */
function withVocabulary(loss: LossFunction, model: Partial<GPTModel>): LossFunction {
  const limited: LossFunction = (...batch) => loss(...batch);
  return Object.assign(limited, {
    limits: { vocabSize: model.config?.vocabSize, ...loss.limits },
  });
}
