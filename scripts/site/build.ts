// `./gpt site`: the notebooks as a web site, see HELP.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { bundleForBrowser } from './bundle';
import { checkSite } from './check';
import { finishPages } from './finish';
import { Sources, type Language } from './sources';
import { allDiagrams, stage } from './stage';
import { pythonOfTheSite, SiteError } from './tools';
import { EXIT_CODES, readArguments, runCommand, shownPath } from '../commands/arguments';

const HELP = `Usage: ./gpt site [options]

Builds the web edition: the notebooks with the outputs they are committed with, pages on which the
library runs in the reader's browser, and the source of the library. Nothing is executed, and the
result works from a folder: open site/index.html.

  --check     then look at every page in a Chromium: links, accessibility (axe), addresses contacted
  --check-only  only look, at what was built before
  --help      this text

${EXIT_CODES}`;

const ROOT = path.resolve(__dirname, '..', '..');
const SITE = path.join(ROOT, 'site');
const WORK = path.join(ROOT, '.site');

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(0)} s`;

async function buildSite(): Promise<void> {
  const began = Date.now();
  const isOurs = !fs.existsSync(SITE) || fs.existsSync(path.join(SITE, 'searchindex.js'));
  if (!isOurs) throw new SiteError(`${SITE} holds something else: move it away`);
  const python = pythonOfTheSite(ROOT);
  const sources = new Sources(ROOT);
  const diagrams = await allDiagrams(sources);
  fs.rmSync(path.join(WORK, 'source'), { recursive: true, force: true });
  fs.rmSync(path.join(WORK, 'site'), { recursive: true, force: true });
  const folders = new Map<Language, string>();
  // Portuguese first: its links may make source files pages, which are in the English edition.
  for (const language of [...sources.languages].reverse()) {
    const folder = path.join(WORK, 'source', language);
    stage(language, sources, diagrams, folder);
    folders.set(language, folder);
  }
  await bundleForBrowser(path.join(folders.get('en')!, '_static'));
  for (const link of new Set(sources.broken)) console.log(`site: no page for the link ${link}`);
  for (const language of sources.languages) {
    runSphinx(python, language, sources, folders.get(language)!);
  }
  finishPages(path.join(WORK, 'site'), ROOT);
  fs.rmSync(SITE, { recursive: true, force: true });
  fs.renameSync(path.join(WORK, 'site'), SITE);
  console.log(`site: ${shownPath(SITE)}/index.html, in ${seconds(began)}`);
}

function runSphinx(python: string, language: Language, sources: Sources, folder: string): void {
  const began = Date.now();
  const out = path.join(WORK, 'site', language === 'en' ? '' : language);
  const twins = sources.edition(language).filter((page) => sources.twin(page));
  const [own, theirs] = [language, language === 'en' ? 'pt' : 'en'].map((each) =>
    fs
      .readdirSync(path.join(__dirname, 'pages', each), {
        recursive: true,
        encoding: 'utf8',
      })
      .map((name) => name.replace(/\.md$/, '')),
  );
  const both = own.filter((name) => theirs.includes(name));
  const env = {
    ...process.env,
    GPT_SITE_EDITION: language,
    GPT_SITE_EDITIONS: sources.languages.join(' '),
    GPT_SITE_TWINS: [...twins.map(({ doc }) => doc), ...both, 'search'].join(' '),
  };
  const args = ['-m', 'sphinx', '-q', '-j', 'auto', '-b', 'html'];
  const doctrees = path.join(WORK, 'source', `${language}-doctrees`);
  const { status, stderr } = spawnSync(python, [...args, '-d', doctrees, folder, out], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'inherit', 'pipe'],
    maxBuffer: 2 ** 28,
  });
  if (stderr) process.stderr.write(stderr.replaceAll(`${folder}${path.sep}`, ''));
  if (status !== 0) throw new SiteError('Sphinx could not build the site, see above');
  console.log(`site: edition ${language} in ${seconds(began)}`);
}

const OPTIONS = {
  check: { type: 'boolean', default: false },
  'check-only': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

async function main(args: string[]): Promise<void> {
  const { values } = readArguments(args, OPTIONS);
  if (values.help) return console.log(HELP);
  if (!values['check-only']) await buildSite();
  if (!values.check && !values['check-only']) return;
  if (!(await checkSite(SITE))) process.exitCode = 1;
}

runCommand('site', main);
