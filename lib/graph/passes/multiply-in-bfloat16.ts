import { FLOAT, typeAttribute } from '../attributes';
import { DT } from '../graphdef';
import { freshIds, type RecordedOp, type Recording } from '../recording';

const PRODUCTS = new Set(['MatMul', 'BatchMatMulV2']);
const BFLOAT16 = typeAttribute(DT.bfloat16);

/**
 * Multiplies matrices in bfloat16: both are rounded before, once each, and the product is float32
 * again. BatchMatMulV3 stays as it is, which is chosen for products of few rows.
 */
export function multiplyInBfloat16(recording: Recording): Recording {
  const fresh = freshIds(recording);
  const types = new Map(recording.types);
  const halves = new Map<number, number>();
  const ops = recording.ops.flatMap((op) => {
    if (!PRODUCTS.has(op.op) || types.get(op.outputs[0])?.dtype !== DT.float32) return [op];
    const casts: RecordedOp[] = [];
    const inputs = op.inputs.map((id) => {
      const known = halves.get(id);
      if (known !== undefined) return known;
      const half = fresh();
      halves.set(id, half);
      types.set(half, { dtype: DT.bfloat16, shape: types.get(id)!.shape });
      casts.push(cast(id, half, { SrcT: FLOAT, DstT: BFLOAT16 }));
      return half;
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
