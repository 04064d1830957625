/** The private API of tfjs-node 4.22 that recording and replaying rely on; it has no types. */
import * as tf from '@tensorflow/tfjs';

/** A tensor as the binding returns it. */
export interface RawTensor {
  id: number;
  shape: number[];
  dtype: number;
}

/** An attribute of an op, as the binding takes it. */
export interface RawAttribute {
  name: string;
  /** One of the binding's TF_ATTR_ numbers. */
  type: number;
  value: unknown;
}

export interface Binding {
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
  readonly TF_Version: string;
  executeOp(name: string, attributes: RawAttribute[], inputs: number[], n: number): RawTensor[];
  createTensor(shape: number[], dtype: number, values: ArrayBufferView): number;
  deleteTensor(id: number): void;
  loadSavedModel(dir: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, tensors: number[], inputs: string, outputs: string): RawTensor[];
}

/** A tensor's data as tfjs-node keeps it. The `id` is the binding's, or −1 if it has none. */
interface TensorData {
  id: number;
  shape: number[];
  dtype: number;
  values: ArrayBufferView | null;
  refCount: number;
}

export interface NativeBackend {
  binding: Binding;
  tensorMap: { get(dataId: object): TensorData; has(dataId: object): boolean };
  getInputTensorIds(tensors: readonly { dataId: object }[]): number[];
  readSync(dataId: object): unknown;
  write(values: unknown, shape: number[], dtype: string): object;
  disposeData(dataId: object, force?: boolean): boolean;
  createOutputTensor(raw: RawTensor): tf.Tensor;
  executeSingleOutput(
    name: string,
    attributes: RawAttribute[],
    inputs: readonly tf.Tensor[],
  ): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: RawAttribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

/** Whether native TensorFlow is the engine, so that its own ops can be called by name. */
export const isNative = (): boolean => tf.getBackend() === 'tensorflow';

/** The data behind a tensor. */
export const dataOf = ({ dataId }: tf.Tensor): TensorData => nativeBackend().tensorMap.get(dataId);

export const nativeBackend = (): NativeBackend => tf.backend() as unknown as NativeBackend;

/** All variables that exist. */
export const allVariables = (): tf.Variable[] =>
  Object.values(
    (tf.engine() as unknown as { state: { registeredVariables: Record<string, tf.Variable> } })
      .state.registeredVariables,
  );

/** Another tensor with the same values, which shares their memory. */
export function identity(tensor: tf.Tensor): tf.Tensor {
  const backend = nativeBackend();
  const ids = backend.getInputTensorIds([tensor]);
  const type = { name: 'T', type: backend.binding.TF_ATTR_TYPE, value: dataOf(tensor).dtype };
  return backend.createOutputTensor(backend.binding.executeOp('Identity', [type], ids, 1)[0]);
}

/** Gives a variable that shares its data with a clone data of its own, with the same value. */
export function unshareData(variable: tf.Variable): void {
  tf.tidy(() => variable.assign(identity(variable)));
}

/** Whether tfjs is writing down what is computed in order to differentiate it. */
export const isTaping = (): boolean =>
  (tf.engine() as unknown as { isTapeOn(): boolean }).isTapeOn();
