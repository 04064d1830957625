/**
 * Training: losses, AdamW, learning rate schedules, the training loop, and checkpoints. Built in
 * notebook 5.
 */
export {
  crossEntropy,
  evaluate,
  IGNORE_INDEX,
  nextTokenLosses,
  perplexity,
  type EvaluateOptions,
  type Examples,
  type Limits,
  type LossFunction,
} from './training/loss';
export { AdamW, type AdamWOptions } from './training/adamw';
export {
  cosineSchedule,
  fineTuningPlan,
  trapezoidSchedule,
  type CosineOptions,
  type Schedule,
  type TrapezoidOptions,
} from './training/schedule';
export {
  clipScale,
  compiledTrainStep,
  trainStep,
  type StepBatch,
  type StepResult,
} from './training/step';
export { newHistory, type Evaluation, type TrainingHistory } from './training/history';
export type { Stopped, TrainingObserver } from './training/observer';
export type { TrainingLoader, TrainOptions } from './training/options';
export type { TrainingResult } from './training/loop';
export { train } from './training/train';
export { trainOrLoad, type ResultStorage } from './training/train-or-load';
export { type TrainedModel } from './training/trained-models';
export {
  hasCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
  thisEngine,
  type Checkpoint,
  type Engine,
  type TrainingState,
} from './training/checkpoint';
