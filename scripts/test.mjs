// Everything that is checked: types, lint and format, committed outputs, unit tests, and all
// notebooks headless.
// The last line is "N passed, N failed".
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const summaries = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-test-'));
const count = { passed: 0, failed: 0, skipped: 0 };

// A signal ends what runs, with all that it started: it goes on to the running part, which is not
// killed unheard.
let child;
let stopped;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stopped ??= signal;
    child?.kill(signal);
  });
}

async function run(title, command, args, env = {}) {
  console.log(`\n== ${title}`);
  const started = Date.now();
  child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (stopped) child.kill(stopped);
  const status = await new Promise((done) => {
    child.on('error', (error) => {
      console.error(`${title} did not start: ${error.message}`);
      done(1);
    });
    child.on('close', done);
  });
  console.log(`== ${title}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
  if (stopped) {
    console.log(`\nstopped by ${stopped} in "${title}"`);
    fs.rmSync(summaries, { recursive: true });
    process.exit(128 + os.constants.signals[stopped]);
  }
  return status === 0;
}

/** Adds the counts of a summary file; a missing one, or a bad end without a failure, counts as one. */
function add(ok, file, toCounts) {
  const before = count.failed;
  if (fs.existsSync(file)) {
    const counts = toCounts(JSON.parse(fs.readFileSync(file, 'utf8')));
    for (const name of Object.keys(count)) count[name] += counts[name] ?? 0;
  }
  if (!ok && count.failed === before) count.failed += 1;
}

const checked = await run('types, lint, format', 'npm', ['run', '--silent', 'check']);
count[checked ? 'passed' : 'failed'] += 1;

const tsx = path.join(root, 'node_modules', '.bin', 'tsx');
const fresh = await run('outputs are those of the present sources', tsx, [
  'scripts/lint.ts',
  '--stale',
]);
count[fresh ? 'passed' : 'failed'] += 1;

const units = path.join(summaries, 'units.json');
const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
add(
  await run('unit tests', process.execPath, [
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${units}`,
  ]),
  units,
  (json) => ({
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests,
  }),
);

const python = path.join(root, '.venv', 'bin', 'python');
async function runNotebooks(title, names, env) {
  const summary = path.join(summaries, 'notebooks.json');
  fs.rmSync(summary, { force: true });
  const args = [path.join(root, 'scripts', 'notebooks.py'), '--summary', summary, ...names];
  add(await run(title, python, args, env), summary, (json) => json);
}
await runNotebooks('notebooks', []);
// What a machine without a compiler gets, shown on the chapter that builds and trains the model.
await runNotebooks('a notebook on WebAssembly', ['notebooks/04-gpt2.ipynb'], {
  GPT_BACKEND: 'wasm',
});

fs.rmSync(summaries, { recursive: true });
console.log(
  `\n${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ''}`,
);
process.exit(count.failed ? 1 : 0);
