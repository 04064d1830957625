/** Fine-tunes classifiers. `trainSpamClassifier` does all of chapter 6 in one call. */
import { existsSync } from 'node:fs';
import { initBackend } from '../backend';
import { phrase, translate } from '../language';
import { LoRA } from '../lora';
import { GPTModel } from '../model';
import { profileName, sizes } from '../run-sizes';
import { BPETokenizer, END_OF_TEXT } from '../tokenizer';
import { AdamW, fineTuningPlan, train, type TrainingResult, type TrainOptions } from '../training';
import { choosePretrained, loadPretrained } from '../weights';
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
  /** Which layers are trained; default `all`. */
  layers?: TrainedLayers;
  /** The highest rate, see {@link fineTuningPlan}; default 5e-5, which suits GPT-2. */
  learningRate?: number;
  /** See {@link AdamW}; default 0.1. */
  weightDecay?: number;
};

/**
 * Trains all layers of a classifier, or some. With LoRA, the corrections are merged into the
 * weights at the end.
 *
 * @throws Error like `train`
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
    lora?.mergeIfFinite();
    optimizer?.dispose();
  }
}

/** A language model to start from, its tokenizer, and settings to fine-tune it with. */
export interface ClassifierBase {
  model: GPTModel;
  tokenizer: BPETokenizer;
  /**
   * Settings that suit the model: for GPT-2 the last block only, as in Raschka's book, and for
   * smaller models all layers, with a higher learning rate.
   */
  recipe: { layers: TrainedLayers; learningRate: number };
  /** One line for the reader that says which model it is. */
  note: string;
}

const RECIPES = {
  gpt2: { layers: 'last block', learningRate: 5e-5 },
  small: { layers: 'all', learningRate: 5e-4 },
} as const;

/**
 * Opens the language model that a classifier starts from. If gpt-mini or its first edition is not
 * on this machine, or with `random`, it is a small model with random weights and its own tokenizer.
 *
 * @param texts the texts on which such a tokenizer is trained
 * @param seed for the random weights of such a model
 * @throws DataError if a model cannot be read
 */
export async function openBase(
  name: 'gpt2' | 'gpt-mini' | 'gpt-mini-books' | 'random',
  texts: readonly string[],
  seed = 0,
): Promise<ClassifierBase> {
  if (name !== 'random' && existsSync(choosePretrained(name).dir)) {
    const pretrained = await loadPretrained(name);
    const { model, tokenizer, note } = pretrained;
    const recipe = pretrained.name === 'gpt2' ? RECIPES.gpt2 : RECIPES.small;
    return { model, tokenizer, note, recipe };
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
  /**
   * The model to start from. Default: GPT-2 with the profile `full`, else gpt-mini. See
   * {@link openBase} for what replaces it.
   */
  base?: 'gpt2' | 'gpt-mini' | 'random';
  /** Source of the messages; default `sms-spam`, or the sample if that is not on this machine. */
  messages?: 'sms-spam' | 'sample';
  /** Which layers are trained; default as the model's recipe says, see {@link ClassifierBase}. */
  layers?: TrainedLayers;
  /** Passes over the training messages; default as the profile says. */
  epochs?: number;
  /** Seed for split, order, head and dropout; default 123. */
  seed?: number;
  /** Whether to train without showing progress; default false. */
  quiet?: boolean;
  /** Stops the training within one step. */
  signal?: AbortSignal;
  /** Called with one line about each stage. */
  onMessage?: (line: string) => void;
  /** Called after each step; `loss` is that of its batch. */
  onStep?: (progress: { step: number; steps: number; loss: number }) => void;
}

export interface SpamTraining {
  classifier: Classifier;
  /** Scores on messages that it was not trained on. */
  test: Scores;
  history: TrainingResult;
}

/**
 * Maximum number of tokens read from a message, and the shorter lengths to pad to. Few messages are
 * longer.
 */
export const SPAM_MAX_LENGTH = 128;
export const SPAM_LENGTHS = [32, 64, 96];

/**
 * All of chapter 6 in one call: opens the messages, removes duplicates, balances and splits them,
 * and fine-tunes a pretrained model with a new head. The caller disposes the classifier.
 *
 * @throws Error named AbortError if it was stopped; nothing is then left in memory
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
  const baseName = options.base ?? (profileName() === 'full' ? 'gpt2' : 'gpt-mini');
  const base = await openBase(baseName, texts, seed);
  onMessage(base.note);
  const model = new ClassificationModel(base.model, SPAM_LABELS.length, { seed });
  try {
    const { tokenizer } = base;
    const longest = new TextLoader(withTargets(split.train), tokenizer).lengths[0];
    const maxLength = Math.min(longest, SPAM_MAX_LENGTH);
    // Shuffled, so that the first batches, on which the model is evaluated, have all lengths.
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
      learningRate: base.recipe.learningRate,
      layers: options.layers ?? base.recipe.layers,
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
