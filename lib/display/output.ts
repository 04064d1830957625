/** Sending displays: to the notebook through tslab's kernel, or to stdout outside one. */

import { randomUUID } from 'node:crypto';
import { print } from '../language';

/** One output in several forms; a viewer takes the richest that it knows. */
export interface Bundle {
  data: { 'text/plain': string; [mimeType: string]: unknown };
  metadata: Record<string, string>;
}

interface Message extends Bundle {
  transient: { display_id?: string };
}

/**
 * The running kernel's own display function, which takes several MIME types at once (tslab's public
 * `display` takes one). It is looked up among the loaded modules, so that a script or a test, where
 * there is no kernel, does not load tslab and its compiler.
 */
function kernelWriter(): ((message: Message, update: boolean) => void) | undefined {
  try {
    const kernel = require.cache[require.resolve('tslab/dist/jupyter')];
    return kernel?.exports.lastWriteDisplayData ?? undefined;
  } catch {
    return undefined; // tslab is not installed
  }
}

/** Whether a person is watching: there is a kernel, and it is not the headless runner's. */
export function isInteractive(): boolean {
  return kernelWriter() !== undefined && process.env.GPT_HEADLESS !== '1';
}

/** A display with this many characters of JSON, or more, is large. */
const LARGE = 1e6;

/** Warns of a large display, because the notebook's file holds all of it. */
function saySize(bundle: Bundle): void {
  const size = JSON.stringify(bundle.data).length;
  if (size < LARGE) return;
  print(
    'This display takes {size:.1} MB of the notebook, which then opens slowly and is hard to share. Show fewer values: a part of them, or every hundredth.',
    { size: size / 1e6 },
  );
}

/**
 * Sends a bundle to the notebook and warns if it is large; outside a kernel, prints its text to
 * stdout.
 */
export function send(bundle: Bundle): void {
  const write = kernelWriter();
  if (write) {
    write({ ...bundle, transient: {} }, false);
    saySize(bundle);
  } else console.log(bundle.data['text/plain']);
}

/** Least time in milliseconds between two states of an output that changes in place. */
const REDRAW_INTERVAL = 250;

/**
 * An output that changes in place. A person sees it change, at most once in each interval. Headless
 * and outside a kernel, only the final state is sent, so that the result does not depend on the
 * machine's speed.
 */
export function liveOutput(): {
  draw(render: () => Bundle): void;
  finish(render: () => Bundle): void;
} {
  const displayId = randomUUID();
  let lastDrawn: number | undefined;
  const put = (render: () => Bundle) => {
    kernelWriter()?.(
      { ...render(), transient: { display_id: displayId } },
      lastDrawn !== undefined,
    );
    lastDrawn = Date.now();
  };
  return {
    draw(render) {
      if (!isInteractive()) return;
      if (lastDrawn === undefined || Date.now() - lastDrawn >= REDRAW_INTERVAL) put(render);
    },
    finish(render) {
      if (!isInteractive()) return send(render());
      const last = render();
      put(() => last);
      saySize(last);
    },
  };
}
