/** How good a classifier is, beyond its accuracy. */
import { interruptible } from '../backend';
import { checkPositive } from '../core/checks';
import { predict } from './classifier';
import type { TextLoader } from './batches';
import type { ClassificationModel } from './model';

/** What a model answered, in the order of a loader's messages. */
export interface Predictions {
  /** The right classes. */
  targets: number[];
  /** For each message, the probability of each class. */
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
  const found: { index: number; target: number; probabilities: number[] }[] = [];
  const loop = interruptible(signal);
  try {
    for (const batch of loader) {
      await loop.pause();
      predict(model, batch).forEach((probabilities, row) => {
        const target = batch.targets[row * batch.shape[1] + batch.positions[row]];
        found.push({ index: batch.indices[row], target, probabilities });
      });
    }
  } finally {
    loop.end();
  }
  found.sort((a, b) => a.index - b.index);
  return {
    targets: found.map(({ target }) => target),
    probabilities: found.map(({ probabilities }) => probabilities),
  };
}

/** Scores of a two-class decision, where the last class is the one looked for ("positive"). */
export interface Scores {
  /** confusion[right class][answer]: how many messages. */
  confusion: [[number, number], [number, number]];
  /** Share of right answers. */
  accuracy: number;
  /** Of the messages called positive, the share that is; NaN where none was. */
  precision: number;
  /** Of the positive messages, the share that was found; NaN where there is none. */
  recall: number;
  /** Harmonic mean of precision and recall. */
  f1: number;
  /** Mean of −log of the right class's probability, in nats. */
  loss: number;
  /** See {@link calibration}. */
  calibrationError: number;
}

/**
 * @param threshold a message is called positive from this probability on; default 0.5
 * @throws Error when there is no prediction, not two classes, or a number is impossible
 */
export function score({ targets, probabilities }: Predictions, threshold = 0.5): Scores {
  if (!targets.length || probabilities.some((row) => row.length !== 2)) {
    throw new Error('score needs predictions of two classes, at least one');
  }
  checkPredictions({ targets, probabilities });
  if (Number.isNaN(threshold)) throw new Error('score: threshold must be a number, got NaN');
  const confusion: Scores['confusion'] = [
    [0, 0],
    [0, 0],
  ];
  targets.forEach((target, i) => confusion[target][probabilities[i][1] >= threshold ? 1 : 0]++);
  const [[, wrong], [missed, found]] = confusion;
  const losses = targets.map((target, i) => -Math.log(Math.max(probabilities[i][target], 1e-38)));
  return {
    confusion,
    accuracy: 1 - (wrong + missed) / targets.length,
    precision: found / (found + wrong),
    recall: found / (found + missed),
    f1: (2 * found) / (2 * found + wrong + missed),
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
    const wrong = row.find((probability) => !(probability >= 0 && probability <= 1 + 1e-5));
    if (wrong !== undefined) {
      throw new Error(`Prediction ${i + 1} holds ${wrong}; a probability lies in [0, 1]`);
    }
    if (row[targets[i]] !== undefined) return;
    throw new Error(`Target ${targets[i]} of prediction ${i + 1} is outside [0, ${row.length})`);
  });
}

export interface CalibrationBin {
  /** Mean probability that the model gave its answer. */
  confidence: number;
  /** Share of right answers. */
  accuracy: number;
  /** Messages. */
  count: number;
}

/**
 * Does a probability mean what it says? Groups the answers by the probability that the model gave
 * them; the expected calibration error (Guo et al. 2017) is the mean distance, over all messages,
 * between a group's mean probability and its share of right answers.
 *
 * @param bins groups of equal width over 0 to 1; default 10. Empty ones are left out.
 * @throws Error when a number is impossible
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
