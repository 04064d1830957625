// Portuguese sentences in which something agrees in gender, number or person with a noun that is not
// the nearest one, or that stands after it: what a model has to see often to look past the last noun.
import * as lexicon from '../lexicon/portuguese';
import { rows } from '../lexicon/tables';
import type { Draw } from '../skills/draw';
import {
  aNoun,
  agree,
  form,
  genderOf,
  theNoun,
  vowel,
  type Noun,
  type Pair,
} from './portuguese-words';
import { phrases, tell } from './tell';

const { COLORS, FEELINGS, IRREGULAR_NOUNS, NOUNS, SIZES } = lexicon;

/** Adjectives: those that end in "o" have a feminine in "a", the others have one form. */
const adjectives = (text: string): readonly Pair[] =>
  phrases(text).map((m) => ({ m, f: m.replace(/o$/, 'a') }));
const ofKind = (...kinds: string[]): Noun[] => NOUNS.filter(({ kind }) => kinds.includes(kind));
const named = (text: string): Noun[] =>
  [...NOUNS, ...IRREGULAR_NOUNS].filter(({ one }) => text.split(' ').includes(one));

const ANIMALS = [...ofKind('animal'), ...named('cão leão leitão')];
const THINGS = [...ofKind('brinquedo', 'coisa', 'roupa'), ...named('botão balão violão avião')];
const FOOD = [...ofKind('comida'), ...named('pão limão melão')];
const PEOPLE = [...ofKind('pessoa'), ...named('irmão capitão')];
/** What somebody may have with them. */
const CARRIED = [
  ...ofKind('roupa'),
  ...named(
    'bola boneca pipa tambor barco carrinho apito bicicleta livro caneta copo cesta balde chave corda ' +
      'caixa mochila bandeira mapa jornal moeda flor balão violão vela escova',
  ),
];
/** What something may be near. */
const LANDMARKS = named(
  'casa jardim escola loja rio lago ponte castelo torre árvore porta janela parede mesa cama cadeira espelho ' +
    'caixa escada montanha portão telhado parque praia quintal mercado hospital',
);
const RELATIONS = rows(
  ['one', 'many', 'gender'],
  `
  amigo amigos m
  amiga amigas f
  irmão irmãos m
  irmã irmãs f
  filho filhos m
  filha filhas f
  primo primos m
  prima primas f
  tio tios m
  tia tias f
  professor professores m
  professora professoras f
  vizinho vizinhos m
  vizinha vizinhas f
  neto netos m
  neta netas f
  ajudante ajudantes m
  `,
);
/** What belongs to something, or shows it. */
const PARTS = rows(
  ['one', 'many', 'gender'],
  `
  porta portas f
  janela janelas f
  telhado telhados m
  parede paredes f
  canto cantos m
  chave chaves f
  tampa tampas f
  foto fotos f
  desenho desenhos m
  retrato retratos m
  história histórias f
  quadro quadros m
  cor cores f
  luz luzes f
  `,
);
const PLACES = ofKind('lugar').filter(({ one }) => one !== 'lar');

/** With "ser", and after a noun. */
const OF_THINGS = [
  ...adjectives(
    'velho, novo, pesado, bonito, antigo, leve, redondo, caro, barato, colorido, macio, estranho, comum',
  ),
  ...COLORS,
  ...SIZES,
];
const OF_ANIMALS = adjectives(
  'pequeno, grande, rápido, manso, velho, bonito, esperto, lento, gordo, magro, bravo, feroz, preto, branco, forte',
);
const OF_FOOD = adjectives(
  'gostoso, caro, barato, pequeno, grande, azedo, ruim, fresco, amarelo, vermelho, delicioso',
);
const OF_PEOPLE = adjectives(
  'alto, baixo, simpático, jovem, alegre, educado, gentil, teimoso, esperto, tímido, forte, famoso, quieto, rico',
);
const PART_LOOKS = adjectives(
  'velho, novo, bonito, azul, branco, escuro, claro, pequeno, grande, estranho',
);
/** With "estar". */
const STATES = {
  thing: adjectives('quebrado, limpo, sujo, molhado, guardado, escondido, perdido, seco, pronto'),
  animal: adjectives('cansado, faminto, molhado, machucado, quieto, acordado, parado, solto, sujo'),
  food: adjectives('frio, quente, podre, pronto, seco, guardado, cortado'),
  people: FEELINGS,
};
const DONE = adjectives('encontrado, visto, levado, trazido, esquecido, escondido, roubado');

