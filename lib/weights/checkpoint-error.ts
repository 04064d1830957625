import { DataError } from '../core/errors';

/**
 * The ways in which a TensorFlow checkpoint can be wrong, under TensorFlow's own names for such
 * errors.
 */
export type CheckpointErrorCode =
  'NotFound' | 'DataLoss' | 'OutOfRange' | 'Unimplemented' | 'InvalidArgument';

/** A TensorFlow checkpoint that cannot be read. */
export class CheckpointError extends DataError {
  override readonly name = 'CheckpointError';

  constructor(
    readonly code: CheckpointErrorCode,
    message: string,
  ) {
    super(`${code}: ${message}`);
  }
}
