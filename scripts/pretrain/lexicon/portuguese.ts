// The Portuguese words of the story grammar and of the skills. One entry a line, its forms in order.
import { rows, words } from './tables';

/** Singular, plural, gender, kind. Plurals that follow a rule; the others stand apart. */
export const NOUNS = rows(
  ['one', 'many', 'gender', 'kind'],
  `
  gato gatos m animal
  cachorro cachorros m animal
  pássaro pássaros m animal
  sapo sapos m animal
  pato patos m animal
  cavalo cavalos m animal
  coelho coelhos m animal
  urso ursos m animal
  tigre tigres m animal
  macaco macacos m animal
  tartaruga tartarugas f animal
  cobra cobras f animal
  abelha abelhas f animal
  formiga formigas f animal
  aranha aranhas f animal
  cabra cabras f animal
  vaca vacas f animal
  porco porcos m animal
  galinha galinhas f animal
  coruja corujas f animal
  raposa raposas f animal
  baleia baleias f animal
  esquilo esquilos m animal
  burro burros m animal
  borboleta borboletas f animal
  elefante elefantes m animal
  girafa girafas f animal
  zebra zebras f animal
  papagaio papagaios m animal
  pinguim pinguins m animal
  golfinho golfinhos m animal
  camelo camelos m animal
  lagarto lagartos m animal
  minhoca minhocas f animal
  ovelha ovelhas f animal
  peixe peixes m animal
  rato ratos m animal
  lobo lobos m animal
  jacaré jacarés m animal
  maçã maçãs f comida
  banana bananas f comida
  laranja laranjas f comida
  pera peras f comida
  uva uvas f comida
  manga mangas f comida
  cenoura cenouras f comida
  cebola cebolas f comida
  batata batatas f comida
  ovo ovos m comida
  bolo bolos m comida
  biscoito biscoitos m comida
  queijo queijos m comida
  sorvete sorvetes m comida
  doce doces m comida
  bala balas f comida
  torta tortas f comida
  sopa sopas f comida
  morango morangos m comida
  abacaxi abacaxis m comida
  bombom bombons m comida
  bola bolas f brinquedo
  boneca bonecas f brinquedo
  pipa pipas f brinquedo
  tambor tambores m brinquedo
  trem trens m brinquedo
  bloco blocos m brinquedo
  barco barcos m brinquedo
  carrinho carrinhos m brinquedo
  apito apitos m brinquedo
  jogo jogos m brinquedo
  balanço balanços m brinquedo
  bicicleta bicicletas f brinquedo
  patinete patinetes m brinquedo
  livro livros m coisa
  lápis lápis m coisa
  caneta canetas f coisa
  xícara xícaras f coisa
  prato pratos m coisa
  colher colheres f coisa
  garfo garfos m coisa
  garrafa garrafas f coisa
  copo copos m coisa
  cesta cestas f coisa
  balde baldes m coisa
  chave chaves f coisa
  lâmpada lâmpadas f coisa
  relógio relógios m coisa
  cadeira cadeiras f coisa
  mesa mesas f coisa
  cama camas f coisa
  travesseiro travesseiros m coisa
  cobertor cobertores m coisa
  espelho espelhos m coisa
  carta cartas f coisa
  moeda moedas f coisa
  anel anéis m coisa
  vela velas f coisa
  corda cordas f coisa
  pedra pedras f coisa
  concha conchas f coisa
  pena penas f coisa
  caixa caixas f coisa
  escova escovas f coisa
  escada escadas f coisa
  martelo martelos m coisa
  rádio rádios m coisa
  telefone telefones m coisa
  mapa mapas m coisa
  jornal jornais m coisa
  papel papéis m coisa
  bandeira bandeiras f coisa
  tesoura tesouras f coisa
  mochila mochilas f coisa
  chapéu chapéus m roupa
  casaco casacos m roupa
  camisa camisas f roupa
  vestido vestidos m roupa
  sapato sapatos m roupa
  meia meias f roupa
  luva luvas f roupa
  bota botas f roupa
  cinto cintos m roupa
  saia saias f roupa
  boné bonés m roupa
  colar colares m roupa
  casa casas f lugar
  jardim jardins m lugar
  parque parques m lugar
  escola escolas f lugar
  loja lojas f lugar
  fazenda fazendas f lugar
  floresta florestas f lugar
  rio rios m lugar
  lago lagos m lugar
  praia praias f lugar
  ponte pontes f lugar
  castelo castelos m lugar
  torre torres f lugar
  cozinha cozinhas f lugar
  quarto quartos m lugar
  rua ruas f lugar
  vila vilas f lugar
  cidade cidades f lugar
  ilha ilhas f lugar
  caverna cavernas f lugar
  mercado mercados m lugar
  quintal quintais m lugar
  hospital hospitais m lugar
  hotel hotéis m lugar
  lar lares m lugar
  praça praças f lugar
  museu museus m lugar
  igreja igrejas f lugar
  sítio sítios m lugar
  teatro teatros m lugar
  circo circos m lugar
  biblioteca bibliotecas f lugar
  padaria padarias f lugar
  farmácia farmácias f lugar
  sala salas f lugar
  cinema cinemas m lugar
  celeiro celeiros m lugar
  aeroporto aeroportos m lugar
  corredor corredores m lugar
  árvore árvores f natureza
  flor flores f natureza
  galho galhos m natureza
  estrela estrelas f natureza
  nuvem nuvens f natureza
  semente sementes f natureza
  rosa rosas f natureza
  montanha montanhas f natureza
  onda ondas f natureza
  ninho ninhos m natureza
  folha folhas f natureza
  nariz narizes m parte
  porta portas f parte
  janela janelas f parte
  parede paredes f parte
  telhado telhados m parte
  roda rodas f parte
  menino meninos m pessoa
  menina meninas f pessoa
  amigo amigos m pessoa
  amiga amigas f pessoa
  professor professores m pessoa
  professora professoras f pessoa
  médico médicos m pessoa
  médica médicas f pessoa
  rei reis m pessoa
  rainha rainhas f pessoa
  príncipe príncipes m pessoa
  princesa princesas f pessoa
  padeiro padeiros m pessoa
  marinheiro marinheiros m pessoa
  pirata piratas m pessoa
  pintor pintores m pessoa
  cantor cantores m pessoa
  cantora cantoras f pessoa
  vizinho vizinhos m pessoa
  vizinha vizinhas f pessoa
  primo primos m pessoa
  prima primas f pessoa
  tio tios m pessoa
  tia tias f pessoa
  avó avós f pessoa
  bruxa bruxas f pessoa
  gigante gigantes m pessoa
  palhaço palhaços m pessoa
  aluno alunos m pessoa
  aluna alunas f pessoa
  jardineiro jardineiros m pessoa
  caçador caçadores m pessoa
  fada fadas f pessoa
  bebê bebês m pessoa
  jovem jovens m pessoa
  juiz juízes m pessoa
`,
);

