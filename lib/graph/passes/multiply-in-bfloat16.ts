/** The pass that lowers the precision of matrix products. */
import { FLOAT, typeAttribute } from '../attributes';
import { DT } from '../graphdef';
import { freshIds, type RecordedOp, type Recording } from '../recording';

const PRODUCTS = new Set(['MatMul', 'BatchMatMulV2']);
const BFLOAT16 = typeAttribute(DT.bfloat16);

/**
 * Multiplies matrices in bfloat16: each operand is rounded once, and the product is cast back to
 * float32. BatchMatMulV3, which `lib/backend/kernels.ts` takes for products of few rows, stays as
 * it is.
 */
export function multiplyInBfloat16(recording: Recording): Recording {
  const fresh = freshIds(recording);
  const types = new Map(recording.types);
  const roundedIds = new Map<number, number>();
  const ops = recording.ops.flatMap((op) => {
    if (!PRODUCTS.has(op.op) || types.get(op.outputs[0])?.dtype !== DT.float32) return [op];
    const casts: RecordedOp[] = [];
    const inputs = op.inputs.map((id) => {
      const existing = roundedIds.get(id);
      if (existing !== undefined) return existing;
      const rounded = fresh();
      roundedIds.set(id, rounded);
      types.set(rounded, { dtype: DT.bfloat16, shape: types.get(id)!.shape });
      casts.push(cast(id, rounded, { SrcT: FLOAT, DstT: BFLOAT16 }));
      return rounded;
    });
    const product = fresh();
    types.set(product, { dtype: DT.bfloat16, shape: types.get(op.outputs[0])!.shape });
    const attributes = { ...op.attributes, T: BFLOAT16 };
    return [
      ...casts,
      { op: op.op, attributes, inputs, outputs: [product] },
      cast(product, op.outputs[0], { SrcT: BFLOAT16, DstT: FLOAT }),
    ];
  });
  return { ...recording, ops, types };
}

const cast = (from: number, to: number, attributes: RecordedOp['attributes']): RecordedOp => ({
  op: 'Cast',
  attributes,
  inputs: [from],
  outputs: [to],
});
