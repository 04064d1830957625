/** Turns a recording into the nodes of a TensorFlow graph, one for each op. */
import { typeAttribute } from './attributes';
import { CompileError } from './compile-error';
import { constant, DT, shapeOf, type NodeDef } from './graphdef';
import type { RecordedOp, Recording } from './recording';

/** The nodes of a graph, and the names by which a session runs it. */
export interface Graph {
  nodes: NodeDef[];
  /** The placeholders, and the position of the argument that each stands for. */
  inputs: { name: string; index: number }[];
  /** One node for each output. It waits until all variables have been updated. */
  outputs: string[];
  /** In the order of the recording's variables. */
  variables: VariableNodes[];
}

/** The nodes with which a session handles one variable. */
interface VariableNodes {
  /** The placeholder for a value that `set` stores. */
  value: string;
  /** Reading it stores `value`. */
  set: string;
  /** Reading it gives the variable's value. */
  get: string;
  /** Reading it frees the variable's memory. */
  free: string;
}

/** @throws CompileError if the value that an op changes in place is not assigned to one variable */
export function buildGraph(recording: Recording): Graph {
  return new GraphBuilder(recording).build();
}

class GraphBuilder {
  private readonly nodes: NodeDef[] = [];
  /** The node that computes each tensor, by the recording's ids. */
  private readonly names = new Map<number, string>();
  /** Nodes that change variables. */
  private readonly updates: string[] = [];
  /** Variables whose old value is read, by a node that has to run before they change. */
  private readonly read = new Set<number>();
  /** Variables that an op changes in place. */
  private readonly updated = new Set<number>();

  constructor(private readonly recording: Recording) {}

  build(): Graph {
    const { ops, inputs, outputs, variables, types } = this.recording;
    const placeholders = inputs.map(({ id, index }, i) => {
      const { dtype, shape } = types.get(id)!;
      const name = this.node('Placeholder', `in${i}`, [], {
        dtype: typeAttribute(dtype),
        shape: { shape: shapeOf(shape) },
      });
      this.names.set(id, name);
      return { name, index };
    });
    const variableNodes = variables.map((_, k) => this.addVariable(k));
    this.readFirst();
    ops.forEach((op, i) => this.addOp(op, `op${i}`));
    variables.forEach(({ before, after }, k) => {
      if (after !== before && !this.updated.has(k)) this.updates.push(this.assign(k, after));
    });
    const results = outputs.map((id, i) => {
      const input = [this.nameOf(id), ...this.updates.map((name) => `^${name}`)];
      return this.node('Identity', `out${i}`, input, { T: typeAttribute(types.get(id)!.dtype) });
    });
    return { nodes: this.nodes, inputs: placeholders, outputs: results, variables: variableNodes };
  }

  private node(op: string, name: string, input: string[], attr: NodeDef['attr']): string {
    this.nodes.push({ name, op, input, attr });
    return name;
  }

  private addVariable(k: number): VariableNodes {
    const { dtype: type, shape } = this.recording.variables[k];
    const dtype = typeAttribute(type);
    const sized = { dtype, shape: { shape: shapeOf(shape) } };
    this.node('VarHandleOp', `var${k}`, [], {
      ...sized,
      shared_name: { s: Buffer.from(`variable${k}`) },
    });
    this.node('Placeholder', `value${k}`, [], sized);
    this.node('AssignVariableOp', `assign${k}`, [`var${k}`, `value${k}`], { dtype });
    this.node('DestroyResourceOp', `destroy${k}`, [`var${k}`], {
      ignore_lookup_error: { b: true },
    });
    const done = constant('', DT.int32, [], new Int32Array(1)).attr;
    return {
      value: `value${k}`,
      set: this.node('Const', `set${k}`, [`^assign${k}`], done),
      get: this.node('ReadVariableOp', `get${k}`, [`var${k}`], { dtype }),
      free: this.node('Const', `free${k}`, [`^destroy${k}`], done),
    };
  }

  /**
   * Before any op, adds a read of every old value that is used anywhere, so that each node that
   * changes a variable can wait for the read.
   */
  private readFirst(): void {
    const { ops, outputs, variables } = this.recording;
    const oldValueOf = new Map(variables.map(({ before, after }) => [after, before]));
    const used = new Set(outputs);
    for (const { inputs, inPlace = [] } of ops) {
      for (const id of inputs) used.add(id);
      // An op that changes a variable in place reads the old value by itself.
      for (const { before, after } of inPlace)
        if (oldValueOf.get(after) !== before) used.add(before);
    }
    for (const { before, after } of variables) if (after !== before) used.add(after);
    for (const { before } of variables) if (used.has(before)) this.nameOf(before);
  }

  /** The node that computes a tensor. Old values and constants are added on demand. */
  private nameOf(id: number): string {
    const existing = this.names.get(id);
    if (existing) return existing;
    const name = this.addSource(id);
    this.names.set(id, name);
    return name;
  }

  private addSource(id: number): string {
    const { variables, constants } = this.recording;
    const k = variables.findIndex(({ before }) => before === id);
    if (k >= 0) {
      this.read.add(k);
      const dtype = typeAttribute(variables[k].dtype);
      return this.node('ReadVariableOp', `read${k}`, [`var${k}`], { dtype });
    }
    const value = constants.get(id);
    if (!value) throw new Error(`compile: a tensor of the graph (${id}) has no origin`);
    const node = constant(`const${id}`, value.dtype, value.shape, value.values);
    this.nodes.push(node);
    return node.name;
  }

  private assign(k: number, id: number): string {
    const value = this.nameOf(id);
    const before = this.read.has(k) ? [`^read${k}`] : [];
    const dtype = typeAttribute(this.recording.variables[k].dtype);
    return this.node('AssignVariableOp', `put${k}`, [`var${k}`, value, ...before], { dtype });
  }

  private addOp(op: RecordedOp, name: string): void {
    const { variables } = this.recording;
    const values = op.inputs.map((id) => this.nameOf(id));
    const slots = (op.inPlace ?? []).map((slot) => ({ ...this.inPlace(op, slot), ...slot }));
    const order = slots.flatMap(({ first }) => (first ? [`^${first}`] : []));
    const handles = slots.map(({ k }) => `var${k}`);
    this.node(op.op, name, [...handles, ...values, ...order], op.attributes);
    op.outputs.forEach((id, i) => this.names.set(id, i ? `${name}:${i}` : name));
    if (slots.length) this.updates.push(name);
    for (const { k, after } of slots) {
      const dtype = typeAttribute(variables[k].dtype);
      const input = [`var${k}`, `^${name}`];
      this.names.set(after, this.node('ReadVariableOp', `after${k}`, input, { dtype }));
    }
  }

  /**
   * Claims the variable, number k, that an op changes in place, and names the node that must run
   * `first`: it stores the value from which the op starts, or reads the old value for other ops.
   */
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
}
