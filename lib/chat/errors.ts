/** What a client is told when something cannot be done. */
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** Each has its sentence in both languages of the page. */
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

/** An answer with this status and `{ code, message }`; the message is for the client's eyes. */
export class ChatError extends Error {
  constructor(
    readonly status: ContentfulStatusCode,
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** What went wrong, without anything of this machine: that is for the terminal. */
export function publicError(error: unknown): { code: ErrorCode; message: string } {
  if (error instanceof ChatError) return { code: error.code, message: error.message };
  return { code: 'internal', message: 'Something went wrong; the terminal of the chat says what' };
}
