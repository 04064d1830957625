/** Calls by name the ops of TensorFlow that tfjs has no function for. */
import type * as tf from '@tensorflow/tfjs';
import { nativeBackend, type RawAttribute, type RawTensor } from '../graph/tfjs-node';

export { isRecording } from '../graph/is-recording';
export { isNative } from '../graph/tfjs-node';

/**
 * An attribute of a TensorFlow op. Data types have their tfjs names, and numbers are wrapped, so
 * that integers can be told from floats.
 */
type OpAttribute = 'float32' | 'int32' | 'bool' | boolean | { int: number } | { float: number };

function encodeAttributes(attributes: Record<string, OpAttribute>): RawAttribute[] {
  const { binding } = nativeBackend();
  const types = { float32: binding.TF_FLOAT, int32: binding.TF_INT32, bool: binding.TF_BOOL };
  return Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'string') return { name, type: binding.TF_ATTR_TYPE, value: types[value] };
    if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
    if ('int' in value) return { name, type: binding.TF_ATTR_INT, value: value.int };
    return { name, type: binding.TF_ATTR_FLOAT, value: value.float };
  });
}

/**
 * Runs one TensorFlow op by its TensorFlow name, on the native backend only. tfjs does not know its
 * gradient, so callers wrap it in `tf.customGrad`.
 */
export function rawOp(
  name: string,
  attributes: Record<string, OpAttribute>,
  inputs: tf.Tensor[],
): tf.Tensor {
  return nativeBackend().executeSingleOutput(name, encodeAttributes(attributes), inputs);
}

/** The same as {@link rawOp}, for an op with several outputs. */
export function rawOps(
  name: string,
  attributes: Record<string, OpAttribute>,
  inputs: tf.Tensor[],
  outputs: number,
): tf.Tensor[] {
  return nativeBackend().executeMultipleOutputs(
    name,
    encodeAttributes(attributes),
    inputs,
    outputs,
  );
}

const scratchVariables: RawTensor[] = [];

/**
 * Runs a TensorFlow op that changes resource variables in place, on values given as tensors: it
 * puts the values into scratch variables, runs the op, and reads the variables' new values.
 *
 * @param values the values for the op's resource inputs, which come first
 * @param inputs the op's other inputs
 * @returns the new value for each of `values`
 */
export function inPlaceOp(
  name: string,
  attributes: Record<string, OpAttribute>,
  values: tf.Tensor[],
  inputs: tf.Tensor[],
): tf.Tensor[] {
  const backend = nativeBackend();
  const { binding } = backend;
  const dtype = encodeAttributes({ dtype: 'float32' });
  // Every call uses the same few variables, because TensorFlow never frees one. Its eager kernels
  // let them change shape.
  while (scratchVariables.length < values.length) {
    const name = `gpt-resource-${scratchVariables.length}`;
    const attribute = [
      ...dtype,
      { name: 'shape', type: binding.TF_ATTR_SHAPE, value: [] },
      { name: 'shared_name', type: binding.TF_ATTR_STRING, value: name },
    ];
    scratchVariables.push(binding.executeOp('VarHandleOp', attribute, [], 1)[0]);
  }
  const handles = scratchVariables.slice(0, values.length).map(({ id }) => id);
  const assign = (ids: number[]) =>
    handles.forEach((handle, i) =>
      binding.executeOp('AssignVariableOp', dtype, [handle, ids[i]], 0),
    );
  assign(backend.getInputTensorIds(values));
  const others = backend.getInputTensorIds(inputs);
  binding.executeOp(name, encodeAttributes(attributes), [...handles, ...others], 0);
  const read = (handle: number) => binding.executeOp('ReadVariableOp', dtype, [handle], 1)[0];
  return handles.map((handle) => backend.createOutputTensor(read(handle)));
}
