/** Runs a function once and writes down which TensorFlow ops it runs. */
import * as tf from '@tensorflow/tfjs';
import { attributesOf } from './attributes';
import { CompileError } from './compile-error';
import { DT } from './graphdef';
import { opTable } from './op-table';
import { forbidRandomness } from './forbid-randomness';
import { setRecording } from './is-recording';
import type { RecordedConstant, RecordedOp, Recording, TensorType } from './recording';
import { outputShapes, shapeDependsOnValues } from './shapes';
import {
  allVariables,
  dataOf,
  identity,
  nativeBackend,
  unshareData,
  type Binding,
  type NativeBackend,
  type RawAttribute,
  type RawTensor,
} from './tfjs-node';

/**
 * Runs `fn` once and writes down its ops. Afterwards all variables have their old values again, and
 * those that `fn` made are freed, even if it throws. Two things cannot be undone: a variable that
 * it freed, and whatever it did besides computing with tensors.
 *
 * @param fn receives a stand-in for each argument, so that an argument can be told from the same
 *   tensor or variable reached from outside
 * @throws CompileError if `fn` reads values, uses a tensor that it neither made nor was given,
 *   makes or frees variables, draws random numbers in JavaScript, or runs an op that is refused
 */
export function record(
  fn: (args: tf.Tensor[]) => tf.Tensor[],
  args: readonly tf.Tensor[],
): Recording {
  return new Recorder().run(args, fn);
}

/** A variable as it was before the recording began. The clone keeps its value. */
interface Before {
  variable: tf.Variable;
  dataId: object;
  clone: tf.Tensor;
}

class Recorder {
  private readonly backend: NativeBackend = nativeBackend();
  private readonly binding: Binding = this.backend.binding;
  private readonly ops: RecordedOp[] = [];
  private readonly constants = new Map<number, RecordedConstant>();
  private readonly types = new Map<number, TensorType>();
  private readonly standIns: tf.Tensor[] = [];
  /** The program's variables, without the stand-ins. */
  private readonly existing = new Set(allVariables());
  private readonly variables: Before[] = [];
  private readonly variableByData = new Map<object, tf.Variable>();
  /** The data of the arguments that are not variables, and of what the function has made. */
  private readonly madeOrGiven = new Set<object>();
  /** For each variable that was read, the id of the value that it had at the start. */
  private readonly startValues = new Map<tf.Variable, number>();
  /** The value in each scratch variable of `inPlaceOp`, and the op that wrote it last. */
  private readonly scratchValues = new Map<number, number>();
  private readonly lastWriters = new Map<number, { op: RecordedOp; slot: number }>();

  run(args: readonly tf.Tensor[], fn: (args: tf.Tensor[]) => tf.Tensor[]): Recording {
    const cleanUp = [() => this.undo()];
    try {
      this.prepare(args);
      const inputs = this.inputs();
      cleanUp.push(this.install(), forbidRandomness());
      const results = fn(this.standIns);
      return this.recording(inputs, this.backend.getInputTensorIds(results));
    } finally {
      while (cleanUp.length) cleanUp.pop()!();
    }
  }

  private prepare(args: readonly tf.Tensor[]): void {
    // A variable may share its data with other tensors: its initial value, or a clone.
    for (const variable of allVariables()) if (dataOf(variable).refCount > 1) unshareData(variable);
    makeStandIns(args, this.standIns);
    for (const variable of allVariables()) {
      const { dataId } = variable;
      this.variables.push({ variable, dataId, clone: tf.keep(variable.clone()) });
      this.variableByData.set(dataId, variable);
    }
  }

  private inputs(): Recording['inputs'] {
    return this.standIns.flatMap((tensor, index) => {
      if (tensor instanceof tf.Variable) return [];
      const [id] = this.backend.getInputTensorIds([tensor]);
      const { dtype } = dataOf(tensor);
      if (dtype === DT.string) throw noStrings();
      this.madeOrGiven.add(tensor.dataId);
      this.types.set(id, { dtype, shape: [...tensor.shape] });
      return [{ id, index }];
    });
  }

