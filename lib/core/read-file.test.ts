import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { DataError } from './errors';
import { fileStandIn, fileStats, readText, standIn } from './read-file';

const dir = fs.mkdtempSync(path.join(tmpdir(), 'gpt-read-file-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(dir, name);
  fs.writeFileSync(file, content);
  return file;
}
const bytes = (...values: number[]) => Uint8Array.from(values);

describe('readText', () => {
  test('gives the text of a file, with its byte order mark', () => {
    expect(readText(write('text', '\ufeffOlá, "world"\n'))).toBe('\ufeffOlá, "world"\n');
    expect(fileStats(path.join(dir, 'text')).size).toBe(17);
  });

  test.each<[string, () => string, string, string]>([
    ['nothing', () => path.join(dir, 'none'), 'absent', 'cannot be read: it is not there (ENOENT)'],
    ['a path below a file', () => path.join(write('a', ''), 'b'), 'unreadable', '(ENOTDIR)'],
    ['a folder', () => dir, 'invalid', 'is a folder, expected a file'],
    [
      'a pipe',
      () => {
        execFileSync('mkfifo', [path.join(dir, 'pipe')]);
        return path.join(dir, 'pipe');
      },
      'invalid',
      'is a pipe, expected a file',
    ],
    ['bytes', () => write('bytes', bytes(0x41, 0xe9)), 'invalid', 'is not UTF-8 text'],
    ['a pointer', () => write('lfs', 'version https://git-lfs.'), 'invalid', 'a Git LFS pointer'],
  ])('refuses %s in one line', (_, make, code, message) => {
    const file = make();
    const refusal = expect.objectContaining({
      name: 'DataError',
      code,
      message: expect.stringContaining(message),
    });
    expect(() => readText(file)).toThrow(refusal);
    expect(() => readText(file)).toThrow(DataError);
    expect(() => readText(file)).toThrow(/^\S.*[^\n]$/);
  });
});

describe('standIn', () => {
  test.each<[string, string | Uint8Array]>([
    ['a web page', '\ufeff\n <!DOCTYPE html><title>Sign in</title>'],
    ['a web page', '<html>'],
    ['error message in place of the file: "no such file"', '{"error": "no such file"}'],
    ['a Python pickle', bytes(0x80, 2, 0x7d, 0x71)],
    ['a ZIP archive', 'PK\x03\x04'],
    ['compressed with gzip', bytes(0x1f, 0x8b, 8)],
    ['a GGUF file', 'GGUF'],
    ['text in UTF-16', bytes(0xff, 0xfe, 0x41, 0)],
  ])('recognises %s', (kind, content) => {
    const found = Buffer.from(content as string);
    expect(standIn(found)).toContain(kind);
    expect(fileStandIn(write('found', found))).toContain(kind);
  });

  test.each(['{"error": 1, "weights": 2}', '{"code": "x"}', '[1]', 'a text', '{broken'])(
    'takes %s for what it should be',
    (content) => {
      expect(standIn(Buffer.from(content))).toBeUndefined();
      expect(fileStandIn(write('found', content))).toBeUndefined();
    },
  );

  test('of a file: an empty one, and one that cannot be read', () => {
    expect(fileStandIn(write('empty', ''))).toBe('empty');
    expect(fileStandIn(path.join(dir, 'none'))).toBeUndefined();
  });
});
