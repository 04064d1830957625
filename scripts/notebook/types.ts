// The TypeScript of all notebooks, checked in one go with the settings of `lib`: the cells of a
// notebook form one module, as they share their names in the kernel.

import path from 'node:path';
import ts from 'typescript';
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

/** Type errors, unused imports, and names that two cells define. */
export function checkTypes(notebooks: readonly Notebook[], root = ROOT): Finding[] {
  const config = ts.readConfigFile(path.join(root, 'tsconfig.json'), (file) =>
    ts.sys.readFile(file),
  );
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  // Top-level await, which the kernel's compiler allows.
  Object.assign(options, { module: ts.ModuleKind.ES2022, noUnusedParameters: false });
  options.noImplicitReturns = options.noImplicitReturns ?? true;

  // In the root, as the kernel sees them: './lib/model'.
  const modules = new Map<string, { notebook: Notebook; module: Module }>();
  for (const notebook of notebooks) {
    const name = `.cells-${notebook.name.replace(/\W/g, '-')}.ts`;
    modules.set(path.join(root, name), { notebook, module: moduleOf(notebook) });
  }
  const host = ts.createCompilerHost(options, true);
  const { readFile, fileExists } = host;
  host.readFile = (file) => modules.get(path.normalize(file))?.module.text ?? readFile(file);
  host.fileExists = (file) => modules.has(path.normalize(file)) || fileExists(file);

  const program = ts.createProgram([...modules.keys()], options, host);
  return [...modules].flatMap(([file, { notebook, module }]) => {
    const source = program.getSourceFile(file)!;
    const problems = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    return problems.flatMap(({ code, start = 0, messageText }): Finding[] => {
      if (UNUSED.includes(code) && !isImport(nodeAt(source, start))) return [];
      const { line, character } = source.getLineAndCharacterOfPosition(start);
      const at = module.starts.filter((each) => each.line <= line).pop();
      const text = ts.flattenDiagnosticMessageText(messageText, '\n  ');
      const place = at ? `${line - at.line + 1}:${character + 1}: ` : '';
      return [{ notebook: notebook.name, cell: at?.cell, message: `${place}${text} (TS${code})` }];
    });
  });
}
