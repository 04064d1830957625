import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { ForksPoolWorker } from 'vitest/node';

/** A process for tests that says how it ended where that was not at its end. */
class Worker extends ForksPoolWorker {
  async start() {
    await super.start();
    const { fork } = this;
    let most = 'unknown';
    const look = () => {
      try {
        const status = fs.readFileSync(`/proc/${fork.pid}/status`, 'utf8');
        most = /VmHWM:\s+(\d+ kB)/.exec(status)?.[1] ?? most;
      } catch {
        // It has just ended, or this is a Mac.
      }
    };
    const looking = setInterval(look, 1000).unref();
    fork.on('exit', (code, signal) => {
      clearInterval(looking);
      if (this.stopping) return;
      const free = `${Math.round(process.availableMemory() / 1e6)} MB`;
      console.error(
        `The process of ${this.file} ended: signal ${signal}, exit code ${code}, memory at most ` +
          `${most}, ${free} free now. The system sends SIGKILL where memory runs out.`,
      );
    });
  }

  send(message) {
    const file = message.context?.files?.[0];
    if (file) this.file = path.relative(import.meta.dirname, file.filepath);
    super.send(message);
  }

  async stop() {
    this.stopping = true;
    await super.stop();
  }
}

const options = {
  // tfjs-node works in one process only, never in worker threads.
  pool: { name: 'processes', createPoolWorker: (worker) => new Worker(worker) },
  // For what hangs. A busy or slow machine is not a failure, so no test depends on it.
  testTimeout: 600_000,
  hookTimeout: 600_000,
};

// What computes must do so on every engine: these run on the fastest one here, and on the others.
const rooms = ['backend/ops', 'nn', 'attention', 'model', 'decoding', 'writing', 'training'];
const everyEngine = rooms.map((name) => `lib/${name}.test.ts`);

const GIGABYTES_A_WORKER = 2;
const fitting = Math.floor(process.availableMemory() / 1e9 / GIGABYTES_A_WORKER);

export default defineConfig({
  test: {
    maxWorkers: Math.max(1, Math.min(os.availableParallelism(), fitting)),
    projects: [
      {
        test: { ...options, name: 'all', include: ['lib/**/*.test.ts', 'scripts/**/*.test.ts'] },
      },
      ...['wasm', 'cpu'].map((engine) => ({
        test: { ...options, name: engine, include: everyEngine, env: { GPT_BACKEND: engine } },
      })),
    ],
  },
});
