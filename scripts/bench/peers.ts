// The Python environment of the peers: a folder of its own, made on demand.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');
const FOLDER = path.join(ROOT, '.venv-bench');
const REQUIREMENTS = path.join(__dirname, 'requirements.txt');

/** What is installed there is what `requirements.txt` says. */
const STAMP = path.join(FOLDER, '.gpt-bench');
const wanted = () => createHash('sha256').update(fs.readFileSync(REQUIREMENTS)).digest('hex');
const isReady = () => fs.existsSync(STAMP) && fs.readFileSync(STAMP, 'utf8') === wanted();

const programOf = (folder: string) => path.join(folder, 'bin', 'python');

/** The Python that has the peers: `GPT_BENCH_PYTHON`, or the one made here; absent without. */
export function findPeers(): string | undefined {
  return process.env.GPT_BENCH_PYTHON || (isReady() ? programOf(FOLDER) : undefined);
}

/**
 * Makes the environment, unless it is there.
 *
 * @throws Error when Python or pip fails; they have said why
 */
export function installPeers(): void {
  if (isReady()) return console.log('The peers are there already.');
  const run = (program: string, ...args: string[]) => {
    const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
    if (status !== 0) {
      throw new Error(
        `${path.basename(program)} ${args[1]} failed${error ? `: ${error.message}` : ''}`,
      );
    }
  };
  run(process.env.GPT_SETUP_PYTHON ?? 'python3', '-m', 'venv', '--clear', FOLDER);
  run(programOf(FOLDER), '-m', 'pip', 'install', '--disable-pip-version-check', '-r', REQUIREMENTS);
  fs.writeFileSync(STAMP, wanted());
}

/** What the peers are, such as "torch 2.13.0"; throws when one is missing. */
export function peerVersions(python: string): string {
  const program =
    'import importlib.metadata as m; ' +
    'print(", ".join(f"{n} {m.version(n)}" for n in ["torch", "transformers", "tiktoken", "tokenizers"]))';
  const { status, stdout, stderr, error } = spawnSync(python, ['-c', program], {
    encoding: 'utf8',
  });
  if (status === 0) return stdout.trim();
  throw new Error(
    `${python} does not have the peers: ${error?.message ?? stderr.trim().split('\n').pop()}`,
  );
}
