// The English words of the story grammar and of the skills. One entry a line, its forms in order.
import { rows, words } from './tables';

/** Singular, plural, kind. Regular plurals only: the irregular ones stand apart. */
export const NOUNS = rows(
  ['one', 'many', 'kind'],
  `
  cat cats animal
  dog dogs animal
  bird birds animal
  frog frogs animal
  duck ducks animal
  horse horses animal
  rabbit rabbits animal
  bear bears animal
  lion lions animal
  tiger tigers animal
  monkey monkeys animal
  turtle turtles animal
  snake snakes animal
  bee bees animal
  ant ants animal
  spider spiders animal
  goat goats animal
  cow cows animal
  pig pigs animal
  hen hens animal
  owl owls animal
  fox foxes animal
  whale whales animal
  shark sharks animal
  crab crabs animal
  snail snails animal
  squirrel squirrels animal
  donkey donkeys animal
  kitten kittens animal
  puppy puppies animal
  bunny bunnies animal
  butterfly butterflies animal
  elephant elephants animal
  giraffe giraffes animal
  zebra zebras animal
  parrot parrots animal
  penguin penguins animal
  dolphin dolphins animal
  camel camels animal
  hamster hamsters animal
  lizard lizards animal
  worm worms animal
  apple apples food
  banana bananas food
  orange oranges food
  pear pears food
  plum plums food
  lemon lemons food
  carrot carrots food
  onion onions food
  egg eggs food
  cake cakes food
  cookie cookies food
  sandwich sandwiches food
  pancake pancakes food
  nut nuts food
  bean beans food
  grape grapes food
  peach peaches food
  cherry cherries food
  berry berries food
  strawberry strawberries food
  pumpkin pumpkins food
  melon melons food
  biscuit biscuits food
  muffin muffins food
  pie pies food
  ball balls toy
  doll dolls toy
  kite kites toy
  drum drums toy
  train trains toy
  robot robots toy
  puzzle puzzles toy
  balloon balloons toy
  block blocks toy
  truck trucks toy
  boat boats toy
  plane planes toy
  whistle whistles toy
  puppet puppets toy
  game games toy
  marble marbles toy
  swing swings toy
  bicycle bicycles toy
  scooter scooters toy
  teddy teddies toy
  book books thing
  pencil pencils thing
  pen pens thing
  cup cups thing
  plate plates thing
  spoon spoons thing
  fork forks thing
  bowl bowls thing
  bottle bottles thing
  bag bags thing
  basket baskets thing
  bucket buckets thing
  key keys thing
  lamp lamps thing
  clock clocks thing
  chair chairs thing
  table tables thing
  bed beds thing
  pillow pillows thing
  blanket blankets thing
  mirror mirrors thing
  picture pictures thing
  letter letters thing
  coin coins thing
  ring rings thing
  umbrella umbrellas thing
  candle candles thing
  rope ropes thing
  stick sticks thing
  stone stones thing
  rock rocks thing
  shell shells thing
  feather feathers thing
  box boxes thing
  brush brushes thing
  watch watches thing
  toothbrush toothbrushes thing
  ladder ladders thing
  hammer hammers thing
  camera cameras thing
  radio radios thing
  phone phones thing
  computer computers thing
  map maps thing
  card cards thing
  ticket tickets thing
  button buttons thing
  flag flags thing
  hat hats clothing
  coat coats clothing
  shirt shirts clothing
  dress dresses clothing
  shoe shoes clothing
  sock socks clothing
  glove gloves clothing
  boot boots clothing
  belt belts clothing
  cap caps clothing
  jacket jackets clothing
  sweater sweaters clothing
  skirt skirts clothing
  mitten mittens clothing
  ribbon ribbons clothing
  house houses place
  garden gardens place
  park parks place
  school schools place
  shop shops place
  farm farms place
  forest forests place
  river rivers place
  lake lakes place
  hill hills place
  beach beaches place
  bridge bridges place
  castle castles place
  tower towers place
  kitchen kitchens place
  room rooms place
  street streets place
  village villages place
  town towns place
  island islands place
  cave caves place
  pond ponds place
  market markets place
  library libraries place
  barn barns place
  tree trees nature
  flower flowers nature
  branch branches nature
  bush bushes nature
  star stars nature
  cloud clouds nature
  rainbow rainbows nature
  seed seeds nature
  rose roses nature
  daisy daisies nature
  mountain mountains nature
  wave waves nature
  puddle puddles nature
  nest nests nature
  door doors part
  window windows part
  wall walls part
  roof roofs part
  gate gates part
  fence fences part
  wheel wheels part
  boy boys person
  girl girls person
  friend friends person
  teacher teachers person
  farmer farmers person
  doctor doctors person
  king kings person
  queen queens person
  prince princes person
  princess princesses person
  baker bakers person
  sailor sailors person
  pirate pirates person
  painter painters person
  singer singers person
  dancer dancers person
  driver drivers person
  nurse nurses person
  baby babies person
  sister sisters person
  brother brothers person
  neighbor neighbors person
  uncle uncles person
  aunt aunts person
  cousin cousins person
  giant giants person
  witch witches person
  wizard wizards person
  knight knights person
  clown clowns person
  captain captains person
  student students person
  gardener gardeners person
  shepherd shepherds person
  hunter hunters person
`,
);

