/** Writes down which TensorFlow ops a function runs. */
import * as tf from '@tensorflow/tfjs';
import { recorder as state } from './recorder';
import { allVariables, nativeBackend, type RawAttribute } from './tfjs-node';
import { DT } from './graphdef';
import { outputShapes } from './shapes';

/** An op as it ran. Tensors are named by the binding's ids, which are never used twice. */
export interface RecordedOp {
  op: string;
  attributes: RawAttribute[];
  inputs: number[];
  outputs: number[];
  /** Of an op that changes variables in place: the values that went in and those that came out. */
  inPlace?: { before: number; after: number }[];
}

export interface RecordedVariable {
  variable: tf.Variable;
  dtype: number;
  shape: number[];
  /** Ids of its value at the start and at the end; equal where it is only read. */
  before: number;
  after: number;
}

export interface RecordedConstant {
  dtype: number;
  shape: number[];
  values: ArrayBufferView;
}

export interface Recording {
  ops: RecordedOp[];
  /** The arguments that are no variables, and their number. */
  inputs: { index: number; id: number; dtype: number; shape: number[] }[];
  outputs: number[];
  variables: RecordedVariable[];
  constants: Map<number, RecordedConstant>;
  dtypes: Map<number, number>;
  shapes: Map<number, number[]>;
}

/** What went wrong while a function was recorded, with what to do about it. */
export class CompileError extends Error {
  constructor(message: string) {
    super(
      `compile: ${message} To run it as it is, without compiling, set the environment variable ` +
        'GPT_COMPILE=0 before the notebook or script starts.',
    );
    this.name = 'CompileError';
  }
}

/**
 * Runs `fn` once on the arguments and writes down its ops. What it did to variables is undone, so
 * that a recording changes nothing.
 *
 * @throws CompileError when `fn` reads values, uses a tensor that it neither made nor was given,
 *   makes or frees variables
 */
