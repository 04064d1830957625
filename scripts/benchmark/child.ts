// One measured variant in a process of its own, so that its memory and settings are its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What a child says: one JSON object a line. */
export interface Ready {
  /** The losses of the first steps, to compare. */
  losses?: number[];
  /** For each point: what came out, to compare. */
  outputs?: string[];
  /** Seconds of the parts of a start. */
  phases?: Record<string, number>;
  versions?: string;
}

/** A child that is silent for so long is ended. */
const PATIENCE = 600_000;

const running = new Set<ChildProcess>();

/** Ends all children, as when the run is interrupted. */
export function endChildren(): void {
  for (const child of running) child.kill('SIGKILL');
}

export class Child {
  private readonly answers: AsyncIterator<string>;
  private readonly process: ChildProcess;
  private log = '';
  private readonly started = performance.now();
  /** From the start of the process to its first word, in seconds. */
  startSeconds = NaN;

  constructor(command: readonly string[], env: Readonly<Record<string, string>>) {
    const [program, ...args] = command;
    this.process = spawn(program, args, {
      cwd: __dirname, // where tsx is found
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    running.add(this.process);
    this.process.on('exit', () => running.delete(this.process));
    this.process.on('error', (error) => (this.log += error.message));
    this.process.stdin!.on('error', () => undefined); // it has ended: its silence says so
    this.process.stderr!.on('data', (chunk) => (this.log = (this.log + chunk).slice(-20_000)));
    this.answers = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  /** Waits until it is warm. */
  async ready(): Promise<Ready> {
    const ready = (await this.answer()) as Ready;
    this.startSeconds = (performance.now() - this.started) / 1000;
    return ready;
  }

  /** Measures one point once. */
  async sample(point: number): Promise<number> {
    this.process.stdin!.write(`${point}\n`);
    return ((await this.answer()) as { value: number }).value;
  }

  /** Ends it and returns the most memory it ever had, in MB. */
  async end(): Promise<number> {
    this.process.stdin!.end();
    const { peakMB } = (await this.answer()) as { peakMB: number };
    if (this.process.exitCode === null) await once(this.process, 'exit');
    return peakMB;
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }

  private async answer(): Promise<unknown> {
    const timer = setTimeout(() => this.kill(), PATIENCE);
    try {
      for (;;) {
        const { value, done } = await this.answers.next();
        if (done) throw new Error(this.lastWords());
        if (value.startsWith('{')) return JSON.parse(value); // other lines are a library's chatter
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private lastWords(): string {
    const lines = this.log.split('\n').filter((line) => line.trim());
    const error = lines.filter((line) => /error/i.test(line)).pop();
    return error ?? lines.pop() ?? 'it ended without a word';
  }
}
