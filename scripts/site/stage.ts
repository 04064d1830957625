// Puts one edition's sources in the form and place in which Sphinx reads them.

import fs from 'node:fs';
import path from 'node:path';
import { drawDiagrams, diagramsIn, withDiagrams } from './diagrams';
import {
  joined,
  pictures,
  rewriteLinks,
  stagedName,
  stageNotebook,
  type RawNotebook,
} from './markdown';
import { lists, partsOf, toctree } from './navigation';
import type { Language, Page, Sources } from './sources';

/** What a chapter builds and a page of ours lets the reader use. */
const TRY: Record<string, string> = {
  '01': 'tokens',
  '02': 'attention',
  '03': 'attention',
  '04': 'generate',
  '05': 'film',
};

const INVITATIONS = {
  en: {
    title: 'Use it in this browser',
    tokens: 'Type a text and see its tokens: [Tokens](/try/tokens.md).',
    attention:
      'Type a text and see where each head of a trained model looks: [Attention](/try/attention.md).',
    generate:
      'Let gpt-mini write, token by token, with its probabilities: [Generating](/try/generate.md).',
    film: 'Watch a small model learn, step by step: [Training as film](/try/film.md).',
  },
  pt: {
    title: 'Use neste navegador',
    tokens: 'Digite um texto e veja seus tokens: [Tokens](/try/tokens.md).',
    attention:
      'Digite um texto e veja para onde olha cada cabeça de um modelo treinado: [Atenção](/try/attention.md).',
    generate:
      'Deixe o gpt-mini escrever, token a token, com as probabilidades: [Geração](/try/generate.md).',
    film: 'Veja um modelo pequeno aprender, passo a passo: [O treinamento em filme](/try/film.md).',
  },
} satisfies Record<Language, Record<string, string>>;

function invitation(page: Page): string | undefined {
  const chapter = /^notebooks\/(\d\d)-/.exec(page.doc)?.[1] ?? '';
  const which = TRY[chapter] as keyof (typeof INVITATIONS)['en'] | undefined;
  const { [which ?? 'title']: words, title } = INVITATIONS[page.language];
  return which && `\`\`\`{admonition} ${title}\n:class: tip\n${words}\n\`\`\``;
}

const read = (root: string, source: string): string =>
  fs.readFileSync(path.join(root, source), 'utf8');

function put(folder: string, name: string, content: string): void {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}

/** Every diagram of every page, drawn in one go. */
export function allDiagrams(sources: Sources): Promise<Map<string, string>> {
  const texts = sources.pages.flatMap(({ source, kind }) => {
    if (kind === 'code') return [];
    const text = read(sources.root, source);
    if (kind === 'markdown') return [text];
    return (JSON.parse(text) as RawNotebook).cells
      .filter((cell) => cell.cell_type === 'markdown')
      .map((cell) => joined(cell.source));
  });
  return drawDiagrams(sources.root, texts.flatMap(diagramsIn));
}

/** Writes an edition's sources into a folder. */
export function stage(
  language: Language,
  sources: Sources,
  diagrams: ReadonlyMap<string, string>,
  folder: string,
): void {
  const theme = path.join(__dirname, 'theme');
  fs.cpSync(theme, path.join(folder, 'theme'), { recursive: true });
  fs.copyFileSync(path.join(theme, 'conf.py'), path.join(folder, 'conf.py'));
  const statics = path.join(folder, '_static');
  fs.mkdirSync(statics, { recursive: true });

  // Pages may be added while links are followed.
  for (let i = 0; i < sources.pages.length; i++) {
    const page = sources.pages[i];
    if (page.language !== language) continue;
    const edit = (text: string) => {
      for (const picture of pictures(text, page)) {
        const from = path.join(sources.root, picture);
        if (fs.existsSync(from))
          fs.cpSync(from, path.join(folder, picture)); // and its folder
        else sources.broken.push(`${page.source}: ${picture}`);
      }
      return rewriteLinks(withDiagrams(text, diagrams), page, sources);
    };
    put(folder, stagedName(page), content(page, sources, statics, edit));
  }
  const lines = lists(language, sources);
  const pages = path.join(__dirname, 'pages', language);
  for (const name of fs.readdirSync(pages, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.md')) continue;
    const text = fs.readFileSync(path.join(pages, name), 'utf8');
    const filled = text.replace(/<!-- ([a-z ]+) -->/g, (_, list: string) => lines[list]);
    put(folder, name, filled);
  }
}

function content(
  page: Page,
  sources: Sources,
  statics: string,
  edit: (text: string) => string,
): string {
  if (page.kind === 'code') {
    const text = read(sources.root, page.source).trimEnd();
    const language = LANGUAGES[path.posix.extname(page.source)] ?? 'text';
    const fence = '`'.repeat(8);
    const parts = partsOf(page, sources).map(({ doc }) => `${path.posix.basename(doc)} </${doc}>`);
    const menu = parts.length ? `\n${toctree(parts)}\n` : '';
    const code = `${fence}{code-block} ${language}\n:linenos:\n\n${text}\n${fence}\n`;
    return `# \`${page.source}\`\n\n${code}${menu}`;
  }
  if (page.kind === 'markdown') return edit(read(sources.root, page.source));
  const notebook = stageNotebook(page, sources, statics, edit);
  const invite = invitation(page);
  if (invite) {
    const { cells } = notebook;
    cells.splice(1, 0, { ...cells[0], id: 'use-it-here', source: invite } as (typeof cells)[0]);
  }
  return JSON.stringify(notebook);
}

const LANGUAGES: Record<string, string> = {
  '.ts': 'typescript',
  '.mjs': 'javascript',
  '.cjs': 'javascript',
  '.py': 'python',
  '.json': 'json',
  '.toml': 'toml',
  '.yml': 'yaml',
  '.yaml': 'yaml',
  '.sh': 'bash',
};
