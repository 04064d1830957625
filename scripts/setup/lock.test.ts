import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

/** Takes the lock in a process of its own, which says what it was told and then ends. */
function take(file: string, more = '', silence = 300) {
  const source = `import('./scripts/setup/lock.mjs').then(async ({ lockSetup }) => {
    const say = (line) => console.log(line);
    const lost = ({ pid }) => { console.log('lost to', pid); process.exit(3); };
    await lockSetup(${JSON.stringify(file)}, { say, lost, silence: ${silence} });
    console.log('taken');
    ${more}
  })`;
  const cwd = path.resolve(__dirname, '..', '..');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', source], {
    cwd,
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, lines: stdout.trim().split('\n'), stderr };
}

test('an owner elsewhere is believed while it touches the lock, and not for ever', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-lock-'));
  const file = path.join(folder, 'lock');
  const now = new Date().toISOString();
  for (const [text, who] of [
    [
      JSON.stringify({ token: 'a', pid: 1, host: 'elsewhere', since: now }),
      /process 1 on elsewhere/,
    ],
    // The number of a process that ended may belong to another one now.
    [JSON.stringify({ token: 'a', pid: process.pid, host: os.hostname(), since: now }), /process/],
    ['', /at work in this folder; waiting for it$/],
    ['null', /at work in this folder; waiting for it$/],
    ['{"token": ', /at work in this folder; waiting for it$/],
  ] as const) {
    fs.writeFileSync(file, text);
    const { status, lines, stderr } = take(file);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(lines).toEqual([expect.stringMatching(who), 'taken']);
    expect(fs.existsSync(file)).toBe(false);
  }
  fs.rmSync(folder, { recursive: true });
});

test('an owner elsewhere is waited for as long as it touches the lock, whatever its clock says', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-lock-'));
  const file = path.join(folder, 'lock');
  const owner = { token: 'a', pid: 1, host: 'elsewhere', since: '2001-01-01T00:00:00Z' };
  fs.writeFileSync(file, JSON.stringify(owner));
  const source = `
    let n = 0;
    const timer = setInterval(() => {
      fs.utimesSync(process.argv[1], 1e9 + n, 1e9 + n);
      if (++n < 40) return;
      clearInterval(timer);
      fs.writeFileSync(process.argv[1] + '.done', '');
      fs.rmSync(process.argv[1]);
    }, 100);`;
  const elsewhere = spawn(process.execPath, ['-e', source, file], { stdio: 'inherit' });
  const { lines } = take(
    file,
    `console.log(fs.existsSync(${JSON.stringify(`${file}.done`)}))`,
    3000,
  );
  expect(lines).toEqual([expect.stringContaining('waiting'), 'taken', 'true']);
  elsewhere.kill();
  fs.rmSync(folder, { recursive: true });
});

test('an owner whose lock was taken over is told, and leaves the lock to the other', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-lock-'));
  const file = path.join(folder, 'lock');
  const other = JSON.stringify({ token: 'b', pid: 77, host: 'elsewhere' });
  const { status, lines } = take(
    file,
    `require('node:fs').writeFileSync(${JSON.stringify(file)}, ${JSON.stringify(other)});
     await new Promise((resolve) => setTimeout(resolve, 20_000));`,
  );
  expect({ status, lines }).toEqual({ status: 3, lines: ['taken', 'lost to 77'] });
  expect(fs.readFileSync(file, 'utf8')).toBe(other);
  fs.rmSync(folder, { recursive: true });
});

test.runIf(process.platform === 'linux')('where nothing can be written nothing is locked', () => {
  // Nobody may create a file here, root neither.
  expect(take('/sys/gpt.lock')).toMatchObject({ status: 0, lines: ['taken'] });
});
