/** From recorded ops to the nodes of a TensorFlow graph. */
import { nativeBackend, type RawAttribute } from './tfjs-node';
import { constant, DT, shapeOf, type AttrValue, type NodeDef } from './graphdef';
import { CompileError, type RecordedOp, type Recording } from './record';

export interface Graph {
  nodes: NodeDef[];
  /** Names of placeholders, and which argument each stands for. */
  inputs: { name: string; index: number }[];
  /** One for each output; all updates of variables are done when they are read. */
  outputs: string[];
  /** For each of the recording's variables: feed `value` and read `set`; read `get`; read `free`. */
  variables: { value: string; set: string; get: string; free: string }[];
}

/** In which numbers matrices are multiplied. */
export type Precision = 'float32' | 'bfloat16';

export interface BuildOptions {
  precision: Precision;
}

const typed = (name: 'T' | 'dtype', type: number): Record<string, AttrValue> => ({
  [name]: { type },
});

/** @throws CompileError when an op changes in place what is not a variable */
export function buildGraph(recording: Recording, options: BuildOptions): Graph {
  return new GraphBuilder(recording, options).build();
}

class GraphBuilder {
  private readonly nodes: NodeDef[] = [];
  /** The node that has each tensor, by the recording's ids. */
  private readonly names = new Map<number, string>();
  private readonly halves = new Map<string, string>();
  private readonly updates: string[] = [];
  /** Variables whose value at the start is read, by a node that has to run before they change. */
  private readonly read = new Set<number>();
  private readonly updated = new Set<number>();
  /** Ops that add rows into a new table, which only one other op uses. */
  private readonly segmentSums = new Map<number, RecordedOp>();
  constructor(
    private readonly recording: Recording,
    private readonly options: BuildOptions,
  ) {}

  build(): Graph {
    const { ops, inputs, outputs, variables, dtypes } = this.recording;
    inputs.forEach(({ id, dtype, shape }, i) => {
      const sized = { ...typed('dtype', dtype), shape: { shape: shapeOf(shape) } };
      this.names.set(id, this.node('Placeholder', `in${i}`, [], sized));
    });
    const ports = variables.map((_, k) => this.addVariable(k));
    const live = this.liveOps();
    const uses = [...live].flatMap((op) => op.inputs);
    for (const op of live) {
      const once = () => uses.filter((id) => id === op.outputs[0]).length === 1;
      if (op.op === 'UnsortedSegmentSum' && once()) this.segmentSums.set(op.outputs[0], op);
    }
    ops.forEach((op, i) => {
      if (live.has(op)) this.addOp(op, `op${i}`);
    });
    variables.forEach(({ before, after }, k) => {
      if (after !== before && !this.updated.has(k)) this.updates.push(this.assign(k, after));
    });
    const results = outputs.map((id, i) => {
      const input = [this.nameOf(id), ...this.updates.map((name) => `^${name}`)];
      return this.node('Identity', `out${i}`, input, typed('T', dtypes.get(id)!));
    });
    const used = inputs.map(({ index }, i) => ({ name: `in${i}`, index }));
    return { nodes: this.nodes, inputs: used, outputs: results, variables: ports };
  }

  private node(op: string, name: string, input: string[], attr: NodeDef['attr']): string {
    this.nodes.push({ name, op, input, attr });
    return name;
  }

  private addVariable(k: number): Graph['variables'][number] {
    const { dtype, shape } = this.recording.variables[k];
    const type = typed('dtype', dtype);
    const sized = { ...type, shape: { shape: shapeOf(shape) } };
    const shared = { shared_name: { s: Buffer.from(`variable${k}`) } };
    this.node('VarHandleOp', `var${k}`, [], { ...sized, ...shared });
    this.node('Placeholder', `value${k}`, [], sized);
    this.node('AssignVariableOp', `assign${k}`, [`var${k}`, `value${k}`], type);
    const ignore = { ignore_lookup_error: { b: true } };
    this.node('DestroyResourceOp', `destroy${k}`, [`var${k}`], ignore);
    const done = constant('', DT.int32, [], new Int32Array(1)).attr;
    return {
      value: `value${k}`,
      set: this.node('Const', `set${k}`, [`^assign${k}`], done),
      get: this.node('ReadVariableOp', `get${k}`, [`var${k}`], type),
      free: this.node('Const', `free${k}`, [`^destroy${k}`], done),
    };
  }

  /** The ops that the outputs and the variables' new values need. */
  private liveOps(): Set<RecordedOp> {
    const { ops, outputs, variables } = this.recording;
    const producers = new Map<number, RecordedOp>();
    for (const op of ops) {
      for (const id of op.outputs) producers.set(id, op);
      for (const { after } of op.inPlace ?? []) producers.set(after, op);
    }
    const live = new Set<RecordedOp>();
    const wanted = [...outputs, ...variables.map(({ after }) => after)];
    for (let id = wanted.pop(); id !== undefined; id = wanted.pop()) {
      const op = producers.get(id);
      if (!op || live.has(op)) continue;
      live.add(op);
      wanted.push(...op.inputs, ...(op.inPlace ?? []).map(({ before }) => before));
    }
    return live;
  }

  private nameOf(id: number): string {
    const known = this.names.get(id);
    if (known) return known;
    const { variables, constants } = this.recording;
    const k = variables.findIndex(({ before }) => before === id);
    const value = constants.get(id);
    if (k >= 0) {
      this.read.add(k);
      const type = typed('dtype', variables[k].dtype);
      this.names.set(id, this.node('ReadVariableOp', `read${k}`, [`var${k}`], type));
    } else if (value) {
      this.nodes.push(constant(`const${id}`, value.dtype, value.shape, value.values));
      this.names.set(id, `const${id}`);
    } else {
      throw new Error(`compile: a tensor of the graph (${id}) has no origin`);
    }
    return this.names.get(id)!;
  }

