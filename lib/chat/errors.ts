/** The errors that a client receives. */
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** The page has a sentence for each code that a person can meet, in both languages. */
export type ErrorCode =
  | 'forbidden'
  | 'not-found'
  | 'wrong-method'
  | 'not-json'
  | 'too-large'
  | 'invalid'
  | 'busy'
  | 'no-model'
  | 'broken-model'
  | 'stopping'
  | 'internal';

/** An error that the client receives, with this status, as `{ code, message }`. */
export class ChatError extends Error {
  constructor(
    readonly status: ContentfulStatusCode,
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** An error as the client may see it; details about this machine go to the terminal only. */
export function publicError(error: unknown): { code: ErrorCode; message: string } {
  if (error instanceof ChatError) return { code: error.code, message: error.message };
  return { code: 'internal', message: 'Something went wrong; the terminal of the chat says what' };
}
