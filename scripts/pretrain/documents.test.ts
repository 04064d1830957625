import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkCorpus, readDocuments, sentenceCounts } from './documents';
import { comparedWords, forbid, overlaps } from './overlap';
import { loadRecipe, type Recipe } from './recipe';
import { cutAtLines, plain, tidyBook } from './text';
import { ownPairs, testTasks, testTexts } from './test-texts';
import { documentsOf, prepareTokens, readTokens } from './token-file';
import { translationFault } from './translation-faults';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-recipe-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const gptMini = JSON.parse(
  fs.readFileSync(path.join(__dirname, 'recipes', 'gpt-mini.json'), 'utf8'),
) as Omit<Recipe, 'name'>;
/** A recipe's file with these fields in place of gpt-mini's. */
function recipeFile(change: object): string {
  const file = path.join(folder, 'trial.json');
  fs.writeFileSync(file, JSON.stringify({ ...gptMini, ...change }));
  return file;
}
const recipe = (change: object) => loadRecipe(recipeFile(change));
/** gpt-mini with other sources, all read in one stage. */
const withSources = (sources: object[], more: object = {}) =>
  recipe({ training: { ...gptMini.training, lateFrom: undefined }, sources, ...more });

/** A source that is a file of the folder, written here. */
function source(name: string, documents: string[], more: object = {}) {
  const text = documents.join('\n<|endoftext|>\n');
  const file = `${name}.txt`;
  fs.writeFileSync(path.join(folder, file), text);
  return {
    kind: 'file',
    name,
    language: 'en',
    passes: 1,
    file,
    title: name,
    licence: 'MIT',
    origin: 'a test',
    form: 'documents',
    sha256: createHash('sha256').update(text).digest('hex'),
    ...more,
  };
}

/** Stories with different numbers of sentences, and no 13 words in common. */
const stories = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) =>
    Array.from({ length: 1 + (i % 25) }, (_, j) => `${name} ${i} says ${j} here.`).join(
      i % 2 ? ' ' : '\n',
    ),
  );

test('a recipe that is wrong is refused by its field', () => {
  const [first, ...others] = gptMini.sources;
  const sources = (change: object) => ({ sources: [{ ...first, ...change }, ...others] });
  expect(() => recipe(sources({ licence: 'CC-BY-NC-4.0' }))).toThrow(
    /trial\.json: sources\.0\.licence: "CC-BY-NC-4\.0" is not among the licences .* MIT, /,
  );
  expect(() => recipe({ ...gptMini, colour: 'red' })).toThrow(/Unrecognized key: "colour"/);
  expect(() => recipe(sources({ passes: -1 }))).toThrow(/sources\.0\.passes: /);
  expect(() => recipe(sources({ passes: 0, late: undefined }))).toThrow(
    'sources: en_tinystories is never read',
  );
  const { training } = gptMini;
  expect(() => recipe({ training: { ...training, lateFrom: undefined } })).toThrow(/lateFrom/);
  expect(() => recipe(sources({ kind: 'magic' }))).toThrow(/sources\.0\.kind: /);
  expect(() => recipe(sources({ name: others[0].name }))).toThrow(
    'sources: two have the same name',
  );
  expect(() => recipe({ unseen: ['ulysses'] })).toThrow(
    'unseen.0: the catalogue has no book "ulys',
  );
  expect(() => loadRecipe('gpt-maxi')).toThrow(/There is no recipe gpt-maxi; there are: gpt-mini/);
  const trials = expect.stringContaining('Trials decided the recipe');
  expect(loadRecipe('gpt-mini')).toEqual({ ...gptMini, name: 'gpt-mini', trials });
});

test("our trials are not told of somebody's recipe with the name of ours", () => {
  const file = path.join(folder, 'gpt-mini.json');
  fs.copyFileSync(recipeFile({}), file);
  fs.writeFileSync(path.join(folder, 'gpt-mini.md'), 'MINE');
  expect(loadRecipe(file)).toEqual({ ...gptMini, name: 'gpt-mini', trials: undefined });
});

