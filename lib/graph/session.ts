/** Runs a graph, with its variables inside TensorFlow's session: see `residency.ts`. */
import type * as tf from '@tensorflow/tfjs';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Graph } from './build-graph';
import { encodeSavedModel, TAG } from './graphdef';
import { opTable } from './op-table';
import { residencyOf, setResidency, type VariableStore } from './residency';
import {
  dataOf,
  nativeBackend,
  unshareData,
  type NativeBackend,
  type RawTensor,
} from './tfjs-node';

/** A graph loaded into TensorFlow, which holds the values of the variables that it uses. */
export class GraphSession implements VariableStore {
  private readonly id: number;
  private readonly backend: NativeBackend = nativeBackend();
  private readonly inputNames: string;
  private readonly outputNames: string;
  /** For each of the graph's variables, the data id of the tfjs variable whose value it holds. */
  private readonly slots: (object | undefined)[];
  /** Slots that have been emptied and whose memory is still to be freed. */
  private readonly vacated = new Set<number>();
  private disposed = false;

  /** @throws TensorFlow's Error if the graph is not valid */
  constructor(private readonly graph: Graph) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-graph-'));
    try {
      const bytes = encodeSavedModel(graph.nodes, opTable().producer);
      fs.writeFileSync(path.join(dir, 'saved_model.pb'), bytes);
      this.id = this.backend.binding.loadSavedModel(dir, TAG);
    } finally {
      fs.rmSync(dir, { recursive: true });
    }
    this.inputNames = graph.inputs.map(({ name }) => name).join(',');
    this.outputNames = graph.outputs.join(',');
    this.slots = graph.variables.map(() => undefined);
  }

  /**
   * Runs the graph.
   *
   * @param variables the tfjs variables behind the graph's, in the same order, each once
   * @returns a tensor for each of the graph's outputs
   * @throws Error if a variable was freed, or if TensorFlow fails to run the graph
   */
  run(args: readonly tf.Tensor[], variables: readonly tf.Variable[]): tf.Tensor[] {
    this.moveIn(variables);
    const { backend } = this;
    const ids = backend.getInputTensorIds(this.graph.inputs.map(({ index }) => args[index]));
    const raw = this.execute(ids, this.inputNames, this.outputNames);
    return raw.map((each) => backend.createOutputTensor(each));
  }

  private execute(ids: number[], inputs: string, outputs: string): RawTensor[] {
    try {
      return this.backend.binding.runSavedModel(this.id, ids, inputs, outputs);
    } catch (error) {
      // TensorFlow adds the names of nodes, and repeats itself for each node that failed.
      const message = (error instanceof Error ? error.message : String(error))
        .replace(/^Session fail to run with error: /, '')
        .replace(/^\d+ root error\(s\) found\.\s*\(0\) [A-Z_ ]+: /, '')
        .split(/\s*\[\[/)[0];
      throw new Error(message);
    }
  }

  /** Makes this session the only owner of the variables' values, so that all are resident here. */
  private moveIn(variables: readonly tf.Variable[]): void {
    const { slots } = this;
    const arriving: number[] = [];
    variables.forEach((variable, slot) => {
      if (variable.isDisposed) {
        throw new Error(`A compiled function needs ${variable.name}, a variable that was freed`);
      }
      // A clone shares the variable's data and must not change with it.
      if (dataOf(variable).refCount > 1) unshareData(variable);
      if (slots[slot] === variable.dataId) this.reside(variable.dataId, slot);
      else arriving.push(slot);
    });
    if (!arriving.length) return;
    // A value that is still in such a slot may belong to a clone: it becomes eager.
    const occupied = arriving.filter((slot) => slots[slot]);
    this.backend.getInputTensorIds(occupied.map((slot) => ({ dataId: slots[slot]! })));
    this.vacate(occupied);
    const ids = this.backend.getInputTensorIds(arriving.map((slot) => variables[slot]));
    this.runNodes(arriving, 'set', ids);
    const formerSlots = new Map<VariableStore, number[]>();
    for (const slot of arriving) {
      const { dataId } = variables[slot];
      const before = residencyOf(dataId);
      if (before.state !== 'eager') {
        formerSlots.set(before.session, [...(formerSlots.get(before.session) ?? []), before.slot]);
      }
      slots[slot] = dataId;
      this.reside(dataId, slot);
    }
    for (const [session, former] of formerSlots) session.vacate(former);
  }

  /** Makes the session the value's only owner, and frees an outside tensor that shares it. */
  private reside(dataId: object, slot: number): void {
    const data = this.backend.tensorMap.get(dataId);
    if (data.id >= 0) this.backend.binding.deleteTensor(data.id);
    data.id = -1;
    setResidency(dataId, { state: 'resident', session: this, slot });
  }

  /**
   * Gives each resident variable a tensor that shares its memory with the session. It does so for
   * all of them at once, because TensorFlow prepares itself anew for each set of nodes that it is
   * asked for.
   */
  mirror(): void {
    const { tensorMap } = this.backend;
    const resident = [...this.slots.entries()].flatMap(([slot, dataId]) =>
      dataId && residencyOf(dataId).state === 'resident' ? [{ slot, dataId }] : [],
    );
    const names = resident.map(({ slot }) => this.graph.variables[slot].get).join(',');
    this.execute([], '', names).forEach(({ id }, i) => {
      const { slot, dataId } = resident[i];
      tensorMap.get(dataId).id = id;
      setResidency(dataId, { state: 'mirrored', session: this, slot });
    });
  }

  /** Empties slots whose values have moved elsewhere, and frees their memory. */
  vacate(slots: readonly number[]): void {
    for (const slot of slots) this.empty(slot);
    if (!this.disposed && slots.length) this.runNodes(slots, 'free');
  }

  /**
   * Empties a slot, and frees its memory a little later: tfjs frees variables one by one, and
   * TensorFlow can free many at once.
   */
  vacateSoon(slot: number): void {
    this.empty(slot);
    if (!this.vacated.size) setImmediate(() => this.freeVacated());
    this.vacated.add(slot);
  }

  private empty(slot: number): void {
    const dataId = this.slots[slot]!;
    const residency = residencyOf(dataId);
    if (residency.state !== 'eager' && residency.session === this) {
      setResidency(dataId, { state: 'eager' });
    }
    this.slots[slot] = undefined;
  }

  private freeVacated(): void {
    const empty = [...this.vacated].filter((slot) => !this.slots[slot]);
    this.vacated.clear();
    if (!this.disposed && empty.length) this.runNodes(empty, 'free');
  }

  private runNodes(slots: readonly number[], action: 'set' | 'free', ids: number[] = []): void {
    const { variables } = this.graph;
    const inputs = action === 'set' ? slots.map((slot) => variables[slot].value).join(',') : '';
    const done = this.execute(ids, inputs, slots.map((slot) => variables[slot][action]).join(','));
    for (const { id } of done) this.backend.binding.deleteTensor(id);
  }

  /** Makes all variables eager and frees the session. */
  dispose(): void {
    if (this.disposed) return;
    const inside = this.slots.filter((dataId) => dataId !== undefined) as object[];
    this.backend.getInputTensorIds(inside.map((dataId) => ({ dataId })));
    for (const dataId of inside) setResidency(dataId, { state: 'eager' });
    this.disposed = true;
    this.backend.binding.deleteSavedModel(this.id);
  }
}
