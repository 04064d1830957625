/** All texts of the page, in both languages. */
import { read, write } from './storage.mjs';

const MESSAGES = {
  en: {
    title: 'GPT in TypeScript: chat',
    language: 'Language',
    theme: 'Colours',
    themeSystem: 'Auto',
    themeLight: 'Light',
    themeDark: 'Dark',
    tabs: 'What to try',
    tabClassify: 'Is it spam?',
    tabGenerate: 'Continue a text',
    conversation: 'Conversation',
    examples: 'Examples',
    connected: 'Connected',
    notConnected: 'No connection',
    offline:
      'The server does not answer. Start it with ./gpt chat; this page reconnects on its own.',
    back: 'The server is back.',
    hint: 'Enter sends, Shift+Enter begins a line',
    download: 'Download',
    clear: 'Clear',
    undo: 'Undo',
    cleared: 'The history is cleared.',
    unkept:
      'This browser’s storage is full, or the page may not use it. Messages that will be lost when you leave the page: {n}. Download saves all of them, Clear makes room.',
    stop: 'Stop',
    retry: 'Try again',
    showAll: 'Show all {n} characters',
    more: '{n} more',
    waiting: 'Waiting: {n} before this one',
    working: 'The model reads…',

    classifyTitle: 'Is this message spam?',
    classifyLead:
      'Type or paste a text message, in any language. You see how the model reads it, what it answers, and which words decided.',
    classifyLabel: 'Message',
    classifyPlaceholder: 'A text message…',
    classifySend: 'Check',
    noClassifier:
      'There is no classifier yet. Run notebook 6 to its section 6.10, which saves one, or stop the server and start it with ./gpt chat --train. This page notices when it is there.',
    spam: 'Spam',
    ham: 'Not spam',
    spamShort: 'spam',
    hamShort: 'ham',
    threshold: 'Called {label} at {p} or more.',
    mostProbable: 'The most probable label.',
    probabilities: 'Probability of each label',
    tokensStep: 'What the model read: {n} tokens',
    truncated:
      'Only the first {max} tokens are read: {n} more were cut off. What they say does not count.',
    wordsStep: 'Which words decided',
    wordsHow:
      'Each word is left out once, and the model asked again. Influence is in log-odds: the answer’s odds are multiplied by e to this power.',
    robust: 'No single word decides: leave out any one of them, and the answer stays the same.',
    decisive: 'Without {words} the answer would be different.',
    oneWord: 'This is only one word: there is nothing to compare it with.',
    measuring: 'Leaving out one word after another…',
    speaksFor: 'speaks for “{label}”',
    speaksAgainst: 'speaks against',
    word: 'Word',
    influence: 'Influence',
    without: '{label}, without it',
    notRead: '… and {n} characters that were not read',
    took: 'Answer after {a}, everything after {b}.',
    saidLabel: '{label}, {p}.',

    tabInstruct: 'Follow an instruction',
    instructTitle: 'What should the model do?',
    instructLead:
      'Give the model of chapter 7 an instruction, and the text that it is about, if there is one. It was trained on tasks in English, and it is small: expect the right form sooner than the right facts.',
    instructLabel: 'Instruction',
    instructPlaceholder: 'Rewrite the sentence…',
    instructSend: 'Ask',
    about: 'Text that it is about (may be empty)',
    givenPrompt: 'The prompt that the model got: {n} tokens',
    noInstruct:
      'There is no instruction-tuned model yet. Notebook 7 makes one and saves it. This page notices when it is there.',

    generateTitle: 'How does it go on?',
    generateLead:
      'Give the beginning of a text. The model chooses one token after another; point at a token, or use the arrow keys, to see how probable it was and what else it thought of.',
    generateLabel: 'Beginning of a text',
    generatePlaceholder: 'Once upon a time…',
    generateSend: 'Continue',
    noGenerator: 'gpt-mini is not in data/gpt-mini: the project comes with it.',
    model: 'Model',
    millions: ' ({count} million parameters)',
    modelGpt2Absent: 'GPT-2: fetch it with ./gpt weights gpt2',
    temperature: 'Temperature',
    topK: 'Top-k',
    topP: 'Top-p',
    maxNewTokens: 'Tokens',
    seed: 'Seed',
    seedHint: 'different each time',
    all: 'all',
    settings: 'Settings',
    promptDropped: 'The model sees only the last {max} tokens of the text; {n} were left out.',
    tokenList: 'The new text, token by token',
    tokenHint: 'Point at a token, or come here with Tab and use ← and →.',
    tokenTitle: 'Token {i} of {n}: {p}, rank {rank}',
    candidates: 'The model’s favourites here',
    legend: 'How probable was each token?',
    soFar: '{n} tokens',
    ended: { length: '', 'end of text': 'The model ended the text. ' },
    speed: '{n} tokens in {time}, {rate} a second',
    usedSeed: 'seed {seed}',
    stopped: 'Stopped.',
    tokenSpace: 'space',
    tokenBreak: 'line break',

    errors: {
      unreachable: 'The server does not answer. Is ./gpt chat still running in the terminal?',
      broken: 'The answer broke off: the server was stopped or the connection was lost.',
      busy: 'Too many requests at once. Try again in a moment.',
      invalid: 'The server does not accept this: {message}',
      'too-large': 'This text is too long: at most 20,000 characters.',
      'no-model': 'There is no such model on this machine yet.',
      'broken-model': 'The model cannot be read; the terminal of the chat says why.',
      stopping: 'The server is being stopped.',
      internal: 'Something went wrong; the terminal of the chat says what.',
      empty: 'There is nothing to read: type a text first.',
      other: 'It could not be done: {message}',
    },
  },
  'pt-BR': {
    title: 'GPT em TypeScript: chat',
    language: 'Idioma',
    theme: 'Cores',
    themeSystem: 'Auto',
    themeLight: 'Claro',
    themeDark: 'Escuro',
    tabs: 'O que experimentar',
    tabClassify: 'É spam?',
    tabGenerate: 'Continuar um texto',
    conversation: 'Conversa',
    examples: 'Exemplos',
    connected: 'Conectado',
    notConnected: 'Sem conexão',
    offline: 'O servidor não responde. Inicie-o com ./gpt chat; esta página se reconecta sozinha.',
    back: 'O servidor voltou.',
    hint: 'Enter envia, Shift+Enter quebra a linha',
    download: 'Baixar',
    clear: 'Limpar',
    undo: 'Desfazer',
    cleared: 'O histórico foi apagado.',
    unkept:
      'O armazenamento deste navegador está cheio ou fechado para esta página. Mensagens que se perdem quando você sair dela: {n}. Baixar guarda todas, Limpar abre espaço.',
    stop: 'Parar',
    retry: 'Tentar de novo',
    showAll: 'Mostrar todos os {n} caracteres',
    more: 'mais {n}',
    waiting: 'Na fila: {n} antes deste',
    working: 'O modelo está lendo…',

    classifyTitle: 'Esta mensagem é spam?',
    classifyLead:
      'Digite ou cole uma mensagem de texto, em qualquer língua. Você vê como o modelo a lê, o que ele responde e quais palavras decidiram.',
    classifyLabel: 'Mensagem',
    classifyPlaceholder: 'Uma mensagem de texto…',
    classifySend: 'Verificar',
    noClassifier:
      'Ainda não há um classificador. Execute o notebook 6 até a seção 6.10, que salva um, ou pare o servidor e inicie-o com ./gpt chat --train. Esta página percebe quando ele estiver pronto.',
    spam: 'Spam',
    ham: 'Não é spam',
    spamShort: 'spam',
    hamShort: 'ham',
    threshold: 'É chamada de {label} a partir de {p}.',
    mostProbable: 'O rótulo mais provável.',
    probabilities: 'Probabilidade de cada rótulo',
    tokensStep: 'O que o modelo leu: {n} tokens',
    truncated:
      'Só os primeiros {max} tokens são lidos: outros {n} foram cortados. O que eles dizem não conta.',
    wordsStep: 'Quais palavras decidiram',
    wordsHow:
      'Cada palavra é retirada uma vez, e o modelo responde de novo. A influência está em log-odds: as chances da resposta são multiplicadas por e elevado a este número.',
    robust:
      'Nenhuma palavra decide sozinha: retire qualquer uma delas, e a resposta continua a mesma.',
    decisive: 'Sem {words} a resposta seria outra.',
    oneWord: 'É uma palavra só: não há com que compará-la.',
    measuring: 'Retirando uma palavra de cada vez…',
    speaksFor: 'a favor de “{label}”',
    speaksAgainst: 'contra',
    word: 'Palavra',
    influence: 'Influência',
    without: '{label}, sem ela',
    notRead: '… e {n} caracteres que não foram lidos',
    took: 'Resposta em {a}, tudo em {b}.',
    saidLabel: '{label}, {p}.',

    tabInstruct: 'Seguir uma instrução',
    instructTitle: 'O que ele deve fazer?',
    instructLead:
      'Dê ao modelo do capítulo 7 uma instrução e, se houver, o texto de que ela trata. Ele foi treinado com tarefas em inglês e é pequeno: espere antes a forma certa do que os fatos certos.',
    instructLabel: 'Instrução',
    instructPlaceholder: 'Rewrite the sentence…',
    instructSend: 'Perguntar',
    about: 'Texto de que ela trata (pode ficar vazio)',
    givenPrompt: 'O prompt que o modelo recebeu: {n} tokens',
    noInstruct:
      'Ainda não há um modelo treinado com instruções. O notebook 7 treina um e o salva. Esta página percebe quando ele estiver pronto.',

    generateTitle: 'Como continua?',
    generateLead:
      'Dê o começo de um texto. O modelo escolhe um token após o outro; aponte para um token, ou use as setas do teclado, para ver quão provável ele era e no que mais o modelo pensou.',
    generateLabel: 'Começo de um texto',
    generatePlaceholder: 'Era uma vez…',
    generateSend: 'Continuar',
    noGenerator: 'O gpt-mini não está em data/gpt-mini: ele vem com o projeto.',
    model: 'Modelo',
    millions: ' ({count} milhões de parâmetros)',
    modelGpt2Absent: 'GPT-2: baixe com ./gpt weights gpt2',
    temperature: 'Temperatura',
    topK: 'Top-k',
    topP: 'Top-p',
    maxNewTokens: 'Tokens',
    seed: 'Semente',
    seedHint: 'outra a cada vez',
    all: 'todos',
    settings: 'Ajustes',
    promptDropped: 'O modelo só vê os últimos {max} tokens do texto; {n} ficaram de fora.',
    tokenList: 'O novo texto, token por token',
    tokenHint: 'Aponte para um token, ou venha até aqui com Tab e use ← e →.',
    tokenTitle: 'Token {i} de {n}: {p}, posição {rank}',
    candidates: 'Os favoritos do modelo aqui',
    legend: 'Quão provável era cada token?',
    soFar: '{n} tokens',
    ended: { length: '', 'end of text': 'O modelo encerrou o texto. ' },
    speed: '{n} tokens em {time}, {rate} por segundo',
    usedSeed: 'semente {seed}',
    stopped: 'Parado.',
    tokenSpace: 'espaço',
    tokenBreak: 'quebra de linha',

    errors: {
      unreachable: 'O servidor não responde. O ./gpt chat ainda está rodando no terminal?',
      broken: 'A resposta foi interrompida: o servidor parou ou a conexão caiu.',
      busy: 'Pedidos demais ao mesmo tempo. Tente de novo em instantes.',
      invalid: 'O servidor não aceita isto: {message}',
      'too-large': 'Este texto é longo demais: no máximo 20.000 caracteres.',
      'no-model': 'Este modelo ainda não está nesta máquina.',
      'broken-model': 'O modelo não pode ser lido; o terminal do chat diz por quê.',
      stopping: 'O servidor está sendo encerrado.',
      internal: 'Algo deu errado; o terminal do chat diz o quê.',
      empty: 'Não há nada para ler: digite um texto primeiro.',
      other: 'Não foi possível: {message}',
    },
  },
};

