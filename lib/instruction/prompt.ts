/** The form in which an instruction is put to a model, and how its answer is read back. */
import { END_OF_TEXT } from '../tokenizer';

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
const RESPONSE_LINE = new RegExp(`^${RESPONSE}`, 'm');

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

/** How far an answer can be read in what a model has written so far, in UTF-16 units. */
export interface AnswerRange {
  /** Where it begins: white space before it is no part of it. */
  readonly start: number;
  /** Up to here it is certain; what follows is white space or may begin a marker. */
  readonly end: number;
  /** The answer is over: nothing that follows belongs to it. */
  readonly over: boolean;
}

/** The beginning of both of Alpaca's preambles. */
const TASK = 'Below is an instruction that describes a task';
const HEADINGS = ['Instruction', 'Input', 'Response'];

const escaped = (text: string) => text.replace(/\|/g, '\\|');
const anyOf = (patterns: readonly string[]) => `(?:${patterns.join('|')})`;
/** A pattern for every beginning of a text that has at least `shortest` characters. */
const begun = (text: string, shortest = 1): string =>
  [...text].reduceRight((rest, char, i) => {
    const more = rest && i + 1 >= shortest ? `(?:${rest})?` : rest;
    return escaped(char) + more;
  }, '');

const heading = `(?<!#)#{3,}\\s*${anyOf(HEADINGS)}\\s*:`;
const headingBegun = `${anyOf(HEADINGS.map((each) => begun(each)))}\\s*`;
const MARKER = new RegExp(anyOf([heading, TASK, escaped(END_OF_TEXT)]));
/** What may begin a marker, at the end of a text that goes on. */
const UNSURE = new RegExp(
  `${anyOf([`(?<!#)#+\\s*(?:${headingBegun})?`, begun(TASK), begun(END_OF_TEXT)])}?$`,
);
/** What can hardly be anything but a marker that was cut off. */
const CUT_OFF = new RegExp(
  `${anyOf([`(?<!#)#{3,}\\s*${headingBegun}`, begun(TASK, 'Below is an instruction'.length), begun(END_OF_TEXT, '<|end'.length)])}?$`,
);

/**
 * Where a model's answer ends, for every use of it: scored, judged, streamed, or shown in the chat.
 * It ends at the end of text, or where the model goes on with a task of its own: at one of the
 * prompt's three headings, whatever white space they have, or at the preamble. Other headings, such
 * as `### Summary:`, belong to the answer.
 *
 * @param written what the model wrote, without the prompt
 * @param complete whether it writes no more; else what may begin such a marker is withheld
 */
export function answerRange(written: string, complete = true): AnswerRange {
  const start = written.length - written.trimStart().length;
  const marker = written.search(MARKER);
  const over = marker >= 0;
  const sure = over ? marker : written.search(complete ? CUT_OFF : UNSURE);
  const end = Math.max(start, written.slice(0, sure).trimEnd().length);
  return { start, end, over };
}

/**
 * The answer in what a model wrote, without white space around it, see {@link answerRange}. A text
 * that begins with the preamble is taken for prompt and answer: then the answer is what follows the
 * first `### Response:` that begins a line.
 */
export function extractResponse(text: string): string {
  const prompted = text.trimStart().startsWith(PREAMBLE);
  const heading = prompted ? text.search(RESPONSE_LINE) : -1;
  const written = heading < 0 ? text : text.slice(heading + RESPONSE.length);
  const { start, end } = answerRange(written);
  return written.slice(start, end);
}
