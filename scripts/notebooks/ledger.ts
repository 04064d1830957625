// The ledger of claims: what the guide, or common opinion, says, the cell that tests it, what came out.
//
// A code cell says so in a comment, which the reader sees:
//
//     // Claim: common words become one token, rare ones several.
//     // Found, holds: the 100 most frequent words take one token each …
//
// Either may go on in comment lines below it.

import prettier from 'prettier';
import type { Notebook } from './cells';
import type { Finding } from './rules';

export const VERDICTS = ['holds', 'partly', 'not here', 'does not hold'] as const;

export interface Claim {
  text: string;
  verdict: (typeof VERDICTS)[number];
  found: string;
  /** The nearest heading above the cell. */
  section: string;
  notebook: Notebook;
}

/** The comment that starts in line `i` after `Claim:` or the like, and the line after it. */
function comment(lines: readonly string[], i: number): { text: string; next: number } {
  const parts = [lines[i].replace(/^\/\/ (Claim|Found[^:]*):\s*/, '')];
  let next = i + 1;
  while (/^\/\/ (?!Claim:|Found\b)/.test(lines[next] ?? '')) parts.push(lines[next++].slice(3));
  return { text: parts.join(' ').trim(), next };
}

const heading = (source: string) => [...source.matchAll(/^#{1,6}\s+(.*)$/gm)].pop()?.[1];

/** The claims of one notebook, and what is wrong with how they are written. */
export function readClaims(notebook: Notebook): { claims: Claim[]; findings: Finding[] } {
  const claims: Claim[] = [];
  const findings: Finding[] = [];
  let section = '';
  notebook.cells.forEach((cell, index) => {
    if (cell.type === 'markdown') {
      section = heading(cell.source) ?? section;
      return;
    }
    const report = (message: string) =>
      findings.push({ notebook: notebook.name, cell: { ...cell, number: index + 1 }, message });
    const lines = cell.source.split('\n');
    for (let i = 0; i < lines.length; i++) {
      if (!/^\/\/ Claim:/.test(lines[i])) continue;
      const { text, next } = comment(lines, i);
      const verdict = /^\/\/ Found, ([^:]*):/.exec(lines[next] ?? '')?.[1];
      const known = VERDICTS.find((each) => each === verdict);
      if (known === undefined) {
        const choice = VERDICTS.join(' | ');
        report(`after "// Claim: …" expected "// Found, ${choice}: …"`);
        continue;
      }
      if (!/\b(assert|check|agree|close)\b/.test(cell.source))
        report('has a claim and no assert that tests it');
      claims.push({ text, verdict: known, found: comment(lines, next).text, section, notebook });
    }
  });
  return { claims, findings };
}

const cellText = (text: string) => text.replaceAll('|', '\\|');

/** `notebooks/CLAIMS.md`. */
export async function ledger(notebooks: readonly Notebook[]): Promise<string> {
  const lines = [
    '# What is claimed, and what we found',
    '',
    'Claims of the guide that the series follows, and others that are often heard, with the section',
    'whose cell tests each in every run. Made by `./gpt claims` from the comments `Claim` and',
    '`Found` of those cells; the numbers are those of the profile `quick`.',
  ];
  const all = notebooks.flatMap((notebook) => readClaims(notebook).claims);
  const counts = VERDICTS.map((verdict) => [
    verdict,
    all.filter((c) => c.verdict === verdict).length,
  ]);
  const some = counts.filter(([, n]) => n).map(([verdict, n]) => `${n} ${verdict}`);
  lines.push('', `${all.length} claims: ${some.join(', ')}.`);
  for (const notebook of notebooks) {
    const claims = all.filter((claim) => claim.notebook === notebook);
    if (claims.length === 0) continue;
    const title = /^# (.*?)( — .*)?$/m.exec(notebook.cells[0].source)?.[1] ?? notebook.name;
    lines.push('', `## [${title}](${notebook.name})`, '', '| claim | | what we found | where |');
    lines.push('|---|---|---|---|');
    for (const { text, verdict, found, section } of claims) {
      const where = section.replace(/ — \*.*\*$/, '');
      lines.push(`| ${[text, `**${verdict}**`, found, where].map(cellText).join(' | ')} |`);
    }
  }
  return prettier.format(lines.join('\n') + '\n', { parser: 'markdown', proseWrap: 'preserve' });
}
