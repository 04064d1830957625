/**
 * A model for writing and nothing else: its weights are packed once, in four, two or one byte each,
 * and computed with operations of our own in C++, `writing/native`. A text is written one token at a
 * time, and each token reads every weight, so that bytes are what counts.
 *
 * Where those operations are not to be had, with a graphics card, or with `GPT_OPS=0`, the same
 * rounded weights are computed as those of any other model.
 */
import { NextLogits, type LogitsSource, type NextLogitsOptions, type TextModel } from './decoding';
import { parameterShapes, type GPTConfig, type GPTModel } from './model';
import { NativeLogits, NativeModel } from './writing/native-model';
import { findOps, type WritingOps } from './writing/ops';
import { roundedCopy, WEIGHT_TYPES, type WeightType } from './writing/rounding';

export { WEIGHT_TYPES, type WeightType } from './writing/rounding';

export interface WritingOptions {
  /**
   * How the matrices of weights are kept; default `float32`. Biases, normalisation and positions, a
   * hundredth of them, stay in float32, and so do all sums.
   */
  weights?: WeightType;
}

/**
 * What `generate`, `generateBatch` and `generateText` take in the place of a model. Its logits do not
 * depend on the number of threads, nor on what is written beside a text.
 */
export interface WritingModel extends TextModel {
  readonly weights: WeightType;
  /** One line for the screen: how it computes. */
  readonly description: string;
  /** Frees the memory; it cannot be used afterwards. */
  dispose(): void;
}

/**
 * Packs a model's weights for writing. The model stays as it is and can be freed: nothing is shared.
 *
 * @throws Error for another type of weights, and when the model is more than a GPT-2, such as one
 *   with LoRA layers
 */
export function forWriting(
  model: GPTModel,
  { weights = 'float32' }: WritingOptions = {},
): WritingModel {
  if (!WEIGHT_TYPES.includes(weights)) {
    throw new Error(`weights is "${weights}"; expected one of ${WEIGHT_TYPES.join(', ')}`);
  }
  checkParameters(model);
  const found = findOps();
  if (!found.ops) return new ComposedWriting(model, weights, found.why);
  return new NativeWriting(readNative(model, found.ops, weights), weights, found.level);
}

/** @throws Error when the model has other parameters than its configuration says */
function checkParameters(model: GPTModel): void {
  const expected = parameterShapes(model.config);
  const parameters = model.parameters();
  const unknown = Object.keys(parameters).find((name) => !(name in expected));
  if (unknown !== undefined) {
    throw new Error(
      `The model has ${unknown}, which a GPT-2 has not: merge LoRA layers before writing with it`,
    );
  }
  for (const [name, shape] of Object.entries(expected)) {
    const got = name in parameters ? parameters[name].shape.join(', ') : 'nothing';
    if (got === shape.join(', ')) continue;
    throw new Error(`The model's ${name} is (${got}), expected (${shape.join(', ')})`);
  }
}

function readNative(model: GPTModel, ops: WritingOps, weights: WeightType): NativeModel {
  const parameters = model.parameters();
  const read = (name: string) =>
    name in parameters ? (parameters[name].dataSync() as Float32Array).slice() : null;
  return new NativeModel(model.config, ops, read, weights);
}

class NativeWriting implements WritingModel {
  readonly config: GPTConfig;
  readonly description: string;

  constructor(
    private readonly model: NativeModel,
    readonly weights: WeightType,
    level: string,
  ) {
    this.config = model.config;
    const megabytes = Math.round(model.bytes / 1e6);
    this.description = `${weights} weights (${megabytes} MB), own operations for ${level}`;
  }

  nextLogits(sequences: readonly (readonly number[])[], options: NextLogitsOptions): LogitsSource {
    return new NativeLogits(this.model, sequences, options);
  }

  dispose(): void {
    this.model.dispose();
  }
}

/** Its weights are restored to float32, so that it computes the same and saves no memory. */
class ComposedWriting implements WritingModel {
  readonly config: GPTConfig;
  readonly description: string;
  private readonly model: GPTModel;

  constructor(
    model: GPTModel,
    readonly weights: WeightType,
    why: string,
  ) {
    this.config = model.config;
    this.description = `${weights} weights, kept as float32, without own operations: ${why}`;
    this.model = roundedCopy(model, weights);
  }

  nextLogits(sequences: readonly (readonly number[])[], options: NextLogitsOptions): LogitsSource {
    return new NextLogits(this.model, sequences, options);
  }

  dispose(): void {
    this.model.dispose();
  }
}
