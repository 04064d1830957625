import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../data';

test('a temporary folder is empty, its own, and gone with its files after dispose', () => {
  const [first, second] = [temporaryFolder('gpt-test'), temporaryFolder('gpt-test')];
  expect(fs.readdirSync(first.folder)).toEqual([]);
  expect(first.folder).not.toBe(second.folder);
  fs.writeFileSync(path.join(first.folder, 'file'), 'x');
  first.dispose();
  first.dispose(); // a cell may be run twice
  second.dispose();
  expect([first, second].some(({ folder }) => fs.existsSync(folder))).toBe(false);
});
