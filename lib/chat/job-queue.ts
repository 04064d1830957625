/** A queue of jobs that a model does one at a time. */
import { ChatError } from './errors';

/** A job's place in the queue. */
export interface Ticket {
  /** Number of jobs that were ahead of it when it joined. */
  readonly ahead: number;
  /** Resolves when it is this job's turn. */
  readonly turn: Promise<void>;
  /** Leaves the queue, whether the job waits or runs; a second call does nothing. */
  leave(): void;
}

/** Runs jobs one at a time, in the order in which they came, and lets a limited number wait. */
export class JobQueue {
  private readonly jobs: { ticket: Ticket; start: () => void }[] = [];

  constructor(private readonly maxWaiting: number) {}

  get running(): number {
    return Math.min(1, this.jobs.length);
  }

  get waiting(): number {
    return Math.max(0, this.jobs.length - 1);
  }

  /** Joins the queue. @throws ChatError 503 if too many jobs are waiting already */
  take(): Ticket {
    const ahead = this.jobs.length;
    if (ahead > this.maxWaiting) {
      throw new ChatError(503, 'busy', `Too many requests: ${this.waiting} are waiting already`);
    }
    let start = () => {};
    const turn = new Promise<void>((resolve) => (start = resolve));
    const ticket: Ticket = { ahead, turn, leave: () => this.leave(ticket) };
    this.jobs.push({ ticket, start });
    if (ahead === 0) start();
    return ticket;
  }

  private leave(ticket: Ticket): void {
    const at = this.jobs.findIndex((job) => job.ticket === ticket);
    if (at < 0) return;
    this.jobs.splice(at, 1);
    if (at === 0) this.jobs[0]?.start();
  }
}
