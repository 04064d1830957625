// What the widgets say, in the page's language.

const en = {
  yourText: 'Your text',
  tooLong: (shown: number) => `Only the first ${shown} tokens are used.`,
  empty: 'Type something.',
  counts: (characters: number, bytes: number) => `${characters} characters, ${bytes} bytes`,
  perToken: (ratio: string) => `${ratio} characters a token`,
  miniVocabulary: 'gpt-mini: 4,096 tokens, learned from simple texts in English and Portuguese',
  gpt2Vocabulary: 'GPT-2: 50,257 tokens, learned from English web pages',
  tokenOf: (text: string, id: number) => `“${text}” is token ${id}`,
  loadModel: 'Load gpt-mini (6 MB)',
  loading: 'Loading gpt-mini …',
  failed: (reason: string) => `That did not work: ${reason}`,
  runsOn: (what: string, parameters: string) =>
    `gpt-mini, ${parameters} million parameters, runs in this page on ${what}. Nothing you type leaves it.`,
  layer: (n: number) => `layer ${n}`,
  head: (n: number) => `head ${n}`,
  headOf: (layer: number, head: number) => `Layer ${layer}, head ${head}`,
  chooseHead: 'Choose a head',
  chooseToken: 'Choose a token: the others show how much it looks at each.',
  looksAt: (token: string, where: string) => `“${token}” looks at ${where}`,
  map: 'All tokens',
  mapOf: (layer: number, head: number) =>
    `Attention of layer ${layer}, head ${head}: a row for each token, a column for each token it looks at`,
  prompt: 'Beginning of the text',
  temperature: 'Temperature',
  topK: 'Top-k',
  topP: 'Top-p',
  seed: 'Seed',
  next: 'Next token',
  write: 'Write 40 tokens',
  stop: 'Stop',
  again: 'Start again',
  generated: 'The text so far',
  candidates: 'What may come next',
  candidatesAt: (token: string) => `What could have stood in the place of “${token}”`,
  candidatesHelp:
    'The wide bar is the probability that the model gives, the narrow one the chance after temperature, top-k and top-p. Click a token to take it instead.',
  shades:
    'The line under a token says how probable it was: orange not at all, blue very. Click one to see what else could have stood there.',
  ended: 'gpt-mini has ended the text.',
  take: (token: string) => `take “${token}”`,
  probability: (percent: string) => `probability ${percent}`,
  speed: (perSecond: string) => `${perSecond} tokens a second`,
  step: 'Step',
  ofSteps: (step: number, steps: number) => `step ${step} of ${steps}`,
  play: 'Play',
  pause: 'Pause',
  lossTitle: 'Loss',
  trainLoss: 'training text',
  validationLoss: 'text it has not seen',
  sample: (prompt: string) => `How it continues “${prompt}”`,
  filmAttention: 'Where each head looks',
  lossNow: (train: string, validation: string) =>
    `loss ${train} on the training text, ${validation} on text it has not seen`,
};

const pt: typeof en = {
  yourText: 'Seu texto',
  tooLong: (shown) => `Só os primeiros ${shown} tokens são usados.`,
  empty: 'Digite alguma coisa.',
  counts: (characters, bytes) => `${characters} caracteres, ${bytes} bytes`,
  perToken: (ratio) => `${ratio} caracteres por token`,
  miniVocabulary: 'gpt-mini: 4.096 tokens, aprendidos de textos simples em português e inglês',
  gpt2Vocabulary: 'GPT-2: 50.257 tokens, aprendidos de páginas em inglês',
  tokenOf: (text, id) => `“${text}” é o token ${id}`,
  loadModel: 'Carregar o gpt-mini (6 MB)',
  loading: 'Carregando o gpt-mini …',
  failed: (reason) => `Não deu certo: ${reason}`,
  runsOn: (what, parameters) =>
    `O gpt-mini, com ${parameters} milhões de parâmetros, roda nesta página em ${what}. Nada do que você digita sai dela.`,
  layer: (n) => `camada ${n}`,
  head: (n) => `cabeça ${n}`,
  headOf: (layer, head) => `Camada ${layer}, cabeça ${head}`,
  chooseHead: 'Escolha uma cabeça',
  chooseToken: 'Escolha um token: os outros mostram quanto ele olha para cada um.',
  looksAt: (token, where) => `“${token}” olha para ${where}`,
  map: 'Todos os tokens',
  mapOf: (layer, head) =>
    `Atenção da camada ${layer}, cabeça ${head}: uma linha para cada token, uma coluna para cada token que ele olha`,
  prompt: 'Começo do texto',
  temperature: 'Temperatura',
  topK: 'Top-k',
  topP: 'Top-p',
  seed: 'Semente',
  next: 'Próximo token',
  write: 'Escrever 40 tokens',
  stop: 'Parar',
  again: 'Recomeçar',
  generated: 'O texto até aqui',
  candidates: 'O que pode vir a seguir',
  candidatesAt: (token) => `O que poderia estar no lugar de “${token}”`,
  candidatesHelp:
    'A barra larga é a probabilidade dada pelo modelo; a estreita, a chance depois de temperatura, top-k e top-p. Clique em um token para usá-lo no lugar.',
  shades:
    'A linha embaixo de um token diz quão provável ele era: laranja, nada; azul, muito. Clique em um para ver o que mais poderia estar ali.',
  ended: 'O gpt-mini terminou o texto.',
  take: (token) => `usar “${token}”`,
  probability: (percent) => `probabilidade ${percent}`,
  speed: (perSecond) => `${perSecond} tokens por segundo`,
  step: 'Passo',
  ofSteps: (step, steps) => `passo ${step} de ${steps}`,
  play: 'Reproduzir',
  pause: 'Pausar',
  lossTitle: 'Perda',
  trainLoss: 'texto de treinamento',
  validationLoss: 'texto que ele não viu',
  sample: (prompt) => `Como ele continua “${prompt}”`,
  filmAttention: 'Para onde cada cabeça olha',
  lossNow: (train, validation) =>
    `perda ${train} no texto de treinamento, ${validation} em texto que ele não viu`,
};

const portuguese = document.documentElement.lang.startsWith('pt');

export const say = portuguese ? pt : en;

const locale = portuguese ? 'pt-BR' : 'en';

/** A number with so many decimals. */
export const number = (value: number, digits = 0): string =>
  value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A share as a percentage, with two digits that mean something. */
export function percent(share: number): string {
  let digits = 2;
  if (share >= 0.00995) digits = 1;
  if (share >= 0.0995 || share === 0) digits = 0;
  return `${number(100 * share, digits)} %`;
}
