// Which files of the repository become pages of the site, and where a link between them leads.

import fs from 'node:fs';
import path from 'node:path';

export type Language = 'en' | 'pt';

export interface Page {
  language: Language;
  /** The file in the repository, with `/`. */
  source: string;
  /** Where it is in its edition, without an ending. */
  doc: string;
  kind: 'notebook' | 'markdown' | 'code';
}

/** Folders that a link may name, and the page that lists what is in them. */
const FOLDERS: Record<string, string> = {
  '.': 'README',
  notebooks: 'notebooks/index',
  'notebooks/solutions': 'notebooks/index',
  lib: 'lib/index',
};
const CODE = /\.(ts|mjs|cjs|py|json|toml|ya?ml|sh|txt|tsv)$|(^|\/)(LICENSE|Dockerfile)$/;
const LARGEST_CODE = 300_000;

export class Sources {
  readonly pages: Page[] = [];
  /** Links that lead nowhere: what to say about each. */
  readonly broken: string[] = [];
  private readonly bySource = new Map<string, Page>();

  constructor(readonly root: string) {
    for (const file of this.files('.', false)) if (file.endsWith('.md')) this.add(file);
    for (const folder of ['notebooks', 'data', 'docs', 'benchmarks']) {
      for (const file of this.files(folder)) if (/\.(md|ipynb)$/.test(file)) this.add(file);
    }
    for (const file of this.files('lib')) {
      if (/\.ts$/.test(file) && !/\.test\.ts$|^lib\/fixtures\//.test(file)) this.add(file);
    }
  }

  get languages(): Language[] {
    return this.pages.some(({ language }) => language === 'pt') ? ['en', 'pt'] : ['en'];
  }

  /** The pages of one edition, those of the other language left out. */
  edition(language: Language): Page[] {
    return this.pages.filter((page) => page.language === language);
  }

  /** The page of the same file in the other language. */
  twin(page: Page): Page | undefined {
    return this.pages.find(({ language, doc }) => language !== page.language && doc === page.doc);
  }

  /**
   * Where a link in a page leads: another page, its anchor with it, or undefined for what is
   * outside or nowhere. A file of the repository that is no page yet becomes one.
   */
  resolve(from: Page, link: string): { page?: Page; doc?: string; anchor: string } | undefined {
    const [file, anchor = ''] = link.split('#');
    if (file === '' || /^[a-z][a-z0-9+.-]*:/i.test(link)) return undefined;
    const source = path.posix
      .join(path.posix.dirname(from.source), decodeURI(file))
      .replace(/\/$/, '');
    const readme = path.posix.join(source, 'README.md');
    const page =
      this.find(source, from.language) ?? this.find(readme, from.language) ?? this.addCode(source);
    if (page) return { page, anchor };
    const folder = source.replace('notebooks/pt', 'notebooks');
    if (FOLDERS[folder]) return { doc: FOLDERS[folder], anchor };
    this.broken.push(`${from.source}: ${link}`);
    return undefined;
  }

  private find(source: string, language: Language): Page | undefined {
    const languages: Language[] = [language, 'en', 'pt'];
    return languages
      .map((each) => this.bySource.get(`${each}:${source}`))
      .find((page) => page !== undefined);
  }

  private add(source: string): Page {
    const language = /^notebooks\/pt\/|\.pt-BR\.md$/.test(source) ? 'pt' : 'en';
    const kind = source.endsWith('.ipynb')
      ? 'notebook'
      : source.endsWith('.md')
        ? 'markdown'
        : 'code';
    const place = source.replace(/^notebooks\/pt\//, 'notebooks/').replace(/\.pt-BR\.md$/, '.md');
    const doc = kind === 'code' ? place : place.replace(/\.(ipynb|md)$/, '');
    const page: Page = { language, source, doc, kind };
    this.pages.push(page);
    this.bySource.set(`${language}:${source}`, page);
    return page;
  }

  private addCode(source: string): Page | undefined {
    const file = path.join(this.root, source);
    const inside = !path.posix.normalize(source).startsWith('..');
    if (!inside || !CODE.test(source) || !fs.existsSync(file)) return undefined;
    return fs.statSync(file).size <= LARGEST_CODE ? this.add(source) : undefined;
  }

  private files(folder: string, deep = true): string[] {
    const at = path.join(this.root, folder);
    if (!fs.existsSync(at)) return [];
    return fs
      .readdirSync(at, { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => {
        const name = path.posix.join(folder, entry.name);
        if (entry.name.startsWith('.') || name === 'data/cache') return [];
        if (entry.isDirectory()) return deep ? this.files(name) : [];
        return [name];
      });
  }
}
