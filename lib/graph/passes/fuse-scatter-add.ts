import { FLOAT, typeAttribute } from '../attributes';
import { DT } from '../graphdef';
import {
  freshIds,
  resultsOf,
  type RecordedConstant,
  type RecordedOp,
  type Recording,
} from '../recording';

/**
 * x + UnsortedSegmentSum(rows, ids) becomes TensorScatterAdd(x, ids, rows), which adds to the rows
 * of x without a second table. That is the gradient of a token embedding which is the head, too.
 *
 * The second op refuses ids that the first one ignores, so it takes its place only where the same
 * ids are looked up as well, which refuses them already.
 */
export function fuseScatterAdd(recording: Recording): Recording {
  const { ops, types } = recording;
  const uses = new Map<number, number>();
  for (const id of [...ops.flatMap(({ inputs }) => inputs), ...resultsOf(recording)]) {
    uses.set(id, (uses.get(id) ?? 0) + 1);
  }
  const looked = lookedUpIds(ops);
  const sums = new Map<number, RecordedOp>();
  for (const op of ops) {
    const [sum] = op.outputs;
    if (op.op !== 'UnsortedSegmentSum' || uses.get(sum) !== 1) continue;
    if (types.get(sum)?.dtype === DT.float32 && looked.has(op.inputs[1])) sums.set(sum, op);
  }
  const fresh = freshIds(recording);
  const constants = new Map<number, RecordedConstant>(recording.constants);
  const allTypes = new Map(types);
  const fused = new Set<RecordedOp>();
  const result = ops.flatMap((op) => {
    const which = op.op === 'Add' ? op.inputs.findIndex((id) => sums.has(id)) : -1;
    if (which < 0) return [op];
    const table = op.inputs[1 - which];
    const sum = sums.get(op.inputs[which])!;
    const shapes = [table, op.inputs[which]].map((id) => types.get(id)!.shape.join());
    if (shapes[0] !== shapes[1]) return [op]; // an addition that broadcasts
    fused.add(sum);
    const [rows, ids] = sum.inputs;
    const [axis, indices] = [fresh(), fresh()];
    constants.set(axis, { dtype: DT.int32, shape: [], values: new Int32Array([1]) });
    allTypes.set(axis, { dtype: DT.int32, shape: [] });
    allTypes.set(indices, { dtype: DT.int32, shape: [...types.get(ids)!.shape, 1] });
    const expand: RecordedOp = {
      op: 'ExpandDims',
      attributes: {},
      inputs: [ids, axis],
      outputs: [indices],
    };
    const add: RecordedOp = {
      op: 'TensorScatterAdd',
      attributes: { T: FLOAT, Tindices: typeAttribute(DT.int32) },
      inputs: [table, indices, rows],
      outputs: op.outputs,
    };
    return [expand, add];
  });
  return {
    ...recording,
    ops: result.filter((op) => !fused.has(op)),
    constants,
    types: allTypes,
  };
}

/** The ids that rows of a table are looked up by, and these in other shapes. */
function lookedUpIds(ops: readonly RecordedOp[]): Set<number> {
  const sources = new Map<number, number>();
  for (const { op, inputs, outputs } of ops) {
    if (op === 'Reshape') sources.set(outputs[0], sources.get(inputs[0]) ?? inputs[0]);
  }
  const source = (id: number) => sources.get(id) ?? id;
  const looked = new Set(
    ops.filter(({ op }) => op === 'GatherV2').map(({ inputs }) => source(inputs[1])),
  );
  return new Set([...looked, ...sources.keys()].filter((id) => looked.has(source(id))));
}
