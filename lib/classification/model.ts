/** A GPT with a classification head. */
import { embeddingLookup, sparseCrossEntropy, tf } from '../backend';
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
 * A GPT that answers with a class: its blocks as they are, and in place of the head over the
 * vocabulary a linear layer with one output for each label, as Hugging Face's
 * `GPT2ForSequenceClassification` (whose `score` has no bias; ours has, as the reference course's).
 */
export class ClassificationModel extends Module {
  /** Replaceable, as by a low-rank adapter. */
  score: Linear;

  /**
   * @param gpt belongs to this model from now on: `dispose` frees it too
   * @param options.seed of the head's initial weights, uniform in ±1/√embDim; default 0
   */
  constructor(
    readonly gpt: GPTModel,
    readonly nLabels: number,
    { seed = 0 }: { seed?: number } = {},
  ) {
    super();
    if (!Number.isInteger(nLabels) || nLabels < 2) {
      throw new Error(`A classifier needs at least 2 labels, got ${nLabels}`);
    }
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
   * @param positions B numbers, 0 to T−1: under the causal mask only a text's last token saw it all
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

  /** By Hugging Face's names: `transformer.…`, then `score.weight` (embDim, nLabels) and its bias. */
  parameters(): ParameterMap {
    return {
      ...prefixed('transformer.', this.gpt.parameters()),
      ...prefixed('score.', this.score.parameters()),
    };
  }
}

/** The linear layers of the blocks, and the head. */
export function classifierPlaces(model: ClassificationModel): LinearPlace[] {
  const score = {
    name: 'score',
    get: () => model.score,
    set: (layer: Linear) => void (model.score = layer),
  };
  const blocks = linearPlaces(model.gpt);
  return [...blocks.map((place) => ({ ...place, name: `transformer.${place.name}` })), score];
}

/** The loss of a classifier: cross-entropy where a target is no IGNORE_INDEX, at the texts' last tokens. */
export function classificationLosses(model: ClassificationModel): LossFunction {
  const { nLabels, gpt } = model;
  const losses: LossFunction = (inputs, targets, training) => {
    const logits = model.forward(inputs, { training });
    return sparseCrossEntropy(logits.reshape([-1, nLabels]), targets, IGNORE_INDEX);
  };
  return Object.assign(losses, { limits: { vocabSize: gpt.config.vocabSize, classes: nLabels } });
}

/** Which layers a fine-tuning changes; the others are frozen. With an object, LoRA on all of them. */
export type TrainedLayers = 'all' | 'last block' | 'head' | LoRAOptions;

/**
 * The parameters of these layers: `last block` is the last block, the last norm and the head.
 *
 * @throws Error when there are no such layers
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
  // The language model's own head, where it is not the embedding, is no part of a classifier.
  if (layers === 'all') return name !== 'transformer.lm_head.weight';
  const last = [`transformer.h.${nLayers - 1}.`, 'transformer.ln_f.'];
  return layers === 'last block' && last.some((prefix) => name.startsWith(prefix));
}

/** How many values a fine-tuning changes, in a model that is not built for it. */
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
