// The Portuguese story grammar: who, where and what are drawn, and everything else agrees with them
// in gender, number and person.
import * as lexicon from '../lexicon/portuguese';
import type { Draw } from '../skills/draw';

const { COLORS, FEELINGS, NOUNS, QUALITIES, SIZES } = lexicon;

type Gender = 'm' | 'f';
type Pair = Readonly<Record<Gender, string>>;

interface Noun {
  one: string;
  many: string;
  gender: string;
  kind?: string;
}

/** Somebody in a story, with the words that agree with them. */
interface Person {
  name: string;
  gender: Gender;
  ele: string;
  child: string;
}

const ALL_NOUNS: readonly Noun[] = [...NOUNS, ...lexicon.IRREGULAR_NOUNS];
const ofKind = (...kinds: string[]) => NOUNS.filter(({ kind }) => kinds.includes(kind));
const ANIMALS = ofKind('animal');
const THINGS = ofKind('brinquedo', 'coisa', 'roupa');
const FOOD = ofKind('comida');
const PLACES = ofKind('lugar');
const PEOPLE: readonly Noun[] = [
  ...ofKind('pessoa'),
  ...lexicon.IRREGULAR_NOUNS.filter(({ one }) => /irmão|capitão|cidadão/.test(one)),
];
const ALONE = [...lexicon.VERBS].filter(({ base }) =>
  (
    'andar brincar pular cozinhar dançar esperar chorar estudar trabalhar gritar acenar nadar voar cantar ' +
    'sonhar descansar correr comer beber aprender responder escrever descer dormir fugir tossir'
  )
    .split(' ')
    .includes(base),
);
const TRAITS: readonly Pair[] = (
  'bondoso bondosa, esperto esperta, corajoso corajosa, tímido tímida, preguiçoso preguiçosa, educado educada, ' +
  'alegre alegre, paciente paciente, teimoso teimosa, sábio sábia, gentil gentil, cuidadoso cuidadosa, ' +
  'distraído distraída, sincero sincera'
)
  .split(', ')
  .map((pair) => ({ m: pair.split(' ')[0], f: pair.split(' ')[1] }));

const g = (noun: { gender: string }) => noun.gender as Gender;
/** Forms of words that stand before a noun, by its gender and number. */
const the = (noun: Noun, plural = false) =>
  ({ m: ['o', 'os'], f: ['a', 'as'] })[g(noun)][plural ? 1 : 0];
const form = (noun: Noun, plural = false) => (plural ? noun.many : noun.one);
const theNoun = (noun: Noun, plural = false) => `${the(noun, plural)} ${form(noun, plural)}`;
const ofNoun = (noun: Noun, plural = false) => `d${theNoun(noun, plural)}`;
const inNoun = (noun: Noun, plural = false) => `n${theNoun(noun, plural)}`;
const aNoun = (noun: Noun) => `${g(noun) === 'm' ? 'um' : 'uma'} ${noun.one}`;
const someNouns = (noun: Noun) => `${g(noun) === 'm' ? 'uns' : 'umas'} ${noun.many}`;
const capital = (text: string) => text[0].toUpperCase() + text.slice(1);

/** The plural of an adjective. */
function many(adjective: string): string {
  if (/l$/.test(adjective)) return adjective.replace(/([aeou])l$/, '$1is').replace(/il$/, 'is');
  if (/[rz]$/.test(adjective)) return `${adjective}es`;
  if (/m$/.test(adjective)) return adjective.replace(/m$/, 'ns');
  // Names of colours that are names of things stay as they are.
  return ['rosa', 'cinza', 'laranja'].includes(adjective) ? adjective : `${adjective}s`;
}
const agree = (pair: Pair, noun: { gender: string }, plural = false) =>
  plural ? many(pair[g(noun)]) : pair[g(noun)];

function person(draw: Draw, girl = draw.chance(0.5)): Person {
  return girl
    ? { name: draw.any(lexicon.GIRLS), gender: 'f', ele: 'ela', child: 'menina' }
    : { name: draw.any(lexicon.BOYS), gender: 'm', ele: 'ele', child: 'menino' };
}

/** An animal that has a name; its word decides the gender. */
function animal(draw: Draw): Person {
  const { one, gender } = draw.any(ANIMALS);
  return { ...person(draw, gender === 'f'), child: one };
}

const near = (draw: Draw, noun: Noun, plural = false) =>
  `${draw.any(['perto', 'atrás', 'ao lado', 'na frente', 'embaixo', 'em cima', 'dentro'])} ${ofNoun(noun, plural)}`;

