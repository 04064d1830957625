// Opens JupyterLab on the notebooks, with the project as its root so that lib/ can be read there.
// Arguments go on to JupyterLab: npm start -- --no-browser --port 9000
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const lab = spawn(
  path.join(root, '.venv', 'bin', 'jupyter'),
  [
    'lab',
    `--ServerApp.root_dir=${root}`,
    '--LabApp.default_url=/lab/tree/notebooks',
    '--LabApp.extension_manager=readonly',
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, JUPYTER_PLATFORM_DIRS: '1' } },
);
// JupyterLab asks before it stops at Ctrl-C; it gets the signal itself, being in our group.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => lab.kill('SIGTERM'));
lab.on('error', (error) => {
  console.error(`start: JupyterLab did not start: ${error.message}. Run npm start again.`);
  process.exit(1);
});
lab.on('exit', (code) => process.exit(code ?? 1));
