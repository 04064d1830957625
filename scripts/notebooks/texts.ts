// The texts that the cells of a notebook show: sentences of `print` and `phrase`, titles, axes, legends,
// heads and cells of tables, descriptions of plots, and comments. Each has its Portuguese in
// notebooks/pt/texts, in one table for a chapter and its solutions.

import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { readNotebook, ROOT, type Cell, type Notebook } from './cells';
import { commentsOf } from './comments';
import type { Finding } from './rules';

export type Texts = Readonly<Record<string, string>>;

/** The table of a chapter and its solutions. */
export const textsFile = (notebook: string, root = ROOT): string =>
  path.join(root, 'notebooks', 'pt', 'texts', `${path.basename(notebook, '.ipynb')}.json`);

/** A chapter's texts, Portuguese by English; undefined where its cells are not translated. */
export function readTexts(notebook: string, root = ROOT): Texts | undefined {
  const file = textsFile(notebook, root);
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Texts) : undefined;
}

type Numbered = { id: string; number: number };

export interface Found {
  /** What is shown, and the cell that shows it first. */
  texts: Map<string, Numbered>;
  /** The same for comments, which the notebook shows and no run does. */
  comments: Map<string, Numbered>;
  /** What is shown in English whatever the table says, and why. */
  problems: { cell: Numbered; message: string }[];
}

/** What of an expression's value is shown. */
type Part =
  /** A string, or those in a list, or the values of an object. */
  | 'words'
  /** The names of an object's properties too, as heads of columns or names of curves. */
  | 'names'
  /** The names only: what they stand for is data. */
  | 'labels'
  /** The options of a display. */
  | 'options'
  /** Plotly's own data or layout. */
  | 'figure';

const OPTIONS = /^(alt|title|xaxis|yaxis|panels|rows|columns|rowLabels|caption|label|legend)$/;
const FIGURE = /^(name|text|title|ticktext|customdata|labels|hovertemplate|texttemplate)$/;
/** What each display shows of its arguments. */
const DISPLAYS: Record<string, (Part | undefined)[]> = {
  plot: ['figure', 'options'],
  linePlot: ['names', 'options'],
  barPlot: ['words', 'names', 'options'],
  heatmap: [undefined, 'options'],
  livePlot: ['options'],
  table: ['names', 'options'],
  showTokens: ['labels', 'options'],
  tokenGrid: [undefined, 'options'],
  progress: [undefined, 'options'],
  show: [undefined, 'words'],
  phrase: ['words', 'words'],
  print: ['words', 'words'],
};
const partsOf = (name: string) => (Object.hasOwn(DISPLAYS, name) ? DISPLAYS[name] : []);
/** Methods whose result is made of their callback's results, or of what they are called on. */
const MAPPED = ['map', 'flatMap', 'from', 'tidy'];
const PASSED =
  'filter slice sort reverse toSorted toReversed flat concat entries values fromEntries at find'.split(
    ' ',
  );

const nameOf = (name: ts.Node) => name.getText().replace(/^['"]|['"]$/g, '');
const isProperty = (
  node: ts.Node,
): node is ts.PropertyAssignment | ts.ShorthandPropertyAssignment =>
  ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node);
const hasWords = (text: string) => /\p{L}{2}/u.test(text);
const isString = (node: ts.Node): node is ts.StringLiteralLike => ts.isStringLiteralLike(node);

function unwrap(node: ts.Expression): ts.Expression {
  while (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isAwaitExpression(node) ||
    ts.isSatisfiesExpression(node)
  ) {
    node = node.expression;
  }
  return node;
}

/** A string that stands there, in one piece or in several with `+` between. */
function literal(expression: ts.Expression): string | undefined {
  const node = unwrap(expression);
  if (isString(node)) return node.text;
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) {
    return undefined;
  }
  const [left, right] = [node.left, node.right].map(literal);
  return left === undefined || right === undefined ? undefined : left + right;
}

/** What a function returns. */
function returnsOf(fn: ts.Node): ts.Expression[] {
  if (!ts.isFunctionLike(fn)) return [];
  const { body } = fn as ts.ArrowFunction;
  if (!body) return [];
  if (!ts.isBlock(body)) return [body];
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression) found.push(node.expression);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found;
}

