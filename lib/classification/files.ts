/**
 * Saves and loads a classifier as a folder with the model in Hugging Face's layout, the tokenizer,
 * and `classifier.json`.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { tf } from '../backend';
import { readFilesAtomic, ReplacedError, retryReplaced } from '../core/atomic-read';
import { writeFilesAtomic } from '../core/atomic-write';
import { DataError } from '../core/errors';
import { readText } from '../core/read-file';
import { loadTokenizer, missingTokenizerFiles } from '../data';
import { modelFiles, openModel, readSafetensors, readWeights } from '../weights';
import { Classifier } from './classifier';
import { ClassificationModel } from './model';

/**
 * The folder in which notebook 6 saves its classifier and `./gpt chat` looks for it; not in git.
 */
export const SPAM_CLASSIFIER_DIR = path.resolve(__dirname, '../../data/cache/spam-classifier');

const CLASSIFIER_FILE = 'classifier.json';
const FORMAT = 'gpt-in-typescript classifier 1';
const FILES = [CLASSIFIER_FILE, 'config.json', 'model.safetensors'];

/**
 * Writes a classifier: the weights under Hugging Face's names (`transformer.…`, `score.weight` of
 * shape (labels, embDim), and `score.bias`, which Hugging Face's class lacks), the configuration,
 * the tokenizer, and `classifier.json` with labels, maxLength and threshold. Earlier files are
 * replaced together, once all new ones are written.
 *
 * @throws DataError if the disk is full or the folder cannot be written; Error if a LoRA has not
 *   been merged
 */
export function saveClassifier(classifier: Classifier, dir: string): void {
  const { model, tokenizer, labels, maxLength, threshold } = classifier;
  const settings = { format: FORMAT, labels, maxLength, threshold };
  const { weight, bias, ...others } = model.score.parameters();
  if (Object.keys(others).length) {
    throw new Error('The head has a LoRA: merge it before the classifier is saved');
  }
  tf.tidy(() => {
    const files = modelFiles(model.gpt, {
      tokenizer,
      tensors: { 'score.weight': weight.transpose(), 'score.bias': bias },
      config: {
        architectures: ['GPT2ForSequenceClassification'],
        id2label: Object.fromEntries(labels.map((label, i) => [i, label])),
        label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
        // Hugging Face's class reads the answer at the last token that is not this one.
        pad_token_id: tokenizer.padId ?? tokenizer.eosId ?? null,
      },
    });
    writeFilesAtomic(path.resolve(dir), {
      ...files,
      [CLASSIFIER_FILE]: `${JSON.stringify(settings, null, 2)}\n`,
    });
  });
}

/**
 * Reads a classifier that {@link saveClassifier} wrote.
 *
 * @throws DataError that names in one line all missing files, or says what is wrong with one
 */
export function loadClassifier(dir: string): Promise<Classifier> {
  return retryReplaced(async () => {
    const { settings, tokenizer, head, stored } = readFilesAtomic(dir, readAllButWeights);
    const { labels, maxLength, threshold } = settings;
    const gpt = await readWeights(stored);
    const model = new ClassificationModel(gpt, labels.length);
    try {
      tf.tidy(() => {
        model.score.setParameters({
          weight: head.tensor('score.weight').transpose(),
          bias: head.tensor('score.bias'),
        });
      });
      return new Classifier({ model, tokenizer, labels, maxLength, threshold });
    } catch (error) {
      model.dispose();
      if (error instanceof ReplacedError) throw error;
      throw new DataError(`The classifier in ${dir} cannot be used: ${(error as Error).message}`);
    }
  });
}

function readAllButWeights(dir: string) {
  const missingFiles = FILES.filter((name) => !existsSync(path.join(dir, name)));
  if (missingFiles.length === FILES.length) {
    throw new DataError(`There is no classifier in ${dir}`, 'absent');
  }
  const missing = [...missingFiles, ...missingTokenizerFiles(dir)];
  if (missing.length) {
    throw new DataError(`The classifier in ${dir} is not complete: ${missing.join(', ')} missing`);
  }
  return {
    settings: readSettings(path.join(dir, CLASSIFIER_FILE)),
    tokenizer: loadTokenizer(dir),
    head: readSafetensors(path.join(dir, 'model.safetensors')),
    stored: openModel(dir, 0),
  };
}

const settingsSchema = z.object({
  format: z.literal(FORMAT),
  labels: z.array(z.string()).min(2),
  maxLength: z.number(),
  threshold: z.number(),
});

function readSettings(file: string): z.infer<typeof settingsSchema> {
  const text = readText(file);
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch {
    // Not JSON: it fails the check below.
  }
  const { data } = settingsSchema.safeParse(settings);
  if (data) return data;
  throw new DataError(
    `${file} is not a "${FORMAT}": it needs labels (two names or more), maxLength and threshold`,
  );
}