  private recording(inputs: Recording['inputs'], outputs: number[]): Recording {
    const present = new Set(allVariables());
    const same = this.variables.every(({ variable }) => present.has(variable));
    if (!same || present.size !== this.variables.length) {
      throw new CompileError('the function makes or frees variables. Make them outside.');
    }
    const changed = new Map<tf.Variable, number>();
    for (const { variable, dataId } of this.variables) {
      if (variable.dataId === dataId) continue;
      changed.set(variable, this.backend.getInputTensorIds([variable])[0]);
    }
    const used = new Set([...this.startValues.keys(), ...changed.keys()]);
    const cloneOf = new Map(this.variables.map(({ variable, clone }) => [variable, clone]));
    const variables = [...used].map((variable) => {
      const { dtype } = dataOf(cloneOf.get(variable)!);
      const before = this.startValues.get(variable) ?? -1;
      const after = changed.get(variable) ?? before;
      const argument = this.standIns.indexOf(variable);
      const source = argument < 0 ? variable : argument;
      return { source, dtype, shape: [...variable.shape], before, after };
    });
    const { ops, constants, types } = this;
    return { ops, inputs, outputs, variables, constants, types };
  }

  /** Takes the place of tfjs-node's binding, and returns a function that gives it back. */
  private install(): () => void {
    const { backend, binding } = this;
    const { getInputTensorIds, readSync, write, createOutputTensor } = backend;
    const remember = (dataId: object) => {
      this.madeOrGiven.add(dataId);
      return dataId;
    };
    setRecording(true);
    backend.binding = Object.create(binding, {
      executeOp: { value: this.executeOp.bind(this) },
      createTensor: { value: this.createTensor.bind(this) },
    }) as Binding;
    backend.write = (values, shape, dtype) => remember(write.call(backend, values, shape, dtype));
    backend.createOutputTensor = (raw) => {
      const tensor = createOutputTensor.call(backend, raw);
      remember(tensor.dataId);
      return tensor;
    };
    backend.getInputTensorIds = (tensors) => {
      for (const { dataId } of tensors) this.admit(dataId, getInputTensorIds);
      return getInputTensorIds.call(backend, tensors);
    };
    backend.readSync = () => {
      throw new CompileError(
        'the function reads the values of a tensor (data, dataSync, array, print, …), which a ' +
          'recorded computation does not have. Return the tensor and read it outside.',
      );
    };
    return () => {
      setRecording(false);
      Object.assign(backend, { binding, getInputTensorIds, readSync, write, createOutputTensor });
    };
  }

  /**
   * Admits a tensor that `fn` made or was given, or a variable, and notes that the variable was
   * read.
   */
  private admit(dataId: object | undefined, getIds: NativeBackend['getInputTensorIds']): void {
    if (!dataId || this.madeOrGiven.has(dataId)) return; // a 64-bit scalar of tfjs has no data id
    const variable = this.variableByData.get(dataId);
    if (!variable) throw foreignTensor(this.backend.tensorMap.get(dataId).shape);
    if (this.startValues.has(variable)) return;
    const { binding } = this.backend;
    this.backend.binding = this.binding; // what a variable holds at the start is not a constant
    const [id] = getIds.call(this.backend, [{ dataId }]);
    this.backend.binding = binding;
    this.startValues.set(variable, id);
    this.types.set(id, { dtype: dataOf(variable).dtype, shape: [...variable.shape] });
  }

  private createTensor(shape: number[], dtype: number, values: ArrayBufferView): number {
    if (dtype === DT.string) throw noStrings();
    const id = this.binding.createTensor(shape, dtype, values);
    this.constants.set(id, { dtype, shape, values });
    this.types.set(id, { dtype, shape });
    return id;
  }

  private executeOp(
    op: string,
    attributes: RawAttribute[],
    inputs: number[],
    count: number,
  ): RawTensor[] {
    if (op === 'VarHandleOp') return this.binding.executeOp(op, attributes, inputs, count);
    if (op === 'AssignVariableOp') {
      this.scratchValues.set(inputs[0], inputs[1]);
      return this.binding.executeOp(op, attributes, inputs, count);
    }
    if (op === 'ReadVariableOp') {
      const outputs = this.compute(op, attributes, inputs, count);
      const written = this.lastWriters.get(inputs[0]);
      if (!written) throw notInTable('ReadVariableOp');
      written.op.inPlace![written.slot].after = outputs[0].id;
      return outputs;
    }
    const handles = inputs.filter((id) => this.scratchValues.has(id));
    checkOp(op, handles.length > 0);
    // An op in place is only written down: running it would take memory and have to be undone.
    const outputs = handles.length ? [] : this.compute(op, attributes, inputs, count);
    const recorded: RecordedOp = {
      op,
      attributes: attributesOf(attributes),
      inputs: inputs.filter((id) => !this.scratchValues.has(id)),
      outputs: outputs.map(({ id }) => id),
    };
    if (handles.length) {
      recorded.inPlace = handles.map((id) => ({ before: this.scratchValues.get(id)!, after: -1 }));
      handles.forEach((id, slot) => this.lastWriters.set(id, { op: recorded, slot }));
    }
    this.ops.push(recorded);
    return outputs;
  }

