// The peers: Python's in an environment of their own, made on demand, and Node's beside them.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** The programs and packages of the peers. */
export interface Peers {
  python: string;
  /** A folder with `node_modules`. */
  packages: string;
  /** Names and versions. */
  versions: string;
}

const ROOT = path.resolve(__dirname, '../..');
const FOLDER = path.join(ROOT, '.venv-bench');
const PYTHON = path.join(FOLDER, 'bin', 'python');
const PACKAGES = path.join(FOLDER, 'node');
const REQUIREMENTS = path.join(__dirname, 'peers', 'requirements.txt');
const ONNX = ['onnxruntime-node', '1.30.0'] as const;

/** Says that what is installed is what is wanted. */
const STAMP = path.join(FOLDER, '.gpt-bench');
const wanted = () =>
  createHash('sha256').update(fs.readFileSync(REQUIREMENTS)).update(ONNX.join()).digest('hex');
const isReady = () => fs.existsSync(STAMP) && fs.readFileSync(STAMP, 'utf8') === wanted();

/** The peers, where they are installed. */
export function findPeers(): Peers | undefined {
  if (!isReady()) return undefined;
  const names = ['torch', 'transformers', 'tiktoken', 'tokenizers'];
  const program =
    'import sys, importlib.metadata as m; ' +
    'print(", ".join(f"{name} {m.version(name)}" for name in sys.argv[1:]))';
  const { stdout } = spawnSync(PYTHON, ['-c', program, ...names], { encoding: 'utf8' });
  const versions = `${stdout?.trim()}, ${ONNX.join(' ')}`;
  return { python: PYTHON, packages: PACKAGES, versions };
}

/**
 * Installs them, unless they are there.
 *
 * @throws Error when Python, pip or npm fails; they have said why
 */
export function installPeers(): void {
  if (isReady()) return;
  const run = (program: string, ...args: string[]) => {
    const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
    if (status === 0) return;
    const why = error ? `: ${error.message}` : '';
    throw new Error(
      `the peers are not installed: ${[path.basename(program), ...args].join(' ')} failed${why}`,
    );
  };
  run(process.env.GPT_SETUP_PYTHON ?? 'python3', '-m', 'venv', '--clear', FOLDER);
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check'];
  run(PYTHON, ...pip, '-r', REQUIREMENTS);
  fs.mkdirSync(PACKAGES);
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund'];
  run('npm', 'install', ...quiet, '--prefix', PACKAGES, ONNX.join('@'));
  fs.writeFileSync(STAMP, wanted());
}

/** Writes a model of Hugging Face's layout as ONNX, beside its folder; says when that fails. */
export function exportOnnx({ python }: Peers, dir: string): void {
  const script = path.join(__dirname, 'peers', 'export_onnx.py');
  const { status, stderr } = spawnSync(python, [script, dir, `${dir}.onnx`], { encoding: 'utf8' });
  if (status !== 0) console.log(`not exported to ONNX: ${stderr.trim().split('\n').pop()}`);
}