test('what stands in a test text is taken out, and nothing else', async () => {
  const run = 'one two three four five six seven eight nine ten eleven twelve thirteen';
  const paragraphs = Array.from({ length: 90 }, (_, i) => `${i} `.repeat(60).trim());
  const long = [...paragraphs.slice(0, 45), run, ...paragraphs.slice(45)].join('\n');
  const documents = [`A ${run} b.`, run.replace(' thirteen', ' 13'), 'A cat sees me. No!', long];
  const trial = withSources([source('a', documents)], { unseen: [] });
  const tests = [
    { name: 'a', texts: [`X, ${run.toUpperCase().replaceAll(' ', ', ')}.`] },
    { name: 'b', texts: ['A cat sees me.'], items: true },
  ];
  const [clean] = await readDocuments(trial, folder, tests);
  const [before] = await readDocuments(trial, folder, []);
  expect(before.training.length + before.heldOut.length).toBeGreaterThan(6);
  expect(before.overlapping).toBe(0);
  const forbidden = forbid([run], ['A cat sees me.']);
  const expected = before.training.filter((document) => overlaps(document, forbidden));
  expect(expected.length).toBeGreaterThan(1);
  expect(clean.training).toEqual(before.training.filter((each) => !expected.includes(each)));
  expect([clean.overlapping, clean.overlappingAfter]).toEqual([expected.length, 0]);
  // Of the long one a passage has gone, not all of it.
  expect(clean.training.join('\n')).toContain(paragraphs[0]);
  expect(clean.overlappingShare).toBeGreaterThan(0);
  expect(clean.overlappingShare).toBeLessThan(0.5);
});

test('short test texts count as whole sentences only, and only where they are items', () => {
  const items = forbid([], ['The smells of the flower fill the room.']);
  expect(overlaps('He came. The smells of the flower fill the room. He left.', items)).toBe(true);
  expect(overlaps('He said: "The smells of the flower fill the room."', items)).toBe(false);
  expect(overlaps('The smells of the flower fill the room today.', items)).toBe(false);
  expect(overlaps('The smells of the flower fill the room.', forbid(['The smells of']))).toBe(
    false,
  );
  expect(comparedWords('É "bom", João-de-barro!')).toEqual(['é', 'bom', 'joão', 'de', 'barro']);
});

test('a story and its translation are kept back together, and one without original is dropped', async () => {
  const english = stories('Tom', 200);
  const portuguese = [...stories('Ana', 200), 'Um. Dois.\nTrês. Quatro.\nCinco.\nSeis. Sete.'];
  const sources = [
    source('en', english, { translated: true }),
    source('pt', portuguese, { translated: true, language: 'pt' }),
  ];
  const [en, pt] = await readDocuments(withSources(sources, { unseen: [] }), folder, []);
  const number = (story: string) => /\d+/.exec(story)![0];
  expect(pt.heldOut.map(number)).toEqual(en.heldOut.map(number));
  expect(pt.training.map(number)).toEqual(en.training.map(number));
  expect(en.heldOut.length).toBeGreaterThan(0);
  expect([pt.withoutOriginal, pt.faulty, en.withoutOriginal]).toEqual([1, 0, 0]);
  expect(sentenceCounts('A. B!\n\nC? "D."')).toBe('2 2');
});

test.each([
  ['O casa é grande.', 'o casa'],
  ['Ela viu aquele menina.', 'aquele menina'],
  ['Os menino correram.', 'os menino'],
  ['Ele tem uma bola vermelho.', 'bola vermelho'],
  ['Havia gatos preto ali.', 'gatos preto'],
  ['Era um bonita gato.', 'bonita gato'],
  ['Ele estava muito cansada.', 'ele estava muito cansada'],
  ['Elas ficaram feliz.', 'elas ficaram feliz'],
  ['O frog pulou.', 'frog'],
  ['Zoë dormiu.', 'ë'],
  ['The casa.', 'the'],
] as const)('%s has the fault "%s"', (text, fault) => {
  expect(translationFault(text)).toBe(fault);
});

test.each([
  'A menina viu uma bola vermelha e dois gatos pretos.',
  'O menino foi a cavalo. A casa era bonita; as flores, azuis.',
  'Eles foram para casa felizes. Ele estava cansado e elas, tranquilas.',
  'Os avós deram uma rosa e os sapatos rosa à bebê. O bebê dormiu.',
  'Comprou o lápis, os lápis e a maçã. Casa, velho amigo!',
])('%s has no fault', (text) => {
  expect(translationFault(text)).toBeUndefined();
});

