/**
 * The counterpart of `backend.ts` for a web page, where there is no Node: the same operations, on
 * WebAssembly or else plain JavaScript. Whoever bundles `tokenizer`, `attention`, `model` and
 * `decoding` for a browser replaces `backend.ts` with this file, as `scripts/site/bundle.ts` does.
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
 * Starts the engine.
 *
 * @param binary the SIMD build of tfjs-backend-wasm. The caller provides it, because a page that
 *   was opened from a folder cannot fetch it
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
    // Otherwise it prints an advertisement at its first operation.
    (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
    return { name: 'cpu', description: `JavaScript (${reason})` };
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The same as in Node, except that a page gets no SIGINT: only the signal ends the loop. */
export function interruptible(signal?: AbortSignal): Interruptible {
  return {
    async pause() {
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
    },
    end: () => undefined,
  };
}

/** Nothing is compiled here. */
export const compiles = (): boolean => false;

/** The function itself. */
export const compile = <A extends unknown[], R>(fn: (...args: A) => R): Compiled<A, R> =>
  Object.assign((...args: A) => fn(...args), { dispose: () => undefined, explain: () => [] });
