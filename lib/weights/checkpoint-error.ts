import { DataError, type DataErrorCode } from '../core/errors';

/** What can be wrong with a TensorFlow checkpoint, by TensorFlow's own names of such errors. */
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
