// What happens in the Portuguese stories. `{hero}` and `{friend}` are two children (in tales two
// animals); `{ele}`, `{dele}` and the ending `{x}` ("cansad{x}") go with the hero, `{fele}`, `{fdele}`
// and `{y}` with the friend, `{eles}`, `{osdois}` and `{z}` with both; `{rel}` is somebody of the
// hero's family, with the ending `{w}`. Where a pronoun may mean two of them, the name stands.
import * as lexicon from '../lexicon/portuguese';
import { aNoun, agree, NUMBERS, ofOne, theOne, toOne, vowel } from './portuguese-words';
import { phrases, type Plot } from './tell';

const { BREAKABLE, COLORS, LESSONS, LOSABLE, MEALS, SITES, SMALL_ANIMALS, TREASURES, VISITORS } =
  lexicon;
const INDOORS = phrases(
  'embaixo da cama, atrás da porta, em cima da mesa da cozinha, debaixo do cobertor, atrás da cortina, ' +
    'dentro da cesta, embaixo de uma cadeira, perto da janela, em cima do armário, atrás do sofá, no banheiro, ' +
    'debaixo do travesseiro, na última gaveta, entre duas almofadas, dentro de uma bota velha, na escada',
);
const OUTDOORS = phrases(
  'embaixo de uma árvore, atrás da cerca, perto do portão, no meio da grama alta, na beira do lago, ' +
    'ao lado de um banco, entre dois arbustos, debaixo do balanço, atrás do galinheiro, ao lado do caminho, ' +
    'perto da ponte velha, junto do poço',
);
const FACTS: readonly (readonly string[])[] = [
  [
    'O ano tem quatro estações.',
    'O ano tem doze meses.',
    'A semana tem sete dias.',
    'A primavera vem depois do inverno.',
    'Na primavera, as flores se abrem e os pássaros fazem seus ninhos.',
    'No verão, os dias são longos e as noites são curtas.',
    'O verão é mais quente do que a primavera.',
    'No outono, as folhas caem das árvores.',
    'O inverno é a estação mais fria.',
    'No inverno, as noites são mais longas do que os dias.',
    'A segunda-feira vem depois do domingo.',
    'Dezembro é o último mês do ano.',
  ],
  [
    'Temos dois olhos e enxergamos com eles.',
    'Ouvimos com as orelhas e cheiramos com o nariz.',
    'Cada mão tem cinco dedos.',
    'Os dois pés juntos têm dez dedos.',
    'O coração nunca para de bater.',
    'Os dentes são duros, por isso podemos mastigar com eles.',
    'As crianças perdem os primeiros dentes, e outros nascem.',
    'O joelho fica no meio da perna.',
    'Quando corremos, o coração bate mais depressa.',
    'Os ossos ficam dentro do corpo, e ninguém os vê.',
    'Um bebê ainda não tem dentes.',
  ],
  [
    'A chuva cai das nuvens.',
    'A neve é feita de água, embora seja branca.',
    'O gelo é água muito fria.',
    'Quando o gelo esquenta, ele derrete.',
    'O vento mexe as folhas das árvores.',
    'Depois da chuva, às vezes aparece um arco-íris.',
    'O arco-íris tem muitas cores.',
    'O sol é muito maior do que a lua.',
    'As estrelas estão longe, por isso parecem pequenas.',
    'O sol nasce de manhã e se põe à tarde.',
    'À noite fica escuro porque o sol não está no céu.',
    'O trovão vem depois do raio.',
  ],
  [
    'As abelhas fazem mel.',
    'As vacas comem capim e nos dão leite.',
    'A galinha põe ovos.',
    'Os peixes vivem na água e não sabem andar.',
    'A aranha tem oito patas.',
    'A formiga tem seis patas, mas o cachorro só tem quatro.',
    'Os pássaros têm asas e penas.',
    'O filhote da vaca se chama bezerro.',
    'O elefante é mais pesado do que o cavalo.',
    'O rato é menor do que o gato.',
    'A tartaruga leva a casa nas costas.',
    'As corujas dormem de dia e caçam à noite.',
  ],
  [
    'O pão é feito de farinha e água.',
    'O queijo é feito de leite.',
    'As maçãs crescem nas árvores, mas os morangos crescem perto do chão.',
    'O limão é azedo, e o mel é doce.',
    'As cenouras crescem debaixo da terra.',
    'As frutas fazem bem à saúde.',
    'A banana madura é amarela.',
    'Bebemos água porque o corpo precisa dela.',
    'A sopa é quente, e o sorvete é frio.',
    'Muitos doces fazem mal aos dentes.',
    'As uvas podem ser verdes ou roxas.',
    'De manhã tomamos café, e à noite jantamos.',
  ],
  [
    'Minha mãe e meu pai são meus pais.',
    'O pai do meu pai é meu avô.',
    'A mãe da minha mãe é minha avó.',
    'A irmã da minha mãe é minha tia.',
    'Os filhos da minha tia são meus primos.',
    'A filha do meu tio é minha prima.',
    'Os irmãos têm os mesmos pais.',
    'Duas meninas que nascem da mesma mãe no mesmo dia são gêmeas.',
    'A mãe é mais velha do que os filhos.',
    'As famílias podem ser grandes ou pequenas.',
  ],
  [
    'Aluno é quem aprende na escola.',
    'A professora é quem ensina.',
    'Na biblioteca há muitos livros.',
    'Dois e dois são quatro.',
    'Cinco é mais do que três.',
    'Dez é menos do que doze.',
    'O triângulo tem três lados, e o quadrado tem quatro.',
    'A primeira letra do alfabeto é o A.',
    'Uma hora tem sessenta minutos.',
    'Escrevemos com o lápis e cortamos com a tesoura.',
    'Uma pergunta termina com um ponto de interrogação.',
  ],
];

