import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { Interrupted, interruptible, pause, withInterrupt } from './interrupt';

const listeners = () => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');

/** Counts its steps, and calls `at` after the third. */
const countTo = (count: { steps: number }, at: () => void) => async (signal: AbortSignal) => {
  for (;;) {
    await pause(signal);
    if (++count.steps === 3) at();
  }
};

describe('work with an interrupt', () => {
  test('returns what it computes, and listens no longer', async () => {
    const before = listeners();
    const result = await withInterrupt(
      async (signal) => {
        expect(listeners()).toBe(before + 2);
        await pause(signal);
        return 7;
      },
      { sigterm: true },
    );
    expect(result).toBe(7);
    expect(listeners()).toBe(before);
  });

  test('stops within one step of SIGINT', async () => {
    const count = { steps: 0 };
    const before = listeners();
    const stopped = withInterrupt(countTo(count, () => process.emit('SIGINT')));
    await expect(stopped).rejects.toEqual(new Interrupted('SIGINT'));
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError', message: 'Interrupted' });
    expect([count.steps, listeners()]).toEqual([3, before]);
  });

  test("stops within one step of the caller's abort, for the caller's reason", async () => {
    const count = { steps: 0 };
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error('enough');
    const stopped = withInterrupt(
      countTo(count, () => controller.abort(reason)),
      { signal },
    );
    await expect(stopped).rejects.toBe(reason);
    expect(count.steps).toBe(3);
  });

  test('SIGTERM ends the process, after the work has saved what it has', async () => {
    const script = `
      const { pause, withInterrupt } = require('./lib/core/interrupt');
      const work = async (signal) => {
        console.log('begun');
        try { for (;;) await pause(signal); } finally { console.log('saved'); }
      };
      withInterrupt(work, { sigterm: true }).catch(() => console.log('caught'));
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '-e', script]);
    let output = '';
    child.stdout.on('data', (piece) => {
      output += String(piece);
      if (output === 'begun\n') child.kill('SIGTERM');
    });
    let errors = '';
    child.stderr.on('data', (piece) => (errors += String(piece)));
    const signal = await new Promise((resolve) => child.on('close', (_, by) => resolve(by)));
    expect([signal, output, errors]).toEqual(['SIGTERM', 'begun\nsaved\n', '']);
  });
});

test('an interruptible loop stops too, and listens until its end', async () => {
  const before = listeners();
  const loop = interruptible();
  await loop.pause();
  process.emit('SIGINT');
  await expect(loop.pause()).rejects.toMatchObject({ name: 'AbortError' });
  expect(listeners()).toBe(before + 1);
  loop.end();
  expect(listeners()).toBe(before);
});
