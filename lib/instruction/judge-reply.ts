/** What a server sends as a chat completion, which may be anything: the judge's words, or why there are none. */
import { stillThinking } from './parse-score';

/** There are no words to be read. */
export class UnusableReply extends Error {
  /** @param next what may help: the same again, another question, or another server */
  constructor(
    message: string,
    readonly next: 'again' | 'another' | 'stop',
  ) {
    super(message);
  }
}

/** Server-sent events. */
const STREAMED = /^\s*(?:data|event|id)\s*:/;

type Fields = Record<string, unknown>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

/**
 * The judge's words.
 *
 * @param maxTokens that it was allowed, for errors
 * @throws UnusableReply that says what came instead
 */
export function readReply(completion: unknown, maxTokens: number): string {
  const { choices, error } = fieldsOf(parsed(completion));
  if (error) throw new UnusableReply(`it reports an error: ${wordsOf(error)}`, 'again');
  if (!Array.isArray(choices)) throw new UnusableReply('the reply is no chat completion', 'again');
  if (!choices.length) throw new UnusableReply('the reply has no choices', 'again');
  const { message, finish_reason: finish } = fieldsOf(choices[0]);
  if (!message) throw new UnusableReply('the first choice of the reply has no message', 'again');
  const { content, refusal } = fieldsOf(message);
  const words = contentOf(content);
  if (refusal && !words)
    throw new UnusableReply(`the judge refuses: ${wordsOf(refusal)}`, 'another');
  if (finish === 'content_filter') {
    throw new UnusableReply('a filter of the server stopped the reply', 'another');
  }
  // A number that is cut off is another number; only an object's end is an end.
  if (finish === 'length' && !words?.trimEnd().endsWith('}')) {
    const thinking = !words?.trim() || stillThinking(words);
    const where = thinking ? 'while thinking' : 'before the end of its reply';
    throw new UnusableReply(
      `the judge ran out of ${maxTokens} tokens ${where}; allow more with maxTokens`,
      'another',
    );
  }
  if (words !== undefined) return words;
  throw new UnusableReply(
    'the reply has no content',
    typeof finish === 'string' ? 'another' : 'again',
  );
}

/** JSON may be called something else. */
function parsed(completion: unknown): unknown {
  if (typeof completion !== 'string') return completion;
  if (STREAMED.test(completion)) {
    throw new UnusableReply('it streams its reply, though the whole was asked for', 'stop');
  }
  try {
    return JSON.parse(completion);
  } catch {
    const page = /^\s*</.test(completion);
    const what = page ? 'a web page: does the address end with /v1?' : 'no chat completion';
    throw new UnusableReply(`the reply is ${what}`, 'again');
  }
}

/** A text, or the texts among parts. */
function contentOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map(fieldsOf).filter(({ type }) => type === 'text');
  return texts.map(({ text }) => String(text)).join('');
}

/** What an error says, in whichever of the forms that servers use. */
export function wordsOf(error: unknown): string {
  if (typeof error === 'string') return error;
  const { message, detail } = fieldsOf(error);
  const said = message ?? detail ?? error;
  return typeof said === 'string' ? said : JSON.stringify(said);
}