/** Singular, plural and gender of the nouns whose plural has to be known by heart. */
export const IRREGULAR_NOUNS = rows(
  ['one', 'many', 'gender'],
  `
  pão pães m
  cão cães m
  mão mãos f
  irmão irmãos m
  capitão capitães m
  alemão alemães m
  leão leões m
  avião aviões m
  coração corações m
  botão botões m
  caminhão caminhões m
  balão balões m
  dragão dragões m
  feijão feijões m
  limão limões m
  melão melões m
  violão violões m
  portão portões m
  leitão leitões m
  canção canções f
  estação estações f
  cidadão cidadãos m
  chão chãos m
  grão grãos m
  mal males m
  cônsul cônsules m
  réptil répteis m
  fóssil fósseis m
`,
);

/** Infinitive, third person singular and plural of the present and of the past. All regular. */
export const VERBS = rows(
  ['base', 'third', 'they', 'past', 'theyPast'],
  `
  andar anda andam andou andaram
  brincar brinca brincam brincou brincaram
  pular pula pulam pulou pularam
  olhar olha olham olhou olharam
  ajudar ajuda ajudam ajudou ajudaram
  falar fala falam falou falaram
  chamar chama chamam chamou chamaram
  fechar fecha fecham fechou fecharam
  limpar limpa limpam limpou limparam
  cozinhar cozinha cozinham cozinhou cozinharam
  dançar dança dançam dançou dançaram
  pintar pinta pintam pintou pintaram
  lavar lava lavam lavou lavaram
  esperar espera esperam esperou esperaram
  gostar gosta gostam gostou gostaram
  amar ama amam amou amaram
  escutar escuta escutam escutou escutaram
  chutar chuta chutam chutou chutaram
  empurrar empurra empurram empurrou empurraram
  puxar puxa puxam puxou puxaram
  pegar pega pegam pegou pegaram
  tocar toca tocam tocou tocaram
  consertar conserta consertam consertou consertaram
  misturar mistura misturam misturou misturaram
  beijar beija beijam beijou beijaram
  abraçar abraça abraçam abraçou abraçaram
  parar para param parou pararam
  chorar chora choram chorou choraram
  tentar tenta tentam tentou tentaram
  carregar carrega carregam carregou carregaram
  estudar estuda estudam estudou estudaram
  copiar copia copiam copiou copiaram
  usar usa usam usou usaram
  salvar salva salvam salvou salvaram
  morar mora moram morou moraram
  chegar chega chegam chegou chegaram
  visitar visita visitam visitou visitaram
  explicar explica explicam explicou explicaram
  ficar fica ficam ficou ficaram
  perguntar pergunta perguntam perguntou perguntaram
  trabalhar trabalha trabalham trabalhou trabalharam
  começar começa começam começou começaram
  terminar termina terminam terminou terminaram
  procurar procura procuram procurou procuraram
  apontar aponta apontam apontou apontaram
  gritar grita gritam gritou gritaram
  acenar acena acenam acenou acenaram
  contar conta contam contou contaram
  plantar planta plantam plantou plantaram
  regar rega regam regou regaram
  virar vira viram virou viraram
  rolar rola rolam rolou rolaram
  nadar nada nadam nadou nadaram
  voar voa voam voou voaram
  cantar canta cantam cantou cantaram
  sonhar sonha sonham sonhou sonharam
  descansar descansa descansam descansou descansaram
  lembrar lembra lembram lembrou lembraram
  convidar convida convidam convidou convidaram
  emprestar empresta emprestam emprestou emprestaram
  voltar volta voltam voltou voltaram
  comprar compra compram comprou compraram
  encontrar encontra encontram encontrou encontraram
  guardar guarda guardam guardou guardaram
  levar leva levam levou levaram
  jogar joga jogam jogou jogaram
  quebrar quebra quebram quebrou quebraram
  mostrar mostra mostram mostrou mostraram
  entrar entra entram entrou entraram
  comer come comem comeu comeram
  beber bebe bebem bebeu beberam
  correr corre correm correu correram
  vender vende vendem vendeu venderam
  aprender aprende aprendem aprendeu aprenderam
  responder responde respondem respondeu responderam
  escrever escreve escrevem escreveu escreveram
  esconder esconde escondem escondeu esconderam
  morder morde mordem mordeu morderam
  receber recebe recebem recebeu receberam
  prometer promete prometem prometeu prometeram
  perder perde perdem perdeu perderam
  acender acende acendem acendeu acenderam
  varrer varre varrem varreu varreram
  mexer mexe mexem mexeu mexeram
  descer desce descem desceu desceram
  abrir abre abrem abriu abriram
  partir parte partem partiu partiram
  dividir divide dividem dividiu dividiram
  decidir decide decidem decidiu decidiram
  assistir assiste assistem assistiu assistiram
  subir sobe sobem subiu subiram
  dormir dorme dormem dormiu dormiram
  fugir foge fogem fugiu fugiram
  sentir sente sentem sentiu sentiram
  seguir segue seguem seguiu seguiram
  vestir veste vestem vestiu vestiram
  servir serve servem serviu serviram
  descobrir descobre descobrem descobriu descobriram
  tossir tosse tossem tossiu tossiram
`,
);

