// What a notebook must be: shape, links, plots that are described and read, exercises with checks.

import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import type { Cell, Notebook } from './cells';
import { beyondMeasuring } from './measured';

/** A fault: which notebook, which cell (its number from 1 and its id), and what to do. */
export interface Finding {
  notebook: string;
  cell?: { id: string; number: number };
  message: string;
  /** Only a new run of the notebook fixes it. */
  needsRun?: boolean;
  /** The Portuguese edition has to follow the English one. */
  follows?: boolean;
}

export const MAX_LINES = 40;
export const MAX_COLUMNS = 100;
export const MAX_BYTES = 330_000;
const PLOTLY = 'application/vnd.plotly.v1+json';

type Numbered = Cell & { number: number };
type Book = Omit<Notebook, 'cells'> & { cells: readonly Numbered[] };
type Report = (message: string, cell?: Numbered, needsRun?: boolean) => void;

/** Markdown without its code blocks and `code`, in which `#` and brackets mean nothing. */
const prose = (source: string) =>
  source.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '``');

const headings = (source: string) =>
  [...prose(source).matchAll(/^(#{1,6})\s+(.*)$/gm)].map(([, marks, text]) => ({
    level: marks.length,
    text,
  }));

const hasPlot = (cell: Cell) =>
  cell.type === 'code' &&
  (cell.outputs.some((output) => output.data?.[PLOTLY]) ||
    /^(?!\s*\/\/).*\b(plot|linePlot|barPlot|heatmap|livePlot)\(/m.test(cell.source));

function checkHeadings({ cells }: Book, report: Report): void {
  let last = 0;
  let titles = 0;
  for (const cell of cells.filter(({ type }) => type === 'markdown')) {
    for (const { level, text } of headings(cell.source)) {
      if (level === 1 && ++titles > 1) report(`a second title: "# ${text}"; one is allowed`, cell);
      if (last === 0 && level > 1) report('the first heading must be the title, with one #', cell);
      if (level > last + 1 && last > 0) {
        report(`"${text}" has level ${level} under level ${last}: no level may be left out`, cell);
      }
      last = level;
    }
  }
  if (titles === 0) report('has no title: a heading with one #');
}

/** The words by which readers, and these rules, find their way. */
const WORDS = {
  en: {
    goals: 'Afterwards you can',
    time: 'Time',
    minutes: 'minutes',
    needs: 'You need',
    exercise: 'Exercise',
    clinic: 'the clinic',
  },
  pt: {
    goals: 'Ao terminar, você consegue',
    time: 'Tempo',
    minutes: 'minutos',
    needs: 'Você precisa de',
    exercise: 'Exercício',
    clinic: 'a clínica',
  },
} as const;

function checkOpening({ cells, language }: Book, report: Report): void {
  const first = cells[0];
  const opening = first?.type === 'markdown' ? first.source : '';
  const { goals, time, minutes, needs } = WORDS[language];
  const says = (words: string, then = '') =>
    new RegExp(`\\*\\*${words}:?\\*\\*${then}`).test(opening);
  if (!says(goals) || !/^- /m.test(opening)) {
    report(`the first cell must list the goals, under **${goals}**`, first);
  }
  if (!says(time, `.*\\b\\d+ ${minutes}`)) {
    report(`the first cell must say how long it takes: **${time}**: … 60 ${minutes} …`, first);
  }
  if (!says(needs)) {
    report(`the first cell must say what is needed before: **${needs}**: …`, first);
  }
}

function checkCells(cells: readonly Numbered[], report: Report): void {
  const ids = new Map<string, number>();
  for (const cell of cells) {
    if (ids.has(cell.id)) report(`has the id of cell ${ids.get(cell.id)}`, cell);
    ids.set(cell.id, cell.number);
    if (cell.source.trim() === '') report('is empty', cell);
    if (cell.type !== 'code') continue;
    const lines = cell.source.split('\n');
    if (lines.length > MAX_LINES) {
      report(`has ${lines.length} lines; at most ${MAX_LINES}: divide it`, cell);
    }
    const long = lines.findIndex((line) => [...line].length > MAX_COLUMNS);
    if (long >= 0) {
      report(
        `line ${long + 1} has ${[...lines[long]].length} columns; at most ${MAX_COLUMNS}`,
        cell,
      );
    }
    if (cell.leftovers.length > 0) {
      report(`holds ${cell.leftovers.join(', ')}: run ./gpt notebooks clean`, cell);
    }
  }
}

/** What a cell may import beside `./lib/…`: all else that a browser lacks is behind `lib`. */
const PACKAGES = ['node:assert', 'node:assert/strict', 'danfojs-node', 'js-tiktoken'];

function checkImports(cells: readonly Numbered[], report: Report): void {
  for (const cell of cells.filter(({ type }) => type === 'code')) {
    // The last argument finds require(…) too.
    for (const { fileName } of ts.preProcessFile(cell.source, true, true).importedFiles) {
      if (fileName.startsWith('./lib/') || PACKAGES.includes(fileName)) continue;
      report(`imports ${fileName}; cells import ./lib/…, ${PACKAGES.join(', ')}`, cell);
    }
  }
}

/** What `outputs.py` writes into an image: PNG keeps the name of a field and its text as they are. */
const MARK = 'Software\0gpt-in-typescript';
const isOurs = (png: string): boolean => Buffer.from(png, 'base64').includes(MARK);

const HOMES =
  /(?<![\w.:/-])\/(?:home|Users|root|tmp|work|private|mnt|var\/folders)\/[\w.-]+|\b[A-Z]:\\\w+/;

function checkPaths(cells: readonly Numbered[], report: Report): void {
  for (const cell of cells) {
    for (const text of [cell.source, ...cell.outputs.map((output) => JSON.stringify(output))]) {
      const found = HOMES.exec(text);
      if (found) report(`holds the path of one machine: ${found[0]}`, cell);
    }
  }
}

const isEnglishChapter = (file: string) =>
  file.endsWith('.ipynb') && !file.split(path.sep).includes('pt');

function checkLinks({ path: file, cells, language }: Book, report: Report) {
  for (const cell of cells.filter(({ type }) => type === 'markdown')) {
    const text = prose(cell.source);
    for (const [, mark, label, target] of text.matchAll(/(!?)\[([^\]]*)\]\(([^)\s]+)[^)]*\)/g)) {
      if (mark && label.trim() === '') report(`the image ${target} has no alt text`, cell);
      if (/^(https?:|mailto:|#|data:|attachment:)/.test(target)) continue;
      const linked = path.resolve(path.dirname(file), decodeURI(target.split('#')[0]));
      if (!fs.existsSync(linked)) report(`links to ${target}, which does not exist`, cell);
      if (language === 'pt' && cell.number > 1 && isEnglishChapter(linked)) {
        report(`links to ${target}, the English edition`, cell);
      }
    }
    for (const [tag] of text.matchAll(/<img\b[^>]*>/g)) {
      if (!/\balt="[^"]+"/.test(tag)) report('has an image without alt text', cell);
    }
  }
}

