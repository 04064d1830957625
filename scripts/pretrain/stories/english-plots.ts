// What happens in the English stories. `{hero}` and `{friend}` are two children (in tales two
// animals) with their pronouns `{he} {him} {his} {himself}` and `{fhe} {fhim} {fhis} {fhimself}`,
// `{other}` a third name, `{mom}` somebody of the hero's family. Where all three may be meant by a
// pronoun, the name stands instead.
import * as lexicon from '../lexicon/english';
import { phrases, type Plot } from './tell';

const { BREAKABLE, COLORS, LESSONS, LOSABLE, MEALS, SMALL_ANIMALS, SITES, TREASURES, VISITORS } =
  lexicon;
const INDOORS = phrases(
  'under the bed, behind the door, on the kitchen table, under the blanket, behind the curtain, ' +
    'in the basket, under a chair, next to the window, on the top shelf, behind the sofa, in the bathroom, ' +
    'under the pillow, in the bottom drawer, between two cushions, inside an old boot, on the stairs',
);
const OUTDOORS = phrases(
  'under a tree, behind the fence, near the gate, in the tall grass, by the pond, next to a bench, ' +
    'between two bushes, under the swing, behind the barn, beside the path, near the old bridge, by the well',
);
const NUMBERS = lexicon.NUMBERS.slice(2);
const FACTS: readonly (readonly string[])[] = [
  [
    'There are four seasons in a year.',
    'Spring comes after winter.',
    'In spring the flowers grow and the birds build their nests.',
    'Summer is warmer than spring.',
    'In summer the days are long and the nights are short.',
    'In autumn the leaves fall from the trees.',
    'Winter is the coldest season.',
    'In winter the nights are longer than the days.',
    'Some animals sleep all winter.',
    'A year has twelve months.',
    'A week has seven days.',
    'Monday comes after Sunday.',
  ],
  [
    'We have two eyes, and we see with them.',
    'We hear with our ears.',
    'We smell with the nose.',
    'Each hand has five fingers.',
    'Both feet together have ten toes.',
    'The heart never stops beating.',
    'Our teeth are hard, so we can chew with them.',
    'Children lose their first teeth, and new ones grow.',
    'The knee is in the middle of the leg.',
    'When we run, the heart beats faster.',
    'A baby has no teeth at first.',
    'Our bones are inside the body, and nobody can see them.',
  ],
  [
    'Rain falls from the clouds.',
    'Snow is made of water, although it is white.',
    'Ice is water that is very cold.',
    'When ice gets warm, it melts.',
    'The wind moves the leaves of the trees.',
    'After the rain, there is sometimes a rainbow.',
    'A rainbow has many colors.',
    'The sun is much bigger than the moon.',
    'The stars are far away, so they look small.',
    'The sun rises in the morning and sets in the evening.',
    'At night it is dark because the sun is not in the sky.',
    'Thunder comes after lightning.',
  ],
  [
    'Bees make honey.',
    'Cows eat grass and give us milk.',
    'A hen lays eggs.',
    'Fish live in water, and they cannot walk.',
    'A spider has eight legs.',
    'An ant has six legs, but a dog has only four.',
    'Birds have wings and feathers.',
    'A young cat is a kitten, and a young dog is a puppy.',
    'An elephant is heavier than a horse.',
    'A mouse is smaller than a cat.',
    'Frogs lay their eggs in the water.',
    'A turtle carries its house on its back.',
    'Owls sleep in the day and hunt at night.',
  ],
  [
    'Bread is made of flour and water.',
    'Cheese is made of milk.',
    'Apples grow on trees, but strawberries grow near the ground.',
    'Lemons are sour, and honey is sweet.',
    'Carrots grow under the ground.',
    'Fruit is good for us.',
    'A banana is yellow when it is ripe.',
    'We drink water because our bodies need it.',
    'Soup is hot, and ice cream is cold.',
    'Too many sweets are bad for the teeth.',
    'Grapes can be green or purple.',
    'In the morning we eat breakfast, and in the evening we eat dinner.',
  ],
  [
    'My mother and my father are my parents.',
    'The father of my father is my grandfather.',
    'The sister of my mother is my aunt.',
    'The children of my aunt are my cousins.',
    'Brothers and sisters have the same parents.',
    'Two children who are born on the same day may be twins.',
    'Parents are older than their children.',
    'Families can be big or small.',
    'My grandmother is the mother of my mother.',
    'The son of my uncle is my cousin.',
  ],
  [
    'A pupil is somebody who learns at school.',
    'A teacher is somebody who teaches.',
    'We read books in the library.',
    'Two and two are four.',
    'Five is more than three.',
    'Ten is less than twelve.',
    'A triangle has three sides, and a square has four.',
    'The first letter of the alphabet is A.',
    'A pen writes with ink.',
    'An hour has sixty minutes.',
    'We write with a pencil and cut with scissors.',
    'A question ends with a question mark.',
  ],
];

