// Tells by one file whether the project is set up. Every command asks this, and set-up itself takes a
// second to look at each of its steps. Plain Node: read before any package is there.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const STAMP = '.venv/.gpt-ready';
const NATIVE = 'lib/writing/native';
/** What set-up does depends on these files, and on those in {@link NATIVE}. */
const FILES = [
  'package-lock.json',
  'scripts/setup/setup.mjs',
  'scripts/setup/platform.mjs',
  'scripts/setup/requirements.txt',
  'scripts/setup/constraints.txt',
  'scripts/setup/tensorflow.txt',
  'scripts/setup/unpack_wheel.py',
  'scripts/setup/writing-ops.mjs',
  'scripts/kit/open.mjs',
];

/**
 * On a shared installation `.venv` is a link: it is set up where that leads. Whether there is a native
 * engine counts too, since it may be deleted; a machine without a compiler never has one.
 */
function fingerprint(root) {
  const hash = createHash('sha256');
  const sources = fs.readdirSync(path.join(root, NATIVE)).sort();
  for (const name of [...FILES, ...sources.map((source) => `${NATIVE}/${source}`)]) {
    hash.update(fs.readFileSync(path.join(root, name)));
  }
  const isNative = fs.existsSync(path.join(root, '.native', '.gpt-setup'));
  const home = path.dirname(fs.realpathSync(path.join(root, '.venv')));
  return hash.update([process.execPath, process.arch, home, isNative].join('\0')).digest('hex');
}

/** @param {string} root the project's folder */
export function isReady(root) {
  try {
    fs.accessSync(path.join(root, 'node_modules', '.gpt-setup'));
    return fs.readFileSync(path.join(root, STAMP), 'utf8') === fingerprint(root);
  } catch {
    return false;
  }
}

/** @param {string} root the project's folder */
export function markReady(root) {
  if (isReady(root)) return;
  try {
    fs.writeFileSync(path.join(root, `${STAMP}.tmp`), fingerprint(root));
    fs.renameSync(path.join(root, `${STAMP}.tmp`), path.join(root, STAMP));
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM'].includes(error.code)) throw error;
  }
}
