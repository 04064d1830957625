/**
 * The engine that computes: native TensorFlow through `@tensorflow/tfjs-node-gpu`, else
 * WebAssembly, else plain JavaScript. All code outside `backend/` and `graph/` imports `tf` from
 * here, so that there is one engine, and its quirks stay in one place.
 */
import * as tf from '@tensorflow/tfjs';
import path from 'node:path';
import util from 'node:util';
import { registerEinsumGradient } from './backend/einsum';
import { registerNativeKernels, registerPortableKernels } from './backend/kernels';
import { precision } from './compile';
import { phrase } from './language';

export { tf };
export { applyAdam, globalNorm, type AdamScalars } from './backend/adam';
export { compile, compiles, precision, type Compiled } from './compile';
export { interruptible } from './core/interrupt';
export { isNative, isRecording, rawOp } from './backend/native';
export {
  checkTargets,
  dropout,
  embeddingLookup,
  gelu,
  layerNorm,
  sparseCrossEntropy,
  writeAt,
} from './backend/ops';
export { randomNormal, randomUniform, type Seed } from './backend/random-tensors';

type BackendName = 'tensorflow' | 'wasm' | 'cpu';

export interface BackendInfo {
  name: BackendName;
  /** One line for the screen: which engine it is, and why it is not a faster one. */
  description: string;
}

const BACKENDS: readonly BackendName[] = ['tensorflow', 'wasm', 'cpu'];

// On globalThis, because the kernel loads this module anew when a file of lib is edited.
const state = globalThis as typeof globalThis & { gptBackend?: Promise<BackendInfo> };

/**
 * Starts the fastest engine that works on this machine. It starts once: later calls return the
 * first answer. `GPT_BACKEND=tensorflow|wasm|cpu` forces one.
 *
 * @throws Error if `GPT_BACKEND` is not the name of an engine, if that engine (or, by default,
 *   every engine) fails to start, or if `GPT_PRECISION` is not available
 */
export function initBackend(): Promise<BackendInfo> {
  state.gptBackend ??= start()
    .then(withPrecision)
    .catch((error: unknown) => {
      state.gptBackend = undefined;
      throw error;
    });
  return state.gptBackend;
}

/** Adds a lower precision to the description, so that nobody computes with it unawares. */
function withPrecision(info: BackendInfo): BackendInfo {
  if (precision() === 'float32') return info;
  const description = phrase(
    '{description}; matrix products of compiled functions in bfloat16, on a CPU except those of few rows, as when one text is written',
    { description: info.description },
  );
  return { ...info, description };
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
      registerEinsumGradient();
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
    // tfjs-node 4.22 calls these. Node 22 warns of them, later versions lack them (tfjs issue 8425).
    Object.assign(util, {
      isNullOrUndefined: (value: unknown) => value === null || value === undefined,
      isArray: Array.isArray,
    });
    // Hides the notices that TensorFlow prints at its start, on which a reader cannot act.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
    // Otherwise TensorFlow takes all of the card's memory, and a second notebook gets none.
    process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
    const native = require('@tensorflow/tfjs-node-gpu') as { version: Record<string, string> };
    await tf.setBackend('tensorflow');
    registerNativeKernels();
    const { isUsingGpuDevice, binding } = tf.backend() as unknown as {
      isUsingGpuDevice: boolean;
      binding: { TF_Version: string };
    };
    return phrase(
      isUsingGpuDevice
        ? 'TensorFlow {version} on the GPU, through tfjs-node {tfjs}'
        : 'TensorFlow {version} on the CPU, through tfjs-node {tfjs}',
      { version: binding.TF_Version, tfjs: native.version['tfjs-node'] },
    );
  },
  async wasm() {
    const wasm = require('@tensorflow/tfjs-backend-wasm') as {
      setWasmPaths(prefix: string): void;
      version_wasm: string;
    };
    const entry = require.resolve('@tensorflow/tfjs-backend-wasm/package.json');
    wasm.setWasmPaths(path.join(path.dirname(entry), 'wasm-out') + path.sep);
    const events = ['uncaughtException', 'unhandledRejection'];
    const emitter = process as NodeJS.EventEmitter;
    const before = events.map((event) => emitter.listeners(event));
    if (!(await tf.setBackend('wasm'))) throw new Error('tfjs refused the wasm backend');
    // tfjs throws errors that nobody caught a second time, which ends a notebook's kernel.
    events.forEach((event, i) => {
      const added = emitter.listeners(event).filter((listener) => !before[i].includes(listener));
      for (const listener of added) emitter.off(event, listener as () => void);
    });
    registerPortableKernels('wasm');
    return phrase('WebAssembly, through tfjs-backend-wasm {version}', {
      version: wasm.version_wasm,
    });
  },
  async cpu() {
    await tf.setBackend('cpu');
    registerPortableKernels('cpu');
    // Otherwise tfjs prints an advertisement for tfjs-node at its first operation.
    (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
    return phrase('plain JavaScript, through tfjs {version}', { version: tf.version.tfjs });
  },
};