/** Stories about children. */
export const PLOTS: readonly Plot[] = [
  function lostThing(draw) {
    const thing = draw.any(LOSABLE);
    const [t, o] = [thing.one, vowel(thing)];
    const [first, second, third] = draw.several([...INDOORS, ...OUTDOORS], 3);
    const color = agree(draw.any(COLORS), thing);
    return [
      `[Um dia|Certa manhã|Depois do almoço|No domingo|Na semana passada], {hero} não achou ${o} ${t} ${color}.`,
      `[{hero} procurou ${first} e ${second}, mas não estava lá.|Não estava ${first}, e também não estava ${second}.|Primeiro {hero} procurou ${first}. Depois procurou ${second}. Nada!]`,
      `["Você viu ${o} ${t}?", {ele} perguntou a {friend}. "Não vi", disse {friend}. "Quando foi a última vez que você brincou com el${o === 'o' ? 'e' : 'a'}?"|"O que foi?", perguntou {friend}. "${o} ${t} sumiu", disse {hero}. "Onde el${o === 'o' ? 'e' : 'a'} estava ontem?"|"Por que você está triste?", perguntou {friend}. "Perdi ${o} ${t}", disse {hero}. "Então vamos procurar junt{z}s", disse {friend}.]`,
      `["Hoje cedo ainda estava comigo", disse {hero}.|"Fui com el${o === 'o' ? 'e' : 'a'} {aoplace}", disse {hero}, "e depois esqueci."|{hero} pensou muito, mas não se lembrava.]`,
      `[{osdois} procuraram pela casa inteira|{friend} ajudou a procurar|{eles} olharam em todos os cantos e não desistiram], e [por fim|uma hora depois|no fim da tarde] acharam ${o} ${t} ${third}. [{aanimal} estava dormindo em cima del${o === 'o' ? 'e' : 'a'}!|Ninguém sabia como tinha ido parar ali.|Estava um pouco suj${o}, mas não estava quebrad${o}.]`,
      `{hero} agradeceu e [deu um abraço em {friend}|deu uma maçã a {friend}|guardou ${o} ${t}]. [Desde então, {ele} sempre sabe onde está ${o} ${t}.|"Da próxima vez vou ter mais cuidado", disse {hero}.|"Procurar foi divertido", disse {friend}.]`,
    ];
  },
  function sharing(draw) {
    const thing = draw.any(LOSABLE.filter(({ one }) => /bol|bon|pipa|tamb|inho|pete/.test(one)));
    const meu = thing.gender === 'm' ? 'meu' : 'minha';
    return [
      `[{friend} veio brincar|No sábado, {friend} veio visitar {hero}|Depois da aula, {friend} foi à casa de {hero}], mas só havia ${aNoun(thing)}.`,
      `["Posso brincar com ${theOne(thing)}?", perguntou {friend}. "Não", disse {hero}, "é ${meu}."|"Você me empresta ${theOne(thing)} um pouco?", perguntou {friend}. {hero} balançou a cabeça. "Não empresto", {ele} disse.|{friend} também queria ${theOne(thing)}, mas {hero} escondeu ${theOne(thing)} atrás das costas.]`,
      `{friend} [ficou triste e se sentou ${draw.any(OUTDOORS)}|não disse nada e olhou para os sapatos|foi embora e brincou sozinh{y}].`,
      `[{hero} brincou sozinh{x}, mas não teve graça.|Logo {hero} ficou cansad{x} de brincar, porque ninguém ria com {ele}.|"Brincar sem ninguém é muito chato", disse {rel}.]`,
      `Então {hero} foi até {friend} e disse: "[Vamos brincar junt{z}s|Você pode começar, e depois é a minha vez|Desculpe. Cada um{za} brinca um pouco|A metade do tempo é sua]."`,
      `{friend} sorriu. [{osdois} brincaram até escurecer|{eles} brincaram com ${theOne(thing)} ${agree(draw.any(COLORS), thing)} a tarde toda|Cada um{za} teve a sua vez], e [{osdois} riram muito|ninguém queria ir para casa|ninguém mais estava triste].`,
      `[{hero} aprendeu que é bom dividir.|Desde esse dia, {osdois} dividem tudo.|"Volte amanhã", disse {hero}.]`,
    ];
  },
  function stuckAnimal(draw) {
    const animal = draw.any(SMALL_ANIMALS);
    const site = draw.any(SITES);
    const o = vowel(animal);
    return [
      `No caminho ${ofOne(site)}, {hero} ouviu uma voz [fraca|baixinha|estranha]. "Socorro[!|, me ajude!]"`,
      `Era ${aNoun(animal)} ${agree(draw.any(COLORS), animal)} que estava [pres${o} num buraco|pres${o} numa rede|pres${o} entre duas pedras|caíd${o} debaixo de um galho].`,
      `["Quem fez isso com você?", perguntou {hero}. "Ninguém", disse ${theOne(animal)}. "Eu estava correndo e não olhei."|"Há quanto tempo você está aqui?", {hero} perguntou. "Desde ontem", disse ${theOne(animal)}.|"Dói muito?", {hero} perguntou. "Um pouco", disse ${theOne(animal)}, "mas estou com muita sede."]`,
      `{hero} [teve um pouco de medo|estava sozinh{x}|estava com pressa], mas quis ajudar. {ele} [puxou com as duas mãos|pegou um pau comprido e empurrou|foi buscar {friend}, e {osdois} puxaram|chamou {friend}, que veio com uma corda], e [logo|um minuto depois|por fim] ${theOne(animal)} estava livre.`,
      `"Obrigad${o}", disse ${theOne(animal)}. "[Nunca vou esquecer você|Você é muito corajos{x}|Se precisar de mim, é só chamar]." [E foi embora sem fazer barulho.|{hero} deu água e pão ${toOne(animal)}.|Estava cansad${o}, e {hero} levou ${theOne(animal)} para casa nos braços.]`,
      `[No outro dia|Dois dias depois|Uma semana depois], ${theOne(animal)} estava esperando {hero} ${draw.any(OUTDOORS)}, e [foi o começo de uma grande amizade|{hero} ficou muito feliz|foi com {hero} até ${theOne(site)}].`,
    ];
  },
  function cooking(draw) {
    const { dish, many, gender, one } = draw.any(MEALS);
    const n = draw.any(NUMBERS.slice(0, 5));
    const o = vowel({ gender });
    return [
      `[Certa manhã|No domingo|Num dia frio|Antes da festa], {hero} e {rel} quiseram fazer ${dish}.`,
      `["De que precisamos?", perguntou {hero}. "De ${n} ${many} e de ${one}", disse {rel}.|{hero} e {rel} precisavam de ${n} ${many} e de ${one}.|"Primeiro precisamos de ${n} ${many}", disse {rel}, "e depois de ${one}."]`,
      `[Mas não havia ${many} na cozinha, e {hero} foi correndo ao mercado.|Mas faltavam ${o}s ${many}. {hero} foi à casa de {friend}. "Temos muit${o}s ${many}", disse {friend}. "Pegue quant${o}s quiser."|{hero} contou ${o}s ${many} da cesta. Só havia ${o === 'o' ? 'dois' : 'duas'}! Foi preciso comprar mais.]`,
      `[{hero} lavou ${o}s ${many}, e {rel} cortou tudo.|{hero} pôs ${o}s ${many} numa tigela grande.|Enquanto {rel} arrumava a mesa, {hero} lavava ${o}s ${many}.] [Logo a casa toda ficou cheirosa.|Deu mais trabalho do que {hero} pensava.|Depois foi preciso esperar.]`,
      `["Já está pronto?", perguntou {hero}. "Ainda não", disse {rel}. "E agora?" "Agora sim!"|"Posso provar?", perguntou {hero}. "Cuidado, está quente", disse {rel}.|]`,
      `À noite, [{friend} e {other} vieram comer|a família de {friend} veio comer|todos se sentaram à mesa]. "[Está uma delícia|Quero mais um pouco|Vocês cozinham muito bem]!", disse {friend}. [Não sobrou nada.|Todos comeram até os pratos ficarem vazios.|As panelas da cozinha ficaram vazias.]`,
    ];
  },
  function learning(draw) {
    const { base, theyPast, where } = draw.any(LESSONS);
    const [days, later] = draw.any([
      ['Todos os dias', 'um mês'],
      ['Todas as tardes', 'duas semanas'],
      ['Todas as manhãs', 'dez dias'],
      ['Todos os sábados', 'meio ano'],
    ]);
    return [
      `{hero} não sabia ${base} tão bem quanto {friend}. [Quando {hero} tentava, as outras crianças riam|{hero} tinha tentado uma vez, mas deu tudo errado|{hero} tinha medo de tentar, porque {other} sempre ria], e por isso ficava triste.`,
      `["Como foi que você aprendeu?", {ele} perguntou a {friend}. "No começo eu também não sabia", disse {friend}. "Mas não desisti."|"Nunca vou aprender", disse {hero}. "Vai, sim", disse {friend}. "Eu mostro como se faz."|"Você me ensina a ${base}?", {hero} perguntou a {friend}. "Claro que ensino", disse {friend}.]`,
      `${days}, {osdois} ${theyPast} ${where}. [No começo era difícil.|Na primeira vez, nada deu certo.|{hero} errava muito, mas {friend} tinha paciência.] [Na segunda vez foi um pouco melhor.|Depois ficou mais fácil.|Com o tempo, os erros ficaram menores.]`,
      `Depois de ${later}, {hero} já sabia ${base} [quase tão bem quanto {friend}|melhor do que antes|sem ajuda]. [Todos bateram palmas, até {other}.|"Vejam só!", disse {other}. "Ficou muito bom."|{Rel} nem acreditou.]`,
      `"[Nunca desista|Quem treina aprende|Era só tentar]", disse {friend}. {hero} ficou muito orgulhos{x}[.|, e {friend} também ficou orgulhos{y}.]`,
    ];
  },
  function broken(draw) {
    const thing = draw.any(BREAKABLE);
    const o = vowel(thing);
    return [
      `Um dia, quando {hero} estava [correndo pela casa|jogando bola na cozinha|dançando perto da mesa], ${theOne(thing)} ${agree(draw.any(COLORS), thing)} caiu [no chão|da prateleira] e quebrou.`,
      `{hero} ficou assustad{x}. {ele} escondeu os pedaços ${draw.any(INDOORS)} e não contou a ninguém.`,
      `["Quem quebrou ${theOne(thing)}?", perguntou {rel}. Ninguém respondeu.|"Onde está ${theOne(thing)}?", perguntou {rel} à noite. {hero} olhou para os pés.|"Você viu ${theOne(thing)}?", perguntou {rel}. No começo, {hero} disse que não.]`,
      `["Acho que foi o gato", disse {friend}, mas {hero} sabia que não era verdade.|Naquela noite {hero} não conseguiu dormir, porque não tinha contado a verdade.|{hero} não quis comer, embora a comida estivesse boa.]`,
      `Então {hero} disse: "Fui eu que quebrei. [Desculpe|Desculpe por não ter contado antes]." {Rel} [não ficou com raiva|ficou triste, mas não gritou]. "[Obrigad{w} por contar a verdade|É só ${aNoun(thing)}|Que bom que você foi sincer{x}|Todo mundo quebra alguma coisa um dia]", disse {rel}.`,
      `{hero} e {rel} [pegaram cola e consertaram ${theOne(thing)}|juntaram os pedaços, um depois do outro]. ${theOne(thing)} não ficou tão bonit${o} como antes, mas {hero} se sentiu [bem melhor|mais feliz|mais leve].`,
    ];
  },
  function noiseAtNight(draw) {
    const animal = draw.any(VISITORS);
    const o = vowel(animal);
    return [
      `[Uma noite|Ontem à noite|Numa noite escura de inverno], {hero} ouviu um barulho [estranho|alto|baixinho]. {ele} estava deitad{x} na cama e não conseguia dormir.`,
      `["Será um monstro?", {hero} pensou.|"Quem está aí?", {hero} perguntou, mas ninguém respondeu.|"Você ouviu?", {hero} perguntou {aorel}. "É só o vento", foi a resposta. Mas não era o vento.]`,
      `{hero} [pegou uma lanterna e foi até a janela|calçou os chinelos e desceu a escada|abriu a porta bem devagar|primeiro se escondeu debaixo do cobertor, mas depois se levantou]. O coração batia depressa.`,
      `Não havia monstro [nenhum|na casa]. Era só ${aNoun(animal)} que [procurava comida|tinha entrado pela janela|estava sentad${o} ${draw.any(INDOORS)}]. {hero} riu e deu ${animal.food} ${toOne(animal)}.`,
      `["Não tenho mais medo do escuro", {hero} disse a {friend} no outro dia. "O que era o barulho?", perguntou {friend}. "Era só ${aNoun(animal)} com fome!"|No outro dia, {hero} contou tudo a {friend}. "Você não ficou com medo?", perguntou {friend}. "Só um pouco", disse {hero}.]`,
      `Desde então, ${theOne(animal)} volta [todas as noites|quando está com fome], e sempre há ${animal.food} [perto da porta|esperando].`,
    ];
  },
  function treasure(draw) {
    const treasure = draw.any(TREASURES);
    const o = vowel(treasure);
    const color = agree(draw.any(COLORS), treasure, true);
    const n = draw.any(NUMBERS);
    const site = draw.any(SITES);
    return [
      `[Um dia|Numa tarde de chuva|Nas férias], {hero} achou um mapa antigo ${draw.any(INDOORS)}. O mapa mostrava o caminho ${ofOne(site)}. "Vamos procurar o tesouro", {ele} disse a {friend}. ["Será que existe um tesouro?", perguntou {friend}. "Espero que sim."|"O que vamos levar?", perguntou {friend}. "Uma corda, duas maçãs e uma lanterna."|"Vamos, mas temos que voltar antes de escurecer", disse {friend}.]`,
      `{osdois} passaram [por um morro|por uma ponte|pela beira do rio|pelas casas da vila] e atravessaram [a floresta|o mato alto|uma caverna escura|um campo de flores]. [Estavam cansad{z}s, mas não pararam.|Os pés de {friend} doíam, e foi preciso descansar um pouco.|Depois de uma hora, já não sabiam onde estavam.]`,
      `[Debaixo de uma árvore velha havia uma caixa.|Atrás de uma pedra, viram uma caixa.|Havia uma caixa ${draw.any(OUTDOORS)}.] A tampa da caixa era pesada, e {eles} a abriram junt{z}s. [Dentro dela havia ${n} ${treasure.many} ${color}!|Havia ${n} ${treasure.many} na caixa, e tod${o}s eram ${color}.]`,
      `"[Metade para cada um{za}|Vamos dividir com {other}|Não precisamos de tant${o}s]", disse {friend}. [{eles} levaram ${o}s ${treasure.many} para casa e contaram a todos o que tinham achado.|Cada um{za} ficou com ${o === 'o' ? 'um' : 'uma'}, e ${o}s ${o === 'o' ? 'outros' : 'outras'} foram para as crianças da vila.|{eles} deixaram o mapa no mesmo lugar, para que outra pessoa o achasse.]`,
    ];
  },
  function letter(draw) {
    const site = draw.any(SITES);
    const thing = draw.any(LOSABLE);
    const n = draw.any(NUMBERS);
    return [
      `[Um dia|Na segunda-feira|De manhã|Antes do almoço], chegou uma carta para {hero}. Era de {friend}. {hero} abriu a carta e leu:`,
      `"{Querido} {hero}, [como vai? Eu vou bem|como vão você e a sua família? Aqui estamos todos bem|espero que você esteja bem]. [Desde a semana passada, moramos numa casa nova|Estamos passando as férias numa casa pequena|Estou na casa dos meus avós]. Ela fica perto ${ofOne(site)}, e [as janelas da casa são {corfs}|as árvores atrás dela são muito velhas|os cachorros do vizinho são mansos].`,
      `[Ontem meu irmão e eu fomos ${toOne(site)}|Ontem brincamos o dia inteiro|Ontem à noite o céu estava cheio de estrelas]. [Achei ${n} ${thing.many}, e ${thing.gender === 'm' ? 'um deles' : 'uma delas'} é para você|Vimos ${n} pássaros {corms}, e eu pensei em você|Choveu, mas nós não ligamos].`,
      `[Quando você vem me visitar? No meu quarto há uma cama para você|Você vem no mês que vem? Meus pais disseram que você pode ficar uma semana|Escreva logo, porque estou com saudade]. Um abraço, {friend}."`,
      `{hero} ficou tão [feliz|contente|animad{x}] que [leu a carta três vezes|pulou de alegria|mostrou a carta a todo mundo]. Depois {ele} pegou uma caneta e escreveu: "{fQuerido} {friend}, obrigad{x} pela carta. [Vou assim que puder|{Rel} disse que posso ir em maio|Também estou com saudade]. Um abraço, {hero}."`,
    ];
  },
  function birthday(draw) {
    const thing = draw.any(LOSABLE);
    return [
      `Faltava só um dia para o aniversário de {hero}. {ele} ia fazer ${draw.any(NUMBERS.slice(2))} anos. "[Quem vem à minha festa|Será que alguém vem]?", {ele} perguntou. [Ninguém respondeu, e todos sorriram.|"Vamos ver", disse {rel}.]`,
      `De manhã, a casa estava [quieta|vazia]. [Não havia bolo nem balões.|Não havia nada em cima da mesa.|] {hero} ficou triste. "Eles se esqueceram de mim", {ele} pensou, e foi sozinh{x} {aoplace}.`,
      `[Quando voltou|Uma hora depois, quando {hero} voltou|Ao meio-dia, {friend} foi chamar {hero}. No quintal], todos os amigos gritaram: "Feliz aniversário, {hero}!" Havia balões {corms} [nas paredes|em todas as cadeiras|em cima da mesa], e as velas do bolo estavam acesas.`,
      `{friend} deu uma caixa a {hero}. "[Adivinhe o que é|Abra]", disse {friend}. ["É um livro?", perguntou {hero}. "Não, não é."|] {hero} abriu a caixa, e dentro dela havia ${aNoun(thing)} ${agree(draw.any(COLORS), thing)}! [Era o que {hero} mais queria.|"Como você adivinhou?", {hero} perguntou.]`,
      `[As crianças cantaram, dançaram e comeram bolo até a noite.|As crianças brincaram muito.|Cada criança ganhou um pedaço de bolo, e {hero} ganhou dois.] "Eu estava enganad{x}", disse {hero}. "Vocês não me esqueceram. [Foi o melhor aniversário de todos|Vocês são os melhores amigos do mundo]."`,
    ];
  },
  function sickFriend() {
    return [
      `{friend} não foi à escola [na segunda-feira|ontem|hoje]. A cadeira {fdele} estava vazia. "Onde está {friend}?", perguntou {hero}. "{friend} está doente", disse a professora. "[Está com dor de cabeça|Está com dor de ouvido|Está com dor de garganta|Está com febre]."`,
      `{hero} ficou preocupad{x}. Depois da aula, [colheu umas flores {corfs}|pôs três maçãs numa cesta|desenhou {umanimal} engraçad{an}] e foi à casa de {friend}. [{Rel} foi junto.|O caminho era longo, mas {hero} não se importou.|]`,
      `{friend} estava deitad{y} na cama. [O rosto {fdele} estava pálido|As bochechas {fdele} estavam vermelhas|Os olhos {fdele} estavam pequenos]. ["Como você está?", perguntou {hero}. "Mais ou menos", disse {friend}.|"Está melhor?", perguntou {hero}. "Um pouco melhor do que ontem", disse {friend}.] "[O médico disse que tenho que ficar na cama|Só posso me levantar na sexta-feira|Tenho que beber muito chá]."`,
      `{hero} [se sentou ao lado da cama e leu a história de um cachorro e duas [gatas|patas|formigas]|contou tudo o que tinha acontecido na escola|mostrou o que a turma tinha aprendido]. [Logo {osdois} estavam rindo.|{friend} gostou muito.|] "[Quando eu rio, nada dói|Você é melhor do que qualquer médico]", disse {friend}.`,
      `[Três dias depois|Na sexta-feira|Na outra semana], {friend} já estava bo{my}. "[Obrigad{y} pela visita|Você é {um} amig{x} de verdade]", disse {friend}, e {hero} [ficou contente|lhe deu um abraço bem forte].`,
    ];
  },
  function market(draw) {
    const [a, b] = draw.several(
      MEALS.filter(({ many, one }) => many !== 'ovos' && one !== 'um ovo'),
      2,
    );
    const [n, m] = draw.several(NUMBERS.slice(0, 5), 2);
    const o = vowel(a);
    return [
      `{Rel} deu uma lista e um pouco de dinheiro a {hero}. Na lista estava escrito: ${n} ${a.many}, ${m} ovos, ${b.one} e uma garrafa de leite. "[Você consegue ir sem mim|A cesta não é muito pesada|Você sabe o caminho]?", perguntou {rel}. "[Já sou grande|Não se preocupe]", disse {hero}[.|, e {friend} foi junto.]`,
      `Havia muita gente no mercado. [As mulheres atrás das mesas gritavam.|O homem dos chapéus {corms} cantava.|Um fazendeiro com duas cabras estava perto do portão.|] ["O que você quer?", perguntou uma senhora.|"Bom dia", disse um homem de barba branca.|] "Quero ${n} ${a.many}, por favor", disse {hero}. ["Est${o === 'o' ? 'e' : 'a'}s são fresc${o}s?" "São da minha horta", foi a resposta.|"Quanto custam?" "Estão mais barat${o}s do que ontem", foi a resposta.|]`,
      `Na volta, {hero} encontrou {other}. "[Vamos correr até a ponte|Vamos brincar]!", disse {other}. {hero} queria brincar, mas olhou para os ovos na cesta. "[Agora não|Mais tarde]", {ele} disse. "[Corrida e ovos não combinam|Primeiro tenho que levar isto para casa]."`,
      `Em casa, {rel} contou tudo. "${n} ${a.many}, ${m} ovos, ${b.one} e uma garrafa de leite. Não falta nada, e nada quebrou. [Muito bem|Que orgulho]!" [Depois {hero} saiu correndo, porque {other} ainda estava esperando.|{hero} ganhou um pedaço de bolo.]`,
    ];
  },
  function lostInTheForest(draw) {
    const animal = draw.any(
      lexicon.TALE_ANIMALS.filter(({ one }) =>
        /coruja|tatu|macaco|raposa|preguiça|tartaruga/.test(one),
      ),
    );
    return [
      `{hero} e {friend} estavam [colhendo frutas|procurando pinhas|brincando] na floresta. {eles} [andaram muito|não olharam o caminho|foram atrás de uma borboleta {corf}], e de repente tudo parecia diferente. "[Onde estamos|Para que lado fica a nossa casa|Você conhece este lugar]?", perguntou {friend}. "Não sei", disse {hero}.`,
      `[As árvores em volta eram altas e escuras.|O céu entre as árvores estava cinzento.|O caminho atrás {deles} tinha sumido.|] {friend} começou a chorar. "[Não chore|Não tenha medo]", disse {hero}, "[vamos achar o caminho|eu estou com você]." [Mas {hero} também estava assustad{x}.|]`,
      `[Num galho|Atrás de um arbusto|Debaixo de uma árvore] estava ${aNoun(animal)}. "Por que {friend} está chorando?", perguntou ${theOne(animal)}. "[Porque estamos perdid{z}s|Não achamos o caminho de casa]", disse {hero}. ["Onde vocês moram?", perguntou ${theOne(animal)}. "Na casa da porta {corf}."|"Eu conheço o caminho", disse ${theOne(animal)}.|"Já vi a casa de vocês", disse ${theOne(animal)}.] "Virem à [esquerda|direita] na árvore velha e sigam o rio até [a ponte|os telhados das casas|as duas pedras grandes]."`,
      `{eles} fizeram o que ${theOne(animal)} disse. Primeiro viram [a ponte|a fumaça de uma fogueira|as luzes das janelas], e depois ouviram uma voz. Era {rel} de {hero}! "Onde vocês estavam?", {rel} perguntou. "[Ficamos perdid{z}s, mas alguém nos mostrou o caminho|${aNoun(animal)} nos ajudou]", disse {hero}. [Ninguém acreditou, mas {osdois} sabiam que era verdade.|Depois disso, {osdois} nunca mais saíram do caminho.]`,
    ];
  },
  function lostTooth(draw) {
    return [
      `Um dos dentes de {hero} estava mole. Dava para mexer com a língua. "[Quando ele vai cair|Dói quando cai]?", perguntou {hero} a {friend}, que já tinha perdido ${draw.any(NUMBERS.slice(0, 3))} dentes. "[Hoje ou amanhã|Logo]", disse {friend}. "[Não dói nada|O meu caiu quando eu estava comendo uma maçã|O meu caiu quando eu estava dormindo]."`,
      `[Na terça-feira, o dente ainda estava lá. Na quarta-feira também.|{hero} comeu uma maçã, depois uma cenoura e depois um pão duro, mas o dente ficou.|{hero} se olhava no espelho toda hora.] "[O meu dente é o mais teimoso do mundo|Ele nunca vai cair]", disse {hero}.`,
      `Então, [quando {hero} estava rindo de uma piada|no meio de uma canção|quando {hero} estava lavando o rosto], o dente [sumiu|caiu no tapete {corm}]. "[O dente caiu|Meu dente]!", {ele} gritou. [Todos procuraram debaixo da mesa.|{friend} achou o dente ${draw.any(INDOORS)}.] O dente era pequeno e branco.`,
      `{hero} mostrou o dente {aorel}. ["Vou ter um buraco para sempre?", perguntou {hero}. "Não, vai nascer um dente novo, e ele será maior", disse {rel}.|"Como vou comer agora?", perguntou {hero}. "Com os outros dentes. Você tem muitos", disse {rel}.] {hero} guardou o dente [numa caixa|debaixo do travesseiro] e ficou [muito orgulhos{x}|feliz]. "[Agora estou igual a você|Agora também tenho um buraco]", {ele} disse a {friend}, e {osdois} riram de boca aberta.`,
    ];
  },
  function foundPurse(draw) {
    const n = draw.any(NUMBERS);
    const [um, o, owner] = draw.any([
      ['uma', 'a', 'senhora'],
      ['um', 'o', 'senhor'],
      ['uma', 'a', 'enfermeira'],
      ['um', 'o', 'padeiro'],
      ['um', 'o', 'jardineiro'],
      ['uma', 'a', 'costureira'],
    ]);
    return [
      `{hero} e {friend} voltavam para casa quando {friend} viu alguma coisa ${draw.any(OUTDOORS)}. Era uma bolsinha {corf}! {hero} abriu. Dentro dela havia ${n} moedas. ["Estamos ric{z}s!", disse {friend}. "Vamos comprar [um sorvete|uma bola|aquela pipa da vitrine]!"|"O que podemos comprar?", perguntou {hero}. "[Um sorvete|Uma bola|Aquela pipa da vitrine]", disse {friend}, "e ninguém vai saber."|"É muito dinheiro", disse {friend}. "Vamos ficar com ele?"]`,
      `{hero} pensou um pouco. "[Mas o dinheiro não é nosso|Mas alguém perdeu essa bolsinha]", {ele} disse. "[Agora essa pessoa está triste|Vamos procurar o dono]." {friend} ficou quiet{y}. "Você tem razão", disse {friend}.`,
      `[{eles} perguntaram a um homem com dois cachorros, mas a bolsinha não era dele. Depois|{eles} perguntaram às mulheres no ponto de ônibus, mas nenhuma delas sabia de nada. Depois|Pouco depois,] viram ${um} ${owner} que [olhava para o chão|andava de um lado para o outro|procurava debaixo dos bancos]. "Está procurando alguma coisa?", perguntou {hero}. "Sim, a minha bolsinha", disse ${o} ${owner}. "[Ela é {corf}, e dentro dela há ${n} moedas|Todo o meu dinheiro está nela]." {hero} devolveu a bolsinha.`,
      `"[Vocês são honest{z}s|Muito obrigad${o} a vocês|Pensei que nunca mais ia ver a bolsinha]!", disse ${o} ${owner} e deu [uma moeda|uma maçã|um biscoito] a cada um{za}. "[É melhor devolver do que guardar|Isso é melhor do que uma pipa]", disse {friend}. {hero} [sorriu|concordou].`,
    ];
  },
  function treeHouse(draw) {
    const n = draw.any(NUMBERS);
    return [
      `{hero} queria uma casa na árvore atrás do quintal. "[Não consigo construir sozinh{x}|Preciso de ajuda]", {ele} disse. "[Eu tenho um martelo|Eu carrego a madeira]", disse {friend}. "[E eu tenho um serrote|E eu tenho ${n} tábuas]", disse {other}. [E o trabalho começou.|]`,
      `[A lista era longa: ${n} tábuas, uma corda, uma escada, dois martelos e uma caixa de pregos.|Também faltavam pregos e uma escada.|] [As tábuas eram compridas, mas a escada era curta demais.|Os pregos da caixa eram velhos, mas serviam.|Cada uma das tábuas era mais pesada do que {hero}.] [{hero} cortava as tábuas, {friend} segurava, e {other} contava os pregos.|Enquanto {hero} cortava a madeira, {friend} pintava a porta.]`,
      `No primeiro dia, fizeram o chão. No segundo dia, fizeram as paredes. No terceiro dia choveu, e [ninguém pôde trabalhar|a tinta não secou]. ["Vamos parar?", perguntou {other}. "Não", disse {hero}, "falta pouco."|Uma vez o martelo caiu no pé de {friend}, mas não foi nada.|]`,
      `Depois de uma semana, a casa ficou pronta. Tinha [uma porta {corf} e duas janelas|um telhado de galhos|um telhado {corm}]. [Da janela se viam o rio e os morros.|Lá de cima, as pessoas na rua pareciam formigas.|] "[De quem é a casa agora|A casa é de quem]?", perguntou {other}. "[É de todos nós|É nossa]", disse {hero}. [Todos os sábados há um encontro na árvore, e cada criança conta uma história.|Naquela tarde comeram o lanche na árvore, e estava mais gostoso do que nunca.]`,
    ];
  },
  function questionsAtNight(draw) {
    const questions = draw.several(
      [
        [
          'Por que a lua às vezes é redonda e às vezes é fina',
          'Porque só vemos a parte em que bate o sol',
        ],
        ['Para onde vai o sol à noite', 'Ele brilha do outro lado do mundo'],
        [
          'Por que as estrelas são tão pequenas',
          'Elas não são pequenas. São grandes, mas estão muito longe',
        ],
        ['Os peixes dormem', 'Dormem, mas não fecham os olhos'],
        ['Por que as folhas caem', 'Porque as árvores descansam no frio'],
        ['Quem é mais velho, você ou a árvore grande', 'A árvore. Ela já estava aqui antes de nós'],
        ['Quantas estrelas existem', 'Mais do que podemos contar'],
        ['O que os ursos fazem no inverno', 'Eles dormem numa caverna até esquentar'],
        ['Para onde vão os pássaros no inverno', 'Muitos deles voam para onde é mais quente'],
        ['De onde vem a chuva', 'Ela vem das nuvens, que são feitas de água'],
      ],
      3,
    );
    return [
      `[À noite|Antes de dormir|Numa noite quente], {hero} e {rel} estavam [na frente da casa|na varanda|perto da janela]. [A lua brilhava em cima dos telhados.|Havia muitas estrelas no céu.|Os sapos da lagoa cantavam.] {hero} tinha muitas perguntas.`,
      ...questions.map(
        ([question, answer], i) =>
          `"${question}?", [perguntou {hero}|${['quis saber', 'continuou', 'perguntou ainda'][i]} {hero}]. "${answer}", disse {rel}.`,
      ),
      `["Como você sabe tudo isso?", perguntou {hero}. "Quando eu era criança, fazia muitas perguntas", disse {rel}.|"Você sabe tudo", disse {hero}. "Ninguém sabe tudo", disse {rel}, "mas a gente pode descobrir."]`,
      `["Só mais uma pergunta", disse {hero}, mas os olhos se fecharam, e {ele} dormiu.|No outro dia, {hero} contou tudo a {friend}, e {friend} tinha mais perguntas ainda.|{hero} queria perguntar mais uma coisa, mas já tinha esquecido.]`,
    ];
  },
  function facts(draw) {
    const [a, b] = draw.several(FACTS, 2);
    return [
      `[Hoje|Ontem|Na segunda-feira|Nesta semana], {hero} aprendeu [muitas coisas novas|algumas coisas] na escola. [À noite, {ele} contou tudo {aorel}.|{ele} escreveu tudo no caderno {corm}.|A professora falou do mundo, e todos escutaram.]`,
      ...draw.several(a, 4),
      ...draw.several(b, 3),
      `["É verdade?", perguntou {friend}. "É, sim", disse {hero}.|"Eu não sabia disso", disse {friend}.|"Quem lhe contou isso?", perguntou {friend}. "A nossa professora", disse {hero}.]`,
    ];
  },
  function visitToTheDoctor(draw) {
    const [part, hurts] = draw.any([
      ['o ouvido', 'Estou com dor de ouvido'],
      ['a perna', 'A minha perna dói'],
      ['o braço', 'Não consigo mexer o braço'],
      ['o joelho', 'Caí e machuquei o joelho'],
      ['o pé', 'Não consigo pisar com este pé'],
      ['a garganta', 'A minha garganta dói'],
    ]);
    return [
      `{hero} não queria ir ao médico. "[Não estou doente|Já não dói mais|Vou amanhã]", {ele} disse. "[Ontem você disse a mesma coisa|Vamos agora]", disse {rel}. {friend} foi junto, porque {hero} estava com medo.`,
      `Na sala de espera havia [duas mulheres e um bebê|três meninos e o pai deles|muitas pessoas], e [os quadros na parede eram {corms}|as revistas em cima da mesa eram velhas]. Então a porta se abriu. "Quem é o próximo?", perguntou a enfermeira. "É a minha vez", disse {hero} bem baixinho.`,
      `"O que você tem?", perguntou o médico. "${hurts}", disse {hero}. O médico examinou ${part}. ["Dói aqui?" "Um pouco."|"Dói muito?" "Dói, sim."|] "[Não quebrou nada|Não é grave|Você é muito corajos{x}]", disse o médico. "[Você precisa descansar e beber muita água|Nada de correr nem de pular por três dias|Em uma semana vai passar]."`,
      `"[Foi só isso|Já acabou]?", perguntou {hero}. "[Foi só isso|Já acabou], sim." Na volta para casa, {ele} disse: "[Não foi tão ruim como eu pensava|O médico é mais simpático do que eu pensava|Hoje eu fui mais corajos{x} do que ontem]." "[Eu estava com mais medo do que você|Você foi mais corajos{x} do que um leão]", disse {friend}, e {osdois} riram.`,
    ];
  },
  function race() {
    return [
      `Havia uma corrida na escola. "[Eu corro mais do que todos vocês|Ninguém é mais rápido do que eu]", disse {other}. {hero} [era a menor criança da turma|não corria muito|estava nervos{x}], mas também queria correr. "[Você consegue|Corra o melhor que puder]", disse {friend}.`,
      `[Às nove horas|Depois do café|Quando o sino tocou], as crianças ficaram na linha. Um, dois, três! {other} ia na frente, {friend} vinha depois, e {hero} vinha por último. [Os pais dos alunos batiam palmas.|As crianças atrás da cerca gritavam.|] As pernas de {hero} estavam cansadas, mas {ele} não parou.`,
      `Então {friend} caiu. O joelho {fdele} estava [vermelho|machucado]. {hero} podia passar na frente, mas parou. "[Você se machucou|Você consegue andar]?", perguntou {hero}. "[Meu joelho está doendo|Acho que não]", disse {friend}. "Segure a minha mão", disse {hero}, e {osdois} foram andando até o fim. [Chegaram por último, mas todos bateram palmas.|]`,
      `{other} ganhou a corrida e recebeu uma fita {corf}. Mas depois {other} veio falar com {hero}. "[Você foi melhor do que eu|Esta fita é sua]", disse {other}. {hero} [cortou a fita em três pedaços, um para cada criança|ficou muito surpres{x}|deu a fita a {friend}].`,
    ];
  },
];

