/**
 * Reading a server's chat completion, which may be anything: the judge's words, or why there are
 * none.
 */
import { stillThinking } from './parse-score';

/** The reply has no words to read. */
export class UnusableReply extends Error {
  /** @param next what may help: `again` the same request, `another` question, or nothing, `stop` */
  constructor(
    message: string,
    readonly next: 'again' | 'another' | 'stop',
  ) {
    super(message);
  }
}

/** The beginning of server-sent events. */
const STREAMED = /^\s*(?:data|event|id)\s*:/;

type Fields = Record<string, unknown>;

/** The fields of an object; empty for any other value. */
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

/**
 * The judge's words.
 *
 * @param maxTokens the limit that the reply had, for error messages
 * @throws UnusableReply that says what arrived instead
 */
export function readReply(completion: unknown, maxTokens: number): string {
  const { choices, error } = fieldsOf(parsed(completion));
  if (error) throw new UnusableReply(`it reports an error: ${wordsOf(error)}`, 'again');
  if (!Array.isArray(choices))
    throw new UnusableReply('the reply is not a chat completion', 'again');
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
  // A number that was cut off is a different number, so only a complete object counts.
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

/**
 * The completion as an object; JSON that a server sends under another content type arrives here as
 * a string.
 */
function parsed(completion: unknown): unknown {
  if (typeof completion !== 'string') return completion;
  if (STREAMED.test(completion)) {
    throw new UnusableReply('it streams its reply, though the whole was asked for', 'stop');
  }
  try {
    return JSON.parse(completion);
  } catch {
    const page = /^\s*</.test(completion);
    const what = page ? 'a web page: does the address end with /v1?' : 'not a chat completion';
    throw new UnusableReply(`the reply is ${what}`, 'again');
  }
}

/** The text of a content, which is a string or a list of parts. */
function contentOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map(fieldsOf).filter(({ type }) => type === 'text');
  return texts.map(({ text }) => String(text)).join('');
}

/** The message of an error, in any of the forms that servers use. */
export function wordsOf(error: unknown): string {
  if (typeof error === 'string') return error;
  const { message, detail } = fieldsOf(error);
  const words = message ?? detail ?? error;
  return typeof words === 'string' ? words : JSON.stringify(words);
}
