// Sets everything up: npm packages, a Python environment with JupyterLab, TensorFlow's native
// binding, and the notebook kernel. Plain Node without dependencies, because it runs before
// there are any. Safe to stop and to repeat: each step leaves a stamp only when it is complete.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkFiles, copyData, npmCache, openKit } from '../kit/open.mjs';
import {
  NAPI_VERSION,
  nativePlan,
  NPM_VERSION,
  pinned,
  SetupError,
  TENSORFLOW_VERSION,
} from './platform.mjs';
import { lockSetup } from './lock.mjs';
import { markReady } from './ready.mjs';
import { writingOps } from './writing-ops.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const at = (...parts) => path.join(root, ...parts);
const venv = at('.venv');
const venvPython = at('.venv', 'bin', 'python');
const bindingDir = at('node_modules', '@tensorflow', 'tfjs-node-gpu');
/** Says that .native came from a kit, which has nothing for graphics cards. */
const fromKit = at('.native', '.from-kit');

let child;
let step = '';
/** Tells other set-ups which command runs; see {@link lockSetup}. */
let noteCommand = () => undefined;
process.on('SIGINT', () => stop('SIGINT', 130));
process.on('SIGTERM', () => stop('SIGTERM', 143));
function stop(signal, code) {
  child?.kill(signal);
  console.log(
    `\nsetup: stopped${step ? ` during "${step}"` : ''}. Run the same command again to continue.`,
  );
  process.exit(code);
}

/** What to say about a failed command, from what it printed. */
function explain(name, output) {
  if (/ENOSPC|No space left|not enough space|Disk quota/i.test(output))
    return `${name}: the disk is full. Free about 4 GB and run the same command again.`;
  const forbidden = output
    .split('\n')
    .find((line) => /EACCES|EROFS|Permission denied|Read-only file system/i.test(line));
  if (forbidden)
    return `${name}: something may not be written here (${forbidden.trim()}). Use a copy of the project in a folder of your own.`;
  const offline =
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError|NameResolutionError|Network is unreachable|name resolution|Connection refused|ConnectTimeout|ReadTimeout|ProxyError|SSLError/i;
  if (offline.test(output))
    return `${name}: no answer from the network. Check the connection (or HTTPS_PROXY) and run the same command again.`;
  const lines = output.trim().split('\n').filter(Boolean);
  const telling = lines.filter((line) => /error/i.test(line)).slice(0, 3);
  return `${name} failed: ${(telling.length ? telling : lines.slice(-3)).join(' | ') || 'no output'}`;
}

/** Runs a command quietly, with a line that shows it is alive. Throws SetupError when it fails. */
async function run(name, command, args, options = {}) {
  const started = Date.now();
  let output = '';
  let printed = 0;
  const alive = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    const progress = options.progress?.() ?? '';
    if (process.stdout.isTTY)
      process.stdout.write(`\r\x1b[2K  ... ${name} ${seconds} s ${progress}`);
    else if (seconds - printed >= 20) {
      printed = seconds;
      console.log(`  ... ${name} ${seconds} s ${progress}`);
    }
  }, 1000);
  try {
    const code = await new Promise((resolve, reject) => {
      child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
      const keep = (chunk) => (output = (output + chunk).slice(-200_000));
      child.stdout.on('data', keep);
      child.stderr.on('data', keep);
      child.on('error', reject);
      child.on('close', resolve);
      if (child.pid) noteCommand({ name, pid: child.pid });
    });
    if (code !== 0) throw new SetupError(explain(name, output));
    return output;
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw new SetupError(explain(name, String(error.message ?? error)));
  } finally {
    child = undefined;
    noteCommand();
    clearInterval(alive);
    if (process.stdout.isTTY) process.stdout.write('\r\x1b[2K');
  }
}

