import { afterEach, describe, expect, test, vi } from 'vitest';
import { byLanguage, decimals, language, phrase, print, translate, useTexts } from './language';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
const speakPortuguese = () => vi.stubEnv('GPT_LANG', 'pt-BR');

describe('phrase', () => {
  test('writes the same in English as a template string does', () => {
    const values = { n: 20479, loss: 0.52345, word: 'a', row: [0.5, 1], none: undefined };
    expect(phrase('{n} {loss} {word} {none}', values)).toBe('20479 0.52345 a undefined');
    expect(phrase('{n:,} {loss:.3} {row:.2}', values)).toBe('20,479 0.523 0.50  1.00');
    expect(phrase('{row:.2~}|{word:<3}|{n:>8,}|{loss:>7.2}', values)).toBe(
      '0.5  1|a  |  20,479|   0.52',
    );
    expect(phrase('no value')).toBe('no value');
  });

  test('writes numbers, and the sentence where it has one, in Portuguese', () => {
    speakPortuguese();
    useTexts({ 'loss {loss:.3} of {n:,}': 'perda {loss:.2} de {n:,}', empty: '', half: 'metade' });
    expect(phrase('loss {loss:.3} of {n:,}', { loss: 0.5, n: 20479 })).toBe('perda 0,50 de 20.479');
    expect(phrase('{x} and {word}', { x: -1.5, word: '1.5' })).toBe('-1,5 and 1.5');
    expect(phrase('{x}', { x: 'half' })).toBe('metade');
    expect(translate('empty')).toBe('empty');
    expect(translate('toString')).toBe('toString');
    expect(decimals([0.25, 3], 1)).toBe('0,3  3,0');
    expect(decimals(2, 3, { trim: true })).toBe('2');
  });

  test('a value that contains braces stays as it is, and a missing one is named', () => {
    expect(phrase('{a} {b}', { a: '{b}', b: 1 })).toBe('{b} 1');
    expect(() => (phrase as (text: string, values: object) => string)('{a}', {})).toThrow(
      'phrase: no value for {a}: {a}',
    );
  });

  test('print prints it', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    print('{n} tokens', { n: 3 });
    expect(log).toHaveBeenCalledWith('3 tokens');
  });
});

test('an example follows the language of the moment', () => {
  expect([language(), byLanguage({ en: 1, pt: 2 })]).toEqual(['en', 1]);
  speakPortuguese();
  expect([language(), byLanguage({ en: 1, pt: 2 })]).toEqual(['pt', 2]);
});
