// A hash of everything a notebook's outputs come from: its code, what it uses of `lib`, and the
// files of ours that this reads. Comments, types, layout, and parts of `lib` that the notebook does
// not reach leave it as it is, so that few edits ask for a new run.

import { buildSync, transformSync } from 'esbuild';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { readNotebook, ROOT, type Notebook } from './cells';
import { readTexts, textsOf } from './texts';

const MINIMAL = { minifyWhitespace: true, legalComments: 'none', target: 'es2022' } as const;

/** `export const a0 = m0.name;` for every name that the cells import from a local file. */
function importsOf(sources: readonly string[]): string {
  const lines: string[] = [];
  for (const source of sources) {
    for (const node of ts.createSourceFile('cell.ts', source, ts.ScriptTarget.ES2022).statements) {
      if (!ts.isImportDeclaration(node) || node.importClause?.isTypeOnly) continue;
      const from = (node.moduleSpecifier as ts.StringLiteral).text;
      if (!from.startsWith('.')) continue;
      const n = lines.length;
      const bindings = node.importClause?.namedBindings;
      const names = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
      lines.push(`import * as m${n} from ${JSON.stringify(from)};`);
      if (bindings && ts.isNamespaceImport(bindings)) lines.push(`export const a${n} = m${n};`);
      for (const [i, { name, propertyName, isTypeOnly }] of names.entries()) {
        // A type has no value: undefined.
        if (!isTypeOnly)
          lines.push(`export const a${n}_${i} = m${n}.${(propertyName ?? name).text};`);
      }
    }
  }
  return lines.join('\n');
}

/**
 * The used parts of `lib`, as JavaScript without comments. Modules of which nothing is used are left
 * out, as package.json says that no module of ours does anything by being loaded.
 */
function bundle(entry: string, root: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
    ...MINIMAL,
  });
  return outputFiles[0].text;
}

/** Rows of the table of sizes that other chapters use are no source of this one. */
function dropForeignSizes(code: string, cells: string): string {
  return code.replace(/(\w+):\{quick:[^}]*\},?/g, (row, name: string) => {
    const rest = code.split(new RegExp(`\\b${name}\\b`)).length - 2;
    return rest > 0 || new RegExp(`\\b${name}\\b`).test(cells) ? row : '';
  });
}

/** Files and folders of `data/` and `lib/fixtures/` whose name, without `-en` or `-pt`, is in the code. */
function filesIn(code: string, root: string): string[] {
  const found: string[] = [];
  const add = (entry: string) => {
    if (entry.endsWith('.md')) return; // a model's card
    if (!fs.statSync(entry).isDirectory()) found.push(entry);
    else fs.readdirSync(entry).forEach((name) => add(path.join(entry, name)));
  };
  for (const folder of ['data', 'lib/fixtures'].map((name) => path.join(root, name))) {
    if (!fs.existsSync(folder)) continue;
    for (const name of fs.readdirSync(folder)) {
      if (name === 'cache' || /\.(md|ts|py|json)$/.test(name)) continue; // bundled, or no source
      const word = name.replace(/(-(en|pt))?(\.\w+)?$/, '');
      if (new RegExp(`(?<![\\w-])${word}(?![\\w])`).test(code)) add(path.join(folder, name));
    }
  }
  return found.sort();
}

/** The rows of a table of texts of which `code` holds the English. */
function said(file: string, code: string): string {
  const table = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, string>;
  const parts = (text: string) => text.split(/\{[^{}]*\}|[^ -~]|['"`\\\n]/);
  const rows = Object.entries(table).filter(([key]) =>
    parts(key).every((part) => code.includes(part)),
  );
  return JSON.stringify(rows);
}

/** What the code says in Portuguese: another source of the outputs in that language. */
function portugueseOf(notebook: Notebook, code: string, root: string): string {
  const { texts } = textsOf(notebook.cells);
  const table = readTexts(notebook.path, root) ?? {};
  const folders = ['lib/language', 'lib/exercises/portuguese'].map((name) => path.join(root, name));
  const ofLibrary = folders
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) => fs.readdirSync(folder).map((name) => path.join(folder, name)));
  const rows = [...texts.keys()].map((text) => [text, table[text]]);
  return [JSON.stringify(rows), ...ofLibrary.map((file) => said(file, code))].join();
}

/** The hash for one notebook, 16 hexadecimal digits. */
export function sourcesHash(file: string, root = ROOT): string {
  const notebook = readNotebook(file);
  const sources = notebook.cells.filter((cell) => cell.type === 'code').map((cell) => cell.source);
  const cells = sources.map((source) => {
    try {
      const options = { loader: 'ts', ...MINIMAL } as const;
      const tsconfigRaw = { compilerOptions: { verbatimModuleSyntax: true } };
      return transformSync(source, { ...options, tsconfigRaw }).code;
    } catch {
      return source; // it does not parse: on purpose, or the run will say so
    }
  });
  const code = cells.join('\n');
  const lib = dropForeignSizes(bundle(importsOf(sources), root), code);
  const hash = createHash('sha256').update(code).update('\0').update(lib);
  for (const data of filesIn(code + lib, root)) {
    hash.update(`\0${path.relative(root, data)}\0`).update(fs.readFileSync(data));
  }
  if (notebook.language === 'pt') hash.update(portugueseOf(notebook, code + lib, root));
  return hash.digest('hex').slice(0, 16);
}

if (require.main === module) console.log(sourcesHash(path.resolve(process.argv[2])));
