import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(__dirname, '../..');

/** Runs a command; what it says and how it ends. */
function run(script: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(ROOT, 'gpt.mjs'), script, ...args],
    { cwd: ROOT, encoding: 'utf8' },
  );
  const error = stderr.split('\n').filter((line) => line && !/absl|oneDNN/.test(line));
  return { status, stdout, error };
}

test.each(['pretrain', 'generate'])('%s explains itself', (script) => {
  const { status, stdout } = run(script, '--help');
  expect(status).toBe(0);
  expect(stdout).toMatch(new RegExp(`^Usage: ./gpt ${script}`));
});

test.each([
  ['pretrain', ['--nonsense'], /^there is no option "--nonsense"; see --help$/],
  ['pretrain', ['--steps', 'x'], /^--steps must be a whole number from 201, got "x"; see --help$/],
  [
    'generate',
    [],
    /^--prompt is missing: give the text to continue, or an --instruction; see --help$/,
  ],
  [
    'generate',
    ['--prompt', 'a', '--instruction', 'b'],
    /^give --prompt or --instruction, not both; /,
  ],
] as const)('%s %j is wrong usage, in one line', (script, args, message) => {
  const { status, error } = run(script, ...args);
  expect(status).toBe(2);
  expect(error).toEqual([expect.stringMatching(message)]);
});

test('generate says which model is missing', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-generate-'));
  const { status, error } = run('generate', '--prompt', 'a', '--model', dir);
  const instructed = run('generate', '--instruction', 'a', '--model', dir);
  fs.rmSync(dir, { recursive: true });
  expect([status, instructed.status]).toEqual([1, 1]);
  expect(error).toEqual([expect.stringContaining(`${dir} holds no model`)]);
  expect(instructed.error).toEqual([expect.stringContaining('no fine-tuned model in')]);
});

/** Runs pretrain until it says something, and then sends it a signal; what it said and how it ended. */
async function runUntil(args: string[], said?: RegExp, signal?: NodeJS.Signals) {
  const child = spawn(process.execPath, [path.join(ROOT, 'gpt.mjs'), 'pretrain', ...args]);
  let [out, err] = ['', ''];
  child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString();
    if (said?.test(out)) child.kill(signal);
  });
  const ended = await new Promise<{ code: number | null; by: string | null }>((resolve) => {
    child.on('close', (code, by) => resolve({ code, by }));
  });
  return {
    ...ended,
    out,
    err: err.split('\n').filter((line) => line && !/absl|oneDNN/.test(line)),
  };
}

test('a tiny model: prepared, carried, stopped, resumed, and prolonged', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-pretrain-'));
  const recipe = {
    title: 'A trial',
    model: { nLayers: 2, nHeads: 2, embDim: 32, contextLength: 96 },
    vocabSize: 400,
    training: {
      steps: 150,
      batch: 2,
      rate: 0.003,
      warmup: 5,
      schedule: 'trapezoid',
      weightDecay: 0.1,
      seed: 1,
      lateFrom: 70,
    },
    seed: 1,
    unseen: [],
    sources: [
      { kind: 'stories', name: 'stories', language: 'en', passes: 1, documents: 60 },
      { kind: 'skills', name: 'skills', language: 'pt', passes: 2, late: 0.5, documents: 60 },
      { kind: 'copies', name: 'copies', language: 'en', passes: 0, late: 1.5, documents: 20 },
      { kind: 'instructions', name: 'tasks', language: 'pt', passes: 0, late: 1, documents: 20 },
    ],
  };
  const file = path.join(dir, 'trial.json');
  fs.writeFileSync(file, JSON.stringify(recipe));
  const at = (name: string, ...more: string[]) => [
    '--recipe',
    file,
    '--state',
    path.join(dir, name),
    '--out',
    path.join(dir, `${name}-out`),
    ...more,
  ];
  const newest = (name: string) => {
    const checkpoints = path.join(dir, name, 'checkpoint');
    return path.join(checkpoints, fs.readdirSync(checkpoints).sort().slice(-1)[0]);
  };
  const tensors = (name: string) => fs.readFileSync(path.join(newest(name), 'tensors.safetensors'));
  const step = (name: string) =>
    (
      JSON.parse(fs.readFileSync(path.join(newest(name), 'state.json'), 'utf8')) as {
        history: { step: number };
      }
    ).history.step;

  const prepared = await runUntil(at('one', '--prepare'));
  expect(prepared.code, prepared.err.join()).toBe(0);
  expect(prepared.out).toMatch(/skills: \d+ documents, \d+ tokens, 2 times: /);
  expect(fs.existsSync(path.join(dir, 'one', 'checkpoint'))).toBe(false);
  fs.cpSync(path.join(dir, 'one'), path.join(dir, 'other'), { recursive: true });

  // One is stopped on the way and goes on; the other is only killed once all is saved.
  const stopped = await runUntil(at('one'), /step 50\/150: loss/, 'SIGTERM');
  expect([stopped.by, stopped.out.includes('step 150/150')]).toEqual(['SIGTERM', false]);
  expect(step('one')).toBeGreaterThanOrEqual(50);
  expect(step('one')).toBeLessThan(150);
  const straight = await runUntil(at('other'), /step 150\/150: loss/, 'SIGKILL');
  expect(straight.by).toBe('SIGKILL');
  const resumed = await runUntil(at('one'), /step 150\/150: loss/, 'SIGKILL');
  expect(resumed.out).toMatch(/going on after step \d\d+/);
  expect(tensors('one').equals(tensors('other'))).toBe(true);

  // Its rate has fallen since step 120: that is where a longer training goes on.
  const longer = await runUntil(at('one', '--steps', '200'), /step 200\/200: loss/, 'SIGKILL');
  expect(longer.out).toContain('going on after step 120');
  const [refused, shorter] = await Promise.all([
    runUntil(at('other', '--rate', '0.001')),
    runUntil(at('one', '--steps', '140')),
  ]);
  const said = (message: RegExp) => [1, [expect.stringMatching(message)]];
  expect([refused.code, refused.err]).toEqual(
    said(/is another one: rate was 0\.003 and is 0\.001; another --state$/),
  );
  expect([shorter.code, shorter.err]).toEqual(
    said(/it cannot become one of 140; another --state$/),
  );
  fs.rmSync(dir, { recursive: true });
});
