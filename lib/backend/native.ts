/** TensorFlow's own ops by name, for what tfjs has no function for. */
import * as tf from '@tensorflow/tfjs';

/** True when native TensorFlow computes, so that its own ops can be called by name. */
export const isNative = (): boolean => tf.getBackend() === 'tensorflow';

/** An attribute of a TensorFlow op: data types as their tfjs names, integers as `{int: n}`. */
export type OpAttribute =
  'float32' | 'int32' | 'bool' | boolean | { int: number } | { float: number };

interface NativeBackend {
  binding: Record<string, number>;
  executeSingleOutput(name: string, attributes: object[], inputs: tf.Tensor[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: object[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

function encodeAttributes(attributes: Record<string, OpAttribute>): object[] {
  const { binding } = tf.backend() as unknown as NativeBackend;
  const types = { float32: binding.TF_FLOAT, int32: binding.TF_INT32, bool: binding.TF_BOOL };
  return Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'string') return { name, type: binding.TF_ATTR_TYPE, value: types[value] };
    if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
    if ('int' in value) return { name, type: binding.TF_ATTR_INT, value: value.int };
    return { name, type: binding.TF_ATTR_FLOAT, value: value.float };
  });
}

/**
 * Runs one TensorFlow op by its TensorFlow name. Native backend only; tfjs knows no gradient for
 * it, so callers wrap it in `tf.customGrad`.
 */
export function rawOp(
  name: string,
  attributes: Record<string, OpAttribute>,
  inputs: tf.Tensor[],
): tf.Tensor {
  const backend = tf.backend() as unknown as NativeBackend;
  return backend.executeSingleOutput(name, encodeAttributes(attributes), inputs);
}

/** As {@link rawOp}, for an op with several outputs. */
export function rawOps(
  name: string,
  attributes: Record<string, OpAttribute>,
  inputs: tf.Tensor[],
  outputs: number,
): tf.Tensor[] {
  const backend = tf.backend() as unknown as NativeBackend;
  return backend.executeMultipleOutputs(name, encodeAttributes(attributes), inputs, outputs);
}
