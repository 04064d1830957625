/** The pass that completes the attributes of ops. */
import { typeAttribute } from '../attributes';
import { CompileError } from '../compile-error';
import { opTable } from '../op-table';
import type { RecordedOp, Recording } from '../recording';

/**
 * Fills in the types that tfjs-node leaves out: TensorFlow infers them from the inputs when it runs
 * a single op, but not in a graph.
 *
 * @throws CompileError if a missing attribute cannot be told from the inputs
 */
export function completeAttributes(recording: Recording): Recording {
  return { ...recording, ops: recording.ops.map((op) => complete(op, recording)) };
}

function complete(op: RecordedOp, { types }: Recording): RecordedOp {
  const { inputs, attributes } = opTable().ops[op.op];
  const missing = attributes.filter(({ name, optional }) => !optional && !(name in op.attributes));
  if (!missing.length) return op;
  const found = missing.map(({ name }) => {
    const index = inputs.findIndex(({ typeAttribute }) => typeAttribute === name);
    // The recorded inputs of an op in place lack its variables, so that positions do not match.
    // An op that takes a list of tensors always brings the types of the list.
    const type = index < 0 || op.inPlace ? undefined : types.get(op.inputs[index]);
    if (!type) throw new CompileError(`the op ${op.op} is called without its attribute ${name}.`);
    return [name, typeAttribute(type.dtype)] as const;
  });
  return { ...op, attributes: { ...op.attributes, ...Object.fromEntries(found) } };
}
