/** Errors in TensorFlow checkpoints. */
import { DataError, type DataErrorCode } from '../core/errors';

/**
 * The ways in which a TensorFlow checkpoint can be wrong, under TensorFlow's own names for them.
 */
export type CheckpointReason =
  'NotFound' | 'DataLoss' | 'OutOfRange' | 'Unimplemented' | 'InvalidArgument';

/** A TensorFlow checkpoint that cannot be read. */
export class CheckpointError extends DataError {
  override readonly name = 'CheckpointError';

  constructor(
    readonly reason: CheckpointReason,
    message: string,
    code?: DataErrorCode,
  ) {
    super(`${reason}: ${message}`, code);
  }
}
