/**
 * The building blocks of every model here: `Module`, which owns trainable parameters, the layers
 * `Linear`, `LayerNorm` and `Dropout`, and the initializers that draw the first weights.
 *
 * Shapes: C numbers per token.
 */
import { dropout, layerNorm, randomNormal, randomUniform, tf } from './backend';
import { checkNumber } from './core/checks';

/** Trainable variables by name. They are the model's own variables, not copies. */
export type ParameterMap = Record<string, tf.Variable>;

/** The same variables, with `prefix` before every name. */
export const prefixed = (prefix: string, parameters: ParameterMap): ParameterMap =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [prefix + name, value]));

/** A trainable variable that starts with the values that `make` returns; their tensor is freed. */
export function variable(make: () => tf.Tensor): tf.Variable {
  return tf.tidy(() => tf.variable(make()));
}

const shapeOf = (tensor: tf.Tensor): string => `(${tensor.shape.join(', ')})`;

/** A part of a model with trainable parameters, like PyTorch's `nn.Module`. */
export abstract class Module {
  private readonly attachedResources: { dispose(): void }[] = [];

  /** The trainable variables by name, always in the same order. */
  abstract parameters(): ParameterMap;

  /**
   * Copies values into the parameters: all of them, or none on an error. Tensors remain the
   * caller's to dispose.
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

  /** Disposes `resource` together with this module, for example a function compiled for it. */
  attach(resource: { dispose(): void }): void {
    this.attachedResources.push(resource);
  }

  /** Frees the parameters' memory. The module cannot be used afterwards. */
  dispose(): void {
    for (const resource of this.attachedResources.splice(0)) resource.dispose();
    tf.dispose(this.parameters());
  }
}

/**
 * Draws initial values. Every call draws new ones, so the weights of a layer depend on the order in
 * which layers are built.
 */
export interface Initializer {
  /** The weight of a linear layer, (inDim, outDim). */
  weight(inDim: number, outDim: number): tf.Tensor;
  /** The weight of a linear layer whose output is added to a shortcut, (inDim, outDim). */
  residual(inDim: number, outDim: number): tf.Tensor;
  /** The bias of a linear layer, (outDim). */
  bias(inDim: number, outDim: number): tf.Tensor;
  /** An embedding table, (rows, dim). */
  embedding(rows: number, dim: number): tf.Tensor;
}

/**
 * PyTorch's defaults: linear layers uniform in ±1/√inDim, both weight and bias, and embeddings
 * standard normal.
 */
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
 * one sequence, so no two layers start with the same weights, but every run of a program gets the
 * same ones.
 */
export const defaultInit = uniformInit(0);

/**
 * GPT-2's initial weights: normal with standard deviation 0.02, divided by √(2 · nLayers) in layers
 * whose output is added to a shortcut; biases are 0.
 */
function gpt2Init(seed: number, nLayers: number): Initializer {
  let draws = 0;
  const normal = (rows: number, columns: number, stdDev = 0.02) =>
    randomNormal([rows, columns], [seed, draws++], 0, stdDev);
  return {
    weight: (inDim, outDim) => normal(inDim, outDim),
    // 2 · nLayers layers add to one shortcut, and the size of their sum must not depend on depth.
    residual: (inDim, outDim) => normal(inDim, outDim, 0.02 / Math.sqrt(2 * nLayers)),
    bias: (_, outDim) => tf.zeros([outDim]),
    embedding: (rows, dim) => normal(rows, dim),
  };
}

/** Gives zeros and draws no random numbers, for models whose weights are loaded next. */
function zerosInit(): Initializer {
  const matrix = (rows: number, columns: number) => tf.zeros([rows, columns]);
  const bias = (_: number, outDim: number) => tf.zeros([outDim]);
  return { weight: matrix, residual: matrix, bias, embedding: matrix };
}

/** The initializers of a whole model, by name. */
export const initializers = { gpt2: gpt2Init, pytorch: uniformInit, zeros: zerosInit };

export interface LinearOptions {
  /** Whether a trained vector is added to the product; default true. */
  bias?: boolean;
  /** Whether the output is added to a shortcut, which some initializers consider; default false. */
  residual?: boolean;
  /**
   * Draws the initial weights; default {@link defaultInit}, which draws new ones for each layer.
   */
  init?: Initializer;
}

/** y = x W + b over the last axis. The weight is (inDim, outDim), as in GPT-2's files. */
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

/**
 * Layer normalisation (Ba et al. 2016): gives each token's vector mean 0 and variance 1, then
 * scales and shifts it by trained numbers.
 */
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
 * Marks a call as part of a training step, which turns dropout on. The dropped values depend on
 * these two numbers alone: a step that is repeated, or resumed from a checkpoint, drops the same
 * ones.
 */
export interface TrainingStep {
  seed: number;
  /** An int32 scalar in a compiled step, which is recorded once and replayed with other numbers. */
  step: number | tf.Tensor;
}

/** Dropout (Srivastava et al. 2014) at one place in a model. */
export class Dropout {
  /**
   * @param rate share of the values that are dropped, from 0 to below 1
   * @param place number of the place in the model: different places drop independently
   * @throws RangeError if the rate is out of range
   */
  constructor(
    readonly rate: number,
    readonly place = 0,
  ) {
    checkNumber({ rate }, { from: 0, below: 1, caller: 'Dropout' });
  }

  /** Any shape; returns `x` itself outside training. */
  forward(x: tf.Tensor, training?: TrainingStep): tf.Tensor {
    if (!training || this.rate === 0) return x;
    // The golden ratio spreads the places over all 32-bit seeds, away from those of the weights.
    const seed = (training.seed + Math.imul(this.place + 1, 0x9e3779b9)) | 0;
    if (typeof training.step === 'number') return dropout(x, this.rate, [seed, training.step]);
    const seedAndStep = tf.stack([tf.scalar(seed, 'int32'), training.step]);
    return dropout(x, this.rate, seedAndStep);
  }
}