/**
 * A sentence in which something agrees in gender, number or person with a noun that is not the
 * nearest one: what a model has to see often to look past the last noun.
 */
export function agreement(draw: Draw): string {
  const [head, other] = draw.several(ALL_NOUNS, 2);
  const someone = draw.any(PEOPLE);
  const name = draw.any([...lexicon.GIRLS, ...lexicon.BOYS]);
  const plural = draw.chance(0.5);
  const elsewhere = draw.chance(0.7) ? !plural : plural;
  const verb = draw.any(ALONE);
  const be = plural ? draw.any(['são', 'eram']) : draw.any(['é', 'era']);
  const is = plural ? draw.any(['estão', 'estavam']) : draw.any(['está', 'estava']);
  const has = plural ? draw.any(['têm', 'tinham']) : draw.any(['tem', 'tinha']);
  const goes = draw.chance(0.5)
    ? plural
      ? verb.they
      : verb.third
    : plural
      ? verb.theyPast
      : verb.past;
  const quality = (noun: Noun) =>
    agree(draw.any([...QUALITIES, ...COLORS, ...SIZES]), noun, plural);
  const feeling = agree(draw.any(FEELINGS), someone, plural);
  const demonstrative = { m: ['este', 'estes'], f: ['esta', 'estas'] };
  const this_ = demonstrative[g(head)][plural ? 1 : 0];
  const far = { m: ['aquele', 'aqueles'], f: ['aquela', 'aquelas'] }[g(someone)][plural ? 1 : 0];
  const often = draw.any(['todo dia', 'de manhã', 'à noite', 'muitas vezes', 'sem parar']);
  const subject = theNoun(someone, plural);
  return capital(
    draw.any([
      () => `${theNoun(head, plural)} ${near(draw, other, elsewhere)} ${be} ${quality(head)}.`,
      () =>
        `${theNoun(head, plural)} que ${name} achou ${near(draw, other, elsewhere)} ${be} ${quality(head)}.`,
      () => `${theNoun(head, plural)} ${ofNoun(someone, elsewhere)} ${be} ${quality(head)}.`,
      () => `${subject} ${near(draw, other, elsewhere)} ${is} ${feeling}.`,
      () =>
        `${subject} que viu ${theNoun(other, elsewhere)} ${is} ${feeling}.`.replace(
          'que viu',
          plural ? 'que viram' : 'que viu',
        ),
      () => `${subject} com ${theNoun(other, elsewhere)} ${goes} ${often}.`,
      () => `${subject} ${near(draw, other, elsewhere)} ${goes} ${often}.`,
      () => `${subject} ${has} ${aNoun(head)} ${agree(draw.any(COLORS), head)}.`,
      () => `${this_} ${form(head, plural)} ${be} ${quality(head)}.`,
      () => `${far} ${form(someone, plural)} ${goes} ${often}.`,
      () => `${name} gosta d${draw.any([this_, this_.replace('st', 'ss')])} ${form(head, plural)}.`,
      () => `${name} comprou ${plural ? someNouns(head) : aNoun(head)} ${quality(head)}.`,
      () =>
        `${theNoun(head, plural)} e ${theNoun(other, elsewhere)} ${draw.any(['estão', 'ficaram'])} ${inNoun(draw.any(PLACES))}.`,
      () => `${name} e ${subject} ${verb.they} juntos.`,
      () =>
        `Eu ${draw.any(['estou', 'fico'])} ${near(draw, other)} e nós ${draw.any(['estamos', 'ficamos'])} aqui.`,
      () =>
        `${subject} ficou ${feeling} porque ${theNoun(other, elsewhere)} ${elsewhere ? 'sumiram' : 'sumiu'}.`.replace(
          'ficou',
          plural ? 'ficaram' : 'ficou',
        ),
    ])(),
  );
}

interface World {
  hero: Person;
  friend: Person;
  thing: Noun;
  color: Pair;
  quality: Pair;
  place: Noun;
  helper: Noun;
  /** "a mãe", "o avô". */
  relative: string;
  /** Picks the form for hero and friend together: feminine only where both are. */
  both(masculine: string, feminine: string): string;
}

