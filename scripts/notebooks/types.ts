// Checks the types of the notebooks, and of `lib`, with the compiler that tslab runs them through: it
// is older than the project's own and resolves modules in another way. The cells of a notebook form
// one module, as they share their names in the kernel.

import fs from 'node:fs';
import path from 'node:path';
import ts from '@tslab/typescript-for-tslab';
import { ROOT, type Notebook } from './cells';
import type { Finding } from './rules';

/** Of the compiler's remarks on unused names, those about imports count; a cell may define for show. */
const UNUSED = [6133, 6192, 6196, 6138, 6198];

interface Module {
  text: string;
  /** The line at which each cell starts. */
  starts: { cell: Notebook['cells'][number] & { number: number }; line: number }[];
}

function moduleOf(notebook: Notebook): Module {
  const lines: string[] = [];
  const starts: Module['starts'] = [];
  for (const [i, cell] of notebook.cells.entries()) {
    if (cell.type !== 'code' || cell.tags.includes('raises-exception')) continue;
    starts.push({ cell: { ...cell, number: i + 1 }, line: lines.length });
    // A cell may end, or begin, with an expression: a semicolon divides them.
    lines.push(...cell.source.split('\n'), ';');
  }
  lines.push('export {};');
  return { text: lines.join('\n'), starts };
}

const isImport = (node: ts.Node | undefined): boolean =>
  node !== undefined && (ts.isImportDeclaration(node) || isImport(node.parent));

function nodeAt(file: ts.SourceFile, position: number): ts.Node {
  const visit = (node: ts.Node): ts.Node =>
    ts.forEachChild(node, (child) =>
      child.getStart(file) <= position && position < child.end ? visit(child) : undefined,
    ) ?? node;
  return visit(file);
}

/** As tslab sets them, and stricter: what this accepts, a kernel accepts too. */
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  module: ts.ModuleKind.ESNext, // with top-level await
  moduleResolution: ts.ModuleResolutionKind.Node10,
  esModuleInterop: true,
  resolveJsonModule: true,
  strict: true,
  noUnusedLocals: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  skipLibCheck: true,
  types: ['node'],
  noEmit: true,
};

/** The files of `lib` that a kernel may load. */
export function libraryFiles(root = ROOT): string[] {
  const folder = path.join(root, 'lib');
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /(?<!\.test|\.d)\.ts$/.test(name))
    .map((name) => path.join(folder, name));
}

/**
 * Type errors, unused imports, and names that two cells define.
 *
 * @param library files to check beside the notebooks
 */
export function checkTypes(
  notebooks: readonly Notebook[],
  { root = ROOT, library = [] }: { root?: string; library?: readonly string[] } = {},
): Finding[] {
  // In the root, as the kernel sees them: './lib/model'.
  const modules = new Map<string, { notebook: Notebook; module: Module }>();
  for (const notebook of notebooks) {
    const name = `.cells-${notebook.name.replace(/\W/g, '-')}.ts`;
    modules.set(path.join(root, name), { notebook, module: moduleOf(notebook) });
  }
  const host = ts.createCompilerHost(OPTIONS, true);
  const { readFile, fileExists } = host;
  host.readFile = (file) => modules.get(path.normalize(file))?.module.text ?? readFile(file);
  host.fileExists = (file) => modules.has(path.normalize(file)) || fileExists(file);

  const program = ts.createProgram([...modules.keys(), ...library], OPTIONS, host);
  const problemsIn = (source: ts.SourceFile) => [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ];
  const ofCells = [...modules].flatMap(([file, { notebook, module }]) => {
    const source = program.getSourceFile(file)!;
    return problemsIn(source).flatMap(({ code, start = 0, messageText }): Finding[] => {
      if (UNUSED.includes(code) && !isImport(nodeAt(source, start))) return [];
      const { line, character } = source.getLineAndCharacterOfPosition(start);
      const at = module.starts.filter((each) => each.line <= line).pop();
      const text = ts.flattenDiagnosticMessageText(messageText, '\n  ');
      const place = at ? `${line - at.line + 1}:${character + 1}: ` : '';
      return [{ notebook: notebook.name, cell: at?.cell, message: `${place}${text} (TS${code})` }];
    });
  });
  const ofLibrary = library.flatMap((file) => {
    const source = program.getSourceFile(file)!;
    return problemsIn(source).map(({ code, start = 0, messageText }): Finding => {
      const { line, character } = source.getLineAndCharacterOfPosition(start);
      const text = ts.flattenDiagnosticMessageText(messageText, '\n  ');
      const message = `${line + 1}:${character + 1}: ${text} (TS${code}, by tslab's compiler)`;
      return { notebook: path.relative(root, file), message };
    });
  });
  return [...ofCells, ...ofLibrary];
}