/** Stories about children that have a season of their own, or in which the two do not know each other yet. */
export const SPECIAL_PLOTS: readonly Plot[] = [
  function firstSchoolDay(draw) {
    const [a, b] = draw.several(LOSABLE, 2);
    return [
      `Era o primeiro dia de aula. {hero} tinha uma mochila nova. Na mochila havia ${draw.any(NUMBERS)} lápis, um caderno e uma maçã. {ele} estava [animad{x}|feliz|curios{x}], mas também tinha um pouco de medo. "[E se ninguém falar comigo|E se eu não achar a sala|Será que a professora é boazinha]?", {ele} perguntou. "[Não se preocupe|Vai dar tudo certo]", disse {rel}, "[todos são novos no primeiro dia|os outros também estão com medo]."`,
      `[As crianças da sala faziam muito barulho.|Havia vinte crianças na sala, e {hero} não conhecia nenhuma delas.|As cadeiras da sala eram pequenas, e as janelas eram grandes.|] {hero} se sentou ao lado de {fum} {fkid} [muito tímid{y}|que estava sozinh{y}|muito quiet{y}]. ["Este lugar está livre?", {hero} perguntou. "Está."|"Oi", disse {hero}. "Como você se chama?"] "Eu me chamo {friend}", disse {fo} {fkid}. "[Não conheço ninguém aqui.|Esqueci meu lápis em casa.|Você gosta de ${a.many}?]"`,
      `{hero} [deu um lápis a {friend}|sorriu|mostrou ${theOne(b)}]. [A professora leu uma história de dois ursos, e todas as crianças escutaram.|A professora perguntou: "Quem sabe contar até dez?" {osdois} sabiam.|A turma aprendeu uma canção, e depois todos desenharam uma casa.]`,
      `Depois da aula, {rel} perguntou: "Como foi?" "[Foi bom|Foi melhor do que eu pensava]", disse {hero}. "Fiz {fum} amig{y}. [{fele} tem ${draw.any(NUMBERS)} ${a.many}|{fele} mora na nossa rua|{fele} desenha melhor do que eu]. Posso ir de novo amanhã?"`,
    ];
  },
  function garden(draw) {
    const plant = draw.any(phrases('feijão, girassol, milho, tomate'));
    return [
      `Na primavera, {rel} deu ${draw.any(NUMBERS.slice(0, 4))} sementes a {hero}. "O que vai nascer delas?", perguntou {hero}. "[Espere para ver|No verão você vai saber|É segredo]", disse {rel}.`,
      `{hero} plantou as sementes ${draw.any(OUTDOORS)} e regou a terra [todas as manhãs|todas as tardes]. [No primeiro dia, nada aconteceu. No segundo dia, nada aconteceu.|Durante muitos dias, nada aconteceu.|Nada aconteceu na segunda-feira, e nada aconteceu na terça-feira.] ["Será que morreram?", {hero} perguntou a {friend}. "Não", disse {friend}, "só são lentas."|{hero} quis tirar as sementes da terra, mas {friend} não deixou.|]`,
      `[Então choveu por dois dias|Depois o sol apareceu|Passaram mais dez dias], e [no domingo havia umas folhinhas verdes|de repente uma coisa verde saiu da terra]. [As plantas cresciam todos os dias.|Cada uma das plantas crescia um pouco por dia.] Primeiro eram pequenas como um dedo, depois ficaram da altura de {friend}, e no fim estavam mais altas do que {rel}!`,
      `["São pés de ${plant}!", disse {hero}.|"Agora eu sei", disse {hero}, "são pés de ${plant}."|"Olhe, são pés de ${plant}!", disse {friend}.] [{hero} contou a todo mundo.|{hero} ficou orgulhos{x}, porque não tinha desistido.|]`,
      `No outono, {hero} guardou as sementes novas numa caixinha {corf}. "[No ano que vem vamos plantar junt{z}s|Metade destas é para você]", {ele} disse a {friend}.`,
    ];
  },
  function rainyDay() {
    return [
      `Estava chovendo, e [a chuva não parava|as ruas estavam molhadas]. {hero} e {friend} não podiam ir {aoplace}. "[Que dia chato|Não há nada para fazer|Que chuva feia]", disse {hero}.`,
      `["Por que vocês não brincam dentro de casa?", perguntou {rel}.|"Sempre há alguma coisa para fazer", disse {rel}.] "[Já brincamos de tudo|Os nossos jogos são velhos|Não temos ideias]", disse {friend}.`,
      `Então {rel} [trouxe uns cobertores velhos, duas cadeiras e uma corda|pegou uma caixa grande e uma tesoura|pôs papel, tinta e cola em cima da mesa]. "[Vocês podem construir alguma coisa|Vamos ver quem tem a melhor ideia|Façam uma coisa que ninguém nunca viu]", disse {rel}.`,
      `[{eles} construíram um navio, e o tapete {corm} era o mar.|{eles} construíram uma casa de três quartos, e as portas dos quartos eram {corfs}.|{eles} construíram um foguete que era mais alto do que {friend}.] {hero} mandava, e {friend} cozinhava. [{osdois} foram até uma ilha onde as pessoas nunca dormiam.|{osdois} passaram pela lua e contaram as estrelas.|{osdois} encontraram um dragão, mas o dragão era bonzinho.]`,
      `Quando {rel} olhou pela janela, o sol estava brilhando. "[A chuva parou|Agora vocês podem sair]", disse {rel}. "[Agora não|Mais tarde]!", disse {hero}. "[Não temos tempo|Estamos muito ocupad{z}s]!" [Todos riram.|Às vezes um dia de chuva é melhor do que um dia de sol.]`,
    ];
  },
  function beach(draw) {
    const n = draw.any(NUMBERS);
    return [
      `Nas férias, a família de {hero} foi à praia. [A água estava fria|As ondas eram mais altas do que {hero}|A areia estava tão quente que ninguém podia pisar nela], mas {hero} estava [feliz|animad{x}]. {ele} tinha um balde {corm} e queria [achar conchas|fazer um castelo|nadar].`,
      `{hero} e {friend} fizeram um castelo [de quatro torres|que era maior do que um cachorro|com muros de areia e janelas de conchas]. [As torres do castelo eram da altura de {hero}.|Havia ${n} conchas em cada torre.|A bandeira era uma pena.|] "[Quem mora nele|O nosso castelo tem um rei]?", perguntou {friend}. "[Um caranguejo|Uma princesa bem pequena|Alguém que gosta de areia]", disse {hero}.`,
      `Então veio uma onda grande e levou [uma das torres|metade do castelo|tudo]. {friend} [ficou com raiva|começou a chorar|ficou de boca aberta]. "[Não fique triste|Não faz mal]", disse {hero}. "[Amanhã vamos fazer outro|O mar também quer brincar|A areia ainda está aqui]."`,
      `[Um caranguejo que estava debaixo do castelo olhou para {eles} e fugiu.|{eles} acharam ${n} conchas que a onda tinha trazido, e uma delas era {corf}. {hero} deu a mais bonita a {friend}.] À noite, [{eles} estavam cansad{z}s e chei{z}s de areia|o céu em cima do mar ficou vermelho, e ninguém falava].`,
    ];
  },
  function juneParty(draw) {
    const thing = draw.any(LOSABLE);
    return [
      `Era junho, e havia uma festa na escola. [As bandeirinhas do pátio eram {corfs}|As mesas do pátio estavam cheias de comida|A fogueira no meio do pátio era alta]. {hero} usava [um chapéu de palha|uma camisa xadrez]. "[Você sabe dançar quadrilha|Você vai dançar]?", perguntou {friend}. "[Mais ou menos|Um pouco]", disse {hero}, "e você?" "[Também não sei muito bem|Só sei o começo]", disse {friend}.`,
      `Havia [milho, bolo e pé de moleque|canjica, pipoca e bolo de milho]. [{hero} comeu ${draw.any(NUMBERS.slice(0, 4))} pedaços de bolo.|A avó de {other} tinha feito os doces, e todos eram bons.|] Na pescaria, {hero} ganhou ${aNoun(thing)} ${agree(draw.any(COLORS), thing)}, e {friend} não ganhou nada.`,
      `{friend} tentou três vezes, mas [o peixe sempre escapava|não teve sorte]. {friend} ficou [triste|calad{y}]. "[Fique com ${theOne(thing)}|${theOne(thing)} é para você]", disse {hero}. "[Mas você ganhou|Não posso aceitar]", disse {friend}. "Então [é noss${vowel(thing)}|vamos dividir]", disse {hero}, e {friend} sorriu.`,
      `Depois a música começou. [{hero} errou todos os passos, mas ninguém se importou.|As meninas e os meninos deram as mãos.|Os pais das crianças também dançaram.] {osdois} [dançaram até tarde|riram tanto que esqueceram os passos]. [As estrelas brilhavam, e os balões de papel eram {corms}.|Foi a melhor festa do ano.]`,
    ];
  },
];

