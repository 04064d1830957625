/** Each pass on recordings written by hand. */
import { describe, expect, test } from 'vitest';
import { CompileError } from './compile-error';
import { DT } from './graphdef';
import { passesFor, runPasses } from './passes';
import { completeAttributes } from './passes/complete-attributes';
import { dropDeadOps } from './passes/drop-dead-ops';
import { fuseScatterAdd } from './passes/fuse-scatter-add';
import { multiplyInBfloat16 } from './passes/multiply-in-bfloat16';
import type { RecordedOp, Recording } from './recording';

type Tensors = Record<number, number[]>;

/** A recording in which tensor 0 is the input; ids from 100 are of integers. */
function recordingOf(ops: RecordedOp[], outputs: number[], shapes: Tensors): Recording {
  const types = Object.entries(shapes).map(([id, shape]) => {
    const dtype = Number(id) < 100 ? DT.float32 : DT.int32;
    return [Number(id), { dtype, shape }] as const;
  });
  return {
    ops,
    inputs: [{ id: 0, index: 0 }],
    outputs,
    variables: [],
    constants: new Map(),
    types: new Map(types),
  };
}

const op = (name: string, inputs: number[], outputs: number[]): RecordedOp => ({
  op: name,
  attributes: {},
  inputs,
  outputs,
});
const listing = ({ ops }: Recording) => ops.map((each) => [each.op, each.inputs, each.outputs]);

test('dropDeadOps keeps what an output or a variable needs, in its order', () => {
  const ops = [op('Exp', [0], [1]), op('Log', [0], [2]), op('Neg', [2], [3]), op('Abs', [1], [4])];
  const recording = recordingOf(ops, [3], { 0: [2] });
  expect(dropDeadOps(recording).ops).toEqual([ops[1], ops[2]]);
  const variables = [{ source: 0, dtype: DT.float32, shape: [2], before: 9, after: 4 }];
  expect(dropDeadOps({ ...recording, variables }).ops).toEqual([ops[0], ops[1], ops[2], ops[3]]);
  const inPlace = { ...op('ResourceApplyAdam', [1], []), inPlace: [{ before: 2, after: 5 }] };
  const updating = recordingOf([...ops, inPlace], [5], {});
  expect(dropDeadOps(updating).ops).toEqual([ops[0], ops[1], inPlace]);
});

describe('fuseScatterAdd', () => {
  // 0 is the table (5, 2), 1 the rows (3, 2), 100 the ids, 101 the ids in another shape.
  const shapes: Tensors = { 0: [5, 2], 1: [3, 2], 2: [5, 2], 3: [5, 2], 100: [3], 101: [1, 3] };
  const lookup = op('GatherV2', [0, 101, 102], [4]);
  const flat = op('Reshape', [101, 103], [100]);
  const sum = op('UnsortedSegmentSum', [1, 100, 104], [2]);

  test('adds to the rows of the table, in either order', () => {
    for (const inputs of [
      [0, 2],
      [2, 0],
    ]) {
      // prettier-ignore
      const recording = recordingOf([lookup, flat, sum, op('Add', inputs, [3])], [3], shapes);
      const fused = fuseScatterAdd(recording);
      const [expand, add] = fused.ops.slice(-2);
      expect(listing(fused).map(([name]) => name)).toEqual([
        'GatherV2',
        'Reshape',
        'ExpandDims',
        'TensorScatterAdd',
      ]);
      expect(expand.inputs[0]).toBe(100);
      expect(fused.constants.get(expand.inputs[1])?.values).toEqual(new Int32Array([1]));
      expect(fused.types.get(expand.outputs[0])).toEqual({ dtype: DT.int32, shape: [3, 1] });
      expect([add.inputs, add.outputs]).toEqual([[0, expand.outputs[0], 1], [3]]);
      expect(recording.ops).toHaveLength(4); // it is another recording
    }
  });

  test.each<[string, RecordedOp[], number[], Tensors]>([
    ['ids that are not looked up', [flat, sum, op('Add', [0, 2], [3])], [3], {}],
    ['a sum that is wanted by itself', [lookup, flat, sum, op('Add', [0, 2], [3])], [3, 2], {}],
    ['a sum that is used twice', [lookup, flat, sum, op('Add', [2, 2], [3])], [3], {}],
    [
      'an addition that broadcasts',
      [lookup, flat, sum, op('Add', [0, 2], [3])],
      [3],
      { 0: [1, 2] },
    ],
  ])('leaves %s', (_, ops, outputs, others) => {
    const recording = recordingOf(ops, outputs, { ...shapes, ...others });
    expect(fuseScatterAdd(recording).ops).toEqual(ops);
  });
});

test('multiplyInBfloat16 rounds each matrix once, and products of few rows stay', () => {
  const ops = [
    op('MatMul', [0, 1], [2]),
    op('BatchMatMulV2', [0, 2], [3]),
    op('BatchMatMulV3', [0, 3], [4]),
    op('MatMul', [100, 100], [101]),
  ];
  const square = [2, 2];
  const shapes = {
    0: square,
    1: square,
    2: square,
    3: square,
    4: square,
    100: square,
    101: square,
  };
  const recording = multiplyInBfloat16(recordingOf(ops, [4, 101], shapes));
  expect(recording.ops.map((each) => each.op)).toEqual([
    'Cast',
    'Cast',
    'MatMul',
    'Cast',
    'Cast',
    'BatchMatMulV2',
    'Cast',
    'BatchMatMulV3',
    'MatMul',
  ]);
  const [first, second] = recording.ops.filter(({ inputs }) => inputs.length === 2);
  expect(second.inputs[0]).toBe(first.inputs[0]);
  expect(first.attributes.T).toEqual({ type: DT.bfloat16 });
  expect(recording.types.get(first.outputs[0])).toEqual({ dtype: DT.bfloat16, shape: square });
  expect(recording.ops.at(-1)).toEqual(ops[3]);
});

test('completeAttributes takes types from the inputs, and names an attribute that is missing', () => {
  const complete = (each: RecordedOp) =>
    completeAttributes(recordingOf([each], [], { 0: [2], 100: [] }));
  expect(complete(op('ExpandDims', [0, 100], [1])).ops[0].attributes).toEqual({
    T: { type: DT.float32 },
  });
  expect(complete(op('Exp', [100], [1])).ops[0].attributes).toEqual({ T: { type: DT.int32 } });
  expect(() => complete(op('Cast', [0], [1]))).toThrow(CompileError);
  expect(() => complete(op('Cast', [0], [1]))).toThrow(
    'the op Cast is called without its attribute DstT',
  );
});

test('runPasses counts what each took out and put in', () => {
  const dead = op('Exp', [0], [9]);
  const recording = recordingOf([op('MatMul', [0, 0], [1]), dead, dead], [1], {
    0: [2, 2],
    1: [2, 2],
  });
  const { reports } = runPasses(recording, passesFor({ precision: 'bfloat16' }));
  expect(reports).toEqual([
    { pass: 'dropDeadOps', removed: { Exp: 2 }, added: {} },
    { pass: 'fuseScatterAdd', removed: {}, added: {} },
    { pass: 'multiplyInBfloat16', removed: {}, added: { Cast: 2 } },
    { pass: 'completeAttributes', removed: {}, added: {} },
  ]);
  expect(passesFor({}).map(({ name }) => name)).not.toContain('multiplyInBfloat16');
});
