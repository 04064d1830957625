import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fetchData, findData, knownData, loadText, verifyData } from '../data';
import { fetchGutenberg, stripGutenberg } from './gutenberg';

const BOOK = 'CAPÍTULO I\n\nÉ uma vez.\n\nEnd of the line, said he.\n\n*** \n\nFIM';

// The forms that Project Gutenberg has used over the years, with words made up here.
const TODAY = `\uFEFFThe Project Gutenberg eBook of O Livro

This eBook is for the use of anyone anywhere.

Title: O Livro
        com subtítulo

Author: Ninguém de Tal

Release date: January 1, 2020 [eBook #99]

Language: Portuguese

Credits: Somebody and the team

*** START OF THE PROJECT GUTENBERG EBOOK O LIVRO ***



Produced by Somebody and the
Distributed Team at a site

${BOOK}


*** END OF THE PROJECT GUTENBERG EBOOK O LIVRO ***

Updated editions will replace the previous one.

START: FULL LICENSE
THE FULL PROJECT GUTENBERG™ LICENSE
`.replace(/\n/g, '\r\n');

const ABOUT_2010 = `The Project Gutenberg EBook of O Livro, by Ninguém

Title: O Livro

***START OF THE PROJECT GUTENBERG EBOOK O LIVRO, COM UM TÍTULO
QUE NÃO CABE NUMA LINHA***

E-text prepared by Somebody

${BOOK}

End of the Project Gutenberg EBook of O Livro, by Ninguém

*** END OF THIS PROJECT GUTENBERG EBOOK O LIVRO ***

***** This file should be named 99-0.txt *****
`;

const ABOUT_1995 = `**Welcome To The World of Free Plain Vanilla Electronic Texts**

***START**THE SMALL PRINT!**FOR PUBLIC DOMAIN ETEXTS**START***
Why is this here? You know: lawyers.
*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*

${BOOK}

End of Project Gutenberg's O Livro, by Ninguém
`;

describe('stripGutenberg', () => {
  it.each([
    ['of today', TODAY],
    ['of about 2010', ABOUT_2010],
    ['of about 1995', ABOUT_1995],
    ['without an end mark', ABOUT_1995.slice(0, ABOUT_1995.indexOf('\nEnd of Project'))],
  ])('leaves only the book of a file %s', (_, text) => {
    expect(stripGutenberg(text)).toBe(`${BOOK}\n`);
  });

  it('refuses a text without a start mark', () => {
    expect(() => stripGutenberg('<html>Too many requests</html>')).toThrow(
      'not a Project Gutenberg book: the START mark is missing',
    );
  });
});

describe('fetch gutenberg:ID', () => {
  let server: Server;
  let url: string;
  let answer: string | Buffer;
  let requests: number;
  let folder: string;
  const { GPT_DATA_CACHE, GPT_DATA_MIRROR } = process.env;

  beforeAll(async () => {
    server = createServer((_, response) => {
      requests++;
      response.end(answer);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/99`;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    requests = 0;
    answer = TODAY;
    folder = mkdtempSync(path.join(tmpdir(), 'gpt-gutenberg-'));
    process.env.GPT_DATA_CACHE = folder;
    delete process.env.GPT_DATA_MIRROR;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    Object.assign(process.env, { GPT_DATA_CACHE, GPT_DATA_MIRROR });
    if (GPT_DATA_CACHE === undefined) delete process.env.GPT_DATA_CACHE;
    if (GPT_DATA_MIRROR === undefined) delete process.env.GPT_DATA_MIRROR;
  });

  it('keeps the book with its hash, and then needs no network', async () => {
    expect(() => findData('gutenberg:99')).toThrow('./gpt data fetch gutenberg:99');
    const entry = await fetchGutenberg('99', folder, {}, url);
    expect(entry).toMatchObject({
      name: 'gutenberg:99',
      title: 'O Livro, Ninguém de Tal',
      language: 'pt',
      sha256: createHash('sha256').update(`${BOOK}\n`).digest('hex'),
    });
    expect(loadText('gutenberg:99')).toBe(`${BOOK}\n`);
    expect(await fetchData('gutenberg:99')).toMatchObject({ source: 'cache' });
    expect(requests).toBe(1);
    expect(knownData().at(-1)).toEqual(entry);
    expect(verifyData()).toMatchObject([{ name: 'gutenberg:99', problem: undefined }]);
    expect(readdirSync(path.join(folder, 'gutenberg')).sort()).toEqual(['pg99.json', 'pg99.txt']);
    // A folder of such files is a mirror too.
    process.env.GPT_DATA_MIRROR = folder;
    process.env.GPT_DATA_CACHE = path.join(folder, 'empty');
    expect(await fetchData('gutenberg:99')).toMatchObject({ source: 'mirror' });
  });

  it('notices a changed book', async () => {
    await fetchGutenberg('99', folder, {}, url);
    writeFileSync(path.join(folder, 'gutenberg/pg99.txt'), 'something else');
    expect(verifyData()[0].problem).toMatch(/has 14 bytes instead of/);
    expect(() => loadText('gutenberg:99')).toThrow('has 14 bytes instead of');
  });

  it('leaves nothing behind when the answer is not a book', async () => {
    answer = 'Sorry';
    await expect(fetchGutenberg('99', folder, {}, url)).rejects.toThrow('START mark is missing');
    answer = Buffer.from(TODAY, 'latin1');
    await expect(fetchGutenberg('99', folder, {}, url)).rejects.toThrow('is not text in UTF-8');
    expect(readdirSync(path.join(folder, 'gutenberg'))).toEqual([]);
  });

  it('does not take a wrong number for a book', async () => {
    for (const name of ['gutenberg:', 'gutenberg:0', 'gutenberg:../1', 'gutenberg:12345678']) {
      await expect(fetchData(name)).rejects.toThrow(`Unknown data "${name}"`);
    }
    expect(requests).toBe(0);
  });
});
