/** The form of a prompt, and where a model's answer to it ends. */
import { END_OF_TEXT } from '../tokenizer';

/** A task and its answer, in the format of Stanford's Alpaca. */
export interface InstructionRecord {
  readonly instruction: string;
  /** The text that the task is about, such as a sentence to rewrite; may be empty. */
  readonly input: string;
  /** The reference answer. */
  readonly output: string;
}

/** A record without its answer. */
export type Task = Pick<InstructionRecord, 'instruction'> & { readonly input?: string };

const PREAMBLE =
  'Below is an instruction that describes a task. ' +
  'Write a response that appropriately completes the request.';

const RESPONSE = '### Response:';
const RESPONSE_LINE = new RegExp(`^${RESPONSE}`, 'm');

/**
 * The prompt in the form of Stanford's Alpaca, with the single preamble of the reference course. It
 * ends where the answer begins. Training, notebook, script and chat all use this function, because
 * a model answers worse if it is asked in another form than the one it was trained in.
 */
export function formatPrompt({ instruction, input }: Task): string {
  const about = input ? `\n\n### Input:\n${input}` : '';
  return `${PREAMBLE}\n\n### Instruction:\n${instruction}${about}\n\n${RESPONSE}\n`;
}

/** The part of a model's text that is its answer, in UTF-16 units. */
export interface AnswerRange {
  /** Where the answer begins, after leading white space. */
  readonly start: number;
  /** Where the part that is certain ends; the rest is white space, or may begin a marker. */
  readonly end: number;
  /** Whether the answer is over, so that nothing further belongs to it. */
  readonly over: boolean;
}

/** The beginning that Alpaca's two preambles share. */
const TASK = 'Below is an instruction that describes a task';
const HEADINGS = ['Instruction', 'Input', 'Response'];

const escaped = (text: string) => text.replace(/\|/g, '\\|');
const anyOf = (patterns: readonly string[]) => `(?:${patterns.join('|')})`;
/** A pattern that matches every beginning of a text with at least `shortest` characters. */
const beginningOf = (text: string, shortest = 1): string =>
  [...text].reduceRight((rest, char, i) => {
    const more = rest && i + 1 >= shortest ? `(?:${rest})?` : rest;
    return escaped(char) + more;
  }, '');

const heading = `(?<!#)#{3,}\\s*${anyOf(HEADINGS)}\\s*:`;
const headingBeginning = `${anyOf(HEADINGS.map((each) => beginningOf(each)))}\\s*`;
const MARKER = new RegExp(anyOf([heading, TASK, escaped(END_OF_TEXT)]));
/** Matches one of the patterns, or nothing, at the end of a text. */
const ending = (patterns: readonly string[]) => new RegExp(`${anyOf(patterns)}?$`);
/** The end of an unfinished text that may begin a marker. */
const MARKER_MAY_BEGIN = ending([
  `(?<!#)#+\\s*(?:${headingBeginning})?`,
  beginningOf(TASK),
  beginningOf(END_OF_TEXT),
]);
/** The end of a finished text that is almost certainly a marker that was cut off. */
const MARKER_CUT_OFF = ending([
  `(?<!#)#{3,}\\s*${headingBeginning}`,
  beginningOf(TASK, 'Below is an instruction'.length),
  beginningOf(END_OF_TEXT, '<|end'.length),
]);

/**
 * The part of a model's text that is its answer, whether it is to be scored, judged, streamed, or
 * shown in the chat. The answer ends at the end of text, or where the model continues with a task
 * of its own: at one of the prompt's three headings, with any white space, or at the preamble.
 * Other headings, such as `### Summary:`, belong to the answer.
 *
 * @param written the model's text, without the prompt
 * @param complete whether the text is finished; if not, an end that may begin a marker is withheld
 */
export function answerRange(written: string, complete = true): AnswerRange {
  const start = written.length - written.trimStart().length;
  const marker = written.search(MARKER);
  const over = marker >= 0;
  const sure = over ? marker : written.search(complete ? MARKER_CUT_OFF : MARKER_MAY_BEGIN);
  const end = Math.max(start, written.slice(0, sure).trimEnd().length);
  return { start, end, over };
}

/**
 * The answer in a model's text, without white space around it; see {@link answerRange}. A text that
 * begins with the preamble is taken to be prompt and answer, and the answer follows the first
 * `### Response:` at the beginning of a line.
 */
export function extractResponse(text: string): string {
  const prompted = text.trimStart().startsWith(PREAMBLE);
  const heading = prompted ? text.search(RESPONSE_LINE) : -1;
  const written = heading < 0 ? text : text.slice(heading + RESPONSE.length);
  const { start, end } = answerRange(written);
  return written.slice(start, end);
}
