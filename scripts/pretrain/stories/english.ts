// The English story grammar: who, where and what are drawn, and everything else agrees with them.
import * as lexicon from '../lexicon/english';
import type { Draw } from '../skills/draw';

const { COLORS, FEELINGS, NOUNS, QUALITIES, SIZES, SHAPES } = lexicon;

interface Noun {
  one: string;
  many: string;
  kind?: string;
}

/** Somebody in a story, with the pronouns that all its sentences use. */
interface Person {
  name: string;
  he: string;
  him: string;
  his: string;
  himself: string;
  child: string;
}

const ALL_NOUNS: readonly Noun[] = [...NOUNS, ...lexicon.IRREGULAR_NOUNS];
const ofKind = (...kinds: string[]) => NOUNS.filter(({ kind }) => kinds.includes(kind));
const ANIMALS = ofKind('animal');
const THINGS = ofKind('toy', 'thing', 'clothing');
const FOOD = ofKind('food');
const PLACES = ofKind('place');
const PEOPLE: readonly Noun[] = [
  ...ofKind('person'),
  ...lexicon.IRREGULAR_NOUNS.filter(({ one }) => /child|man|woman|thief|person/.test(one)),
];
const VERBS = [...lexicon.VERBS, ...lexicon.IRREGULAR_VERBS];
/** What somebody can do without anything or anyone else. */
const ALONE = VERBS.filter(({ base }) =>
  (
    'walk play jump laugh smile talk cook dance wait listen learn climb hop cry hurry study move work sail yawn rest ' +
    'dream stretch giggle sneeze cough go come run eat drink sleep sit stand sing swim write drive speak draw read win dig'
  )
    .split(' ')
    .includes(base),
);
const TRAITS = (
  'kind clever brave gentle shy careful lazy honest polite cheerful patient busy ' +
  'helpful stubborn greedy wise young silly'
).split(' ');

const article = (words: string) => (/^[aeiou]/.test(words) ? `an ${words}` : `a ${words}`);
const capital = (text: string) => text[0].toUpperCase() + text.slice(1);

function person(draw: Draw, girl = draw.chance(0.5)): Person {
  return girl
    ? {
        ...{ name: draw.any(lexicon.GIRLS), he: 'she', him: 'her', his: 'her' },
        ...{ himself: 'herself', child: 'girl' },
      }
    : {
        ...{ name: draw.any(lexicon.BOYS), he: 'he', him: 'him', his: 'his' },
        ...{ himself: 'himself', child: 'boy' },
      };
}

/** An animal that has a name: it is spoken of as a person is. */
function animal(draw: Draw): Person {
  return { ...person(draw), child: draw.any(ANIMALS).one };
}

const adjective = (draw: Draw) => draw.any(draw.any([COLORS, SIZES, QUALITIES, QUALITIES, SHAPES]));

/** Where a thing may be, seen from another. */
const near = (draw: Draw) =>
  draw.any(['near', 'behind', 'next to', 'in front of', 'under', 'beside', 'by', 'above', 'below']);

/**
 * A sentence whose verb agrees with a noun that is not the nearest one, or with a determiner that
 * tells the number: what a model has to see often to look past the last noun.
 */
