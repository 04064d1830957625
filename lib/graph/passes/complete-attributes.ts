import { typeAttribute } from '../attributes';
import { CompileError } from '../error';
import { opTable } from '../ops';
import type { RecordedOp, Recording } from '../recording';

/**
 * Fills in the types that tfjs-node leaves out, because TensorFlow finds them from the inputs when
 * it runs a single op.
 *
 * @throws CompileError when an attribute is missing that the inputs do not tell
 */
export function completeAttributes(recording: Recording): Recording {
  return { ...recording, ops: recording.ops.map((op) => complete(op, recording)) };
}

function complete(op: RecordedOp, { types }: Recording): RecordedOp {
  const { inputs, attributes } = opTable().ops[op.op];
  const missing = attributes.filter(({ name, optional }) => !optional && !(name in op.attributes));
  if (!missing.length) return op;
  const found = missing.map(({ name }) => {
    const at = inputs.findIndex(({ typeAttribute }) => typeAttribute === name);
    // Variables that are changed in place are not among the inputs, and ops with lists name types.
    const type = at < 0 || op.inPlace ? undefined : types.get(op.inputs[at]);
    if (!type) throw new CompileError(`the op ${op.op} is called without its attribute ${name}.`);
    return [name, typeAttribute(type.dtype)] as const;
  });
  return { ...op, attributes: { ...op.attributes, ...Object.fromEntries(found) } };
}