/** Singular and plural of the nouns whose plural has to be known by heart. */
export const IRREGULAR_NOUNS = rows(
  ['one', 'many'],
  `
  child children
  man men
  woman women
  foot feet
  tooth teeth
  goose geese
  mouse mice
  ox oxen
  leaf leaves
  wolf wolves
  knife knives
  wife wives
  life lives
  shelf shelves
  loaf loaves
  half halves
  thief thieves
  scarf scarves
  calf calves
  elf elves
  sheep sheep
  fish fish
  deer deer
  person people
  snowman snowmen
  fireman firemen
  grandchild grandchildren
`,
);

/** Base form, third person, past. All regular. */
export const VERBS = rows(
  ['base', 'third', 'past'],
  `
  walk walks walked
  play plays played
  jump jumps jumped
  look looks looked
  help helps helped
  laugh laughs laughed
  smile smiles smiled
  talk talks talked
  call calls called
  open opens opened
  close closes closed
  clean cleans cleaned
  cook cooks cooked
  dance dances danced
  paint paints painted
  wash washes washed
  watch watches watched
  wait waits waited
  want wants wanted
  like likes liked
  love loves loved
  listen listens listened
  learn learns learned
  climb climbs climbed
  kick kicks kicked
  push pushes pushed
  pull pulls pulled
  pick picks picked
  pack packs packed
  knock knocks knocked
  touch touches touched
  fix fixes fixed
  mix mixes mixed
  miss misses missed
  kiss kisses kissed
  hug hugs hugged
  stop stops stopped
  drop drops dropped
  clap claps clapped
  hop hops hopped
  skip skips skipped
  plan plans planned
  grab grabs grabbed
  rub rubs rubbed
  cry cries cried
  try tries tried
  carry carries carried
  hurry hurries hurried
  worry worries worried
  study studies studied
  copy copies copied
  bake bakes baked
  share shares shared
  use uses used
  save saves saved
  move moves moved
  live lives lived
  arrive arrives arrived
  decide decides decided
  follow follows followed
  answer answers answered
  visit visits visited
  explain explains explained
  enjoy enjoys enjoyed
  stay stays stayed
  ask asks asked
  work works worked
  start starts started
  finish finishes finished
  reach reaches reached
  search searches searched
  point points pointed
  shout shouts shouted
  whisper whispers whispered
  wave waves waved
  point points pointed
  count counts counted
  collect collects collected
  plant plants planted
  water waters watered
  pour pours poured
  fill fills filled
  turn turns turned
  roll rolls rolled
  crawl crawls crawled
  sail sails sailed
  float floats floated
  bark barks barked
  yawn yawns yawned
  rest rests rested
  dream dreams dreamed
  remember remembers remembered
  believe believes believed
  promise promises promised
  thank thanks thanked
  invite invites invited
  discover discovers discovered
  wonder wonders wondered
  borrow borrows borrowed
  return returns returned
  polish polishes polished
  brush brushes brushed
  fetch fetches fetched
  stretch stretches stretched
  scratch scratches scratched
  chase chases chased
  guess guesses guessed
  hope hopes hoped
  jog jogs jogged
  juggle juggles juggled
  giggle giggles giggled
  tickle tickles tickled
  wiggle wiggles wiggled
  sneeze sneezes sneezed
  cough coughs coughed
`,
);

