import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { byLanguage, decimals, language, phrase, print, translate, useTexts } from './language';

const portuguese = JSON.parse(
  fs.readFileSync(path.join(__dirname, 'language', 'portuguese.json'), 'utf8'),
) as Record<string, string>;

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
    expect(() => phrase('{a}' as string, {})).toThrow('phrase: no value for {a}: {a}');
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

/** The sentences of `phrase`, `print` and `translate` in the files of lib, and all their strings. */
function sentencesOfLib(): { said: Set<string>; strings: Set<string> } {
  const said = new Set<string>();
  const strings = new Set<string>();
  const files = fs
    .readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'language.ts');
  for (const name of files) {
    const text = fs.readFileSync(path.join(__dirname, name), 'utf8');
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node)) strings.add(node.text);
      if (
        ts.isCallExpression(node) &&
        /^(phrase|print|translate)$/.test(node.expression.getText())
      ) {
        const literals = (each: ts.Node): string[] =>
          ts.isStringLiteralLike(each)
            ? [each.text]
            : ts.isConditionalExpression(each)
              ? [each.whenTrue, each.whenFalse].flatMap(literals)
              : [];
        literals(node.arguments[0])
          .filter(Boolean)
          .forEach((each) => said.add(each));
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true));
  }
  return { said, strings };
}

test('what lib says has its Portuguese, of the same values, and none is left over', () => {
  const { said, strings } = sentencesOfLib();
  const values = (text: string) => [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name).sort();
  expect(said.size).toBeGreaterThan(10);
  expect([...said].filter((text) => !portuguese[text])).toEqual([]);
  expect(Object.keys(portuguese).filter((text) => !strings.has(text))).toEqual([]);
  for (const text of said) expect(values(portuguese[text]), text).toEqual(values(text));
});
