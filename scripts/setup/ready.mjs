// Whether the project is set up, told by one file: every command asks, and set-up itself, which looks
// at each of its steps, takes a second. Plain Node: read before any package is there.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const STAMP = '.venv/.gpt-ready';
/** What set-up does depends on these files. */
const FILES = [
  'package-lock.json',
  'scripts/setup/setup.mjs',
  'scripts/setup/platform.mjs',
  'scripts/setup/requirements.txt',
  'scripts/setup/constraints.txt',
];

/** On a shared installation `.venv` is a link: it is set up where that leads. */
function fingerprint(root) {
  const hash = createHash('sha256');
  for (const name of FILES) hash.update(fs.readFileSync(path.join(root, name)));
  const home = path.dirname(fs.realpathSync(path.join(root, '.venv')));
  return hash.update([process.execPath, process.arch, home].join('\0')).digest('hex');
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
