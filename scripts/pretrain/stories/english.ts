// The English story grammar: who, where and what are drawn, and everything else agrees with them.
import * as lexicon from '../lexicon/english';
import type { Draw } from '../skills/draw';
import { withArticles } from './english-agreement';
import { FIRST_PERSON, PLOTS, SPECIAL_PLOTS, SPECIAL_TALES, TALES } from './english-plots';
import { inBounds, phrases, tell, turned, type Plot, type Slots } from './tell';

export { agreement } from './english-agreement';

const TRAITS =
  'kind clever brave gentle shy careful lazy honest polite cheerful patient quiet funny ' +
  'helpful stubborn curious wise silly friendly strong';
const RELATIVES = phrases(
  'mom, dad, grandma, grandpa, mother, father, grandmother, grandfather, aunt, uncle',
);

/** A name with the pronouns that all sentences of a story use for it. */
function person(draw: Draw) {
  return draw.chance(0.5)
    ? { name: draw.any(lexicon.GIRLS), girl: true, kid: 'girl' }
    : { name: draw.any(lexicon.BOYS), girl: false, kid: 'boy' };
}

/** Who and what a story is about. */
function cast(draw: Draw, tale: boolean): Slots {
  const people = [person(draw), person(draw), person(draw)];
  while (new Set(people.map(({ name }) => name)).size < 3) people[draw.below(3)] = person(draw);
  const [hero, friend, other] = people;
  const [kid, fkid] = tale ? draw.several(lexicon.TALE_ANIMALS, 2) : [hero.kid, friend.kid];
  const [trait, trait2] = draw.several(TRAITS.split(' '), 2);
  const { place, at } = draw.any(lexicon.SITES);
  return {
    hero: hero.name,
    friend: friend.name,
    other: other.name,
    kid,
    fkid,
    trait,
    trait2,
    he: hero.girl ? 'she' : 'he',
    him: hero.girl ? 'her' : 'him',
    his: hero.girl ? 'her' : 'his',
    himself: hero.girl ? 'herself' : 'himself',
    fhe: friend.girl ? 'she' : 'he',
    fhim: friend.girl ? 'her' : 'him',
    fhis: friend.girl ? 'her' : 'his',
    fhimself: friend.girl ? 'herself' : 'himself',
    mom: draw.any(RELATIVES),
    place,
    at,
    color: draw.any(lexicon.COLORS),
    animal: draw.any(lexicon.SMALL_ANIMALS),
    feeling: draw.any(lexicon.FEELINGS),
  };
}

/** One of the two is told of first. */
const opening: Plot = (draw) => [
  draw.any([
    '[Once upon a time, there was|Once there was|There once was|There was once|Long ago there lived] a [{trait}|little|{trait} little] {kid} [named|called] {hero}, and {he} lived [near|not far from|in a house near] a {place}.',
    '[Once upon a time, there was|Once there was|There was once] a [little|young|small] {kid} [named|called|whose name was] {hero}. {he} was {trait} and {trait2}.',
    '{hero} was a {trait} {kid} who lived [near the {place}|with {his} family|in a small house with {his} family].',
    '[In a house with {color} windows|In a small house near the {place}|In a village between two hills|Behind the seventh hill] lived a {trait} {kid}. {his} name was {hero}.',
    'This is the story of a {kid} named {hero}, who was [{trait}, {trait2} and never bored|{trait} but sometimes a little {feeling}].',
    'Do you know {hero}? {he} is a {kid} who is [always {trait}|very {trait}|{trait} and {trait2}]. [Listen to what happened to {him}.|This is what happened one day.]',
    'Everybody in the village knew {hero}, because {he} was so {trait2}.',
  ]),
];

/** Both are told of, as friends. */
const together: Plot = (draw) => {
  const [a, b] = draw.several(
    phrases('sing, tell stories, climb trees, look at the stars, ask questions, run, draw, laugh'),
    2,
  );
  return [
    draw.any([
      '{hero} and {friend} were [friends|good friends|best friends]. {hero} was [{trait}|taller], and {friend} was [{trait2}|a little shy].',
      `{hero} was a {kid} who [liked|loved] to ${a}. {friend} liked to ${b} more, but they were always together.`,
    ]),
  ];
};

/** What there was to see that day. */
const scenery: Plot = (draw) => {
  const tree = draw.any(
    phrases(
      'tree by the river, house on the hill, roof of the barn, gate of the garden, boat on the lake',
    ),
  );
  const trees = draw.any(
    phrases(
      'trees by the river, houses on the hill, roofs of the old barn, flowers near the wall, birds in the old tree, ' +
        'boats on the lake, cows behind the fence, windows of the school',
    ),
  );
  return [
    draw.any([
      `The ${tree} was [old|small|beautiful].`,
      `The ${trees} were [beautiful|wet from the rain|hard to see].`,
      `The ${trees} were [beautiful|wet], and the ${tree} was [old|very old|small].`,
      'The [child|baker|farmer|woman|man|goat|dog] who lived near the [hills|trees|two lakes] was [always happy|never in a hurry|still asleep].',
      'The [children|women|men|dogs|geese] that lived near the {place} were [louder than ever|still asleep|on the street already].',
      '[Each of the houses|Every house] near the {place} had a [garden|{color} door|small window].',
      'There [was one {color} bird|were two {color} birds] on the roof of the house.',
      'There were many people {at}, [but it was quiet|and all of them were busy].',
    ]),
  ];
};

/** What the day was like. */
const weather: Plot = () => [
  '[It was a [sunny|cold|rainy|windy|warm|cloudy|foggy|beautiful] [day|morning|afternoon].' +
    '|The sun was [shining|hot], and there [were no clouds|was no cloud] in the sky.' +
    '|It had rained [all night|the day before|since Monday], and there were puddles [everywhere|on every path].' +
    '|The wind was [cold|strong], so everybody [wore a coat|walked fast].' +
    '|That day {hero} felt [{feeling}|a little {feeling}|{feeling}, but {he} did not know why].]',
];

const ending: Plot = (draw) => [
  draw.any([
    'That night {hero} fell asleep with a smile.',
    '{hero} and {friend} stayed friends [for many years|as long as they lived].',
    "{hero}'s {mom} was proud of {him}.",
    'And they lived happily ever after.',
    'It was a day that {hero} would never forget.',
    '"[What a day|I am so tired]!" thought {hero} [that evening|in bed].',
    '[When the stars came out, everyone was asleep|In the end, everybody was happy].',
    '{hero} still tells this story today.',
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
        .map((text) => withArticles(tell(draw, turned(draw, text), slots)))
        .filter((text) => text !== '')
        .join(' '),
    )
    .filter((scene) => scene !== '')
    .join(draw.chance(0.5) ? ' ' : '\n');
}

/** One story of 60 to 200 words, five to twenty-five sentences. */
export const story = (draw: Draw): string => inBounds(() => told(draw));
