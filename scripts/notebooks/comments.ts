// Comments of a cell: in the Portuguese edition they are translated, and the code around them is the same.

import ts from 'typescript';
import { MAX_COLUMNS } from './rules';

interface Comment {
  start: number;
  end: number;
  /** Without its marks, on one line: what it is translated by. */
  key: string;
  kind: 'line' | 'block';
  indent: string;
}

/** Where the trivia of the code are: all that stands between its tokens. */
function gaps(source: string): [start: number, end: number][] {
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.ES2022, true);
  const found: [number, number][] = [];
  const visit = (node: ts.Node): void => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode)
      return;
    const children = node.getChildren(file);
    if (children.length > 0) children.forEach(visit);
    else found.push([node.pos, node.getStart(file)]);
  };
  visit(file);
  return found;
}

/** A cell's code without comments and layout, to compare it with another's. */
export function codeAlone(source: string): string {
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.ES2022, true);
  return gaps(source)
    .map(([, start], i, all) => source.slice(start, all[i + 1]?.[0] ?? file.end))
    .join('\n');
}

const blockText = (text: string) =>
  text
    .replace(/^\/\*\*?|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .filter(Boolean)
    .join(' ');

/** The comments of a cell that say something; lines below each other are one, but for a new claim. */
export function commentsOf(source: string): Comment[] {
  const found: Comment[] = [];
  for (const [from, to] of gaps(source)) {
    for (const { 0: text, index = 0 } of source.slice(from, to).matchAll(/\/\/.*|\/\*[^]*?\*\//g)) {
      const start = from + index;
      const before = source.slice(source.lastIndexOf('\n', start - 1) + 1, start);
      const indent = before.trim() === '' ? before : '';
      const isLine = text.startsWith('//');
      const key = isLine ? text.slice(2).trim() : blockText(text);
      const last = found.at(-1);
      const follows =
        last && /^\n[ ]*$/.test(source.slice(last.end, start)) && last.kind === 'line';
      const ownLine = before.trim() === '';
      if (
        isLine &&
        ownLine &&
        follows &&
        isOwnLine(source, last) &&
        !/^(Claim:|Found\b)/.test(key)
      ) {
        last.key = `${last.key} ${key}`;
        last.end = start + text.length;
      } else {
        found.push({
          start,
          end: start + text.length,
          key,
          kind: isLine ? 'line' : 'block',
          indent,
        });
      }
    }
  }
  return found.filter(({ key }) => /\p{L}{2}/u.test(key) && !/^@ts-|^eslint-|^prettier-/.test(key));
}

const isOwnLine = (source: string, { start }: Comment) =>
  source.slice(source.lastIndexOf('\n', start - 1) + 1, start).trim() === '';

function wrapped(text: string, width: number): string[] {
  if (text.includes('\n')) return text.split('\n');
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (longer.length > width && lines.at(-1)) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function written(comment: Comment, text: string, alone: boolean): string {
  const { kind, indent } = comment;
  if (kind === 'line') {
    const lines = alone ? wrapped(text, MAX_COLUMNS - indent.length - 3) : [text];
    return lines.map((line) => `// ${line}`).join(`\n${indent}`);
  }
  const one = `/** ${text} */`;
  if (indent.length + one.length <= MAX_COLUMNS) return one;
  const lines = wrapped(text, MAX_COLUMNS - indent.length - 3).map((line) => `${indent} * ${line}`);
  return `/**\n${lines.join('\n')}\n${indent} */`;
}

/** A cell with its comments translated; those without a translation stay as they are. */
export function translateComments(source: string, texts: Readonly<Record<string, string>>): string {
  return commentsOf(source).reduceRight((code, comment) => {
    const text = texts[comment.key];
    if (!text || text === comment.key) return code;
    const { start, end } = comment;
    return (
      code.slice(0, start) + written(comment, text, isOwnLine(source, comment)) + code.slice(end)
    );
  }, source);
}
