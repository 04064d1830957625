import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isReady, markReady } from './ready.mjs';

const ROOT = path.resolve(__dirname, '..', '..');
let project: string;
const at = (...names: string[]) => path.join(project, ...names);

beforeEach(() => {
  project = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-ready-'));
  fs.cpSync(path.join(ROOT, 'scripts', 'setup'), at('scripts', 'setup'), { recursive: true });
  fs.copyFileSync(path.join(ROOT, 'package-lock.json'), at('package-lock.json'));
  for (const name of ['scripts/kit/open.mjs', 'lib/writing/native']) {
    fs.cpSync(path.join(ROOT, name), at(name), { recursive: true });
  }
  for (const folder of ['node_modules', '.venv', '.native']) fs.mkdirSync(at(folder));
  fs.writeFileSync(at('node_modules', '.gpt-setup'), '');
  fs.writeFileSync(at('.native', '.gpt-setup'), '');
});
afterEach(() => fs.rmSync(project, { recursive: true, force: true }));

test('a project is ready once set-up has marked it, and in a copy that shares its packages', () => {
  expect(isReady(project)).toBe(false);
  markReady(project);
  expect(isReady(project)).toBe(true);
  const copy = at('copy');
  fs.mkdirSync(copy);
  for (const name of ['scripts', 'lib', 'package-lock.json']) {
    fs.cpSync(at(name), path.join(copy, name), { recursive: true });
  }
  for (const name of ['node_modules', '.venv', '.native']) {
    fs.symlinkSync(at(name), path.join(copy, name));
  }
  expect(isReady(copy)).toBe(true);
});

test.each([
  ['other packages', () => fs.appendFileSync(at('package-lock.json'), '\n')],
  ['other Python packages', () => fs.appendFileSync(at('scripts/setup/constraints.txt'), '#')],
  ['another set-up', () => fs.appendFileSync(at('scripts/setup/setup.mjs'), '//')],
  ['another TensorFlow', () => fs.appendFileSync(at('scripts/setup/tensorflow.txt'), '#')],
  ['other native sources', () => fs.appendFileSync(at('lib/writing/native/ops.cc'), '//')],
  ['no native engine', () => fs.rmSync(at('.native'), { recursive: true })],
  ['no packages', () => fs.rmSync(at('node_modules'), { recursive: true })],
  ['no Python', () => fs.rmSync(at('.venv'), { recursive: true })],
])('it no longer is with %s', (_, change) => {
  markReady(project);
  change();
  expect(isReady(project)).toBe(false);
});

test('it no longer is in another place, where the kernel would not be found', () => {
  markReady(project);
  const moved = `${project}-moved`;
  fs.renameSync(project, moved);
  expect(isReady(moved)).toBe(false);
  fs.renameSync(moved, project);
});
