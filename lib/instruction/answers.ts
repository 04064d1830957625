/**
 * Asking a model: a single task as in a chat, or a test set in batches, saved in a file as it goes.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { interruptible } from '../backend';
import { readFilesAtomic } from '../core/atomic-read';
import { writeFilesAtomic } from '../core/atomic-write';
import { checkPositive } from '../core/checks';
import { DataError } from '../core/errors';
import { readText } from '../core/read-file';
import { generateBatch, generateText, type GenerateTextOptions, type TextModel } from '../decoding';
import { progress } from '../display';
import type { GPTModel } from '../model';
import type { BPETokenizer } from '../tokenizer';
import { endOfTextId } from './batches';
import type { InstructionModel } from './files';
import { answerRange, formatPrompt, type InstructionRecord, type Task } from './prompt';

/** Default limit on the new tokens of an answer, from the reference course. */
const MAX_ANSWER_TOKENS = 256;

/**
 * Yields a model's answer to a task piece by piece, for a chat: without the prompt and without
 * white space around it. It ends where {@link answerRange} says, or at a stop string of the
 * caller's.
 *
 * @param options those of `generateText`; default greedy decoding of at most 256 tokens
 * @throws Error if the instruction is empty; errors of `generateText`
 */
export async function* streamAnswer(
  { model, tokenizer }: { model: GPTModel | TextModel; tokenizer: BPETokenizer },
  task: Task,
  options: Partial<GenerateTextOptions> = {},
): AsyncGenerator<string, void, undefined> {
  if (!task.instruction.trim()) throw new Error('The instruction is empty');
  const ids = tokenizer.encode(formatPrompt(task), { allowedSpecial: 'none' });
  let written = '';
  let yielded: number | undefined; // where the last piece ended
  const next = (complete: boolean) => {
    const { start, end, over } = answerRange(written, complete);
    const piece = written.slice(yielded ?? start, end);
    if (piece) yielded = end;
    return { piece, over };
  };
  const settings = { maxNewTokens: MAX_ANSWER_TOKENS, ...options };
  for await (const text of generateText(model, tokenizer, ids, settings)) {
    written += text;
    const { piece, over } = next(false);
    if (piece) yield piece;
    if (over) return;
  }
  const { piece } = next(true);
  if (piece) yield piece;
}

/** A record together with a model's answer. */
export interface Answer extends InstructionRecord {
  readonly response: string;
  /** `stop`: the model ended the text; `length`: it reached the limit and was cut off. */
  readonly finish: 'stop' | 'length';
}

export interface AnswerOptions {
  /** Most new tokens of an answer; default 256. */
  maxNewTokens?: number;
  /** Number of records answered together; default 8. */
  batchSize?: number;
  /**
   * A JSON file that holds the answers. It is written after each batch, so that a second run
   * resumes where the first was stopped or killed. If it has all the answers, the model is not
   * asked.
   */
  file?: string;
  /**
   * Whether to replace a file with answers of another model, records or options, which otherwise is
   * an error; default false.
   */
  replace?: boolean;
  /** Whether to show no progress bar; default false. */
  quiet?: boolean;
  signal?: AbortSignal;
}

const FORMAT = 'gpt-in-typescript answers 1';

/**
 * A model's greedy answers to all records, in their order. Several are generated at once, with a KV
 * cache.
 *
 * @throws RangeError if an option is impossible; Error named AbortError after SIGINT or an abort,
 *   and the file then holds the answers so far; DataError if the file cannot be used or written
 */
export async function answerAll(
  { model, tokenizer }: InstructionModel,
  records: readonly InstructionRecord[],
  options: AnswerOptions = {},
): Promise<Answer[]> {
  const { maxNewTokens = MAX_ANSWER_TOKENS, batchSize = 8, file, quiet = false, signal } = options;
  checkPositive({ batchSize });
  const { vocabSize } = tokenizer;
  const settings = { maxNewTokens, vocabSize, stop: endOfTextId(tokenizer), signal };
  const origin = file ? originOf(model, records, { maxNewTokens }) : {};
  const answers = file ? readAnswers(file, origin, records, options.replace) : [];
  const bar = quiet || !records.length ? undefined : progress(records.length, { label: 'answers' });
  const loop = interruptible(signal);
  try {
    while (answers.length < records.length) {
      await loop.pause();
      const batch = records.slice(answers.length, answers.length + batchSize);
      const prompts = batch.map((record) =>
        tokenizer.encode(formatPrompt(record), { allowedSpecial: 'none' }),
      );
      const ids: number[][] = batch.map(() => []);
      for await (const step of generateBatch(model, prompts, settings)) {
        step.forEach((id, row) => id !== null && ids[row].push(id));
      }
      batch.forEach(({ instruction, input, output }, row) => {
        const written = tokenizer.decode(ids[row]);
        const { start, end } = answerRange(written);
        const response = written.slice(start, end);
        const finish = ids[row].length < maxNewTokens ? 'stop' : 'length';
        answers.push({ instruction, input, output, response, finish });
      });
      if (file) writeAnswers(file, origin, answers);
      bar?.update(answers.length);
    }
    return answers;
  } finally {
    loop.end();
    bar?.finish(undefined, answers.length);
  }
}

/** Everything that answers depend on. A file's answers are used only if its origin is the same. */
type Origin = Record<string, string | number>;

function originOf(
  model: GPTModel,
  records: readonly InstructionRecord[],
  options: { maxNewTokens: number },
): Origin {
  const weights = createHash('sha256');
  for (const [name, variable] of Object.entries(model.parameters())) {
    const { buffer, byteOffset, byteLength } = variable.dataSync();
    weights.update(name).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  const prompts = createHash('sha256').update(JSON.stringify(records.map(formatPrompt)));
  return { model: weights.digest('hex'), prompts: prompts.digest('hex'), ...options };
}

function readAnswers(
  file: string,
  origin: Origin,
  records: readonly InstructionRecord[],
  replace = false,
): Answer[] {
  const { dir, base } = path.parse(path.resolve(file));
  const text = readFilesAtomic(dir, (folder) => {
    const saved = path.join(folder, base);
    return existsSync(saved) ? readText(saved) : undefined;
  });
  if (text === undefined) return [];
  const { format, about = {}, answers } = parsed(text);
  if (format !== FORMAT || !Array.isArray(answers)) {
    throw new DataError(
      `${file} is not in the format "${FORMAT}": delete it, or give another file`,
    );
  }
  const differing = Object.keys(origin).filter((key) => about[key] !== origin[key]);
  if (!differing.length) return answers.slice(0, records.length);
  if (replace) return [];
  throw new DataError(
    `${file} holds answers with other ${differing.join(', ')}: give another file, or replace it`,
  );
}

function parsed(text: string): { format?: unknown; about?: Origin; answers?: Answer[] } {
  try {
    return (JSON.parse(text) as ReturnType<typeof parsed> | null) ?? {};
  } catch {
    return {};
  }
}

function writeAnswers(file: string, origin: Origin, answers: readonly Answer[]): void {
  const content = JSON.stringify({ format: FORMAT, about: origin, answers }, null, 1);
  const { dir, base } = path.parse(path.resolve(file));
  writeFilesAtomic(dir, { [base]: `${content}\n` });
}
