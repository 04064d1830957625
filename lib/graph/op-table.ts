/**
 * The ops that a graph may have, as TensorFlow's registry describes them. `generate-op-table.ts`
 * makes `op-table.json` from the library that set-up unpacks.
 */
import fs from 'node:fs';
import path from 'node:path';
import { nativeBackend } from './tfjs-node';

/** An input or output of an op: of a fixed type, or of the one that an attribute names. */
interface OpArgument {
  name: string;
  /** A number of TensorFlow's enum DataType. */
  type?: number;
  typeAttribute?: string;
  /** The attribute that says how many tensors there are; without it there is one. */
  numberAttribute?: string;
  /** The attribute that lists the types of a list of tensors. */
  typeListAttribute?: string;
}

export interface OpDefinition {
  inputs: OpArgument[];
  outputs: OpArgument[];
  attributes: { name: string; type: string; optional?: true }[];
  /** Whether the op does more than compute its outputs from its inputs. */
  stateful?: true;
}

export interface OpTable {
  /** The version of TensorFlow that the table was made from. */
  tensorflow: string;
  /** The GraphDef version of its graphs. */
  producer: number;
  ops: Record<string, OpDefinition>;
}

let table: OpTable | undefined;

/** The table, which the first call reads from its file. */
export function opTable(): OpTable {
  table ??= JSON.parse(fs.readFileSync(path.join(__dirname, 'op-table.json'), 'utf8')) as OpTable;
  return table;
}

const told = new Set<string>();

/**
 * Whether the table describes the TensorFlow that is running. If it does not, a warning says so,
 * once. Releases that differ only in the last number have the same ops.
 */
export function describesTensorFlow(): boolean {
  const { TF_Version: running } = nativeBackend().binding;
  const { tensorflow } = opTable();
  const minor = (version: string) => version.split('.').slice(0, 2).join('.');
  if (minor(running) === minor(tensorflow)) return true;
  if (!told.has(running)) {
    told.add(running);
    console.warn(
      `compile: nothing is compiled, and training is slower: this is TensorFlow ${running}, and the ` +
        `table of ops is that of ${tensorflow}. To make a new one: npx tsx lib/graph/generate-op-table.ts`,
    );
  }
  return false;
}
