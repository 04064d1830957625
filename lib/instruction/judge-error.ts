/** What goes wrong between this program and a judge, a server that somebody else runs. */
import { UserError } from '../core/errors';

/**
 * - `settings`: the address, the model or the key in the environment cannot be what is meant
 * - `key`: the server wants a key, or refuses the one that it got
 * - `unreachable`: nothing answers at the address
 * - `refused`: the server refuses the model or the request, whatever the question
 */
export type JudgeErrorCode = 'settings' | 'key' | 'unreachable' | 'refused';

/** The judge cannot be asked at all, so that no other question need be tried. */
export class JudgeError extends UserError<JudgeErrorCode> {
  override readonly name: string = 'JudgeError';
}

/** One question got no answer; others may. */
export class NoAnswer extends Error {
  override readonly name: string = 'NoAnswer';
}
