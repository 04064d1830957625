/** Copies of the project: a student's on a shared installation, and the one that a kit unpacks. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = path.resolve(__dirname, '..', '..');

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), `gpt-copies it's "q" `));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

describe('a copy for a student', () => {
  test('started several times at once, it is made once and nothing else lies there', async () => {
    const copy = path.join(folder, 'mine');
    const script = path.join(__dirname, 'copy-for-student.sh');
    const starts = Array.from({ length: 4 }, () => spawn('sh', [script, copy, 'true']));
    const ends = starts.map((one) => new Promise((resolve) => one.on('close', resolve)));
    expect(await Promise.all(ends)).toEqual([0, 0, 0, 0]);
    expect(fs.readdirSync(folder)).toEqual(['mine']);
    expect(fs.readdirSync(copy).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(fs.existsSync(path.join(copy, 'scripts', 'setup', 'start.mjs'))).toBe(true);
    expect(fs.existsSync(path.join(copy, 'docs', 'compile.md'))).toBe(true);
  });
});

describe("a kit's start.sh", () => {
  let kit: string;
  let whole: Buffer;
  const start = (to: string) =>
    spawnSync('sh', [path.join(kit, 'start.sh'), to], { encoding: 'utf8' });
  const files = (to: string) => (fs.readdirSync(to, { recursive: true }) as string[]).sort();

  beforeEach(() => {
    kit = path.join(folder, 'a kit');
    fs.mkdirSync(kit);
    fs.copyFileSync(path.join(root, 'scripts', 'kit', 'start.sh'), path.join(kit, 'start.sh'));
    const made = path.join(folder, 'made', 'gpt-in-typescript');
    fs.mkdirSync(path.join(made, 'scripts', 'setup'), { recursive: true });
    fs.writeFileSync(path.join(made, 'package.json'), '{}');
    fs.writeFileSync(
      path.join(made, 'scripts', 'setup', 'setup.mjs'),
      'console.log(process.env.GPT_KIT);',
    );
    fs.writeFileSync(path.join(made, 'scripts', 'setup', 'start.mjs'), "console.log('opened');");
    fs.writeFileSync(path.join(made, 'scripts', 'noise'), Buffer.from([...noise(300_000)]));
    fs.writeFileSync(path.join(made, 'tsconfig.json'), '{}');
    const archive = path.join(kit, 'project.tar.gz');
    // As git archive orders them.
    const parts = ['package.json', 'scripts/noise', 'scripts', 'tsconfig.json'];
    const inside = parts.map((part) => `gpt-in-typescript/${part}`);
    execFileSync('tar', ['-czf', archive, '-C', path.dirname(made), ...inside]);
    whole = fs.readFileSync(archive);
    fs.rmSync(path.join(folder, 'made'), { recursive: true });
  });

  /** Bytes that do not compress. */
  function* noise(length: number): Generator<number> {
    for (let i = 0, state = 1; i < length; i++) yield (state = (state * 48_271) % 0x7fffffff) & 255;
  }

  test('puts the project anywhere, once, and opens it', () => {
    const project = path.join(folder, 'a project');
    expect(start(project)).toMatchObject({ status: 0, stderr: '' });
    const before = files(project);
    expect(before).toContain('package.json');
    fs.writeFileSync(path.join(project, 'tsconfig.json'), 'mine');
    const { status, stdout } = start(project);
    expect(status).toBe(0);
    expect(stdout).toBe(
      `${kit}\nThe project is in ${project}. Next time: cd there, and npm start\nopened\n`,
    );
    expect(files(project)).toEqual(before);
    expect(fs.readFileSync(path.join(project, 'tsconfig.json'), 'utf8')).toBe('mine');
  });

  test.each([0.02, 0.5, 0.99])('an archive cut at %f is refused, then completed', (at) => {
    const project = path.join(folder, 'project');
    fs.writeFileSync(path.join(kit, 'project.tar.gz'), whole.subarray(0, at * whole.length));
    const { status, stderr } = start(project);
    expect(status).toBe(1);
    expect(stderr).toContain('project.tar.gz is damaged: copy the kit again');
    expect(fs.existsSync(path.join(project, 'package.json'))).toBe(false);
    fs.writeFileSync(path.join(kit, 'project.tar.gz'), whole);
    expect(start(project).status).toBe(0);
    expect(files(project)).toEqual(expect.arrayContaining(['package.json', 'tsconfig.json']));
  });

  test('unpacking that broke off is done again, over what is there', () => {
    const project = path.join(folder, 'project');
    fs.mkdirSync(path.join(project, 'scripts', 'setup'), { recursive: true });
    fs.writeFileSync(path.join(project, 'scripts', 'setup', 'start.mjs'), 'half');
    fs.writeFileSync(path.join(project, 'notes.txt'), 'a student’s');
    expect(start(project)).toMatchObject({ status: 0, stdout: expect.stringMatching(/opened\n$/) });
    expect(fs.readFileSync(path.join(project, 'notes.txt'), 'utf8')).toBe('a student’s');
  });

  test('two at once both open the whole project', async () => {
    const project = path.join(folder, 'project');
    const starts = [1, 2].map(() => spawn('sh', [path.join(kit, 'start.sh'), project]));
    const ends = starts.map((one) => new Promise((resolve) => one.on('close', resolve)));
    expect(await Promise.all(ends)).toEqual([0, 0]);
    expect(files(project).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(files(project)).toContain('tsconfig.json');
  });
});
