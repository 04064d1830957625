// The pages that lead to the others: lists of chapters, solutions and source files, and the menu.

import fs from 'node:fs';
import path from 'node:path';
import { escapeHtml, joined, type RawNotebook } from './markdown';
import type { Language, Page, Sources } from './sources';

const WORDS = {
  en: { solutions: 'Worked solutions', chapter: 'Chapter', more: 'More' },
  pt: { solutions: 'Soluções comentadas', chapter: 'Capítulo', more: 'Mais' },
};

const isChapter = ({ source, kind }: Page): boolean =>
  kind === 'notebook' && !source.includes('/solutions/');
const isSolution = ({ source, kind }: Page): boolean =>
  kind === 'notebook' && source.includes('/solutions/');

interface Opening {
  /** As `1 Tokenization`. */
  title: string;
  /** The first paragraph, without markup. */
  words: string;
}

function openingOf(page: Page, root: string): Opening {
  const notebook = JSON.parse(fs.readFileSync(path.join(root, page.source), 'utf8')) as RawNotebook;
  const paragraphs = joined(notebook.cells[0].source).split(/\n\s*\n/);
  const [title] = paragraphs[0].replace(/^# +/, '').split(' — ');
  const words = paragraphs.slice(1).find(isProse) ?? '';
  return { title: plain(title), words: plain(words) };
}

/** Neither a quotation nor a remark in italics. */
const isProse = (paragraph: string): boolean =>
  /^[^>#\-|<]/.test(paragraph) && !/^\*[^*]+\*$/.test(paragraph);

const plain = (markdown: string): string =>
  markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[*`]/g, '');

/** A hidden list of pages for the menu; one entry a line: a document, or `title <document>`. */
export const toctree = (entries: readonly string[], options = ':hidden:'): string =>
  `\`\`\`{toctree}\n${options}\n\n${entries.join('\n')}\n\`\`\``;

/** What stands in for `<!-- chapters -->` and its like in the pages of `scripts/site/pages`. */
export function lists(language: Language, sources: Sources): Record<string, string> {
  const pages = sources.edition(language);
  const chapters = pages.filter(isChapter);
  const openings = new Map(chapters.map((page) => [page, openingOf(page, sources.root)]));
  const cards = (up: string) =>
    chapters
      .map((page) => {
        const { title, words } = openings.get(page)!;
        const [number, ...name] = title.split(' ');
        return (
          `<li><a class="gpt-card" href="${up}${page.doc}.html">` +
          `<span class="gpt-card-number">${escapeHtml(number)}</span>` +
          `<span class="gpt-card-title">${escapeHtml(name.join(' '))}</span>` +
          `<span class="gpt-card-words">${escapeHtml(words)}</span></a></li>`
        );
      })
      .join('\n');
  const list = (up: string) => `<ol class="gpt-cards">\n${cards(up)}\n</ol>`;
  const entry = (page: Page) => `${openings.get(page)!.title} </${page.doc}>`;
  const solutions = pages.filter(isSolution);
  const number = ({ doc }: Page) => Number(/(\d+)-[^/]*$/.exec(doc)?.[1]);
  const solutionName = (page: Page) => `${WORDS[language].chapter} ${number(page)}`;
  const library = ordered(pages.filter(isConcept), CONCEPTS);
  const others = pages.filter(
    ({ kind, source, doc }) =>
      (kind === 'markdown' && !/^notebooks\//.test(doc)) ||
      (kind === 'code' && !source.startsWith('lib/')),
  );
  const notes = pages.filter(({ kind, doc }) => kind === 'markdown' && /^notebooks\//.test(doc));
  return {
    chapters: list(''),
    'chapters below': list('../'),
    'chapters menu': toctree([
      ...chapters.map(entry),
      ...notes.map(({ doc }) => `/${doc}`),
      ...(solutions.length ? [`${WORDS[language].solutions} </notebooks/solutions/index>`] : []),
    ]),
    'solutions menu': toctree(
      solutions.map((page) => `${solutionName(page)} </${page.doc}>`),
      ':maxdepth: 1',
    ),
    library: libraryTable(library, sources),
    'library menu': toctree(library.map(({ doc }) => `${path.posix.basename(doc)} </${doc}>`)),
    'more menu': toctree(
      ordered(others, DOCUMENTS).map(({ doc }) =>
        doc === 'README' ? `README </${doc}>` : `/${doc}`,
      ),
      ':maxdepth: 1',
    ),
  };
}

/** In the order of the chapters, as CONTRIBUTING.md has it; what it does not name follows. */
const CONCEPTS = [
  'language',
  'run-sizes',
  'compile',
  'backend',
  'display',
  'tokenizer',
  'data',
  'nn',
  'attention',
  'model',
  'decoding',
  'weights',
  'writing',
  'training',
  'lora',
  'classification',
  'instruction',
  'exercises',
  'chat',
];
const DOCUMENTS = [
  'README',
  'GLOSSARY',
  'INSTRUCTOR',
  'benchmarks/README',
  'CONTRIBUTING',
  'data/README',
];

const isConcept = ({ source }: Page): boolean => /^lib\/[^/]+\.ts$/.test(source);

function ordered(pages: readonly Page[], names: readonly string[]): Page[] {
  const place = ({ doc }: Page) => {
    const at = names.indexOf(doc.replace(/^lib\/|\.ts$/g, ''));
    return at < 0 ? names.length : at;
  };
  return [...pages].sort((a, b) => place(a) - place(b));
}

/** The files in the folder of a file of the library. */
export const partsOf = (page: Page, sources: Sources): Page[] =>
  isConcept(page)
    ? sources.pages.filter(({ source }) => source.startsWith(page.source.replace(/\.ts$/, '/')))
    : [];

/** Each file of the library with the first sentence of what it says of itself. */
function libraryTable(pages: readonly Page[], sources: Sources): string {
  const rows = pages.map((page) => {
    const text = fs.readFileSync(path.join(sources.root, page.source), 'utf8');
    const comment = /^(?:\/\*\*([\s\S]*?)\*\/|((?:\/\/.*\n)+))/.exec(text);
    const words = (comment?.[1] ?? comment?.[2] ?? '')
      .replace(/^ *(\*|\/\/) ?/gm, '')
      .replace(/\{@link (\w+)\}/g, '`$1`')
      .replace(/\s+/g, ' ')
      .trim();
    const sentence = /^.*?[^.][.:](?= [A-Z`{]|$)/.exec(words)?.[0] ?? words;
    const parts = partsOf(page, sources).map(
      ({ doc }) => `[\`${path.posix.basename(doc)}\`](/${doc}.md)`,
    );
    const cells = [`[\`${page.source}\`](/${page.doc}.md)`, sentence, parts.join(' ')];
    return `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
  });
  return ['| file | what lives there | its parts |', '|---|---|---|', ...rows].join('\n');
}
