/** The pass that removes ops whose results nothing uses. */
import { resultsOf, type RecordedOp, type Recording } from '../recording';

/** Leaves out the ops on which neither an output nor the new value of a variable depends. */
export function dropDeadOps(recording: Recording): Recording {
  const producers = new Map<number, RecordedOp>();
  for (const op of recording.ops) {
    for (const id of op.outputs) producers.set(id, op);
    for (const { after } of op.inPlace ?? []) producers.set(after, op);
  }
  const live = new Set<RecordedOp>();
  const wanted = resultsOf(recording);
  for (let id = wanted.pop(); id !== undefined; id = wanted.pop()) {
    const op = producers.get(id);
    if (!op || live.has(op)) continue;
    live.add(op);
    wanted.push(...op.inputs, ...(op.inPlace ?? []).map(({ before }) => before));
  }
  return { ...recording, ops: recording.ops.filter((op) => live.has(op)) };
}
