/** A classifier as a folder: the model in Hugging Face's layout, its tokenizer, and what it decides. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { tf } from '../backend';
import { readFilesAtomic, ReplacedError, retryReplaced } from '../core/atomic-read';
import { writeFilesAtomic } from '../core/atomic-write';
import { DataError } from '../core/errors';
import { readText } from '../core/read-file';
import { loadTokenizer, missingTokenizerFiles } from '../data';
import { modelFiles, openModel, readSafetensors, readWeights } from '../weights';
import { Classifier } from './classifier';
import { ClassificationModel } from './model';

/** Where notebook 6 saves its classifier and `./gpt chat` looks for one; not in git. */
export const SPAM_CLASSIFIER_DIR = path.resolve(__dirname, '../../data/cache/spam-classifier');

const OWN_FILE = 'classifier.json';
const FORMAT = 'gpt-in-typescript classifier 1';
const FILES = [OWN_FILE, 'config.json', 'model.safetensors'];

/**
 * Writes a classifier: weights under Hugging Face's names (`transformer.…`, `score.weight` of
 * (labels, embDim), and `score.bias`, which Hugging Face's class lacks), configuration, tokenizer,
 * and in `classifier.json` labels, maxLength and threshold. What was there is replaced as a set, when
 * all is written.
 *
 * @throws DataError when the disk is full or the folder cannot be written; Error when a LoRA is not
 *   merged yet
 */
export function saveClassifier(classifier: Classifier, dir: string): void {
  const { model, tokenizer, labels, maxLength, threshold } = classifier;
  const about = { format: FORMAT, labels, maxLength, threshold };
  const { weight, bias, ...rest } = model.score.parameters();
  if (Object.keys(rest).length) {
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
        // What Hugging Face's class does not look at, at the end of a row.
        pad_token_id: tokenizer.padId ?? tokenizer.eosId ?? null,
      },
    });
    writeFilesAtomic(path.resolve(dir), {
      ...files,
      [OWN_FILE]: `${JSON.stringify(about, null, 2)}\n`,
    });
  });
}

/**
 * Reads what {@link saveClassifier} wrote.
 *
 * @throws DataError in one line that names every missing file, or what is wrong with one
 */
export function loadClassifier(dir: string): Promise<Classifier> {
  return retryReplaced(async () => {
    const { about, tokenizer, head, stored } = readFilesAtomic(dir, open);
    const { labels, maxLength, threshold } = about;
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

/** Everything but the weights. */
function open(dir: string) {
  const lacking = FILES.filter((name) => !existsSync(path.join(dir, name)));
  const missing = [...lacking, ...missingTokenizerFiles(dir)];
  if (lacking.length === FILES.length) {
    throw new DataError(`There is no classifier in ${dir}`, 'absent');
  }
  if (missing.length) {
    throw new DataError(`The classifier in ${dir} is not complete: ${missing.join(', ')} missing`);
  }
  return {
    about: readAbout(path.join(dir, OWN_FILE)),
    tokenizer: loadTokenizer(dir),
    head: readSafetensors(path.join(dir, 'model.safetensors')),
    stored: openModel(dir, 0),
  };
}

function readAbout(file: string): { labels: string[]; maxLength: number; threshold: number } {
  let about: Record<string, unknown> | null = null;
  try {
    about = JSON.parse(readText(file)) as Record<string, unknown> | null;
  } catch (error) {
    if (error instanceof DataError) throw error;
    // Said below.
  }
  const { labels, maxLength, threshold } = about ?? {};
  const named = Array.isArray(labels) && labels.every((label) => typeof label === 'string');
  const right = about?.format === FORMAT && named && labels.length >= 2;
  if (!right || typeof maxLength !== 'number' || typeof threshold !== 'number') {
    throw new DataError(
      `${file} is no "${FORMAT}": it needs labels (two names or more), maxLength and threshold`,
    );
  }
  return { labels: labels as string[], maxLength, threshold };
}
