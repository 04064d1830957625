/**
 * The layers that every model here is made of: linear layers, layer norm and dropout, the modules
 * that own their parameters, and the ways in which weights start.
 *
 * Shapes: C numbers per token.
 */
import { dropout, layerNorm, randomNormal, randomUniform, tf } from './backend';

/** Trainable values by name: the live variables, not copies. */
export type ParameterMap = Record<string, tf.Variable>;

/** Puts `prefix` before every name. */
export const prefixed = (prefix: string, parameters: ParameterMap): ParameterMap =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [prefix + name, value]));

/** A trainable variable that starts with the values `make` returns. */
export function variable(make: () => tf.Tensor): tf.Variable {
  return tf.tidy(() => tf.variable(make()));
}

const shapeOf = (tensor: tf.Tensor): string => `(${tensor.shape.join(', ')})`;

/** A part of a model that has trainable parameters. */
export abstract class Module {
  private readonly attached: { dispose(): void }[] = [];

  /** The trainable values by name, always in the same order. */
  abstract parameters(): ParameterMap;

  /**
   * Copies values into the parameters, all or none. Tensors stay the caller's to dispose.
   *
   * @param values a tensor or nested arrays for each parameter, by name
   * @throws Error that names every missing, unknown and misshapen tensor
   */
  setParameters(values: Record<string, tf.Tensor | tf.TensorLike>): void {
    tf.tidy(() => {
      const parameters = this.parameters();
      const problems = Object.keys(values)
        .filter((name) => !(name in parameters))
        .map((name) => `${name} is unknown`);
      const tensors = Object.entries(parameters).map(([name, parameter]) => {
        if (!(name in values)) {
          problems.push(`${name} ${shapeOf(parameter)} is missing`);
          return parameter;
        }
        const value = values[name];
        const tensor = value instanceof tf.Tensor ? value : tf.tensor(value, undefined, 'float32');
        if (shapeOf(tensor) !== shapeOf(parameter)) {
          problems.push(`${name} has shape ${shapeOf(tensor)}, expected ${shapeOf(parameter)}`);
        }
        return tensor;
      });
      if (problems.length) throw new Error(`Parameters do not fit: ${problems.join('; ')}`);
      Object.values(parameters).forEach((parameter, i) => parameter.assign(tensors[i].clone()));
    });
  }

  /** Number of trainable values. */
  countParameters(): number {
    return Object.values(this.parameters()).reduce((sum, parameter) => sum + parameter.size, 0);
  }

  /** Frees `resource` together with this module, for example a function compiled for it. */
  attach(resource: { dispose(): void }): void {
    this.attached.push(resource);
  }

  /** Frees the parameters' memory. The module cannot be used afterwards. */
  dispose(): void {
    for (const resource of this.attached.splice(0)) resource.dispose();
    tf.dispose(this.parameters());
  }
}

/**
 * Draws initial values. Every call is a new draw, so the order in which layers are built determines
 * their weights.
 */
export interface Initializer {
  /** A linear layer's weight. */
  weight(inDim: number, outDim: number): tf.Tensor;
  /** The weight of a layer whose output is added to a shortcut. */
  residual(inDim: number, outDim: number): tf.Tensor;
  bias(inDim: number, outDim: number): tf.Tensor;
  embedding(rows: number, dim: number): tf.Tensor;
}

/** PyTorch's default for linear layers: uniform in ±1/√inDim, weight and bias alike. */
export function uniformInit(seed: number): Initializer {
  let draws = 0;
  const uniform = (shape: number[], inDim: number) =>
    randomUniform(shape, [seed, draws++], -1 / Math.sqrt(inDim), 1 / Math.sqrt(inDim));
  const weight = (inDim: number, outDim: number) => uniform([inDim, outDim], inDim);
  return {
    weight,
    residual: weight,
    bias: (inDim, outDim) => uniform([outDim], inDim),
    embedding: (rows, dim) => randomNormal([rows, dim], [seed, draws++]),
  };
}

/**
 * The initializer of layers that are built without one and without a seed. They all draw from this
 * one sequence, so no two of them start alike, yet the same program always gets the same weights.
 */
export const defaultInit = uniformInit(0);

/**
 * As GPT-2 starts: normal with standard deviation 0.02, divided by √(2 · nLayers) where a layer adds
 * to a shortcut, and biases 0.
 */