/** The same forms of the verbs whose past has to be known by heart. */
export const IRREGULAR_VERBS = rows(
  ['base', 'third', 'they', 'past', 'theyPast'],
  `
  fazer faz fazem fez fizeram
  dizer diz dizem disse disseram
  trazer traz trazem trouxe trouxeram
  ter tem têm teve tiveram
  estar está estão esteve estiveram
  querer quer querem quis quiseram
  poder pode podem pôde puderam
  pôr põe põem pôs puseram
  saber sabe sabem soube souberam
  ver vê veem viu viram
  vir vem vêm veio vieram
  ir vai vão foi foram
  dar dá dão deu deram
  caber cabe cabem coube couberam
`,
);

/** Pairs of opposites, adjectives in the masculine; each holds in both directions. */
export const OPPOSITES = rows(
  ['a', 'b'],
  `
  quente frio
  grande pequeno
  alto baixo
  feliz triste
  rápido lento
  novo velho
  limpo sujo
  molhado seco
  duro mole
  claro escuro
  leve pesado
  cheio vazio
  aberto fechado
  forte fraco
  rico pobre
  cedo tarde
  perto longe
  dia noite
  preto branco
  bom mau
  bem mal
  certo errado
  verdadeiro falso
  longo curto
  largo estreito
  grosso fino
  fundo raso
  primeiro último
  frente trás
  sim não
  sempre nunca
  antes depois
  acima abaixo
  dentro fora
  começo fim
  ganhar perder
  empurrar puxar
  comprar vender
  lembrar esquecer
  amar odiar
  rir chorar
  doce amargo
  liso áspero
  fácil difícil
  seguro perigoso
  corajoso medroso
  acordado dormindo
  vivo morto
  barato caro
  bonito feio
  muito pouco
  mais menos
  verão inverno
  norte sul
  leste oeste
  amigo inimigo
  subir descer
  entrar sair
  ligar desligar
  pergunta resposta
  gordo magro
  alegre zangado
  barulho silêncio
  direita esquerda
  igual diferente
`,
);