/** Base form, third person, past of the verbs whose past has to be known by heart. */
export const IRREGULAR_VERBS = rows(
  ['base', 'third', 'past'],
  `
  go goes went
  come comes came
  run runs ran
  eat eats ate
  drink drinks drank
  see sees saw
  give gives gave
  take takes took
  make makes made
  find finds found
  say says said
  tell tells told
  think thinks thought
  bring brings brought
  buy buys bought
  catch catches caught
  teach teaches taught
  feel feels felt
  keep keeps kept
  sleep sleeps slept
  leave leaves left
  lose loses lost
  hold holds held
  stand stands stood
  sit sits sat
  begin begins began
  sing sings sang
  swim swims swam
  ring rings rang
  write writes wrote
  drive drives drove
  ride rides rode
  speak speaks spoke
  break breaks broke
  wear wears wore
  draw draws drew
  fly flies flew
  grow grows grew
  know knows knew
  throw throws threw
  blow blows blew
  hide hides hid
  build builds built
  send sends sent
  hear hears heard
  meet meets met
  read reads read
  win wins won
  sell sells sold
  forget forgets forgot
  get gets got
  fall falls fell
  choose chooses chose
  wake wakes woke
  shake shakes shook
  dig digs dug
  feed feeds fed
  fight fights fought
`,
);

/** Pairs of opposites; each holds in both directions. */
export const OPPOSITES = rows(
  ['a', 'b'],
  `
  hot cold
  big small
  tall short
  happy sad
  fast slow
  old new
  clean dirty
  wet dry
  hard soft
  light dark
  heavy light
  full empty
  open closed
  loud quiet
  strong weak
  rich poor
  early late
  near far
  up down
  in out
  left right
  day night
  black white
  good bad
  right wrong
  true false
  high low
  long short
  wide narrow
  thick thin
  deep shallow
  young old
  first last
  front back
  top bottom
  yes no
  always never
  before after
  above below
  inside outside
  begin end
  win lose
  push pull
  buy sell
  give take
  remember forget
  love hate
  laugh cry
  sweet sour
  smooth rough
  easy difficult
  safe dangerous
  kind mean
  brave afraid
  awake asleep
  alive dead
  sharp blunt
  cheap expensive
  polite rude
  warm cool
  beautiful ugly
  many few
  more less
  summer winter
  north south
  east west
  friend enemy
  start stop
  float sink
  question answer
`,
);

export const COLORS = words('red blue green yellow black white brown pink purple gray orange');

/** Sizes and other things that one sees at a glance. */
export const SIZES = words('big small tiny huge little large');

export const FEELINGS = words(
  'happy sad angry tired scared proud excited hungry thirsty curious lonely surprised sleepy calm',
);

export const GIRLS = words(
  'Anna Mia Lily Emma Sara Lucy Zoe Ella Nora Ruby Ivy Amy Kate Jane Molly Rosie Maya Nina Clara ' +
    'Alice Sophie Hannah Grace Daisy Lena Tina Susie Betty Julia Eva',
);

export const BOYS = words(
  'Tom Ben Max Sam Jack Leo Tim Dan Joe Oscar Peter Paul Adam Henry Luke Noah Finn Theo Billy ' +
    'Charlie Mark Nick Alex David Simon Felix Hugo Owen Eric Fred',
);

export const NUMBERS = words('zero one two three four five six seven eight nine ten');

