/**
 * Writes `op-table.json`, the table of the ops that a graph may have, from the registry of the
 * TensorFlow library that set-up unpacked. Run it after changing the version of TensorFlow or of
 * tfjs-node, or to add an op: `npx tsx lib/graph/generate-op-table.ts`.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { Root, type INamespace } from 'protobufjs';
import type { OpDefinition, OpTable } from './op-table';

const ROOT = path.resolve(__dirname, '..', '..');
const LIBRARIES = path.join(ROOT, '.native', 'site', 'tensorflow');
const TFJS_NODE = path.join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node-gpu', 'dist');

/** The ops that `lib` calls by name, and those that the builder itself puts into graphs. */
const OURS = [
  'AssignVariableOp',
  'BatchMatMulV3',
  'BiasAddGrad',
  'Const',
  'DestroyResourceOp',
  'Identity',
  'L2Loss',
  'MatMul',
  'Placeholder',
  'ReadVariableOp',
  'ResourceApplyAdam',
  'ResourceStridedSliceAssign',
  'SigmoidGrad',
  'SparseSoftmaxCrossEntropyWithLogits',
  'StatelessRandomNormal',
  'StatelessRandomUniform',
  'TensorScatterAdd',
  'VarHandleOp',
];

/** The fields that are needed from op_def.proto, attr_value.proto and versions.proto. */
const messages: INamespace = {
  nested: {
    OpList: { fields: { op: { type: 'OpDef', id: 1, rule: 'repeated' } } },
    OpDef: {
      fields: {
        name: { type: 'string', id: 1 },
        inputs: { type: 'ArgDef', id: 2, rule: 'repeated' },
        outputs: { type: 'ArgDef', id: 3, rule: 'repeated' },
        attributes: { type: 'AttrDef', id: 4, rule: 'repeated' },
        stateful: { type: 'bool', id: 17 },
      },
    },
    ArgDef: {
      fields: {
        name: { type: 'string', id: 1 },
        type: { type: 'int32', id: 3 },
        typeAttribute: { type: 'string', id: 4 },
        numberAttribute: { type: 'string', id: 5 },
        typeListAttribute: { type: 'string', id: 6 },
      },
    },
    AttrDef: {
      fields: {
        name: { type: 'string', id: 1 },
        type: { type: 'string', id: 2 },
        default: { type: 'bytes', id: 3 },
      },
    },
    Versions: { fields: { producer: { type: 'int32', id: 1 } } },
  },
};

type RegisteredOp = Omit<OpDefinition, 'attributes'> & {
  name: string;
  attributes: { name: string; type: string; default?: Uint8Array }[];
};

/** Calls a function of TensorFlow's C API that fills a TF_Buffer, through Python's ctypes. */
function readBuffer(call: string): Buffer {
  const script = `
import ctypes, sys
class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("free", ctypes.c_void_p)]
framework, library = [ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL) for path in sys.argv[1:]]
def function(name, result=ctypes.c_void_p):
    found = getattr(library, name)
    found.restype = result
    return found
${call}
sys.stdout.buffer.write(ctypes.string_at(buffer.data, buffer.length))
`;
  const names = ['libtensorflow_framework', 'libtensorflow_cc'];
  const files = fs.readdirSync(LIBRARIES);
  const libraries = names.map((name) => {
    const file = files.find((each) => each.startsWith(`${name}.`));
    if (!file) throw new Error(`${LIBRARIES} has no ${name}: set the project up first (npm start)`);
    return path.join(LIBRARIES, file);
  });
  return execFileSync('python3', ['-c', script, ...libraries], { maxBuffer: 2 ** 26 });
}

/** The names of the ops that tfjs-node's kernels run. */
function emittedOps(): string[] {
  const kernels = path.join(TFJS_NODE, 'kernels');
  const files = fs
    .readdirSync(kernels)
    .filter((name) => name.endsWith('.js'))
    .map((name) => path.join(kernels, name));
  const call = /execute(?:SingleInput|SingleOutput|MultipleOutputs)\(\s*(?:'(\w+)'|tfjs_1\.(\w+))/g;
  const found = new Set<string>();
  for (const file of [...files, path.join(TFJS_NODE, 'nodejs_kernel_backend.js')]) {
    for (const [, name, constant] of fs.readFileSync(file, 'utf8').matchAll(call)) {
      found.add(name ?? (tf as unknown as Record<string, string>)[constant]);
    }
  }
  return [...found];
}

function main(): void {
  const root = Root.fromJSON(messages);
  const decode = (type: string, call: string): object => {
    const message = root.lookupType(type);
    return message.toObject(message.decode(readBuffer(call)), { arrays: true });
  };
  const { op: registry } = decode(
    'OpList',
    'buffer = function("TF_GetAllOpList", ctypes.POINTER(Buffer))().contents',
  ) as { op: RegisteredOp[] };
  const { producer } = decode(
    'Versions',
    `buffer, status = Buffer(), ctypes.c_void_p(function("TF_NewStatus")())
graph = ctypes.c_void_p(function("TF_NewGraph")())
function("TF_GraphVersions", None)(graph, ctypes.byref(buffer), status)`,
  ) as { producer: number };
  const { version: tensorflow } = JSON.parse(
    readBuffer(`
text = b'{"version": "' + function("TF_Version", ctypes.c_char_p)() + b'"}'
buffer = Buffer(ctypes.cast(ctypes.c_char_p(text), ctypes.c_void_p), len(text), None)`).toString(),
  ) as { version: string };

  const byName = new Map(registry.map((op) => [op.name, op]));
  const table: OpTable = { tensorflow, producer, ops: {} };
  const missing: string[] = [];
  for (const name of [...new Set([...emittedOps(), ...OURS])].sort()) {
    const op = byName.get(name);
    if (!op) {
      missing.push(name);
      continue;
    }
    const attributes = op.attributes.map(({ default: value, ...rest }) =>
      value ? { ...rest, optional: true as const } : rest,
    );
    const { inputs, outputs } = op;
    table.ops[name] = { inputs, outputs, attributes };
    if (op.stateful) table.ops[name].stateful = true;
  }
  const lines = Object.entries(table.ops).map(
    ([name, op]) => `    ${JSON.stringify(name)}: ${JSON.stringify(op)}`,
  );
  const head = `  "tensorflow": "${tensorflow}",\n  "producer": ${producer},\n`;
  fs.writeFileSync(
    path.join(__dirname, 'op-table.json'),
    `{\n${head}  "ops": {\n${lines.join(',\n')}\n  }\n}\n`,
  );
  console.log(`TensorFlow ${tensorflow}: ${lines.length} of ${registry.length} ops`);
  if (missing.length) console.log(`not in the registry, so left out: ${missing.join(', ')}`);
}

if (require.main === module) main();