  private assign(k: number, id: number): string {
    const value = this.nameOf(id);
    const before = this.read.has(k) ? [`^read${k}`] : [];
    const type = typed('dtype', this.recording.variables[k].dtype);
    return this.node('AssignVariableOp', `put${k}`, [`var${k}`, value, ...before], type);
  }

  private addOp(op: RecordedOp, name: string): void {
    const { dtypes, variables } = this.recording;
    if (this.addsToRows(op, name)) return;
    const values = op.inputs.map((id) => this.nameOf(id));
    const attributes = attributesOf(op.attributes);
    // tfjs leaves out what TensorFlow finds from the inputs when it runs a single op.
    if (op.op === 'ExpandDims') {
      Object.assign(attributes, typed('T', dtypes.get(op.inputs[0])!), {
        Tdim: { type: DT.int32 },
      });
    }
    const slots = (op.inPlace ?? []).map((slot) => ({ ...slot, ...this.inPlace(op, slot) }));
    if (this.options.precision === 'bfloat16' && ['MatMul', 'BatchMatMulV2'].includes(op.op)) {
      const [a, b] = values.map((value) => this.half(value));
      this.node(op.op, `half_${name}`, [a, b], { ...attributes, ...typed('T', DT.bfloat16) });
      this.node('Cast', name, [`half_${name}`], cast(DT.bfloat16, DT.float32));
    } else {
      const order = slots.flatMap(({ first }) => (first ? [`^${first}`] : []));
      const handles = slots.map(({ k }) => `var${k}`);
      this.node(op.op, name, [...handles, ...values, ...order], attributes);
    }
    op.outputs.forEach((id, i) => this.names.set(id, i ? `${name}:${i}` : name));
    if (slots.length) this.updates.push(name);
    for (const { k, after } of slots) {
      const type = typed('dtype', variables[k].dtype);
      const input = [`var${k}`, `^${name}`];
      this.names.set(after, this.node('ReadVariableOp', `after${k}`, input, type));
    }
  }

  /**
   * x + UnsortedSegmentSum(rows, ids), which is the gradient of an embedding that is the head too,
   * as TensorScatterAdd, which adds to the rows of x without a second table.
   */
  private addsToRows({ op, inputs, outputs }: RecordedOp, name: string): boolean {
    const sums = op === 'Add' ? inputs.map((id) => this.segmentSums.get(id)) : [];
    const which = sums.findIndex((sum) => sum !== undefined);
    if (which < 0) return false;
    const [rows, ids] = sums[which]!.inputs;
    this.nodes.push(constant(`${name}/axis`, DT.int32, [], new Int32Array([1])));
    const types = { T: { type: DT.int32 }, Tdim: { type: DT.int32 } };
    const indices = this.node(
      'ExpandDims',
      `${name}/ids`,
      [this.nameOf(ids), `${name}/axis`],
      types,
    );
    this.node(
      'TensorScatterAdd',
      name,
      [this.nameOf(inputs[1 - which]), indices, this.nameOf(rows)],
      {
        ...typed('T', DT.float32),
        Tindices: { type: DT.int32 },
      },
    );
    this.names.set(outputs[0], name);
    return true;
  }

  /** Which variable an op changes in place, and what has to run first. */
  private inPlace(
    { op }: RecordedOp,
    { before, after }: { before: number; after: number },
  ): { k: number; first?: string } {
    const { variables } = this.recording;
    const k = variables.findIndex((variable) => variable.after === after);
    if (k < 0 || this.updated.has(k)) {
      throw new CompileError(`what ${op} changes in place must be assigned to one variable.`);
    }
    this.updated.add(k);
    if (before !== variables[k].before) return { k, first: this.assign(k, before) };
    return { k, first: this.read.has(k) ? `read${k}` : undefined };
  }

  /** The same tensor in bfloat16. */
  private half(value: string): string {
    const known = this.halves.get(value);
    if (known) return known;
    const name = `half_${value.replace(':', '_')}`;
    this.halves.set(value, this.node('Cast', name, [value], cast(DT.float32, DT.bfloat16)));
    return name;
  }
}

const cast = (from: number, to: number): NodeDef['attr'] => ({
  SrcT: { type: from },
  DstT: { type: to },
});

/** Attributes as a graph has them, from those that the binding takes. */
function attributesOf(attributes: readonly RawAttribute[]): NodeDef['attr'] {
  const { binding } = nativeBackend();
  const convert = ({ type, value, name }: RawAttribute): AttrValue => {
    if (type === binding.TF_ATTR_TYPE) return { type: value as number };
    if (type === binding.TF_ATTR_BOOL) return { b: value as boolean };
    if (type === binding.TF_ATTR_STRING) return { s: Buffer.from(value as string) };
    if (type === binding.TF_ATTR_SHAPE) return { shape: shapeOf(value as number[]) };
    const key = type === binding.TF_ATTR_INT ? 'i' : type === binding.TF_ATTR_FLOAT ? 'f' : '';
    if (!key) throw new Error(`compile: attribute ${name} has the unknown type ${type}`);
    if (Array.isArray(value)) return { list: { [key]: value } };
    return { [key]: value } as AttrValue;
  };
  return Object.fromEntries(attributes.map((attribute) => [attribute.name, convert(attribute)]));
}
