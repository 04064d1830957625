import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A new empty folder among the system's temporary ones; `dispose` deletes it and what it holds. */
export function temporaryFolder(name: string): { folder: string; dispose(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), `${name}-`));
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}