const VERBS = [...lexicon.VERBS, ...lexicon.IRREGULAR_VERBS];
const verbs = (text: string) => VERBS.filter(({ base }) => text.split(' ').includes(base));
const ALONE = verbs(
  'andar brincar pular cozinhar dançar esperar chorar estudar trabalhar gritar acenar nadar cantar sonhar ' +
    'descansar correr comer beber aprender dormir fugir tossir sair chegar voltar ',
);
const OF_ANIMALS_ALONE = verbs('andar pular descansar correr comer beber dormir fugir esperar');
/** With somebody. */
const WITH_SOMEBODY = verbs(
  'ajudar chamar amar abraçar visitar esperar procurar ver convidar encontrar seguir beijar',
);
/** Happening, before what it happens to. */
const APPEARING = rows(
  ['one', 'many'],
  `
  sumiu sumiram
  apareceu apareceram
  caiu caíram
  faltava faltavam
  falta faltam
  sobrou sobraram
  `,
);
const ARRIVING = rows(
  ['one', 'many'],
  `
  chegou chegaram
  chega chegam
  entrou entraram
  saiu saíram
  apareceu apareceram
  veio vieram
  passou passaram
  fugiu fugiram
  `,
);
/** I, he, we, they. */
const PERSONS = rows(
  ['eu', 'ele', 'nos', 'eles'],
  `
  canto canta cantamos cantam
  corro corre corremos correm
  durmo dorme dormimos dormem
  brinco brinca brincamos brincam
  estudo estuda estudamos estudam
  trabalho trabalha trabalhamos trabalham
  moro_aqui mora_aqui moramos_aqui moram_aqui
  leio lê lemos leem
  escrevo escreve escrevemos escrevem
  vou_à_escola vai_à_escola vamos_à_escola vão_à_escola
  tenho_fome tem_fome temos_fome têm_fome
  estou_aqui está_aqui estamos_aqui estão_aqui
  cantei cantou cantamos cantaram
  corri correu corremos correram
  comi comeu comemos comeram
  fui_à_praia foi_à_praia fomos_à_praia foram_à_praia
  fiz_um_bolo fez_um_bolo fizemos_um_bolo fizeram_um_bolo
  vi_o_mar viu_o_mar vimos_o_mar viram_o_mar
  `,
);
const OFTEN = phrases(
  'todo dia, de manhã, à noite, muitas vezes, sem parar, aos domingos, na escola, depois do almoço, de novo',
);
const NEAR = phrases('perto, atrás, ao lado, na frente, longe');

