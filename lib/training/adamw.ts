/** AdamW (Loshchilov and Hutter 2019, "Decoupled weight decay regularization"). */
import { applyAdam, tf } from '../backend';
import { variable, type ParameterMap } from '../nn';

export interface AdamWOptions {
  /** Default 0.001, as PyTorch's. */
  learningRate?: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  /** Share of a weight taken off at each step, times the learning rate; default 0.01. */
  weightDecay?: number;
  /** Which parameters decay; default those of two axes: no biases and no norms. */
  decays?: (name: string, parameter: tf.Variable) => boolean;
}

/**
 * Adam with decoupled weight decay: each parameter first shrinks by learningRate · weightDecay,
 * then takes Adam's step, which divides the mean gradient by the root of the mean squared one.
 * Everything it remembers is in variables, so that a step can be recorded and its state saved.
 */
export class AdamW {
  /** Change it with `assign`, as a schedule does. */
  readonly learningRate: tf.Variable;
  readonly weightDecay: number;
  private readonly constants: { beta1: number; beta2: number; epsilon: number };
  private readonly powers: { beta1: tf.Variable; beta2: tf.Variable };
  private readonly slots: {
    name: string;
    parameter: tf.Variable;
    momentum: tf.Variable;
    variance: tf.Variable;
    decays: boolean;
  }[];

  /**
   * @param parameters what it trains
   * @throws Error when an option is outside its range
   */
  constructor(parameters: ParameterMap, options: AdamWOptions = {}) {
    const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
    const { weightDecay = 0.01, decays = (_, parameter) => parameter.rank >= 2 } = options;
    const below1 = { beta1, beta2 };
    for (const [name, value] of Object.entries({ learningRate, epsilon, weightDecay, ...below1 })) {
      if (!(value >= 0) || value === Infinity || (name in below1 && value >= 1)) {
        const range = name in below1 ? 'in [0, 1)' : 'of at least 0';
        throw new Error(`AdamW: ${name} must be a number ${range}, got ${value}`);
      }
    }
    // A weight that never had a gradient would become 0 / 0.
    if (epsilon === 0) throw new Error('AdamW: epsilon must be above 0, got 0');
    if (!Object.keys(parameters).length) throw new Error('AdamW has no parameters to train');
    const scalar = (value: number) => variable(() => tf.scalar(value));
    this.weightDecay = weightDecay;
    this.learningRate = scalar(learningRate);
    this.powers = { beta1: scalar(1), beta2: scalar(1) };
    this.constants = { beta1, beta2, epsilon };
    this.slots = Object.entries(parameters).map(([name, parameter]) => ({
      name,
      parameter,
      decays: weightDecay > 0 && decays(name, parameter),
      momentum: variable(() => tf.zerosLike(parameter)),
      variance: variable(() => tf.zerosLike(parameter)),
    }));
  }

  /** What it trains, in the order of `step`'s gradients. */
  get parameters(): ParameterMap {
    return Object.fromEntries(this.slots.map(({ name, parameter }) => [name, parameter]));
  }

  /**
   * Changes the parameters by one step.
   *
   * @param gradients one for each parameter; the caller's to dispose, unless `consume` is set: then
   *   each is freed once it is used, before the next one needs memory
   * @param options.scale multiplies all gradients, as clipping does; scalar
   */
  step(
    gradients: readonly tf.Tensor[],
    { scale, consume = false }: { scale?: tf.Tensor; consume?: boolean } = {},
  ): void {
    if (gradients.length !== this.slots.length) {
      throw new Error(
        `AdamW has ${this.slots.length} parameters, got ${gradients.length} gradients`,
      );
    }
    tf.tidy(() => {
      const { powers, learningRate } = this;
      const constants = {
        beta1: tf.scalar(this.constants.beta1),
        beta2: tf.scalar(this.constants.beta2),
        epsilon: tf.scalar(this.constants.epsilon),
      };
      powers.beta1.assign(powers.beta1.mul(constants.beta1));
      powers.beta2.assign(powers.beta2.mul(constants.beta2));
      const scalars = {
        ...constants,
        learningRate,
        beta1Power: powers.beta1,
        beta2Power: powers.beta2,
      };
      const kept = tf.sub(1, learningRate.mul(this.weightDecay));
      this.slots.forEach(({ parameter, momentum, variance, decays }, i) => {
        tf.tidy(() => {
          const value = decays ? parameter.mul(kept) : parameter;
          const gradient = scale ? gradients[i].mul(scale) : gradients[i];
          applyAdam(parameter, momentum, variance, gradient, value, scalars);
        });
        if (consume) gradients[i].dispose();
      });
    });
  }

  /**
   * Everything it remembers, as live variables: both means of each parameter and the powers of
   * the betas, which a restored run needs bit for bit and not computed anew.
   */
  state(): ParameterMap {
    const state: ParameterMap = {
      'beta1.power': this.powers.beta1,
      'beta2.power': this.powers.beta2,
    };
    for (const { name, momentum, variance } of this.slots) {
      state[`${name}.momentum`] = momentum;
      state[`${name}.variance`] = variance;
    }
    return state;
  }

  /** What its steps depend on beside its state and the rate: a run goes on only with the same. */
  get settings() {
    const { weightDecay, constants } = this;
    const decays = this.slots.filter((slot) => slot.decays).map(({ name }) => name);
    return { ...constants, weightDecay, decays };
  }

  /** Frees its state; the parameters stay. */
  dispose(): void {
    tf.dispose([this.learningRate, this.state()]);
  }
}