/** Stories about children. */
export const PLOTS: readonly Plot[] = [
  function lostThing(draw) {
    const thing = draw.any(LOSABLE).one;
    const [first, second, third] = draw.several([...INDOORS, ...OUTDOORS], 3);
    return [
      `[One day|One morning|After lunch|On Sunday|Last week], {hero} could not find {his} {color} ${thing}.`,
      `[{he} looked ${first} and ${second}, but it was not there.|It was not ${first}, and it was not ${second} either.|First {he} looked ${first}. Then {he} looked ${second}. There was no ${thing}.]`,
      `["Have you seen my ${thing}?" {he} asked {friend}. "No, I have not," said {friend}. "When did you have it last?"|"What is wrong?" asked {friend}. "My ${thing} is gone," said {hero}. "Where was it yesterday?"|"Why are you so sad?" asked {friend}. "I have lost my ${thing}," said {hero}. "Then we will look for it together," said {friend}.]`,
      `["I had it before breakfast," said {hero}.|"I took it with me to the {place}," said {hero}, "and then I forgot it."|{hero} thought and thought, but {he} did not remember.]`,
      `[So the two of them searched the whole house and the garden|{friend} helped {him} to search|They looked everywhere, and neither of them gave up], and [at last|in the end|an hour later] they found the ${thing} ${third}. [A {animal} was sleeping on it!|Nobody knew how it had come there.|It was a little dirty, but it was not broken.]`,
      `{hero} thanked {friend} and [gave {fhim} a hug|gave {fhim} an apple|washed the ${thing}]. [From then on, {he} always knew where {his} ${thing} was.|"Next time I will be more careful," said {hero}.|"Finding it was fun," said {friend}.]`,
    ];
  },
  function sharing(draw) {
    const { one: thing } = draw.any(
      LOSABLE.filter(({ one }) => /ball|doll|kite|drum|toy|puppet|teddy/.test(one)),
    );
    return [
      `[{friend} came to play|On Saturday {friend} came to visit {hero}|After school {friend} came to the house], but there was only one ${thing}.`,
      `["May I play with it?" asked {friend}. "No," said {hero}, "it is mine."|"Can I have the ${thing} for a while?" asked {friend}. {hero} shook {his} head. "I want it for myself," {he} said.|{friend} wanted the ${thing} too, but {hero} held it behind {his} back.]`,
      `{friend} [was sad and sat down ${draw.any(OUTDOORS)}|said nothing and looked at {fhis} shoes|went away and played by {fhimself}].`,
      `[{hero} played alone, but it was not much fun.|Soon {hero} was bored, because nobody laughed with {him}.|"A game for one is a boring game," said {his} {mom}.]`,
      `So {he} went to {friend} and said, "[Let us play together|You can have it first, and then it is my turn|I am sorry. We can take turns|Half of the time it is yours]."`,
      `{friend} smiled. [The two played until it was dark|They played with the {color} ${thing} all afternoon|They took turns, and each of them was happy], and [both of them laughed a lot|neither of them wanted to go home|nobody was sad any more].`,
      `[{hero} learned that sharing is fun.|Since that day they share everything.|"Tomorrow you can come again," said {hero}.]`,
    ];
  },
  function stuckAnimal(draw) {
    const animal = draw.any(SMALL_ANIMALS);
    const { place } = draw.any(SITES);
    return [
      `On the way to the ${place}, {hero} heard a [small|weak|strange] voice. "Help me[!|, please!]"`,
      `It was a {color} ${animal} that was [stuck in a hole|caught in a net|stuck between two rocks|lying under a heavy branch].`,
      `["Who did this to you?" asked {hero}. "Nobody," said the ${animal}. "I was running and did not look."|"How long have you been here?" {he} asked. "Since yesterday," said the ${animal}.|"Does it hurt?" {he} asked. "A little," said the ${animal}, "but I am very thirsty."]`,
      `{hero} was [a little afraid|all alone|in a hurry], but {he} wanted to help. {he} [pulled with both hands|took a long stick and pushed|ran to get {friend}, and together they pulled|called {friend}, who came with a rope], and [soon|a minute later|at last] the ${animal} was free.`,
      `"Thank you," said the ${animal}. "[I will never forget you|You are very kind|If you need me, call me]." [Then it went away without another word.|{hero} gave it some water and some bread.|It was tired, so {hero} carried it home in {his} arms.]`,
      `[The next day|Two days later|A week later] the ${animal} was waiting for {hero} ${draw.any(OUTDOORS)}, and [they became good friends|{he} was very glad to see it|it followed {him} to the ${place}].`,
    ];
  },
  function cooking(draw) {
    const { dish, many, one } = draw.any(MEALS);
    const n = draw.any(NUMBERS.slice(1, 6));
    return [
      `[One morning|On Sunday|On a cold day|Before the party], {hero} and {his} {mom} wanted to make ${dish}.`,
      `["What do we need?" asked {hero}. "We need ${n} ${many} and one ${one}," said {his} {mom}.|They needed ${n} ${many} and one ${one}.|"First we need ${n} ${many}," said {his} {mom}, "and then one ${one}."]`,
      `[But there were no ${many} in the kitchen, so they walked to the market.|There was a ${one} on the table, but there were no ${many}. {hero} ran to {friend}. "We have enough ${many}," said {friend}. "Take as many as you need."|{hero} counted the ${many} in the basket. There were only two! So {he} bought some more.]`,
      `[{hero} washed the ${many}, and {his} {mom} cut them.|{hero} put the ${many} and the ${one} into a big {color} bowl.|While {his} {mom} cut the ${one}, {hero} washed the ${many}.] [Soon the whole house smelled good.|It was more work than {he} had thought.|Then they had to wait, because good things take time.]`,
      `["Is it ready?" asked {hero}. "Not yet," said {his} {mom}. "Is it ready now?" "Yes, now it is."|"May I taste it?" {he} asked. "Be careful, it is hot," said {his} {mom}.]`,
      `In the evening [{friend} and {other} came to eat|{friend} and {fhis} brothers came to eat|everybody sat at the table]. "[This is the best meal of the year|Can I have some more|You cook better than a king's cook]!" said {friend}. [Nothing was left.|Everybody ate until the plates were empty.|The bowls on the table were soon empty.]`,
    ];
  },
  function learning(draw) {
    const { base, past, where } = draw.any(LESSONS);
    const [days, later] = draw.any([
      ['Every day', 'a month'],
      ['Every afternoon', 'two weeks'],
      ['Every evening', 'ten days'],
      ['Every Saturday', 'half a year'],
    ]);
    return [
      `{hero} could not ${base} as well as {friend}. [Whenever {he} tried, the other children laughed|{he} had tried once, but it had gone wrong|{he} was afraid to try, because {other} always laughed], and that made {him} sad.`,
      `["How did you learn it?" {he} asked {friend}. "I was not good at it either," said {friend}. "I just did not stop."|"I will never learn it," {he} said. "Yes, you will," said {friend}. "I will show you how."|"Can you teach me to ${base}?" {he} asked {friend}. "Of course I can," said {friend}.]`,
      `${days} they met and ${past} ${where}. [At first it was hard.|The first time, nothing went well.|{hero} made many mistakes, but {friend} was patient.] [The second time, it was a little better.|Then it became easier.|After some time, {he} made fewer mistakes.]`,
      `After ${later}, {hero} could ${base} [almost as well as {friend}|better than before|without any help]. [Everybody clapped, even {other}.|"Look at {him}!" said {other}. "{he} is really good."|{his} {mom} could not believe it.]`,
      `"[Never give up|Practice helps|You only had to try]," said {friend}. {hero} was very proud of {himself}[.|, and {friend} was proud of {him} too.]`,
    ];
  },
  function broken(draw) {
    const thing = draw.any(BREAKABLE);
    return [
      `One day, while {hero} was [running through the house|playing with a ball in the kitchen|dancing near the table], the {color} ${thing} fell [on the floor|from the shelf] and broke.`,
      `{hero} was scared. {he} hid the pieces ${draw.any(INDOORS)} and told nobody.`,
      `["Who broke the ${thing}?" asked {his} {mom}. Nobody answered.|"Where is the ${thing}?" asked {his} {mom} in the evening. {hero} looked at {his} feet.|"Have you seen my ${thing}?" asked {his} {mom}. At first {hero} said that {he} had not seen it.]`,
      `["Maybe it was the cat," said {friend}, but {hero} knew that it was not true.|All night {he} could not sleep, because {he} had not told the truth.|{he} did not want to eat, although dinner was good.]`,
      `Then {hero} said, "I broke it. I am [very sorry|sorry that I did not tell you before]." {hero}'s {mom} was [not angry|sad, but not angry]. "[Thank you for telling the truth|A ${thing} is only a thing|I am glad that you are honest|Everybody breaks something now and then]," {his} {mom} said.`,
      `They [took some glue and fixed the ${thing} together|put the pieces together, one after the other]. The ${thing} was not as pretty as before, but {hero} felt [much better|happier than before|light again].`,
    ];
  },
  function noiseAtNight(draw) {
    const { animal, food } = draw.any(VISITORS);
    return [
      `[One night|Last night|On a dark night in winter], {hero} heard a [strange|loud|soft] noise. {he} was lying in bed and could not sleep.`,
      `["Is it a monster?" {he} thought.|"Who is there?" {he} asked, but there was no answer.|"Did you hear that?" {he} asked {his} {mom}. "It is only the wind," was the answer. But it was not the wind.]`,
      `{he} [took a lamp and went to the window|put on {his} {color} slippers and went down the stairs|opened the door without a sound|hid under the blanket at first, but then {he} got up]. {his} heart was beating fast.`,
      `There was no monster [at all|in the house]. It was only a ${animal} that [was looking for something to eat|had come in through the window|was sitting ${draw.any(INDOORS)}]. {hero} laughed and gave it some ${food}.`,
      `["I am not afraid of the dark any more," {he} told {friend} the next morning. "What was the noise?" asked {friend}. "It was just a hungry ${animal}!"|The next morning {he} told {friend} what had happened. "Were you not afraid?" asked {friend}. "Only a little," said {hero}.]`,
      `Since then, the ${animal} comes [every night|when it is hungry], and there is always some ${food} [near the door|for it].`,
    ];
  },
  function treasure(draw) {
    const treasures = draw.any(TREASURES);
    const n = draw.any(NUMBERS);
    const { place } = draw.any(SITES);
    return [
      `[One day|On a rainy afternoon|In the summer] {hero} found an old map ${draw.any(INDOORS)}. It showed the way to the ${place}. "Let us look for the treasure," {he} said to {friend}. ["Are you sure that there is one?" asked {friend}. "No, but I hope so."|"What shall we take with us?" asked {friend}. "A rope, two apples and a lamp."|"Yes, but we must be home before dark," said {friend}.]`,
      `The two friends walked [over a hill|across a bridge|along the river|past the houses of the village] and through [the forest|the tall grass|a dark cave|a field of flowers]. [They were tired, but neither of them stopped.|{friend}'s feet hurt, so they rested for a while.|After an hour they did not know where they were.]`,
      `[Under an old tree stood a box.|Behind a rock they saw a box.|There was a box ${draw.any(OUTDOORS)}.] The lid of the box was heavy, so they opened it together. [Inside were ${n} {color} ${treasures}!|There were ${n} ${treasures} in it, and each of them was {color}.]`,
      `"[One for you and one for me|We will share them with {other}|Who do these belong to|We do not need so many]," said {friend}. [They carried the ${treasures} home and told everyone what they had found.|Each of them kept one, and they gave the others to the children of the village.|They put the map back, so that somebody else could find it.]`,
    ];
  },
  function letter(draw) {
    const { place, at } = draw.any(SITES);
    const thing = draw.any(LOSABLE);
    return [
      `[One day|On Monday|In the morning|Before lunch] a letter came for {hero}. It was from {friend}. {hero} opened it and read:`,
      `"Dear {hero}, [how are you? I am fine|how are you and your family? We are all well|I hope that you are well]. [Since last week we have lived in a new house|We are spending the summer in a small house|I am with my grandparents now]. It is near the ${place}, and [the windows of the house are {color}|the trees behind it are very old|the dogs of our neighbor are nice].`,
      `[Yesterday my brother and I were ${at}|Yesterday we played ${at} all day|Last night there were many stars in the sky]. [I found ${draw.any(NUMBERS)} ${thing.many}, and one of them is for you|We saw ${draw.any(NUMBERS)} {color} birds, and I thought of you|It rained, but we did not mind].`,
      `[When will you come to visit me? There is a bed for you in my room|Will you visit us next month? My parents say that you can stay for a week|Please write to me soon, because I miss you]. Your friend {friend}."`,
      `{hero} was so [happy|glad|excited] that {he} [read the letter three times|jumped up and down|showed the letter to everyone]. Then {he} took a pen and wrote: "Dear {friend}, thank you for your letter. [I will come as soon as I can|My {mom} says that I can come in May|I miss you too]. Your friend {hero}."`,
    ];
  },
  function birthday(draw) {
    const { one: thing } = draw.any(LOSABLE);
    const age = draw.any(NUMBERS.slice(3));
    return [
      `Tomorrow was {hero}'s birthday. {he} was going to be ${age} years old. "[Who will come to my party|Will anybody come]?" {he} asked. [Nobody answered, and everyone smiled.|"We will see," said {his} {mom}.]`,
      `In the morning the house was [quiet|empty]. [There was no cake, and there were no balloons.|There was nothing on the table.|] {hero} was [sad|disappointed]. "They have forgotten me," {he} thought, and {he} went to the {place} by {himself}.`,
      `[When {he} came back|An hour later {he} came back, and when {he} opened the door|At noon {friend} called {him} into the garden, and there], all {his} friends shouted, "Happy birthday, {hero}!" There were {color} balloons [on the walls|on every chair|above the table], and the candles on the cake were burning.`,
      `{friend} gave {him} a box. "[Guess what it is|What do you think is in it|Open it]," said {friend}. ["Is it a book?" asked {hero}. "No, it is not."|] {hero} opened the box, and in it was a {color} ${thing}! [It was just what {he} had wanted.|"How did you know?" {he} asked.]`,
      `[|The children sang, danced and ate cake until the evening.|They played three games, and everybody won something.|Each of the children got a piece of cake, and {hero} got two.] "I was wrong," said {hero}. "You did not forget me. [This was the best birthday of all|You are the best friends in the world]."`,
    ];
  },
  function sickFriend(draw) {
    const { many: fruit } = draw.any(
      MEALS.filter(({ dish, many }) => /pie|fruit|jam/.test(dish) && many !== 'eggs'),
    );
    return [
      `{friend} was not at school [on Monday|yesterday|today], and {fhis} chair was empty. "Where is {friend}?" asked {hero}. "{friend} is ill," said the teacher. "[{fhis} head hurts|{fhis} ears hurt|{fhis} throat hurts|There is something wrong with {fhis} stomach]."`,
      `{hero} was worried. After school {he} [picked some {color} flowers|put three ${fruit} into a basket|drew a funny picture of a {animal}] and went to {friend}'s house. [{his} {mom} came with {him}.|The way was long, but {he} did not mind.]`,
      `{friend} was lying in bed. {fhis} [face was pale|cheeks were red|eyes were small]. ["How do you feel?" asked {hero}. "Not so good," said {friend}.|"Are you better?" asked {hero}. "A little better than yesterday," said {friend}.|"I am so bored," said {friend}.] "[The doctor says that I have to stay in bed|I must not get up before Friday|I have to drink a lot of tea]."`,
      `{hero} [sat down next to the bed and read {fhim} a story about a dog and two [cats|mice|ducks]|told {fhim} everything that had happened at school|showed {fhim} what the class had learned]. [Soon both of them were laughing.|{friend} liked that very much.|] "[When I laugh, nothing hurts|You are better than any doctor]," said {friend}.`,
      `[Three days later|On Friday|The next week] {friend} was well again. "[Thank you for your visit|You are a true friend]," {fhe} said, and {hero} [was glad that {fhe} was back|gave {fhim} a big hug].`,
    ];
  },
  function market(draw) {
    const [a, b] = draw.several(
      MEALS.filter(({ many, one }) => many !== 'eggs' && one !== 'egg'),
      2,
    );
    const [n, m] = draw.several(NUMBERS.slice(0, 6), 2);
    return [
      `{his} {mom} gave {hero} a list and some money. On the list stood: ${n} ${a.many}, ${m} eggs, one ${b.one} and a bottle of milk. "[Can you do this alone|Is it too heavy for you|Do you know the way]?" asked {his} {mom}. "[I am big now|Don't worry]," said {hero}, [and {friend} went with {him}|and {he} ran to {friend}, because two can carry more than one].`,
      `There were many people at the market. [The women behind the tables were shouting.|The man with the {color} hats was singing.|A farmer with two goats was standing near the gate.] ["What do you want?" asked an old woman.|"Hello, you two," said a man with a white beard.|] "${n} ${a.many}, please," said {hero}. ["Are these fresh?" "They are from my own garden," was the answer.|"How much are they?" "They are cheaper than yesterday," was the answer.|]`,
      `On the way back they met {other}. "[Let us have a race to the bridge|Let us play]!" said {other}. {hero} wanted to play, but {he} looked at the eggs in the basket. "[Not now|Later]," {he} said. "[Eggs and races do not go together|First I have to bring these home]."`,
      `At home {his} {mom} counted everything. "${n} ${a.many}, ${m} eggs, one ${b.one} and a bottle of milk. Nothing is missing, and nothing is broken. [Well done|I am proud of you]!" [Then {hero} and {friend} ran out, because {other} was still waiting.|{hero} and {friend} got ${a.dish.startsWith('some') ? 'a piece of bread' : 'a piece of cake'} each.]`,
    ];
  },
  function lostInTheForest(draw) {
    const animal = draw.any(phrases('owl, deer, squirrel, fox, blackbird, hedgehog'));
    return [
      `{hero} and {friend} were [picking berries|looking for mushrooms|playing] in the forest. They [walked and walked|did not look at the path|followed a {color} butterfly], and suddenly everything looked strange. "[Where are we|Which way is home|Do you know this place]?" asked {friend}. "I don't know," said {hero}.`,
      `[The trees around them were tall and dark.|The sky between the trees was gray.|The path behind them was gone.|] {friend} began to cry. "[Don't cry|Don't be afraid]," said {hero}, "[we will find the way|I am with you|two are stronger than one]." [But {he} was afraid {himself}.|]`,
      `[On a branch|Behind a bush|Under a tree] sat a ${animal}. "Why is {friend} crying?" it asked. "[Because we are lost|We cannot find the way home]," said {hero}. ["Where do you live?" asked the ${animal}. "In the house with the {color} door."|"I know the way," said the ${animal}.|"I know the house with the {color} door," said the ${animal}.] "Go [left|right] at the old tree, then walk along the river until you see [a bridge|the roofs of the houses|two big stones]."`,
      `They did what the ${animal} had said. First they saw [the bridge|the smoke of a fire|the lights in the windows], and then they heard a voice. It was {hero}'s {mom}! "Where have you been?" {his} {mom} cried. "[We were lost, but somebody showed us the way|A ${animal} helped us]," said {hero}. [Nobody believed them, but both of them knew that it was true.|After that, they never left the path again.]`,
    ];
  },
  function lostTooth(draw) {
    return [
      `One of {hero}'s teeth was loose. {he} could move it with {his} tongue. "[When will it fall out|Does it hurt when it falls out]?" {he} asked {friend}, who had already lost ${draw.any(NUMBERS.slice(0, 3))} teeth. "[Soon|Perhaps today, perhaps tomorrow]," said {friend}. "[It does not hurt|Mine fell out while I was eating an apple|I lost mine in my sleep]."`,
      `[On Tuesday it was still there. On Wednesday it was still there.|{he} ate an apple, then a carrot, and then a hard piece of bread, but the tooth stayed.|{he} looked in the mirror every hour.] "[I have the slowest tooth in the world|It will never fall out]," said {hero}.`,
      `Then, [while {he} was laughing about {other}|in the middle of a song|when {he} was washing {his} face], the tooth [was gone|fell on the {color} carpet]. "[Where is it|My tooth]!" {he} shouted. [Everybody looked for it under the table.|{friend} found it ${draw.any(INDOORS)}.] The tooth was small and white.`,
      `{hero} showed it to {his} {mom}. "[Will I always have a hole there|How can I eat now]?" {he} asked. "[No, a new tooth will grow, and it will be bigger|With the other teeth. You have enough of them]," said {his} {mom}. {hero} put the tooth [in a box|under {his} pillow] and was [very proud|happy]. "[Now I look like you|Now both of us have a hole]," {he} told {friend}, and they laughed with open mouths.`,
    ];
  },
  function foundPurse(draw) {
    const n = draw.any(NUMBERS);
    const [owner, theirs] = draw.any([
      ['an old woman', 'woman'],
      ['a young man', 'man'],
      ['the baker', 'baker'],
      ['a nurse', 'nurse'],
      ['the gardener', 'gardener'],
    ]);
    return [
      `{hero} and {friend} were walking home when {friend} saw something ${draw.any(OUTDOORS)}. It was a {color} purse! {hero} opened it. There were ${n} coins in it. ["We are rich!" said {friend}. "We can buy [ice cream|a ball|that kite in the window]!"|"What can we buy with it?" asked {hero}. "[A ball|A kite|Ice cream]," said {friend}, "and nobody will know."|"That is a lot of money," said {friend}. "Shall we keep it?"]`,
      `{hero} thought about it. "[But the money does not belong to us|But somebody has lost it|But it is not ours]," {he} said. "[Somebody is sad now|How would you feel if it were yours]?" {friend} was quiet. "You are right," {fhe} said.`,
      `[They asked a man with two dogs, but that was not the owner. Then|They asked the women at the bus stop, but none of them knew anything. Then|Soon after that] they saw ${owner} who was [looking at the ground|walking up and down|looking under every bench]. "Are you looking for something?" asked {hero}. "Yes, for my purse," said the ${theirs}. "[It is {color}, and there are ${n} coins in it|All my money is in it]." {hero} gave it back.`,
      `"[You are honest children|Thank you, both of you|I thought that it was gone]!" said the ${theirs} and gave each of them [a coin|an apple|a cookie]. "[It is better to give than to keep|That feels better than a kite]," said {friend}. {hero} [smiled|agreed with {fhim}].`,
    ];
  },
  function treeHouse(draw) {
    const n = draw.any(NUMBERS);
    return [
      `{hero} wanted a house in the old tree behind the garden. "[I cannot build it alone|I need help]," {he} said. "[I have a hammer|I can carry wood]," said {friend}. "[And I have a saw|And I have ${n} boards]," said {other}. [So the three of them began.|]`,
      `[They made a list: ${n} boards, a rope, a ladder, two hammers and a box of nails.|They needed nails too, and a ladder.|] [The boards were long, but the ladder was too short.|The nails in the box were old, but they were good enough.|Each of the boards was heavier than {hero}.] [{hero} cut the boards, {friend} held them, and {other} counted the nails.|While {hero} cut the wood, {friend} painted the door {color}.]`,
      `On the first day, they finished the floor. On the second day, they finished the walls. On the third day, it rained, and [they could not work|the paint was not dry]. ["Shall we stop?" asked {other}. "No," said {hero}, "we are almost ready."|Once the hammer fell on a foot, but it was not bad.]`,
      `After a week, the house was ready. It had [a {color} door and two windows|a roof of branches|a {color} roof]. [From the window they could see the river and the hills.|From up there, the people on the street were as small as mice.|] "[Whose house is it now|Who does it belong to]?" asked {other}. "[It belongs to all of us|It is ours]," said {hero}. [Every Saturday they meet there and tell stories.|That evening they ate their bread in the tree, and it tasted better than ever.]`,
    ];
  },
  function questionsAtNight(draw) {
    const questions = draw.several(
      [
        [
          'Why is the moon sometimes round and sometimes thin',
          'Because we see only the part that the sun shines on',
        ],
        ['Where does the sun go at night', 'It shines on the other side of the world'],
        [
          'Why are the stars so small',
          'They are not small. They are big, but they are very far away',
        ],
        ['Do fish sleep', 'Yes, but they do not close their eyes'],
        ['Why do the leaves fall', 'Because the trees need to rest in winter'],
        ['Who is older, you or the big tree', 'The tree is older. It was here before all of us'],
        ['How many stars are there', 'There are more than we can count'],
        ['What do bears do in winter', 'They sleep in a cave until it is warm again'],
        ['Why is the sea blue', 'Because the water takes the other colors of the light away'],
        ['Where do the birds go in autumn', 'Many of them fly to the south, where it is warmer'],
      ],
      3,
    );
    return [
      `[In the evening|Before bed|One warm night], {hero} and {his} {mom} were sitting [in front of the house|on a {color} blanket in the garden|at the window]. [The moon was shining above the roofs.|There were many stars in the sky.|The frogs near the pond were singing.] {hero} had many questions.`,
      ...questions.map(
        ([question, answer], i) =>
          `"${question}?" [asked {hero}|{he} ${['asked', 'went on', 'wanted to know'][i]}]. "${answer}," said {his} {mom}.`,
      ),
      `["How do you know all these things?" asked {hero}. "I asked a lot of questions when I was small," said {his} {mom}.|"You know everything," said {hero}. "Nobody knows everything," said {his} {mom}, "but we can find things out."]`,
      `["One more question," said {hero}, but then {his} eyes closed, and {he} was asleep.|The next day {hero} told {friend} everything, and {friend} had even more questions.|{hero} wanted to ask one more thing, but {he} had forgotten it.]`,
    ];
  },
  function facts(draw) {
    const [a, b] = draw.several(FACTS, 2);
    const told = [...draw.several(a, 4), ...draw.several(b, 2)];
    return [
      `[Today|Yesterday|On Monday|This week], {hero} learned [a lot of|many|some] new things at school. [In the evening {he} told them to {his} {mom}.|{he} wrote them in {his} {color} notebook.|The teacher told the class about the world, and everyone listened.]`,
      ...told,
      `["Is that true?" asked {friend}. "Yes, it is," said {hero}.|"I did not know that," said {friend}.|"Who told you that?" asked {friend}. "Our teacher did," said {hero}.]`,
    ];
  },
  function visitToTheDoctor(draw) {
    const [part, hurts] = draw.any([
      ['ear', 'My ear hurts'],
      ['leg', 'My leg hurts'],
      ['arm', 'I cannot move my arm'],
      ['knee', 'I fell on my knee'],
      ['foot', 'I cannot walk on my foot'],
      ['throat', 'My throat hurts'],
    ]);
    return [
      `{hero} did not want to go to the doctor. "[I am not ill|It does not hurt any more|I will go tomorrow]," {he} said. "[Yesterday you said the same|We will go now]," said {his} {mom}. {friend} came with them, because {hero} was afraid.`,
      `There were [two women and a baby|three boys and their father|many people] in the room, and all of them were waiting. [The pictures on the wall were {color}.|The books on the table were old.] Then the door opened. "Who is next?" asked the nurse. "[It is my turn|I am]," said {hero}. {his} voice was very small.`,
      `"What is wrong with you?" asked the doctor. "${hurts}," said {hero}. The doctor looked at the ${part}. ["Does it hurt here?" "A little."|"Is it broken?" asked {friend}.|] "[It is not broken|It is not bad|You are a brave child]," said the doctor. "[You need rest and a lot of water|Don't run and don't jump for three days|In a week it will be fine]."`,
      `"[Was that all|Is that everything]?" asked {hero}. "[Yes, that was all|That is everything]," said the doctor. On the way home {he} said, "[It was not as bad as I thought|The doctor was nicer than I thought|I was braver than yesterday]." "[I was more afraid than you were|You were braver than a lion]," said {friend}, and [they laughed|{his} {mom} laughed].`,
    ];
  },
  function race() {
    return [
      `There was a race at school. "[I am faster than all of you|Nobody is faster than I am]," said {other}. {hero} was [the smallest child in the class|not fast|nervous], but {he} wanted to run too. "[You can do it|Just run as well as you can]," said {friend}.`,
      `[At nine o'clock|After breakfast|When the bell rang], the runners stood on the line. One, two, three! {other} was first, {friend} was second, and {hero} was the last. [The children behind the fence were shouting.|The parents of the runners were clapping.|] {hero}'s legs were tired, but {he} did not stop.`,
      `Then {friend} fell. {fhis} knee was [red|bleeding]. {hero} could have won a place, but {he} stopped. "[Are you hurt|Can you walk]?" asked {hero}. "[My knee hurts|I don't think so]," said {friend}. "Give me your hand," said {hero}, and they walked to the end together. [They were the last ones, but everyone clapped.|The children behind the line clapped for both of them.|]`,
      `{other} won the race and got a {color} ribbon. But then {other} came to {hero}. "[You were better than I was|This belongs to you]," {other} said and gave {him} the ribbon. {hero} [cut it into three pieces, one for each of them|was very surprised|gave it to {friend}].`,
    ];
  },
];