/** The steps into a value that lead to a name: indices and properties, `[{ label }]` is 0, 'label'. */
function stepsTo(binding: ts.BindingName, name: string): (number | string)[] | undefined {
  if (ts.isIdentifier(binding)) return binding.text === name ? [] : undefined;
  for (const [i, element] of binding.elements.entries()) {
    if (ts.isOmittedExpression(element)) continue;
    const rest = stepsTo(element.name, name);
    if (!rest) continue;
    const own = element.propertyName ?? element.name;
    const step = ts.isArrayBindingPattern(binding) ? i : nameOf(own);
    return [step, ...rest];
  }
  return undefined;
}

/** Reads the texts of some cells, which share their names as in the kernel. */
class Reader {
  readonly found: Found = { texts: new Map(), comments: new Map(), problems: [] };
  private readonly file: ts.SourceFile;
  private readonly starts: { cell: Numbered; from: number }[] = [];
  private readonly seen = new Set<string>();
  /** By the name of the function. */
  private readonly calls = new Map<string, ts.CallExpression[]>();
  /** What is put into a list later, by the list's name. */
  private readonly pushed = new Map<string, ts.Expression[]>();

  constructor(cells: readonly Cell[]) {
    let text = '';
    for (const [i, cell] of cells.entries()) {
      if (cell.type !== 'code') continue;
      this.starts.push({ cell: { id: cell.id, number: i + 1 }, from: text.length });
      text += `${cell.source}\n;\n`;
    }
    this.file = ts.createSourceFile('cells.ts', text, ts.ScriptTarget.ES2022, true);
    const index = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
        const { text: name } = node.expression;
        this.calls.set(name, [...(this.calls.get(name) ?? []), node]);
      } else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
        const { name, expression } = node.expression;
        const list = expression.getText();
        if (name.text === 'push') {
          this.pushed.set(list, [...(this.pushed.get(list) ?? []), ...node.arguments]);
        }
      }
      ts.forEachChild(node, index);
    };
    index(this.file);
    this.visit(this.file);
    for (const [i, { cell }] of this.starts.entries()) {
      const source = text.slice(this.starts[i].from, this.starts[i + 1]?.from);
      for (const { key } of commentsOf(source)) {
        if (!this.found.comments.has(key)) this.found.comments.set(key, cell);
      }
    }
  }

  private cellOf(node: ts.Node): Numbered {
    return this.starts.filter(({ from }) => from <= node.getStart(this.file)).at(-1)!.cell;
  }

  private add(text: string, cell: Numbered): void {
    if (hasWords(text) && !this.found.texts.has(text)) this.found.texts.set(text, cell);
  }

  private report(node: ts.Node, message: string): void {
    const cell = this.cellOf(node);
    const { problems } = this.found;
    if (problems.some((each) => each.cell.id === cell.id && each.message === message)) return;
    problems.push({ cell, message });
  }

  private visit(node: ts.Node): void {
    if (ts.isCallExpression(node)) this.call(node);
    ts.forEachChild(node, (child) => this.visit(child));
  }

  private call({ expression, arguments: args }: ts.CallExpression): void {
    if (ts.isIdentifier(expression)) {
      const parts = partsOf(expression.text);
      parts.forEach((part, i) => part && args[i] && this.read(args[i], part));
      if (expression.text === 'show' && args[0]) this.markup(args[0]);
      return;
    }
    if (!ts.isPropertyAccessExpression(expression)) return;
    const { name, expression: of } = expression;
    if (of.getText() === 'console') {
      for (const argument of args) this.printed(argument);
      return;
    }
    if (!ts.isIdentifier(of)) return;
    const made = this.definitions(of).map(unwrap);
    const isMadeBy = (maker: string) =>
      made.some((each) => ts.isCallExpression(each) && each.expression.getText() === maker);
    if (name.text === 'add' && args[1] && isMadeBy('livePlot')) this.read(args[1], 'labels');
    if (isMadeBy('progress')) {
      const notes = name.text === 'update' ? args.slice(1) : args.slice(0, 1);
      if (['update', 'finish'].includes(name.text))
        notes.forEach((note) => this.read(note, 'words'));
    }
  }

  /** `console.log` prints English whatever the language. */
  private printed(argument: ts.Expression): void {
    const node = unwrap(argument);
    const parts: string[] = [];
    if (isString(node)) parts.push(node.text);
    else if (ts.isTemplateExpression(node)) {
      parts.push(node.head.text, ...node.templateSpans.map(({ literal }) => literal.text));
      node.templateSpans.forEach(({ expression }) => this.printed(expression));
    } else if (ts.isBinaryExpression(node))
      [node.left, node.right].forEach((each) => this.printed(each));
    else if (ts.isConditionalExpression(node)) {
      [node.whenTrue, node.whenFalse].forEach((each) => this.printed(each));
    } else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      if (/^(pad|trim|repeat)/.test(node.expression.name.text))
        this.printed(node.expression.expression);
    }
    const words = parts.find(hasWords);
    if (words)
      this.report(node, `prints "${words.trim()}" in English: print('…', { … }) of lib/language`);
  }

  /** `html` shows its own words as they are. */
  private markup(argument: ts.Expression): void {
    const node = unwrap(argument);
    if (!ts.isTaggedTemplateExpression(node)) return;
    const { template } = node;
    const parts = ts.isTemplateExpression(template)
      ? [template.head.text, ...template.templateSpans.map(({ literal }) => literal.text)]
      : [template.text];
    const words = parts
      .join('…')
      .replace(/<[^>]*>/g, ' ')
      .replace(/&\w+;/g, ' ')
      .replace(/\s+/g, ' ');
    if (hasWords(words)) this.report(node, `shows "${words.trim()}" in English: \${phrase('…')}`);
  }

  /** The expressions that a name may stand for. */
  private definitions(name: ts.Identifier): ts.Expression[] {
    for (let node: ts.Node = name.parent; node; node = node.parent) {
      if (ts.isFunctionLike(node)) {
        const parameter = node.parameters.find((each) => stepsTo(each.name, name.text));
        if (parameter) return this.passedTo(node, parameter, name.text);
      }
      if (ts.isForOfStatement(node) && ts.isVariableDeclarationList(node.initializer)) {
        const steps = stepsTo(node.initializer.declarations[0].name, name.text);
        if (steps)
          return this.elements(node.expression).flatMap((each) => this.follow(each, steps));
      }
      if (ts.isBlock(node) || ts.isSourceFile(node)) {
        const found = this.declared(node.statements, name.text);
        if (found) return found;
      }
    }
    return [];
  }

  private declared(statements: readonly ts.Statement[], name: string): ts.Expression[] | undefined {
    for (const statement of [...statements].reverse()) {
      if (ts.isFunctionDeclaration(statement) && statement.name?.text === name) {
        return [statement as unknown as ts.Expression];
      }
      if (!ts.isVariableStatement(statement)) continue;
      for (const { name: binding, initializer } of statement.declarationList.declarations) {
        const steps = stepsTo(binding, name);
        if (steps) return initializer ? this.follow(initializer, steps) : [];
      }
    }
    return undefined;
  }

  /** What a function gets where it is called; a callback, the elements of the list. */
  private passedTo(fn: ts.Node, parameter: ts.ParameterDeclaration, name: string): ts.Expression[] {
    if (!ts.isFunctionLike(fn)) return [];
    const call = fn.parent;
    const index = fn.parameters.indexOf(parameter);
    const steps = stepsTo(parameter.name, name)!;
    const own = ts.isVariableDeclaration(call) ? call.name : fn.name;
    if (own) {
      const passed = (this.calls.get(own.getText()) ?? []).flatMap(
        ({ arguments: args }) => args[index] ?? [],
      );
      return passed.flatMap((each) => this.follow(each, steps));
    }
    if (index > 0 || !ts.isCallExpression(call)) return [];
    const list = ts.isPropertyAccessExpression(call.expression) && call.expression.expression;
    if (!list) return [];
    return this.elements(list).flatMap((each) => this.follow(each, steps));
  }

  private elements(list: ts.Expression): ts.Expression[] {
    const node = unwrap(list);
    if (ts.isArrayLiteralExpression(node)) {
      return node.elements.flatMap((each) =>
        ts.isSpreadElement(each) ? this.elements(each.expression) : each,
      );
    }
    if (ts.isIdentifier(node)) {
      return this.guarded(node, 'elements', () => [
        ...this.definitions(node).flatMap((each) => this.elements(each)),
        ...(this.pushed.get(node.text) ?? []),
      ]);
    }
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression;
      if (node.expression.getText() === 'Object.entries' && node.arguments[0]) {
        return this.properties(node.arguments[0]) as unknown as ts.Expression[];
      }
      if (PASSED.includes(name.text)) {
        const of = expression.getText() === 'Object' ? node.arguments[0] : expression;
        return of ? this.elements(of) : [];
      }
      const callback = node.arguments.at(-1);
      if (MAPPED.includes(name.text) && callback) {
        const returned = this.returns(callback);
        return name.text === 'tidy' ? returned.flatMap((each) => this.elements(each)) : returned;
      }
    }
    return [];
  }

  /** What a function returns that stands there or has a name. */
  private returns(fn: ts.Expression): ts.Expression[] {
    const node = unwrap(fn);
    if (!ts.isIdentifier(node)) return returnsOf(node);
    return this.guarded(node, 'returns', () =>
      this.definitions(node).flatMap((each) => returnsOf(unwrap(each))),
    );
  }

  /** The properties of an object, which `Object.entries` makes pairs of. */
  private properties(object: ts.Expression): readonly ts.ObjectLiteralElementLike[] {
    const node = unwrap(object);
    if (ts.isObjectLiteralExpression(node)) return node.properties;
    if (ts.isCallExpression(node)) {
      return this.returns(node.expression).flatMap((each) => this.properties(each));
    }
    if (!ts.isIdentifier(node)) return [];
    return this.guarded(node, 'properties', () =>
      this.definitions(node).flatMap((each) => this.properties(each)),
    );
  }

  private follow(value: ts.Expression, steps: readonly (number | string)[]): ts.Expression[] {
    const node = unwrap(value);
    if (steps.length === 0) return [node];
    const [step, ...rest] = steps;
    if (ts.isIdentifier(node)) {
      return this.guarded(node, steps.join(), () =>
        this.definitions(node).flatMap((each) => this.follow(each, steps)),
      );
    }
    if (ts.isConditionalExpression(node)) {
      return [node.whenTrue, node.whenFalse].flatMap((each) => this.follow(each, steps));
    }
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      return this.returns(node.expression).flatMap((each) => this.follow(each, steps));
    }
    if (isProperty(node)) {
      if (step === 0) return [node];
      return ts.isPropertyAssignment(node) ? this.follow(node.initializer, rest) : [];
    }
    if (typeof step === 'number') {
      const element = ts.isArrayLiteralExpression(node) ? node.elements[step] : undefined;
      if (element) return this.follow(element, rest);
      return this.elements(node).flatMap((each) => this.follow(each, rest));
    }
    if (!ts.isObjectLiteralExpression(node)) return [];
    return node.properties.flatMap((property) => {
      if (!property.name || nameOf(property.name) !== step) return [];
      if (ts.isPropertyAssignment(property)) return this.follow(property.initializer, rest);
      return ts.isShorthandPropertyAssignment(property) ? this.follow(property.name, rest) : [];
    });
  }

  /** A name that stands for itself ends here. */
  private guarded<Result>(node: ts.Node, what: string, then: () => Result[]): Result[] {
    const key = `${node.pos} ${what}`;
    if (this.seen.has(key)) return [];
    this.seen.add(key);
    const result = then();
    this.seen.delete(key);
    return result;
  }

  /** Takes the texts out of an expression's value. */
  private read(expression: ts.Expression, part: Part): void {
    const node = unwrap(expression);
    const all = (each: readonly ts.Expression[], as = part) =>
      each.forEach((one) => this.read(one, as));
    const text = literal(node);
    if (text !== undefined) {
      if (part === 'words' || part === 'names') this.add(text, this.cellOf(node));
    } else if (ts.isTemplateExpression(node)) {
      const parts = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
      if (part === 'words' || part === 'names') this.assembled(node, parts);
    } else if (ts.isBinaryExpression(node)) {
      if (node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
        this.assembled(
          node,
          [node.left, node.right].map((each) => (isString(each) ? each.text : '')),
        );
      } else all([node.left, node.right]);
    } else if (ts.isPropertyAccessExpression(node)) {
      this.guarded(node, part, () => (all(this.follow(node.expression, [node.name.text])), []));
    } else if (isProperty(node)) {
      if (node.name && part !== 'labels') this.add(nameOf(node.name), this.cellOf(node));
    } else if (ts.isConditionalExpression(node)) all([node.whenTrue, node.whenFalse]);
    else if (ts.isArrayLiteralExpression(node)) {
      if (part !== 'labels')
        all(node.elements.map((each) => (ts.isSpreadElement(each) ? each.expression : each)));
    } else if (ts.isObjectLiteralExpression(node)) this.object(node, part);
    else if (ts.isIdentifier(node)) {
      this.guarded(node, part, () => {
        all(this.definitions(node));
        if (part !== 'labels') all(this.pushed.get(node.text) ?? []);
        return [];
      });
    } else if (ts.isCallExpression(node)) this.result(node, part);
    else if (ts.isFunctionLike(node)) all(returnsOf(node));
  }

  private assembled(node: ts.Node, parts: readonly string[]): void {
    const words = parts.find(hasWords)?.trim();
    if (words)
      this.report(
        node,
        `"${words}" is put together with values: phrase('…', { … }) of lib/language`,
      );
  }

  private result(node: ts.CallExpression, part: Part): void {
    const { expression, arguments: args } = node;
    if (ts.isIdentifier(expression)) {
      if (partsOf(expression.text).length > 0 || expression.text === 'byLanguage') return;
      this.guarded(node, part, () => {
        this.returns(expression).forEach((each) => this.read(each, part));
        return [];
      });
      return;
    }
    if (!ts.isPropertyAccessExpression(expression)) return;
    const { name, expression: of } = expression;
    if (MAPPED.includes(name.text)) {
      const callback = args.at(-1);
      if (callback) this.returns(callback).forEach((each) => this.read(each, part));
    } else if (PASSED.includes(name.text)) {
      const receiver = of.getText() === 'Object' ? args[0] : of;
      if (receiver) this.read(receiver, part);
      if (name.text === 'concat') args.forEach((each) => this.read(each, part));
    }
  }

  private object(node: ts.ObjectLiteralExpression, part: Part): void {
    const isFrame =
      part === 'names' && node.properties.some(({ name }) => name && nameOf(name) === 'values');
    for (const property of node.properties) {
      if (ts.isSpreadAssignment(property)) {
        this.read(property.expression, part);
        continue;
      }
      if (!property.name || ts.isComputedPropertyName(property.name)) continue;
      const name = nameOf(property.name);
      const value = ts.isPropertyAssignment(property)
        ? property.initializer
        : ts.isShorthandPropertyAssignment(property)
          ? property.name
          : undefined;
      if (isFrame && value && ['columns', 'values', 'index'].includes(name)) {
        this.read(value, 'words');
      } else if (part === 'names' || part === 'labels') {
        this.add(name, this.cellOf(property));
        if (part === 'names' && value) this.read(value, 'words');
      } else if (part === 'words' && value) this.read(value, 'words');
      else if (part === 'options' && value) {
        if (OPTIONS.test(name)) this.read(value, 'words');
        else if (name === 'layout') this.read(value, 'figure');
      } else if (part === 'figure' && value) {
        this.read(value, FIGURE.test(name) ? 'words' : 'figure');
      }
    }
  }
}

