/** Asking a model. */
import { generateText, type GenerateTextOptions } from '../decoding';
import type { InstructionModel } from './files';
import { formatPrompt, STOP_STRINGS, type Task } from './prompt';

/** Most new tokens of an answer, unless told: that of the reference course. */
export const MAX_ANSWER_TOKENS = 256;

/**
 * A model's answer to a task, a piece at a time, as a chat shows it: without the prompt, ended by
 * end of text or where the model goes on with a task of its own.
 *
 * @param options greedy and at most 256 tokens unless told, see `generateText`
 * @throws Error when the instruction is empty; as `generateText`
 */
export async function* streamAnswer(
  { model, tokenizer }: InstructionModel,
  task: Task,
  options: Partial<GenerateTextOptions> = {},
): AsyncGenerator<string, void, undefined> {
  if (!task.instruction.trim()) throw new Error('There is no instruction: it is empty');
  const ids = tokenizer.encode(formatPrompt(task), { allowedSpecial: 'none' });
  let begun = false;
  for await (const piece of generateText(model, tokenizer, ids, {
    ...{ maxNewTokens: MAX_ANSWER_TOKENS, stopStrings: STOP_STRINGS },
    ...options,
  })) {
    const text: string = begun ? piece : piece.trimStart();
    begun ||= text !== '';
    if (text) yield text;
  }
}
