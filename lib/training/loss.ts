/** How wrong a model is: cross-entropy, perplexity, and their mean over a text. */
import { checkTargets, sparseCrossEntropy, tf } from '../backend';
import { pause, withInterrupt } from '../core/interrupt';
import type { TrainingStep } from '../nn';
import type { GPTModel } from '../model';

/** A target with this number does not count, as in PyTorch. */
export const IGNORE_INDEX = -100;

/** Examples as plain numbers: `targets` has as many as `inputs`, or one for each row. */
export interface Examples {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** [batch, tokens] of `inputs`. */
  readonly shape: readonly [number, number];
}

/**
 * The losses of a batch, one for each target and 0 where a target is ignored.
 *
 * @param inputs (B, T) int32
 * @param targets (B · T), or (B) where each row has one; int32
 * @param training given in a training step, see `GPTModel.forward`
 */
export interface LossFunction {
  (inputs: tf.Tensor2D, targets: tf.Tensor1D, training?: TrainingStep): tf.Tensor;
  /** Where it has them, every batch is checked before it is used, the same on all engines. */
  readonly limits?: Limits;
}

/** Inputs must lie in [0, vocabSize), and targets that are not ignored in [0, classes). */
export interface Limits {
  readonly vocabSize?: number;
  readonly classes?: number;
}

/** The loss of predicting each next token: what a language model is trained on. */
export function nextTokenLosses(model: GPTModel): LossFunction {
  const { vocabSize } = model.config;
  const losses: LossFunction = (inputs, targets, training) => {
    const logits = model.forward(inputs, { training });
    return sparseCrossEntropy(logits.reshape([-1, vocabSize]), targets, IGNORE_INDEX);
  };
  return Object.assign(losses, { limits: { vocabSize, classes: vocabSize } });
}

/**
 * Checks the numbers of a batch, before an engine gets them.
 *
 * @returns how many targets count
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

/** How many targets count. */
export function countTargets(targets: tf.Tensor): tf.Scalar {
  return tf.tidy(() => targets.notEqual(IGNORE_INDEX).sum().cast('float32'));
}

/**
 * Mean of −log softmax(logits)[target] over the targets that count, in nats; NaN where none does,
 * as in PyTorch.
 *
 * @param logits (..., classes)
 * @param targets (...), int32 tensor or nested arrays
 * @param options.ignoreIndex targets with this number do not count; default −100
 * @throws Error when the shapes do not fit or a target is no class
 */
export function crossEntropy(
  logits: tf.Tensor,
  targets: tf.Tensor | tf.TensorLike,
  { ignoreIndex = IGNORE_INDEX }: { ignoreIndex?: number } = {},
): tf.Scalar {
  return tf.tidy(() => {
    const classes = logits.shape[logits.rank - 1];
    // As int32 a fraction would lose its digits, and NaN would be 0.
    if (!(targets instanceof tf.Tensor)) {
      checkTargets(tf.util.flatten(targets as number[]) as number[], classes, ignoreIndex);
    }
    const labels = targets instanceof tf.Tensor ? targets : tf.tensor(targets, undefined, 'int32');
    const places = logits.shape.slice(0, -1);
    if (labels.shape.join() !== places.join()) {
      throw new Error(
        `Cross-entropy of logits (${logits.shape.join(', ')}) needs targets of shape ` +
          `(${places.join(', ')}), got (${labels.shape.join(', ')})`,
      );
    }
    const losses = sparseCrossEntropy(
      logits.reshape([-1, classes]),
      labels.reshape([-1]),
      ignoreIndex,
    );
    const count = labels.notEqual(ignoreIndex).sum().cast('float32');
    return losses.sum().div(count);
  }) as tf.Scalar;
}

/** exp(loss): the effective number of equally likely next tokens. */
export const perplexity = (loss: number): number => Math.exp(loss);

/** Runs `use` with a batch's tensors and frees them. */
export function withTensors<T>(
  { inputs, targets, shape }: Examples,
  use: (inputs: tf.Tensor2D, targets: tf.Tensor1D) => T,
): T {
  const x = tf.tensor2d(inputs, [shape[0], shape[1]], 'int32');
  const y = tf.tensor1d(targets, 'int32');
  try {
    return use(x, y);
  } finally {
    tf.dispose([x, y]);
  }
}

export interface EvaluateOptions {
  /** Only this many batches, from the first; default all. */
  batches?: number;
  /** Default {@link nextTokenLosses} of the model. */
  loss?: LossFunction;
  /** Ends the evaluation within one batch. */
  signal?: AbortSignal;
}

/**
 * The mean loss of a model over a loader's targets, without dropout, in nats per token.
 *
 * @throws Error when the loader gives no target that counts, or a batch is outside the loss's
 *   limits; named AbortError after SIGINT
 */
export async function evaluate(
  model: GPTModel,
  loader: Iterable<Examples>,
  { batches = Infinity, loss = nextTokenLosses(model), signal }: EvaluateOptions = {},
): Promise<number> {
  if (!(batches === Infinity || (Number.isInteger(batches) && batches >= 1))) {
    throw new Error(`evaluate: batches must be a positive whole number, got ${batches}`);
  }
  let [total, count, done] = [0, 0, 0];
  await withInterrupt(
    async (stop) => {
      for (const batch of loader) {
        if (done++ === batches) break;
        await pause(stop);
        count += checkExamples(batch, loss.limits);
        withTensors(batch, (inputs, targets) => {
          total += tf.tidy(() => loss(inputs, targets).sum().dataSync()[0]);
        });
      }
    },
    { signal },
  );
  if (count === 0) throw new Error('There is nothing to evaluate: no target counts');
  return total / count;
}