/** Stories about children that have a season of their own, or in which the two do not know each other yet. */
export const SPECIAL_PLOTS: readonly Plot[] = [
  function firstSchoolDay(draw) {
    const [a, b] = draw.several(LOSABLE, 2);
    return [
      `It was the first day of school. {hero} had a new {color} bag. In the bag there were ${draw.any(NUMBERS)} pencils, a notebook and an apple. {he} was [excited|happy|curious], but {he} was also a little afraid. "[What if nobody talks to me|What if I cannot find the room|Will the teacher be kind]?" {he} asked. "[Don't worry|You will see]," said {his} {mom}, "[everybody is new on the first day|the others are afraid too]."`,
      `[The children in the room were loud.|There were twenty children in the room, and {hero} did not know any of them.|The chairs in the room were small, and the windows were big.] {hero} sat down next to a [quiet|small|shy] {fkid}. ["Is this chair free?" {he} asked. "Yes, it is."|"Hello," said {hero}. "What is your name?"] "My name is {friend}," said the {fkid}. "[I don't know anybody here.|I forgot my pencils at home.|Do you like ${a.many}?]"`,
      `{hero} [gave {fhim} one of {his} pencils|smiled at {fhim}|showed {fhim} the ${b.one} that {he} had brought]. [The teacher read a story about two bears, and all the children listened.|The teacher asked, "Who can count to ten?" Both of them could.|They learned a song, and then they drew a house.]`,
      `After school {his} {mom} asked, "How was it?" "[It was good|It was better than I thought]," said {hero}. "I have a new friend. [{friend} has ${draw.any(NUMBERS)} ${a.many}|{friend} lives in our street|{friend} can draw better than I can]. Can I go again tomorrow?"`,
    ];
  },
  function garden(draw) {
    const seed = draw.any(phrases('bean, sunflower, tomato, corn, pea'));
    return [
      `In spring, {his} {mom} gave {hero} ${draw.any(NUMBERS.slice(0, 4))} seeds. "What will grow out of them?" asked {hero}. "[Wait and see|You will see it in summer|That is a secret]," said {his} {mom}.`,
      `{hero} planted the seeds ${draw.any(OUTDOORS)} and watered them [every morning|every evening]. [The first day, nothing happened. The second day, nothing happened.|For many days, nothing happened.|Nothing happened on Monday, and nothing happened on Tuesday.] [After a week, there was still nothing.|"Are they dead?" {he} asked {friend}. "No," said {friend}, "they are only slow."|{hero} wanted to dig them out, but {friend} stopped {him}.]`,
      `[Then it rained for two days|Then the sun came out|Ten more days went by], and [on Sunday there were small green leaves|suddenly something green looked out of the ground]. [They grew every day.|Each of them grew a little every day.] First they were as small as a finger, then they were as tall as {friend}, and in the end they were taller than {his} {mom}!`,
      `["It is a ${seed} plant!" said {hero}.|"Now I know," said {hero}, "they are ${seed} seeds."|"Look, they are ${seed} plants!" said {friend}.] [{hero} told everyone about it.|{hero} was proud because {he} had not given up.|]`,
      `In autumn {hero} put the new seeds into a {color} bag. "[Next year we will plant them together|Half of these are for you]," {he} said to {friend}.`,
    ];
  },
  function rainyDay(draw) {
    const { base } = draw.any(LESSONS);
    return [
      `It was raining, [and it did not stop|and the streets were wet|although it was summer]. {hero} and {friend} could not go to the {place}. "[What a boring day|Rain is terrible|There is nothing to do]," said {hero}.`,
      `["Why don't you play inside?" asked {his} {mom}.|"There is always something to do," said {his} {mom}.] "[We have no ideas|All our games are old|We have played everything]," said {friend}.`,
      `So {his} {mom} [gave them some old blankets, two chairs and a rope|took a big box and a pair of scissors|put paper, paint and glue on the table]. "[You could build something|Let us see who has the best idea|Make something that nobody has ever seen]," {his} {mom} said.`,
      `[They built a ship, and the {color} carpet was the sea.|They built a house with three rooms, and the doors of the rooms were {color}.|They built a rocket that was taller than {friend}.] {hero} was the captain, and {friend} was the cook. [They sailed to an island where the people never ${base}.|They flew past the moon and counted the stars.|They had to fight against a dragon, but the dragon was kind.]`,
      `When {his} {mom} looked out of the window again, the sun was shining. "[The rain has stopped|You can go out now]," {his} {mom} said. "[Not now|Later]," said {hero}. "[We have no time|We are too busy]!" [Everybody laughed.|Sometimes a rainy day is better than a sunny one.]`,
    ];
  },
  function snow(draw) {
    const [a, b] = draw.several(COLORS, 2);
    return [
      `When {hero} woke up, everything was white. The [roofs of the houses were|roof of the barn was|trees behind the house were|fence of the garden was] covered with snow. "It has snowed!" {he} shouted. {he} put on two sweaters, a ${a} coat and {his} boots, and {he} ran to {friend}.`,
      `"Let us build a snowman," said {friend}. They rolled [a big ball and a small ball|three balls, and each ball was smaller than the last one]. The [biggest|first] one was so heavy that [both of them had to push|{other} had to help them]. [For the eyes they took two stones, and for the nose they took a carrot.|The eyes of the snowman were black stones, and its nose was a carrot.]`,
      `["It looks cold," said {hero}.|"Something is missing," said {friend}.|"What shall we call the snowman?" asked {hero}.] {friend} took {fhis} ${b} scarf and put it around the snowman's neck. ["Now it is warm," {fhe} said.|"Aren't you cold now?" asked {hero}. "No," said {friend}, "I am warm from the work."] {hero} gave it {his} hat.`,
      `[|Then they threw snowballs until their hands were red.|Then they went down the hill on a sled, again and again.|Later they drank hot chocolate and looked at the snowman through the window.] [At night {hero} thought that the snowman was smiling at {him}.|"Will it be there tomorrow?" asked {hero}. "As long as it is cold," said {his} {mom}.|A week later it was warm, and the snowman was gone. But the scarf and the hat were lying in the grass.]`,
    ];
  },
  function beach(draw) {
    const n = draw.any(NUMBERS);
    return [
      `In summer, {hero}'s family went to the sea. [The water was cold|The waves were higher than {hero}|The sand was so hot that nobody could walk on it], but {hero} was [happy|not afraid]. {he} had a {color} bucket, and {he} wanted to [find shells|build a castle|swim].`,
      `{hero} and {friend} built a castle [with four towers|that was bigger than a dog|with walls of sand and windows of shells]. [The towers of the castle were as tall as {hero}.|There were ${n} shells on each tower.|A feather was its flag.] "[Who lives in it|Is there a king in our castle]?" asked {friend}. "[A crab|A very small princess|Somebody who likes sand]," said {hero}.`,
      `Then a big wave came and took [one of the towers|half of the castle|everything]. {friend} [was angry|began to cry|looked at it with an open mouth]. "[Don't be sad|It does not matter]," said {hero}. "[We can build a new one tomorrow|The sea wants to play too|The sand is still here]."`,
      `[A crab that had been under the castle looked at them and ran away.|They found ${n} shells that the wave had brought, and one of these was {color}. {hero} gave it to {friend}.] In the evening [they were tired, and their hair was full of sand|the sky above the sea was red, and everybody was quiet].`,
    ];
  },
];

