/** The form in which an instruction is put to a model, and how its answer is read back. */

/** A task and its answer, in the format of Stanford's Alpaca. */
export interface InstructionRecord {
  readonly instruction: string;
  /** What the task is about, such as the sentence to rewrite; empty where there is none. */
  readonly input: string;
  /** The reference answer. */
  readonly output: string;
}

/** What is asked: a record without its answer. */
export type Task = Pick<InstructionRecord, 'instruction'> & { readonly input?: string };

const PREAMBLE =
  'Below is an instruction that describes a task. ' +
  'Write a response that appropriately completes the request.';

const RESPONSE = '### Response:';

/** Where an answer is over, for a model that goes on with a task of its own. */
export const STOP_STRINGS: readonly string[] = ['### Instruction:', '### Input:', RESPONSE];

/**
 * The prompt in the form of Stanford's Alpaca, with the one preamble of the reference course. It ends
 * where the answer begins. Training, notebook, script and chat all use this function: a model that
 * is asked in another form than it was trained in answers worse.
 */
export function formatPrompt({ instruction, input }: Task): string {
  const about = input ? `\n\n### Input:\n${input}` : '';
  return `${PREAMBLE}\n\n### Instruction:\n${instruction}${about}\n\n${RESPONSE}\n`;
}

/** A whole example: prompt and reference answer. */
export const formatExample = (record: InstructionRecord): string =>
  formatPrompt(record) + record.output;

/**
 * The answer in what a model wrote, with or without the prompt before it: what follows the first
 * `### Response:`, up to the end of text or to where the model goes on with another task.
 */
export function extractResponse(text: string): string {
  const start = text.indexOf(RESPONSE);
  const answer = start < 0 ? text : text.slice(start + RESPONSE.length);
  const ends = ['<|endoftext|>', ...STOP_STRINGS].map((mark) => answer.indexOf(mark));
  const end = Math.min(...ends.filter((at) => at >= 0), answer.length);
  return answer.slice(0, end).trim();
}
