import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = path.resolve(__dirname, '..', '..');
const fixtures = path.join(root, 'lib', 'fixtures');
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'weights-'));
afterAll(() => fs.rmSync(home, { recursive: true }));

/** Runs the command; nothing of this machine's own weights is in sight. */
function weights(...args: string[]) {
  const env: NodeJS.ProcessEnv = { ...process.env, HF_HOME: home, GPT_DATA_CACHE: home };
  for (const name of ['HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'GPT_DATA_MIRROR']) {
    delete env[name];
  }
  const command = [path.join(root, 'gpt.mjs'), 'weights', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: root,
    encoding: 'utf8',
    env: { ...env, GPT_OFFLINE: '1' },
  });
  return { status, stdout, stderr };
}

test('helps, and tells wrong usage', () => {
  expect(weights('--help')).toMatchObject({ status: 0, stderr: '' });
  expect(weights('--hepl')).toMatchObject({ status: 2, stdout: '' });
});

test('says what is on this machine', () => {
  const { status, stdout } = weights();
  expect(status).toBe(0);
  expect(stdout.trim().split('\n')).toHaveLength(4);
  expect(stdout).toContain('./gpt weights gpt2-xl fetches them');
});

test('checks folders', () => {
  const { status, stdout, stderr } = weights(
    path.join(fixtures, 'gpt2-tiny'),
    path.join(fixtures, 'openai-tiny'),
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('34,272 parameters in 28 tensors, Hugging Face layout, all read');
  expect(stdout).toContain('34,272 parameters in 28 tensors, OpenAI layout, all read');
});

test('fails in one line', () => {
  const damaged = path.join(home, 'damaged');
  fs.cpSync(path.join(fixtures, 'openai-tiny'), damaged, { recursive: true });
  const file = path.join(damaged, 'model.ckpt.data-00000-of-00001');
  const content = fs.readFileSync(file);
  content[content.length - 1] ^= 1;
  fs.writeFileSync(file, content);
  const cases: [string, RegExp][] = [
    ['gpt2', /^GPT_OFFLINE is set, so gpt2 is not fetched\n$/],
    ['gpt3', /^gpt3 is neither a folder nor one of gpt2, gpt2-medium, gpt2-large, gpt2-xl\n$/],
    [damaged, /^DataLoss: model\/\S+ in \S+ is damaged: its checksum does not fit\n$/],
    [home, /^\S+ holds no model: .*\n$/],
  ];
  for (const [argument, message] of cases) {
    const { status, stderr } = weights(argument);
    expect(status, argument).toBe(1);
    expect(stderr).toMatch(message);
  }
});
