// `./gpt chat`: the web chat, see HELP.
import { initBackend } from '../../lib/backend';
import { startChat } from '../../lib/chat';
import { saveClassifier, SPAM_CLASSIFIER_DIR, trainSpamClassifier } from '../../lib/classification';
import { WEIGHT_TYPES } from '../../lib/writing';
import {
  EXIT_CODES,
  readArguments,
  readChoice,
  readNumber,
  readPath,
  runCommand,
  shownPath,
  UsageError,
} from './arguments';

const HELP = `Usage: ./gpt chat [options]

A page in your browser: is this message spam, and which words decide? And a language model that
continues your text. It uses the classifier that notebook 6 saves.

  --train        train that classifier first, as notebook 6 does, in about two minutes
  --model DIR    the classifier's folder (default data/cache/spam-classifier)
  --weights TYPE pack the weights of what writes, as float32, bfloat16 or int8: faster, with int8 in
                 a quarter of the memory and some loss (default: the models as they are)
  --port N       where to listen (default 8000; 0 takes one that is free)
  --host NAME    on which address (default 127.0.0.1: this machine only)
  --help         this text

Environment: GPT_PROFILE=full  train from GPT-2, where it is here, and longer

${EXIT_CODES}`;

const OPTIONS = {
  train: { type: 'boolean', default: false },
  model: { type: 'string' },
  weights: { type: 'string' },
  port: { type: 'string', default: '8000' },
  host: { type: 'string', default: '127.0.0.1' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** How long a model that is being loaded may hold up the end, in ms. */
const MOST_CLOSING = 3000;

/** One line that moves, on a terminal; elsewhere one for each tenth. */
function progressLine(): (progress: { step: number; steps: number; loss: number }) => void {
  const started = Date.now();
  let tenth = 0;
  return ({ step, steps, loss }) => {
    const share = step / steps;
    const left = ((Date.now() - started) * (1 / share - 1)) / 1000;
    const bar = '█'.repeat(Math.round(30 * share)).padEnd(30, '░');
    const line = `${bar} step ${step} of ${steps}, loss ${loss.toFixed(3)}, ${left.toFixed(0)} s left`;
    if (process.stdout.isTTY) process.stdout.write(`\r${line}  ${step === steps ? '\n' : ''}`);
    else if (Math.floor(10 * share) > tenth) console.log(line);
    tenth = Math.floor(10 * share);
  };
}

async function trainFirst(dir: string): Promise<void> {
  const { classifier } = await trainSpamClassifier({
    quiet: true,
    onMessage: console.log,
    onStep: progressLine(),
  });
  saveClassifier(classifier, dir);
  classifier.dispose();
  console.log(`The classifier is saved in ${shownPath(dir)}`);
}

async function main(args: string[]): Promise<void> {
  const { help, train, model, host, ...rest } = readArguments(args, OPTIONS).values;
  if (help) return console.log(HELP);
  const port = readNumber('--port', rest.port!, { whole: true, min: 0, max: 65535 });
  if (!host!.trim()) throw new UsageError('--host must name an address, got none');
  const dir = model === undefined ? SPAM_CLASSIFIER_DIR : readPath('--model', model);
  const weights =
    rest.weights === undefined ? undefined : readChoice('--weights', rest.weights, WEIGHT_TYPES);
  console.log((await initBackend()).description);
  const start = () => startChat({ classifierDir: dir, host, port, weights });
  if (train) {
    await (await start()).close(); // a port that is in use is said now, not after the training
    await trainFirst(dir);
  }
  const chat = await start();
  if (!chat.models().classifier) {
    console.log(
      `There is no classifier in ${shownPath(dir)} yet. Notebook 6 saves one; ` +
        './gpt chat --train makes one now. The page goes on without.',
    );
  }
  if (chat.open) {
    console.log('Everybody who can reach this address can use the chat: it asks for no password.');
  }
  const [here, ...elsewhere] = chat.urls;
  console.log(`The chat is at ${here} (stop it with Ctrl-C)`);
  if (chat.open && elsewhere.length)
    console.log(`Other machines reach it at ${elsewhere.join(' ')}`);
  const stop = () => {
    setTimeout(() => process.exit(0), MOST_CLOSING).unref();
    void chat.close().then(() => process.exit(0));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
}

runCommand('chat', main);
