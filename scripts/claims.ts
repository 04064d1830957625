// Writes notebooks/CLAIMS.md from the claims in the chapters: npm run claims.

import fs from 'node:fs';
import path from 'node:path';
import { notebookFiles, readNotebook, ROOT } from './notebook/cells';
import { ledger } from './notebook/claims';

async function main(): Promise<void> {
  const file = path.join(ROOT, 'notebooks', 'CLAIMS.md');
  fs.writeFileSync(`${file}.tmp`, await ledger(notebookFiles().map(readNotebook)));
  fs.renameSync(`${file}.tmp`, file);
}
void main();
