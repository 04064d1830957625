// `./gpt bench`, or `npm run bench`: see HELP.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeFilesAtomic } from '../../lib/data';
import { endChildren } from './child';
import { goals } from './goals';
import { groups, limitGroups, SECTIONS, type Extent, type Group, type Prepared } from './groups';
import { markdown } from './page';
import { exportOnnx, findPeers, installPeers, type Peers } from './peers';
import { plotPng } from './plot';
import { showProfiles } from './profile';
import { results, type Limits, type Report } from './report';
import { runGroup } from './run';
import { MODELS, type ModelName } from './sizes';
import { columns, goalRows, screenTable } from './tables';
import {
  COUNTS,
  EXIT_CODES,
  readArguments,
  readNumber,
  runCommand,
  shownPath,
  UsageError,
} from '../commands/arguments';

const HELP = `Usage: ./gpt bench [options]

Measures this project on this machine, and beside it, in turn, what others use: PyTorch,
transformers, onnxruntime-node, tiktoken, tokenizers. Takes about 25 minutes on two cores; close
what else computes.

  --peers         installs the peers first, in a Python environment of their own (1 GB)
  --only A,B      only these parts:
                  ${SECTIONS.join(', ')}
  --rounds N      how often each is measured (default 5, and 3 where one takes long)
  --quick         a few minutes: small sizes, few rounds; numbers that say little
  --write         puts the results into benchmarks/; else they go to data/cache/bench
  --profile NAME  no measuring: which operations take the time, eagerly, in a model
                  (${Object.keys(MODELS).join(', ')})
  --help          this text

Environment: GPT_DATA_MIRROR=DIR   where the books are
             GPT_CHROMIUM=PROGRAM  what draws the plot

${EXIT_CODES}`;

const ROOT = path.resolve(__dirname, '..', '..');

const OPTIONS = {
  peers: { type: 'boolean', default: false },
  only: { type: 'string' },
  rounds: { type: 'string' },
  quick: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
  profile: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const parse = (args: string[]) => readArguments(args, OPTIONS).values;

function checked(values: ReturnType<typeof parse>) {
  const only = values.only?.split(',');
  const unknown = only?.find((name) => !SECTIONS.some((section) => section === name));
  if (unknown !== undefined) {
    throw new UsageError(`--only has "${unknown}"; parts are ${SECTIONS.join(', ')}`);
  }
  const { profile } = values;
  if (profile !== undefined && !Object.hasOwn(MODELS, profile)) {
    throw new UsageError(
      `--profile has "${profile}"; models are ${Object.keys(MODELS).join(', ')}`,
    );
  }
  const { rounds: given } = values;
  const rounds = given === undefined ? undefined : readNumber('--rounds', given, COUNTS);
  if (values.write && (only || values.quick)) {
    throw new UsageError('--write is for a whole run: leave out --only and --quick');
  }
  return { ...values, only, rounds, quick: values.quick!, write: values.write! };
}

/** A line that shows what is being done; on a terminal it is written over. */
function progress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what.slice(0, 100)}`);
}

/** Weights, tokens and texts, made by a process of its own. */
function prepare(folder: string, quick: boolean): Prepared {
  progress('making weights and texts');
  const script = path.join(__dirname, 'prepare.ts');
  const args = ['--import', 'tsx', script, folder, quick ? 'quick' : 'whole'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`what is measured could not be made: ${stderr.trim()}`);
  return JSON.parse(stdout.trim().split('\n').pop()!) as Prepared;
}

const machine = () => ({
  processor: os.cpus()[0].model.trim(),
  cores: os.cpus().length,
  node: process.versions.node,
});

/** Measures a group and adds what was found to the report. */
async function measure(group: Group, peers: Peers | undefined, limits: Limits, report: Report) {
  const outcomes = await runGroup(group, peers, progress);
  progress('');
  for (const { variant, problem } of outcomes) {
    if (variant.note) report.notes.push(`${variant.name}: ${variant.note}`);
    if (problem === undefined) continue;
    const what = `${group.section}, ${group.rows[0].name}: ${variant.name}`;
    report.failures.push({
      what,
      ours: !variant.peer,
      problem: problem.split(ROOT).join('.'), // no path of this machine
    });
    console.log(`${what} could not be measured: ${problem}`);
  }
  const found = results(group, outcomes, limits);
  report.results.push(...found);
  console.log(screenTable(found));
  return found;
}

async function bench(extent: Extent, only: string[] | undefined): Promise<Report> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-bench-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const prepared = prepare(folder, extent.quick);
  const peers = findPeers();
  const { processor, cores, node } = machine();
  console.log(`${processor}, ${cores} cores; Node ${node}; ${prepared.engine}`);
  console.log(
    peers
      ? `beside ${peers.versions}\n`
      : 'The peers are not installed, so rows without them follow. To install: ./gpt bench --peers\n',
  );
  const report: Report = {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    engine: prepared.engine,
    peers: peers?.versions,
    quick: extent.quick,
    results: [],
    failures: [],
    notes: [],
    goals: [],
  };
  const limits: Limits = {};
  for (const group of limitGroups(extent)) {
    for (const { row, median } of await measure(group, peers, limits, report)) {
      const limit =
        (['float32', 'bfloat16'] as const).find((name) => row.includes(name)) ?? 'memory';
      limits[limit] = Math.max(limits[limit] ?? 0, median);
    }
  }
  for (const group of groups(prepared, extent)) {
    if (only && !only.includes(group.section)) continue;
    if (peers && group.job.kind === 'decoding') exportOnnx(peers, group.job.dir);
    await measure(group, peers, limits, report);
  }
  report.goals = goals(report.results);
  if (report.goals.length) console.log(columns(goalRows(report.goals)).join('\n'));
  for (const note of report.notes) console.log(note);
  return report;
}

async function main(args: string[]): Promise<void> {
  const values = parse(args);
  if (values.help) return console.log(HELP);
  const { peers, profile, only, write, ...extent } = checked(values);
  if (profile) return showProfiles(profile as ModelName);
  const stop = (code: number) => () => {
    endChildren();
    console.error('\ninterrupted: nothing was written');
    process.exit(code);
  };
  process.on('SIGINT', stop(130));
  process.on('SIGTERM', stop(143));
  if (peers) installPeers();
  const began = performance.now();
  const report = await bench(extent, only);
  const folder = path.join(ROOT, write ? 'benchmarks' : 'data/cache/bench');
  const png = plotPng(report);
  writeFilesAtomic(folder, {
    'results.json': `${JSON.stringify(report, null, 1)}\n`,
    'README.md': markdown(report, png !== undefined),
    ...(png && { 'plot.png': png }),
  });
  const minutes = (performance.now() - began) / 60_000;
  console.log(`\n${minutes.toFixed(1)} minutes; written to ${shownPath(folder)}`);
  if (report.failures.some(({ ours }) => ours)) process.exitCode = 1;
}

runCommand('bench', (args) => main(args).finally(endChildren));
