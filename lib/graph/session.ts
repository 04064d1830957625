/**
 * Runs a graph whose variables live inside TensorFlow's session. A tfjs variable that lives there
 * has no tensor of its own: the first op or read outside the graph fetches one, which shares its
 * memory, and the graph's next run drops it again, so that TensorFlow can update in place.
 */
import * as tf from '@tensorflow/tfjs';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dataOf, nativeBackend, type NativeBackend } from './tfjs-node';
import type { Graph } from './build';
import { encodeSavedModel, TAG } from './graphdef';

/** Where a variable's value lives: in which session, as its variable of which number. */
interface Home {
  session: GraphSession;
  index: number;
}

// On globalThis, because the kernel loads this module anew when a file of lib is edited.
const shared = globalThis as typeof globalThis & { gptHomes?: WeakMap<object, Home> };

/** Where values live, by the data id of the tfjs variable. Hooks the backend at first use. */
function allHomes(): WeakMap<object, Home> {
  if (shared.gptHomes) return shared.gptHomes;
  const homes = new WeakMap<object, Home>();
  const backend = nativeBackend();
  const { getInputTensorIds, readSync, disposeData } = backend;
  const fetchWhereNeeded = (dataId: object) => {
    const session = dataId && homes.get(dataId)?.session; // a 64-bit scalar of tfjs has no data id
    if (session && backend.tensorMap.get(dataId).id < 0) session.fetch();
  };
  backend.getInputTensorIds = (tensors) => {
    for (const { dataId } of tensors) fetchWhereNeeded(dataId);
    return getInputTensorIds.call(backend, tensors);
  };
  backend.readSync = (dataId) => {
    fetchWhereNeeded(dataId);
    return readSync.call(backend, dataId);
  };
  backend.disposeData = (dataId, force) => {
    const home = homes.get(dataId);
    const gone = disposeData.call(backend, dataId, force);
    if (gone) home?.session.releaseSoon(home.index);
    return gone;
  };
  return (shared.gptHomes = homes);
}

export class GraphSession {
  private readonly id: number;
  private readonly backend: NativeBackend = nativeBackend();
  private readonly homes = allHomes();
  private readonly inputNames: string;
  private readonly outputNames: string;
  /** Data ids of the variables whose values live here. */
  private readonly held: (object | undefined)[];
  private readonly leaving = new Set<number>();
  private disposed = false;

