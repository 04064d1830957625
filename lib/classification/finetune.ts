/** Fine-tuning a classifier with the training loop of chapter 5. */
import { existsSync } from 'node:fs';
import { initBackend } from '../backend';
import { phrase, translate } from '../language';
import { LoRA } from '../lora';
import { GPTModel } from '../model';
import { profileName, sizes } from '../profile';
import { BPETokenizer, END_OF_TEXT } from '../tokenizer';
import { AdamW, fineTuningPlan, train, type TrainingResult, type TrainOptions } from '../training';
import { GPT_MINI_BOOKS_DIR, GPT_MINI_DIR, loadPretrained } from '../weights';
import { TextLoader } from './batches';
import { Classifier } from './classifier';
import {
  balanceMessages,
  openMessages,
  removeDuplicates,
  SPAM_LABELS,
  splitMessages,
  withTargets,
} from './messages';
import { predictAll, score, type Scores } from './metrics';
import {
  classificationLosses,
  ClassificationModel,
  classifierPlaces,
  trainedParameters,
  type TrainedLayers,
} from './model';

export type FineTuneOptions = Pick<
  TrainOptions,
  | 'epochs'
  | 'steps'
  | 'evalEvery'
  | 'evalBatches'
  | 'seed'
  | 'signal'
  | 'quiet'
  | 'onStep'
  | 'onEvaluation'
> & {
  /** Default `all`. */
  layers?: TrainedLayers;
  /** The highest: a tenth of the steps rises to it, then it falls. Default 5e-5, which suits GPT-2. */
  learningRate?: number;
  weightDecay?: number;
};

/**
 * Trains a classifier, some layers or all of it. With a LoRA, what it learned is merged into the
 * weights at the end.
 *
 * @throws Error as `train`
 */
export async function fineTune(
  model: ClassificationModel,
  loader: TextLoader,
  validation: TextLoader | undefined,
  options: FineTuneOptions = {},
): Promise<TrainingResult> {
  const { layers = 'all', learningRate = 5e-5, weightDecay = 0.1, ...rest } = options;
  const plan = fineTuningPlan('fineTune', { ...rest, learningRate }, loader.batches);
  const lora = typeof layers === 'object' ? new LoRA(classifierPlaces(model), layers) : undefined;
  let optimizer: AdamW | undefined;
  try {
    const parameters =
      typeof layers === 'object' ? lora!.parameters() : trainedParameters(model, layers);
    optimizer = new AdamW(parameters, { learningRate, weightDecay });
    return await train({
      ...rest,
      ...plan,
      loader,
      validation,
      optimizer,
      model: model.gpt,
      loss: classificationLosses(model),
    });
  } finally {
    lora?.end();
    optimizer?.dispose();
  }
}

/** A model to start from, with what it needs. */
export interface ClassifierBase {
  model: GPTModel;
  tokenizer: BPETokenizer;
  /**
   * How it is best fine-tuned: GPT-2 in its last block, as published; smaller ones in all layers and
   * with larger steps.
   */
  recipe: { layers: TrainedLayers; learningRate: number };
  note: string;
}

const RECIPES = {
  gpt2: { layers: 'last block', learningRate: 5e-5 },
  small: { layers: 'all', learningRate: 5e-4 },
} as const;

/**
 * The language model that a classifier starts from: GPT-2 where it is asked for and here, else
 * gpt-mini or its first edition, else a small one with random weights and a tokenizer of its own.
 *
 * @param texts what that tokenizer is trained on
 */
export async function openBase(
  name: 'gpt2' | 'gpt-mini' | 'gpt-mini-books' | 'random',
  texts: readonly string[],
  seed = 0,
): Promise<ClassifierBase> {
  const folder = name === 'gpt-mini-books' ? GPT_MINI_BOOKS_DIR : GPT_MINI_DIR;
  if (name !== 'random' && (name === 'gpt2' || existsSync(folder))) {
    const found = await loadPretrained(name);
    const { model, tokenizer, note } = found;
    return {
      model,
      tokenizer,
      note,
      recipe: RECIPES[found.name === 'gpt2' ? 'gpt2' : 'small'],
    };
  }
  const tokenizer = BPETokenizer.train(texts.join('\n'), {
    vocabSize: 1024,
    specialTokens: [END_OF_TEXT],
  });
  const model = new GPTModel(
    {
      vocabSize: tokenizer.vocabSize,
      contextLength: 256,
      embDim: 128,
      nHeads: 4,
      nLayers: 2,
      dropRate: 0.1,
    },
    { seed },
  );
  const what = translate('a small model with random weights, which knows no language yet');
  const note =
    name === 'random'
      ? what
      : phrase('{name} is not in data/{name}: going on with {what}', { name, what });
  return { model, tokenizer, note, recipe: RECIPES.small };
}

