// English sentences in which a verb, a pronoun or a determiner agrees with a noun that is not the
// nearest one, or a determiner tells the number: what a model has to see often to look past the last
// noun.
import * as lexicon from '../lexicon/english';
import { rows } from '../lexicon/tables';
import type { Draw } from '../skills/draw';
import { phrases, tell } from './tell';

const { COLORS, FEELINGS, IRREGULAR_NOUNS, IRREGULAR_VERBS, NOUNS, VERBS } = lexicon;

/** "a" becomes "an" where a vowel is heard. */
export const withArticles = (text: string): string =>
  text.replace(/\b([Aa]) (?=[aeiouAEIO]|honest|hour)(?!one\b|uni|use)/g, '$1n ');

interface Noun {
  one: string;
  many: string;
}

const ofKind = (...kinds: string[]): Noun[] => NOUNS.filter(({ kind }) => kinds.includes(kind));
const named = (text: string): Noun[] =>
  [...NOUNS, ...IRREGULAR_NOUNS].filter(({ one }) => text.split(' ').includes(one));

const irregular = (text: string) =>
  IRREGULAR_NOUNS.filter(({ one }) => text.split(' ').includes(one));
const ANIMALS = [...ofKind('animal'), ...irregular('goose mouse ox wolf calf sheep fish deer')];
const THINGS = [...ofKind('toy', 'thing', 'clothing'), ...irregular('leaf knife shelf scarf')];
/** What somebody may have with them. */
const CARRIED = [
  ...ofKind('toy', 'clothing'),
  ...named(
    'book bag basket umbrella key lamp bucket letter coin ring rope stick flag map scarf knife',
  ),
].filter(({ one }) => !['swing', 'game', 'marble'].includes(one));
const FOOD = [...ofKind('food'), ...irregular('loaf fish')];
const PEOPLE = [
  ...ofKind('person'),
  ...irregular('child man woman thief elf person fireman grandchild wife'),
];
const MALE = named('boy man king prince brother uncle sailor knight wizard');
const FEMALE = named('girl woman queen princess sister aunt witch nurse wife');
/** What something may be near. */
const LANDMARKS = named(
  'house garden school shop river lake hill bridge castle tower tree bush door window wall gate ' +
    'fence table chair bed lamp clock box mirror bucket ladder barn park mountain rock',
);
const RELATIONS = rows(
  ['one', 'many'],
  `
  friend friends
  brother brothers
  sister sisters
  teacher teachers
  doctor doctors
  neighbor neighbors
  aunt aunts
  uncle uncles
  cousin cousins
  daughter daughters
  son sons
  child children
  helper helpers
  guest guests
  `,
);
/** What shows or tells of something else. */
const IMAGES = rows(
  ['one', 'many'],
  `
  picture pictures
  photo photos
  drawing drawings
  story stories
  song songs
  book books
  poem poems
  map maps
  film films
  `,
);
/** What belongs to something bigger. */
const PARTS = rows(
  ['one', 'many'],
  `
  door doors
  window windows
  roof roofs
  wall walls
  wheel wheels
  color colors
  side sides
  corner corners
  top tops
  owner owners
  key keys
  price prices
  `,
);

const ALL_VERBS = [...VERBS, ...IRREGULAR_VERBS];
const verbs = (text: string) => ALL_VERBS.filter(({ base }) => text.split(' ').includes(base));
const ALONE = verbs(
  'walk play jump laugh smile talk cook dance wait listen climb hop cry hurry study work yawn rest ' +
    'dream giggle sneeze cough run eat drink sleep sing swim write read draw clap shout whisper jog come leave win lose paint',
);
const OF_ANIMALS_ALONE = verbs('run jump eat drink sleep play wait swim rest dream climb hide');
const WITH_ANIMALS = verbs(
  'like love see watch feed follow draw paint find remember miss want buy',
);
/** Of somebody. */
const WITH_SOMEBODY = verbs(
  'help visit call hug thank follow watch know like love see hear meet remember believe teach find miss chase forget kiss invite',
);
/** Of things. */
const WITH_THINGS = verbs(
  'like want see buy sell find lose carry clean count collect use watch keep need draw take hide forget break borrow choose hold polish wash paint love',
);
const RESTING = rows(
  ['base', 'third'],
  `
  lie_on_the_ground lies_on_the_ground
  stand_in_the_corner stands_in_the_corner
  stay_here stays_here
  belong_to_{name} belongs_to_{name}
  cost_a_lot costs_a_lot
  look_{look} looks_{look}
  come_from_Brazil comes_from_Brazil
  make_{name}_happy makes_{name}_happy
  `,
);

