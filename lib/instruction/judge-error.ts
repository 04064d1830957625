/** Errors between this program and a judge, which is a server that somebody else runs. */
import { UserError } from '../core/errors';

/**
 * - `settings`: the address, the model or the key in the environment cannot be right
 * - `key`: the server wants a key, or refuses the one that it got
 * - `unreachable`: nothing answers at the address
 * - `refused`: the server refuses the model, or any request of this kind
 */
export type JudgeErrorCode = 'settings' | 'key' | 'unreachable' | 'refused';

/** The judge cannot be asked at all, so other questions need not be tried. */
export class JudgeError extends UserError<JudgeErrorCode> {
  override readonly name: string = 'JudgeError';
}

/** One question got no answer; others may get one. */
export class NoAnswer extends Error {
  override readonly name: string = 'NoAnswer';
}
