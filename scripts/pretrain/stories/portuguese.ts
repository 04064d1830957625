// The Portuguese story grammar: who, where and what are drawn, and everything else agrees with them
// in gender, number and person.
import * as lexicon from '../lexicon/portuguese';
import type { Draw } from '../skills/draw';
import { FIRST_PERSON, PLOTS, SPECIAL_PLOTS, SPECIAL_TALES, TALES } from './portuguese-plots';
import { aNoun, agree, inOne, ofOne, toOne, vowel, type Gender } from './portuguese-words';
import { inBounds, phrases, tell, turned, type Plot, type Slots } from './tell';

export { agreement } from './portuguese-agreement';

const RELATIVES = phrases('a mãe, o pai, a avó, o avô, a tia, o tio, a madrinha, o padrinho');

const person = (draw: Draw, gender: Gender) => ({
  name: draw.any(gender === 'f' ? lexicon.GIRLS : lexicon.BOYS),
  gender,
});

/** Who and what a story is about. */
function cast(draw: Draw, tale: boolean): Slots {
  const kinds = tale
    ? draw.several(lexicon.TALE_ANIMALS, 2)
    : Array.from({ length: 2 }, () =>
        draw.any([
          { one: 'menina', gender: 'f' },
          { one: 'menino', gender: 'm' },
        ]),
      );
  const people = [...kinds.map(({ gender }) => gender), draw.any(['f', 'm'])].map((gender) =>
    person(draw, gender as Gender),
  );
  while (new Set(people.map(({ name }) => name)).size < 3) {
    const i = draw.below(3);
    people[i] = person(draw, people[i].gender);
  }
  const [hero, friend, other] = people;
  const girls = hero.gender === 'f' && friend.gender === 'f';
  const by = ({ gender }: { gender: string }, masculine: string, feminine: string) =>
    gender === 'm' ? masculine : feminine;
  const relative = draw.any(RELATIVES);
  const site = draw.any(lexicon.SITES);
  const color = draw.any(lexicon.COLORS);
  const animal = draw.any(lexicon.SMALL_ANIMALS);
  const [trait, trait2] = draw.several(lexicon.TRAITS, 2);
  return {
    hero: hero.name,
    friend: friend.name,
    other: other.name,
    kid: kinds[0].one,
    um: by(hero, 'um', 'uma'),
    o: vowel(hero),
    x: vowel(hero),
    fkid: kinds[1].one,
    fum: by(friend, 'um', 'uma'),
    fo: vowel(friend),
    y: vowel(friend),
    ele: by(hero, 'ele', 'ela'),
    dele: by(hero, 'dele', 'dela'),
    fele: by(friend, 'ele', 'ela'),
    fdele: by(friend, 'dele', 'dela'),
    Querido: by(hero, 'Querido', 'Querida'),
    fQuerido: by(friend, 'Querido', 'Querida'),
    Meu: by(friend, 'Meu', 'Minha'),
    meu: by(friend, 'meu', 'minha'),
    my: by(friend, 'm', 'a'),
    z: girls ? 'a' : 'o',
    za: girls ? 'a' : '',
    eles: girls ? 'elas' : 'eles',
    deles: girls ? 'delas' : 'deles',
    osdois: girls ? 'as duas' : 'os dois',
    Nósdois: girls ? 'Nós duas' : 'Nós dois',
    rel: relative,
    Rel: relative[0].toUpperCase() + relative.slice(1),
    w: relative[0],
    aorel: relative.replace(/^a /, 'à ').replace(/^o /, 'ao '),
    aoplace: toOne(site),
    noplace: inOne(site),
    doplace: ofOne(site),
    corm: color.m,
    corf: color.f,
    corms: agree(color, { gender: 'm' }, true),
    corfs: agree(color, { gender: 'f' }, true),
    aanimal: aNoun(animal),
    umanimal: aNoun(animal),
    an: vowel(animal),
    trait: agree(trait, hero),
    trait2: agree(trait2, hero),
    ftrait: agree(trait2, friend),
    feeling: agree(draw.any(lexicon.FEELINGS), hero),
  };
}

/** One of the two is told of first. */
const opening: Plot = (draw) => [
  draw.any([
    'Era uma vez {um} {kid} [muito {trait}|{trait} e {trait2}|bem {trait}] que se chamava {hero} e morava [perto {doplace}|longe {doplace}|numa casa perto {doplace}].',
    'Era uma vez {um} {kid} que se chamava {hero}. {ele} era {trait} e {trait2}.',
    'Era uma vez {um} {kid} [pequen{x}|muito curios{x}|que morava perto {doplace}]. O nome {dele} era {hero}.',
    '{hero} era {um} {kid} [{trait}|muito {trait}|{trait} e {trait2}] que morava perto {doplace} [com a família|com os avós|com os pais e dois irmãos].',
    '[Numa casa de janelas {corfs}|Numa casa pequena perto {doplace}|Numa vila entre dois morros|Atrás das montanhas] morava {um} {kid} [muito {trait}|{trait} e {trait2}]. O nome {dele} era {hero}.',
    'Esta é a história de {um} {kid} que se chamava {hero} e era [{trait}, mas às vezes um pouco teimos{x}|pequen{x} e muito {trait}].',
    'Você conhece {hero}? É {um} {kid} [muito {trait}|{trait} e {trait2}]. [Escute o que aconteceu com {ele}.|Esta história aconteceu com {ele}.]',
    'Na vila, todos conheciam {hero}, {um} {kid} que [sempre cumprimentava todo mundo|era muito {trait}|gostava de rir].',
  ]),
];

