import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const ROOT = path.resolve(__dirname, '../..');

type Step = { title: string; stamp: string; key: unknown };
interface SetUp {
  root: string;
  compiler: string;
  once(title: string, stamp: string, key: unknown, work: () => Promise<void>): Promise<void>;
  run(name: string, command: string, args: string[]): Promise<void>;
}

let root: string;
let steps: Step[];
let say: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-writing-ops-'));
  fs.cpSync(path.join(ROOT, 'lib/writing/native'), path.join(root, 'lib/writing/native'), {
    recursive: true,
  });
  steps = [];
  say = vi.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(() => {
  say.mockRestore();
  fs.rmSync(root, { recursive: true });
});

/** Runs the step with a compiler that writes its arguments, or fails at one of the modules. */
async function build(failsAt?: string): Promise<void> {
  const file = path.join(ROOT, 'scripts', 'setup', 'writing-ops.mjs');
  const { writingOps } = (await import(file)) as { writingOps(setUp: SetUp): Promise<void> };
  await writingOps({
    root,
    compiler: 'c++',
    async once(title, stamp, key, work) {
      steps.push({ title, stamp, key });
      await work();
    },
    async run(name, _, args) {
      if (name === `compile ${failsAt}`) throw new Error(`${name} failed: no such flag`);
      fs.writeFileSync(path.join(root, args[args.indexOf('-o') + 1]), args.join(' '));
    },
  });
}

const made = () => fs.readdirSync(path.join(root, '.native')).sort();
const modules = () => fs.readdirSync(path.join(root, '.native/writing')).sort();
const last = process.arch === 'arm64' ? 'arm64' : 'x86-64-v4';

test('a module for each level, and one that says which level this processor has', async () => {
  await build();
  const levels = ['x86-64-v2.node', 'x86-64-v3.node', 'x86-64-v4.node'];
  const expected = process.arch === 'arm64' ? ['arm64.node'] : levels;
  expect(modules()).toEqual(['processor.node', ...expected].sort());
  expect(made()).toEqual(['writing']);
  const args = fs.readFileSync(path.join(root, '.native/writing', `${last}.node`), 'utf8');
  expect(args).not.toMatch(/march=native|ffast-math/); // another processor, and NaN
});

test('another source asks for another build, the same sources do not', async () => {
  await build();
  await build();
  fs.appendFileSync(path.join(root, 'lib/writing/native/matrix.h'), '// changed\n');
  await build();
  const [first, again, changed] = steps.map(({ key }) => JSON.stringify(key));
  expect(again).toBe(first);
  expect(changed).not.toBe(first);
});

test('where compiling fails, what was there stays, and set-up goes on and says why', async () => {
  await build();
  const before = modules();
  await build(last);
  expect(modules()).toEqual(before);
  expect(made()).toEqual(['writing']);
  expect(say.mock.calls.flat().join('\n')).toMatch(
    /^setup: models will write without operations of their own: compile \S+ failed: no such flag$/,
  );
});
