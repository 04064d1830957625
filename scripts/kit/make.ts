/** `./gpt kit DIR`: see HELP. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DataError, fetchData, knownData } from '../../lib/data';
import { GPT2_CONFIGS } from '../../lib/model';
import { pretrained, type PretrainedName } from '../../lib/weights';
import { applies, LOCK_FILES, locksHash } from './open.mjs';
import {
  NPM_INTEGRITY,
  NPM_VERSION,
  pinned,
  TENSORFLOW_VERSION,
  tensorflowWheel,
} from '../setup/platform.mjs';
import { EXIT_CODES, readArguments, readPath, runCommand, UsageError } from '../commands/arguments';

const HELP = `Usage: ./gpt kit DIR [--for PLATFORM,...]

Makes the folder DIR, outside the project, from which machines with Node, Python and a C++
compiler but no network set up and run everything:  sh DIR/start.sh

It holds the project, npm's packages, Python's wheels for 3.10 to 3.14, TensorFlow, the data of
the catalogue, and the weights of GPT-2 that are on this machine (./gpt weights).
Run it again to bring a kit up to date.

  --for   linux-x64 (Windows with WSL 2 as well), linux-arm64, darwin-arm64 (Macs),
          darwin-x64 (older Macs); several with commas; default: this machine's
  --help  this text

${EXIT_CODES}`;

const ROOT = path.resolve(__dirname, '..', '..');
const PYTHON = path.join(ROOT, '.venv', 'bin', 'python');
const PYTHONS = ['3.10', '3.11', '3.12', '3.13', '3.14'];
/** Between 3.11.0 and 3.11.5 packages differ: see constraints.txt. */
const RELEASES = ['3.10.0', '3.11.0', '3.11.5', '3.12.0', '3.13.0', '3.14.0'];

interface Platform {
  npm: string[];
  /** pip's names for the systems whose wheels run there. */
  wheels: string[];
}
const linux = (cpu: string, machine: string): Platform => ({
  npm: ['--os=linux', `--cpu=${cpu}`, '--libc=glibc'],
  wheels: [
    ...Array.from({ length: 12 }, (_, i) => `manylinux_2_${28 - i}_${machine}`),
    `manylinux2014_${machine}`,
  ],
});
const mac = (cpu: string, machine: string): Platform => ({
  npm: ['--os=darwin', `--cpu=${cpu}`],
  wheels: [`macosx_12_0_${machine}`],
});
const PLATFORMS: Record<string, Platform> = {
  'linux-x64': linux('x64', 'x86_64'),
  'linux-arm64': linux('arm64', 'aarch64'),
  'darwin-arm64': mac('arm64', 'arm64'),
  'darwin-x64': mac('x64', 'x86_64'),
};

class KitError extends Error {}

/** Runs a command; what it printed is shown only when it fails. */
function run(command: string, args: string[], cwd = ROOT): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return stdout;
  const why = error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n');
  throw new KitError(`${command} ${args.slice(0, 3).join(' ')} ... failed:\n${why}`);
}