export function record(fn: () => tf.Tensor[], args: readonly tf.Tensor[]): Recording {
  const backend = nativeBackend();
  const { binding } = backend;
  const variables = allVariables();
  const saved = variables.map((variable) => tf.keep(variable.clone()));
  const byData = new Map(variables.map((variable) => [variable.dataId as object, variable]));
  const given = new Set(args.filter((arg) => !(arg instanceof tf.Variable)).map(dataIdOf));
  const made = new Set<object>();
  const ops: RecordedOp[] = [];
  const used = new Map<tf.Variable, number>();
  const constants = new Map<number, RecordedConstant>();
  const dtypes = new Map<number, number>();
  const shapes = new Map<number, number[]>();
  // What the scratch variables of `resourceOps` hold, and which op wrote them last.
  const held = new Map<number, number>();
  const writers = new Map<number, { op: RecordedOp; slot: number }>();

  // What takes long is not computed: memory that nobody writes to stands for it.
  const run: typeof binding.executeOp = (op, attributes, inputs, count) => {
    const isFloat = dtypes.get(inputs[0]) === DT.float32 && op !== 'Cast';
    const known =
      isFloat &&
      outputShapes(
        ...([op, attributes, inputs] as const),
        (id) => shapes.get(id),
        (id) => constants.get(id)?.values as Int32Array | undefined,
      );
    if (!known) return binding.executeOp(op, attributes, inputs, count);
    return known.map((shape) => {
      const size = binding.createTensor([shape.length], DT.int32, Int32Array.from(shape));
      const dtype = { name: 'dtype', type: binding.TF_ATTR_TYPE, value: DT.float32 };
      const unset = { name: 'init', type: binding.TF_ATTR_BOOL, value: false };
      const [empty] = binding.executeOp('Empty', [dtype, unset], [size], 1);
      binding.deleteTensor(size);
      return empty;
    });
  };
  const execute: typeof binding.executeOp = (op, attributes, inputs, count) => {
    const handles = inputs.filter((id) => held.has(id));
    // An op in place is written down only: its effect would be undone, and takes memory till then.
    const runs = !handles.length || op === 'AssignVariableOp' || op === 'ReadVariableOp';
    const outputs = runs ? run(op, attributes, inputs, count) : [];
    for (const { id, dtype, shape } of outputs) {
      dtypes.set(id, dtype);
      shapes.set(id, shape);
    }
    const ids = outputs.map(({ id }) => id);
    if (op === 'VarHandleOp') return outputs;
    if (op === 'AssignVariableOp') {
      held.set(inputs[0], inputs[1]);
      return outputs;
    }
    if (op === 'ReadVariableOp') {
      const { op: writer, slot } = writers.get(inputs[0])!;
      writer.inPlace![slot].after = ids[0];
      return outputs;
    }
    const recorded: RecordedOp = { op, attributes, inputs: [...inputs], outputs: ids };
    if (handles.length) {
      recorded.inPlace = handles.map((handle) => ({ before: held.get(handle)!, after: -1 }));
      recorded.inputs = inputs.filter((id) => !held.has(id));
      handles.forEach((handle, slot) => writers.set(handle, { op: recorded, slot }));
    }
    ops.push(recorded);
    return outputs;
  };
  const create: typeof binding.createTensor = (shape, dtype, values) => {
    const id = binding.createTensor(shape, dtype, values);
    constants.set(id, { shape, dtype, values });
    dtypes.set(id, dtype);
    shapes.set(id, shape);
    return id;
  };

  const recorder = Object.create(binding, {
    executeOp: { value: execute },
    createTensor: { value: create },
  }) as typeof binding;
  const own = { getInputTensorIds: backend.getInputTensorIds, readSync: backend.readSync };
  const { write, createOutputTensor } = backend;
  const getIds = (tensors: readonly { dataId: object }[]) =>
    own.getInputTensorIds.call(backend, tensors);
  const idOf = (tensor: tf.Tensor) => getIds([tensor as unknown as { dataId: object }])[0];
  const note = (dataId: object) => {
    made.add(dataId);
    return dataId;
  };

  try {
    const inputs = [...args.entries()].flatMap(([index, arg]) => {
      if (arg instanceof tf.Variable) return [];
      const id = idOf(arg); // before recording begins: an argument is no constant
      const { dtype } = backend.tensorMap.get(arg.dataId as object);
      dtypes.set(id, dtype);
      shapes.set(id, [...arg.shape]);
      return [{ index, id, dtype, shape: [...arg.shape] }];
    });
    backend.binding = recorder;
    state.active = true;
    backend.write = (values, shape, dtype) => note(write.call(backend, values, shape, dtype));
    backend.createOutputTensor = (raw) => {
      const tensor = createOutputTensor.call(backend, raw);
      note(tensor.dataId as object);
      return tensor;
    };
    backend.getInputTensorIds = (tensors) => {
      for (const { dataId } of tensors) {
        if (!dataId || made.has(dataId) || given.has(dataId)) continue; // no dataId: an Int64Scalar
        const variable = byData.get(dataId);
        if (!variable) throw foreignTensor(backend.tensorMap.get(dataId).shape);
        if (used.has(variable)) continue;
        backend.binding = binding; // what a variable holds at the start is no constant either
        const id = getIds([{ dataId }])[0];
        backend.binding = recorder;
        used.set(variable, id);
        dtypes.set(id, backend.tensorMap.get(dataId).dtype);
        shapes.set(id, [...variable.shape]);
      }
      return getIds(tensors);
    };
    backend.readSync = () => {
      throw new CompileError(
        'the function reads the values of a tensor (data, dataSync, array, print, …), which a ' +
          'recorded computation does not have. Return the tensor and read it outside.',
      );
    };

    const results = fn();
    const outputs = results.map((tensor) => backend.getInputTensorIds([tensor as never])[0]);
    if (allVariables().length !== variables.length) {
      throw new CompileError('the function makes or frees variables. Make them outside.');
    }
    const changed = variables.filter((v, i) => v.dataId !== saved[i].dataId);
    const finals = new Map(changed.map((v) => [v, backend.getInputTensorIds([v as never])[0]]));
    backend.readSync = own.readSync;
    const all = new Set([...used.keys(), ...changed]);
    return {
      ...{ ops, inputs, outputs, constants, dtypes, shapes },
      variables: [...all].map((variable) => {
        const at = saved[variables.indexOf(variable)];
        const before = used.get(variable) ?? -1;
        return {
          ...{ variable, before, after: finals.get(variable) ?? before },
          ...{ dtype: backend.tensorMap.get(at.dataId as object).dtype, shape: [...at.shape] },
        };
      }),
    };
  } finally {
    state.active = false;
    Object.assign(backend, { binding, ...own, write, createOutputTensor });
    variables.forEach((variable, i) => {
      if (variable.isDisposed) return;
      if (variable.dataId !== saved[i].dataId) variable.assign(saved[i]);
      saved[i].dispose();
    });
  }
}

const dataIdOf = ({ dataId }: tf.Tensor): object => dataId;

function foreignTensor(shape: readonly number[]): CompileError {
  return new CompileError(
    `the function uses a tensor of shape (${shape.join(', ')}) that it did not make and was not ` +
      'given, so that a replay would not see it change. Pass it as an argument, make it inside, ' +
      'or make it a tf.variable.',
  );
}
