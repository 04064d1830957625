/**
 * Where the value of a tfjs variable is. TensorFlow can update a variable in place only if nothing
 * else shares its memory, so the value moves into the session of the graph that uses it:
 *
 *              a graph runs with it                an op or a read outside asks for it
 *     eager ────────────────────────▶ resident ──────────────────────────▶ mirrored
 *       ▲                               │  ▲                                 │  │
 *       │                               │  └─────────────────────────────────┘  │
 *       │                               │          the graph runs again          │
 *       └───────────────────────────────┴────────────────────────────────────────┘
 *               it is assigned from outside or freed, or the session is disposed
 *
 * From either of the states on the right it may also move into the session of another graph.
 */
import { nativeBackend } from './tfjs-node';

/** A session that holds values of variables in its slots, as `GraphSession` in `session.ts`. */
export interface VariableStore {
  mirror(): void;
  vacate(slots: readonly number[]): void;
  vacateSoon(slot: number): void;
}

export type Residency =
  /** It has a tensor of its own, as any variable of tfjs. */
  | { state: 'eager' }
  /** It is in a session and has no tensor. */
  | { state: 'resident'; session: VariableStore; slot: number }
  /** It is in a session, and a tensor outside shares its memory, until the next run. */
  | { state: 'mirrored'; session: VariableStore; slot: number };

export type Inside = Exclude<Residency, { state: 'eager' }>;

const EAGER: Residency = { state: 'eager' };

// On globalThis, because the kernel loads this module anew when a file of lib is edited.
const shared = globalThis as typeof globalThis & { gptResidency?: WeakMap<object, Inside> };

/** By the data id of the variable's value; those that are not here are eager. */
function residents(): WeakMap<object, Inside> {
  shared.gptResidency ??= watchBackend(new WeakMap());
  return shared.gptResidency;
}

export const residencyOf = (dataId: object): Residency => residents().get(dataId) ?? EAGER;

export function setResidency(dataId: object, residency: Residency): void {
  if (residency.state === 'eager') residents().delete(dataId);
  else residents().set(dataId, residency);
}

/** Lets tfjs-node find the value of a resident variable when it looks for the tensor. */
function watchBackend(all: WeakMap<object, Inside>): WeakMap<object, Inside> {
  const backend = nativeBackend();
  const { getInputTensorIds, readSync, disposeData } = backend;
  const mirrorResident = (dataId: object | undefined) => {
    const residency = dataId && all.get(dataId); // a 64-bit scalar of tfjs has no data id
    if (residency?.state === 'resident') residency.session.mirror();
  };
  backend.getInputTensorIds = (tensors) => {
    for (const { dataId } of tensors) mirrorResident(dataId);
    return getInputTensorIds.call(backend, tensors);
  };
  backend.readSync = (dataId) => {
    mirrorResident(dataId);
    return readSync.call(backend, dataId);
  };
  backend.disposeData = (dataId, force) => {
    const residency = all.get(dataId);
    const freed = disposeData.call(backend, dataId, force);
    if (freed && residency) residency.session.vacateSoon(residency.slot);
    return freed;
  };
  return all;
}