function step(title: string, work: () => void): void {
  const started = Date.now();
  work();
  console.log(`kit: ${title}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

/** @throws KitError where the folder holds something else, which a kit could replace */
function checkFolder(kit: string): void {
  if (!fs.existsSync(kit)) return;
  if (!fs.statSync(kit).isDirectory()) throw new KitError(`${kit} is a file: name a folder`);
  const [first] = fs.readdirSync(kit);
  const start = path.join(kit, 'start.sh');
  const isKit = fs.existsSync(start) && fs.readFileSync(start, 'utf8').includes('GPT_KIT=');
  if (first !== undefined && !isKit) {
    throw new KitError(`${kit} holds other things (${first}): name a new folder, or one of a kit`);
  }
}

/** The committed project, and `start.sh`, by which `checkFolder` knows a kit, even an unfinished one. */
function putProject(kit: string): string {
  const changed = run('git', ['status', '--porcelain', '--', ...LOCK_FILES]).trim();
  if (changed)
    throw new KitError(`These files are not committed, and the kit depends on them:\n${changed}`);
  for (const name of ['start.sh', 'README.txt'])
    fs.copyFileSync(path.join(__dirname, name), path.join(kit, name));
  const archive = path.join(kit, 'project.tar.gz');
  run('git', ['archive', '--format=tar.gz', '--prefix=gpt-in-typescript/', '-o', archive, 'HEAD']);
  return run('git', ['rev-parse', '--short', 'HEAD']).trim();
}

function putNpm(kit: string, platforms: string[]): void {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'];
  const folder = path.join(kit, 'npm');
  const modules = path.join(folder, 'node_modules');
  fs.rmSync(modules, { recursive: true, force: true }); // an older kit's
  run('npm', ['install', '--prefix', folder, ...quiet, `npm@${NPM_VERSION}`]);
  const installed = fs.readFileSync(path.join(modules, '.package-lock.json'), 'utf8');
  if (!installed.includes(`"integrity": "${NPM_INTEGRITY}"`))
    throw new KitError(`npm ${NPM_VERSION} is not the package that was tried: its hash is another`);
  const cli = path.join(modules, 'npm', 'bin', 'npm-cli.js');
  const cache = path.join(folder, 'cache');
  for (const name of platforms) {
    const trial = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-kit-'));
    for (const file of ['package.json', 'package-lock.json'])
      fs.copyFileSync(path.join(ROOT, file), path.join(trial, file));
    const options = [...PLATFORMS[name].npm, '--prefer-offline', `--cache=${cache}`, ...quiet];
    run(process.execPath, [cli, 'ci', ...options], trial);
    fs.rmSync(trial, { recursive: true });
  }
  fs.rmSync(path.join(cache, '_logs'), { recursive: true, force: true });
}

/** Each pinned package for each Python. pip itself would judge the markers by its own machine. */
function putWheels(kit: string, name: string): void {
  const [system] = name.split('-');
  for (const release of RELEASES) {
    const packages = pinned('constraints.txt').filter(({ marker }) =>
      applies(marker, release, system),
    );
    download(path.join(kit, 'wheels'), name, release, packages);
  }
}

function download(
  folder: string,
  name: string,
  python: string,
  packages: { line: string }[],
): void {
  const pins = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-kit-'));
  const file = path.join(pins, 'pins.txt');
  fs.writeFileSync(file, packages.map(({ line }) => `${line}\n`).join(''));
  const where = PLATFORMS[name].wheels.flatMap((tag) => ['--platform', tag]);
  const only = ['--no-deps', '--only-binary=:all:', '--python-version', python, ...where];
  const hashes = ['--require-hashes', '-r', file];
  run(PYTHON, ['-m', 'pip', 'download', '-q', '-d', folder, ...only, ...hashes]);
  fs.rmSync(pins, { recursive: true });
}

/** Data, verified as it is read, and weights; says what this machine does not have. */
async function putData(kit: string): Promise<void> {
  for (const { name, file } of knownData()) {
    try {
      const { path: from } = await fetchData(name);
      fs.mkdirSync(path.dirname(path.join(kit, file)), { recursive: true });
      fs.copyFileSync(from, path.join(kit, file));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      console.log(`kit: without ${name}: ${error.message}`);
    }
  }
  for (const name of Object.keys(GPT2_CONFIGS) as PretrainedName[]) {
    const { dir, note } = pretrained(name);
    if (dir) fs.cpSync(dir, path.join(kit, name), { recursive: true, dereference: true });
    console.log(dir ? `kit: with ${note}` : `kit: without ${name}`);
  }
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(file);
    else yield file;
  }
}

/** In the form of `sha256sum`; npm itself checks what lies in its cache. */
function putSums(kit: string): void {
  const lines = ['project.tar.gz', 'start.sh', 'npm/node_modules', 'wheels', 'tensorflow', 'data']
    .map((name) => path.join(kit, name))
    .filter((place) => fs.existsSync(place))
    .flatMap((place) => (fs.statSync(place).isFile() ? [place] : [...filesBelow(place)].sort()))
    .map((file) => {
      const sha256 = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
      return `${sha256}  ${path.relative(kit, file)}\n`;
    });
  fs.writeFileSync(path.join(kit, 'SHA256SUMS'), lines.join(''));
}

async function make(kit: string, platforms: string[]): Promise<void> {
  const about = path.join(kit, 'kit.json');
  checkFolder(kit);
  fs.mkdirSync(kit, { recursive: true });
  fs.rmSync(about, { force: true }); // a kit without it is not whole
  const commit = putProject(kit);
  step(`npm's packages for ${platforms.join(', ')}`, () => putNpm(kit, platforms));
  for (const name of platforms) {
    step(`Python's wheels for ${name}`, () => putWheels(kit, name));
    const [system, cpu] = name.split('-');
    const wheel = tensorflowWheel(system, cpu);
    const folder = path.join(kit, 'tensorflow', name);
    fs.mkdirSync(folder, { recursive: true });
    const pins = pinned('tensorflow.txt').filter(({ pin }) => pin === wheel);
    if (wheel) step(`TensorFlow for ${name}`, () => download(folder, name, '3.13', pins));
  }
  await putData(path.join(kit, 'data'));
  putSums(kit);
  const registry = run('npm', ['config', 'get', 'registry']).trim();
  const facts = { commit, platforms, pythons: PYTHONS, registry, tensorflow: TENSORFLOW_VERSION };
  fs.writeFileSync(about, JSON.stringify({ ...facts, locks: locksHash(ROOT) }, null, 2));
  const size = [...filesBelow(kit)].reduce((sum, file) => sum + fs.statSync(file).size, 0);
  console.log(`kit: ${kit} is complete, ${(size / 1e9).toFixed(2)} GB. Try: sh start.sh`);
}

const OPTIONS = { for: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;

async function main(args: string[]): Promise<void> {
  const { values, positionals } = readArguments(args, OPTIONS, { positionals: true });
  if (values.help) return console.log(HELP);
  const platforms = (values.for ?? `${process.platform}-${process.arch}`).split(',');
  const unknown = platforms.find((name) => !Object.hasOwn(PLATFORMS, name));
  if (unknown !== undefined) {
    const names = Object.keys(PLATFORMS).join(', ');
    throw new UsageError(`there is no platform "${unknown}"; platforms are ${names}`);
  }
  if (positionals.length !== 1) {
    throw new UsageError(`give one folder for the kit, got ${positionals.length || 'none'}`);
  }
  const kit = readPath('DIR', positionals[0]);
  if (!path.relative(ROOT, kit).startsWith('..'))
    throw new KitError(`${kit} is inside the project: name a folder outside it`);
  await make(kit, platforms);
}

runCommand('kit', main);
