import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Makes an empty folder in the system's temporary directory; `dispose` deletes it with its
 * contents.
 */
export function temporaryFolder(name: string): { folder: string; dispose(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), `${name}-`));
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}
