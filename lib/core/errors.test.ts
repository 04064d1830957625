import { expect, test } from 'vitest';
import { DataError, isAbsent, isSystemError, UserError } from './errors';

test('what is absent is told by a code, whatever the message says', () => {
  const absent = new DataError('It was never fetched', 'absent');
  expect(isAbsent(absent)).toBe(true);
  expect(isAbsent(new DataError('It is not on this machine: ./gpt data fetch it'))).toBe(false);
  expect(isAbsent(Object.assign(new Error('no file'), { code: 'absent' }))).toBe(false);
  expect(absent).toBeInstanceOf(UserError);
  expect(String(absent)).toBe('DataError: It was never fetched');
});

test('errors of the system by their codes', () => {
  const error = Object.assign(new Error('gone'), { code: 'ENOENT' });
  expect(isSystemError(error, 'ENOTDIR', 'ENOENT')).toBe(true);
  expect(isSystemError(error, 'EACCES')).toBe(false);
  for (const other of [new Error('ENOENT'), undefined, null]) {
    expect(isSystemError(other, 'ENOENT')).toBe(false);
  }
});