/** Told by the hero: with no opening and no ending but their own. */
export const FIRST_PERSON: readonly Plot[] = [
  function aboutMe(draw) {
    const [a, b] = draw.several(LOSABLE, 2);
    const n = draw.any(NUMBERS.slice(2));
    const m = draw.any(NUMBERS);
    const pet = draw.any(VISITORS.filter(({ one }) => !/rato|gambá|cabra|esquilo/.test(one)));
    const food = draw.any(MEALS).many;
    const site = draw.any(SITES);
    return [
      `[Eu me chamo {hero} e tenho|Meu nome é {hero}. Tenho|Oi! Eu sou {hero} e tenho] ${n} anos. Moro com a minha família [numa casa perto ${ofOne(site)}|numa vila pequena|numa cidade grande]. [A porta da nossa casa é {corf}.|As janelas da nossa casa são {corfs}.]`,
      `Tenho [dois irmãos|duas irmãs e um irmão|um irmão e uma irmã]. [Eles são mais velhos do que eu|Às vezes brigamos, mas gostamos muito uns dos outros|Nossos avós também moram conosco]. [Minha mãe é [professora|médica|padeira|motorista], e meu pai é [enfermeiro|jardineiro|cozinheiro|pintor].|Meus pais trabalham de manhã, por isso minha avó me leva à escola.]`,
      `Temos ${aNoun(pet)}. [${pet.gender === 'm' ? 'Ele' : 'Ela'} é [pret${vowel(pet)}|marrom|cinza] e branc${vowel(pet)}|É pequen${vowel(pet)}, mas come muito|Tem a mesma idade que eu]. [Meu pai e eu damos comida ${toOne(pet)} todos os dias|Dorme perto da minha cama|Quando chego em casa, fica muito contente].`,
      `{Meu} melhor amig{y} é {friend}. [{fele} mora na casa ao lado da nossa|Nós vamos junt{z}s à escola|{fele} estuda na minha turma]. [{Nósdois} gostamos de ${a.many}|{fele} tem ${m} ${b.many}, e eu só tenho ${b.gender === 'm' ? 'um' : 'uma'}|{fele} sabe mais matemática, mas eu corro mais]. [Ontem nós fomos ${toOne(site)}|Ontem choveu, por isso brincamos em casa|No domingo passado fizemos um bolo]. [Amanhã vamos visitar {other}|Amanhã {fele} vai me ensinar um jogo novo].`,
      `Gosto de ${food}, mas não gosto de [cebola|peixe|sopa fria]. [No frio tenho muito sono, mas no calor nunca quero dormir|Minha cor preferida é o {corm}|Meu dia preferido é o sábado, porque não há aula]. [Quando eu crescer, quero trabalhar [num hospital|numa fazenda|numa escola|num navio]|Um dia quero ver o mar]. [Do que você gosta|E você, como se chama|E você, quantos anos tem]?`,
    ];
  },
  function diary(draw) {
    const { base, where } = draw.any(LESSONS);
    const [first, second] = draw.several(OUTDOORS, 2);
    const animal = draw.any(SMALL_ANIMALS);
    const [o, e] = [vowel(animal), animal.gender === 'm' ? 'ele' : 'ela'];
    return [
      `[Hoje foi um dia bom|Que dia|Nunca vou esquecer este dia]. Meu nome é {hero}, e este é o meu diário. [De manhã acordei cedo, porque os pássaros estavam cantando|Quando acordei, o sol já estava brilhando|De manhã fazia frio, e eu vesti o meu casaco {corm}]. [Lavei o rosto e escovei os dentes|Comi dois pedaços de pão e bebi um copo de leite].`,
      `Depois do café, {meu} amig{y} {friend} e eu fomos ${base} ${where}. [Rimos tanto que a barriga doeu|{fele} faz isso melhor do que eu, mas estou aprendendo|No começo estávamos sozinh{z}s, e depois vieram os outros]. [Gosto de ${base} mais do que de qualquer coisa|Acho que ninguém consegue ${base} o dia inteiro].`,
      `Então aconteceu uma coisa. Vimos ${aNoun(animal)} ${first}. [Não tinha medo de nós|Uma das patas estava machucada|Estava sozinh${o} e era muito pequen${o}]. ["É ${animal.gender === 'm' ? 'seu' : 'sua'}?", {friend} me perguntou. "Não, não é", eu disse.|"O que vamos fazer?", eu perguntei. "Vamos cuidar ${animal.gender === 'm' ? 'dele' : 'dela'}", disse {friend}.|"Não toque ${animal.gender === 'm' ? 'nele' : 'nela'}", eu disse, "a mãe está por perto."] Demos água ${toOne(animal)}, e [depois ${e} correu até a mãe, que estava esperando ${second}|${e} bebeu tudo|mais tarde ${e} voltou para a família].`,
      `Agora é noite, e estou cansad{x}. [Minha mãe diz que tenho que dormir|Ouço a chuva no telhado|As estrelas brilham na janela do meu quarto]. [Amanhã vamos procurar ${theOne(animal)} de novo.|Amanhã vou contar tudo à turma.|Onde será que está ${theOne(animal)} agora?] Boa noite!`,
    ];
  },
];