/** Country and capital; a name of several words has `_` between them. */
export const CAPITALS = rows(
  ['country', 'capital'],
  `
  Brazil Brasília
  Portugal Lisbon
  Spain Madrid
  France Paris
  Italy Rome
  Germany Berlin
  England London
  Scotland Edinburgh
  Ireland Dublin
  Wales Cardiff
  Norway Oslo
  Sweden Stockholm
  Denmark Copenhagen
  Finland Helsinki
  Poland Warsaw
  Austria Vienna
  Hungary Budapest
  Greece Athens
  Turkey Ankara
  Russia Moscow
  Ukraine Kyiv
  Romania Bucharest
  Bulgaria Sofia
  Belgium Brussels
  Egypt Cairo
  Kenya Nairobi
  Angola Luanda
  Mozambique Maputo
  Ghana Accra
  Senegal Dakar
  Morocco Rabat
  Ethiopia Addis_Ababa
  China Beijing
  Japan Tokyo
  India New_Delhi
  Thailand Bangkok
  Vietnam Hanoi
  Indonesia Jakarta
  Iran Tehran
  Iraq Baghdad
  Canada Ottawa
  Mexico Mexico_City
  Cuba Havana
  Peru Lima
  Chile Santiago
  Argentina Buenos_Aires
  Uruguay Montevideo
  Paraguay Asunción
  Colombia Bogotá
  Venezuela Caracas
  Ecuador Quito
  Australia Canberra
  New_Zealand Wellington
`,
);

/** Things that a child carries about and may lose. */
export const LOSABLE = rows(
  ['one', 'many'],
  `
  ball balls
  doll dolls
  key keys
  ring rings
  hat hats
  scarf scarves
  book books
  whistle whistles
  pencil pencils
  marble marbles
  puppet puppets
  ribbon ribbons
  cap caps
  mitten mittens
  notebook notebooks
  necklace necklaces
  kite kites
  drum drums
  teddy_bear teddy_bears
  toy_train toy_trains
  toy_boat toy_boats
  paintbrush paintbrushes
`,
);

/** Things that break when they fall, and can be glued. */
export const BREAKABLE = words('cup plate bowl vase lamp clock mirror jar teapot pitcher');

/** What may be in a treasure chest. */
export const TREASURES = words('coins shells rings marbles beads stones feathers jewels pearls');

/** A dish, what one needs several of and what one needs one of. */
export const MEALS = rows(
  ['dish', 'many', 'one'],
  `
  a_pot_of_soup carrots onion
  a_pot_of_soup potatoes onion
  a_pie apples lemon
  a_pie cherries egg
  a_cake eggs orange
  a_cake strawberries lemon
  a_salad tomatoes cucumber
  a_fruit_salad grapes melon
  some_pancakes bananas egg
  some_muffins berries egg
  some_lemonade lemons orange
  some_jam plums pear
`,
);

/** What one can learn to do well, its past, and where one practises it. */
export const LESSONS = rows(
  ['base', 'past', 'where'],
  `
  swim swam in_the_lake
  dance danced in_the_garden
  sing sang on_the_hill
  draw drew at_the_kitchen_table
  juggle juggled behind_the_house
  skate skated on_the_ice
  climb climbed in_the_old_tree
  read read in_the_library
  write wrote at_school
  whistle whistled in_the_yard
  cook cooked in_the_kitchen
  paint painted by_the_river
  ride rode on_the_farm
  row rowed on_the_lake
  run ran in_the_park
  jump jumped in_the_yard
`,
);

/** An animal that comes at night, and what it likes to eat. */
export const VISITORS = rows(
  ['animal', 'food'],
  `
  cat fish
  mouse cheese
  squirrel nuts
  hedgehog apples
  puppy meat
  rabbit carrots
  raccoon berries
  kitten milk
  goat grass
`,
);

/** Animals that a child can lift. */
export const SMALL_ANIMALS = words(
  'bird rabbit frog mouse squirrel kitten duckling turtle hedgehog lamb puppy lizard chick',
);

/** Animals that speak in tales. */
export const TALE_ANIMALS = words(
  'fox rabbit bear mouse frog owl wolf turtle duck squirrel hedgehog goat crow monkey lion ' +
    'elephant cat dog pig hen donkey beaver badger deer sheep goose',
);

/** A place, and how one says that one is there. */
export const SITES = rows(
  ['place', 'at'],
  `
  park in_the_park
  beach on_the_beach
  forest in_the_forest
  farm on_the_farm
  lake by_the_lake
  river by_the_river
  hill on_the_hill
  market at_the_market
  library in_the_library
  school at_school
  garden in_the_garden
  pond by_the_pond
  village in_the_village
  bridge near_the_bridge
  castle near_the_castle
  playground on_the_playground
`,
);