const KEY = 'chat-language';
const stored = read(KEY);
const browserLanguage = navigator.language.toLowerCase().startsWith('pt') ? 'pt-BR' : 'en';
let language = Object.hasOwn(MESSAGES, stored ?? '') ? stored : browserLanguage;

/** The page's language, as a BCP 47 tag. */
export const currentLanguage = () => language;

export function setLanguage(tag) {
  language = tag;
  write(KEY, tag);
}

/** A text in the page's language, with `{name}` replaced by its value. */
export function t(key, values = {}) {
  const message = key.split('.').reduce((table, part) => table?.[part], MESSAGES[language]);
  return fill(message ?? key, values);
}

/** The text for an error's code; if it has none, the server's own message, which is in English. */
export function errorText({ code, message }) {
  const { errors } = MESSAGES[language];
  return fill(Object.hasOwn(errors, code) ? errors[code] : errors.other, { message });
}

const fill = (message, values) =>
  message.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

export const number = (value, digits = 0) =>
  value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A probability as a percentage; one that is not quite 0 or 1 is never rounded to it. */
export function percent(share, digits = 1) {
  if (share > 0 && share < 0.0005) return `< ${number(0.1, 1)} %`;
  if (share < 1 && share >= 0.9995) return `> ${number(99.9, 1)} %`;
  return `${number(100 * share, digits)} %`;
}

export const duration = (ms) =>
  ms < 1000 ? `${number(Math.max(1, ms))} ms` : `${number(ms / 1000, 1)} s`;