/** Tales about animals. */
export const TALES: readonly Plot[] = [
  function narrowBridge(draw) {
    const [um, small] = draw.any([
      ['uma', 'formiga'],
      ['um', 'ratinho'],
      ['um', 'caracol'],
      ['uma', 'joaninha'],
    ]);
    const e = um === 'um' ? 'ele' : 'ela';
    return [
      `Havia uma ponte estreita sobre o rio. [Um dia|Certa manhã], {hero} queria atravessar de um lado, e {friend}, {fo} {fkid}, queria atravessar do outro. No meio da ponte, {eles} se encontraram.`,
      `"Saia da frente", disse {hero}, "[eu cheguei primeiro|estou com pressa]." "Saia você", disse {friend}, "[eu sou maior|o meu caminho é mais longo]." Ninguém queria sair do lugar. [{eles} ficaram ali até o meio-dia.|{eles} gritavam, e os pássaros das árvores escutavam.]`,
      `[O sol ficou quente.|Começou a chover.|As nuvens ficaram escuras.] {osdois} estavam [com fome|cansad{z}s|com sede], mas ninguém voltava. Então veio ${um} ${small} e passou entre as patas {deles} para o outro lado. "[Como você fez isso|Por que você consegue passar]?", perguntou {friend}. "[Eu sou pequen${um === 'um' ? 'o' : 'a'} e não falo tanto|Não perguntei quem chegou primeiro]", ${e} respondeu.`,
      `{hero} olhou para {friend}, e {friend} olhou para {hero}. Depois {osdois} riram. "[Eu me deito, e você passa por cima de mim|Vou voltar três passos, porque são só três]", disse {hero}. "[Da próxima vez é a minha vez|Muito obrigad{y}]", disse {friend}. [Desde esse dia, quem chega depois espera.|Desde então, {eles} atravessam a ponte junt{z}s.]`,
    ];
  },
  function twoFriendsInDanger(draw) {
    const danger = draw.any([
      { one: 'tigre', gender: 'm' },
      { one: 'onça', gender: 'f' },
      { one: 'caçador', gender: 'm' },
      { one: 'serpente', gender: 'f' },
    ]);
    const e = danger.gender === 'm' ? 'ele' : 'ela';
    return [
      `{hero}, {o} {kid}, e {friend}, {fo} {fkid}, andavam pela floresta. ["Se houver perigo, eu ajudo você", disse {friend}. "Eu também ajudo você", disse {hero}.|"Vou ficar sempre com você", disse {friend}. "E eu com você", disse {hero}.]`,
      `De repente ouviram um barulho. ${aNoun(danger)} estava parad${vowel(danger)} [entre as árvores|na frente {deles}|no caminho]! {friend} esqueceu o que tinha dito. {fele} correu [morro acima|para trás de uma pedra|para longe] e não olhou para trás. {hero} ficou sozinh{x}.`,
      `[O que {ele} podia fazer?|Não dava tempo de correr.] {hero} [se deitou e não se mexeu|se escondeu debaixo das folhas e nem respirou]. ${theOne(danger)} chegou mais perto, [olhou em volta e escutou|ficou parad${vowel(danger)} muito tempo], e depois foi embora. {hero} esperou até tudo ficar quieto.`,
      `Mais tarde {friend} voltou. ["Você se machucou?", perguntou {friend}. "Não, mas aprendi uma coisa", respondeu {hero}.|"O que ${e} lhe disse?", perguntou {friend}. "Só uma coisa", respondeu {hero}.] "Quem foge na hora do perigo não é amigo." {friend} ficou com vergonha. "[Desculpe|Tive medo]", disse {friend}. "[Da próxima vez não vou fugir|Quero mais uma chance]." {hero} [pensou um pouco e lhe deu a pata|disse que sim, porque todos têm medo às vezes].`,
    ];
  },
  function slowAndFast() {
    return [
      `{hero}, {o} {kid}, andava devagar, mas {friend}, {fo} {fkid}, corria muito. "[Você é o bicho mais lento do mundo|Até uma pedra anda mais depressa do que você]", disse {friend} e riu. "[Ser lent{x} não é ruim|Vamos ver]", disse {hero}. "[Amanhã podemos apostar uma corrida|Vamos correr até o rio amanhã]."`,
      `Todos os bichos vieram ver. [Os pássaros estavam sentados nos galhos.|Os ratos ficaram na primeira fila.|Havia patos, cabras e ovelhas.|] {friend} correu tanto que {hero} só viu a poeira. "[Tenho muito tempo|Não vem ninguém atrás de mim]", pensou {friend}, e [se deitou debaixo de uma árvore|se sentou na grama|se deitou ao sol]. Logo {fele} estava dormindo.`,
      `{hero} não parou. Passo a passo, {ele} passou [pelas árvores|pela lagoa|pela casa velha]. {hero} estava cansad{x}, e os pés doíam, mas {ele} [contava os passos|cantava uma canção|só pensava no rio].`,
      `Quando {friend} acordou, o sol já estava baixo. {fele} correu como nunca, mas era tarde. {hero} já estava na beira do rio, [com as patas na água|bebendo água]. "[Você não era mais rápid{y} do que eu|Onde você estava]?", perguntou {hero}. {friend} [não riu mais|ficou com vergonha]. [Quem não para também chega.|Correr é bom, mas continuar é melhor.]`,
    ];
  },
  function moonInTheWater() {
    return [
      `Uma noite, {hero}, {o} {kid}, foi beber água na lagoa. Havia uma coisa [redonda e branca|brilhante] na água. "[É um queijo|É um prato de prata|A lua caiu na lagoa]!", pensou {hero}. {ele} pôs o nariz na água, mas não conseguiu pegar nada.`,
      `{hero} foi correndo chamar {friend}, {fo} {fkid}. "Acorde, [preciso de ajuda|aconteceu uma coisa]!", disse {hero}. "[Ainda é noite|Estou dormindo]", disse {friend}, mas se levantou e foi até a lagoa. [{eles} levaram uma rede e uma corda.|{eles} tentaram com um pau.|{eles} tentaram com as quatro patas.|] A água se mexeu, e a coisa branca se partiu em cem pedaços. "Ai", disse {hero}, "[quebrou|o que nós fizemos]!"`,
      `{osdois} se sentaram e esperaram. [Os sapos riam.|Uma coruja olhava do alto de uma árvore.|A água ficou parada.|] [Depois de algum tempo|Pouco a pouco], os pedaços se juntaram, e a coisa ficou inteira de novo. {friend} olhou para ela por muito tempo, e depois olhou para cima. "{hero}", disse {friend}, "[olhe para o céu|olhe para cima]." Em cima das árvores estava a lua, redonda e branca.`,
      `{hero} olhou para o céu e depois para a água. "[São duas|Uma para cada um{za}]!", disse {hero}. {friend} riu. "[Não, só existe uma|A da água é só um reflexo]", disse {friend}. "[Ninguém pode ter a lua, mas todos podem olhar para ela|A lua está no alto, e a lagoa é um espelho]." Então {osdois} [ficaram na lagoa até de manhã|olharam para as duas luas até o sono chegar].`,
    ];
  },
];

