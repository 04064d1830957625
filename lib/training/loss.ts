/** Losses: cross-entropy, perplexity, and the mean loss over a data set. */
import { checkTargets, sparseCrossEntropy, tf } from '../backend';
import { checkPositive } from '../core/checks';
import { pause, withInterrupt } from '../core/interrupt';
import type { TrainingStep } from '../nn';
import type { GPTModel } from '../model';

/** A target with this value is ignored, as in PyTorch. */
export const IGNORE_INDEX = -100;

/** A batch as plain numbers: `targets` has one number for each of `inputs`, or one for each row. */
export interface Examples {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** [batch, tokens] of `inputs`. */
  readonly shape: readonly [number, number];
}

/** Computes the losses of a batch. */
export interface LossFunction {
  /**
   * @param inputs (B, T) int32
   * @param targets (B · T), or (B) if each row has one; int32
   * @param training given in a training step, see `GPTModel.forward`
   * @returns one loss for each target, in nats; 0 for an ignored target
   */
  (inputs: tf.Tensor2D, targets: tf.Tensor1D, training?: TrainingStep): tf.Tensor;
  /**
   * Training and evaluation check batches against these limits, with the same errors on all
   * engines.
   */
  readonly limits?: Limits;
}

/** Inputs must be below `vocabSize`, and targets that are not ignored below `classes`. */
export interface Limits {
  readonly vocabSize?: number;
  readonly classes?: number;
}

/** The losses of predicting each next token, on which a language model is trained. */
export function nextTokenLosses(model: GPTModel): LossFunction {
  const { vocabSize } = model.config;
  const losses: LossFunction = (inputs, targets, training) => {
    const logits = model.forward(inputs, { training });
    return sparseCrossEntropy(logits.reshape([-1, vocabSize]), targets, IGNORE_INDEX);
  };
  return Object.assign(losses, { limits: { vocabSize, classes: vocabSize } });
}

/**
 * Checks the numbers of a batch before an engine gets them.
 *
 * @returns the number of targets that are not ignored
 * @throws Error that names the first id or target outside the limits
 */
export function checkExamples(
  { inputs, targets }: { inputs: ArrayLike<number>; targets: ArrayLike<number> },
  { vocabSize, classes }: Limits = {},
): number {
  for (let i = 0; vocabSize !== undefined && i < inputs.length; i++) {
    if (Number.isInteger(inputs[i]) && inputs[i] >= 0 && inputs[i] < vocabSize) continue;
    throw new Error(`Token id ${inputs[i]} is outside [0, ${vocabSize}), the vocabulary`);
  }
  if (classes !== undefined) return checkTargets(targets, classes, IGNORE_INDEX);
  let count = 0;
  for (let i = 0; i < targets.length; i++) if (targets[i] !== IGNORE_INDEX) count++;
  return count;
}

/** Number of targets that are not ignored, as a float32 scalar. */
export function countTargets(targets: tf.Tensor, ignoreIndex = IGNORE_INDEX): tf.Scalar {
  return tf.tidy(() => targets.notEqual(ignoreIndex).sum().cast('float32'));
}

/**
 * Mean of −log softmax(logits)[target] in nats, over the targets that are not ignored; NaN if all
 * are, as in PyTorch.
 *
 * @param logits (..., classes)
 * @param targets (...), int32 tensor or nested arrays
 * @param options.ignoreIndex targets with this value are ignored; default −100
 * @throws Error if the shapes do not fit, or if a target is not a class
 */
export function crossEntropy(
  logits: tf.Tensor,
  targets: tf.Tensor | tf.TensorLike,
  { ignoreIndex = IGNORE_INDEX }: { ignoreIndex?: number } = {},
): tf.Scalar {
  return tf.tidy(() => {
    const classes = logits.shape[logits.rank - 1];
    // Before conversion to int32, which would cut off fractions and turn NaN into 0.
    if (!(targets instanceof tf.Tensor)) {
      checkTargets(tf.util.flatten(targets as number[]) as number[], classes, ignoreIndex);
    }
    const labels = targets instanceof tf.Tensor ? targets : tf.tensor(targets, undefined, 'int32');
    const expectedShape = logits.shape.slice(0, -1);
    if (labels.shape.join() !== expectedShape.join()) {
      throw new Error(
        `Cross-entropy of logits (${logits.shape.join(', ')}) needs targets of shape ` +
          `(${expectedShape.join(', ')}), got (${labels.shape.join(', ')})`,
      );
    }
    const losses = sparseCrossEntropy(
      logits.reshape([-1, classes]),
      labels.reshape([-1]),
      ignoreIndex,
    );
    return losses.sum().div(countTargets(labels, ignoreIndex));
  }) as tf.Scalar;
}

/** exp(loss): the effective number of equally likely next tokens. */
export const perplexity = (loss: number): number => Math.exp(loss);

/** A batch as int32 tensors: inputs (B, T), and targets (B · T) or (B). */
export function batchTensors({ inputs, targets, shape }: Examples) {
  return {
    inputs: tf.tensor2d(inputs, [shape[0], shape[1]], 'int32'),
    targets: tf.tensor1d(targets, 'int32'),
  };
}

export interface EvaluateOptions {
  /** Maximum number of batches, from the first on; default Infinity. */
  batches?: number;
  /** Default: {@link nextTokenLosses} of the model. */
  loss?: LossFunction;
  /** Stops the evaluation within one batch. */
  signal?: AbortSignal;
}

/**
 * The mean loss of a model over the targets of a loader that are not ignored, without dropout, in
 * nats.
 *
 * @throws Error if all targets are ignored, or a batch is outside the limits of the loss; Error
 *   named AbortError after SIGINT
 */
export async function evaluate(
  model: GPTModel,
  loader: Iterable<Examples>,
  { batches = Infinity, loss = nextTokenLosses(model), signal }: EvaluateOptions = {},
): Promise<number> {
  checkPositive({ batches }, { orInfinity: true, caller: 'evaluate' });
  let [total, count, batchesRead] = [0, 0, 0];
  await withInterrupt(
    async (stop) => {
      for (const batch of loader) {
        if (batchesRead++ === batches) break;
        await pause(stop);
        count += checkExamples(batch, loss.limits);
        total += tf.tidy(() => {
          const { inputs, targets } = batchTensors(batch);
          return loss(inputs, targets).sum().dataSync()[0];
        });
      }
    },
    { signal },
  );
  if (count === 0) throw new Error('There is nothing to evaluate: all targets are ignored');
  return total / count;
}
