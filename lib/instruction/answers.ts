/** Asking a model: one task as in a chat, or a test set in batches, kept in a file that resumes. */
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

/** Most new tokens of an answer, unless told: that of the reference course. */
export const MAX_ANSWER_TOKENS = 256;

/**
 * A model's answer to a task, a piece at a time, as a chat shows it: without the prompt and without
 * white space around it, ended where {@link answerRange} says, or at a stop string of the caller's.
 *
 * @param options greedy and at most 256 tokens unless told, see `generateText`
 * @throws Error when the instruction is empty; as `generateText`
 */
export async function* streamAnswer(
  { model, tokenizer }: { model: GPTModel | TextModel; tokenizer: BPETokenizer },
  task: Task,
  options: Partial<GenerateTextOptions> = {},
): AsyncGenerator<string, void, undefined> {
  if (!task.instruction.trim()) throw new Error('There is no instruction: it is empty');
  const ids = tokenizer.encode(formatPrompt(task), { allowedSpecial: 'none' });
  let written = '';
  let given: number | undefined;
  const next = (complete: boolean) => {
    const { start, end, over } = answerRange(written, complete);
    const piece = written.slice(given ?? start, end);
    if (piece) given = end;
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

/** A record with what a model answered. */
export interface Answer extends InstructionRecord {
  readonly response: string;
  /** `stop`: the model wrote its end of text; `length`: it went on to the limit, and was cut off. */
  readonly finish: 'stop' | 'length';
}

export interface AnswerOptions {
  /** Default {@link MAX_ANSWER_TOKENS}. */
  maxNewTokens?: number;
  /** Records asked together; default 8. */
  batchSize?: number;
  /**
   * A JSON file that the answers are kept in. It is written after each batch, and a second run goes
   * on where the first was stopped or killed; when all are there, nothing is asked.
   */
  file?: string;
  /** Begin anew where the file holds answers of another model, records or options; else an error. */
  replace?: boolean;
  /** Show nothing; default false. */
  quiet?: boolean;
  signal?: AbortSignal;
}

const FORMAT = 'gpt-in-typescript answers 1';

/**
 * The greedy answers of a model to all records, in their order. Several are generated at once, with
 * cached keys and values.
 *
 * @throws Error when an option is impossible; named AbortError after SIGINT or an abort, with what
 *   was answered so far in the file; DataError when the file cannot be used or written
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
  const about = file ? describe(model, records, { maxNewTokens }) : {};
  const answers = file ? readAnswers(file, about, records, options.replace) : [];
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
      if (file) writeAnswers(file, about, answers);
      bar?.update(answers.length);
    }
    return answers;
  } finally {
    loop.end();
    bar?.finish(undefined, answers.length);
  }
}

/** What answers depend on; a file's must be the same for its answers to be used. */
type About = Record<string, string | number>;

function describe(
  model: GPTModel,
  records: readonly InstructionRecord[],
  options: { maxNewTokens: number },
): About {
  const weights = createHash('sha256');
  for (const [name, variable] of Object.entries(model.parameters())) {
    const { buffer, byteOffset, byteLength } = variable.dataSync();
    weights.update(name).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  const asked = createHash('sha256').update(JSON.stringify(records.map(formatPrompt)));
  return { model: weights.digest('hex'), prompts: asked.digest('hex'), ...options };
}

function readAnswers(
  file: string,
  about: About,
  records: readonly InstructionRecord[],
  replace = false,
): Answer[] {
  const { dir, base } = path.parse(path.resolve(file));
  const text = readFilesAtomic(dir, (folder) => {
    const kept = path.join(folder, base);
    return existsSync(kept) ? readText(kept) : undefined;
  });
  if (text === undefined) return [];
  const { format, about: had = {}, answers } = parsed(text);
  if (format !== FORMAT || !Array.isArray(answers)) {
    throw new DataError(`${file} is no "${FORMAT}": delete it, or give another file`);
  }
  const other = Object.keys(about).filter((key) => had[key] !== about[key]);
  if (!other.length) return answers.slice(0, records.length);
  if (replace) return [];
  throw new DataError(
    `${file} holds answers with other ${other.join(', ')}: give another file, or replace it`,
  );
}

function parsed(text: string): { format?: unknown; about?: About; answers?: Answer[] } {
  try {
    return (JSON.parse(text) as ReturnType<typeof parsed> | null) ?? {};
  } catch {
    return {};
  }
}

function writeAnswers(file: string, about: About, answers: readonly Answer[]): void {
  const content = JSON.stringify({ format: FORMAT, about, answers }, null, 1);
  const { dir, base } = path.parse(path.resolve(file));
  writeFilesAtomic(dir, { [base]: `${content}\n` });
}
