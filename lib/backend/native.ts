/** TensorFlow's own ops by name, for what tfjs has no function for. */
import type * as tf from '@tensorflow/tfjs';
import { nativeBackend, type RawAttribute, type RawTensor } from '../graph/tfjs-node';

export { recorder } from '../graph/recorder';
export { isNative } from '../graph/tfjs-node';

/** An attribute of a TensorFlow op: data types as their tfjs names, integers as `{int: n}`. */
export type OpAttribute =
  'float32' | 'int32' | 'bool' | boolean | { int: number } | { float: number };

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
 * Runs one TensorFlow op by its TensorFlow name. Native backend only; tfjs knows no gradient for
 * it, so callers wrap it in `tf.customGrad`.
 */
export function rawOp(
  name: string,
  attributes: Record<string, OpAttribute>,
  inputs: tf.Tensor[],
): tf.Tensor {
  return nativeBackend().executeSingleOutput(name, encodeAttributes(attributes), inputs);
}

/** As {@link rawOp}, for an op with several outputs. */
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

const resources: RawTensor[] = [];

/**
 * Runs a TensorFlow op that changes resource variables in place, on values given as tensors: they
 * are put into variables, the op runs, and the variables' new values come back.
 *
 * @param values what the op's resource inputs hold, which are its first inputs
 * @param inputs its other inputs
 * @returns a new tensor for each of `values`
 */
export function resourceOps(
  name: string,
  attributes: Record<string, OpAttribute>,
  values: tf.Tensor[],
  inputs: tf.Tensor[],
): tf.Tensor[] {
  const backend = nativeBackend();
  const { binding } = backend;
  const dtype = encodeAttributes({ dtype: 'float32' });
  // The same few variables for every call: TensorFlow never frees one, and its eager
  // kernels do not hold them to their shape.
  while (resources.length < values.length) {
    const name = `gpt-resource-${resources.length}`;
    const attribute = [
      ...dtype,
      { name: 'shape', type: binding.TF_ATTR_SHAPE, value: [] },
      { name: 'shared_name', type: binding.TF_ATTR_STRING, value: name },
    ];
    resources.push(binding.executeOp('VarHandleOp', attribute, [], 1)[0]);
  }
  const handles = resources.slice(0, values.length).map(({ id }) => id);
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
