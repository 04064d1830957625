/** Streaming answers as server-sent events. */
import { publicError } from './errors';
import type { Ticket } from './job-queue';

/** Sends one event with its data as JSON. Does nothing once the client has left. */
export type Send = (event: string, data: object) => void;

/** Work that sends its results as events and ends when the signal is aborted. */
export type Job = (send: Send, signal: AbortSignal) => Promise<void>;

interface StreamOptions {
  /** The job's place in its queue. */
  ticket: Ticket;
  /** Ends all jobs when the server stops. */
  closing: AbortSignal;
  /** Receives errors of the job. */
  onError: (error: unknown) => void;
}

/**
 * Streams a job's events once its turn has come. If the client leaves, a waiting job leaves the
 * queue and the signal ends a running one.
 *
 * A job does not wait for a slow reader, who would delay everybody else, because its events are
 * few. The system's buffers hold a whole answer, so even for a client who never reads, the job ends
 * and leaves its queue.
 *
 * @returns the response, and `ended`, which resolves when the job has ended
 */
export function eventStream(
  job: Job,
  { ticket, closing, onError }: StreamOptions,
): { response: Response; ended: Promise<void> } {
  const encoder = new TextEncoder();
  const clientLeft = new AbortController();
  const signal = AbortSignal.any([clientLeft.signal, closing]);
  let resolveEnded = () => {};
  const ended = new Promise<void>((resolve) => (resolveEnded = resolve));
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send: Send = (event, data) => {
        if (clientLeft.signal.aborted) return;
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
        if (!clientLeft.signal.aborted) controller.close();
        resolveEnded();
      }
    },
    cancel() {
      clientLeft.abort();
    },
  });
  const headers = { 'content-type': 'text/event-stream; charset=utf-8' };
  return { response: new Response(stream, { headers }), ended };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
