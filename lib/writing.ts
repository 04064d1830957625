/**
 * A model that can only write. Its weights are packed once, in four, two or one bytes each, and
 * operations of our own in C++ (`writing/native`) compute with them. A text is written one token at
 * a time, and each token reads every weight, so that the number of bytes decides the speed.
 *
 * If those operations were not compiled, if a graphics card computes, or with `GPT_OPS=0`, a model
 * with the same rounded weights computes like any other.
 */
import { NextLogits, type LogitsSource, type NextLogitsOptions, type TextModel } from './decoding';
import { parameterShapes, type GPTConfig, type GPTModel } from './model';
import { NativeLogits, NativeModel } from './writing/native-model';
import { findOps, type WritingOps } from './writing/ops';
import { roundedCopy, WEIGHT_TYPES, type WeightType } from './writing/rounding';

export { WEIGHT_TYPES, type WeightType } from './writing/rounding';

export interface WritingOptions {
  /**
   * How the matrices of weights are kept; default `float32`. Biases, normalisation and positions,
   * about a hundredth of all weights, stay in float32, and so do all sums.
   */
  weights?: WeightType;
}

/**
 * Takes the place of a model in `generate`, `generateBatch` and `generateText`. With the operations
 * in C++, the logits of a text depend neither on the number of threads nor on the texts beside it.
 */
export interface WritingModel extends TextModel {
  readonly weights: WeightType;
  /** One line for the screen: how it computes. */
  readonly description: string;
  /** Frees the memory. The model cannot be used afterwards. */
  dispose(): void;
}

/**
 * Packs a model's weights for writing. The model stays as it is and can be freed: nothing is shared.
 *
 * @throws Error if the type of weights is unknown, or if the model is more than a GPT-2, such as
 *   one with LoRA layers
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

/** @throws Error if the parameters do not match the configuration */
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

/** Computes with the same rounded weights, but keeps them as float32 and so saves no memory. */
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
