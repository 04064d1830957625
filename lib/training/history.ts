/** The record of a training, as plain numbers. */

export interface TrainingHistory {
  /** Number of steps taken. */
  step: number;
  /** Number of tokens that the model was trained on. */
  tokens: number;
  /** The loss of each step in nats per target, computed before the step changes the weights. */
  losses: number[];
  /** The global norm of each step's gradients, before clipping. */
  gradNorms: number[];
  /** The learning rate of each step. */
  learningRates: number[];
  evaluations: Evaluation[];
}

export interface Evaluation {
  /** Number of steps taken before it. */
  step: number;
  /** Mean loss on the first batches of the training loader, without dropout; nats per target. */
  trainLoss: number;
  /** The mean loss on validation data; absent if there are none. */
  validationLoss?: number;
}

/** An empty history, for a training that starts at its first step. */
export function newHistory(): TrainingHistory {
  return { step: 0, tokens: 0, losses: [], gradNorms: [], learningRates: [], evaluations: [] };
}
