/**
 * A GPT that classifies texts: it has a head over the labels in place of the one over the
 * vocabulary, and is fine-tuned on labelled messages. It follows chapter 6 of Raschka's "Build a
 * Large Language Model (From Scratch)". Built in notebook 6.
 */
export {
  encodeText,
  padBatch,
  TextLoader,
  type EncodedText,
  type PaddedBatch,
  type ReadPosition,
  type TextLoaderOptions,
} from './classification/batches';
export {
  classificationLosses,
  ClassificationModel,
  classifierPlaces,
  countTrained,
  trainedParameters,
  type TrainedLayers,
} from './classification/model';
export {
  Classifier,
  predict,
  type Classification,
  type ClassifierOptions,
} from './classification/classifier';
export { loadClassifier, saveClassifier, SPAM_CLASSIFIER_DIR } from './classification/files';
export {
  balanceMessages,
  messageKey,
  openMessages,
  removeDuplicates,
  SMS_CSV_OPTIONS,
  SPAM_LABELS,
  splitMessages,
  withTargets,
  type Message,
  type OpenedMessages,
  type SplitMessages,
} from './classification/messages';
export {
  calibration,
  predictAll,
  score,
  type CalibrationBin,
  type Predictions,
  type Scores,
} from './classification/metrics';
export {
  fineTune,
  openBase,
  SPAM_LENGTHS,
  SPAM_MAX_LENGTH,
  trainSpamClassifier,
  type ClassifierBase,
  type FineTuneOptions,
  type SpamTraining,
  type SpamTrainingOptions,
} from './classification/finetune';
