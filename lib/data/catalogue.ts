/**
 * A file that the chapters can use: where it comes from, what it must contain, and what it is for.
 */
export interface DataFile {
  /** The name in commands: `./gpt data fetch the-verdict`. */
  readonly name: string;
  readonly title: string;
  readonly kind: 'book' | 'messages' | 'instructions';
  readonly language: 'en' | 'pt';
  /** Its path within the cache or a mirror, with `/` between folders. */
  readonly file: string;
  readonly url: string;
  /** Its size in bytes; absent if only the hash is known. */
  readonly bytes?: number;
  readonly sha256: string;
  readonly licence: string;
  readonly use: string;
}

// Addresses name a commit, so that what they serve cannot change.
const GITHUB = 'https://raw.githubusercontent.com';
const COURSE = `${GITHUB}/rasbt/LLMs-from-scratch/28c65cdfbc3338e2e040016eea4b7fdf556e4d57`;
const HOBIL = `${GITHUB}/hobil/gutenberg/18440c67b35809afc2abbf2b9f46340ef8317e38/books`;
const BEVILAQUA = `${GITHUB}/edmar-bevilaqua/books/2d947905eb72e2fe6e218832b8c068ac2cc2fa3f`;
const MACHADO = `${GITHUB}/luxedo/dataset-machado-de-assis/a13ca4a72f268f46db64804a67930d4c0f6db8e7/txt`;

type Book = Omit<DataFile, 'kind' | 'licence' | 'use'> & { use?: string };

function book(entry: Book): DataFile {
  const use = 'a larger corpus for training (chapter 5)';
  return { kind: 'book', licence: 'public domain', use, ...entry };
}

/**
 * Every file that the project can fetch. Names never change, and a mirror has the same `file`
 * paths. The books come from Project Gutenberg, without its headers, and from Machado de Assis's
 * complete works as Brazil's Ministry of Education published them.
 */
