import { defineConfig } from 'vitest/config';

const options = {
  // tfjs-node works in one process only, never in worker threads.
  pool: 'forks',
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

// What computes must do so on every engine: these run on the fastest one here, and on the others.
const rooms = ['lib/backend/ops', 'lib/attention', 'lib/model', 'lib/decoding', 'lib/training'];
const everyEngine = rooms.map((name) => `${name}.test.ts`);

export default defineConfig({
  test: {
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