/** Of animals, things and food. */
const OF_ANYTHING: readonly string[] = [
  '{noun} {near} {be} {look}.',
  '{noun} {near} {is} {state}.',
  '{noun} {ofOwner} {be} {look}.',
  '{noun} {ofOwner} {is} {state}.',
  '{noun} que {name} [achou|viu|desenhou] {near} {be} {look}.',
  '{noun} que {owner} {ownerSaw} {was} {look}.',
  '{noun} {near} não {be} {look}.',
  '{noun} {near} {went} {done}.',
  '{noun} {ofOwner} {went} {done} [ontem|de manhã|por {name}].',
  '{este} {n} {be} {look}.',
  '{aquele} {n} {near} {is} {state}.',
  '{este} {n} {look} {is} {near}.',
  '{name} [gosta|precisa] d{este} {n} {look}.',
  '{name} [gosta|tem medo] d{aquele} {n} {near}.',
  '{name} [comprou|viu|quer|perdeu|procura] {um} {n} {look}.',
  '[achei|vimos|eles querem|ela desenhou] {um} {n} {look} {near}.',
  '{meu} {n} {be} {look}, mas {noun} {ofOwner} não {be}.',
  '{todo} {n} {near} {be} {look}.',
  '{nenhum1} d{as} {many} {near} é {look1}.',
  'cada {um1} d{as} {many} está {state1}.',
  '{um1} d{as} {many} é {look1}, e {as} {outros} são {looks2}.',
  '[onde|com quem] {is} {noun} {ofOwner}?',
  '{noun} {near} {is} {state}?',
  '{noun} e {other} estão {near}.',
  '{noun} {look} e {other} [sumiram|ficaram aqui].',
  '{appears} {noun} {ofOwner}.',
  '{appears} {um} {n} {look} {near}.',
  'quant{as} {many} [você viu|há aqui|eles trouxeram]?',
  'que {n} {look}!',
  '{name} disse que {noun} {near} {was} {look}.',
  'embora {noun} {near} {was2} {look}, {name} gostou {dele}.',
  '{noun} {near} {is} {state}, e por isso ninguém {o} quer.',
  'como {noun} {ofOwner} {is} {state}, {name} vai procurar {outro}.',
  '{noun} {near} {be} mais {look} do que {other}.',
  '{is} {state} {noun} {ofOwner}.',
  'são {looks} {as} {many} {near}.',
];
const OF_THINGS_ONLY: readonly string[] = [
  '{part} {ofMarks} {be} {partLook}.',
  '{part} {ofMarks} {was} {partLook}.',
  '{part} {ofMarks} que {name} viu {be} {partLook}.',
  '{este} {n} {be} {meu}, e {aquele} {n} {near} {be} {seu}.',
];
const OF_ANIMALS_ONLY: readonly string[] = [
  '{noun} {near} {sings} {often}.',
  '{noun} {ofOwner} {sang} {often}.',
  '{noun} que {owner} {ownerSaw} {sings} {often}.',
  '{arrives} {noun} {ofOwner}.',
  '{noun} que viv{e} {near} {be} {look}.',
];
const OF_PEOPLE_ONLY: readonly string[] = [
  '{noun} com {things} {is} {state}.',
  '{noun} com {things} {sings} {often}.',
  '{noun} {near} {sang} {often}.',
  '{noun} {near} {has} {athing} {thingColor}.',
  '{relation} {ofOwner} {be} {relationLook}.',
  '{relation} {ofOwner} {sings} {often}.',
  '{relation} de {name} e {name2} {has} {athing} {thingColor}.',
  '{relation} {ofOwner} não {likes} {name}.',
  '{noun} que {likes} {owner} {is} {state}.',
  '{noun} que {owner} {ownerLikes} {sings} {often}.',
  '{noun} que {has} {things} {was} {look}.',
  '{este} {n} {be} {look}.',
  '{aquele} {n} {near} {sings} {often}.',
  '{todo} {n} com {things} {sings} {often}.',
  'cada {um1} d{as} {many} {sings1} {often}.',
  '{um1} d{as} {many} {near} está {state1}, e {as} {outros} estão {states2}.',
  'nem {name} nem {name2} [quer|quis] falar com {noun} {near}.',
  'quem {sings1} {often} {be1} {name}.',
  'quem {be} {noun} com {things}?',
  '{name} e {noun} {singMany} {often}.',
  '{arrives} {noun} com {things}.',
  '{arrives} [ontem|hoje|de manhã] {relation} {ofOwner}.',
  '{noun} {became} {state} porque {other} {otherWent} embora.',
  '{noun} {went} {done} {byOwner}.',
  '{girl} está {stateF} porque {boy} foi embora.',
  '{boy} está {stateM} porque {girl} foi embora.',
  '{girl}, que é [irmã|prima|amiga|vizinha] de {boy}, está {stateF}.',
  '{boy}, que é [irmão|primo|amigo|vizinho] de {girl}, está {stateM}.',
  '{girl} e {girl2} estão {statesF}.',
  '{girl} e {boy} estão {statesM}.',
  '{girl} se olhou no espelho e ficou {stateF}.',
  '{name} [conhece|viu] {noun} {near} e {o} [chamou|ajudou].',
  '{meuParente} e eu {nos} {often}.',
  'eu {eu} [{often}|com {noun}].',
  'nós {nos}, mas {noun} com {things} não {pele}.',
  'eu {eu}, você {pele1}, e {noun} {pele} também.',
  'nós, que moramos {nearPlace}, {nos} {often}.',
  'eu, que moro {nearPlace}, {eu} {often}.',
  'a gente {pele1} {often}, e {noun} também {pele}.',
  'eles {peles} {often}, mas eu não {eu}.',
  '{meuParente} não {pele}, mas eu {eu}.',
];