  /** @throws Error of TensorFlow when the graph is not valid */
  constructor(private readonly graph: Graph) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-graph-'));
    try {
      fs.writeFileSync(path.join(dir, 'saved_model.pb'), encodeSavedModel(graph.nodes));
      this.id = this.backend.binding.loadSavedModel(dir, TAG);
    } finally {
      fs.rmSync(dir, { recursive: true });
    }
    this.inputNames = graph.inputs.map(({ name }) => name).join(',');
    this.outputNames = graph.outputs.join(',');
    this.held = graph.variables.map(() => undefined);
  }

  /**
   * @param variables whose values the graph's variables are to have, in their order
   * @returns a tensor for each of the graph's outputs
   */
  run(args: readonly tf.Tensor[], variables: readonly tf.Variable[]): tf.Tensor[] {
    this.moveIn(variables);
    const { backend } = this;
    const ids = backend.getInputTensorIds(this.graph.inputs.map(({ index }) => args[index]));
    const raw = this.execute(ids, this.inputNames, this.outputNames);
    return raw.map((each) => backend.createOutputTensor(each));
  }

  private execute(ids: number[], inputs: string, outputs: string) {
    try {
      return this.backend.binding.runSavedModel(this.id, ids, inputs, outputs);
    } catch (error) {
      // TensorFlow adds the graph's own names, and once for each of its parts that failed.
      const message = (error instanceof Error ? error.message : String(error))
        .replace(/^Session fail to run with error: /, '')
        .replace(/^\d+ root error\(s\) found\.\s*\(0\) [A-Z_ ]+: /, '')
        .split(/\s*\[\[/)[0];
      throw new Error(message);
    }
  }

  /** Makes this session the only owner of the variables' values. */
  private moveIn(variables: readonly tf.Variable[]): void {
    const { backend, homes, held } = this;
    const moving: number[] = [];
    variables.forEach((variable, k) => {
      if (variable.isDisposed) {
        throw new Error(`A compiled function needs ${variable.name}, a variable that was freed`);
      }
      // A clone has the same data as the variable, and is not to change with it.
      if (dataOf(variable).refCount > 1) separate(variable);
      if (held[k] === variable.dataId) this.drop(variable.dataId);
      else moving.push(k);
    });
    if (!moving.length) return;
    // What a variable had before may still be a clone's.
    const stale = moving.filter((k) => held[k]);
    backend.getInputTensorIds(stale.map((k) => ({ dataId: held[k]! })));
    this.release(stale);
    const ids = backend.getInputTensorIds(moving.map((k) => variables[k]));
    this.runFor(moving, 'set', ids);
    const leaving = new Map<GraphSession, number[]>();
    for (const k of moving) {
      const { dataId } = variables[k];
      const home = homes.get(dataId);
      if (home) leaving.set(home.session, [...(leaving.get(home.session) ?? []), home.index]);
      homes.set(dataId, { session: this, index: k });
      held[k] = dataId;
      this.drop(dataId);
    }
    for (const [session, indices] of leaving) session.release(indices);
  }

  /** Frees the tensor that was fetched, if any. */
  private drop(dataId: object): void {
    const data = this.backend.tensorMap.get(dataId);
    if (data.id >= 0) this.backend.binding.deleteTensor(data.id);
    data.id = -1;
  }

  /**
   * Gives all variables that live here a tensor each, which shares its memory with the session. All
   * at once, because TensorFlow prepares anew for each other set of things that it is asked for.
   */
  fetch(): void {
    const { tensorMap } = this.backend;
    const all = [...this.held.keys()].filter(
      (k) => this.held[k] && tensorMap.get(this.held[k]!).id < 0,
    );
    const names = all.map((k) => this.graph.variables[k].get).join(',');
    this.execute([], '', names).forEach(({ id }, i) => {
      tensorMap.get(this.held[all[i]]!).id = id;
    });
  }

  /** Frees the memory of variables whose values live elsewhere now, or nowhere. */
  release(indices: readonly number[]): void {
    for (const k of indices) {
      const dataId = this.held[k]!;
      if (this.homes.get(dataId)?.session === this) this.homes.delete(dataId);
      this.held[k] = undefined;
    }
    if (!this.disposed && indices.length) this.runFor(indices, 'free');
  }

  /** As {@link release}, soon: variables are freed one by one, and TensorFlow frees many at once. */
  releaseSoon(index: number): void {
    const dataId = this.held[index]!;
    this.homes.delete(dataId);
    this.held[index] = undefined;
    if (!this.leaving.size) setImmediate(() => this.releaseLeaving());
    this.leaving.add(index);
  }

  private releaseLeaving(): void {
    const gone = [...this.leaving].filter((k) => !this.held[k]);
    this.leaving.clear();
    if (!this.disposed && gone.length) this.runFor(gone, 'free');
  }

  private runFor(indices: readonly number[], what: 'set' | 'free', ids: number[] = []): void {
    const { variables } = this.graph;
    const inputs = what === 'set' ? indices.map((k) => variables[k].value).join(',') : '';
    const done = this.execute(ids, inputs, indices.map((k) => variables[k][what]).join(','));
    for (const { id } of done) this.backend.binding.deleteTensor(id);
  }

  /** Gives all variables tensors of their own and frees the session. */
  dispose(): void {
    if (this.disposed) return;
    const held = this.held.filter((dataId) => dataId !== undefined) as object[];
    this.backend.getInputTensorIds(held.map((dataId) => ({ dataId })));
    for (const dataId of held) this.homes.delete(dataId);
    this.disposed = true;
    this.backend.binding.deleteSavedModel(this.id);
  }
}

/** Gives a variable data of its own, with the same value. */
function separate(variable: tf.Variable): void {
  tf.tidy(() => {
    const backend = nativeBackend();
    const ids = backend.getInputTensorIds([variable]);
    const type = { name: 'T', type: backend.binding.TF_ATTR_TYPE, value: dataOf(variable).dtype };
    const [raw] = backend.binding.executeOp('Identity', [type], ids, 1);
    variable.assign(backend.createOutputTensor(raw));
  });
}
