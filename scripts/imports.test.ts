import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { ROOT } from './notebooks/cells';

/** The files of ours that a file imports, for their types only or not. */
function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(fs.readFileSync(file, 'utf8'), true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => path.resolve(path.dirname(file), fileName))
    .flatMap((target) => [target, `${target}.ts`])
    .filter((target) => fs.statSync(target, { throwIfNoEntry: false })?.isFile());
}

/** Files that import each other in a circle, the first one twice; absent where there is none. */
function findCircle(files: readonly string[]): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const imported of importsOf(file)) {
      const circle = visit(imported, [...way, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of files) {
    const circle = visit(file, []);
    if (circle) return circle;
  }
  return undefined;
}

test.each(['lib', 'scripts'])('no file of %s imports itself in a circle', (folder) => {
  const files = fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name))
    .map((name) => path.join(ROOT, folder, name));
  expect(files.length).toBeGreaterThan(50);
  expect(findCircle(files)?.map((file) => path.relative(ROOT, file))).toBeUndefined();
});