/** Tales that have a season of their own, or in which the two do not know each other yet. */
export const SPECIAL_TALES: readonly Plot[] = [
  function newInTheForest(draw) {
    const skill = draw.any(phrases('subir nas árvores, nadar, cantar, cavar, correr depressa'));
    return [
      `Um bicho novo chegou à floresta. Era {friend}, {fum} {fkid} [bem grande|de olhos {corms}|de muito longe]. [Os outros olhavam e cochichavam.|Ninguém conhecia {friend}.|Os pássaros das árvores pararam de cantar.] "[{fele} é diferente|Nunca tivemos {fum} {fkid} aqui]", diziam. "[{fele} nem sabe ${skill}|Não precisamos de mais ninguém]."`,
      `Só {hero}, {o} {kid}, foi falar com {fele}. "De onde você vem?", perguntou {hero}. "Do outro lado das montanhas", disse {friend}. "[Houve um incêndio, e tivemos que sair|Lá não havia mais água]." ["Está com fome?" "Não como desde ontem."|"Você tem onde dormir?" "Não tenho."|] {hero} deu [umas nozes e uma cama quente|metade do pão|três peras] a {friend}.`,
      `[Alguns dias depois|Na outra semana|Naquela noite] houve uma tempestade. [Uma árvore caiu em cima da casa dos ratos|A água do rio subia cada vez mais|A ponte quebrou]. Os bichos estavam com medo, e [nenhum deles sabia o que fazer|todos gritavam]. "[Na minha terra havia muitas tempestades|Eu sei o que fazer]", disse {friend}. "[Todos para cima do morro|Deem as mãos]!" Todos obedeceram, e ninguém se machucou.`,
      `[De manhã|Quando a tempestade passou], os bichos foram falar com {friend}. "[Desculpe|Nós não conhecíamos você]", disseram. "[Fique conosco|Agora você é da nossa família]." {friend} sorriu. "Não sei ${skill}", {fele} disse, "mas {hero} vai me ensinar." E foi o que {hero} fez.`,
    ];
  },
  function greedy(draw) {
    const food = draw.any([
      { many: 'maçãs', gender: 'f' },
      { many: 'nozes', gender: 'f' },
      { many: 'cocos', gender: 'm' },
      { many: 'goiabas', gender: 'f' },
      { many: 'cajus', gender: 'm' },
      { many: 'cenouras', gender: 'f' },
    ]);
    const o = vowel(food);
    const n = draw.any(NUMBERS);
    return [
      `No outono, {hero}, {o} {kid}, achou ${n} ${food.many} ${draw.any(OUTDOORS)}. "[São tod${o}s para mim|Não dou ${o === 'o' ? 'nenhum' : 'nenhuma'} a ninguém]", {ele} disse, e escondeu ${o}s ${food.many} ${draw.any(phrases('no tronco de uma árvore, debaixo das folhas, num buraco na terra, atrás de uma pedra'))}.`,
      `No outro dia veio {friend}, {fo} {fkid}. "[Estou com fome|Meus filhos estão com fome]", disse {friend}. "[Você tem alguma coisa para comer|Você viu ${food.many} por aqui]?" "Não", disse {hero}, "[aqui não há ${food.many}|não tenho nada]." {friend} foi embora [de barriga vazia|sem dizer nada].`,
      `Depois veio o inverno. [Choveu por uma semana|O vento derrubou todas as folhas|Fazia muito frio], e {hero} quis comer. Mas ${o}s ${food.many} não apareciam! [{hero} cavou aqui e cavou ali, mas tinha esquecido o lugar.|{hero} tinha esquecido o lugar, porque tudo estava coberto de folhas.] {ele} se sentou e chorou.`,
      `{friend} ouviu. "[O que aconteceu|Por que você está chorando]?", perguntou {friend}. {hero} contou tudo. "[Estou com vergonha|Fui muito egoísta]", {ele} disse. "[Eu me lembro do lugar, porque vi você|O meu nariz é melhor do que o seu]", disse {friend}. Logo {eles} acharam ${o}s ${food.many}. {hero} deu metade a {friend}, e [{osdois} tiveram o bastante até a primavera|ninguém passou fome naquele inverno].`,
    ];
  },
  function winterHome(draw) {
    const [a, b] = draw.several(phrases('pedras, galhos, folhas, tábuas, tijolos, palha'), 2);
    return [
      `O inverno estava chegando, e {hero}, {o} {kid}, começou a fazer uma casa. De manhã {ele} carregava ${a}, e à tarde carregava ${b}. {friend}, {fo} {fkid}, estava deitad{y} ao sol. "Por que você trabalha tanto?", perguntou {friend}. "[Está quente, e os dias são longos|Venha brincar]!" "[Hoje está quente|Agora os dias são longos]", disse {hero}, "mas logo [vai fazer frio|vão chegar as chuvas]."`,
      `{friend} [só riu|não escutou|virou para o outro lado e dormiu]. [As folhas das árvores ficaram amarelas, depois marrons, e depois caíram.|Os pássaros voaram para longe.|O vento ficava mais frio a cada dia.|] A casa de {hero} ficou pronta. [As paredes da casa eram grossas, e a porta era {corf}.|As janelas da casa eram pequenas, mas as paredes eram grossas.|]`,
      `Numa noite de [muito frio|chuva e vento], alguém bateu à porta. "Quem é?", perguntou {hero}. "[Sou eu, {friend}. Estou com tanto frio|É {friend}. Minhas orelhas estão geladas]." {hero} [abriu a porta na mesma hora|pensou um pouco e abriu a porta]. "[Entre|Sente-se perto do fogo]", disse {hero}. "[Há lugar para nós|A sopa ainda está quente]."`,
      `"[Você estava cert{x}, e eu estava errad{y}|Eu devia ter escutado você]", disse {friend}. "Fui preguiços{y}." "[Foi mesmo|É verdade]", disse {hero}, "mas [somos amig{z}s|ninguém deve passar frio]." {friend} [cozinhou o inverno inteiro|contou as melhores histórias o inverno inteiro], e na primavera {eles} fizeram uma segunda casa [junt{z}s|ao lado da primeira].`,
    ];
  },
];