export const CATALOGUE: readonly DataFile[] = [
  book({
    name: 'the-verdict',
    title: 'The Verdict, Edith Wharton, 1908',
    language: 'en',
    file: 'gutenberg/the-verdict.txt',
    url: `${COURSE}/ch02/01_main-chapter-code/the-verdict.txt`,
    bytes: 20_479,
    sha256: 'b41e41a68f0398a3154ae69e2e4c0e2694e17fe0d66730536837f1b01935b31f',
    use: 'chapters 1 to 5; the published numbers of the reference course are about this text',
  }),
  book({
    name: 'pride-and-prejudice',
    title: 'Pride and Prejudice, Jane Austen, 1813',
    language: 'en',
    file: 'gutenberg/pride_and_prejudice.txt',
    url: `${HOBIL}/pride_and_prejudice.txt`,
    bytes: 683_939,
    sha256: '4415324654fe0b5cc1d8deb67cf3c7f01a811070c94fbccf5f723377e32827ed',
    use: 'chapter 1: English beside Portuguese',
  }),
  book({
    name: 'alice-in-wonderland',
    title: "Alice's Adventures in Wonderland, Lewis Carroll, 1865",
    language: 'en',
    file: 'gutenberg/alice_in_wonderland.txt',
    url: `${BEVILAQUA}/alice_in_wonderland.txt`,
    bytes: 150_914,
    sha256: 'cae7ccd454537722956153893c0979ed31979957a108f1e569a7b5d491b08f44',
  }),
  book({
    name: 'gullivers-travels',
    title: "Gulliver's Travels, Jonathan Swift, 1726",
    language: 'en',
    file: 'gutenberg/gullivers_travels.txt',
    url: `${HOBIL}/gullivers_travels.txt`,
    bytes: 580_045,
    sha256: 'a00beff3bd3bd02ae668d344db842f75f26541afe4442e34dedcffd89db35260',
  }),
  book({
    name: 'ivanhoe',
    title: 'Ivanhoe, Walter Scott, 1819',
    language: 'en',
    file: 'gutenberg/ivanhoe.txt',
    url: `${HOBIL}/ivanhoe.txt`,
    bytes: 1_107_553,
    sha256: 'b483d1cb81b0f8a047cfd1703780203ed801ec84bb72c27561c6851b8b593c37',
  }),
  book({
    name: 'moby-dick',
    title: 'Moby-Dick, Herman Melville, 1851',
    language: 'en',
    file: 'gutenberg/moby_dick.txt',
    url: `${HOBIL}/moby_dick.txt`,
    bytes: 1_215_736,
    sha256: '8985b6a39833c1e34e2fa06fd9cfcbfa3b17962c7cb92602faf5a5772bba0ff2',
  }),
  book({
    name: 'sherlock-holmes',
    title: 'The Adventures of Sherlock Holmes, Arthur Conan Doyle, 1892',
    language: 'en',
    file: 'gutenberg/sherlock.txt',
    url: `${HOBIL}/sherlock.txt`,
    bytes: 562_348,
    sha256: '02c9eb76d0162f655a590391f8832d91977ae56383484ba02cf5a0a42954bab4',
  }),
  book({
    name: 'tom-sawyer',
    title: 'The Adventures of Tom Sawyer, Mark Twain, 1876',
    language: 'en',
    file: 'gutenberg/tom_sawyer.txt',
    url: `${HOBIL}/tom_sawyer.txt`,
    bytes: 392_977,
    sha256: 'cade50d3fe7fd52d418eda2a1eaf531f37c560d4ba0f4eb0205415122c4ed57f',
  }),
  book({
    name: 'war-of-the-worlds',
    title: 'The War of the Worlds, H. G. Wells, 1898',
    language: 'en',
    file: 'gutenberg/war_of_the_worlds.txt',
    url: `${HOBIL}/war_of_the_worlds.txt`,
    bytes: 339_189,
    sha256: '408f216fd5ba2a81065667476f2b77b01c311b4ae74763bbdafd2402890119f9',
  }),
  book({
    name: 'os-lusiadas',
    title: 'Os Lusíadas, Luís de Camões, 1572',
    language: 'pt',
    file: 'gutenberg/os_lusiadas.txt',
    url: `${BEVILAQUA}/os_lusiadas.txt`,
    bytes: 330_893,
    sha256: 'eb4bf37f838f2c9bce08dd4e56e318c950d8557e74e6375d25da0e5673fb550c',
    use: 'chapter 1: verse',
  }),
  book({
    name: 'dom-casmurro',
    title: 'Dom Casmurro, Machado de Assis, 1899 (spelling of the time)',
    language: 'pt',
    file: 'gutenberg/dom_casmurro.txt',
    url: `${BEVILAQUA}/dom_casmurro.txt`,
    bytes: 389_193,
    sha256: '4fc102867dcd4bd98b277967867ff1fcf53773a1881c7b7209ed7f54557aead1',
    use: 'chapter 1: what Portuguese costs in GPT-2 tokens',
  }),
  book({
    name: 'quincas-borba',
    title: 'Quincas Borba, Machado de Assis, 1891 (spelling of the time)',
    language: 'pt',
    file: 'gutenberg/quincas_borba.txt',
    url: `${BEVILAQUA}/quincas_borba.txt`,
    bytes: 436_651,
    sha256: '496788a8b5f1e1bcc50c785ccda2b82cc2988ebe31c763fb8472a8f0f014fdfd',
  }),
  book({
    name: 'contos-fluminenses',
    title: 'Contos Fluminenses, Machado de Assis, 1870',
    language: 'pt',
    file: 'machado/contosFluminenses.txt',
    url: `${MACHADO}/conto/contosFluminenses.txt`,
    bytes: 334_430,
    sha256: 'eb84024c30a15ca99efdce4e24812128a5c4d83fda0e1bc2d4500dd5760e76de',
  }),
  book({
    name: 'ressurreicao',
    title: 'Ressurreição, Machado de Assis, 1872',
    language: 'pt',
    file: 'machado/ressurreicao.txt',
    url: `${MACHADO}/romance/ressurreicao.txt`,
    bytes: 220_972,
    sha256: 'ffc33c6f6adf780b16e7a81b8a128b9a1bab86523cca9d111bb9214fc95a6f60',
  }),
  book({
    name: 'historias-da-meia-noite',
    title: 'Histórias da Meia-Noite, Machado de Assis, 1873',
    language: 'pt',
    file: 'machado/historiasMeiaNoite.txt',
    url: `${MACHADO}/conto/historiasMeiaNoite.txt`,
    bytes: 246_348,
    sha256: 'ff8740d7592a6c0a6c89d6d64532ba59783bc3b08b030b19cd99682972c55241',
  }),
  book({
    name: 'a-mao-e-a-luva',
    title: 'A Mão e a Luva, Machado de Assis, 1874',
    language: 'pt',
    file: 'machado/maoLuva.txt',
    url: `${MACHADO}/romance/maoLuva.txt`,
    bytes: 207_000,
    sha256: 'b15a6fb8db0291c4e3228a24534907d5b38344b4ecfae4301b3d8041de16e3b7',
  }),
  book({
    name: 'helena',
    title: 'Helena, Machado de Assis, 1876',
    language: 'pt',
    file: 'machado/helena.txt',
    url: `${MACHADO}/romance/helena.txt`,
    bytes: 338_467,
    sha256: '13cb0ae9ac7915a745d3d8a5aa7caa6f73eaadaa3ac1640aa3d988434a1e121b',
  }),
  book({
    name: 'iaia-garcia',
    title: 'Iaiá Garcia, Machado de Assis, 1878',
    language: 'pt',
    file: 'machado/iaia.txt',
    url: `${MACHADO}/romance/iaia.txt`,
    bytes: 336_713,
    sha256: 'e7089fa955d334b5cc26ceb3e0e681695ffd18c74d86b3bf64965314f20cda9c',
  }),
  book({
    name: 'bras-cubas',
    title: 'Memórias Póstumas de Brás Cubas, Machado de Assis, 1881',
    language: 'pt',
    file: 'machado/memoriasBras.txt',
    url: `${MACHADO}/romance/memoriasBras.txt`,
    bytes: 365_645,
    sha256: '3cb24e357d9c5ae7c95b4efb4949e7b8838a528577281bc875f6e8e9a9780bba',
  }),
  book({
    name: 'papeis-avulsos',
    title: 'Papéis Avulsos, Machado de Assis, 1882',
    language: 'pt',
    file: 'machado/papeisAvulsos.txt',
    url: `${MACHADO}/conto/papeisAvulsos.txt`,
    bytes: 328_572,
    sha256: 'cfb8934bb81b1b731455565fc4aeacffa0443acbcacf7cd9b86d4bce26429392',
  }),
  book({
    name: 'historias-sem-data',
    title: 'Histórias sem Data, Machado de Assis, 1884',
    language: 'pt',
    file: 'machado/historiasSemData.txt',
    url: `${MACHADO}/conto/historiasSemData.txt`,
    bytes: 302_073,
    sha256: '7b06454bdb9ac08f8c11d6c3188b921458be3f0576f2121b1b58f828258682db',
  }),
  book({
    name: 'casa-velha',
    title: 'Casa Velha, Machado de Assis, 1885',
    language: 'pt',
    file: 'machado/casaVelha.txt',
    url: `${MACHADO}/romance/casaVelha.txt`,
    bytes: 130_317,
    sha256: '5defe6c618f2d0538523e3f6fec112d46b1656b1c7a896ec18c57d1eeb99bd64',
  }),
  book({
    name: 'quincas-borba-modern',
    title: 'Quincas Borba, Machado de Assis, 1891 (modern spelling)',
    language: 'pt',
    file: 'machado/quincas.txt',
    url: `${MACHADO}/romance/quincas.txt`,
    bytes: 458_506,
    sha256: 'dc7b6452a1aa0f9bfe170035b25bcdef8d2b528fe081fe2aa2d5a6d76a2b5be1',
  }),
  book({
    name: 'varias-historias',
    title: 'Várias Histórias, Machado de Assis, 1896',
    language: 'pt',
    file: 'machado/variasHistorias.txt',
    url: `${MACHADO}/conto/variasHistorias.txt`,
    bytes: 259_894,
    sha256: 'da1b48ccbd6e0f6a295ac4b6fbb509e2cc36af75f420e4cf3a4794fa44089dce',
  }),
  book({
    name: 'dom-casmurro-modern',
    title: 'Dom Casmurro, Machado de Assis, 1899 (modern spelling)',
    language: 'pt',
    file: 'machado/domCasmurro.txt',
    url: `${MACHADO}/romance/domCasmurro.txt`,
    bytes: 383_745,
    sha256: 'd2d0da51e599361f12347905e9aedd32527912e0676111131bd919f792ef9360',
  }),
  book({
    name: 'paginas-recolhidas',
    title: 'Páginas Recolhidas, Machado de Assis, 1899',
    language: 'pt',
    file: 'machado/paginasRecolhidas.txt',
    url: `${MACHADO}/conto/paginasRecolhidas.txt`,
    bytes: 133_884,
    sha256: '2df54b36a5d15bf22f067b99c8d1ec911b40a904f7bf38b93729d001fd640c0f',
  }),
  book({
    name: 'esau-e-jaco',
    title: 'Esaú e Jacó, Machado de Assis, 1904',
    language: 'pt',
    file: 'machado/esau.txt',
    url: `${MACHADO}/romance/esau.txt`,
    bytes: 423_337,
    sha256: '2c6c40a46e0b37157438a0652a859b265c90fcb3f8992dc68035c427dc365ea2',
  }),
  book({
    name: 'reliquias-de-casa-velha',
    title: 'Relíquias de Casa Velha, Machado de Assis, 1906',
    language: 'pt',
    file: 'machado/reliquias.txt',
    url: `${MACHADO}/conto/reliquias.txt`,
    bytes: 174_193,
    sha256: '22670d377a0fdd79ee8b69689a26b3df0e12e1ed4b45d0605ba651927d2de37f',
  }),
  book({
    name: 'memorial-de-aires',
    title: 'Memorial de Aires, Machado de Assis, 1908',
    language: 'pt',
    file: 'machado/memorial-de-aires.txt',
    url: `${MACHADO}/romance/memorial-de-aires.txt`,
    bytes: 289_982,
    sha256: '76343d1bb6ab6dd58cc9623d3862f852ebb706b1b6dc827066d83bffa3e78289',
  }),
  {
    name: 'sms-spam',
    title: 'SMS Spam Collection, Almeida and Hidalgo, 2011: 5,574 messages, label TAB text',
    kind: 'messages',
    language: 'en',
    file: 'SMSSpamCollection.tsv',
    url: `${GITHUB}/justmarkham/pycon-2016-tutorial/5339710562cc46c4a32a369d63f1e8751a18a54e/data/sms.tsv`,
    bytes: 477_907,
    sha256: '7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d',
    licence: 'CC BY 4.0',
    use: 'chapter 6: spam or not',
  },
  {
    name: 'instruction-data',
    title: 'Instruction data of the reference course: 1,100 records in the Alpaca format',
    kind: 'instructions',
    language: 'en',
    file: 'instruction-data.json',
    url: `${COURSE}/ch07/01_main-chapter-code/instruction-data.json`,
    bytes: 203_524,
    sha256: '7e09a9af353722ca15c18bc580f093f9c39d3178335a75177319cb1e1d163944',
    licence: 'Apache 2.0',
    use: 'chapter 7: following instructions',
  },
  {
    name: 'alpaca-data',
    title: 'Stanford Alpaca, Taori and others, 2023: 52,002 instruction records',
    kind: 'instructions',
    language: 'en',
    file: 'alpaca_data.json',
    url: `${GITHUB}/tatsu-lab/stanford_alpaca/761dc5bfbdeeffa89b8bff5d038781a4055f796a/alpaca_data.json`,
    sha256: '2eddafc6b977608d778aaab8dfc7e50e547b3af9826dfb9e909d9fc362e4a419',
    licence: 'CC BY-NC 4.0 (no commercial use)',
    use: 'chapter 7: a larger set of instructions',
  },
];