function world(draw: Draw): World {
  const hero = draw.chance(0.75) ? person(draw) : animal(draw);
  let friend = draw.chance(0.6) ? person(draw) : animal(draw);
  while (friend.name === hero.name) friend = person(draw);
  return {
    ...{ hero, friend, thing: draw.any(THINGS), color: draw.any(COLORS) },
    ...{ quality: draw.any(QUALITIES), place: draw.any(PLACES), helper: draw.any(ANIMALS) },
    both: (masculine, feminine) =>
      hero.gender === 'f' && friend.gender === 'f' ? feminine : masculine,
    relative: draw.any(['a mãe', 'o pai', 'a avó', 'o avô', 'a irmã', 'o irmão', 'a tia']),
  };
}

type Scene = (draw: Draw, world: World) => string;

const opening: Scene = (draw, { hero, place }) => {
  const [trait, other] = draw.several(TRAITS, 2).map((pair) => pair[hero.gender]);
  const a = hero.gender === 'm' ? 'um' : 'uma';
  return draw.any([
    `Era uma vez ${a} ${hero.child} muito ${trait}. ${capital(hero.ele)} se chamava ${hero.name} e morava perto ${ofNoun(place)}.`,
    `Era uma vez ${a} ${hero.child} que se chamava ${hero.name}. ${capital(hero.ele)} era ${trait} e ${other}.`,
    `${hero.name} era ${a} ${hero.child} ${trait} que morava perto ${ofNoun(place)} com a família.`,
    `Num lugar bem longe morava ${a} ${hero.child}. O nome ${hero.gender === 'm' ? 'dele' : 'dela'} era ${hero.name}.`,
    `Num dia de ${draw.any(['sol', 'chuva', 'vento', 'frio'])}, ${hero.name} foi ${place.gender === 'm' ? 'ao' : 'à'} ${place.one}. ${capital(hero.ele)} estava ${draw.any(FEELINGS)[hero.gender]}.`,
  ]);
};

const wish: Scene = (draw, { hero, thing, color, quality, relative }) =>
  draw.any([
    `${capital(hero.ele)} tinha ${aNoun(thing)} ${agree(color, thing)} e gostava muito ${g(thing) === 'm' ? 'dele' : 'dela'}. Todos os dias ${hero.ele} brincava com ${g(thing) === 'm' ? 'ele' : 'ela'}.`,
    `O que ${hero.name} mais queria era ${aNoun(thing)} ${agree(quality, thing)}. "Você me dá ${g(thing) === 'm' ? 'um' : 'uma'}?", ${hero.ele} pediu.`,
    `Um dia, ${relative} deu ${aNoun(thing)} ${agree(color, thing)} para ${hero.name}. "Cuide bem ${g(thing) === 'm' ? 'dele' : 'dela'}", disse ${relative}.`,
    `${hero.name} gostava de ${thing.many}. ${capital(hero.ele)} tinha ${draw.any(['três', 'quatro', 'cinco'])} ${thing.many}, e ${g(thing) === 'm' ? 'todos eram' : 'todas eram'} ${agree(color, thing, true)}.`,
  ]);

