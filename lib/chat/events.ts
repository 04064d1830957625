/** Answers as server-sent events. */
import { publicError } from './errors';
import type { Ticket } from './job-queue';

/** Sends one event; its data goes as JSON. Nothing happens once the client has left. */
export type Send = (event: string, data: object) => void;

export type Job = (send: Send, signal: AbortSignal) => Promise<void>;

export interface StreamOptions {
  ticket: Ticket;
  /** Ends all jobs, when the server stops. */
  closing: AbortSignal;
  /** Told what went wrong inside. */
  onError: (error: unknown) => void;
}

/**
 * Streams a job's events once its turn has come. When the client leaves, a waiting job gives up its
 * place and a running one its work, through its signal.
 *
 * Events are not held back for a slow reader, who would hold up everybody else: a job's are few. One
 * who never reads cannot be told from others, since the system's buffers take a whole answer; such
 * a job ends like any other, and holds its lane no longer.
 *
 * @returns with `ended`, which resolves when the job does nothing more
 */
export function eventStream(
  job: Job,
  { ticket, closing, onError }: StreamOptions,
): { response: Response; ended: Promise<void> } {
  const encoder = new TextEncoder();
  const left = new AbortController();
  const signal = AbortSignal.any([left.signal, closing]);
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send: Send = (event, data) => {
        if (left.signal.aborted) return;
        controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
      };
      try {
        if (ticket.ahead > 0) send('waiting', { ahead: ticket.ahead });
        await Promise.race([ticket.turn, aborted(signal)]);
        signal.throwIfAborted();
        await job(send, signal);
      } catch (error) {
        if (!signal.aborted) onError(error);
        send('error', publicError(closing.aborted ? closing.reason : error));
      } finally {
        ticket.leave();
        if (!left.signal.aborted) controller.close();
        end();
      }
    },
    cancel() {
      left.abort();
    },
  });
  const headers = { 'content-type': 'text/event-stream; charset=utf-8' };
  return { response: new Response(stream, { headers }), ended };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
