/** Errors that the person at the screen can act on. */

/**
 * An error whose message is one line that says what to do; nobody needs its stack. Code that reacts
 * to it looks at `code`: the message is for people and may change.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';

  constructor(
    message: string,
    /** What went wrong, in a word. */
    readonly code: string,
  ) {
    super(message);
  }
}

/**
 * - `absent`: it is not on this machine, or not as it was published: it has to be fetched or made
 * - `unreadable`, `unwritable`: the system refuses, as without permission or on a full disk
 * - `replaced`: it changed while it was read: reading it again may succeed
 * - `network`: it cannot be fetched
 * - `invalid`: it is not what it has to be
 */
export type DataErrorCode =
  'absent' | 'unreadable' | 'unwritable' | 'replaced' | 'network' | 'invalid';

/** A file, a folder or data in them that cannot be read, written, fetched or used. */
export class DataError extends UserError {
  override readonly name: string = 'DataError';

  constructor(message: string, code: DataErrorCode = 'invalid') {
    super(message, code);
  }
}

/** Whether something failed because data are not on this machine. */
export const isAbsent = (error: unknown): error is DataError =>
  error instanceof DataError && error.code === 'absent';

/** Whether Node.js gave an error one of these codes, such as ENOENT. */
export const isSystemError = (error: unknown, ...codes: string[]): boolean =>
  codes.includes((error as { code?: string } | undefined)?.code ?? '');
