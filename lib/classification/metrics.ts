/** Metrics of a classifier: accuracy, precision, recall, F1, loss and calibration. */
import { interruptible } from '../backend';
import { checkNumber, checkPositive } from '../core/checks';
import { predict } from './classifier';
import type { TextLoader } from './batches';
import type { ClassificationModel } from './model';

/** The answers of a model, in the order of a loader's messages. */
export interface Predictions {
  /** The right classes. */
  targets: number[];
  /** For each message, the probabilities of the classes. */
  probabilities: number[][];
}

/**
 * Runs a model over all messages of a loader.
 *
 * @throws Error named AbortError after SIGINT or an abort
 */
export async function predictAll(
  model: ClassificationModel,
  loader: TextLoader,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Predictions> {
  const answers: { index: number; target: number; probabilities: number[] }[] = [];
  const loop = interruptible(signal);
  try {
    for (const batch of loader) {
      await loop.pause();
      predict(model, batch).forEach((probabilities, row) => {
        const target = batch.targets[row * batch.shape[1] + batch.positions[row]];
        answers.push({ index: batch.indices[row], target, probabilities });
      });
    }
  } finally {
    loop.end();
  }
  answers.sort((a, b) => a.index - b.index);
  return {
    targets: answers.map(({ target }) => target),
    probabilities: answers.map(({ probabilities }) => probabilities),
  };
}

/** Scores of a decision between two classes. The second class is called "positive". */
export interface Scores {
  /** confusion[right class][answer]: number of messages. */
  confusion: [[number, number], [number, number]];
  /** Share of right answers. */
  accuracy: number;
  /** Share of right answers among the messages classified as positive; NaN if there are none. */
  precision: number;
  /** Share of the positive messages that were classified as positive; NaN if there are none. */
  recall: number;
  /** Harmonic mean of precision and recall. */
  f1: number;
  /** Mean of −log of the right class's probability, in nats. */
  loss: number;
  /** See {@link calibration}. */
  calibrationError: number;
}

/**
 * Scores predictions.
 *
 * @param threshold smallest probability with which a message is classified as positive; default 0.5
 * @throws Error if there are no predictions, if there are not two classes, or if a target or
 *   probability is out of range; RangeError if the threshold is not a number
 */
export function score({ targets, probabilities }: Predictions, threshold = 0.5): Scores {
  if (!targets.length || probabilities.some((row) => row.length !== 2)) {
    throw new Error('score needs predictions of two classes, at least one');
  }
  checkPredictions({ targets, probabilities });
  checkNumber({ threshold }, { caller: 'score', orInfinity: true });
  const confusion: Scores['confusion'] = [
    [0, 0],
    [0, 0],
  ];
  targets.forEach((target, i) => confusion[target][probabilities[i][1] >= threshold ? 1 : 0]++);
  const [[, falsePositives], [falseNegatives, truePositives]] = confusion;
  const losses = targets.map((target, i) => -Math.log(Math.max(probabilities[i][target], 1e-38)));
  return {
    confusion,
    accuracy: 1 - (falsePositives + falseNegatives) / targets.length,
    precision: truePositives / (truePositives + falsePositives),
    recall: truePositives / (truePositives + falseNegatives),
    f1: (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
    loss: losses.reduce((a, b) => a + b, 0) / losses.length,
    calibrationError: calibration({ targets, probabilities }).error,
  };
}

function checkPredictions({ targets, probabilities }: Predictions): void {
  if (targets.length !== probabilities.length) {
    throw new Error(
      `Expected one target for each prediction, got ${targets.length} for ${probabilities.length}`,
    );
  }
  probabilities.forEach((row, i) => {
    const invalid = row.find((probability) => !(probability >= 0 && probability <= 1 + 1e-5));
    if (invalid !== undefined) {
      throw new Error(`Prediction ${i + 1} holds ${invalid}, expected probabilities from 0 to 1`);
    }
    if (row[targets[i]] !== undefined) return;
    throw new Error(`Target ${targets[i]} of prediction ${i + 1} is outside [0, ${row.length})`);
  });
}

export interface CalibrationBin {
  /** Mean probability of the model's answers. */
  confidence: number;
  /** Share of right answers. */
  accuracy: number;
  /** Number of messages. */
  count: number;
}

/**
 * Compares the probabilities of the answers with the share of right answers. The answers are
 * grouped by their probability; the expected calibration error (Guo et al. 2017) is the mean over
 * all messages of the distance between a group's mean probability and its share of right answers.
 *
 * @param bins number of groups, of equal width from 0 to 1; default 10. Empty groups are left out.
 * @throws Error if a target or probability is out of range; RangeError if `bins` is not a positive
 *   whole number
 */
export function calibration(
  { targets, probabilities }: Predictions,
  bins = 10,
): { bins: CalibrationBin[]; error: number } {
  checkPredictions({ targets, probabilities });
  checkPositive({ bins }, { caller: 'calibration' });
  const sums = Array.from({ length: bins }, () => ({ confidence: 0, right: 0, count: 0 }));
  probabilities.forEach((row, i) => {
    const confidence = Math.max(...row);
    const bin = sums[Math.min(bins - 1, Math.floor(confidence * bins))];
    bin.confidence += confidence;
    bin.right += row.indexOf(confidence) === targets[i] ? 1 : 0;
    bin.count++;
  });
  const filled = sums.filter(({ count }) => count > 0);
  const distance = filled.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.right), 0);
  return {
    bins: filled.map(({ confidence, right, count }) => ({
      confidence: confidence / count,
      accuracy: right / count,
      count,
    })),
    error: distance / targets.length,
  };
}
