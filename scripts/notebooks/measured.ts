// A cell tagged `measured` shows times, memory and rates only: its outputs differ from run to run,
// are left out where two runs are compared, and stay while the sources of the notebook do.

import { joined, type Output } from './cells';

const PLOTLY = 'application/vnd.plotly.v1+json';

/** What is the same in every run, or ought to be: English and Portuguese. */
const RESULTS =
  /(?<![\p{L}\d])(loss|losses|accurac(y|ies)|perplexit(y|ies)|scores?|probabilit(y|ies)|logits?|gradients?|errors?|recall|rouge|bleu|nats?|perdas?|acurácias?|perplexidades?|pontuaç(ão|ões)|probabilidades?|gradientes?|erros?|revocação|acertos?)(?![\p{L}\d])/iu;

/** Units as a header or a title names them, and those that stand only behind a number. */
const NAMED =
  '[nµm]s|(?:nano|micro|milli)?seconds?|minutes?|hours?|(?:nano|micro|mili|milis)?segundos?|minutos?|horas?|' +
  '[kMGT]i?B|(?:kilo|mega|giga)?bytes?|[MGT]FLOPS?|(?:tokens?|steps?|passos?|texts?|textos?)(?:/s| per second| a second| por segundo)|' +
  'times (?:as|faster|slower|more|less)|vezes|×';
const UNIT = `(?:${NAMED}|s|min|h|B)`;
const hasUnit = (text: string) =>
  new RegExp(`(?<![\\p{L}\\d])(?:${NAMED})(?![\\p{L}\\d])`, 'iu').test(text);

/** Numbers with decimals, or of a hundred, that have no unit of time, memory or rate beside them. */
function bareNumbers(text: string): string[] {
  const before = new RegExp(`(?<![\\p{L}\\d])(?:${NAMED})['"]?[ :=(]{1,3}$`, 'iu');
  const after = new RegExp(`^[ \u202f\u00a0]?${UNIT}(?![\\p{L}\\d])`, 'iu');
  return [...text.matchAll(/(?<![\w.])-?\d+(?:[.,]\d+)?(?:e-?\d+)?(?:\s?%)?/giu)].flatMap(
    ({ 0: number, index = 0 }) => {
      if (!/[.,e%]/i.test(number)) return []; // a count
      const fits =
        before.test(text.slice(0, index)) || after.test(text.slice(index + number.length));
      return fits && !number.endsWith('%') ? [] : [number];
    },
  );
}

const plain = (html: string) =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/&[a-z]+;|&#\w+;/g, ' ')
    .trim();
const tagged = (html: string, tag: string) =>
  [...html.matchAll(new RegExp(`<${tag}\\b[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))].map(
    ([, each]) => each,
  );

/** Of a table, but for its first column: numbers whose column, row and caption name no unit. */
function bareInTable(html: string): string[] {
  if (hasUnit(tagged(html, 'caption').map(plain).join())) return [];
  const rows = tagged(html, 'tr').map((row) => tagged(row, '(?:th|td)').map(plain));
  const [headers, ...body] = rows;
  return body.flatMap((row) =>
    row.flatMap((cell, column) => {
      const named = hasUnit(headers[column] ?? '') || hasUnit(row[0]) || column === 0;
      return named && !cell.endsWith('%') ? [] : bareNumbers(cell);
    }),
  );
}

interface Titled {
  title?: string | { text?: string };
}
const titleOf = ({ title }: Titled = {}) => (typeof title === 'string' ? title : title?.text) ?? '';

/** What a measured cell shows beside times, memory, rates and counts: a message each. */
export function beyondMeasuring(outputs: readonly Output[]): string[] {
  const found: string[] = [];
  const say = (message: string) => void (found.includes(message) || found.push(message));
  const check = (text: string, bare: readonly string[]) => {
    const word = RESULTS.exec(text)?.[0];
    if (word) say(`speaks of "${word}"`);
    else if (bare.length > 0) say(`shows ${bare[0]} without a unit of time, memory or rate`);
  };
  for (const { text, data = {}, metadata } of outputs) {
    if (text !== undefined) check(joined(text), bareNumbers(joined(text)));
    const html = joined(data['text/html'] ?? '');
    const shown = plain(html.replace(/<\/(th|td|tr|caption|p|div)>/g, '$&\n'));
    if (html) check(shown, html.includes('<table') ? bareInTable(html) : bareNumbers(shown));
    const figure = data[PLOTLY] as
      { data: { name?: string }[]; layout?: Titled & Record<string, Titled> } | undefined;
    if (figure) {
      const { layout = {} } = figure;
      const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
      const titles = [
        titleOf(layout as Titled),
        ...axes.map((axis) => titleOf(layout[axis as 'xaxis'])),
      ];
      const names = figure.data.map(({ name }) => name ?? '');
      const words = [...titles, ...names, joined(metadata?.alt ?? '')].join('\n');
      check(words, titles.some(hasUnit) ? [] : ['a plot']);
    } else if (!html && data['text/plain'] !== undefined) {
      check(joined(data['text/plain']), bareNumbers(joined(data['text/plain'])));
    }
  }
  return found;
}