/** Told by the hero: with no opening and no ending but their own. */
export const FIRST_PERSON: readonly Plot[] = [
  function aboutMe(draw) {
    const [a, b] = draw.several(LOSABLE, 2);
    const n = draw.any(NUMBERS.slice(4));
    const m = draw.any(NUMBERS);
    const pet = draw.any(phrases('dog, cat, rabbit, hamster, parrot, turtle'));
    const food = draw.any(MEALS).many;
    return [
      `[My name is {hero}, and I am|I am {hero}. I am|Hello! My name is {hero}. I am] ${n} years old. I live with my family [in a house near the {place}|in a small village|in a big town]. [The door of our house is {color}.|The windows of our house are {color}.]`,
      `I have [two brothers|two sisters|one brother and one sister|no brothers, but I have two sisters]. [They are older than I am|We fight sometimes, but we love each other|My grandparents live with us too]. [My mother is a [teacher|doctor|baker|driver], and my father is a [nurse|gardener|cook|painter].|My parents work in the morning, so my grandmother takes me to school.]`,
      `We have a ${pet}. [It is [black|brown|gray] and white|It is small, but it eats a lot|It is as old as I am]. [My father and I feed it every day|It sleeps near my bed|When I come home, it is always glad to see me].`,
      `My best friend is {friend}. [{fhe} lives in the house next to ours|We go to school together|{fhe} is in my class]. [We both like ${a.many}|{friend} has ${m} ${b.many}, and I have only one ${b.one}|{fhe} is better at math, but I can run faster]. [Yesterday we were {at}|Yesterday it rained, so we played inside|Last Sunday we baked a cake together]. [Tomorrow we are going to visit {other}|Tomorrow {fhe} will teach me a new game].`,
      `I like ${food}, but I don't like [onions|fish|cold soup]. [In winter I am often tired, but in summer I never want to sleep|My favorite color is {color}|My favorite day is Saturday, because there is no school]. [When I am big, I want to be a [doctor|singer|farmer|captain|painter]|One day I want to see the sea]. [What do you like|And who are you|And how old are you]?`,
    ];
  },
  function diary(draw) {
    const { base, past, where } = draw.any(LESSONS);
    const [first, second] = draw.several(OUTDOORS, 2);
    const animal = draw.any(SMALL_ANIMALS);
    return [
      `[Today was a good day|What a day|I will never forget this day]. My name is {hero}, and this is my diary. [In the morning I woke up early because the birds were singing|When I woke up, the sun was already shining|In the morning it was cold, so I put on my {color} sweater]. [I washed my face and brushed my teeth|I ate two pieces of bread and drank a glass of milk].`,
      `After breakfast, my friend {friend} and I ${past} ${where}. [We laughed so much that our stomachs hurt|{friend} is better at it than I am, but I am learning|At first we were alone, and then our friends came too]. [I think that nobody can ${base} all day|I like to ${base} more than anything].`,
      `Then something happened. We saw a ${animal} ${first}. [It was not afraid of us|One of its legs was hurt|It was all alone, and it was very small]. ["Is it yours?" {friend} asked me. "No, it is not mine," I said.|"What shall we do?" I asked. "We will take care of it," said {friend}.|"Don't touch it," I said, "its mother is near."] We gave it some water, and [after a while it went to its mother, who was waiting ${second}|it drank everything|later it went back to its family].`,
      `Now it is evening, and I am tired. [My mother says that I have to sleep|I can hear the rain on the roof|The stars outside my window are bright]. [Tomorrow we will look for the ${animal} again|Tomorrow I will tell my class about it|I wonder where the ${animal} is now]. Good night!`,
    ];
  },
];

