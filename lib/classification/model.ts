/** A GPT with a classification head. */
import { embeddingLookup, sparseCrossEntropy, tf } from '../backend';
import { checkWhole } from '../core/checks';
import {
  countLoraParameters,
  linearPlaces,
  loraSize,
  type LinearPlace,
  type LoRAOptions,
} from '../lora';
import { gptConfig, parameterShapes, type GPT2Name, type GPTConfig, type GPTModel } from '../model';
import { Linear, Module, prefixed, uniformInit, type ParameterMap, type TrainingStep } from '../nn';
import { IGNORE_INDEX, type LossFunction } from '../training';

/**
 * A GPT that answers with a class: in place of the head over the vocabulary it has a linear layer
 * with one output for each label, like Hugging Face's `GPT2ForSequenceClassification`, but with a
 * bias, as in Raschka's book.
 */
export class ClassificationModel extends Module {
  /** The head, (embDim, nLabels). LoRA replaces it. */
  score: Linear;

  /**
   * @param gpt is owned by this model from now on: `dispose` frees it too
   * @param options.seed for the head's initial weights, uniform in ±1/√embDim; default 0
   * @throws RangeError if there are fewer than 2 labels
   */
  constructor(
    readonly gpt: GPTModel,
    readonly nLabels: number,
    { seed = 0 }: { seed?: number } = {},
  ) {
    super();
    checkWhole({ nLabels }, { from: 2 });
    this.score = new Linear(gpt.config.embDim, nLabels, { init: uniformInit(seed) });
  }

  get config(): GPTConfig {
    return this.gpt.config;
  }

  /** Logits of the labels at every position: (B, T) int32 -> (B, T, nLabels) */
  forward(ids: tf.Tensor2D, { training }: { training?: TrainingStep } = {}): tf.Tensor3D {
    return tf.tidy(() => this.score.forward(this.gpt.hidden(ids, { training }))) as tf.Tensor3D;
  }

  /**
   * Logits at one position of each row: (B, T) int32 -> (B, nLabels)
   *
   * @param positions B numbers from 0 to T − 1; only a text's last token has attended to all of it
   */
  forwardAt(ids: tf.Tensor2D, positions: readonly number[]): tf.Tensor2D {
    return tf.tidy(() => {
      const [, T] = ids.shape;
      const hidden = this.gpt.hidden(ids); // (B, T, C)
      const flat = hidden.reshape([-1, this.gpt.config.embDim]) as tf.Tensor2D;
      const rows = tf.tensor1d(
        positions.map((position, i) => i * T + position),
        'int32',
      );
      return this.score.forward(embeddingLookup(flat, rows)); // (B, C) -> (B, nLabels)
    }) as tf.Tensor2D;
  }

  /**
   * The parameters by Hugging Face's names: `transformer.…`, `score.weight` (embDim, nLabels) and
   * `score.bias`.
   */
  parameters(): ParameterMap {
    return {
      ...prefixed('transformer.', this.gpt.parameters()),
      ...prefixed('score.', this.score.parameters()),
    };
  }
}

/** The linear layers of the blocks and the head, for a `LoRA`. */
export function classifierPlaces(model: ClassificationModel): LinearPlace[] {
  const score = {
    name: 'score',
    get: () => model.score,
    set: (layer: Linear) => void (model.score = layer),
  };
  const blocks = linearPlaces(model.gpt);
  return [...blocks.map((place) => ({ ...place, name: `transformer.${place.name}` })), score];
}

/**
 * The losses of a classifier: cross-entropy at the targets that are not IGNORE_INDEX, of which each
 * row of a `PaddedBatch` has one.
 */
export function classificationLosses(model: ClassificationModel): LossFunction {
  const { nLabels, gpt } = model;
  const losses: LossFunction = (inputs, targets, training) => {
    const logits = model.forward(inputs, { training });
    return sparseCrossEntropy(logits.reshape([-1, nLabels]), targets, IGNORE_INDEX);
  };
  return Object.assign(losses, { limits: { vocabSize: gpt.config.vocabSize, classes: nLabels } });
}

/**
 * The layers that fine-tuning changes; all others are frozen. An object stands for LoRA on all
 * layers.
 */
export type TrainedLayers = 'all' | 'last block' | 'head' | LoRAOptions;

/**
 * The parameters of these layers; `last block` includes the final norm and the head.
 *
 * @throws Error if `layers` is unknown
 */
export function trainedParameters(
  model: ClassificationModel,
  layers: Exclude<TrainedLayers, LoRAOptions>,
): ParameterMap {
  if (!['all', 'last block', 'head'].includes(layers)) {
    throw new Error(`layers must be "all", "last block", "head" or a LoRA, got "${layers}"`);
  }
  const parameters = Object.entries(model.parameters());
  const { nLayers } = model.gpt.config;
  return Object.fromEntries(parameters.filter(([name]) => isTrained(name, layers, nLayers)));
}

function isTrained(
  name: string,
  layers: Exclude<TrainedLayers, LoRAOptions>,
  nLayers: number,
): boolean {
  if (name.startsWith('score.')) return true;
  // A classifier does not use the head over the vocabulary, which an untied model has.
  if (layers === 'all') return name !== 'transformer.lm_head.weight';
  const prefixes = [`transformer.h.${nLayers - 1}.`, 'transformer.ln_f.'];
  return layers === 'last block' && prefixes.some((prefix) => name.startsWith(prefix));
}

/** Number of values that fine-tuning changes, without building the model. */
export function countTrained(
  config: GPT2Name | Partial<GPTConfig>,
  nLabels: number,
  layers: TrainedLayers,
): number {
  const complete = gptConfig(config);
  const { embDim, nLayers } = complete;
  if (typeof layers === 'object') {
    return countLoraParameters(config, layers.rank) + loraSize(layers.rank, embDim, nLabels);
  }
  return Object.entries(parameterShapes(complete))
    .filter(([name]) => isTrained(`transformer.${name}`, layers, nLayers))
    .reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), (embDim + 1) * nLabels);
}
