// Everything that is checked: types, lint and format, committed outputs, unit tests, and all
// notebooks headless.
// The last line is "N passed, N failed".
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const summaries = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-test-'));
const count = { passed: 0, failed: 0, skipped: 0 };

function run(title, command, args, env = {}) {
  console.log(`\n== ${title}`);
  const started = Date.now();
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  console.log(`== ${title}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
  if (error) console.error(`${title} did not start: ${error.message}`);
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

const checked = run('types, lint, format', 'npm', ['run', '--silent', 'check']);
count[checked ? 'passed' : 'failed'] += 1;

const tsx = path.join(root, 'node_modules', '.bin', 'tsx');
const fresh = run('outputs are those of the present sources', tsx, ['scripts/lint.ts', '--stale']);
count[fresh ? 'passed' : 'failed'] += 1;

const units = path.join(summaries, 'units.json');
const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
add(
  run('unit tests', process.execPath, [
    ...[vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${units}`],
  ]),
  units,
  (json) => ({
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests,
  }),
);

const python = path.join(root, '.venv', 'bin', 'python');
function runNotebooks(title, names, env) {
  const summary = path.join(summaries, 'notebooks.json');
  fs.rmSync(summary, { force: true });
  const args = [path.join(root, 'scripts', 'notebooks.py'), '--summary', summary, ...names];
  add(run(title, python, args, env), summary, (json) => json);
}
runNotebooks('notebooks', []);
// What a machine without a compiler gets, shown on the chapter that builds and trains the model.
runNotebooks('a notebook on WebAssembly', ['notebooks/04-gpt2.ipynb'], { GPT_BACKEND: 'wasm' });

fs.rmSync(summaries, { recursive: true });
console.log(
  `\n${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ''}`,
);
process.exit(count.failed ? 1 : 0);
