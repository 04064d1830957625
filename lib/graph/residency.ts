/**
 * Says where the value of a tfjs variable is. TensorFlow can update a variable in place only if
 * nothing else shares its memory, so the value moves into the session of the graph that uses it.
 * `docs/compile.md` draws how a variable changes between the three states.
 */
import { nativeBackend } from './tfjs-node';

/** Something that holds values of variables in numbered slots: `GraphSession` in `session.ts`. */
export interface VariableStore {
  mirror(): void;
  vacate(slots: readonly number[]): void;
  vacateSoon(slot: number): void;
}

/** Who owns the value of a variable. */
type Residency =
  /** tfjs owns the value, in a tensor of its own, like that of any variable. */
  | { state: 'eager' }
  /** The session is the only owner, and there is no tensor. */
  | { state: 'resident'; session: VariableStore; slot: number }
  /** The session owns the value, and until its next run a tensor outside shares the memory. */
  | { state: 'mirrored'; session: VariableStore; slot: number };

type Inside = Exclude<Residency, { state: 'eager' }>;

const EAGER: Residency = { state: 'eager' };

// On globalThis, because the kernel loads this module anew when a file of lib is edited.
const shared = globalThis as typeof globalThis & { gptResidency?: WeakMap<object, Inside> };

/** By the data id of the variable's value. A variable that is not in the map is eager. */
function residents(): WeakMap<object, Inside> {
  shared.gptResidency ??= watchBackend(new WeakMap());
  return shared.gptResidency;
}

/** Where the value with this data id is. */
export const residencyOf = (dataId: object): Residency => residents().get(dataId) ?? EAGER;

export function setResidency(dataId: object, residency: Residency): void {
  if (residency.state === 'eager') residents().delete(dataId);
  else residents().set(dataId, residency);
}

/** Makes tfjs-node's backend mirror a resident value as soon as it needs the tensor. */
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