/** One such sentence. */
export function agreement(draw: Draw): string {
  const plural = draw.chance(0.5);
  /** The nouns between are mostly of the other number. */
  const elsewhere = draw.chance(0.7) ? !plural : plural;
  const pick = <T>(one: T, many: T) => (plural ? many : one);
  const either = (one: string, many: string) => draw.any(pick(one, many).split('|'));

  const kind = draw.any([
    'thing',
    'thing',
    'animal',
    'food',
    'people',
    'people',
    'people',
  ] as const);
  const { nouns, looks, templates } = {
    thing: { nouns: THINGS, looks: OF_THINGS, templates: [...OF_ANYTHING, ...OF_THINGS_ONLY] },
    animal: { nouns: ANIMALS, looks: OF_ANIMALS, templates: [...OF_ANYTHING, ...OF_ANIMALS_ONLY] },
    food: { nouns: FOOD, looks: OF_FOOD, templates: OF_ANYTHING },
    people: { nouns: PEOPLE, looks: OF_PEOPLE, templates: OF_PEOPLE_ONLY },
  }[kind];
  const [head, other] = draw.several(nouns, 2);
  // The owner is mostly of the other gender.
  const others = PEOPLE.filter(({ one, gender }) => one !== head.one && gender !== head.gender);
  const owner = draw.any(draw.chance(0.7) ? others : PEOPLE.filter(({ one }) => one !== head.one));
  const [mark, place] = [draw.any(LANDMARKS), draw.any(PLACES)];
  const [thing, relation, part] = [draw.any(CARRIED), draw.any(RELATIONS), draw.any(PARTS)];
  const look = draw.any(looks);
  const state = draw.any(STATES[kind]);
  const [name, name2] = draw.several([...lexicon.GIRLS, ...lexicon.BOYS], 2);
  const [girl, girl2] = draw.several(lexicon.GIRLS, 2);
  const feeling = draw.any(FEELINGS);
  const alone = draw.any(kind === 'animal' ? OF_ANIMALS_ALONE : ALONE);
  const likes = draw.any(WITH_SOMEBODY);
  const persons = draw.any(PERSONS);
  const v = vowel(head);
  const s = plural ? 's' : '';
  const feminine = head.gender === 'f';
  const appearing = draw.any(APPEARING);
  const arriving = draw.any(ARRIVING);

  const slots = {
    noun: theNoun(head, plural),
    n: form(head, plural),
    many: head.many,
    as: `${v}s`,
    o: `${v}${s}`,
    name,
    name2,
    girl,
    girl2,
    boy: draw.any(lexicon.BOYS),
    be: pick('é', 'são'),
    be1: 'é',
    was: pick('era', 'eram'),
    was2: pick('fosse', 'fossem'),
    became: pick('ficou', 'ficaram'),
    is: either('está|estava', 'estão|estavam'),
    went: pick('foi', 'foram'),
    has: either('tem|tinha', 'têm|tinham'),
    e: pick('e', 'em'),
    look: agree(look, head, plural),
    look1: agree(look, head),
    looks2: agree(draw.any(looks.filter((one) => one !== look)), head, true),
    looks: agree(look, head, true),
    state: agree(state, head, plural),
    state1: agree(state, head),
    states2: agree(draw.any(STATES[kind].filter((one) => one !== state)), head, true),
    stateF: feeling.f,
    stateM: feeling.m,
    statesF: agree(feeling, { gender: 'f' }, true),
    statesM: agree(feeling, { gender: 'm' }, true),
    done: agree(draw.any(DONE), head, plural),
    near: `${draw.any(NEAR)} d${theNoun(mark, elsewhere)}`,
    ofMarks: `d${theNoun(place, elsewhere)}`,
    nearPlace: `${draw.any(['perto', 'longe', 'atrás'])} d${theNoun(place, elsewhere)}`,
    meuParente: `${{ m: pick('meu', 'meus'), f: pick('minha', 'minhas') }[genderOf(relation)]} ${form(relation, plural)}`,
    owner: theNoun(owner, elsewhere),
    ofOwner: `d${theNoun(owner, elsewhere)}`,
    byOwner: `pel${theNoun(owner, elsewhere)}`,
    ownerSaw: elsewhere ? draw.any(['viram', 'acharam']) : draw.any(['viu', 'achou']),
    ownerLikes: elsewhere ? likes.they : likes.third,
    este: pick(feminine ? 'esta' : 'este', feminine ? 'estas' : 'estes'),
    aquele: pick(feminine ? 'aquela' : 'aquele', feminine ? 'aquelas' : 'aqueles'),
    meu: pick(feminine ? 'minha' : 'meu', feminine ? 'minhas' : 'meus'),
    seu: pick(feminine ? 'sua' : 'seu', feminine ? 'suas' : 'seus'),
    todo: pick(feminine ? 'toda' : 'todo', `tod${v}s ${v}s`),
    outro: pick(feminine ? 'outra' : 'outro', `outr${v}s`),
    outros: `outr${v}s`,
    um1: feminine ? 'uma' : 'um',
    nenhum1: `nenhum${feminine ? 'a' : ''}`,
    um: pick(feminine ? 'uma' : 'um', draw.any([feminine ? 'umas' : 'uns', 'três', 'quatro'])),
    dele: pick(feminine ? 'dela' : 'dele', feminine ? 'delas' : 'deles'),
    other: theNoun(other, elsewhere),
    otherWent: elsewhere ? 'foram' : 'foi',
    things: theNoun(thing, elsewhere),
    athing: aNoun(thing),
    thingColor: agree(draw.any(COLORS), thing),
    relation: theNoun(relation, plural),
    relationLook: agree(draw.any(OF_PEOPLE), relation, plural),
    part: theNoun(part, plural),
    partLook: agree(draw.any(PART_LOOKS), part, plural),
    sings: pick(alone.third, alone.they),
    sang: pick(alone.past, alone.theyPast),
    sings1: alone.third,
    singMany: alone.they,
    likes: pick(likes.third, likes.they),
    often: draw.any(OFTEN),
    appears: pick(appearing.one, appearing.many),
    arrives: pick(arriving.one, arriving.many),
    eu: persons.eu,
    nos: persons.nos,
    pele: pick(persons.ele, persons.eles),
    pele1: persons.ele,
    peles: persons.eles,
  };
  return tell(draw, draw.any(templates), slots);
}