/** Tales about animals. */
export const TALES: readonly Plot[] = [
  function narrowBridge() {
    return [
      `There was a narrow bridge over the river. [One day|One morning], {hero} wanted to cross it from one side, and {friend} the {fkid} wanted to cross it from the other side. In the middle they met.`,
      `"Go back," said {hero}, "[I was here first|I am in a hurry]." "No, you go back," said {friend}, "[I am bigger than you|I am older than you|my way is longer]." Neither of them wanted to move. [They stood there until noon.|They shouted, and the birds in the trees listened.]`,
      `[The sun became hot.|It began to rain.|Clouds came over the hill.] Both of them were [hungry|tired|thirsty], but neither of them went back. Then a [small|{color}] [ant|mouse|snail|beetle] came and walked between their feet to the other side. "[How did you do that|Why can you pass]?" asked {friend}. "[I am small, and I do not talk so much|I asked nobody who was first]," was the answer.`,
      `{hero} looked at {friend}, and {friend} looked at {hero}. Then they laughed. "[I will lie down, and you can climb over me|I will go back three steps, because it is only three]," said {hero}. "[Next time it is my turn|That is kind of you]," said {friend}. [Since that day, the one who comes second waits.|From then on, they crossed the bridge together.]`,
    ];
  },
  function twoFriendsAndABear(draw) {
    const danger = draw.any(phrases('wolf, bear, tiger, lion, snake'));
    return [
      `{hero} the {kid} and {friend} the {fkid} walked through the forest. ["If there is any danger, I will help you," said {friend}. "And I will help you," said {hero}.|"I will always stay with you," said {friend}. "And I will stay with you," said {hero}.]`,
      `Suddenly they heard a loud noise. A ${danger} was waiting [between the trees|in front of them|on the path]! {friend} forgot what {fhe} had said. {fhe} ran [up a hill|behind a rock|away] and did not look back. {hero} was alone.`,
      `[What could {he} do?|There was no time to run.] {he} [lay down and did not move|hid under the leaves and did not breathe]. The ${danger} came nearer, [looked around and listened|stood still for a long time|made a strange sound], and then it went away. {hero} waited until everything was quiet.`,
      `After a while {friend} came back. ["Are you hurt?" asked {friend}. "No, but I learned something," said {hero}.|"What did the ${danger} say to you?" asked {friend}. "Only one thing," said {hero}.] "A friend who runs away is not a friend." {friend} was ashamed. "[I am sorry|I was afraid]," said {friend}. "[Next time I will not leave you|Give me one more chance]." {hero} [thought about it and gave {fhim} a paw|said yes, because everyone is afraid sometimes].`,
    ];
  },
  function slowAndFast() {
    return [
      `{hero} the {kid} was slow, but {friend} the {fkid} was fast. "[You are the slowest animal in the world|Even a stone is faster than you]," said {friend} and laughed. "[Slow is not bad|Let us see]," said {hero}. "[Tomorrow we can have a race|Let us run to the river tomorrow]."`,
      `All the animals came to watch. [The birds were sitting on the branches.|The mice were standing in the first row.|There were ducks, goats and sheep.] {friend} ran so fast that {hero} soon saw only dust. "[I have a lot of time|There is nobody behind me]," thought {friend}, and {fhe} [lay down under a tree|sat down in the grass|lay down in the sun]. Soon {fhe} was asleep.`,
      `{hero} did not stop. Step by step, {he} walked past [the trees|the pond|the old house]. {he} was tired, and {his} feet hurt, but {he} [counted the steps|sang a little song|thought of nothing but the river].`,
      `When {friend} woke up, the sun was low. {fhe} ran faster than ever, but it was too late. {hero} was already sitting by the river and [had {his} feet in the water|was drinking]. "[Were you not faster than I am|Where have you been]?" {he} asked. {friend} [did not laugh any more|laughed about {fhimself}]. [Those who do not stop get there too.|Being fast is good, but going on is better.]`,
    ];
  },
  function moonInTheWater() {
    return [
      `One night {hero} the {kid} came to the pond to drink. There was something [round and white|bright] in the water. "[It is a cheese|It is a plate of silver|The moon has fallen into the pond]!" thought {hero}. {he} put {his} nose into the water, but {he} could not [catch|reach] it.`,
      `{he} ran to {friend} the {fkid}. "Wake up, [I need your help|something has happened]!" {he} said. "[It is the middle of the night|I am sleeping]," said {friend}, but {fhe} got up and followed {hero} to the pond. [They took a net and a rope with them.|They tried it with a stick.|They tried it with four paws.|] The water moved, and the white thing broke into a hundred pieces. "Oh no," said {hero}, "[now it is broken|what have we done]!"`,
      `They sat down and waited. [The frogs were laughing.|An owl in the tree was watching them.|The water became quiet again.|] [After a while|Little by little], the pieces came together, and the thing was whole again. {friend} looked at it for a long time, and then {fhe} looked up. "{hero}," {fhe} said, "[what is that in the sky|look up]." Above the trees was the moon, and it was round and white.`,
      `{hero} looked at the sky, and then {he} looked at the water. "[There are two of them|One for each of us]!" {he} said. {friend} laughed. "[No, there is only one|The one in the water is only a picture]," said {friend}. "[Nobody can own it, but everybody can look at it|The moon is high up, and the pond is a mirror]." So they [sat by the pond until morning|looked at both of them until they fell asleep].`,
    ];
  },
];

