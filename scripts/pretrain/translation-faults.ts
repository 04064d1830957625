// Faults that machine translation leaves in Portuguese, as far as a list of words can find them.
import * as english from './lexicon/english';
import * as portuguese from './lexicon/portuguese';
import { rows } from './lexicon/tables';

/** `m` and `f`, then `s` and `p` for singular and plural: "ms", "fp". */
type Agreement = `${'m' | 'f'}${'s' | 'p'}`;
type Forms = ReadonlyMap<string, ReadonlySet<Agreement>>;

/** Of both genders, or not of one kind of word only. */
const UNSURE = words('bebê bebês jovem jovens gigante gigantes doce doces rosa laranja avós mal');

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

function table(entries: Iterable<readonly [word: string, agreement: Agreement]>): Forms {
  const forms = new Map<string, Set<Agreement>>();
  for (const [word, agreement] of entries) {
    forms.set(word, (forms.get(word) ?? new Set()).add(agreement));
  }
  return forms;
}

const NOUNS = table(
  [...portuguese.NOUNS, ...portuguese.IRREGULAR_NOUNS].flatMap(({ one, many, gender }) =>
    [
      [one, `${gender}s`] as [string, Agreement],
      [many, `${gender}p`] as [string, Agreement],
    ].filter(([word]) => !UNSURE.has(word)),
  ),
);

function plural(adjective: string): string {
  if (/m$/.test(adjective)) return adjective.replace(/m$/, 'ns');
  if (/[aei]l$/.test(adjective)) return adjective.replace(/i?l$/, 'is');
  return /[rz]$/.test(adjective) ? `${adjective}es` : `${adjective}s`;
}

const adjectives = (...lists: (readonly { m: string; f: string }[])[]) =>
  table(
    lists
      .flat()
      .filter(({ m }) => !UNSURE.has(m))
      .flatMap(({ m, f }): [string, Agreement][] => [
        [m, 'ms'],
        [f, 'fs'],
        [plural(m), 'mp'],
        [plural(f), 'fp'],
      ]),
  );
const { COLORS, SIZES, FEELINGS } = portuguese;
/** What things are like. */
const QUALITIES = rows(
  ['m', 'f'],
  `
  velho velha
  novo nova
  limpo limpa
  sujo suja
  macio macia
  duro dura
  pesado pesada
  bonito bonita
  frio fria
  quebrado quebrada
  mágico mágica
  dourado dourada
  estranho estranha
  colorido colorida
  antigo antiga
  engraçado engraçada
  redondo redonda
`,
);
const ADJECTIVES = adjectives(COLORS, SIZES, QUALITIES);
/** Beside a noun these may speak of somebody else: "foram para casa felizes". */
const PREDICATES = adjectives(COLORS, SIZES, QUALITIES, FEELINGS);

const DETERMINERS = table(
  (
    [
      ['ms', 'o um este esse aquele deste desse daquele neste nesse naquele do no pelo ao num dum'],
      ['ms', 'meu teu seu nosso outro muito pouco'],
      [
        'fs',
        'a uma esta essa aquela desta dessa daquela nesta nessa naquela da na pela à numa duma',
      ],
      ['fs', 'minha tua sua nossa outra muita pouca'],
      [
        'mp',
        'os uns estes esses aqueles destes desses daqueles nestes nesses naqueles dos nos pelos',
      ],
      ['mp', 'aos meus teus seus nossos outros muitos poucos dois'],
      [
        'fp',
        'as umas estas essas aquelas destas dessas daquelas nestas nessas naquelas das nas pelas',
      ],
      ['fp', 'às minhas tuas suas nossas outras muitas poucas duas'],
    ] as const
  ).flatMap(([agreement, list]) => list.split(' ').map((word) => [word, agreement] as const)),
);

const PRONOUNS = table([
  ['ele', 'ms'],
  ['ela', 'fs'],
  ['eles', 'mp'],
  ['elas', 'fp'],
]);
const COPULAS = words('é está era estava ficou foi são estão eram estavam ficaram foram');
const DEGREES = words('muito tão bem mais');

/** Left where a name or a rare word was not translated. */
const ENGLISH = new Set([
  ...english.NOUNS.filter(({ kind }) => kind === 'animal').flatMap(({ one, many }) => [one, many]),
  ...words('the and of with was were is are his her they you this that'),
]);
for (const { one, many } of portuguese.NOUNS) [one, many].forEach((word) => ENGLISH.delete(word));

const FOREIGN = /[^a-záàâãçéêíóôõúü0-9\s.,;:!?'"()\-–—…ºª%$/&]/iu;

function differ(a: ReadonlySet<Agreement> | undefined, b: ReadonlySet<Agreement> | undefined) {
  return a !== undefined && b !== undefined && ![...a].some((agreement) => b.has(agreement));
}

/**
 * The first fault of a Portuguese text: an article, demonstrative or possessive, an adjective or a
 * pronoun that does not agree with its neighbour in gender or number, an English word that was left
 * in, or a character that Portuguese does not have. Only words of the lexicon are judged, and only
 * where nothing stands between them.
 */
export function translationFault(text: string): string | undefined {
  const foreign = FOREIGN.exec(text);
  if (foreign) return foreign[0];
  for (const run of text.toLowerCase().split(/[^\p{L}\s-]+|\n/u)) {
    const list = run.split(/\s+/).filter(Boolean);
    for (let i = 0; i < list.length; i++) {
      const [word, second = '', third = '', fourth = ''] = list.slice(i, i + 4);
      if (ENGLISH.has(word)) return word;
      const pair = `${word} ${second}`;
      // "a" is a preposition too: "a cavalo", "a mãos".
      const preposition = word === 'a' && (second === 'cavalo' || !NOUNS.get(second)?.has('ms'));
      if (!preposition && differ(DETERMINERS.get(word), NOUNS.get(second))) return pair;
      if (differ(NOUNS.get(word), ADJECTIVES.get(second))) return pair;
      if (differ(ADJECTIVES.get(word), NOUNS.get(second))) return pair;
      const [predicate, last] = DEGREES.has(third) ? [fourth, 4] : [third, 3];
      if (COPULAS.has(second) && differ(PRONOUNS.get(word), PREDICATES.get(predicate))) {
        return list.slice(i, i + last).join(' ');
      }
    }
  }
  return undefined;
}