const LOOKS = phrases(
  'old, new, clean, dirty, heavy, big, small, pretty, broken, expensive, cheap, dusty, strange, wet, ' +
    'lovely, beautiful, wooden, round',
);
const ANIMAL_LOOKS = phrases(
  'small, big, hungry, fast, quiet, old, young, tired, thirsty, clever, wild, brave, fat, funny, shy',
);
const FOOD_LOOKS = phrases(
  'fresh, sweet, cold, big, small, good, bad, old, cheap, round, delicious, green, red, yellow',
);
const OFTEN = phrases(
  'every day, in the morning, at night, very often, all the time, on Sundays, every evening, after school, in winter, again and again',
);
const LESSONS = phrases('dance, swim, read, write, sing, draw, cook, ride a horse');
const PAST_TIMES = phrases('yesterday, last week, last night, this morning, two days ago');

/** About anything: an animal, a thing, something to eat. */
const OF_ANYTHING: readonly string[] = [
  'the {noun} [{near} the {mark}|{near} the {mark} and the {mark2}] {is} {look}.',
  'the {noun} {near} the {mark} {was} {look} {past}.',
  'the {noun} {near} the {mark} {isnt} {look}.',
  'the {noun} of the {owners} {is} {look}.',
  'the {noun} of my {owners} {wasnt} {look}.',
  'the {noun} that {name} [found|saw|drew] {near} the {mark} {is} {look}.',
  'the {noun} that the {owners} {ownersLike} {is} {look}.',
  'the {noun} that the {owners} [found|saw] {past} {was} {look}.',
  '{this} {noun} {is} {look}.',
  '{that} {noun} {near} the {mark} {isnt} mine.',
  '{this} {look} {noun} {is} {near} the {mark}.',
  'is {this1} {one} {look}, or are {these1} {many} {look}?',
  '{name} [{likes1}|{past1}] {this} {noun}.',
  '{name} [{likes1}|{past1}] {that} {look} {noun}.',
  'the {owners} [saw|found|forgot] {this} {look} {noun} {near} the {mark}.',
  '[I remember|we like|they want|look at] {this} {look} {noun}.',
  '[do you see|who found|why does nobody like] {this} {look} {noun}?',
  'there {is} {some} {noun} {near} the {mark}.',
  'there {was} {some} {look} {noun} {near} the {mark}.',
  'there {isnt} {any} {noun} {near} the {mark}.',
  '{was} there {any} {noun} {near} the {mark}?',
  'where {is} the {noun} of the {owners}?',
  '{is} the {noun} {near} the {mark} {look}?',
  '[each|one] of the {many} {near} the {mark} is {look}.',
  '[both|all|some|most|many|two|several] of the {many} are {look}.',
  '[every|each] {one} {near} the {mark} is {look}.',
  '[both|all|many|few|most] {many} {near} the {mark} are {look}.',
  'neither of the two {many} is {look}.',
  'none of the {many} {near} the {mark} [were|are] {look}.',
  'the {noun} {near} the {mark} {is} {look}, and {they} {dont} belong to the {owners}.',
  'although the {noun} {near} the {mark} {was} {look}, {name} liked {them}.',
  'because the {noun} of the {owners} {was} {look}, nobody wanted {them}.',
  '{name} says that the {noun} {near} the {mark} {is} {look}.',
  '{name} thinks that {this} {noun} {was} {look} {past}.',
  'the {noun} here {is} {look}, but the {other} there {otherIs} not.',
  'one {one} is {look}, and two {many} are {look}.',
  'the {look} {one} and the {look2} {one} are {near} the {mark}.',
  'the {noun} with the {image} of the {owners} {is} {look}.',
  'only the {noun} in front of the {mark} {is} {look}.',
  'the {noun} {near} the {mark} {has} always been {look}.',
  '{has} the {noun} {near} the {mark} always been {look}?',
];