export function agreement(draw: Draw): string {
  const [head, other] = draw.several(ALL_NOUNS, 2);
  const someone = draw.any(PEOPLE);
  const [name] = draw.several([...lexicon.GIRLS, ...lexicon.BOYS], 1);
  const plural = draw.chance(0.5);
  const elsewhere = draw.chance(0.7) ? !plural : plural;
  const noun = plural ? head.many : head.one;
  const distractor = elsewhere ? other.many : other.one;
  const people = plural ? someone.many : someone.one;
  const { base, third } = draw.any(ALONE);
  const be = draw.any([plural ? 'are' : 'is', plural ? 'were' : 'was']);
  const has = draw.any([plural ? 'have' : 'has', 'had']);
  const goes = plural ? base : third;
  const does = plural ? "don't" : "doesn't";
  const these = draw.any(plural ? ['these', 'those'] : ['this', 'that']);
  const quality = draw.any(QUALITIES);
  const feeling = draw.any(FEELINGS);
  const where = near(draw);
  const relation = draw.any([
    'friend',
    'brother',
    'sister',
    'teacher',
    'doctor',
    'neighbor',
    'aunt',
  ]);
  const related = plural ? `${relation}s` : relation;
  const often = draw.any(['every day', 'in the morning', 'at night', 'very often', 'all the time']);
  return capital(
    draw.any([
      () => `the ${noun} ${where} the ${distractor} ${be} ${quality}.`,
      () => `the ${noun} ${where} the ${distractor} ${be} ${draw.any(COLORS)}.`,
      () => `the ${people} ${where} the ${distractor} ${goes} ${often}.`,
      () => `the ${people} with the ${distractor} ${be} ${feeling}.`,
      () => `the ${people} with the ${distractor} ${does} ${base} today.`,
      () => `the ${noun} that ${name} found ${where} the ${distractor} ${be} ${quality}.`,
      () => `the ${people} who saw the ${distractor} ${goes} ${often}.`,
      () =>
        `the ${people} who ${be} ${where} the ${distractor} ${has} ${article(adjective(draw))} hat.`,
      () =>
        `the ${related} of the ${elsewhere ? draw.any(PEOPLE).many : draw.any(PEOPLE).one} ${be} ${feeling}.`,
      () =>
        `the ${related} of the ${elsewhere ? draw.any(PEOPLE).many : draw.any(PEOPLE).one} ${goes} ${often}.`,
      () => `${these} ${noun} ${be} ${quality}.`,
      () => `${name} likes ${these} ${noun}.`,
      () => `${name} wants to buy ${these} ${adjective(draw)} ${noun}.`,
      () => `${these} ${people} ${goes} ${often}.`,
      () => `${these} ${adjective(draw)} ${noun} ${be} ${where} the ${distractor}.`,
      () =>
        `there ${be} ${plural ? draw.any(['two', 'three', 'many', 'some']) : draw.any(['one', 'only one'])} ${noun} ${where} the ${distractor}.`,
      () =>
        `${draw.any(plural ? ['many', 'some', 'most', 'all'] : ['each', 'every', 'one'])} ${people} ${goes} ${often}.`,
      () =>
        `the ${people} ${has} ${article(draw.any(COLORS))} ${draw.any(THINGS).one}, but the ${distractor} ${elsewhere ? 'do' : 'does'} not.`,
      () => `${name} and the ${people} are ${feeling}, and they ${base} together.`,
    ])(),
  );
}

/** What is needed to tell one story. */
interface World {
  hero: Person;
  friend: Person;
  thing: Noun;
  color: string;
  quality: string;
  place: string;
  helper: Noun;
  relative: string;
}

function world(draw: Draw): World {
  const hero = draw.chance(0.75) ? person(draw) : animal(draw);
  let friend = draw.chance(0.6) ? person(draw) : animal(draw);
  while (friend.name === hero.name) friend = person(draw);
  return {
    ...{ hero, friend, thing: draw.any(THINGS), color: draw.any(COLORS) },
    ...{ quality: draw.any(QUALITIES), place: draw.any(PLACES).one },
    helper: draw.any(ANIMALS),
    relative: draw.any(['mom', 'dad', 'grandma', 'grandpa', 'sister', 'brother']),
  };
}

type Scene = (draw: Draw, world: World) => string;

const opening: Scene = (draw, { hero, place }) => {
  const [trait, other] = draw.several(TRAITS, 2);
  const once = draw.any(['Once upon a time, there was', 'Once there was', 'There once was']);
  const { one } = draw.any(PLACES);
  return draw.any([
    `${once} ${article(trait)} ${hero.child} named ${hero.name}. ${capital(hero.he)} lived near a ${place}.`,
    `${once} ${article(`${draw.any(['little', 'young', 'small'])} ${hero.child}`)} called ${hero.name}. ${capital(hero.he)} was ${trait} and ${other}.`,
    `${hero.name} was ${article(trait)} ${hero.child} who lived by the ${place} with ${hero.his} family.`,
    `In a small house near the ${one} lived ${article(trait)} ${hero.child}. ${capital(hero.his)} name was ${hero.name}.`,
    `One ${draw.any(['sunny', 'cold', 'rainy', 'windy', 'warm'])} day, ${hero.name} went to the ${place}. ${capital(hero.he)} was ${draw.any(FEELINGS)}.`,
  ]);
};

