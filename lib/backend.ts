/**
 * The engine that computes: native TensorFlow through `@tensorflow/tfjs-node-gpu`, else
 * WebAssembly, else plain JavaScript. The rest of the project takes `tf` from here and nowhere
 * else, so that there is one engine and one place that knows its quirks.
 */
import * as tf from '@tensorflow/tfjs';
import path from 'node:path';
import util from 'node:util';
import { philoxNormal, philoxUniform } from './backend/philox';

export { tf };

export type BackendName = 'tensorflow' | 'wasm' | 'cpu';

export interface BackendInfo {
  name: BackendName;
  /** One line for the screen: what computes, and why not something faster. */
  description: string;
}

const BACKENDS: readonly BackendName[] = ['tensorflow', 'wasm', 'cpu'];

// On globalThis, because the kernel loads this module anew when a file of lib is edited.
const state = globalThis as typeof globalThis & { gptBackend?: Promise<BackendInfo> };

/**
 * Starts the fastest engine that works here, once; later calls return the first one's answer.
 * `GPT_BACKEND=tensorflow|wasm|cpu` forces one.
 *
 * @throws Error when `GPT_BACKEND` names no engine, or one that cannot start here.
 */
export function initBackend(): Promise<BackendInfo> {
  state.gptBackend ??= start().catch((error: unknown) => {
    state.gptBackend = undefined;
    throw error;
  });
  return state.gptBackend;
}

async function start(): Promise<BackendInfo> {
  const forced = process.env.GPT_BACKEND;
  if (forced && !BACKENDS.includes(forced as BackendName)) {
    throw new Error(`GPT_BACKEND is "${forced}"; expected one of ${BACKENDS.join(', ')}`);
  }
  const reasons: string[] = [];
  for (const name of forced ? [forced as BackendName] : BACKENDS) {
    try {
      const what = await starters[name]();
      await tf.ready();
      const why = reasons.length ? ` (${reasons.join('; ')})` : '';
      return { name, description: `${what}${why}` };
    } catch (error) {
      const message = (error instanceof Error ? error.message : String(error)).split('\n')[0];
      if (forced) throw new Error(`GPT_BACKEND=${forced} cannot start here: ${message}`);
      reasons.push(`${name} did not start: ${message}`);
    }
  }
  throw new Error(`No engine could start: ${reasons.join('; ')}`);
}

