/** AdamW (Loshchilov and Hutter 2019, "Decoupled weight decay regularization"). */
import { applyAdam, tf } from '../backend';
import { checkNumber } from '../core/checks';
import { variable, type ParameterMap } from '../nn';

export interface AdamWOptions {
  /** Learning rate; default 0.001, as in PyTorch. */
  learningRate?: number;
  /** Decay rate of the mean gradient, from 0 to below 1; default 0.9. */
  beta1?: number;
  /** Decay rate of the mean squared gradient, from 0 to below 1; default 0.999. */
  beta2?: number;
  /** Added to the root of the mean squared gradient, above 0; default 1e-8. */
  epsilon?: number;
  /** Share of each weight, times the learning rate, that a step subtracts; default 0.01. */
  weightDecay?: number;
  /** Which parameters decay; default those with two axes or more, so neither biases nor norms. */
  decays?: (name: string, parameter: tf.Variable) => boolean;
}

/**
 * Adam with decoupled weight decay. A parameter that decays is first multiplied by 1 − learningRate
 * · weightDecay. Then every parameter takes Adam's step: the learning rate times the mean gradient,
 * divided by the root of the mean squared gradient. The whole state is in variables, so that a step
 * can be compiled and its state saved.
 */
export class AdamW {
  /** Scalar; change it with `assign`, as the training loop does for a schedule. */
  readonly learningRate: tf.Variable;
  readonly weightDecay: number;
  private readonly constants: { beta1: number; beta2: number; epsilon: number };
  /** beta1 and beta2 to the power of the number of steps, for Adam's bias correction. */
  private readonly powers: { beta1: tf.Variable; beta2: tf.Variable };
  private readonly slots: {
    name: string;
    parameter: tf.Variable;
    momentum: tf.Variable;
    variance: tf.Variable;
    decays: boolean;
  }[];

  /**
   * @param parameters the variables that it trains, by name
   * @throws RangeError if an option is out of range; Error if there are no parameters
   */
  constructor(parameters: ParameterMap, options: AdamWOptions = {}) {
    const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
    const { weightDecay = 0.01, decays = (_, parameter) => parameter.rank >= 2 } = options;
    checkNumber({ learningRate, weightDecay }, { from: 0, caller: 'AdamW' });
    checkNumber({ beta1, beta2 }, { from: 0, below: 1, caller: 'AdamW' });
    // With 0, a weight whose gradients were all 0 would become 0 / 0.
    checkNumber({ epsilon }, { above: 0, caller: 'AdamW' });
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

  /** The variables that it trains, in the order of the gradients of `step`. */
  get parameters(): ParameterMap {
    return Object.fromEntries(this.slots.map(({ name, parameter }) => [name, parameter]));
  }

  /**
   * Changes the parameters by one step.
   *
   * @param gradients one for each parameter
   * @param options.scale scalar that multiplies all gradients, for example to clip them
   * @param options.consume whether each gradient is freed as soon as it has been used, so that the
   *   next one can take its memory; by default the caller frees them
   * @throws Error if there is not one gradient for each parameter
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
      const decayFactor = tf.sub(1, learningRate.mul(this.weightDecay));
      this.slots.forEach(({ parameter, momentum, variance, decays }, i) => {
        tf.tidy(() => {
          const value = decays ? parameter.mul(decayFactor) : parameter;
          const gradient = scale ? gradients[i].mul(scale) : gradients[i];
          applyAdam(parameter, momentum, variance, gradient, value, scalars);
        });
        if (consume) gradients[i].dispose();
      });
    });
  }

  /**
   * The whole state, as the optimizer's own variables: both means of each parameter, and the powers
   * of the betas, because computing these again might give other bits.
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

  /** The constants on which its steps depend: a run can be resumed only with the same ones. */
  get settings() {
    const { weightDecay, constants } = this;
    const decays = this.slots.filter((slot) => slot.decays).map(({ name }) => name);
    return { ...constants, weightDecay, decays };
  }

  /** Frees the state, but not the parameters. */
  dispose(): void {
    tf.dispose([this.learningRate, this.state()]);
  }
}
