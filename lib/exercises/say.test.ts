import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { afterEach, describe, expect, test, vi } from 'vitest';
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

/** The messages of a file, and sentences in it that are no message for want of the tag. */
function read(name: string): { keys: string[]; untagged: string[] } {
  const text = fs.readFileSync(path.join(__dirname, `${name}.ts`), 'utf8');
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  const keys: string[] = [];
  const untagged: string[] = [];
  const kinds = new Set(
    [...text.matchAll(/^(?:export )?type \w+ = ('.*');$/gm)].flatMap(([, union]) =>
      [...union.matchAll(/'([^']+)'/g)].map(([, kind]) => kind),
    ),
  );
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'say') {
      keys.push(messageKey(partsOf(node.template)));
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
  return { keys: [...new Set(keys)], untagged };
}

const places = (text: string) => [...new Set(text.match(/\{\d\}/g))].sort();

describe.each(chapters)('the messages of %s', (name) => {
  const { keys, untagged } = read(name);
  const known = { ...portuguese('verdict'), ...portuguese(name) };

  test('are all there in Portuguese', () => {
    expect(keys.length).toBeGreaterThan(2);
    expect(untagged, 'sentences without say`…`').toEqual([]);
    expect(keys.filter((key) => !known[key]?.trim())).toEqual([]);
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
    vi.resetModules();
    const { findMay } = await import('./chapter02');
    expect(String(await findMay(undefined))).toBe(
      '○ Ainda sem resposta: troque undefined pela sua.',
    );
    expect((await findMay([0, 0, 0, 0])).message).toMatch(/^Esta query combina igualmente/);
    expect((await findMay([-200, 100, -100, -100])).message).toMatch(/^Certo\. Uma query também/);
  });
});
