// The Portuguese edition: which cell translates which, and what has to follow the English one.
//
// A prose cell keeps, in its metadata as `translates`, the hash of the English cell that it
// translates. Code cells are those of the English notebook with translated comments; their outputs
// come from a run in Portuguese. Where a chapter has no table of texts, both are copies.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { joined, parseNotebook, ROOT } from './cells';
import { codeAlone, translateComments } from './comments';
import { copiedHash } from './ownership';
import type { RawCell, RawNotebook } from './raw-notebook';
import type { Finding } from './rules';
import type { Texts } from './texts';

const HOME = path.join(ROOT, 'notebooks');

/** `notebooks/pt/x.ipynb` of `notebooks/x.ipynb`. */
export const portugueseFile = (english: string, home = HOME): string =>
  path.join(home, 'pt', path.relative(home, english));

export const readRaw = (file: string): RawNotebook | undefined =>
  fs.existsSync(file) ? parseNotebook<RawNotebook>(file, fs.readFileSync(file)) : undefined;

const lines = (text: string) => text.split(/(?<=\n)/);

/** 16 hexadecimal digits, those of an English cell of prose. */
export const proseHash = (source: string | string[]): string =>
  createHash('sha256').update(joined(source).trim()).digest('hex').slice(0, 16);

/** Messages of the exercises, Portuguese by English. */
function messages(): Record<string, string> {
  const folder = path.join(ROOT, 'lib', 'exercises', 'portuguese');
  const tables = fs.readdirSync(folder).map((name) => path.join(folder, name));
  return Object.assign({}, ...tables.map((file) => JSON.parse(fs.readFileSync(file, 'utf8'))));
}

/** Outputs as they are, but for the lines in which an exercise's check answers. */
function localised(outputs: RawCell['outputs'], known: Record<string, string>) {
  const line = (text: string) =>
    text.replace(/^([○✓] )(Right\. )?(.*)$/gm, (all, sign, right = '', message) => {
      const praise = right && known['Right. {0}'].replace('{0}', '');
      return known[message] ? sign + praise + known[message] : all;
    });
  return outputs?.map((output) =>
    output.text === undefined ? output : { ...output, text: lines(line(joined(output.text))) },
  );
}

/**
 * The Portuguese notebook after the English one: its cells and code, and the prose and outputs of
 * `before` where there are some. Prose that is yet to be translated is English, without a mark.
 *
 * @param texts what the cells say in Portuguese; without it outputs are copies too
 */
export function follow(english: RawNotebook, before?: RawNotebook, texts?: Texts): RawNotebook {
  const known = messages();
  const old = new Map(before?.cells.map((cell) => [cell.id, cell]));
  const cells = english.cells.map((cell): RawCell => {
    if (cell.cell_type === 'code' && texts) {
      const code = lines(translateComments(joined(cell.source), texts));
      return { ...cell, source: code, outputs: old.get(cell.id)?.outputs ?? [] };
    }
    if (cell.cell_type === 'code') return { ...cell, outputs: localised(cell.outputs, known) };
    const { source, attachments, metadata } = old.get(cell.id) ?? {};
    if (source === undefined) return cell;
    const translates = metadata?.translates;
    return {
      ...cell,
      source,
      ...(attachments && { attachments: { ...cell.attachments, ...attachments } }),
      metadata: { ...cell.metadata, ...(translates && { translates }) },
    };
  });
  const run = (texts ? before : english)?.metadata.gpt as object | undefined;
  const gpt = { ...run, copied: copiedHash({ ...english, cells }) };
  return { ...english, cells, metadata: { ...english.metadata, gpt } };
}

/** Marks all prose as a translation of the present English, but for what is still English. */
export function accept(english: RawNotebook, portuguese: RawNotebook): RawNotebook {
  const originals = new Map(english.cells.map((cell) => [cell.id, cell]));
  const cells = portuguese.cells.map((cell) => {
    const original = originals.get(cell.id);
    if (cell.cell_type === 'code' || !original) return cell;
    if (joined(cell.source) === joined(original.source)) return cell;
    const translates = proseHash(original.source);
    return { ...cell, metadata: { ...cell.metadata, translates } };
  });
  return { ...portuguese, cells };
}

/** What a run writes about itself, without the mark of `--update`. */
function ofTheRun({ metadata }: RawNotebook) {
  const gpt = { ...(metadata.gpt as object), copied: undefined };
  return { ...metadata, gpt };
}

const NOT_THE_CODE = 'the code is not that of the English notebook';

/** What in a Portuguese notebook does not follow the English one. */
export function compare(
  name: string,
  english: RawNotebook,
  portuguese: RawNotebook | undefined,
  texts?: Texts,
): Finding[] {
  const findings: Finding[] = [];
  const update = `./gpt translation --update ${path.basename(name, '.ipynb')}`;
  const report = (message: string, cell?: RawCell, number = 0) =>
    findings.push({
      notebook: `pt/${name}`,
      cell: cell && { id: cell.id, number },
      message,
      follows: true,
    });
  if (!portuguese) {
    report(`is missing: ${update}`);
    return findings;
  }
  const wanted = follow(english, portuguese, texts);
  const cells = new Map(portuguese.cells.map((cell) => [cell.id, cell]));
  let outputs = 0;
  for (const [i, cell] of wanted.cells.entries()) {
    const present = cells.get(cell.id);
    const original = english.cells[i];
    if (!present) report(`a cell is missing: ${update}`, cell, i + 1);
    else if (cell.cell_type === 'code') {
      const same =
        joined(cell.source) === joined(present.source) &&
        isDeepStrictEqual(cell.metadata, present.metadata);
      const [wants, has] = [cell, present].map(({ source }) => codeAlone(joined(source)));
      const what = wants === has && texts ? 'comments are not those of the table' : NOT_THE_CODE;
      if (!same) report(`${what}: ${update}`, cell, i + 1);
      if (!isDeepStrictEqual(cell.outputs, present.outputs)) outputs++;
    } else if (present.metadata.translates === undefined) {
      report(`is not translated: "${joined(original.source).slice(0, 60)}"`, cell, i + 1);
    } else if (present.metadata.translates !== proseHash(original.source)) {
      report('translates an older text: look at it, then --accept the notebook', cell, i + 1);
    }
  }
  const ids = english.cells.map(({ id }) => id);
  const extra = portuguese.cells.filter(({ id }) => !ids.includes(id));
  for (const cell of extra) report(`the English notebook has no such cell: ${update}`, cell);
  const order = portuguese.cells.map(({ id }) => id).filter((id) => ids.includes(id));
  if (extra.length === 0 && order.length === ids.length && order.join() !== ids.join()) {
    report(`the cells stand in another order: ${update}`);
  }
  const others = !texts && !isDeepStrictEqual(ofTheRun(english), ofTheRun(portuguese));
  if (outputs > 0 || others) report(`${outputs} cells have other outputs: ${update}`);
  return findings;
}

const PLOTLY = 'application/vnd.plotly.v1+json';

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

/** The file's text, laid out as `outputs.py` does: keys sorted, a figure on one line. */
export function format(notebook: RawNotebook): string {
  const figures: string[] = [];
  const text = JSON.stringify(
    sorted(notebook),
    (key, value) => {
      if (key !== PLOTLY || typeof value !== 'object') return value;
      return `\0figure ${figures.push(JSON.stringify(value)) - 1}\0`;
    },
    1,
  );
  return `${text.replace(/"\\u0000figure (\d+)\\u0000"/g, (_, i) => figures[i])}\n`;
}