const OF_THINGS: readonly string[] = [
  'the {noun} {near} the {mark} {lies}.',
  'the {noun} of the {owners} {lies}.',
  'the {noun} that the {owners} bought {lies}.',
  '{this} {noun} {lies}.',
  'the {part} of the {marks} {is} {partLook}.',
  'the {part} of the {marks} {was} {partLook} {past}.',
  'the {part} of the {marks} that {name} saw {isnt} {partLook}.',
  'the {image} of the {owners} {is} {look}.',
  'the {image} of the {owners} {makes} {name} [happy|sad|laugh].',
  'the {image} about the {animals} {isnt} {look}.',
  '{name} has {this} {color} {noun}, and the {owners} {ownersHave} {that} {color2} {noun}.',
  'the price of the {many} is high, but the {many} are {look}.',
  'the box with the {many} is {look}.',
  'the boxes with the {one} are {look}.',
];

const OF_ANIMALS: readonly string[] = [
  'the {noun} {near} the {mark} {sings} {often}.',
  'the {noun} {near} the {mark} {dont} {sing} {often}.',
  'the {noun} that the {owners} {ownersLike} {sings} {often}.',
  'the {noun} that {chases} the {other} {is} {look}.',
  '{this} {noun} {chases} the {other}.',
  'the {noun} {near} the {mark} {has} a {color} nose.',
  'the {noun} {near} the {mark} {is} hungry, so {they} {eats} {often}.',
  'the {noun} saw {themselves} in the water.',
  'when the {noun} {near} the {mark} {is} tired, {they} {sleeps}.',
  'every {one} {near} the {mark} sleeps, but the {other} {otherDo} not.',
];

const OF_PEOPLE: readonly string[] = [
  'the {noun} with the {things} {is} {feeling}.',
  'the {noun} with the {color} {things} {sings} {often}.',
  'the {noun} {near} the {mark} {dont} {sing} {often}.',
  'the {noun} {near} the {mark} {likes} the {other}.',
  'the {relation} of the {owners} {is} {feeling}.',
  'the {relation} of the {owners} {sings} {often}.',
  'the {relation} of the {owners} {dont} {like} {name}.',
  'the {relation} of {name} and {name2} {has} a {color} {thing}.',
  'the {relation} of [most|some|many|all|both|these|those] {ownersMany} {hasnt} {seen} {name}.',
  'my {relation} {likes} the {owners}, and the {owners} {ownersLike} my {relation} too.',
  'the {noun} who [saw|met|helped|knew] the {owners} {sings} {often}.',
  'the {noun} who {likes} the {owners} {is} {feeling}.',
  'the {noun} that the {owners} {ownersLike} {is} {feeling}.',
  'the {noun} who {is} {near} the {mark} {has} a {color} {thing}.',
  'the {noun} who {has} the {things} {wasnt} {feeling} {past}.',
  '{these} {noun} {sings} {often}.',
  '{these} {noun} {wants} {this} {look} {thing0}.',
  'the {noun} {near} the {mark} {hasnt} {seen} {name}.',
  'the {noun} {near} the {mark} {hasnt} {seen} the {owners}.',
  '[every|each] {one} with [two|three|some] {thingsMany} {sings1} {often}.',
  '[many|some|most|all|both|few|several|two|three] {many} with a {thing} {sing} {often}.',
  'each of the {many} {sings1} {often}.',
  'one of the {many} {near} the {mark} is {feeling}, and the others are {feeling2}.',
  'neither of the {many} {sings1} {often}.',
  'both of the {many} {sing} {often}, but the {relation1} of {name} does not.',
  '{name} and the {noun} are {feeling}, and they {sing} together.',
  'either {name} or {name2} {sings1} {often}.',
  'the {noun} {sings} {often}, but {name} and {name2} never {sing}.',
  'what {does} the {noun} with the {things} want?',
  '{does} the {noun} {near} the {mark} {sing} {often}?',
  'who {is} the {noun} with the {things}?',
  '{name} asked whether the {noun} {near} the {mark} {was} {feeling}.',
  '{name} said, "The {noun} with the {things} {is} {feeling}."',
  'I know the {noun} who {likes} you.',
  'I am {feeling}, you are {feeling2}, and the {noun} with the {things} {is} {feeling} too.',
  'my {relation1} and I {sing} {often}, but the {noun} {near} the {mark} {dont}.',
  'you and your {relation1} are {feeling}, and so {is} the {noun}.',
  'because the {noun} {near} the {mark} {is} {feeling}, nobody {sings1} today.',
];

