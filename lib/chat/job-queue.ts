/** Jobs that a model does one after another. */
import { ChatError } from './errors';

/** A place in a lane. */
export interface Ticket {
  /** Jobs before this one when it came. */
  readonly ahead: number;
  /** Resolves when it is this one's turn. */
  readonly turn: Promise<void>;
  /** Gives the place back, waiting or not; a second time does nothing. */
  leave(): void;
}

/** One job at a time, in the order they came, and a bounded number that wait. */
export class Lane {
  private readonly line: { ticket: Ticket; start: () => void }[] = [];

  constructor(private readonly maxWaiting: number) {}

  get running(): number {
    return Math.min(1, this.line.length);
  }

  get waiting(): number {
    return Math.max(0, this.line.length - 1);
  }

  /** @throws ChatError 503 when too many wait already */
  take(): Ticket {
    const ahead = this.line.length;
    if (ahead > this.maxWaiting) {
      throw new ChatError(503, 'busy', `Too many requests: ${this.waiting} are waiting already`);
    }
    let start = () => {};
    const turn = new Promise<void>((resolve) => (start = resolve));
    const ticket: Ticket = { ahead, turn, leave: () => this.leave(ticket) };
    this.line.push({ ticket, start });
    if (ahead === 0) start();
    return ticket;
  }

  private leave(ticket: Ticket): void {
    const at = this.line.findIndex((place) => place.ticket === ticket);
    if (at < 0) return;
    this.line.splice(at, 1);
    if (at === 0) this.line[0]?.start();
  }
}
