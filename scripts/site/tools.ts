// The site's own tools, which nothing else in the project needs: Sphinx in `.venv-site`, and two
// files' worth of npm packages in `.site/tools`. Both are made at the first build.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** A problem the person at the screen can act on. */
export class SiteError extends Error {}

interface NpmPackage {
  version: string;
  integrity: string;
  /** What is taken out of it. */
  files: string[];
}

// Not among the project's packages: with all it depends on, mermaid alone takes 200 MB, of which the
// site needs one file.
const NPM: Record<string, NpmPackage> = {
  katex: {
    version: '0.19.1',
    integrity:
      'sha512-jG8uKntjSEcm2EpQOh0XturpPuuC9r3Sq5HLHdsFdWZT27E672SF19QEi+of0/YeOy15lDgRhKvr5614uRrEfA==',
    files: ['dist/katex.min.js', 'dist/katex.min.css', 'dist/fonts'],
  },
  mermaid: {
    version: '12.3.0',
    integrity:
      'sha512-4113TdXeLAsMruJ79OpFL5O8+LTFXhQqZ260rF3tgUmiNAtRm4Uume04I+65PRN6yZ69J4f8rVYWW8zRk65UYw==',
    files: ['dist/mermaid.min.js'],
  },
};

function run(command: string, args: string[], cwd: string, what: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return stdout;
  const lines = `${stderr}`.trim().split('\n');
  const telling = lines.filter((line) => /error/i.test(line)).slice(-2);
  throw new SiteError(
    `${what} failed: ${(telling.length ? telling : lines.slice(-2)).join(' | ')}`,
  );
}

/** Sphinx, with all it needs at the versions of `requirements.txt`. Returns its Python. */
export function pythonOfTheSite(root: string): string {
  const folder = path.join(root, '.venv-site');
  const python = path.join(folder, 'bin', 'python');
  const requirements = path.join(__dirname, 'requirements.txt');
  const stamp = path.join(folder, '.complete');
  const wanted = createHash('sha256').update(fs.readFileSync(requirements)).digest('hex');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return python;
  console.log('site: installing Sphinx into .venv-site, once ...');
  const base = path.join(root, '.venv', 'bin', 'python');
  const version = run(base, ['-c', 'import sys; print(sys.version_info[1])'], root, 'Python');
  if (Number(version) < 11) {
    throw new SiteError('the site needs Python 3.11 or later: delete .venv and set up with one');
  }
  fs.rmSync(folder, { recursive: true, force: true });
  run(base, ['-m', 'venv', folder], root, 'making .venv-site');
  const install = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--require-hashes',
    '-r',
    requirements,
  ];
  run(python, install, root, 'installing Sphinx');
  fs.writeFileSync(stamp, wanted);
  return python;
}

/** A folder with the wanted files of an npm package. */
export function npmFiles(root: string, name: keyof typeof NPM): string {
  const { version, integrity, files } = NPM[name];
  const folder = path.join(root, '.site', 'tools', `${name}-${version}`);
  if (fs.existsSync(folder)) return folder;
  console.log(
    `site: taking ${files.length > 1 ? 'files' : 'a file'} out of ${name} ${version} ...`,
  );
  const made = `${folder}.tmp`;
  fs.rmSync(made, { recursive: true, force: true });
  fs.mkdirSync(made, { recursive: true });
  run('npm', ['pack', `${name}@${version}`, '--silent'], made, `downloading ${name}`);
  const archive = path.join(made, `${name}-${version}.tgz`);
  const hash = createHash('sha512').update(fs.readFileSync(archive)).digest('base64');
  if (`sha512-${hash}` !== integrity) {
    throw new SiteError(
      `${name} ${version} is not the package that was tried: its hash is ${hash}`,
    );
  }
  const inside = files.map((file) => `package/${file}`);
  run('tar', ['-xzf', archive, '--strip-components=1', ...inside], made, `unpacking ${name}`);
  fs.rmSync(archive);
  fs.renameSync(made, folder);
  return folder;
}
