// What gpt-mini is taught to do in Portuguese: see ../skills.ts.
import * as lexicon from '../lexicon/portuguese';
import type { Draw } from './draw';
import { listed, spelled, textToCopy, type Skill } from './skill';

const { BOYS, CAPITALS, COLORS, GIRLS, NOUNS, NUMBERS, SIZES } = lexicon;
type Noun = (typeof NOUNS)[number];
type Gender = 'm' | 'f';

const NAMES = [...GIRLS, ...BOYS];
const THINGS = NOUNS.filter(({ kind }) => ['brinquedo', 'coisa', 'roupa'].includes(kind));
const PLACES = NOUNS.filter(
  ({ one, kind }) => kind === 'lugar' && !['rio', 'lago', 'lar'].includes(one),
);
const COUNTED = NOUNS.filter(({ kind }) => kind !== 'pessoa' && kind !== 'lugar');

const one = ({ one }: { one: string }) => one;
const gender = (noun: { gender: string }) => noun.gender as Gender;
const the = (noun: Noun) => `${noun.gender === 'm' ? 'o' : 'a'} ${noun.one}`;
const a = (noun: Noun) => `${noun.gender === 'm' ? 'um' : 'uma'} ${noun.one}`;
const of = (noun: Noun) => `d${the(noun)}`;
const inThe = (noun: Noun) => `n${the(noun)}`;
/** "do Brasil", "da França", "de Portugal". */
const ofCountry = ({ article, country }: { article: string; country: string }) =>
  article === '-' ? `de ${country}` : `d${article} ${country}`;

/** Words whose opposite is one word only. */
const OPPOSITES = (() => {
  const both = lexicon.OPPOSITES.flatMap(({ a, b }) => [
    { word: a, answer: b },
    { word: b, answer: a },
  ]);
  return both.filter(({ word }) => both.filter((pair) => pair.word === word).length === 1);
})();

/** Two people, each with a thing; sometimes a third. */
function owners(draw: Draw, say: (name: string, thing: Noun, i: number) => string) {
  const names = draw.several(NAMES, draw.chance(0.3) ? 3 : 2);
  const things = draw.several(draw.own(THINGS, one), names.length);
  const context = names.map((name, i) => say(name, things[i], i)).join(' ');
  const asked = draw.below(names.length);
  return { names, things, context, asked };
}

const has = (draw: Draw) =>
  draw.any(['tem', 'achou', 'ganhou', 'quer', 'viu', 'comprou', 'perdeu']);

/** A short sentence, for copying and quoting. */
function sentence(draw: Draw): string {
  const [x, y] = draw.several(draw.own(THINGS, one), 2);
  const name = draw.any(NAMES);
  const color = draw.any(COLORS)[gender(x)];
  return draw.any([
    `${x.gender === 'm' ? 'O' : 'A'} ${x.one} é ${color}.`,
    `Eu gosto ${of(x)}.`,
    `${name} tem ${a(x)}.`,
    `${the(x)[0].toUpperCase()} ${x.one} e ${the(y)} estão aqui.`,
    `Onde está ${the(x)}?`,
    `Eu vi ${a(x)} ${color}.`,
    `Hoje vou ver ${the(x)}.`,
    `${name} e eu temos ${x.gender === 'm' ? 'dois' : 'duas'} ${x.many}.`,
  ]);
}

/** What a thing is like, told of several people and asked of one. */
function looks(draw: Draw, table: typeof COLORS) {
  const looks = draw.several(table, 3);
  const verb = has(draw);
  const say = (name: string, thing: Noun, i: number) =>
    verb === 'tem' && draw.chance(0.4)
      ? `${the(thing)[0].toUpperCase()} ${thing.one} de ${name} é ${looks[i][gender(thing)]}.`
      : `${name} ${verb} ${a(thing)} ${looks[i][gender(thing)]}.`;
  const { things, names, context, asked } = owners(draw, say);
  const thing = things[asked];
  return {
    context,
    answer: looks[asked][gender(thing)],
    slots: { the: the(thing), of: of(thing), owner: names[asked] },
  };
}

