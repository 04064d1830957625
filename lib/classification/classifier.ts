/** A classifier for texts: what is saved, loaded and used. */
import { tf } from '../backend';
import { checkNumber } from '../core/checks';
import { checkVocabulary } from '../decoding';
import type { BPETokenizer } from '../tokenizer';
import { encodeText, padBatch, paddingId, type PaddedBatch } from './batches';
import type { ClassificationModel } from './model';

/** What a classifier says of a text. */
export interface Classification {
  label: string;
  /** Of `label`. */
  probability: number;
  /** Of every label; they sum to 1. */
  probabilities: Record<string, number>;
  /** Ids that the model saw. */
  tokens: number[];
  /** How many ids were cut off at the end, by `maxLength`. */
  dropped: number;
}

export interface ClassifierOptions {
  model: ClassificationModel;
  tokenizer: BPETokenizer;
  /** In the order of the model's outputs. */
  labels: readonly string[];
  /** Most tokens of a text that are read; default the model's context. */
  maxLength?: number;
  /**
   * With two labels: the last one is given from this probability on; default 0.5. With more there is
   * no threshold, and the most probable label is given.
   */
  threshold?: number;
}

/** Between two labels this is none: the more probable one is given. */
const NO_THRESHOLD = 0.5;
/** Texts that one run of the model reads together, at most. */
const BATCH = 16;
/** Rows are padded to multiples of this, so that few shapes occur. */
const STEP = 32;

/** A model with everything that it needs to judge a text. */
export class Classifier {
  readonly model: ClassificationModel;
  readonly tokenizer: BPETokenizer;
  readonly labels: readonly string[];
  readonly maxLength: number;
  /** Of the last of two labels; with more labels it has no effect. */
  readonly threshold: number;

  /** @throws Error when an option is impossible or does not fit the model */
  constructor({
    model,
    tokenizer,
    labels,
    maxLength,
    threshold = NO_THRESHOLD,
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
    if (!Number.isInteger(this.maxLength) || this.maxLength < 1 || this.maxLength > contextLength) {
      throw new Error(
        `maxLength must be a whole number from 1 to the context of ${contextLength}, got ${maxLength}`,
      );
    }
    checkNumber({ threshold }, { above: 0, below: 1 });
    if (labels.length > 2 && threshold !== NO_THRESHOLD) {
      throw new Error(
        `A threshold is for two labels: with ${labels.length} the most probable is given. Leave ` +
          `threshold out, got ${threshold}`,
      );
    }
  }

  /** @throws Error when the text is empty */
  classify(text: string): Classification {
    return this.classifyBatch([text])[0];
  }

  /**
   * Judges several texts, in their order. Each is read at its own last token, so that the padding
   * of a batch changes nothing.
   *
   * @throws Error when a text is empty, before any is judged
   */
  classifyBatch(texts: readonly string[]): Classification[] {
    const encoded = texts.map((text) => encodeText(this.tokenizer, text, this.maxLength));
    const ids = encoded.map((text) => text.ids);
    const byLength = ids.map((_, i) => i).sort((a, b) => ids[a].length - ids[b].length || a - b);
    const results: Classification[] = [];
    for (let from = 0; from < byLength.length; from += BATCH) {
      const indices = byLength.slice(from, from + BATCH);
      const longest = ids[indices[indices.length - 1]].length;
      const length = Math.min(this.maxLength, Math.ceil(longest / STEP) * STEP);
      const padding = paddingId(this.tokenizer);
      const batch = padBatch(ids, indices, undefined, { length, padding, read: 'last token' });
      predict(this.model, batch).forEach((probabilities, row) => {
        const { ids: tokens, dropped } = encoded[indices[row]];
        results[indices[row]] = { ...this.decide(probabilities), tokens: [...tokens], dropped };
      });
    }
    return results;
  }

  private decide(probabilities: readonly number[]) {
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
 * The probabilities of the labels for each row of a batch: rows of nLabels numbers.
 *
 * @throws Error when they are no numbers, as with spoiled weights
 */
export function predict(model: ClassificationModel, batch: PaddedBatch): number[][] {
  const rows = tf.tidy(() => {
    const ids = tf.tensor2d(batch.inputs, [batch.shape[0], batch.shape[1]], 'int32');
    return tf.softmax(model.forwardAt(ids, batch.positions)).arraySync() as number[][];
  });
  if (rows.flat().every(Number.isFinite)) return rows;
  throw new Error('The probabilities of the labels are NaN: the weights hold NaN or Infinity');
}
