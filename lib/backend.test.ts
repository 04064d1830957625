import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { initBackend, isNative, randomNormal, randomUniform, tf } from './backend';
import { philoxNormal, philoxUniform } from './core/philox';

const NOT_SET_UP = 'native TensorFlow is not set up on this machine';

beforeAll(async () => {
  await initBackend();
});

/** Runs TypeScript in a process of its own, because an engine starts once per process. */
function inProcess(source: string, env: Record<string, string>): string {
  return execFileSync(process.execPath, ['--import', 'tsx', '-e', source], {
    cwd: path.resolve(__dirname, '..'),
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const report = `
  const { initBackend, tf, randomUniform } = require('./lib/backend.ts');
  initBackend().then(async (info) => {
    const again = await initBackend();
    console.log(JSON.stringify({ ...info, same: again === info, active: tf.getBackend(),
      listeners: process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection'),
      product: Array.from(tf.matMul([[1, 2]], [[3], [4]]).dataSync()),
      uniform: Array.from(randomUniform([7], 42).dataSync()) }));
  }).catch((error) => console.log(JSON.stringify({ error: error.message })));`;

describe('initBackend', () => {
  test.for(['tensorflow', 'wasm', 'cpu'])(
    'GPT_BACKEND=%s starts it and it computes',
    (name, context) => {
      context.skip(name === 'tensorflow' && !isNative(), NOT_SET_UP);
      const info = JSON.parse(inProcess(report, { GPT_BACKEND: name }));
      expect(info).toMatchObject({ name, active: name, same: true, product: [11], listeners: 0 });
      expect(info.uniform).toEqual(Array.from(philoxUniform([42, 0], 7)));
    },
  );

  test('GPT_PRECISION=bfloat16 is said, with what stays in float32', (context) => {
    context.skip(!isNative(), NOT_SET_UP);
    const info = JSON.parse(inProcess(report, { GPT_PRECISION: 'bfloat16' }));
    expect(info.description).toMatch(
      /; matrix products of compiled functions in bfloat16, on a CPU except those of few rows, as when one text is written$/,
    );
  });

  test('an unknown name is refused with the names that exist', () => {
    const info = JSON.parse(inProcess(report, { GPT_BACKEND: 'webgpu' }));
    expect(info.error).toBe('GPT_BACKEND is "webgpu"; expected one of tensorflow, wasm, cpu');
  });
});

describe('seeded random numbers', () => {
  test('the JavaScript generator gives the numbers of TensorFlow, uniforms bit for bit', (context) => {
    context.skip(!isNative(), NOT_SET_UP);
    for (const seed of [0, 1, -5, 2 ** 31 - 1, -(2 ** 31), [7, -3], [123, 456]] as const) {
      const pair: readonly [number, number] = typeof seed === 'number' ? [seed, 0] : seed;
      const uniform = randomUniform([1001], seed);
      const normal = randomNormal([1001], seed);
      expect(Array.from(uniform.dataSync())).toEqual(Array.from(philoxUniform(pair, 1001)));
      const here = normal.dataSync();
      philoxNormal(pair, 1001).forEach((value, i) =>
        expect(Math.abs(value - here[i])).toBeLessThan(2e-6),
      );
      tf.dispose([uniform, normal]);
    }
  });

  test('range, shape and moments', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const uniform = randomUniform([100, 200], 1, -2, 3);
      expect(uniform.shape).toEqual([100, 200]);
      expect(uniform.min().dataSync()[0]).toBeGreaterThanOrEqual(-2);
      expect(uniform.max().dataSync()[0]).toBeLessThan(3);
      const { mean, variance } = tf.moments(randomNormal([100_000], [1, 2], 5, 0.5));
      expect(mean.dataSync()[0]).toBeCloseTo(5, 2);
      expect(variance.dataSync()[0]).toBeCloseTo(0.25, 2);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a seed is the same with a sign and without, and has 32 bits', () => {
    tf.tidy(() => {
      const unsigned = randomUniform([5], [2 ** 32 - 1, 2 ** 31]).dataSync();
      expect(unsigned).toEqual(randomUniform([5], [-1, -(2 ** 31)]).dataSync());
    });
    expect(() => randomUniform([1], 0.5)).toThrow('seed must be an integer of 32 bits, got 0.5');
    expect(() => randomNormal([1], [1, 2 ** 32])).toThrow(
      'second seed must be an integer of 32 bits, got 4294967296',
    );
  });
});
