/** A recorded computation as plain data: `record` makes one, and passes turn it into another. */
import type * as tf from '@tensorflow/tfjs';
import type { AttrValue } from './graphdef';

/**
 * An op as it ran. Tensors have numbers: those that the binding gave them and never uses twice, or
 * larger ones if a pass made the tensor.
 */
export interface RecordedOp {
  op: string;
  attributes: Record<string, AttrValue>;
  inputs: number[];
  outputs: number[];
  /** For an op that changes variables in place: the ids of their values before and after it. */
  inPlace?: { before: number; after: number }[];
}

/** A variable that the function reads or assigns to. */
export interface RecordedVariable {
  /** The variable, or the position of the argument that it is. */
  source: tf.Variable | number;
  dtype: number;
  shape: readonly number[];
  /**
   * The ids of its values at the start and at the end. They are equal if it is only read; `before`
   * is −1 if it is only assigned.
   */
  before: number;
  after: number;
}

/** Values that were made in JavaScript: the same at every run of the graph. */
export interface RecordedConstant {
  dtype: number;
  shape: readonly number[];
  values: ArrayBufferView;
}

export interface TensorType {
  dtype: number;
  shape: readonly number[];
}

/** Everything that a graph is built from. */
export interface Recording {
  /** In the order in which they ran: an op comes after those whose outputs it takes. */
  readonly ops: readonly RecordedOp[];
  /** The arguments that are not variables: the id of the tensor for each, and its position. */
  readonly inputs: readonly { id: number; index: number }[];
  readonly outputs: readonly number[];
  readonly variables: readonly RecordedVariable[];
  readonly constants: ReadonlyMap<number, RecordedConstant>;
  /** The type of every tensor that occurs. */
  readonly types: ReadonlyMap<number, TensorType>;
}

/** Turns a recording into another one that computes the same. */
export type Pass = (recording: Recording) => Recording;

/** The tensors that a recording is made for: its outputs and the new values of its variables. */
export const resultsOf = ({ outputs, variables }: Recording): number[] => [
  ...outputs,
  ...variables.map(({ after }) => after),
];

/** Gives numbers that no tensor of the recording has, for those that a pass makes. */
export function freshIds({ types }: Recording): () => number {
  let last = 0;
  for (const id of types.keys()) last = Math.max(last, id);
  return () => ++last;
}