/** Tales that have a season of their own, or in which the two do not know each other yet. */
export const SPECIAL_TALES: readonly Plot[] = [
  function newInTheForest(draw) {
    const skill = draw.any(phrases('climb, swim, sing, dig, run fast'));
    return [
      `A new animal came to the forest. It was {friend}, a {color} {fkid}. [The others looked at {fhim} and whispered.|Nobody knew {fhim}.|The birds in the trees stopped singing.] "[{fhe} looks different|We have never had a {fkid} here]," they said. "[{fhe} cannot even ${skill}|We do not need {fhim} here]."`,
      `Only {hero} the {kid} went to {fhim}. "Hello, where do you come from?" {he} asked. "From the other side of the mountains," said {friend}. "[There was a fire, and we had to leave|There was no water any more]." ["Are you hungry?" "I have not eaten since yesterday."|"Do you have a place to sleep?" "No, I have nothing."|] {hero} gave {fhim} [some nuts and a warm bed|half of {his} bread|three pears].`,
      `[A few days later|The next week|In the night] there was a storm. [A tree fell on the house of the mice|The river became higher and higher|The bridge broke]. The animals were afraid, and [none of them knew what to do|everyone was shouting]. "[In my country we had many storms|I know what we have to do]," said {friend}. "[Everybody up the hill|Take each other by the hand]!" They all listened to {fhim}, and nobody was hurt.`,
      `[In the morning|When the storm was over], the animals came to {friend}. "[We are sorry|We did not know you]," they said. "[Please stay with us|You are one of us now]." {friend} smiled. "I cannot ${skill}," {fhe} said, "but {hero} will teach me." And {hero} [did|was glad to do it].`,
    ];
  },
  function greedy(draw) {
    const food = draw.any(
      phrases('apples, pears, plums, nuts, berries, carrots, cherries, mushrooms'),
    );
    const n = draw.any(NUMBERS);
    return [
      `In autumn, {hero} the {kid} found ${n} ${food} ${draw.any(OUTDOORS)}. "[These are all mine|I will not give anybody a single one]," {he} said. {he} hid them ${draw.any(phrases('in a hollow tree, under some leaves, in a hole in the ground, behind a big stone'))}.`,
      `The next day {friend} the {fkid} came. "[I am hungry|My children are hungry]," said {friend}. "[Do you have something to eat|Have you seen any ${food}]?" "No," said {hero}, "[there are no ${food} here|I have nothing]." {friend} went away [with an empty stomach|without a word].`,
      `Then winter came. [It snowed for three days|The snow was higher than a fence|It was so cold that the river froze], and {hero} wanted to eat. But the ${food} were not there! [{he} dug here and {he} dug there, but the snow was everywhere, and {he} had forgotten the place.|{he} had forgotten the place, because everything was white.] {he} sat down and cried.`,
      `{friend} heard {him}. "[What is the matter|Why are you crying]?" asked {friend}. {hero} told {fhim} everything. "[I am ashamed|I was greedy]," {he} said. "[I remember the place, because I saw you|My nose is better than yours]," said {friend}. Soon they found the ${food}. {hero} gave {friend} half of them, and [both of them had enough until spring|neither of them was hungry that winter].`,
    ];
  },
  function winterHome(draw) {
    const [a, b] = draw.several(phrases('stones, branches, leaves, boards, straw, bricks'), 2);
    return [
      `Winter was coming, and {hero} the {kid} began to build a house. {he} carried ${a} in the morning and ${b} in the afternoon. {friend} the {fkid} was lying in the sun. "Why do you work so much?" asked {friend}. "[It is warm, and the days are long|Come and play]!" "[Today it is warm|Now the days are long]," said {hero}, "but soon [it will be cold|there will be snow]."`,
      `{friend} [only laughed|did not listen|turned over and slept]. [The leaves of the trees became red, then brown, and then they fell.|The birds flew to the south.|The wind became colder every day.|] {hero}'s house was ready. [The walls were thick, and the door was {color}.|The walls of the house were thick.|]`,
      `One night the first snow fell. Somebody knocked at the door. "Who is there?" asked {hero}. "[It is me, {friend}. I am so cold|It is {friend}. My ears are frozen]." {hero} [opened the door at once|thought for a moment and opened the door]. "[Come in|Sit down by the fire]," {he} said. "[There is enough room for two|The soup is still warm]."`,
      `"[You were right, and I was wrong|I should have listened to you]," said {friend}. "I was lazy." "[Yes, you were|That is true]," said {hero}, "[but you are my friend|but nobody should be cold]." {friend} [cooked for both of them all winter|told the best stories all winter], and in spring they built a second house [together|next to the first one].`,
    ];
  },
];
