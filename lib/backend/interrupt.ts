/** A long loop's way to be stopped between two steps. */
export interface Interruptible {
  /**
   * Gives way to the event loop, so that a plot can draw and a signal can arrive.
   *
   * @throws Error named AbortError after SIGINT, or the signal's reason after an abort
   */
  pause(): Promise<void>;
  /** Stops listening. */
  end(): void;
}

/**
 * Makes a loop stop within one step of SIGINT, which is what JupyterLab's interrupt sends, or of
 * an abort: await `pause()` before each step, and call `end()` in a `finally`.
 */
export function interruptible(signal?: AbortSignal): Interruptible {
  let interrupted = false;
  const onInterrupt = () => {
    interrupted = true;
  };
  let listening = false;
  return {
    async pause() {
      await new Promise<void>((resolve) => setImmediate(resolve));
      // Not earlier: tslab runs a cell up to its first await with Node's breakOnSigint, and a
      // listener added meanwhile leaves the signal at its default, which kills the kernel.
      if (!listening) process.on('SIGINT', onInterrupt);
      listening = true;
      signal?.throwIfAborted();
      if (interrupted) throw Object.assign(new Error('Interrupted'), { name: 'AbortError' });
    },
    end: () => process.off('SIGINT', onInterrupt),
  };
}