const wish: Scene = (draw, { hero, thing, color, quality, relative }) =>
  draw.any([
    `${capital(hero.he)} had ${article(color)} ${thing.one} that ${hero.he} loved very much. Every day ${hero.he} took it with ${hero.him}.`,
    `More than anything, ${hero.name} wanted ${article(quality)} ${thing.one}. "Please, may I have one?" ${hero.he} asked ${hero.his} ${relative}.`,
    `${capital(hero.his)} ${relative} gave ${hero.him} ${article(color)} ${thing.one}. "Take good care of it," said ${hero.his} ${relative}.`,
    `${hero.name} liked ${thing.many}. ${capital(hero.he)} had ${draw.any(['two', 'three', 'four', 'five'])} ${thing.many}, and ${draw.any(['one of them was', 'all of them were'])} ${color}.`,
  ]);

/** Each plot: what goes wrong, what is done about it, how it ends. */
const PLOTS: readonly Scene[] = [
  (draw, { hero, friend, thing, color, helper }) => {
    const spot = `${near(draw)} the ${draw.any(NOUNS).one}`;
    return [
      `One day, ${hero.name} could not find the ${thing.one}. ${capital(hero.he)} looked ${spot}, but it was not there.`,
      draw.any([
        `${capital(hero.he)} began to cry. "What is wrong?" asked ${friend.name}. "I lost my ${color} ${thing.one}," said ${hero.name}.`,
        `"Have you seen my ${thing.one}?" ${hero.he} asked ${friend.name}. "No," said ${friend.name}, "but I will help you."`,
      ]),
      draw.any([
        `${friend.name} and ${hero.name} searched together. At last they saw ${article(helper.one)} that was sitting on the ${thing.one}!`,
        `${friend.name} looked under the bed, and there it was. "Here is your ${thing.one}!" said ${friend.name}.`,
        `They asked ${article(helper.one)}. The ${helper.one} showed them the way, and behind a big tree was the ${thing.one}.`,
      ]),
      `${hero.name} hugged ${friend.name} and thanked ${friend.him}. From then on ${hero.he} always put the ${thing.one} in its place.`,
    ].join(' ');
  },
  (draw, { hero, friend, thing }) =>
    [
      `${friend.name} came to play, but there was only one ${thing.one}. ${capital(hero.he)} did not want to share it. "It is mine," said ${hero.name}.`,
      `${friend.name} was sad and sat down by ${friend.himself}.`,
      `When ${hero.name} saw that, ${hero.he} felt sorry. ${capital(hero.he)} went to ${friend.name} and said, "${draw.any(['Let us play together', 'You can have it first', 'We can take turns'])}."`,
      `${friend.name} smiled. The two played all day, and both of them were ${draw.any(['happy', 'glad', 'tired but happy'])}. ${draw.any(['Sharing made the game better.', `${capital(hero.he)} learned that sharing is fun.`])}`,
    ].join(' '),
  (draw, { hero, helper, place }) => {
    const food = draw.any(FOOD);
    const where = draw.any(['in a hole', 'under a branch', 'in a net', 'between two rocks']);
    return [
      `On the way to the ${place}, ${hero.name} heard a small voice. "Help me!" It was ${article(helper.one)} that was stuck ${where}.`,
      `${hero.name} was ${draw.any(['afraid', 'a little scared', 'surprised'])}, but ${hero.he} wanted to help. ${capital(hero.he)} ${draw.any(['pulled with both hands', 'took a long stick', 'ran to get a rope'])}, and soon the ${helper.one} was free.`,
      `"Thank you," said the ${helper.one}. "You are kind. Take ${draw.any([`this ${food.one}`, `these two ${food.many}`, `these three ${food.many}`])}."`,
      `${hero.name} went home with a smile. The next day the ${helper.one} was waiting for ${hero.him}, and they became good friends.`,
    ].join(' ');
  },
  (draw, { hero, friend, relative }) => {
    const [a, b] = draw.several(FOOD, 2);
    return [
      `One morning ${hero.name} and ${hero.his} ${relative} wanted to make ${article(draw.any(['cake', 'soup', 'salad', 'pie']))}. They needed ${draw.any(['two', 'three', 'four', 'six'])} ${a.many} and one ${b.one}.`,
      draw.any([
        `But the ${a.many} in the kitchen were old. So they walked to the market and bought new ones.`,
        `There were no ${a.many} at home, so ${hero.he} asked ${friend.name}. "I have many ${a.many}," said ${friend.name}, "take as many as you like."`,
      ]),
      `${hero.name} ${draw.any(['washed', 'cut', 'counted'])} the ${a.many}, and ${hero.his} ${relative} ${draw.any(['cooked', 'mixed', 'baked'])} everything. It smelled very good.`,
      `In the evening they all sat at the table and ate. "${draw.any(['This is the best meal in the world', 'Can I have some more', 'You are a good cook'])}!" said ${friend.name}.`,
    ].join(' ');
  },
  (draw, { hero, friend, place }) => {
    const { base, past } = draw.any(ALONE);
    return [
      `${hero.name} could not ${base} as well as ${friend.name}. Every time ${hero.he} tried, the others laughed. This made ${hero.him} sad.`,
      `"I will teach you," said ${friend.name}. So they met at the ${place} every day. ${hero.name} ${past} and ${past}, again and again.`,
      `After ${draw.any(['a week', 'ten days', 'a month'])}, ${hero.he} tried once more, and this time it was perfect. Everybody clapped.`,
      `"${draw.any(['Never give up', 'You only have to try', 'Practice helps'])}," said ${friend.name}. ${hero.name} was very proud of ${hero.himself}.`,
    ].join(' ');
  },
  (draw, { hero, friend, thing, color }) =>
    [
      `But one day, the ${color} ${thing.one} fell on the floor and broke. ${hero.name} had been careless. ${capital(hero.he)} hid it and told nobody.`,
      `"Who broke the ${thing.one}?" asked ${friend.name}. ${hero.name} looked at ${hero.his} feet. At first ${hero.he} said nothing.`,
      `Then ${hero.he} told the truth. "I broke it. I am sorry." ${friend.name} was not angry. "${draw.any(['Thank you for telling me', 'I am glad that you are honest', 'We can fix it together'])}," said ${friend.name}.`,
      `They took some glue and fixed the ${thing.one}. It was not as pretty as before, but ${hero.name} felt much better.`,
    ].join(' '),
  (draw, { hero, helper, relative }) =>
    [
      `At night, ${hero.name} heard a strange noise. ${capital(hero.he)} was lying in bed and could not sleep. "Is it a monster?" ${hero.he} thought.`,
      `${capital(hero.he)} took a lamp and went to the ${draw.any(['window', 'door', 'kitchen', 'garden'])}. ${capital(hero.his)} heart was beating fast.`,
      `There was no monster at all. It was only ${article(helper.one)} that was looking for ${draw.any(FOOD).many}. ${hero.name} laughed and gave it something to eat.`,
      `"I am not afraid any more," ${hero.he} told ${hero.his} ${relative} the next morning. "The noise in the dark was just a hungry ${helper.one}."`,
    ].join(' '),
  (draw, { hero, friend, place, thing }) => {
    const n = draw.any(['three', 'four', 'five', 'seven']);
    return [
      `One day ${hero.name} found an old map. It showed the way to the ${place}. "Let us go and look for treasure," ${hero.he} said to ${friend.name}.`,
      `The two friends walked over ${draw.any(['a hill', 'a bridge', 'many stones'])} and through ${draw.any(['the forest', 'the tall grass', 'a dark cave'])}. They were tired, but they did not stop.`,
      `Under a tree stood a box. The lid of the box was heavy, so they opened it together. Inside were ${n} ${thing.many}!`,
      `"${draw.any(['One for you and one for me', 'We will share them with everybody', 'Our friends will like these'])}," said ${friend.name}. They carried the ${thing.many} home and told everyone what they had found.`,
    ].join(' ');
  },
];

const ending: Scene = (draw, { hero, friend, relative }) =>
  draw.any([
    `That night ${hero.name} fell asleep with a smile.`,
    `${hero.name} and ${friend.name} were friends from that day on.`,
    `${capital(hero.his)} ${relative} was proud of ${hero.him}.`,
    `And they lived happily ever after.`,
    `It was a day that ${hero.name} would never forget.`,
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
