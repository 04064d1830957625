/** Markup and plain text that hold any string safely. */

/** Markup whose every interpolated value was escaped; made by `html` only. */
export class Html {
  constructor(readonly markup: string) {}
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function toMarkup(value: unknown): string {
  if (value instanceof Html) return value.markup;
  if (Array.isArray(value)) return value.map(toMarkup).join('');
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/**
 * Template tag: html`<b>${text}</b>`. Escapes every value for use between tags and inside quoted
 * attributes; `Html` values and arrays of them are taken as they are.
 *
 * JupyterLab filters the markup of a notebook that the reader has not run: no `<style>`, no
 * `aria-*`, no CSS variables. GitHub drops `style` too. So everything that matters must be in
 * elements and text.
 */
export function html(strings: TemplateStringsArray, ...values: unknown[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(toMarkup)));
}

/** A table's title, if it has one. Only a long title is wrapped to the width of a narrow table. */
export function captionHtml(caption: string | undefined): Html | '' {
  const wrap = caption !== undefined && caption.length > 70 ? '' : '; white-space: nowrap';
  const style = `text-align: left; font-weight: bold; padding: 4px 0${wrap}`;
  return caption ? html`<caption style="${style}">${caption}</caption>` : '';
}

const VISIBLE: Record<string, string> = { '\n': '↵', '\t': '→', '\r': '␍' };

/**
 * The text on one line: `↵` for a newline, `→` for a tab, `\u{200b}` for other control, format and
 * space characters (except a joiner inside an emoji).
 */
export function oneLine(text: string): string {
  return text.replace(/(?!(?<=.)\u200d(?=.))[\p{Cc}\p{Cf}\p{Z}]/gu, (character) => {
    if (character === ' ') return ' ';
    return VISIBLE[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

/** `oneLine`, with `·` for a space and `◌` under a combining mark that stands alone: for tokens. */
export function visible(text: string): string {
  return oneLine(text)
    .replaceAll(' ', '·')
    .replace(/^\p{M}/u, '◌$&');
}

/**
 * `visible` for the label of a row or column: `·` marks only a space at either end, which is part
 * of a token; the words of a longer label keep their spaces.
 */
export function labelText(text: string): string {
  const inner = /^( *)(.*?)( *)$/su.exec(text)!;
  return visible(inner[1]) + visible(inner[2]).replaceAll('·', ' ') + visible(inner[3]);
}

const graphemes = new Intl.Segmenter('en');
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;

/** The number of columns that a text takes in a fixed-width font. */
function columns(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Joins cells into lines in which columns align, to the right if a column is marked `right`. */
export function alignText(rows: string[][], right: boolean[] = [], gap = '  '): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, columns(cell))));
  }
  const pad = (cell: string, i: number) => {
    const space = ' '.repeat(widths[i] - columns(cell));
    return right[i] ? space + cell : cell + space;
  };
  return rows.map((row) => row.map(pad).join(gap).trimEnd()).join('\n');
}