function checkPlots(cells: readonly Numbered[], report: Report): void {
  for (const [i, cell] of cells.entries()) {
    for (const { data, metadata } of cell.outputs) {
      if (!data?.[PLOTLY]) continue;
      if (!String(metadata?.alt ?? '').trim()) report('shows a plot without alt text', cell);
      if (!data['image/png']) {
        report('shows a plot without its static image: ./gpt notebooks clean', cell, true);
      } else if (!isOurs(String(data['image/png']))) {
        report("holds JupyterLab's image of a plot: run ./gpt notebooks clean", cell);
      }
    }
    if (!hasPlot(cell)) continue;
    // Words before the next heading, and before the code that follows the next cell.
    const words = cells.slice(i + 1, i + 3).find(({ type }) => type === 'markdown')?.source ?? '';
    if (words.split(/^#/m)[0].trim() === '') {
      report('shows a plot, and no words after it say what to notice', cell);
    }
  }
}

function checkMeasured(cells: readonly Numbered[], report: Report): void {
  for (const cell of cells.filter(({ tags }) => tags.includes('measured'))) {
    for (const message of beyondMeasuring(cell.outputs)) {
      report(`is tagged "measured" and ${message}: that goes into a cell without the tag`, cell);
    }
  }
}

function checkExercises({ path: file, cells, language }: Book, report: Report) {
  const name = path.basename(file);
  const chapter = name.slice(0, 2);
  const { exercise, clinic } = WORDS[language];
  const heading = new RegExp(`^### ${exercise} (\\S+?): (.*)$`, 'm');
  const places = cells.flatMap((cell, i) => {
    const found = heading.exec(cell.type === 'markdown' ? cell.source : '');
    return found ? [{ cell, i, number: found[1], title: found[2] }] : [];
  });
  const { length } = places.filter(({ title }) => title !== clinic);
  if (length < 3 || length > 5) {
    const form = `### ${exercise} ${Number(chapter)}.1: …`;
    report(`has ${length} exercises ("${form}") beside "${clinic}"; expected 3 to 5`);
  }
  const solutions = path.join(path.dirname(file), 'solutions', name);
  const solved = fs.existsSync(solutions) ? fs.readFileSync(solutions, 'utf8') : '';
  if (!solved) report(`has no solutions/${name}`);
  for (const { cell, i, number } of places) {
    const next = places.find((place) => place.i > i)?.i ?? cells.length;
    const codes = cells.slice(i + 1, next).filter(({ type }) => type === 'code');
    if (!codes.some(({ source }) => source.includes(`chapter${chapter}.`))) {
      report(`exercise ${number} has no check: call chapter${chapter}.… of lib/exercises`, cell);
    }
    if (solved && !solved.includes(number)) {
      report(`exercise ${number} has no solution in solutions/${name}`, cell);
    }
  }
}

/** What is wrong with a notebook, apart from its types and its claims. */
export function lint(notebook: Notebook): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (message, cell, needsRun) =>
    void findings.push({ notebook: notebook.name, cell, message, needsRun });
  const cells = notebook.cells.map((cell, i) => ({ ...cell, number: i + 1 }));
  const numbered = { ...notebook, cells };
  checkHeadings(numbered, report);
  checkCells(cells, report);
  checkPaths(cells, report);
  checkImports(cells, report);
  checkLinks(numbered, report);
  checkPlots(cells, report);
  checkMeasured(cells, report);
  if (!notebook.isSolution) {
    checkOpening(numbered, report);
    checkExercises(numbered, report);
  }
  if (notebook.bytes > MAX_BYTES) {
    report(
      `has ${notebook.bytes.toLocaleString('en')} bytes; at most ${MAX_BYTES.toLocaleString('en')}`,
    );
  }
  return findings;
}