/** Runs `work` unless the stamp file already holds `key`; writes the stamp when the work is done. */
async function once(title, stamp, key, work) {
  step = title;
  const wanted = createHash('sha256').update(JSON.stringify(key)).digest('hex');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return;
  const started = Date.now();
  console.log(`setup: ${title} ...`);
  fs.rmSync(stamp, { force: true });
  await work();
  fs.mkdirSync(path.dirname(stamp), { recursive: true });
  fs.writeFileSync(stamp, wanted);
  console.log(`setup: ${title}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

const read = (...parts) => fs.readFileSync(at(...parts), 'utf8');
const megabytes = (file) =>
  fs.existsSync(file)
    ? `${Math.round(
        fs
          .readdirSync(file)
          .reduce((sum, name) => sum + fs.statSync(path.join(file, name)).size, 0) / 1e6,
      )} MB`
    : '';

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19) || major === 21)
    throw new SetupError(
      `Node ${process.versions.node} is not supported: install Node 20.19, 22, 24 or 26 (https://nodejs.org).`,
    );
  if (process.platform === 'win32')
    throw new SetupError(
      'Windows is supported through WSL 2 or GitHub Codespaces only: run this inside one of them (see README).',
    );
}

function findPython() {
  const names = [
    'python3',
    'python3.13',
    'python3.12',
    'python3.11',
    'python3.10',
    'python3.14',
    'python',
  ];
  const probe = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';
  let seen = '';
  for (const name of process.env.GPT_SETUP_PYTHON ? [process.env.GPT_SETUP_PYTHON] : names) {
    const found = spawnSync(name, ['-c', probe], { encoding: 'utf8' });
    if (found.error) continue;
    if (found.status !== 0) {
      seen ||= `${name} has no venv module: on Debian or Ubuntu install python3-venv`;
      continue;
    }
    const version = found.stdout.trim();
    const [major, minor] = version.split('.').map(Number);
    if (major === 3 && minor >= 10) return { name, version };
    seen ||= `${name} is version ${version}`;
  }
  throw new SetupError(
    `Python 3.10 or later with venv is needed${seen ? ` (${seen})` : ' and none was found'}: install it from https://www.python.org or your system's packages.`,
  );
}

function checkDisk(plan) {
  const missing = [at('node_modules'), venv, ...(plan.wheel ? [at('.native')] : [])].filter(
    (dir) => !fs.existsSync(dir),
  );
  if (missing.length === 0) return;
  const { bavail, bsize } = fs.statfsSync(root);
  const needed = plan.cuda ? 9e9 : 4e9;
  if (bavail * bsize < needed)
    throw new SetupError(
      `${((bavail * bsize) / 1e9).toFixed(1)} GB of disk are free in this folder, set-up needs ${needed / 1e9} GB. Free some and run the same command again.`,
    );
}

const npmPackages = (kit) =>
  once(
    'npm packages',
    at('node_modules', '.gpt-setup'),
    [read('package-lock.json'), process.arch],
    async () => {
      ensureNpmCache();
      const ci = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
      if (kit) {
        checkFiles(kit, 'npm/node_modules');
        const cache = npmCache(kit, at('.npm-cache.tmp'));
        const options = [...kit.npmOptions, `--cache=${cache}`];
        await run('npm ci', process.execPath, [...kit.npm, ...ci, ...options]);
        fs.rmSync(cache, { recursive: true });
        return;
      }
      // What npm has in its cache needs no network, and a network that is down is soon known.
      const network = [
        '--prefer-offline',
        '--fetch-retry-mintimeout=2000',
        '--fetch-retry-maxtimeout=10000',
      ];
      await run('npm ci', 'npm', [...npmThatWorks(), ...ci, ...network]);
      fs.rmSync(at('.npm-cache.tmp'), { recursive: true, force: true });
    },
  );

/** Where npm's cache cannot be written, as with a read-only HOME, npm gets one in this folder. */
function ensureNpmCache() {
  const { npm_config_cache, NPM_CONFIG_CACHE } = process.env;
  const standard = path.join(os.homedir() || '/dev/null', '.npm');
  const cache = npm_config_cache || NPM_CONFIG_CACHE || standard;
  try {
    fs.mkdirSync(path.join(cache, '_cacache'), { recursive: true });
    fs.rmdirSync(fs.mkdtempSync(path.join(cache, '_cacache', 'gpt-')));
  } catch {
    delete process.env.NPM_CONFIG_CACHE;
    process.env.npm_config_cache = at('.npm-cache.tmp');
  }
}

/**
 * npm 11.6.1 and 11.6.2, which came with Node 24.11 to 24.13, fail on a lock file without addresses
 * (TypeError about "paths[0]"); they can still run a newer npm.
 */
function npmThatWorks() {
  const version = spawnSync('npm', ['--version'], { encoding: 'utf8' }).stdout?.trim();
  if (!['11.6.1', '11.6.2'].includes(version)) return [];
  console.log(`setup: npm ${version} cannot read the lock file; npm ${NPM_VERSION} does this step`);
  return ['exec', '--yes', `--package=npm@${NPM_VERSION}`, '--', 'npm'];
}

async function pythonEnvironment(python, kit) {
  const key = [
    read('scripts', 'setup', 'requirements.txt'),
    read('scripts', 'setup', 'constraints.txt'),
    python.version,
  ];
  await once(
    `Python ${python.version} environment with JupyterLab`,
    at('.venv', '.gpt-setup'),
    key,
    async () => {
      if (kit) checkFiles(kit, 'wheels');
      await run('python -m venv', python.name, ['-m', 'venv', '--clear', venv]);
      await run('pip install', venvPython, [
        '-m',
        'pip',
        'install',
        '--disable-pip-version-check',
        '--no-deps',
        '--require-hashes',
        ...(kit?.wheels ?? []),
        '-r',
        at('scripts', 'setup', 'constraints.txt'),
      ]);
      await run('pip check', venvPython, ['-m', 'pip', 'check', '--disable-pip-version-check']);
    },
  );
}

/**
 * Takes the libraries and headers out of TensorFlow's Python wheel and compiles tfjs-node's own
 * binding against them. The folder .native/site is laid out as in site-packages, so that the
 * library finds NVIDIA's packages beside it by its own run path.
 */
async function nativeBinding(plan, kit) {
  const title = `TensorFlow ${TENSORFLOW_VERSION} libraries (${plan.wheel})`;
  await once(title, at('.native', '.gpt-setup'), [plan, plan.compileArgs('')], async () => {
    // Made beside and renamed at the end: what worked before works until then.
    const fresh = at('.native.tmp');
    const site = path.join(fresh, 'site');
    const download = path.join(fresh, 'download');
    fs.rmSync(fresh, { recursive: true, force: true });
    fs.mkdirSync(download, { recursive: true });
    const pip = ['-m', 'pip', '--disable-pip-version-check'];
    const only = ['--no-deps', '--only-binary=:all:', ...(kit?.tensorflow ?? [])];
    const from = (pins) => [
      '--require-hashes',
      '-r',
      writePins(path.join(fresh, 'pins.txt'), pins),
    ];
    const to = ['--python-version', '3.13', '-d', download];
    const get = ['download', ...only, ...to, ...from([plan.wheel])];
    if (kit) checkFiles(kit, `tensorflow/${process.platform}-${process.arch}`);
    await run('pip download', venvPython, [...pip, ...get], {
      progress: () => megabytes(download),
    });
    const wheel = path.join(
      download,
      fs.readdirSync(download).find((name) => name.endsWith('.whl')),
    );
    await run('unpack', venvPython, [at('scripts', 'setup', 'unpack_wheel.py'), wheel, site]);
    fs.rmSync(download, { recursive: true });
    if (plan.cuda) {
      const install = ['install', '--no-deps', '--target', site, ...from(plan.cuda)];
      await run('pip install (CUDA)', venvPython, [...pip, ...install]);
    }
    await run('compile', plan.compiler, plan.compileArgs(fresh));
    fs.rmSync(at('.native'), { recursive: true, force: true });
    if (kit) fs.writeFileSync(path.join(fresh, '.from-kit'), '');
    fs.renameSync(fresh, at('.native'));
  });
  // npm ci wipes node_modules, so the compiled file lives in .native and is copied in.
  const target = path.join(bindingDir, 'lib', `napi-v${NAPI_VERSION}`, 'tfjs_binding.node');
  const built = at('.native', 'tfjs_binding.node');
  if (!fs.existsSync(target) || fs.statSync(target).mtimeMs < fs.statSync(built).mtimeMs) {
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(built, `${target}.tmp`);
    fs.renameSync(`${target}.tmp`, target);
  }
}

/** Writes a requirements file of some packages of `tensorflow.txt`, with their hashes. */
function writePins(file, pins) {
  const lines = pinned('tensorflow.txt').filter(({ pin }) => pins.includes(pin));
  fs.writeFileSync(file, lines.map(({ line }) => `${line}\n`).join(''));
  return file;
}

/** The stamp names the kit's files, so that those of a newer kit are copied too. */
const kitData = (kit, cache) =>
  once(
    'data of the kit',
    path.join(cache, '.gpt-kit'),
    fs.readFileSync(path.join(kit.folder, 'SHA256SUMS'), 'utf8'),
    () => copyData(kit, cache),
  );

/** Tells JupyterLab of the kernel, of no other one, and to ask nobody about news and updates. */
function configureJupyter() {
  const share = at('.venv', 'share', 'jupyter');
  // On a shared installation .venv is a link, and the kernel is the one beside it.
  const shared = path.dirname(fs.realpathSync(venv));
  writeJson(path.join(share, 'kernels', 'tslab', 'kernel.json'), {
    argv: [
      process.execPath,
      path.join(shared, 'scripts', 'kernel', 'kernel.cjs'),
      '{connection_file}',
    ],
    display_name: 'TypeScript (GPT)',
    language: 'typescript',
    interrupt_mode: 'signal',
  });
  // A Python kernel in the list would be a trap.
  writeJson(at('.venv', 'etc', 'jupyter', 'jupyter_server_config.json'), {
    KernelSpecManager: { ensure_native_kernel: false, allowed_kernelspecs: ['tslab'] },
    // The server would drop outputs above 1 MB a second; the kernel bounds its own.
    ZMQChannelsWebsocketConnection: { limit_rate: false },
  });
  writeJson(path.join(share, 'lab', 'settings', 'overrides.json'), {
    '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
  });
}

function writeJson(file, content) {
  const text = JSON.stringify(content, null, 2);
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.tmp`, text);
  fs.renameSync(`${file}.tmp`, file);
}

async function main() {
  checkNode();
  const { GPT_KIT, GPT_DATA_CACHE } = process.env;
  const plan = nativePlan({ cuda: !GPT_KIT && !fs.existsSync(fromKit) });
  if (process.argv.includes('--plan')) {
    console.log(JSON.stringify({ ...plan, compileArgs: undefined }, null, 2));
    return;
  }
  const python = findPython();
  const kit = GPT_KIT ? openKit(GPT_KIT, root, python.version) : undefined;
  noteCommand = await lockSetup(at('.setup.lock'), {
    say: (line) => console.log(`setup: ${line} ...`),
    lost: ({ pid, host }) => {
      child?.kill();
      console.error(
        `setup: this set-up stood still, and another one (process ${pid} on ${host}) took over. Run the same command again to wait for it.`,
      );
      process.exit(1);
    },
  });
  checkDisk(plan);
  await npmPackages(kit);
  await pythonEnvironment(python, kit);
  if (plan.wheel) await nativeBinding(plan, kit);
  if (plan.wheel) await writingOps({ root, compiler: plan.compiler, once, run });
  if (kit) await kitData(kit, GPT_DATA_CACHE || at('data', 'cache'));
  if (plan.note) console.log(`setup: ${plan.note}`);
  configureJupyter();
  // With GPT_BACKEND an engine may be missing that is wanted without it.
  if (!process.env.GPT_BACKEND) markReady(root);
}

main().catch((error) => {
  // Errors of the system name the file and what is wrong with it.
  const known = error instanceof SetupError || error.syscall !== undefined;
  const readOnly = ['EACCES', 'EROFS', 'EPERM'].includes(error.code);
  const advice = readOnly ? '. Use a copy of the project in a folder of your own.' : '';
  console.error(`setup: ${known ? `${error.message}${advice}` : error.stack}`);
  process.exit(1);
});
