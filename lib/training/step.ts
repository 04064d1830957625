/** One training step as a function of tensors and variables alone, and the same compiled. */
import { compile, globalNorm, isRecording, tf, type Compiled } from '../backend';
import type { TrainingStep } from '../nn';
import type { AdamW } from './adamw';
import { checkExamples, countTargets, IGNORE_INDEX, type LossFunction } from './loss';

export interface StepBatch {
  /** (B, T) int32 */
  inputs: tf.Tensor2D;
  /** (B · T) or (B), int32 */
  targets: tf.Tensor1D;
  training?: TrainingStep;
}

export interface StepResult {
  /** Mean loss before the step. */
  loss: tf.Scalar;
  /** Of all gradients together, before clipping. */
  gradNorm: tf.Scalar;
}

/**
 * What clipping by global norm (Pascanu et al. 2013) multiplies the gradients by, as PyTorch's
 * `clip_grad_norm_`: maxNorm / (norm + 1e-6), at most 1.
 */
export function clipScale(norm: tf.Tensor, maxNorm: number): tf.Scalar {
  return tf.tidy(() => tf.minimum(tf.scalar(1), tf.div(maxNorm, norm.add(1e-6))));
}

/** @throws Error when it is not positive: 0 means no clipping elsewhere, and here no learning */
export function checkMaxNorm(maxNorm: number): void {
  if (maxNorm > 0) return;
  throw new Error(`maxNorm must be a positive number, or Infinity for no clipping, got ${maxNorm}`);
}

/** Reads the tensors on this side: made from numbers and not used yet, they are still here. */
function checkBatches(batches: readonly StepBatch[], { limits }: LossFunction): void {
  let [count, all] = [0, 0];
  for (const { inputs, targets } of batches) {
    const numbers = { inputs: limits ? inputs.dataSync() : [], targets: targets.dataSync() };
    count += checkExamples(numbers, limits);
    all += targets.size;
  }
  if (count > 0) return;
  throw new Error(
    `There is nothing to learn in this step: none of its ${all} targets counts, all are ` +
      `${IGNORE_INDEX}. Where prompts have no targets, they fill their rows: allow longer rows ` +
      '(maxLength), or leave such examples out',
  );
}

/**
 * One step of the optimizer on the mean loss over all targets of all batches: several batches are
 * gradient accumulation, and give the step of one large batch.
 *
 * @param maxNorm clips the gradients to this global norm; Infinity leaves them
 * @throws Error, and nothing has changed, when no target of the batches counts, one is outside the
 *   limits of the loss, `maxNorm` is not positive, or the loss does not depend on one of the
 *   optimizer's parameters
 */
export function trainStep(
  optimizer: AdamW,
  losses: LossFunction,
  batches: readonly StepBatch[],
  maxNorm = Infinity,
): StepResult {
  checkMaxNorm(maxNorm);
  if (!isRecording()) checkBatches(batches, losses);
  return tf.tidy(() => {
    const parameters = Object.entries(optimizer.parameters);
    const variables = parameters.map(([, variable]) => variable);
    let total: tf.Tensor = tf.scalar(0);
    let gradients: tf.Tensor[] | undefined;
    for (const { inputs, targets, training } of batches) {
      const sum = () => losses(inputs, targets, training).sum() as tf.Scalar;
      const { value, grads } = tf.variableGrads(sum, variables);
      total = total.add(value);
      const fresh = parameters.map(([name, variable]) => {
        if (grads[variable.name]) return grads[variable.name];
        throw new Error(`The loss does not depend on ${name}: leave it out of the optimizer`);
      });
      const before = gradients;
      gradients = before ? fresh.map((gradient, i) => gradient.add(before[i])) : fresh;
      tf.dispose(before ? [before, fresh] : []);
    }
    const count = tf.addN(batches.map(({ targets }) => countTargets(targets)));
    const gradNorm = globalNorm(gradients ?? []).div(count) as tf.Scalar;
    const scale = Number.isFinite(maxNorm)
      ? clipScale(gradNorm, maxNorm).div(count)
      : tf.div(1, count);
    optimizer.step(gradients ?? [], { scale, consume: true });
    return { loss: total.div(count) as tf.Scalar, gradNorm };
  }) as unknown as StepResult;
}

/**
 * {@link trainStep} as one TensorFlow graph, see {@link compile}. With TensorFlow it takes about
 * half the time for a small model; elsewhere, or with `GPT_COMPILE=0`, it is `trainStep` itself.
 *
 * @returns takes the batches, and the learning rate where it changes (scalar); dispose it in the end
 * @throws Error as `trainStep`
 */
export function compiledTrainStep(
  optimizer: AdamW,
  losses: LossFunction,
  maxNorm = Infinity,
): Compiled<[batches: readonly StepBatch[], learningRate?: tf.Tensor], StepResult> {
  checkMaxNorm(maxNorm);
  const step = compile((batches: readonly StepBatch[], learningRate?: tf.Tensor) => {
    if (learningRate) optimizer.learningRate.assign(learningRate);
    return trainStep(optimizer, losses, batches, maxNorm);
  });
  return Object.assign(
    (batches: readonly StepBatch[], learningRate?: tf.Tensor) => {
      checkBatches(batches, losses);
      return step(batches, learningRate);
    },
    { dispose: step.dispose, explain: step.explain },
  );
}
