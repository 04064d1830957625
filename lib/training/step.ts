/** One training step as a function of tensors and variables, and the same compiled. */
import { compile, globalNorm, isRecording, tf, type Compiled } from '../backend';
import { checkNumber } from '../core/checks';
import type { TrainingStep } from '../nn';
import type { AdamW } from './adamw';
import { checkExamples, countTargets, IGNORE_INDEX, type Limits, type LossFunction } from './loss';

export interface StepBatch {
  /** (B, T) int32 */
  inputs: tf.Tensor2D;
  /** (B · T) or (B), int32 */
  targets: tf.Tensor1D;
  /** Turns dropout on. */
  training?: TrainingStep;
}

export interface StepResult {
  /** Mean loss before the step, in nats per target. */
  loss: tf.Scalar;
  /** Norm of all gradients together, before clipping. */
  gradNorm: tf.Scalar;
}

type StepFunction = Compiled<[batches: readonly StepBatch[], learningRate?: tf.Tensor], StepResult>;

/**
 * The factor by which clipping by global norm (Pascanu et al. 2013) multiplies the gradients:
 * maxNorm / (norm + 1e-6), at most 1, as in PyTorch's `clip_grad_norm_`.
 *
 * @param norm the norm of all gradients together, a scalar
 */
export function clipScale(norm: tf.Tensor, maxNorm: number): tf.Scalar {
  return tf.tidy(() => tf.minimum(tf.scalar(1), tf.div(maxNorm, norm.add(1e-6))));
}

/**
 * Checks the norm to which gradients are clipped. In other libraries 0 may turn clipping off; here
 * it would stop all learning.
 *
 * @throws RangeError if it is not positive
 */
export function checkMaxNorm(maxNorm: number): void {
  checkNumber({ maxNorm }, { above: 0, orInfinity: true });
}

/**
 * Checks the batches of a step. A step does this once, where its batches come in and before
 * anything is computed: `train` for the numbers of its loader, {@link trainStep} and {@link
 * compiledTrainStep} for the tensors that they are given.
 *
 * @throws Error if all targets are ignored, or an id or a target is outside the limits
 */
export function checkBatches(
  batches: readonly { inputs: ArrayLike<number>; targets: ArrayLike<number> }[],
  limits?: Limits,
): void {
  const counts = batches.map((batch) => checkExamples(batch, limits));
  if (counts.some((count) => count > 0)) return;
  const total = batches.reduce((sum, { targets }) => sum + targets.length, 0);
  throw new Error(
    `There is nothing to learn in this step: all of its ${total} targets are ${IGNORE_INDEX}, which ` +
      'is ignored. If prompts, which have no targets, fill their rows, allow longer rows (maxLength) ' +
      'or leave such examples out',
  );
}

/**
 * Checks the numbers in the tensors of a step. The tensors were made from numbers and have not been
 * used yet, so reading them does not wait for a GPU.
 */
function checkTensors(batches: readonly StepBatch[], { limits }: LossFunction): void {
  const numbers = batches.map(({ inputs, targets }) => ({
    inputs: limits ? inputs.dataSync() : [],
    targets: targets.dataSync(),
  }));
  checkBatches(numbers, limits);
}

/** {@link trainStep} without its checks. */
function uncheckedStep(
  optimizer: AdamW,
  losses: LossFunction,
  batches: readonly StepBatch[],
  maxNorm: number,
): StepResult {
  return tf.tidy(() => {
    const parameters = Object.entries(optimizer.parameters);
    const variables = parameters.map(([, variable]) => variable);
    let total: tf.Tensor = tf.scalar(0);
    let sums: tf.Tensor[] = [];
    for (const { inputs, targets, training } of batches) {
      const sumOfLosses = () => losses(inputs, targets, training).sum() as tf.Scalar;
      const { value, grads } = tf.variableGrads(sumOfLosses, variables);
      total = total.add(value);
      const gradients = parameters.map(([name, variable]) => {
        if (grads[variable.name]) return grads[variable.name];
        throw new Error(`The loss does not depend on ${name}: leave it out of the optimizer`);
      });
      if (sums.length === 0) {
        sums = gradients;
      } else {
        const earlierSums = sums;
        sums = gradients.map((gradient, i) => gradient.add(earlierSums[i]));
        tf.dispose([earlierSums, gradients]);
      }
    }
    const count = tf.addN(batches.map(({ targets }) => countTargets(targets)));
    const gradNorm = globalNorm(sums).div(count) as tf.Scalar;
    const scale = Number.isFinite(maxNorm)
      ? clipScale(gradNorm, maxNorm).div(count)
      : tf.div(1, count);
    optimizer.step(sums, { scale, consume: true });
    return { loss: total.div(count) as tf.Scalar, gradNorm };
  }) as unknown as StepResult;
}

/**
 * One step of the optimizer on the mean loss over all targets of all batches that are not ignored.
 * Several batches are gradient accumulation: they give the step of one large batch.
 *
 * @param maxNorm clips the gradients to this global norm; Infinity, the default, leaves them
 * @throws Error, with everything unchanged, if all targets are ignored, an id or a target is
 *   outside the limits of the loss, `maxNorm` is not positive, or the loss does not depend on one
 *   of the optimizer's parameters
 */
export function trainStep(
  optimizer: AdamW,
  losses: LossFunction,
  batches: readonly StepBatch[],
  maxNorm = Infinity,
): StepResult {
  checkMaxNorm(maxNorm);
  // While a computation is recorded, tensors have no values yet.
  if (!isRecording()) checkTensors(batches, losses);
  return uncheckedStep(optimizer, losses, batches, maxNorm);
}

/** {@link compiledTrainStep} without its checks. */
export function compileStep(optimizer: AdamW, losses: LossFunction, maxNorm: number): StepFunction {
  return compile((batches: readonly StepBatch[], learningRate?: tf.Tensor) => {
    if (learningRate) optimizer.learningRate.assign(learningRate);
    return uncheckedStep(optimizer, losses, batches, maxNorm);
  });
}

/**
 * {@link trainStep} as one TensorFlow graph, see {@link compile}. With TensorFlow it takes about
 * half the time for a small model; on other engines, or with `GPT_COMPILE=0`, it runs like
 * `trainStep`.
 *
 * @returns a function of the batches and, if it changes, the learning rate (scalar); the caller
 *   disposes it
 * @throws Error like `trainStep`
 */
export function compiledTrainStep(
  optimizer: AdamW,
  losses: LossFunction,
  maxNorm = Infinity,
): StepFunction {
  checkMaxNorm(maxNorm);
  const step = compileStep(optimizer, losses, maxNorm);
  return Object.assign(
    (batches: readonly StepBatch[], learningRate?: tf.Tensor) => {
      checkTensors(batches, losses);
      return step(batches, learningRate);
    },
    { dispose: step.dispose, explain: step.explain },
  );
}
