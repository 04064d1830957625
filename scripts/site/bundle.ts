// What the pages run: the library bundled for a browser, gpt-mini's weights, the film and plotly.
// All are plain scripts, because a page opened from a folder can load scripts and nothing else.

import { build, type BuildFailure, type BuildOptions, type Plugin } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { GPT_MINI_DIR, openModel } from '../../lib/weights';
import { packWeights } from './browser/weights';
import { SiteError } from './tools';

const ROOT = path.resolve(__dirname, '..', '..');
const BROWSER = path.join(__dirname, 'browser');

/** The library takes `backend` from one place: here it gets the one for browsers. */
export const browserBackend: Plugin = {
  name: 'browser-backend',
  setup({ onResolve }) {
    const backend = path.join(ROOT, 'lib', 'backend');
    onResolve({ filter: /\/backend$/ }, ({ path: name, resolveDir }) =>
      path.resolve(resolveDir, name) === backend
        ? { path: path.join(backend, 'browser.ts') }
        : undefined,
    );
  },
};

const options: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  loader: { '.wasm': 'binary', '.txt': 'text' },
  plugins: [browserBackend],
  logLevel: 'silent',
};

/** Global names of the scripts that are loaded when they are needed. */
const SCRIPTS = { tokenizer: 'gptTokenizer', model: 'gptModel', site: undefined };

/**
 * Writes the scripts into a folder.
 *
 * @throws SiteError when the library imports something that a browser lacks
 */
export async function bundleForBrowser(folder: string): Promise<void> {
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, globalName] of Object.entries(SCRIPTS)) {
    const entry = path.join(BROWSER, `${name}.ts`);
    const outfile = path.join(folder, `gpt-${name}.js`);
    try {
      await build({ ...options, entryPoints: [entry], globalName, outfile });
    } catch (error) {
      const { text, location } = (error as BuildFailure).errors[0];
      const where = location ? `${location.file}, line ${location.line}: ` : '';
      throw new SiteError(`the library cannot be bundled for a browser: ${where}${text}`);
    }
  }
  fs.writeFileSync(path.join(folder, 'gpt-mini.js'), weightsScript());
  const film = fs.readFileSync(path.join(__dirname, 'film.json'), 'utf8').trim();
  fs.writeFileSync(path.join(folder, 'gpt-film.js'), `var gptFilm = ${film};\n`);
  const plotly = require.resolve('plotly.js/dist/plotly-cartesian.min.js');
  fs.copyFileSync(plotly, path.join(folder, 'plotly.js'));
}

/** gpt-mini as a script: its configuration, and its numbers as they are stored, in base64. */
function weightsScript(): string {
  const { config, parameters } = openModel(GPT_MINI_DIR);
  const tensors = parameters.map(({ parameter, shape, transposed, read }) => {
    if (transposed) throw new Error(`${parameter} of gpt-mini is stored transposed`);
    return { name: parameter, shape, values: read() };
  });
  return `var gptMini = ${JSON.stringify(packWeights(config, tensors))};\n`;
}
