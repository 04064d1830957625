/**
 * Following instructions: records in Alpaca's format, the prompt, batches whose padding does not
 * count, fine-tuning, and answers judged; after Raschka's "Build a Large Language Model (From
 * Scratch)", chapter 7. Built in notebook 7.
 */
export {
  extractResponse,
  formatExample,
  formatPrompt,
  STOP_STRINGS,
  type InstructionRecord,
  type Task,
} from './instruction/prompt';
export {
  INSTRUCTION_MODEL_DIR,
  loadInstructionModel,
  saveInstructionModel,
  type InstructionModel,
} from './instruction/files';
export { MAX_ANSWER_TOKENS, streamAnswer } from './instruction/answers';
