/** A classifier for texts: a model, its tokenizer and the names of its labels. */
import { tf } from '../backend';
import { checkNumber, checkWhole } from '../core/checks';
import { checkVocabulary } from '../model';
import type { BPETokenizer } from '../tokenizer';
import { encodeText, padBatch, paddingId, type PaddedBatch } from './batches';
import type { ClassificationModel } from './model';

/** The answer of a classifier for a text. */
export interface Classification {
  label: string;
  /** The probability of `label`, from 0 to 1. */
  probability: number;
  /** The probabilities of all labels, which sum to 1. */
  probabilities: Record<string, number>;
  /** The token ids that the model read. */
  tokens: number[];
  /** Number of ids after `maxLength`, which were cut off. */
  dropped: number;
}

export interface ClassifierOptions {
  model: ClassificationModel;
  tokenizer: BPETokenizer;
  /** In the order of the model's outputs. */
  labels: readonly string[];
  /** Maximum number of tokens read from a text; default the model's context length. */
  maxLength?: number;
  /**
   * With two labels, the second is chosen if its probability is at least this; default 0.5. With
   * more labels the most probable one is chosen, without a threshold.
   */
  threshold?: number;
}

/** With this threshold, the more probable of two labels is chosen. */
const DEFAULT_THRESHOLD = 0.5;
/** Maximum number of texts in a batch. */
const MAX_BATCH = 16;
/** Rows are padded to multiples of this length, so that few shapes occur. */
const LENGTH_STEP = 32;

/** A model with everything that it needs to classify a text. */
export class Classifier {
  readonly model: ClassificationModel;
  readonly tokenizer: BPETokenizer;
  readonly labels: readonly string[];
  readonly maxLength: number;
  /** See {@link ClassifierOptions}. */
  readonly threshold: number;

  /** @throws Error if an option is out of range or does not fit the model */
  constructor({
    model,
    tokenizer,
    labels,
    maxLength,
    threshold = DEFAULT_THRESHOLD,
  }: ClassifierOptions) {
    const { contextLength } = model.gpt.config;
    this.model = model;
    this.tokenizer = tokenizer;
    this.labels = [...labels];
    this.maxLength = maxLength ?? contextLength;
    this.threshold = threshold;
    if (labels.length !== model.nLabels || new Set(labels).size !== model.nLabels) {
      throw new Error(
        `The model has ${model.nLabels} outputs, got labels ${JSON.stringify(labels)}`,
      );
    }
    checkVocabulary(model.gpt, tokenizer.vocabSize);
    checkWhole({ maxLength: this.maxLength }, { from: 1, to: contextLength });
    checkNumber({ threshold }, { above: 0, below: 1 });
    if (labels.length > 2 && threshold !== DEFAULT_THRESHOLD) {
      throw new Error(
        `A threshold is for two labels: with ${labels.length} the most probable is chosen. Leave ` +
          `threshold out, got ${threshold}`,
      );
    }
  }

  /** @throws Error like {@link classifyBatch} */
  classify(text: string): Classification {
    return this.classifyBatch([text])[0];
  }

  /**
   * Classifies several texts. Each is read at its own last token, so padding changes nothing.
   *
   * @returns the answers, in the order of the texts
   * @throws Error if a text is empty (before any is classified), or if the model's weights hold NaN
   */
  classifyBatch(texts: readonly string[]): Classification[] {
    const encoded = texts.map((text) => encodeText(this.tokenizer, text, this.maxLength));
    const ids = encoded.map((text) => text.ids);
    const byLength = ids.map((_, i) => i).sort((a, b) => ids[a].length - ids[b].length || a - b);
    const results: Classification[] = [];
    for (let from = 0; from < byLength.length; from += MAX_BATCH) {
      const indices = byLength.slice(from, from + MAX_BATCH);
      const longest = ids[indices[indices.length - 1]].length;
      const length = Math.min(this.maxLength, Math.ceil(longest / LENGTH_STEP) * LENGTH_STEP);
      const padding = paddingId(this.tokenizer);
      const batch = padBatch(ids, indices, undefined, { length, padding, read: 'last token' });
      predict(this.model, batch).forEach((probabilities, row) => {
        const { ids: tokens, dropped } = encoded[indices[row]];
        results[indices[row]] = {
          ...this.chooseLabel(probabilities),
          tokens: [...tokens],
          dropped,
        };
      });
    }
    return results;
  }

  private chooseLabel(probabilities: readonly number[]) {
    const chosen =
      probabilities.length === 2
        ? Number(probabilities[1] >= this.threshold)
        : probabilities.indexOf(Math.max(...probabilities));
    return {
      label: this.labels[chosen],
      probability: probabilities[chosen],
      probabilities: Object.fromEntries(this.labels.map((label, i) => [label, probabilities[i]])),
    };
  }

  /** Frees the model. */
  dispose(): void {
    this.model.dispose();
  }
}

/**
 * The probabilities of the labels for each row of a batch.
 *
 * @returns (rows, nLabels)
 * @throws Error if a probability is NaN because the model's weights hold NaN or infinity
 */
export function predict(model: ClassificationModel, batch: PaddedBatch): number[][] {
  const rows = tf.tidy(() => {
    const ids = tf.tensor2d(batch.inputs, [batch.shape[0], batch.shape[1]], 'int32');
    return tf.softmax(model.forwardAt(ids, batch.positions)).arraySync() as number[][];
  });
  if (rows.flat().every(Number.isFinite)) return rows;
  throw new Error('The probabilities of the labels are NaN: the weights hold NaN or Infinity');
}
