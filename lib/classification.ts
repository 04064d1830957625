/**
 * A GPT that sorts texts: a classification head in place of the vocabulary's, fine-tuned on
 * labelled messages, after Raschka's "Build a Large Language Model (From Scratch)", chapter 6.
 * Built in notebook 6.
 */
export {
  encodeText,
  padBatch,
  paddingId,
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
