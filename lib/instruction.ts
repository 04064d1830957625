/**
 * Following instructions: records in Alpaca's format, the prompt, batches whose padding is ignored,
 * fine-tuning, answers and how they are judged, after Raschka's "Build a Large Language Model (From
 * Scratch)", chapter 7. Built in notebook 7.
 */
export {
  answerRange,
  extractResponse,
  formatPrompt,
  type AnswerRange,
  type InstructionRecord,
  type Task,
} from './instruction/prompt';
export {
  openInstructions,
  parseInstructions,
  splitInstructions,
  type OpenedInstructions,
  type SplitInstructions,
} from './instruction/records';
export { findNearDuplicates, SimilarTexts, type NearDuplicate } from './instruction/duplicates';
export {
  collate,
  encodeExample,
  endOfTextId,
  InstructionLoader,
  type CollateOptions,
  type EncodedExample,
  type InstructionLoaderOptions,
} from './instruction/batches';
export {
  INSTRUCTION_MODEL_DIR,
  loadInstructionModel,
  saveInstructionModel,
  type InstructionModel,
} from './instruction/files';
export { instructionTune, type InstructionTuneOptions } from './instruction/finetune';
export { answerAll, streamAnswer, type Answer, type AnswerOptions } from './instruction/answers';
export {
  bleu,
  bootstrapInterval,
  exactMatch,
  referencePerplexity,
  rougeL,
  scoreAnswers,
  trivialAnswers,
  type OfflineScores,
  type TrivialAnswers,
} from './instruction/scores';
export {
  judgeFromEnvironment,
  type AskOptions,
  type JudgeServer,
} from './instruction/judge-server';
export { JudgeError, type JudgeErrorCode } from './instruction/judge-error';
export { serveJudge } from './instruction/serve-judge';
export { parseScore } from './instruction/parse-score';
export {
  judge,
  judgePrompt,
  summarise,
  type Answered,
  type Judgement,
  type JudgeOptions,
  type JudgeVerdict,
} from './instruction/judge';