/** The texts of a notebook's cells. */
export const textsOf = (cells: readonly Cell[]): Found => new Reader(cells).found;

/** The notebooks that one table serves: a chapter and its solutions. */
function served(notebook: Notebook): Notebook[] {
  if (notebook.isSolution) return [notebook];
  const { dir, base } = path.parse(notebook.path);
  const solutions = path.join(dir, 'solutions', base);
  return fs.existsSync(solutions) ? [notebook, readNotebook(solutions)] : [notebook];
}

/** The table in the order of the cells, with an empty place for what is missing. */
export function orderTexts(notebook: Notebook, table: Texts): Texts {
  const found = served(notebook).map(({ cells }) => textsOf(cells));
  const keys = found.flatMap(({ texts, comments }) => [...texts.keys(), ...comments.keys()]);
  const all = new Set([...keys, ...Object.keys(table)]);
  return Object.fromEntries([...all].map((key) => [key, table[key] ?? '']));
}

/** The names of the values in a sentence, in an order that does not depend on the language. */
const valuesIn = (text: string) =>
  [...text.matchAll(/\{(\w+)[^{}]*\}/g)]
    .map(([, name]) => name)
    .sort()
    .join();

/** Where the Portuguese of a notebook's cells is missing, of other values, or of no use any more. */
export function checkTexts(notebook: Notebook, table: Texts): Finding[] {
  const findings: Finding[] = [];
  const { name } = notebook;
  const file = path.relative(ROOT, textsFile(notebook.path));
  const { texts, comments, problems } = textsOf(notebook.cells);
  for (const { cell, message } of problems) findings.push({ notebook: name, cell, message });
  for (const [text, cell] of [...texts, ...comments]) {
    const translation = Object.hasOwn(table, text) ? table[text] : '';
    if (translation === '') {
      findings.push({ notebook: name, cell, message: `${file} lacks "${text}"`, follows: true });
    } else if (texts.has(text) && valuesIn(text) !== valuesIn(translation)) {
      findings.push({
        notebook: name,
        cell,
        message: `${file} has other values in "${translation}"`,
      });
    }
  }
  if (notebook.isSolution) return findings;
  const all = served(notebook).map(({ cells }) => textsOf(cells));
  for (const text of Object.keys(table)) {
    if (all.some((each) => each.texts.has(text) || each.comments.has(text))) continue;
    findings.push({
      notebook: name,
      message: `${file}: no cell says "${text}" any more`,
      follows: true,
    });
  }
  return findings;
}