test('a book becomes paragraphs, and a long text pieces that end with a line', () => {
  const long = 'Uma linha que é tão longa quanto as do livro e que continua';
  const book = `${long}\nna linha que vem  depois.\r\n— Fala.\n\n${long}\n\nOutro “dito” d’ele.\n`;
  expect(tidyBook(book)).toBe(
    `${long} na linha que vem depois.\n— Fala.\n${long}\nOutro "dito" d'ele.\n`,
  );
  expect(plain('  “a”\t b \r\n')).toBe('"a" b');
  expect(cutAtLines('aa\nbb\ncccccccc\nd', 5)).toEqual(['aa\nbb', 'cccccccc', 'd']);
  expect(cutAtLines('a', 5)).toEqual(['a']);
});

test('tests of all kinds are looked for', () => {
  const found = Object.fromEntries(testTexts().map(({ name, texts }) => [name, texts]));
  const has = (name: string, text: string) => found[name].some((each) => each.includes(text));
  expect(has('texts of data/', fs.readFileSync('data/story-pt.txt', 'utf8').slice(0, 200))).toBe(
    true,
  );
  expect(has('code of the chapters', 'Every effort moves you')).toBe(true);
  expect(has('pairs of this project', ownPairs('pt')[0].bad)).toBe(true);
  expect(has('tasks of the skills', testTasks('en')[0][0].prompt)).toBe(true);
  expect(has('instructions of data/', 'What is a drought?')).toBe(true);
});

test('a recipe gives the same tokens each time, each source as often as it says', async () => {
  const sources = [
    source('twice', ['aaa b', 'ccc d', 'eee f'], { passes: 2 }),
    source(
      'sentences',
      Array.from({ length: 41 }, (_, i) => `Line ${i}.`),
      { form: 'sentences' },
    ),
    { kind: 'skills', name: 'skills', language: 'en', passes: 1, documents: 20 },
  ];
  // One a line, as that form is.
  fs.writeFileSync(path.join(folder, 'sentences.txt'), 'Line.\n'.repeat(41).trim());
  const content = fs.readFileSync(path.join(folder, 'sentences.txt'));
  Object.assign(sources[1], { sha256: createHash('sha256').update(content).digest('hex') });
  const trial = withSources(sources, { unseen: [], vocabSize: 300 });
  const made = async (name: string, change: Partial<Recipe> = {}) => {
    const target = path.join(folder, name);
    const said: string[] = [];
    await prepareTokens({ ...trial, ...change }, target, { corpus: folder }, (line) =>
      said.push(line),
    );
    return { target, said, ...readTokens(target, { ...trial, ...change }) };
  };
  const one = await made('one');
  const same = await made('same');
  const other = await made('other', { seed: 2 });
  expect(same.about).toEqual(one.about);
  expect(other.about.sha256).not.toBe(one.about.sha256);
  const documents = [...documentsOf(one)];
  const [twice] = one.about.sources;
  const kept = one.keptBack.get('twice') ?? [];
  for (const document of ['aaa b', 'ccc d', 'eee f']) {
    const times = kept.includes(document) ? 0 : 2;
    expect(documents.filter((each) => each === document)).toHaveLength(times);
  }
  expect(one.about.tokens).toBe(
    one.about.sources.reduce((sum, { tokens, passes }) => sum + tokens * passes, 0),
  );
  expect(twice.documents + kept.length).toBe(3);
  expect(one.said.join('\n')).toMatch(/twice: .*overlap with tests before 0 \(0\.00 %\), after 0/);

  // Another recipe, and files that are not those.
  expect(() => readTokens(one.target, { ...trial, seed: 2 })).toThrow(
    /of another recipe than trial is now/,
  );
  expect(() =>
    readTokens(one.target, { ...trial, training: { ...trial.training, rate: 1 } }),
  ).not.toThrow();
  expect(() => readTokens(path.join(folder, 'none'), trial)).toThrow('There are no tokens in');
  fs.appendFileSync(path.join(same.target, 'train.bin'), 'xx');
  expect(() => readTokens(same.target, trial)).toThrow(
    /train\.bin is not the file that tokens\.json/,
  );
  fs.copyFileSync(path.join(folder, 'twice.txt'), path.join(folder, 'kept.txt'));
  fs.appendFileSync(path.join(folder, 'twice.txt'), ' ');
  expect(() => checkCorpus(trial, folder)).toThrow(/twice: twice\.txt has SHA-256 .* instead of/);
  fs.rmSync(path.join(folder, 'twice.txt'));
  expect(() => checkCorpus(trial, folder)).toThrow(/twice: .*twice\.txt cannot be read/);
  await expect(readDocuments(trial, undefined, [])).rejects.toThrow('with --corpus DIR');
});
