/** The pass that adds rows to a table without making another table. */
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
 * Turns x + UnsortedSegmentSum(rows, ids) into TensorScatterAdd(x, ids, rows), so that the rows are
 * added to x without a second table. Such a sum is the gradient of a token embedding that is also
 * the output head.
 *
 * TensorScatterAdd refuses ids that are out of range, and UnsortedSegmentSum ignores negative ones.
 * So the ops are exchanged only if a table is looked up by the same ids, because the lookup refuses
 * such ids anyway.
 */
export function fuseScatterAdd(recording: Recording): Recording {
  const { ops, types } = recording;
  const uses = new Map<number, number>();
  for (const id of [...ops.flatMap(({ inputs }) => inputs), ...resultsOf(recording)]) {
    uses.set(id, (uses.get(id) ?? 0) + 1);
  }
  const lookedUp = lookedUpIds(ops);
  const sums = new Map<number, RecordedOp>();
  for (const op of ops) {
    const [sum] = op.outputs;
    if (op.op !== 'UnsortedSegmentSum' || uses.get(sum) !== 1) continue;
    if (types.get(sum)?.dtype === DT.float32 && lookedUp.has(op.inputs[1])) sums.set(sum, op);
  }
  const fresh = freshIds(recording);
  const constants = new Map<number, RecordedConstant>(recording.constants);
  const allTypes = new Map(types);
  const fused = new Set<RecordedOp>();
  const result = ops.flatMap((op) => {
    const sumInput = op.op === 'Add' ? op.inputs.findIndex((id) => sums.has(id)) : -1;
    if (sumInput < 0) return [op];
    const table = op.inputs[1 - sumInput];
    const sum = sums.get(op.inputs[sumInput])!;
    const shapes = [table, op.inputs[sumInput]].map((id) => types.get(id)!.shape.join());
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

/** The tensors of ids by which rows of a table are looked up, and their reshaped forms. */
function lookedUpIds(ops: readonly RecordedOp[]): Set<number> {
  const sources = new Map<number, number>();
  for (const { op, inputs, outputs } of ops) {
    if (op === 'Reshape') sources.set(outputs[0], sources.get(inputs[0]) ?? inputs[0]);
  }
  const source = (id: number) => sources.get(id) ?? id;
  const lookedUp = new Set(
    ops.filter(({ op }) => op === 'GatherV2').map(({ inputs }) => source(inputs[1])),
  );
  return new Set([...lookedUp, ...sources.keys()].filter((id) => lookedUp.has(source(id))));
}