/** Colours, masculine and feminine. */
export const COLORS = rows(
  ['m', 'f'],
  `
  vermelho vermelha
  azul azul
  verde verde
  amarelo amarela
  preto preta
  branco branca
  marrom marrom
  roxo roxa
  rosa rosa
  cinza cinza
  laranja laranja
`,
);

/** Sizes, masculine and feminine. */
export const SIZES = rows(
  ['m', 'f'],
  `
  grande grande
  pequeno pequena
  enorme enorme
  minúsculo minúscula
  comprido comprida
  curto curta
`,
);

/** How somebody feels, masculine and feminine. */
export const FEELINGS = rows(
  ['m', 'f'],
  `
  feliz feliz
  triste triste
  zangado zangada
  cansado cansada
  assustado assustada
  orgulhoso orgulhosa
  animado animada
  curioso curiosa
  sozinho sozinha
  surpreso surpresa
  calmo calma
  contente contente
`,
);

export const GIRLS = words(
  'Ana Maria Júlia Clara Sofia Laura Beatriz Alice Helena Luísa Marina Lia Rita Rosa Bruna Carla ' +
    'Camila Débora Elisa Fernanda Gabriela Isabel Joana Lara Letícia Lúcia Marta Paula Tereza Vera',
);

export const BOYS = words(
  'João Pedro Lucas Miguel Davi Tiago Bruno Carlos Daniel Eduardo Felipe Gustavo Hugo Igor José ' +
    'Leonardo Marcelo Mateus Nélson Otávio Paulo Rafael Ricardo Rui Samuel Vítor Antônio Caio André Luís',
);

/** Numbers, masculine and feminine. */
export const NUMBERS = rows(
  ['m', 'f'],
  `
  zero zero
  um uma
  dois duas
  três três
  quatro quatro
  cinco cinco
  seis seis
  sete sete
  oito oito
  nove nove
  dez dez
`,
);

/** Country with its article, and capital; a name of several words has `_` between them. */
export const CAPITALS = rows(
  ['article', 'country', 'capital'],
  `
  o Brasil Brasília
  - Portugal Lisboa
  a Espanha Madri
  a França Paris
  a Itália Roma
  a Alemanha Berlim
  a Inglaterra Londres
  a Escócia Edimburgo
  a Irlanda Dublin
  a Noruega Oslo
  a Suécia Estocolmo
  a Dinamarca Copenhague
  a Finlândia Helsinque
  a Polônia Varsóvia
  a Áustria Viena
  a Hungria Budapeste
  a Grécia Atenas
  a Turquia Ancara
  a Rússia Moscou
  a Ucrânia Kiev
  a Romênia Bucareste
  a Bulgária Sófia
  a Bélgica Bruxelas
  o Egito Cairo
  o Quênia Nairóbi
  - Angola Luanda
  - Moçambique Maputo
  - Gana Acra
  o Senegal Dacar
  o Marrocos Rabat
  a Etiópia Adis_Abeba
  a China Pequim
  o Japão Tóquio
  a Índia Nova_Délhi
  a Tailândia Bangcoc
  o Vietnã Hanói
  a Indonésia Jacarta
  o Irã Teerã
  o Iraque Bagdá
  o Canadá Ottawa
  o México Cidade_do_México
  - Cuba Havana
  o Peru Lima
  o Chile Santiago
  a Argentina Buenos_Aires
  o Uruguai Montevidéu
  o Paraguai Assunção
  a Colômbia Bogotá
  a Venezuela Caracas
  o Equador Quito
  a Austrália Camberra
`,
);

