/** What happened in a training, as plain numbers. */
export interface TrainingHistory {
  /** Steps done. */
  step: number;
  /** Tokens that the model was trained on. */
  tokens: number;
  /** The loss of each step, before its change of the weights. */
  losses: number[];
  /** The global norm of each step's gradients, before clipping. */
  gradNorms: number[];
  learningRates: number[];
  evaluations: Evaluation[];
}

export interface Evaluation {
  /** Steps done. */
  step: number;
  /** Without dropout, on the first batches of the training loader. */
  trainLoss: number;
  /** Absent without validation data. */
  validationLoss?: number;
}

/** An empty history, to train from the start. */
export function newHistory(): TrainingHistory {
  return { step: 0, tokens: 0, losses: [], gradNorms: [], learningRates: [], evaluations: [] };
}