export const PORTUGUESE: readonly Skill[] = [
  {
    kind: 'copy',
    heldOut: 'words',
    draw(draw) {
      const nouns = draw.own(NOUNS, one).map(one);
      const text = textToCopy(draw, nouns, () => sentence(draw), 'e');
      return { answer: text, slots: { word: text } };
    },
    questions: [
      'Repita {word}',
      'Diga {word}',
      'Copie isto: {word}',
      'Escreva {word} de novo.',
      'Por favor, repita: {word}',
      'Você pode dizer {word}?',
      'Diga isto outra vez: {word}',
      'Anote: {word}',
      'Repita comigo: {word}',
      'Copie o texto {word}',
      'Fale {word}',
      'Você pode repetir {word} para mim?',
    ],
    statements: [
      '{word}. De novo: {answer}.',
      'Primeiro está escrito {word}, e depois está escrito {answer} mais uma vez.',
      'A senha é {word}. Não esqueça! A senha é {answer}.',
      '{name} escreveu {word} na parede. Todos podiam ler {answer} ali.',
      '{name} queria ouvir {word}, e {other} disse: {answer}.',
    ],
  },
  {
    kind: 'quote',
    heldOut: 'words',
    draw(draw) {
      const [name, other] = draw.several(NAMES, 2);
      const [said, reply] = [sentence(draw), sentence(draw)];
      const both = [`${name} disse: "${said}"`, `${other} disse: "${reply}"`];
      const context = (draw.chance(0.5) ? both : both.reverse()).join(' ');
      return { context, answer: said, slots: { name } };
    },
    questions: [
      'O que {name} disse?',
      'Conte o que {name} disse.',
      'Quais foram as palavras de {name}?',
      'O que foi que {name} disse?',
      'Que palavras {name} disse?',
      'Repita o que {name} disse.',
      'Você sabe o que {name} disse?',
      'Escreva o que {name} disse.',
      'Você pode repetir o que {name} disse?',
      'Diga o que {name} disse.',
      'O que foi dito por {name}?',
      '{name} disse uma coisa. O que foi?',
    ],
    statements: ['{context} Sim, {name} disse: {answer}'],
  },
  {
    kind: 'plural',
    heldOut: 'words',
    draw(draw) {
      const { one: word, many } = draw.any(draw.own(NOUNS, one));
      return { answer: many, slots: { word } };
    },
    questions: [
      'Qual é o plural de {word}?',
      'Escreva o plural de {word}.',
      'Dê o plural de {word}.',
      'Passe {word} para o plural.',
      'Como se diz mais de um: {word}?',
      'Ponha {word} no plural.',
      'O plural de {word}, por favor.',
      'Se são dois, eu não digo {word}. O que eu digo?',
      'Você sabe passar {word} para o plural?',
      'Diga o plural de {word}.',
      'O singular é {word}. Qual é o plural?',
      'Como fica {word} no plural?',
    ],
    statements: [
      'O plural de {word} é {answer}.',
      'No singular se diz {word}, no plural se diz {answer}.',
      'Aqui está escrito {word}. Se forem muitos, escreva {answer}.',
    ],
  },
  {
    kind: 'past',
    heldOut: 'words',
    draw(draw) {
      const { base, past } = draw.any(draw.own(lexicon.VERBS, (verb) => verb.base));
      return { answer: past, slots: { word: base } };
    },
    questions: [
      'Qual é o passado de {word}, com "ele"?',
      'Escreva o passado de {word}: ontem ele o quê?',
      'Ponha {word} no passado, com "ela".',
      'Hoje ela vai {word}. O que ela fez ontem?',
      'Como se diz {word} no passado, com "ele"?',
      'Hoje ele vai {word}. E ontem, o que ele fez?',
      'Diga {word} no passado, com "ela".',
      'Passe {word} para o passado, com "ele".',
      'O verbo é {word}. Ontem ele fez o quê?',
      'Como fica {word} no passado, com "ela"?',
      'Dê o passado de {word}, com "ele".',
      'Amanhã ela vai {word}. E ontem, o que ela fez?',
    ],
    statements: [
      'O passado de {word}, com "ele", é {answer}.',
      'Hoje ele vai {word}. Ontem ele também {answer}.',
      'Ontem ela {answer}, e amanhã ela também vai {word}.',
      'Ele queria {word}. Então ele {answer}.',
    ],
  },
  ...(['first', 'last'] as const).map((kind): Skill => {
    const word = kind === 'first' ? 'primeira' : 'última';
    return {
      kind,
      heldOut: 'words',
      draw(draw) {
        const all = draw.several(draw.own(NOUNS, one), 3 + draw.below(4)).map(one);
        const list = draw.any([all.join(', '), all.join(' '), listed(all, 'e')]);
        return { answer: all[kind === 'first' ? 0 : all.length - 1], slots: { list } };
      },
      questions: [
        `Qual é a ${word} palavra desta lista: {list}?`,
        `Qual é a ${word} palavra: {list}?`,
        `Escreva a ${word} palavra de {list}.`,
        `Que palavra é a ${word}: {list}?`,
        `Diga a ${word} palavra: {list}`,
        `Qual palavra é a ${word} da lista: {list}?`,
        `Aqui está uma lista: {list}. Qual é a ${word} palavra?`,
        `Olhe esta lista: {list}. Qual é a ${word} palavra?`,
        `Leia a lista e diga a ${word} palavra: {list}`,
        `Você pode achar a ${word} palavra: {list}?`,
        `Escrevi esta lista: {list}. Qual palavra é a ${word}?`,
        `Eu quero saber a ${word} palavra: {list}`,
      ],
      statements: [
        `Na lista {list}, a ${word} palavra é {answer}.`,
        `{name} tem uma lista: {list}. A ${word} palavra dela é {answer}.`,
      ],
    };
  }),
  {
    kind: 'count',
    heldOut: 'words',
    draw(draw) {
      const n = 1 + draw.below(8);
      const noun = draw.any(draw.own(COUNTED, one));
      const list = Array.from({ length: n }, () => noun.one).join(draw.any([', ', ' ']));
      const many = noun.many;
      const how = noun.gender === 'm' ? 'quantos' : 'quantas';
      const How = how[0].toUpperCase() + how.slice(1);
      return { answer: NUMBERS[n][gender(noun)], slots: { list, many, how, How } };
    },
    questions: [
      '{How} {many} há aqui: {list}?',
      '{How} {many} você vê? {list}',
      'Conte: {how} {many}? {list}',
      'Diga {how} {many} há na lista: {list}',
      'Aqui estão: {list}. {How} {many} são?',
      '{list}. {How} {many} são?',
      'Veja: {list}. {How} {many} há?',
      'Você sabe contar {how} {many} há em {list}?',
      'Conte e diga {how} {many}: {list}',
      '{How} {many} estão na lista: {list}?',
      'Me diga {how} {many}: {list}',
      'Se eu tenho {list}, tenho {how} {many}?',
    ],
    statements: ['{list}: se alguém pergunta {how} {many} há aqui, são {answer}.'],
  },
  {
    kind: 'color',
    heldOut: 'words',
    draw: (draw) => looks(draw, COLORS),
    questions: [
      'De que cor é {the}?',
      'Qual é a cor {of}?',
      'Que cor tem {the}?',
      'Diga a cor {of}.',
      'De que cor é {the} de {owner}?',
      'Qual é a cor {of} de {owner}?',
      'Você sabe a cor {of}?',
      'Eu quero saber a cor {of}.',
      'Escreva a cor {of}.',
      'Qual é mesmo a cor {of}?',
      'Você pode dizer de que cor é {the}?',
      '{the} é de que cor?',
    ],
    statements: ['{context} Então {the} é {answer}.', '{context} Veja bem: {the} é {answer}.'],
  },
  {
    kind: 'size',
    heldOut: 'words',
    draw: (draw) => looks(draw, SIZES),
    questions: [
      'De que tamanho é {the}?',
      'Qual é o tamanho {of}?',
      'Que tamanho tem {the}?',
      'Diga o tamanho {of}.',
      'De que tamanho é {the} de {owner}?',
      'Você sabe o tamanho {of}?',
      'Eu quero saber o tamanho {of}.',
      'Escreva o tamanho {of}.',
      'Qual é mesmo o tamanho {of}?',
      'Você pode dizer de que tamanho é {the}?',
      '{the} é de que tamanho?',
      'Qual é o tamanho {of} de {owner}?',
    ],
    statements: ['{context} Então {the} é {answer}.'],
  },
  {
    kind: 'who',
    heldOut: 'words',
    draw(draw) {
      const verb = draw.any(['tem', 'achou', 'comprou', 'perdeu']);
      const { things, names, context, asked } = owners(
        draw,
        (name, thing) => `${name} ${verb} ${a(thing)}.`,
      );
      return { context, answer: names[asked], slots: { the: the(things[asked]), verb } };
    },
    questions: [
      'Quem {verb} {the}?',
      'Diga quem {verb} {the}.',
      'Que criança {verb} {the}?',
      'Você sabe quem {verb} {the}?',
      'Você pode dizer quem {verb} {the}?',
      'Quem foi que {verb} {the}?',
      'Quem é que {verb} {the}?',
      'Qual das crianças {verb} {the}?',
      'Escreva o nome de quem {verb} {the}.',
      'Eu quero saber quem {verb} {the}.',
      'Alguém {verb} {the}. Quem?',
      'Como se chama quem {verb} {the}?',
    ],
    statements: ['{context} Quem {verb} {the} é {answer}.'],
  },
  {
    kind: 'where',
    heldOut: 'words',
    draw(draw) {
      const names = draw.several(NAMES, 2);
      const places = draw.several(draw.own(PLACES, one), 2);
      const verb = draw.any(['está', 'brinca', 'dorme', 'mora', 'trabalha', 'ficou']);
      const context = names.map((name, i) => `${name} ${verb} ${inThe(places[i])}.`).join(' ');
      const asked = draw.below(2);
      return { context, answer: inThe(places[asked]), slots: { who: names[asked], verb } };
    },
    questions: [
      'Onde {verb} {who}?',
      'Diga onde {who} {verb}.',
      'Em que lugar {who} {verb}?',
      'Onde é que {who} {verb}?',
      'Você sabe onde {who} {verb}?',
      'Você pode dizer onde {who} {verb}?',
      '{who} {verb} onde?',
      'Em que lugar {verb} {who}?',
      'Qual é o lugar onde {who} {verb}?',
      'Eu quero saber onde {who} {verb}.',
      'Escreva onde {who} {verb}.',
      'Onde foi dito que {who} {verb}?',
    ],
    statements: ['{context} {who} {verb} {answer}, como já foi dito.'],
  },
  {
    kind: 'opposite',
    heldOut: 'wordings',
    draw: (draw) => {
      const { word, answer } = draw.any(OPPOSITES);
      return { answer, slots: { word } };
    },
    questions: [
      'Qual é o contrário de {word}?',
      'Escreva o contrário de {word}.',
      'Dê o contrário de {word}.',
      'Diga o contrário de {word}.',
      'Qual é o oposto de {word}?',
      'Que palavra é o contrário de {word}?',
      'O contrário de {word}, por favor.',
      'Diga o oposto de {word}.',
      'A palavra é {word}. Qual é o contrário?',
      'Qual é a palavra contrária a {word}?',
      'Você pode dizer o contrário de {word}?',
      'Se não é {word}, qual é o contrário?',
    ],
    testQuestions: [
      'Que palavra significa o contrário de {word}?',
      'Você sabe o contrário de {word}?',
      'Preciso do contrário da palavra {word}.',
    ],
    statements: [
      'O contrário de {word} é {answer}.',
      '{word} e {answer} são contrários.',
      'Qual é o contrário de {word}? É {answer}.',
      'O oposto de {word} é {answer}.',
    ],
  },
  {
    kind: 'capital',
    heldOut: 'wordings',
    draw: (draw) => {
      const row = draw.any(CAPITALS);
      return { answer: row.capital, slots: { country: row.country, of: ofCountry(row) } };
    },
    questions: [
      'Qual é a capital {of}?',
      'Que cidade é a capital {of}?',
      'Diga a capital {of}.',
      'Escreva a capital {of}.',
      'Qual cidade é a capital {of}?',
      '{country}: qual é a capital?',
      'Você pode dizer a capital {of}?',
      'Quero saber a capital {of}.',
      'A capital {of}, por favor.',
      'Qual é o nome da capital {of}?',
      'Dê o nome da capital {of}.',
      'Qual cidade é mesmo a capital {of}?',
    ],
    testQuestions: [
      'Você sabe qual é a capital {of}?',
      'Como se chama a capital {of}?',
      'Me diga a capital {of}.',
    ],
    statements: [
      'A capital {of} é {answer}.',
      '{answer} é a capital {of}.',
      'Eles viajaram e viram a capital {of}, que se chama {answer}.',
    ],
  },
  {
    kind: 'irregular plural',
    heldOut: 'wordings',
    draw: (draw) => {
      const { one: word, many } = draw.any(lexicon.IRREGULAR_NOUNS);
      return { answer: many, slots: { word } };
    },
    questions: [
      'Qual é o plural de {word}?',
      'Escreva o plural de {word}.',
      'Dê o plural de {word}.',
      'Passe {word} para o plural.',
      'Ponha {word} no plural.',
      'Diga o plural de {word}.',
      'Como fica {word} no plural?',
      'O plural de {word}, por favor.',
      'O singular é {word}. Qual é o plural?',
      'Como se diz mais de um: {word}?',
      'Se são dois, eu não digo {word}. O que eu digo?',
      'Você pode passar {word} para o plural?',
    ],
    testQuestions: [
      'Qual é a forma plural de {word}?',
      'Coloque {word} no plural.',
      'Você sabe o plural de {word}?',
    ],
    statements: [
      'O plural de {word} é {answer}.',
      'No singular se diz {word}, no plural se diz {answer}.',
    ],
  },
  {
    kind: 'irregular past',
    heldOut: 'wordings',
    draw: (draw) => {
      const { base, past } = draw.any(lexicon.IRREGULAR_VERBS);
      return { answer: past, slots: { word: base } };
    },
    questions: [
      'Qual é o passado de {word}, com "ele"?',
      'Escreva o passado de {word}: ontem ele o quê?',
      'Ponha {word} no passado, com "ela".',
      'Como se diz {word} no passado, com "ele"?',
      'Passe {word} para o passado, com "ele".',
      'Dê o passado de {word}, com "ele".',
      'Como fica {word} no passado, com "ela"?',
      'O verbo é {word}. Como fica no passado, com "ele"?',
      'O passado de {word}, com "ela", por favor.',
      'Você sabe o passado de {word}, com "ele"?',
      'Escreva {word} no passado, com "ela".',
      'Como se escreve {word} no passado, com "ela"?',
    ],
    testQuestions: [
      'Passe {word} para o passado: ontem ela o quê?',
      'Com "ele", qual é o passado do verbo {word}?',
      'Diga o passado de {word}, com "ela".',
    ],
    statements: [
      'O passado de {word}, com "ele", é {answer}.',
      'Quando se usa {word} no passado, com "ela", diz-se {answer}.',
    ],
  },
  {
    kind: 'spelling',
    heldOut: 'wordings',
    draw: (draw) => {
      const word = one(draw.any(NOUNS.filter((noun) => [...noun.one].length <= 6)));
      return { answer: spelled(word), slots: { word } };
    },
    questions: [
      'Como se soletra {word}?',
      'Soletre {word}.',
      'Soletre a palavra {word}.',
      'Escreva {word} letra por letra.',
      'Diga as letras de {word}.',
      'Como se escreve {word}, letra por letra?',
      'Quero soletrar {word}. Como é?',
      'A palavra é {word}. Como se soletra?',
      'Soletre para mim: {word}',
      'Por favor, soletre {word}.',
      'Diga {word} letra por letra.',
      'Como eu soletro a palavra {word}?',
    ],
    testQuestions: [
      'Você pode soletrar {word}?',
      'Quais são as letras de {word}?',
      'Diga como se soletra {word}.',
    ],
    statements: ['{word} se soletra {answer}.', 'Soletra-se {word} assim: {answer}.'],
  },
];
