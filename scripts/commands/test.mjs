// Everything that is checked: `./gpt test`, or `npm test`, see HELP.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT_CODES, unknown } from './table.mjs';

const HELP = `Usage: ./gpt test [PART ...]     or: npm test [-- PART ...]

  check      types, lint, format, dead exports, and that outputs are those of the present sources
  unit       unit tests
  notebooks  every chapter and every solution, headless; and one chapter on WebAssembly

Without a PART all three. The last line is "N passed, N failed".

${EXIT_CODES}`;

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const at = (...names) => path.join(root, ...names);
const gpt = at('gpt.mjs');
const summaries = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-test-'));
const count = { passed: 0, failed: 0, skipped: 0 };

// A signal is passed on to the part that runs, so that it can end what it started itself.
let child;
let stopped;

async function run(title, args, env = {}) {
  console.log(`\n== ${title}`);
  const started = Date.now();
  const [program, ...rest] = args;
  child = spawn(program, rest, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
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
    process.exit(128 + os.constants.signals[stopped]);
  }
  return status === 0;
}

/** Runs something that passes or fails as a whole. */
async function one(title, args) {
  count[(await run(title, args)) ? 'passed' : 'failed'] += 1;
}

/**
 * Runs something that writes its counts into a file; a missing file, or a bad end without a failure,
 * counts as one failure.
 */
async function many(title, args, { file, toCounts = (json) => json, env }) {
  fs.rmSync(file, { force: true });
  const ok = await run(title, args, env);
  const before = count.failed;
  if (fs.existsSync(file)) {
    const counts = toCounts(JSON.parse(fs.readFileSync(file, 'utf8')));
    for (const name of Object.keys(count)) count[name] += counts[name] ?? 0;
  }
  if (!ok && count.failed === before) count.failed += 1;
}

async function unit() {
  const file = path.join(summaries, 'units.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const vitest = at('node_modules', 'vitest', 'vitest.mjs');
  const toCounts = ({ numPassedTests, numFailedTests, numPendingTests }) => ({
    passed: numPassedTests,
    failed: numFailedTests,
    skipped: numPendingTests,
  });
  await many('unit tests', [process.execPath, vitest, 'run', ...reporters], { file, toCounts });
}

async function notebooks() {
  const file = path.join(summaries, 'notebooks.json');
  const command = [process.execPath, gpt, 'notebooks', 'run', '--summary', file];
  await many('notebooks', command, { file });
  // What a machine without a compiler gets, shown on the chapter that builds and trains the model.
  await many('a notebook on WebAssembly', [...command, at('notebooks', '04-gpt2.ipynb')], {
    file,
    env: { GPT_BACKEND: 'wasm' },
  });
}

async function check() {
  // npm appends what follows "--" to the script, whose last command is the notebooks' lint.
  const check = ['npm', 'run', '--silent', 'check', '--', '--stale'];
  await one('types, lint, format, and outputs of the present sources', check);
}

const PARTS = { check, unit, notebooks };

async function main(names) {
  if (names.some((name) => ['--help', '-h'].includes(name))) return console.log(HELP);
  const wrong = names.find((name) => !Object.hasOwn(PARTS, name));
  if (wrong !== undefined) {
    const said = unknown(wrong, Object.keys(PARTS), { kind: 'part' });
    console.error(`${said}; see --help`);
    process.exitCode = 2;
    return;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      stopped ??= signal;
      child?.kill(signal);
    });
  }
  // The first part needs npm's packages only, so that `npm ci` is enough for it.
  const isReadyForCheck = fs.existsSync(at('node_modules', 'typescript'));
  if (names.join() !== 'check' || !isReadyForCheck) {
    const setup = [process.execPath, at('scripts', 'setup', 'setup.mjs')];
    if (!(await run('set-up', setup))) process.exit(1);
  }
  for (const [name, part] of Object.entries(PARTS)) {
    if (names.length === 0 || names.includes(name)) await part();
  }
  const skipped = count.skipped ? `, ${count.skipped} skipped` : '';
  console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`);
  process.exitCode = count.failed ? 1 : 0;
}

process.on('exit', () => fs.rmSync(summaries, { recursive: true, force: true }));
await main(process.argv.slice(2));
