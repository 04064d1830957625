/**
 * Stops long work at SIGINT, which JupyterLab's interrupt button and Ctrl-C send, or when a
 * caller's AbortSignal asks for it.
 */

/** The reason of an abort that the operating system's signal `by` caused. */
export class Interrupted extends Error {
  override readonly name = 'AbortError';

  constructor(readonly by: 'SIGINT' | 'SIGTERM') {
    super('Interrupted');
  }
}

interface InterruptOptions {
  /** Aborts the work as well. */
  signal?: AbortSignal;
  /**
   * Whether SIGTERM aborts the work too, and ends the process only once the work is over, so that
   * it can save what it has done. Default false: SIGTERM ends the process at once.
   */
  sigterm?: boolean;
}

/**
 * Runs long work with an AbortSignal that SIGINT aborts. Work that computes has to call
 * {@link pause} between its steps, since a signal cannot arrive before the event loop turns.
 *
 * @throws Interrupted after SIGINT or SIGTERM, if the work passes on what `pause` throws
 */
export async function withInterrupt<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { signal, sigterm = false }: InterruptOptions = {},
): Promise<T> {
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort(new Interrupted('SIGINT'));
  let terminated = false;
  const onTerminate = () => {
    terminated = true;
    interrupt.abort(new Interrupted('SIGTERM'));
  };
  // tslab runs a cell up to its first await with Node's breakOnSigint. A listener added meanwhile
  // leaves the signal at its default, which kills the kernel.
  await nextTurn();
  process.on('SIGINT', onInterrupt);
  if (sigterm) process.on('SIGTERM', onTerminate);
  try {
    return await work(signal ? AbortSignal.any([signal, interrupt.signal]) : interrupt.signal);
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
    if (terminated) process.kill(process.pid, 'SIGTERM'); // as if it had not been caught
  }
}

/**
 * Yields to the event loop, so that a plot can draw and a signal can arrive.
 *
 * @throws the signal's reason if it is aborted
 */
export async function pause(signal: AbortSignal): Promise<void> {
  await nextTurn();
  signal.throwIfAborted();
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Stops a loop that cannot be handed to {@link withInterrupt}, such as a generator's. */
export interface Interruptible {
  /**
   * Yields to the event loop, so that a plot can draw and a signal can arrive.
   *
   * @throws Error named AbortError after SIGINT, or the signal's reason after an abort
   */
  pause(): Promise<void>;
  /** Stops listening. */
  end(): void;
}

/**
 * Makes a loop stop within one step of SIGINT or of an abort. Await `pause()` before each step, and
 * call `end()` in a `finally`.
 */
export function interruptible(signal?: AbortSignal): Interruptible {
  let interrupted = false;
  const onInterrupt = () => {
    interrupted = true;
  };
  let listening = false;
  return {
    async pause() {
      await nextTurn();
      // Listens only after the first turn, for the reason that withInterrupt gives.
      if (!listening) process.on('SIGINT', onInterrupt);
      listening = true;
      signal?.throwIfAborted();
      if (interrupted) throw new Interrupted('SIGINT');
    },
    end: () => process.off('SIGINT', onInterrupt),
  };
}