/** Things that a child carries about and may lose. */
export const LOSABLE = rows(
  ['one', 'many', 'gender'],
  `
  bola bolas f
  boneca bonecas f
  chave chaves f
  anel anéis m
  chapéu chapéus m
  livro livros m
  apito apitos m
  fantoche fantoches m
  fita fitas f
  boné bonés m
  luva luvas f
  caderno cadernos m
  colar colares m
  pipa pipas f
  tambor tambores m
  ursinho ursinhos m
  trenzinho trenzinhos m
  barquinho barquinhos m
  carrinho carrinhos m
  pincel pincéis m
  mochila mochilas f
  peteca petecas f
  pulseira pulseiras f
`,
);

/** Things that break when they fall, and can be glued. */
export const BREAKABLE = rows(
  ['one', 'gender'],
  `
  xícara f
  prato m
  tigela f
  vaso m
  relógio m
  espelho m
  pote m
  jarra f
  bule m
  caneca f
`,
);

/** What may be in a treasure chest, in the plural. */
export const TREASURES = rows(
  ['many', 'gender'],
  `
  moedas f
  conchas f
  anéis m
  pedrinhas f
  colares m
  botões m
  pérolas f
  penas f
  bolinhas_de_gude f
`,
);

/** A dish, and what one needs several of and one of. */
export const MEALS = rows(
  ['dish', 'many', 'gender', 'one'],
  `
  uma_sopa cenouras f uma_cebola
  uma_sopa batatas f uma_cebola
  uma_torta maçãs f um_limão
  uma_torta bananas f um_ovo
  um_bolo ovos m uma_laranja
  um_bolo cenouras f um_limão
  uma_salada tomates m um_pepino
  uma_salada_de_frutas mangas f um_mamão
  uma_salada_de_frutas morangos m um_abacaxi
  um_suco laranjas f um_limão
  um_pudim ovos m uma_laranja
  uma_geleia morangos m um_limão
`,
);

/** What one can learn to do well, its past, and where one practises it. */
export const LESSONS = rows(
  ['base', 'past', 'theyPast', 'where'],
  `
  nadar nadou nadaram no_lago
  dançar dançou dançaram no_jardim
  cantar cantou cantaram na_praça
  desenhar desenhou desenharam na_mesa_da_cozinha
  patinar patinou patinaram na_praça
  ler leu leram na_biblioteca
  escrever escreveu escreveram na_escola
  assobiar assobiou assobiaram no_quintal
  cozinhar cozinhou cozinharam na_cozinha
  pintar pintou pintaram na_beira_do_rio
  cavalgar cavalgou cavalgaram na_fazenda
  remar remou remaram no_lago
  correr correu correram no_parque
  pular_corda pulou_corda pularam_corda no_quintal
`,
);

/** An animal that comes at night, with its gender, and what it likes to eat. */
export const VISITORS = rows(
  ['one', 'gender', 'food'],
  `
  gato m peixe
  rato m queijo
  esquilo m nozes
  gambá m frutas
  cachorrinho m carne
  coelho m cenouras
  gatinha f leite
  cabra f capim
  galinha f milho
  tartaruga f alface
`,
);

/** Animals that a child can lift. */
export const SMALL_ANIMALS = rows(
  ['one', 'gender'],
  `
  passarinho m
  coelho m
  sapo m
  rato m
  esquilo m
  gatinho m
  gatinha f
  patinho m
  tartaruga f
  pomba f
  cachorrinha f
  cordeiro m
  pintinho m
  lagartixa f
`,
);

/** Animals that speak in tales. */
export const TALE_ANIMALS = rows(
  ['one', 'gender'],
  `
  raposa f
  coelho m
  urso m
  rato m
  sapo m
  coruja f
  lobo m
  tartaruga f
  pato m
  esquilo m
  cabra f
  macaco m
  leão m
  elefante m
  gato m
  cachorro m
  galinha f
  burro m
  ovelha f
  onça f
  tatu m
  capivara f
  girafa f
  preguiça f
  jacaré m
`,
);

/** Places to be and to go. */
export const SITES = rows(
  ['one', 'gender'],
  `
  parque m
  praia f
  floresta f
  fazenda f
  lago m
  mercado m
  biblioteca f
  escola f
  vila f
  praça f
  jardim m
  castelo m
  riacho m
  igreja f
`,
);

/** What somebody is like, masculine and feminine. */
export const TRAITS = rows(
  ['m', 'f'],
  `
  bondoso bondosa
  esperto esperta
  corajoso corajosa
  tímido tímida
  preguiçoso preguiçosa
  educado educada
  alegre alegre
  paciente paciente
  teimoso teimosa
  sábio sábia
  gentil gentil
  cuidadoso cuidadosa
  distraído distraída
  sincero sincera
  curioso curiosa
  engraçado engraçada
  forte forte
  quieto quieta
`,
);