/** `{fem}` or `{masc}` people and what they do to themselves. */
const REFLEXIVE: readonly string[] = [
  'the {noun} {near} the {mark} hurt {self}.',
  'the {noun} with the {things} saw {self} in the mirror.',
  'the {noun} who helped the {rivals} washed {self}.',
  'the {noun} that the {rivals} [liked|called|followed] {looksAt} {self} in the mirror.',
  'the {noun} and nobody else taught {self} to {lesson}.',
  'the {noun} {near} the {mark} made {self} a sandwich.',
  'the {noun} who [met|knew] the {rivals} {is} proud of {self}.',
  'the {noun} of the story asked {self} a question.',
  '{these} {noun} bought {self} a {color} {thing}.',
  'the {rivals} {rivalsKnow} that the {noun} hid {self}.',
  '{girl} told the {rivals} about herself.',
  '{boy} told the {rivals} about himself.',
  '{girl} and {boy} dressed themselves.',
  'the {rivals} saw {girl} wash herself.',
  'the {rivals} saw {boy} wash himself.',
];

const SEEN = phrases('seen, met, helped, found, called, visited, forgotten, thanked, followed');
const NEAR = phrases('near, behind, next to, in front of, beside, by, close to, not far from');

/** One such sentence. */
export function agreement(draw: Draw): string {
  const plural = draw.chance(0.5);
  /** The nouns between are mostly of the other number. */
  const elsewhere = draw.chance(0.7) ? !plural : plural;
  const pick = <T>(one: T, many: T) => (plural ? many : one);
  const inNumber = (noun: Noun, many = elsewhere) => (many ? noun.many : noun.one);

  const kind = draw.any(['thing', 'thing', 'animal', 'food', 'people', 'people', 'people', 'self']);
  const girls = draw.chance(0.5);
  const pool = {
    thing: THINGS,
    animal: ANIMALS,
    food: FOOD,
    people: PEOPLE,
    self: girls ? FEMALE : MALE,
  }[kind]!;
  const [head, other] = draw.several(pool, 2);
  const looks = { thing: [...LOOKS, ...COLORS], animal: ANIMAL_LOOKS, food: FOOD_LOOKS }[kind];
  const [look, look2] = draw.several(looks ?? LOOKS, 2);
  const [name, name2] = draw.several([...lexicon.GIRLS, ...lexicon.BOYS], 2);
  const [mark, mark2] = draw.several(LANDMARKS, 2);
  const [color, color2] = draw.several(COLORS, 2);
  const [feeling, feeling2] = draw.several(FEELINGS, 2);
  const [owner, thing, thing0] = [draw.any(PEOPLE), draw.any(CARRIED), draw.any(CARRIED)];
  const alone = draw.any(kind === 'animal' ? OF_ANIMALS_ALONE : ALONE);
  const likes = draw.any(WITH_SOMEBODY);
  const wants = draw.any(kind === 'animal' ? WITH_ANIMALS : WITH_THINGS);
  const rest = draw.any(RESTING);
  const relation = draw.any(RELATIONS);
  const [image, part] = [draw.any(IMAGES), draw.any(PARTS)];

  const template = draw.any(
    {
      thing: [...OF_ANYTHING, ...OF_THINGS],
      animal: [...OF_ANYTHING, ...OF_ANIMALS],
      food: OF_ANYTHING,
      people: OF_PEOPLE,
      self: REFLEXIVE,
    }[kind]!,
  );
  const slots = {
    one: head.one,
    many: head.many,
    noun: inNumber(head, plural),
    look,
    look2,
    name,
    name2,
    is: pick('is', 'are'),
    was: pick('was', 'were'),
    has: pick('has', 'have'),
    isnt: draw.any(pick(['is not', "isn't"], ['are not', "aren't"])),
    wasnt: draw.any(pick(['was not', "wasn't"], ['were not', "weren't"])),
    hasnt: pick("hasn't", "haven't"),
    does: pick('does', 'do'),
    dont: draw.any(pick(['does not', "doesn't"], ['do not', "don't"])),
    this: pick('this', 'these'),
    that: pick('that', 'those'),
    this1: 'this',
    these1: 'these',
    these: draw.any(pick(['this', 'that'], ['these', 'those'])),
    they: pick('it', 'they'),
    them: pick('it', 'them'),
    themselves: pick('itself', 'themselves'),
    some: draw.any(pick(['one', 'only one', 'a'], ['two', 'three', 'many', 'some', 'a few'])),
    any: pick('a', 'any'),
    near: draw.any(NEAR),
    mark: inNumber(mark),
    mark2: inNumber(mark2),
    marks: inNumber(mark),
    owners: inNumber(owner),
    relation1: relation.one,
    ownersMany: owner.many,
    ownersLike: elsewhere ? likes.base : likes.third,
    ownersHave: elsewhere ? 'have' : 'has',
    other: inNumber(other),
    otherIs: elsewhere ? 'are' : 'is',
    otherDo: elsewhere ? 'do' : 'does',
    animals: inNumber(draw.any(ANIMALS)),
    things: inNumber(thing),
    thingsMany: thing.many,
    thing: thing.one,
    thing0: inNumber(thing0, plural),
    likes1: wants.third,
    past1: wants.past,
    wants: pick(wants.third, wants.base),
    sings: pick(alone.third, alone.base),
    sing: alone.base,
    sings1: alone.third,
    likes: pick(likes.third, likes.base),
    like: likes.base,
    seen: draw.any(SEEN),
    chases: pick('chases', 'chase'),
    eats: pick('eats', 'eat'),
    sleeps: pick('sleeps', 'sleep'),
    makes: pick('makes', 'make'),
    lies: pick(rest.third, rest.base).replace('{name}', name).replace('{look}', look),
    relation: inNumber(relation, plural),
    image: inNumber(image, plural),
    part: inNumber(part, plural),
    partLook: draw.any([...COLORS, 'old', 'new', 'dirty', 'strange', 'beautiful']),
    often: draw.any(OFTEN),
    past: draw.any(PAST_TIMES),
    color,
    color2,
    feeling,
    feeling2,
    looksAt: pick('looks at', 'look at'),
    lesson: draw.any(LESSONS),
    self: pick(girls ? 'herself' : 'himself', 'themselves'),
    rivalsKnow: elsewhere ? 'know' : 'knows',
    rivals: inNumber(draw.any(girls ? MALE : FEMALE)),
    girl: draw.any(lexicon.GIRLS),
    boy: draw.any(lexicon.BOYS),
  };
  return withArticles(tell(draw, template, slots));
}