function gpt2Init(seed: number, nLayers: number): Initializer {
  let draws = 0;
  const normal = (rows: number, columns: number, stdDev = 0.02) =>
    randomNormal([rows, columns], [seed, draws++], 0, stdDev);
  return {
    weight: (inDim, outDim) => normal(inDim, outDim),
    // 2 · nLayers layers add to one shortcut: this keeps the sum's size independent of depth.
    residual: (inDim, outDim) => normal(inDim, outDim, 0.02 / Math.sqrt(2 * nLayers)),
    bias: (_, outDim) => tf.zeros([outDim]),
    embedding: (rows, dim) => normal(rows, dim),
  };
}

/** Zeros without drawing anything, for weights that are about to be loaded. */
function zerosInit(): Initializer {
  const matrix = (rows: number, columns: number) => tf.zeros([rows, columns]);
  const bias = (_: number, outDim: number) => tf.zeros([outDim]);
  return { weight: matrix, residual: matrix, bias, embedding: matrix };
}

/** The ways in which a whole model's weights can start, by name. */
export const initializers = { gpt2: gpt2Init, pytorch: uniformInit, zeros: zerosInit };

export interface LinearOptions {
  /** Adds a trained vector to the product; default true. */
  bias?: boolean;
  /** The output is added to a shortcut, which some initializers take into account; default false. */
  residual?: boolean;
  /** Draws the initial weights; by default different ones for each layer, see {@link defaultInit}. */
  init?: Initializer;
}

/** y = x W + b, over the last axis. The weight is (inDim, outDim), as in GPT-2's files. */
export class Linear extends Module {
  readonly weight: tf.Variable;
  readonly bias?: tf.Variable;

  constructor(
    readonly inDim: number,
    readonly outDim: number,
    { bias = true, residual = false, init = defaultInit }: LinearOptions = {},
  ) {
    super();
    const draw = residual ? init.residual : init.weight;
    this.weight = variable(() => draw(inDim, outDim));
    if (bias) this.bias = variable(() => init.bias(inDim, outDim));
  }

  /** (..., inDim) -> (..., outDim) */
  forward(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const rows = x.reshape([-1, this.inDim]); // one large product instead of many small ones
      const product = tf.matMul(rows, this.weight);
      const y = this.bias ? product.add(this.bias) : product;
      return y.reshape([...x.shape.slice(0, -1), this.outDim]);
    });
  }

  parameters(): ParameterMap {
    return this.bias ? { weight: this.weight, bias: this.bias } : { weight: this.weight };
  }
}

/** Normalises each token's vector, then scales and shifts it by trained numbers (Ba et al. 2016). */
export class LayerNorm extends Module {
  readonly weight: tf.Variable;
  readonly bias: tf.Variable;

  constructor(embDim: number) {
    super();
    this.weight = variable(() => tf.ones([embDim]));
    this.bias = variable(() => tf.zeros([embDim]));
  }

  /** (..., C) -> (..., C) */
  forward(x: tf.Tensor): tf.Tensor {
    return layerNorm(x, this.weight, this.bias);
  }

  parameters(): ParameterMap {
    return { weight: this.weight, bias: this.bias };
  }
}

/**
 * Marks a call as a training step, which turns dropout on. What is dropped depends on these two
 * numbers alone: a step that is repeated, or resumed from a checkpoint, drops the same values.
 */
export interface TrainingStep {
  seed: number;
  /** An int32 scalar where the step is recorded once and replayed with other numbers. */
  step: number | tf.Tensor;
}

/** Dropout at one place of a model. Places with different numbers drop independently. */
export class Dropout {
  /** @throws Error when the rate is not in [0, 1) */
  constructor(
    readonly rate: number,
    readonly place = 0,
  ) {
    if (!(rate >= 0 && rate < 1)) throw new Error(`A dropout rate lies in [0, 1), got ${rate}`);
  }

  /** `x` itself outside training. */
  forward(x: tf.Tensor, training?: TrainingStep): tf.Tensor {
    if (!training || this.rate === 0) return x;
    // The golden ratio spreads the places over the 32-bit seeds, far from those of weights.
    const seed = (training.seed + Math.imul(this.place + 1, 0x9e3779b9)) | 0;
    if (typeof training.step === 'number') return dropout(x, this.rate, [seed, training.step]);
    const pair = tf.stack([tf.scalar(seed, 'int32'), training.step]);
    return dropout(x, this.rate, pair);
  }
}