export interface SpamTrainingOptions {
  /** Default: GPT-2 with the profile `full`, else gpt-mini; each falls back as {@link openBase}. */
  base?: 'gpt2' | 'gpt-mini' | 'random';
  /** Where the messages come from; default the collection, else the sample. */
  messages?: 'sms-spam' | 'sample';
  /** Default what suits the model, see {@link ClassifierBase}. */
  layers?: TrainedLayers;
  /** Default the profile's. */
  epochs?: number;
  /** Default 123. */
  seed?: number;
  /** Show nothing of the training; default false. */
  quiet?: boolean;
  signal?: AbortSignal;
  /** Told each thing that happens, in one line. */
  onMessage?: (line: string) => void;
  /** After each step: `loss` is that of the batch. */
  onStep?: (progress: { step: number; steps: number; loss: number }) => void;
}

export interface SpamTraining {
  classifier: Classifier;
  /** On messages that it was not trained on. */
  test: Scores;
  history: TrainingResult;
}

/** Most tokens of a message that are read, and shorter lengths to pad to: few messages are longer. */
export const SPAM_MAX_LENGTH = 128;
export const SPAM_LENGTHS = [32, 64, 96];

/**
 * All of chapter 6 in one call: messages opened, cleaned, balanced and divided, a pretrained model
 * given a head and fine-tuned. The caller disposes the classifier.
 *
 * @throws Error named AbortError when it was stopped, with nothing left in memory
 */
export async function trainSpamClassifier(
  options: SpamTrainingOptions = {},
): Promise<SpamTraining> {
  const { name: engine } = await initBackend();
  const { seed = 123, onMessage = () => undefined, signal } = options;
  const { epochs = sizes(engine).spamEpochs } = options;
  const { messages, note } = await openMessages(options.messages);
  onMessage(note);
  const { kept, sameText, sameKey } = removeDuplicates(messages);
  const split = splitMessages(balanceMessages(kept, seed), { seed });
  onMessage(
    `${sameText} copies and ${sameKey} near copies removed; balanced: ${split.train.length} ` +
      `to train, ${split.validation.length} to validate, ${split.test.length} to test`,
  );
  const texts = split.train.map(({ text }) => text);
  const wanted = options.base ?? (profileName() === 'full' ? 'gpt2' : 'gpt-mini');
  const base = await openBase(wanted, texts, seed);
  onMessage(base.note);
  const model = new ClassificationModel(base.model, SPAM_LABELS.length, { seed });
  try {
    const { tokenizer } = base;
    const longest = new TextLoader(withTargets(split.train), tokenizer).lengths[0];
    const maxLength = Math.min(longest, SPAM_MAX_LENGTH);
    // Shuffled, so that the first batches, which evaluations read, are of all lengths.
    const loader = (part: keyof typeof split) =>
      new TextLoader(withTargets(split[part]), tokenizer, {
        maxLength,
        lengths: SPAM_LENGTHS,
        shuffle: true,
        seed,
      });
    const training = loader('train');
    const steps = epochs * training.batches;
    const history = await fineTune(model, training, loader('validation'), {
      epochs,
      seed,
      signal,
      quiet: options.quiet,
      evalEvery: training.batches,
      ...base.recipe,
      ...(options.layers && { layers: options.layers }),
      onStep: ({ step, losses }) =>
        options.onStep?.({ step, steps, loss: losses[losses.length - 1] }),
    });
    if (history.stopped) {
      throw Object.assign(new Error('The training was stopped'), { name: 'AbortError' });
    }
    const test = score(await predictAll(model, loader('test'), { signal }));
    const accuracy = 100 * test.accuracy;
    onMessage(phrase('accuracy on the test messages: {accuracy:.1} %', { accuracy }));
    const classifier = new Classifier({ model, tokenizer, labels: SPAM_LABELS, maxLength });
    return { classifier, test, history };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
