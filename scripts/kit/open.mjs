// A workshop kit, as `./gpt kit` makes it, seen from set-up: plain Node, because it is
// read before any package is there. A kit may lie on a read-only stick.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SetupError, TENSORFLOW_VERSION } from '../setup/platform.mjs';

/** Of what set-up installs: a kit fits a project in which these are the same. */
export const LOCK_FILES = [
  'package-lock.json',
  'scripts/setup/requirements.txt',
  'scripts/setup/constraints.txt',
];

export function locksHash(root) {
  const hash = createHash('sha256');
  for (const name of LOCK_FILES) hash.update(fs.readFileSync(path.join(root, name)));
  return hash.digest('hex');
}

/**
 * The kit in a folder.
 * @throws SetupError when there is none, or it is for another version, system or Python
 */
export function openKit(folder, root, python) {
  const kit = path.resolve(process.env.INIT_CWD ?? '', folder);
  let about;
  try {
    about = JSON.parse(fs.readFileSync(path.join(kit, 'kit.json'), 'utf8'));
  } catch (error) {
    throw new SetupError(
      `GPT_KIT=${folder}: ${kit} holds no whole kit (kit.json: ${error.code ?? error.message}). Name the folder that "./gpt kit" made.`,
    );
  }
  const platform = `${process.platform}-${process.arch}`;
  const wrong = [
    about.locks !== locksHash(root) &&
      `it was made for another version of the project (commit ${about.commit}, which is in its project.tar.gz)`,
    !about.platforms.includes(platform) &&
      `it was made for ${about.platforms.join(', ')}, and this is ${platform}`,
    !about.pythons.includes(python) &&
      `it was made for Python ${about.pythons.join(', ')}, and this is ${python}`,
    about.tensorflow !== TENSORFLOW_VERSION &&
      `it holds TensorFlow ${about.tensorflow}, and ${TENSORFLOW_VERSION} is needed`,
  ].find(Boolean);
  if (wrong) throw new SetupError(`The kit in ${kit} does not fit: ${wrong}.`);
  return {
    folder: kit,
    npm: [path.join(kit, 'npm', 'node_modules', 'npm', 'bin', 'npm-cli.js')],
    npmOptions: ['--offline', `--registry=${about.registry}`],
    wheels: ['--no-index', '--find-links', path.join(kit, 'wheels')],
    tensorflow: ['--no-index', '--find-links', path.join(kit, 'tensorflow', platform)],
  };
}

/** A cache for npm, which writes into the index of one even offline: the kit stays as it is. */
export function npmCache(kit, folder) {
  const from = path.join(kit.folder, 'npm', 'cache', '_cacache');
  const to = path.join(folder, '_cacache');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.cpSync(path.join(from, 'index-v5'), path.join(to, 'index-v5'), { recursive: true });
  fs.symlinkSync(path.join(from, 'content-v2'), path.join(to, 'content-v2'));
  return folder;
}

/** The files of a kit with their SHA-256, as `sha256sum` writes them, below one of its folders. */
function sums(kit, below) {
  return fs
    .readFileSync(path.join(kit.folder, 'SHA256SUMS'), 'utf8')
    .split('\n')
    .filter((line) => line.slice(66).startsWith(`${below}/`))
    .map((line) => ({ sha256: line.slice(0, 64), name: line.slice(66) }));
}

/** Goes through a file in pieces and compares its hash; sticks and their files do get damaged. */
function readChecked(kit, { name, sha256 }, take = () => undefined) {
  const hash = createHash('sha256');
  const handle = fs.openSync(path.join(kit.folder, name), 'r');
  const piece = Buffer.allocUnsafe(2 ** 24);
  try {
    for (let size; (size = fs.readSync(handle, piece)) > 0;) {
      hash.update(piece.subarray(0, size));
      take(piece.subarray(0, size));
    }
  } finally {
    fs.closeSync(handle);
  }
  if (hash.digest('hex') !== sha256)
    throw new SetupError(
      `${path.join(kit.folder, name)} is damaged: its SHA-256 is not the one in SHA256SUMS. Copy the kit again.`,
    );
}

/** @throws SetupError when a file below `below` is damaged */
export function checkFiles(kit, below) {
  for (const file of sums(kit, below)) readChecked(kit, file);
}

/** Copies data and weights into the project's cache, where they stay when the stick is gone. */
export function copyData(kit, cache) {
  for (const file of sums(kit, 'data')) {
    const target = path.join(cache, path.relative('data', file.name));
    const size = fs.statSync(path.join(kit.folder, file.name)).size;
    if (fs.existsSync(target) && fs.statSync(target).size === size) continue;
    fs.mkdirSync(path.dirname(target), { recursive: true });
    const beside = `${target}.${process.pid}.tmp`;
    const handle = fs.openSync(beside, 'w');
    try {
      readChecked(kit, file, (piece) => fs.writeSync(handle, piece));
      fs.renameSync(beside, target);
    } finally {
      fs.closeSync(handle);
      fs.rmSync(beside, { force: true });
    }
  }
}

/**
 * Whether a pinned package is for a Python, such as 3.11.2, and a system, `linux` or `darwin`. pip
 * would judge by the machine that it runs on.
 *
 * @param marker as in constraints.txt; without one a package is for all
 */
export function applies(marker, python, system) {
  if (!marker) return true;
  const [, name, sign, value] = /^(\S+) (\S+) '(.+)'$/.exec(marker) ?? [];
  if (name === 'sys_platform' && sign === '==') return value === system;
  const number = (version) => {
    const [major, minor, patch = 0] = version.split('.').map(Number);
    return major * 1e6 + minor * 1e3 + patch;
  };
  if (name === 'python_full_version' && sign === '>=') return number(python) >= number(value);
  if (name === 'python_full_version' && sign === '<') return number(python) < number(value);
  throw new SetupError(`constraints.txt has a marker that is not known here: ${marker}`);
}