/** Both are told of, as friends. */
const together: Plot = (draw) => {
  const [a, b] = draw.several(
    phrases(
      'cantar, contar histórias, subir nas árvores, olhar as estrelas, fazer perguntas, correr, desenhar, dançar',
    ),
    2,
  );
  return [
    draw.any([
      '{hero} e {friend} eram [muito amig{z}s|vizinh{z}s e muito amig{z}s]. {hero} era {trait}, e {friend} era [muito {ftrait}|um pouco tímid{y}].',
      `{hero} era {um} {kid} que gostava de ${a}. {friend} gostava mais de ${b}, mas {osdois} estavam sempre junt{z}s.`,
    ]),
  ];
};

/** What there was to see that day. */
const scenery: Plot = (draw) => {
  const one = draw.any(
    phrases(
      'a casa atrás dos morros, a torre da igreja, a árvore perto dos muros, a ponte entre as ilhas',
    ),
  );
  const many = draw.any(
    phrases('os barcos do lago, os telhados da vila, os bancos da praça, os cavalos da fazenda'),
  );
  const flowers = draw.any(
    phrases('as flores do jardim, as janelas do castelo, as casas da rua, as árvores do parque'),
  );
  return [
    draw.any([
      `${one} era [velha|pequena|bonita].`,
      `${many} estavam [molhados|quietos]. ${one} parecia [nova|vazia].`,
      `${flowers} [eram {corfs}|estavam molhadas|eram muito bonitas].`,
      `${flowers} eram [bonitas|antigas], e ${many} eram [velhos|{corms}].`,
      '[A mulher|A menina|A cabra|A senhora] que morava perto dos [rios|morros|lagos] [estava sempre cansada|nunca tinha pressa|ainda não tinha acordado].',
      '[Os homens|Os meninos|Os cachorros] que moravam perto {doplace} [já estavam acordados|faziam muito barulho|já estavam na rua].',
      'Cada uma das casas perto {doplace} tinha [um jardim|uma porta {corf}|uma janela pequena].',
      'Em cima do telhado [havia um passarinho {corm}|havia dois passarinhos {corms}|cantavam dois passarinhos|cantava um passarinho].',
      'Havia muita gente {noplace}, [mas tudo estava quieto|e todos estavam ocupados].',
    ]),
  ];
};

/** What the day was like. */
const weather: Plot = () => [
  '[Era um dia de [sol|chuva|vento|frio|calor|neblina].' +
    '|Fazia [sol|calor|frio|muito frio], e [não havia nuvens no céu|o vento mexia as folhas].' +
    '|Tinha chovido [a noite toda|desde a segunda-feira|no dia anterior], e as ruas estavam [molhadas|cheias de poças].' +
    '|O vento era [frio|forte], por isso todos [vestiam casacos|andavam depressa].' +
    '|Naquele dia, {hero} estava [{feeling}|um pouco {feeling}|{feeling}, mas não sabia por quê].]',
];

const ending: Plot = (draw) => [
  draw.any([
    'Naquela noite, {hero} dormiu feliz.',
    '{hero} e {friend} [ficaram amig{z}s para sempre|continuaram amig{z}s por muitos anos].',
    '[Foi um dia|Foi uma tarde] que {hero} nunca esqueceu.',
    'E viveram felizes para sempre.',
    '"[Que dia|Que sono]!", pensou {hero} [à noite|na cama|antes de dormir].',
    '[Quando as estrelas apareceram, todos já dormiam|No fim, todos ficaram contentes].',
    'Até hoje {hero} conta essa história.',
    '',
    '',
  ]),
];

/** The plots of each kind of story, likely kinds several times. */
const KINDS = [
  ...Array.from({ length: 4 }, () => ({ plots: PLOTS, before: [opening, scenery, weather] })),
  { plots: PLOTS, before: [together, scenery, weather] },
  { plots: TALES, before: [opening, scenery, weather] },
  { plots: TALES, before: [together, scenery, weather] },
  { plots: SPECIAL_PLOTS, before: [opening, scenery] },
  { plots: SPECIAL_TALES, before: [opening] },
  { plots: FIRST_PERSON, before: [] },
];

function told(draw: Draw): string {
  const { plots, before } = draw.any(KINDS);
  const slots = cast(draw, plots === TALES || plots === SPECIAL_TALES);
  // After the opening comes one thing more at most.
  const [first, ...others] = before;
  const more = others.length > 0 && draw.chance(0.5) ? [draw.any(others)] : [];
  const scenes = first ? [[first, ...more], [draw.any(plots)], [ending]] : [[draw.any(plots)]];
  return scenes
    .map((parts) =>
      parts
        .flatMap((part) => part(draw))
        .map((text) => tell(draw, turned(draw, text), slots))
        .filter((text) => text !== '')
        .join(' '),
    )
    .filter((scene) => scene !== '')
    .join(draw.chance(0.5) ? ' ' : '\n');
}

/** One story of 60 to 200 words, five to twenty-five sentences. */
export const story = (draw: Draw): string => inBounds(() => told(draw));
