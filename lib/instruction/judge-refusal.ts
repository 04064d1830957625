/**
 * Finding out what a server refuses about a request: one of its settings, or a question that is too
 * long. Its error says so in codes: OpenAI's `param` and `code`, llama.cpp's `type`. Some servers,
 * such as Ollama, send no codes; only for those do names in the message count.
 */
import type { APIError } from 'openai';

/** The fields of an error that are looked at. */
type ServerError = Pick<APIError, 'status' | 'code' | 'param' | 'type' | 'message'>;

/** Settings that not every model knows, with the names that messages have for them. */
const SETTINGS = {
  max_tokens: /\bmax_tokens\b/i,
  max_completion_tokens: /\bmax_completion_tokens\b/i,
  temperature: /\btemperature\b/i,
  seed: /\bseed\b/i,
  response_format: /\b(?:response_format|json|json_schema|structured outputs?|grammar)\b/i,
};
export type Setting = keyof typeof SETTINGS;

/**
 * Statuses of a request that the server understood but refuses; 501 says that it lacks a feature.
 */
const REFUSALS = [400, 422, 501];

/** A server that fails over a setting says one of these; a failure of another kind does not. */
const UNSUPPORTED =
  /unsupported|not (?:yet )?(?:supported|implemented|available)|does(?: not|n't) support|parse grammar/i;

/** Whether an error is about the request, so that the same one cannot succeed later. */
function isRefusal({ status, type, message }: ServerError): boolean {
  if (status === 500) return type === 'invalid_request_error' || UNSUPPORTED.test(message);
  return REFUSALS.includes(status as number);
}

/** Whether the question is longer than the model's context. */
export function isTooLong({ status, code, type, message }: ServerError): boolean {
  if (status === 413 || code === 'context_length_exceeded') return true;
  if (type === 'exceed_context_size_error') return true;
  const hasCode = typeof code === 'string'; // some servers repeat the HTTP status here
  return !hasCode && /context.{0,20}length|maximum context|too long/i.test(message);
}

/**
 * The setting that an error refuses, of those that were sent; undefined if it is about something
 * else, such as a server that is overloaded or a question that is too long.
 */
export function refusedSetting(error: ServerError, sent: readonly Setting[]): Setting | undefined {
  if (!isRefusal(error) || isTooLong(error)) return undefined;
  const { param, message } = error;
  const named = sent.find((name) => name === param?.split('.')[0]);
  if (named) return named;
  const place = (name: Setting) => message.search(SETTINGS[name]);
  const [first] = sent.filter((name) => place(name) >= 0).sort((a, b) => place(a) - place(b));
  return first;
}