  /** Runs an op, unless its output shapes are known: uninitialised memory then stands for them. */
  private compute(
    op: string,
    attributes: RawAttribute[],
    inputs: number[],
    count: number,
  ): RawTensor[] {
    const isFloat = this.types.get(inputs[0])?.dtype === DT.float32;
    const shapes =
      isFloat &&
      outputShapes(
        op,
        attributesOf(attributes),
        inputs.map((id) => this.types.get(id)?.shape),
        inputs.map((id) => this.constants.get(id)?.values as Int32Array | undefined),
      );
    const outputs = shapes
      ? shapes.map((shape) => this.empty(shape))
      : this.binding.executeOp(op, attributes, inputs, count);
    for (const { id, dtype, shape } of outputs) this.types.set(id, { dtype, shape });
    return outputs;
  }

  private empty(shape: readonly number[]): RawTensor {
    const { binding } = this;
    const size = binding.createTensor([shape.length], DT.int32, Int32Array.from(shape));
    const dtype = { name: 'dtype', type: binding.TF_ATTR_TYPE, value: DT.float32 };
    const unset = { name: 'init', type: binding.TF_ATTR_BOOL, value: false };
    const [empty] = binding.executeOp('Empty', [dtype, unset], [size], 1);
    binding.deleteTensor(size);
    return empty;
  }

  /** Gives the variables their old values back, and frees the new ones. */
  private undo(): void {
    for (const { variable, dataId, clone } of this.variables) {
      if (!variable.isDisposed && variable.dataId !== dataId) variable.assign(clone);
      clone.dispose();
    }
    for (const standIn of this.standIns) if (!standIn.isDisposed) standIn.dispose();
    for (const variable of allVariables()) if (!this.existing.has(variable)) variable.dispose();
  }
}

/**
 * Makes other tensors and variables with the same values, which share their memory.
 *
 * @param standIns receives them one by one, so that those made before an error can be freed
 */
function makeStandIns(args: readonly tf.Tensor[], standIns: tf.Tensor[]): void {
  const made = new Map<tf.Tensor, tf.Tensor>(); // a variable that is given twice is one variable
  args.forEach((arg, i) => {
    const earlier = made.get(arg);
    if (earlier && arg instanceof tf.Variable) {
      standIns.push(earlier);
      return;
    }
    const copy = identity(arg);
    const standIn = arg instanceof tf.Variable ? asVariable(copy, arg, i) : copy;
    standIns.push(standIn);
    made.set(arg, standIn);
  });
}

function asVariable(initial: tf.Tensor, original: tf.Variable, index: number): tf.Variable {
  // A name of its own, so that the numbers tfjs gives to the program's variables stay the same.
  const variable = tf.variable(initial, original.trainable, `compile-argument-${index}`);
  initial.dispose();
  return variable;
}

/** @throws CompileError for an op that a graph cannot have, or that would act differently there */
function checkOp(op: string, inPlace: boolean): void {
  const definition = Object.hasOwn(opTable().ops, op) ? opTable().ops[op] : undefined;
  if (!definition) throw notInTable(op);
  if (definition.stateful && !inPlace) {
    throw new CompileError(
      `the op ${op} does more than compute its outputs: it draws random numbers, or works on files ` +
        'or variables of TensorFlow. Call it outside the compiled function.',
    );
  }
  if (shapeDependsOnValues(op)) {
    throw new CompileError(
      `the shape of the output of the op ${op} depends on the values of its inputs, and a graph is ` +
        'recorded without values. Call it outside the compiled function.',
    );
  }
}

const notInTable = (op: string): CompileError =>
  new CompileError(
    `the op ${op} is not supported: it is not in the table of ops (lib/graph/op-table.json). Call it ` +
      'outside the compiled function, or add it to the table by lib/graph/generate-op-table.ts.',
  );

const noStrings = (): CompileError => new CompileError('a graph has no tensors of strings.');

function foreignTensor(shape: readonly number[]): CompileError {
  return new CompileError(
    `the function uses a tensor of shape (${shape.join(', ')}) that it did not make and was not ` +
      'given, so that a replay would not see it change. Pass it as an argument, make it inside, ' +
      'or make it a tf.variable.',
  );
}
