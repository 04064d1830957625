/** Fine-tuning on instructions with the training loop of chapter 5. */
import { LoRA, linearPlaces, type LoRAOptions } from '../lora';
import type { GPTModel } from '../model';
import {
  AdamW,
  fineTuningPlan,
  train,
  type Examples,
  type TrainingLoader,
  type TrainingResult,
  type TrainOptions,
} from '../training';

export type InstructionTuneOptions = Pick<
  TrainOptions,
  | 'epochs'
  | 'steps'
  | 'accumulate'
  | 'maxNorm'
  | 'evalEvery'
  | 'evalBatches'
  | 'seed'
  | 'signal'
  | 'quiet'
  | 'checkpoint'
  | 'onStep'
  | 'onEvaluation'
  | 'schedule'
> & {
  /**
   * Trains only low-rank corrections and merges them at the end; default: trains all parameters.
   */
  lora?: LoRAOptions;
  /**
   * Peak of the learning rate, which rises over the first tenth of the steps and then falls;
   * default 5e-5, which suits GPT-2.
   */
  learningRate?: number;
  /** Weight decay of AdamW; default 0.1. */
  weightDecay?: number;
};

/**
 * Trains a model, or a low-rank correction of it, to answer as the records do. The loaders are
 * usually `InstructionLoader`s. If memory is short, give the loader a smaller `batchSize` and set
 * `accumulate` here: 4 batches of 2 give the same step as one batch of 8.
 *
 * @throws Error like `train`
 */
export async function instructionTune(
  model: GPTModel,
  loader: TrainingLoader,
  validation: Iterable<Examples> | undefined,
  options: InstructionTuneOptions = {},
): Promise<TrainingResult> {
  const { lora: loraOptions, learningRate = 5e-5, weightDecay = 0.1, ...rest } = options;
  const plan = fineTuningPlan('instructionTune', { ...rest, learningRate }, loader.batches);
  const lora = loraOptions && new LoRA(linearPlaces(model), loraOptions);
  let optimizer: AdamW | undefined;
  try {
    const parameters = lora ? lora.parameters() : model.parameters();
    optimizer = new AdamW(parameters, { learningRate, weightDecay });
    const { schedule = plan.schedule } = rest;
    return await train({ ...rest, ...plan, schedule, model, loader, validation, optimizer });
  } finally {
    lora?.mergeIfFinite();
    optimizer?.dispose();
  }
}
