/**
 * Errors that the person at the screen can act on, and the one scheme of their codes:
 *
 * - The class says what the error is about: data, a judge. Its message is one line for people,
 *   which says what was wrong and what was expected. It may change, so no code reads it.
 * - `code` is for programs. It is one of a few words that belong to the class and say what can be
 *   done about the error, as in {@link DataErrorCode}.
 * - `reason` is the name that a file format gives to the fault, if it has names for them, such as
 *   `HeaderTooLarge` of safetensors. It says which rule was broken, and `code` what that means.
 */

/** An error whose message says in one line what to do, so that nobody needs its stack. */
export class UserError<Code extends string = string> extends Error {
  override readonly name: string = 'UserError';

  constructor(
    message: string,
    readonly code: Code,
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
export class DataError extends UserError<DataErrorCode> {
  override readonly name: string = 'DataError';

  constructor(message: string, code: DataErrorCode = 'invalid') {
    super(message, code);
  }
}

/** Whether something failed because data are not on this machine. */
export const isAbsent = (error: unknown): boolean =>
  error instanceof DataError && error.code === 'absent';

/** Whether Node.js gave an error one of these codes, such as ENOENT. */
export const isSystemError = (error: unknown, ...codes: string[]): boolean =>
  codes.includes((error as { code?: string } | undefined)?.code ?? '');
