// The command of this project: `./gpt help` lists what it does. It sets the project up where that has
// not been done, and then runs the program that scripts/commands/table.mjs names.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCommand } from './scripts/commands/table.mjs';
import { isReady } from './scripts/setup/ready.mjs';

const root = path.dirname(fileURLToPath(import.meta.url));

function setUp() {
  if (isReady(root) && !process.env.GPT_KIT) return;
  // What set-up says goes to stderr: stdout is the command's.
  const setup = path.join(root, 'scripts', 'setup', 'setup.mjs');
  const { status } = spawnSync(process.execPath, [setup], { stdio: ['inherit', 2, 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

const { command, rest, help, wrong } = findCommand(process.argv.slice(2));
if (help) console.log(help);
else if (wrong) {
  console.error(`${wrong}; see ./gpt help`);
  process.exitCode = 2;
} else {
  const file = path.join(root, 'scripts', command.file);
  process.argv = [process.execPath, file, ...rest];
  if (command.file.endsWith('.ts')) {
    setUp();
    process.env.TSX_TSCONFIG_PATH ??= path.join(root, 'tsconfig.json');
    await import('tsx');
    createRequire(import.meta.url)(file);
  } else await import(file);
}
