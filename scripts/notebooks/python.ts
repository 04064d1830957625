/** The tools that are in Python, because Jupyter's own libraries are: they get their options as JSON. */
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from './cells';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a program of this folder where the person stands, passes signals on to it, and ends with its
 * exit code.
 *
 * @param name of the file
 */
export function runPython(name: string, options: object): Promise<void> {
  const python = path.join(ROOT, '.venv', 'bin', 'python');
  const args = [path.join(__dirname, name), JSON.stringify(options)];
  const child = spawn(python, args, { stdio: 'inherit' });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.exitCode = code ?? 128 + os.constants.signals[signal!];
      resolve();
    });
  });
}
