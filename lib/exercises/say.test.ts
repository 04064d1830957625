import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { findFaults as chapter01Faults } from './chapter01';
import { findMay } from './chapter02';
import { continueText } from './chapter04';
import { findLeak } from './chapter06';
import { messageKey, messagesOf } from './say';

const chapters = fs
  .readdirSync(__dirname)
  .flatMap((name) => /^(chapter\d\d|verdict)\.ts$/.exec(name)?.[1] ?? []);

const portuguese = (name: string): Record<string, string> =>
  JSON.parse(fs.readFileSync(path.join(__dirname, 'portuguese', `${name}.json`), 'utf8'));

const partsOf = (node: ts.TemplateLiteral): string[] =>
  ts.isTemplateExpression(node)
    ? [node.head.text, ...node.templateSpans.map((span) => span.literal.text)]
    : [node.text];

/**
 * The messages of a file, those that get their language when the file is imported, and sentences
 * in it that are not messages because they lack the tag.
 */
function read(name: string): { keys: string[]; atImport: string[]; untagged: string[] } {
  const text = fs.readFileSync(path.join(__dirname, `${name}.ts`), 'utf8');
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  const keys: string[] = [];
  const atImport: string[] = [];
  const untagged: string[] = [];
  const kinds = new Set(
    [...text.matchAll(/^(?:export )?type \w+ = ('.*');$/gm)].flatMap(([, union]) =>
      [...union.matchAll(/'([^']+)'/g)].map(([, kind]) => kind),
    ),
  );
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'say') {
      keys.push(messageKey(partsOf(node.template)));
      if (!ts.findAncestor(node, ts.isFunctionLike)) atImport.push(keys[keys.length - 1]);
      if (ts.isTemplateExpression(node.template)) node.template.templateSpans.forEach(visit);
      return;
    }
    // The texts that exercises are about.
    if (ts.isVariableDeclaration(node) && node.name.getText() === 'cases') return;
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) {
      ts.forEachChild(node, visit);
      return;
    }
    if (ts.isStringLiteral(node) || ts.isTemplateLiteral(node)) {
      const said = ts.isStringLiteral(node) ? node.text : messageKey(partsOf(node));
      const isCall = /^\w+\(.*\)$/.test(said);
      if (/\p{L}{2}.* .*\p{L}/u.test(said) && !isCall && !kinds.has(said)) untagged.push(said);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { keys: [...new Set(keys)], atImport, untagged };
}

const places = (text: string) => [...new Set(text.match(/\{\d\}/g))].sort();

describe.each(chapters)('the messages of %s', (name) => {
  const { keys, atImport, untagged } = read(name);
  const known = { ...portuguese('verdict'), ...portuguese(name) };

  test('are all there in Portuguese', () => {
    expect(keys.length).toBeGreaterThan(2);
    expect(untagged, 'sentences without say`…`').toEqual([]);
    expect(keys.filter((key) => !known[key]?.trim())).toEqual([]);
  });

  test('are in the language of the moment when they are said', () => {
    expect(atImport, 'wrap them in a function: () => say`…`').toEqual([]);
  });

  test('name the same values in both languages', () => {
    for (const key of keys) expect(places(known[key]), key).toEqual(places(key));
  });

  test('have no translations of what is not said', () => {
    const said = name === 'verdict' ? chapters.flatMap((each) => read(each).keys) : keys;
    expect(Object.keys(portuguese(name)).filter((key) => !said.includes(key))).toEqual([]);
  });
});

describe('messagesOf', () => {
  const say = messagesOf('chapter02');
  afterEach(() => vi.unstubAllEnvs());

  test('speaks English, and Portuguese where GPT_LANG says so', () => {
    expect(say`Head ${1}`).toBe('Head 1');
    vi.stubEnv('GPT_LANG', 'pt');
    expect(say`Head ${1}`).toBe('A cabeça 1');
    expect(say`${'f(1)'} gave ${'{0}'}; expected ${2}.`).toBe('f(1) deu {0}; o esperado era 2.');
    expect(say`Nobody has said ${'this'} yet`).toBe('Nobody has said this yet');
  });

  test('a check answers in Portuguese', async () => {
    vi.stubEnv('GPT_LANG', 'pt-BR');
    expect(String(await findMay(undefined))).toBe(
      '○ Ainda sem resposta: troque undefined pela sua.',
    );
    expect((await findMay([0, 0, 0, 0])).message).toMatch(/^Esta query combina igualmente/);
    expect((await findMay([-200, 100, -100, -100])).message).toMatch(/^Certo\. Uma query também/);
  });

  test('a check that was imported before follows GPT_LANG: praise, hints, reasons', async () => {
    const stopless: Parameters<typeof continueText>[0] = (model, prompt, { limit }) => {
      const ids = [...prompt];
      for (let i = 0; i < limit; i++) ids.push(model(ids.slice(-4)));
      return ids.slice(prompt.length);
    };
    const messages = async () => {
      const verdicts = [
        await chapter01Faults({ A: 5, B: 2, C: 4 }),
        await chapter01Faults({ A: 1, B: 1, C: 1 }),
        await continueText(stopless),
        await findLeak(1),
        await findLeak(2),
      ];
      return verdicts.map(({ message }) => message);
    };
    const english = await messages();
    vi.stubEnv('GPT_LANG', 'pt');
    const portuguese = await messages();
    expect(portuguese).toEqual([
      expect.stringMatching(/^Certo\. A /),
      expect.stringMatching(/^A linha 1 de A é inocente\. (?!Which)/),
      expect.not.stringContaining('ended with'),
      expect.not.stringContaining('reads the file'),
      expect.not.stringContaining('whole line'),
    ]);
    vi.unstubAllEnvs();
    expect(await messages()).toEqual(english);
    english.forEach((message, i) => expect(message).not.toBe(portuguese[i]));
  });
});
