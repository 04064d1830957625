// Opens JupyterLab on the notebooks, with the project as its root so that lib/ can be read there.
// Arguments go on to JupyterLab: npm start -- --no-browser --port 9000
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Where Jupyter keeps its settings and what it needs while it runs: in HOME, where that can be. */
function jupyterFolders() {
  try {
    fs.rmdirSync(fs.mkdtempSync(path.join(os.homedir() || '/dev/null', '.gpt-')));
    return {};
  } catch {
    const folder = path.join(root, '.jupyter.tmp');
    console.log(`start: HOME cannot be written, so JupyterLab keeps its settings in ${folder}`);
    return {
      JUPYTER_CONFIG_DIR: path.join(folder, 'config'),
      JUPYTER_DATA_DIR: path.join(folder, 'data'),
      JUPYTER_RUNTIME_DIR: path.join(folder, 'runtime'),
      IPYTHONDIR: path.join(folder, 'ipython'),
    };
  }
}

const lab = spawn(
  path.join(root, '.venv', 'bin', 'jupyter'),
  [
    'lab',
    `--ServerApp.root_dir=${root}`,
    '--LabApp.default_url=/lab/tree/notebooks',
    '--LabApp.extension_manager=readonly',
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, JUPYTER_PLATFORM_DIRS: '1', ...jupyterFolders() },
  },
);
// JupyterLab asks before it stops at Ctrl-C; it gets the signal itself, being in our group.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => lab.kill('SIGTERM'));
lab.on('error', (error) => {
  console.error(`start: JupyterLab did not start: ${error.message}. Run npm start again.`);
  process.exit(1);
});
lab.on('exit', (code) => process.exit(code ?? 1));