const PLOTS: readonly Scene[] = [
  (draw, { hero, friend, thing, color, helper, both }) =>
    [
      `Um dia, ${hero.name} não achou ${g(thing) === 'm' ? 'o' : 'a'} ${thing.one}. ${capital(hero.ele)} procurou ${near(draw, draw.any(NOUNS))}, mas não estava lá.`,
      draw.any([
        `${capital(hero.ele)} começou a chorar. "O que foi?", perguntou ${friend.name}. "Perdi ${theNoun(thing)} ${agree(color, thing)}", disse ${hero.name}.`,
        `"Você viu ${theNoun(thing)}?", ${hero.ele} perguntou. "Não", disse ${friend.name}, "mas eu ajudo você a procurar."`,
      ]),
      draw.any([
        `${both('Os dois', 'As duas')} procuraram por toda parte. No fim, viram ${aNoun(helper)} que estava em cima ${ofNoun(thing)}!`,
        `${friend.name} olhou embaixo da cama e achou. "Aqui está ${theNoun(thing)}!", disse ${friend.name}.`,
        `${both('Eles', 'Elas')} perguntaram a ${aNoun(helper)}. ${capital(theNoun(helper))} mostrou o caminho, e atrás de uma árvore estava ${theNoun(thing)}.`,
      ]),
      `${hero.name} abraçou ${friend.name} e agradeceu. Desde então, ${hero.ele} guarda ${theNoun(thing)} no lugar certo.`,
    ].join(' '),
  (draw, { hero, friend, thing, both }) => {
    const sorry = hero.gender === 'm' ? 'arrependido' : 'arrependida';
    const alone = friend.gender === 'm' ? 'sozinho' : 'sozinha';
    return [
      `${friend.name} veio brincar, mas só havia ${aNoun(thing)}. ${hero.name} não quis emprestar. "É ${g(thing) === 'm' ? 'meu' : 'minha'}", ${hero.ele} disse.`,
      `${friend.name} ficou triste e se sentou ${alone} num canto.`,
      `Quando viu isso, ${hero.name} ficou ${sorry}. ${capital(hero.ele)} foi até ${friend.name} e disse: "${draw.any([both('Vamos brincar juntos', 'Vamos brincar juntas'), 'Você pode brincar primeiro', both('Cada um brinca um pouco', 'Cada uma brinca um pouco')])}."`,
      `${friend.name} sorriu. ${both('Os dois', 'As duas')} brincaram o dia inteiro e ficaram ${draw.any(['felizes', 'contentes', both('cansados e felizes', 'cansadas e felizes')])}. ${draw.any(['Dividir deixou a brincadeira melhor.', `${hero.name} aprendeu que é bom dividir.`])}`,
    ].join(' ');
  },
  (draw, { hero, helper, place }) => {
    const food = draw.any(FOOD);
    const stuck = { m: 'preso', f: 'presa' }[g(helper)];
    const free = { m: 'livre', f: 'livre' }[g(helper)];
    return [
      `No caminho ${place.gender === 'm' ? 'do' : 'da'} ${place.one}, ${hero.name} ouviu uma voz baixinha. "Socorro!" Era ${aNoun(helper)} que estava ${stuck} ${draw.any(['num buraco', 'numa rede', 'debaixo de um galho', 'entre duas pedras'])}.`,
      `${hero.name} teve medo, mas quis ajudar. ${capital(hero.ele)} ${draw.any(['puxou com força', 'pegou um pau comprido', 'correu e trouxe uma corda'])}, e logo ${theNoun(helper)} estava ${free}.`,
      `"${{ m: 'Obrigado', f: 'Obrigada' }[g(helper)]}", disse ${theNoun(helper)}. "Você é muito ${draw.any(TRAITS.slice(0, 3))[hero.gender]}. Leve ${draw.any([aNoun(food), `${g(food) === 'm' ? 'estes dois' : 'estas duas'} ${food.many}`])}."`,
      `${hero.name} voltou para casa sorrindo. No outro dia, ${theNoun(helper)} estava esperando, e os dois ficaram amigos.`,
    ].join(' ');
  },
  (draw, { hero, friend, relative }) => {
    const [a, b] = draw.several(FOOD, 2);
    return [
      `Certa manhã, ${hero.name} e ${relative} quiseram fazer ${draw.any(['um bolo', 'uma sopa', 'uma salada', 'uma torta'])}. Precisavam de ${draw.any(['três', 'quatro', 'seis'])} ${a.many} e de ${aNoun(b)}.`,
      draw.any([
        `Mas ${theNoun(a, true)} da cozinha eram ${agree({ m: 'velho', f: 'velha' }, a, true)}. Então foram ao mercado e compraram ${g(a) === 'm' ? 'outros' : 'outras'}.`,
        `Não havia ${a.many} em casa, e ${hero.ele} pediu a ${friend.name}. "Tenho ${g(a) === 'm' ? 'muitos' : 'muitas'}", disse ${friend.name}, "pode pegar."`,
      ]),
      `${hero.name} ${draw.any(['lavou', 'cortou', 'contou'])} ${theNoun(a, true)}, e ${relative} ${draw.any(['cozinhou', 'misturou', 'preparou'])} tudo. O cheiro era muito bom.`,
      `À noite, todos se sentaram à mesa e comeram. "${draw.any(['Está uma delícia', 'Quero mais', 'Vocês cozinham muito bem'])}!", disse ${friend.name}.`,
    ].join(' ');
  },
  (draw, { hero, friend, place, both }) => {
    const { base, past } = draw.any(ALONE);
    const proud = hero.gender === 'm' ? 'orgulhoso' : 'orgulhosa';
    return [
      `${hero.name} não sabia ${base} tão bem quanto ${friend.name}. Quando ${hero.ele} tentava, os outros riam, e ${hero.ele} ficava triste.`,
      `"Eu ensino você", disse ${friend.name}. Todos os dias ${both('os dois', 'as duas')} se encontravam ${inNoun(place)}. ${hero.name} ${past} muitas e muitas vezes.`,
      `Depois de ${draw.any(['uma semana', 'dez dias', 'um mês'])}, ${hero.ele} tentou de novo, e deu tudo certo. Todos bateram palmas.`,
      `"${draw.any(['Não desista nunca', 'É só tentar', 'Quem treina aprende'])}", disse ${friend.name}. ${hero.name} ficou muito ${proud}.`,
    ].join(' ');
  },
  (draw, { hero, friend, thing, color, both }) =>
    [
      `Mas um dia ${theNoun(thing)} ${agree(color, thing)} caiu no chão e quebrou. ${hero.name} escondeu os pedaços e não contou a ninguém.`,
      `"Quem quebrou ${theNoun(thing)}?", perguntou ${friend.name}. ${hero.name} olhou para o chão e não disse nada.`,
      `Depois ${hero.ele} contou a verdade. "Fui eu. Desculpe." ${friend.name} não ficou com raiva. "${draw.any(['Que bom que você contou', both('Vamos consertar juntos', 'Vamos consertar juntas'), 'Isso acontece'])}", disse ${friend.name}.`,
      `${both('Os dois', 'As duas')} pegaram cola e consertaram ${theNoun(thing)}. Não ficou tão ${agree({ m: 'bonito', f: 'bonita' }, thing)} como antes, mas ${hero.name} se sentiu melhor.`,
    ].join(' '),
  (draw, { hero, helper, relative }) => {
    const scared = hero.gender === 'm' ? 'assustado' : 'assustada';
    const hungry = { m: 'faminto', f: 'faminta' }[g(helper)];
    return [
      `À noite, ${hero.name} ouviu um barulho estranho e ficou ${scared}. "Será um monstro?", ${hero.ele} pensou.`,
      `${capital(hero.ele)} pegou uma lâmpada e foi até ${draw.any(['a janela', 'a porta', 'a cozinha', 'o quintal'])}. O coração batia depressa.`,
      `Não havia monstro nenhum. Era só ${aNoun(helper)} que procurava ${draw.any(FOOD).many}. ${hero.name} riu e lhe deu de comer.`,
      `"Não tenho mais medo", ${hero.ele} disse de manhã, e ${relative} sorriu. "O barulho era só ${aNoun(helper)} ${hungry}."`,
    ].join(' ');
  },
  (draw, { hero, friend, place, thing, both }) =>
    [
      `Um dia ${hero.name} achou um mapa antigo. Ele mostrava o caminho ${place.gender === 'm' ? 'do' : 'da'} ${place.one}. "Vamos procurar o tesouro!", ${hero.ele} disse a ${friend.name}.`,
      `${both('Os dois amigos', 'As duas amigas')} passaram ${draw.any(['por uma montanha', 'por uma ponte', 'por muitas pedras'])} e atravessaram ${draw.any(['a floresta', 'o mato alto', 'uma caverna escura'])}. Estavam ${both('cansados', 'cansadas')}, mas não pararam.`,
      `Debaixo de uma árvore havia uma caixa. A tampa da caixa era pesada, e ${both('eles a abriram juntos', 'elas a abriram juntas')}. Dentro havia ${draw.any(['três', 'quatro', 'cinco', 'sete'])} ${thing.many}!`,
      `"${draw.any(['Vamos dividir com todos', 'Os nossos amigos vão gostar', both('Metade para cada um', 'Metade para cada uma')])}", disse ${friend.name}. ${both('Eles', 'Elas')} levaram ${theNoun(thing, true)} para casa e contaram a todos o que tinham achado.`,
    ].join(' '),
];

const ending: Scene = (draw, { hero, friend, relative, both }) =>
  draw.any([
    `Naquela noite, ${hero.name} dormiu feliz.`,
    `Desde esse dia, ${hero.name} e ${friend.name} são ${both('amigos', 'amigas')}.`,
    `${capital(relative)} ficou muito feliz com isso.`,
    'E viveram felizes para sempre.',
    `Foi um dia que ${hero.name} nunca esqueceu.`,
    '',
  ]);

/** One story of five to a dozen sentences. */
export function story(draw: Draw): string {
  const told = world(draw);
  const aside = draw.chance(0.4) ? ` ${agreement(draw)}` : '';
  const scenes = [
    opening(draw, told) + aside,
    draw.chance(0.7) ? wish(draw, told) : '',
    draw.any(PLOTS)(draw, told),
    ending(draw, told),
  ];
  return scenes.filter((scene) => scene !== '').join(draw.chance(0.5) ? ' ' : '\n');
}
