/**
 * Writes a graph in the form in which TensorFlow loads it: a SavedModel with one GraphDef. It has
 * only the fields that are needed, under their numbers in TensorFlow's .proto files.
 */
import { Root, type INamespace } from 'protobufjs';

/** The numbers of TensorFlow's enum DataType. */
export const DT = { float32: 1, int32: 3, string: 7, bool: 10, bfloat16: 14 } as const;

/** The value of an attribute, as in TensorFlow's AttrValue. */
export type AttrValue =
  | { type: number }
  | { i: number }
  | { f: number }
  | { b: boolean }
  | { s: Uint8Array }
  | { shape: TensorShape }
  | { list: { i?: number[]; f?: number[]; b?: boolean[]; type?: number[] } }
  | { tensor: { dtype: number; tensorShape: TensorShape; tensorContent: Uint8Array } };

interface TensorShape {
  dim?: { size: number }[];
  unknownRank?: boolean;
}

export interface NodeDef {
  name: string;
  op: string;
  /** `node`, `node:output`, or `^node` for a node that only has to run first. */
  input: string[];
  attr: Record<string, AttrValue>;
}

const field = (type: string, id: number, rule?: 'repeated') => ({ type, id, rule });

const messages: INamespace = {
  nested: {
    SavedModel: {
      fields: {
        savedModelSchemaVersion: field('int64', 1),
        metaGraphs: field('MetaGraph', 2, 'repeated'),
      },
    },
    MetaGraph: { fields: { metaInfo: field('MetaInfo', 1), graphDef: field('Graph', 2) } },
    MetaInfo: { fields: { tags: field('string', 4, 'repeated') } },
    Graph: { fields: { node: field('Node', 1, 'repeated'), versions: field('Versions', 4) } },
    Versions: { fields: { producer: field('int32', 1) } },
    Node: {
      fields: {
        name: field('string', 1),
        op: field('string', 2),
        input: field('string', 3, 'repeated'),
        attr: { keyType: 'string', type: 'Attr', id: 5 } as never,
      },
    },
    Attr: {
      oneofs: { value: { oneof: ['list', 's', 'i', 'f', 'b', 'type', 'shape', 'tensor'] } },
      fields: {
        list: field('List', 1),
        s: field('bytes', 2),
        i: field('int64', 3),
        f: field('float', 4),
        b: field('bool', 5),
        type: field('int32', 6),
        shape: field('Shape', 7),
        tensor: field('Tensor', 8),
      },
    },
    List: {
      fields: {
        i: field('int64', 3, 'repeated'),
        f: field('float', 4, 'repeated'),
        b: field('bool', 5, 'repeated'),
        type: field('int32', 6, 'repeated'),
      },
    },
    Shape: { fields: { dim: field('Dim', 2, 'repeated'), unknownRank: field('bool', 3) } },
    Dim: { fields: { size: field('int64', 1) } },
    Tensor: {
      fields: {
        dtype: field('int32', 1),
        tensorShape: field('Shape', 2),
        tensorContent: field('bytes', 4),
      },
    },
  },
};

/** The tag under which a graph is saved and loaded. */
export const TAG = 'compiled';

/**
 * The bytes of the file `saved_model.pb`.
 *
 * @param producer the version of the GraphDef format
 */
export function encodeSavedModel(nodes: readonly NodeDef[], producer: number): Uint8Array {
  const type = Root.fromJSON(messages).lookupType('SavedModel');
  const graphDef = { node: nodes, versions: { producer } };
  const message = {
    savedModelSchemaVersion: 1,
    metaGraphs: [{ metaInfo: { tags: [TAG] }, graphDef }],
  };
  const problem = type.verify(message);
  if (problem) throw new Error(`compile: the graph cannot be written: ${problem}`);
  return type.encode(type.create(message)).finish();
}

export const shapeOf = (dims: readonly number[]): TensorShape => ({
  dim: dims.map((size) => ({ size })),
});

/** A node that holds values. */
export function constant(
  name: string,
  dtype: number,
  shape: readonly number[],
  values: ArrayBufferView,
): NodeDef {
  const tensorContent = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return {
    name,
    op: 'Const',
    input: [],
    attr: {
      dtype: { type: dtype },
      value: { tensor: { dtype, tensorShape: shapeOf(shape), tensorContent } },
    },
  };
}
