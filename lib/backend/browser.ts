/**
 * The counterpart of `backend.ts` for a web page, where there is no Node: it has the same
 * operations, on WebAssembly or else plain JavaScript. Whoever bundles `tokenizer`, `attention`,
 * `model` and `decoding` for a browser replaces `backend.ts` with this file, as
 * `scripts/site/bundle.ts` does.
 */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import type { Compiled } from '../compile';
import type { Interruptible } from '../core/interrupt';
import { registerPortableKernels } from './kernels';

export { tf };
export type { Compiled } from '../compile';
export { dropout, embeddingLookup, gelu, layerNorm, writeAt } from './ops';
export { randomNormal, randomUniform, type Seed } from './random-tensors';

interface BrowserBackend {
  name: 'wasm' | 'cpu';
  /** One line for the screen: which engine it is, and why it is not a faster one. */
  description: string;
}

/**
 * Starts WebAssembly or, if that fails, plain JavaScript.
 *
 * @param binary the SIMD build of tfjs-backend-wasm. The caller provides it, because a page that
 *   was opened from a folder cannot fetch it.
 */
export async function initBackend(binary: Uint8Array): Promise<BrowserBackend> {
  const url = URL.createObjectURL(new Blob([new Uint8Array(binary)], { type: 'application/wasm' }));
  try {
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false); // threads need another binary
    // tfjs asks for all three by name and takes one.
    const names = ['', '-simd', '-threaded-simd'].map((kind) => `tfjs-backend-wasm${kind}.wasm`);
    setWasmPaths(Object.fromEntries(names.map((name) => [name, url])));
    if (!(await tf.setBackend('wasm')))
      throw new Error('this browser has no WebAssembly with SIMD');
    registerPortableKernels('wasm');
    return { name: 'wasm', description: `WebAssembly (tfjs ${version_wasm})` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await tf.setBackend('cpu');
    registerPortableKernels('cpu');
    // Otherwise tfjs prints an advertisement for tfjs-node at its first operation.
    (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
    return { name: 'cpu', description: `JavaScript (${reason})` };
  } finally {
    URL.revokeObjectURL(url);
  }
}

/**
 * Like the function of this name in `core/interrupt.ts`, but a page gets no SIGINT, so that only
 * the signal ends the loop.
 */
export function interruptible(signal?: AbortSignal): Interruptible {
  return {
    async pause() {
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
    },
    end: () => undefined,
  };
}

/** Always false, since nothing is compiled in a browser. */
export const compiles = (): boolean => false;

/** Returns a function that runs `fn` as it is. */
export const compile = <A extends unknown[], R>(fn: (...args: A) => R): Compiled<A, R> =>
  Object.assign((...args: A) => fn(...args), { dispose: () => undefined, explain: () => [] });