const starters: Record<BackendName, () => Promise<string>> = {
  async tensorflow() {
    // Node 23 and later lack what tfjs-node 4.22 calls (tfjs issue 8425).
    const legacy = util as unknown as Record<string, unknown>;
    legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
    legacy.isArray ??= Array.isArray;
    // TensorFlow's start-up notices: nothing a reader can act on.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
    // Otherwise TensorFlow takes the whole card and a second notebook gets none.
    process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
    const native = require('@tensorflow/tfjs-node-gpu') as { version: Record<string, string> };
    await tf.setBackend('tensorflow');
    const { isUsingGpuDevice, binding } = tf.backend() as unknown as {
      isUsingGpuDevice: boolean;
      binding: { TF_Version: string };
    };
    const device = isUsingGpuDevice ? 'GPU' : 'CPU';
    return `TensorFlow ${binding.TF_Version} on the ${device}, through tfjs-node ${native.version['tfjs-node']}`;
  },
  async wasm() {
    const wasm = require('@tensorflow/tfjs-backend-wasm') as {
      setWasmPaths(prefix: string): void;
      version_wasm: string;
    };
    const entry = require.resolve('@tensorflow/tfjs-backend-wasm/package.json');
    wasm.setWasmPaths(path.join(path.dirname(entry), 'wasm-out') + path.sep);
    if (!(await tf.setBackend('wasm'))) throw new Error('tfjs refused the wasm backend');
    return `WebAssembly, through tfjs-backend-wasm ${wasm.version_wasm}`;
  },
  async cpu() {
    await tf.setBackend('cpu');
    // It prints an advertisement for tfjs-node at its first operation.
    (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
    return `plain JavaScript, through tfjs ${tf.version.tfjs}`;
  },
};

/** A seed of one integer, or two where one number is a stream and the other a step in it. */
export type Seed = number | readonly [number, number];

/**
 * Random numbers uniform in [`low`, `high`), the same on every backend, bit for bit: Philox
 * (Salmon et al. 2011) as TensorFlow's StatelessRandomUniform uses it.
 *
 * @param shape shape of the result
 * @param seed 32-bit integers; the same seed gives the same numbers
 * @throws Error when a seed is not a 32-bit integer
 */
export function randomUniform(shape: number[], seed: Seed, low = 0, high = 1): tf.Tensor {
  return tf.tidy(() => {
    const unit = stateless('StatelessRandomUniform', philoxUniform, shape, seed);
    return low === 0 && high === 1 ? unit : unit.mul(high - low).add(low);
  });
}

/**
 * Random numbers from a normal distribution, the same on every backend to float32 rounding.
 *
 * @param shape shape of the result
 * @param seed as for {@link randomUniform}
 * @throws Error when a seed is not a 32-bit integer
 */
export function randomNormal(shape: number[], seed: Seed, mean = 0, stdDev = 1): tf.Tensor {
  return tf.tidy(() => {
    const standard = stateless('StatelessRandomNormal', philoxNormal, shape, seed);
    return mean === 0 && stdDev === 1 ? standard : standard.mul(stdDev).add(mean);
  });
}

function stateless(
  op: string,
  inJavaScript: (seed: readonly [number, number], count: number) => Float32Array,
  shape: number[],
  seed: Seed,
): tf.Tensor {
  const pair: readonly [number, number] = typeof seed === 'number' ? [seed, 0] : seed;
  for (const part of pair) {
    if (!Number.isInteger(part) || part < -(2 ** 31) || part >= 2 ** 31) {
      throw new Error(`A seed must be an integer of 32 bits, got ${part}`);
    }
  }
  if (!isNative()) {
    return tf.tensor(
      inJavaScript(
        pair,
        shape.reduce((a, b) => a * b, 1),
      ),
      shape,
    );
  }
  return rawOp(op, { T: 'int32', Tseed: 'int32', dtype: 'float32' }, [
    tf.tensor1d(shape, 'int32'),
    tf.tensor1d([...pair], 'int32'),
  ]);
}

/** True when native TensorFlow computes, so that its own ops can be called by name. */
export const isNative = (): boolean => tf.getBackend() === 'tensorflow';

/** An attribute of a TensorFlow op: data types as their tfjs names, integers as `{int: n}`. */
export type OpAttribute =
  'float32' | 'int32' | 'bool' | boolean | { int: number } | { float: number };

interface NativeBackend {
  binding: Record<string, number>;
  executeSingleOutput(name: string, attributes: object[], inputs: tf.Tensor[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: object[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

function encodeAttributes(attributes: Record<string, OpAttribute>): object[] {
  const { binding } = tf.backend() as unknown as NativeBackend;
  const types = { float32: binding.TF_FLOAT, int32: binding.TF_INT32, bool: binding.TF_BOOL };
  return Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'string') return { name, type: binding.TF_ATTR_TYPE, value: types[value] };
    if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
    if ('int' in value) return { name, type: binding.TF_ATTR_INT, value: value.int };
    return { name, type: binding.TF_ATTR_FLOAT, value: value.float };
  });
}

/**
 * Runs one TensorFlow op by its TensorFlow name. Native backend only; tfjs knows no gradient for
 * it, so callers wrap it in `tf.customGrad`.
 */
export function rawOp(
  name: string,
  attributes: Record<string, OpAttribute>,
  inputs: tf.Tensor[],
): tf.Tensor {
  const backend = tf.backend() as unknown as NativeBackend;
  return backend.executeSingleOutput(name, encodeAttributes(attributes), inputs);
}

/** As {@link rawOp}, for an op with several outputs. */
export function rawOps(
  name: string,
  attributes: Record<string, OpAttribute>,
  inputs: tf.Tensor[],
  outputs: number,
): tf.Tensor[] {
  const backend = tf.backend() as unknown as NativeBackend;
  return backend.executeMultipleOutputs(name, encodeAttributes(attributes), inputs, outputs);
}
