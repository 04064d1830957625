/** Everything that is fetched is fetched by its hash. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { applies } from '../kit/open.mjs';
import { pinned, tensorflowWheel } from './platform.mjs';

const root = path.resolve(__dirname, '..', '..');
const read = (name: string) => fs.readFileSync(path.join(root, name), 'utf8');
const FILES = ['constraints.txt', 'tensorflow.txt', 'jupyterhub.txt', '../site/requirements.txt'];

describe("Python's packages", () => {
  test.each(FILES)('%s: each has one version and SHA-256s, and nothing names a server', (file) => {
    const lines = pinned(file).map(({ line }) => line);
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      expect(line).toMatch(/^[\w.-]+==[\w.]+( --hash=sha256:[0-9a-f]{64})+$/);
    }
    expect(read(path.join('scripts/setup', file))).not.toMatch(/:\/\/|index-url|find-links/);
  });

  test('TensorFlow for every platform and its packages for cards are among them', () => {
    const pins = pinned('tensorflow.txt').map(({ pin }) => pin);
    for (const [system, cpu, gpu] of [
      ['linux', 'x64', false],
      ['linux', 'x64', true],
      ['linux', 'arm64', false],
      ['darwin', 'arm64', false],
    ] as const) {
      expect(pins).toContain(tensorflowWheel(system, cpu, gpu));
    }
    expect(pins.filter((pin) => pin.startsWith('nvidia-')).length).toBeGreaterThanOrEqual(12);
  });

  test('each Python and system gets one version of each package, and all that are asked for', () => {
    const wanted = read('scripts/setup/requirements.txt')
      .split('\n')
      .filter((line) => /^\w/.test(line));
    for (const python of ['3.10.0', '3.11.2', '3.11.5', '3.12.0', '3.13.0', '3.14.0']) {
      for (const system of ['linux', 'darwin']) {
        const names = pinned('constraints.txt')
          .filter(({ marker }) => applies(marker, python, system))
          .map(({ pin }) => pin.split('==')[0]);
        expect(new Set(names).size).toBe(names.length);
        expect(names).toEqual(expect.arrayContaining(wanted));
        expect(names.includes('appnope')).toBe(system === 'darwin');
        expect(names.includes('tomli')).toBe(python === '3.10.0');
      }
    }
    expect(() => applies("os_name == 'nt'", '3.12.0', 'linux')).toThrow(/marker/);
  });

  test('a package without a version or a hash is refused', () => {
    const project = fs.mkdtempSync(path.join(root, 'node_modules', '.test-pins-'));
    for (const name of ['platform.mjs', 'tensorflow.txt']) {
      fs.copyFileSync(path.join(__dirname, name), path.join(project, name));
    }
    const load = (text: string) => {
      fs.writeFileSync(path.join(project, 'some.txt'), text);
      const source = `import('./platform.mjs').then((m) => console.log(m.pinned('some.txt').length))`;
      return spawnSync(process.execPath, ['-e', source], { cwd: project, encoding: 'utf8' });
    };
    const hash = `--hash=sha256:${'0'.repeat(64)}`;
    expect(load(`# words\na==1 \\\n    ${hash}\n`).stdout).toBe('1\n');
    for (const text of ['a==1\n', `a>=1 \\\n    ${hash}\n`, `a ${hash}\n`]) {
      expect(load(text).stderr).toMatch(/some.txt has a package without version or hash: a/);
    }
    fs.rmSync(project, { recursive: true });
  });
});

test('set-up, the kit and the image install by hash only', () => {
  const commands = [
    ...read('scripts/setup/setup.mjs').matchAll(/'(?:install|download)',[^;]*;/g),
    ...read('scripts/kit/make.ts').matchAll(/'pip', 'download'.*;/g),
    ...read('scripts/site/tools.ts').matchAll(/'pip', 'install'.*;/g),
    ...read('Dockerfile').matchAll(/pip install.*/g),
  ].map(([command]) => command);
  expect(commands.length).toBeGreaterThanOrEqual(5);
  for (const command of commands) expect(command).toMatch(/--require-hashes|from\(|hashes/);
});

test('the actions of the workflows are named by their commit', () => {
  const folder = path.join(root, '.github', 'workflows');
  const uses = fs
    .readdirSync(folder)
    .flatMap((name) => [...read(`.github/workflows/${name}`).matchAll(/uses: (.*)/g)])
    .map(([, used]) => used);
  expect(uses.length).toBeGreaterThan(2);
  for (const used of uses) expect(used).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});
