// `npm run pretrain`: trains gpt-mini, see HELP.
import fs from 'node:fs';
import path from 'node:path';
import { initBackend } from '../lib/backend';
import {
  DataError,
  loadTokenizer,
  SlidingWindowLoader,
  tokenizerFiles,
  writeFilesAtomic,
} from '../lib/data';
import { GPTModel } from '../lib/model';
import { BPETokenizer } from '../lib/tokenizer';
import {
  AdamW,
  cosineSchedule,
  hasCheckpoint,
  loadCheckpoint,
  newHistory,
  thisEngine,
  train,
} from '../lib/training';
import { encodeAll, END_OF_TEXT, loadCorpus } from './pretrain/corpus';
import { exportModel } from './pretrain/export';
import {
  COUNTS,
  readArguments,
  readNumber,
  readPath,
  runCommand,
  SEEDS,
  UsageError,
  type Range,
} from './command';

const HELP = `Usage: npm run pretrain -- [options]

Trains gpt-mini, a small GPT, on the catalogue's Portuguese and English books. Started again after
it was stopped or killed, it goes on where it was.

  --steps N    steps of the whole training (default 4500)
  --batch N    windows of 256 tokens in a step (default 8)
  --rate R     highest learning rate (default 0.001)
  --seed N     of weights and data order (default 1)
  --state DIR  tokenizer and checkpoint of the training (default data/cache/gpt-mini)
  --out DIR    the finished model (default data/gpt-mini)
  --bf16       let matrix products round to bfloat16, where the processor has units for that
  --export     train no further: write the model as the last checkpoint has it
  --help       this text

Environment: GPT_DATA_MIRROR=DIR  take the books from this folder
Exit code: 0 done, 1 it could not be done, 2 wrong usage, 130 interrupted`;

const ROOT = path.resolve(__dirname, '..');
const CONTEXT_LENGTH = 256;
const EVAL_EVERY = 250;
const WARMUP = 200;
/** Of the state: the seconds that the training has taken. */
const CLOCK = 'seconds.json';
/** Of the state: what is trained on, also for a training elsewhere: see docs/larger-training.md. */
const TOKENS = 'train.bin';

const OPTIONS = {
  steps: { type: 'string', default: '4500' },
  batch: { type: 'string', default: '8' },
  rate: { type: 'string', default: '0.001' },
  seed: { type: 'string', default: '1' },
  state: { type: 'string' },
  out: { type: 'string' },
  bf16: { type: 'boolean', default: false },
  export: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** The card says whose a model is; this one stands there while the model is written. */
const CARD = 'README.md';
const STUB = '# gpt-mini\n\n`npm run pretrain` is writing it.\n';

/** What a model consists of. */
const MODEL = ['config.json', 'model.safetensors', 'vocab.json', 'merges.txt', 'tokenizer.json'];

/** @throws DataError where a folder that this training writes is a file or holds somebody's model */
function checkFolder(option: '--out' | '--state', folder: string): void {
  const has = (name: string) => fs.existsSync(path.join(folder, name));
  if (fs.existsSync(folder) && !fs.statSync(folder).isDirectory())
    throw new DataError(`${folder} is a file: another ${option}`);
  const names = option === '--out' ? [CARD, ...MODEL] : MODEL;
  const card = path.join(folder, CARD);
  const ours =
    option === '--out'
      ? fs.statSync(card, { throwIfNoEntry: false })?.isFile() &&
        fs.readFileSync(card, 'utf8').includes('`npm run pretrain')
      : has(TOKENS);
  const other = names.find(has);
  if (other && !ours) {
    throw new DataError(
      `${folder} holds ${other}, which npm run pretrain did not write: another ${option}`,
    );
  }
}

const minutes = (seconds: number) => `${Math.round(seconds / 60)} min`;

async function pretrain(options: {
  steps: number;
  batch: number;
  rate: number;
  seed: number;
  state: string;
  out: string;
  exportOnly: boolean;
}): Promise<void> {
  const { steps, batch, rate, seed, state, out, exportOnly } = options;
  checkFolder('--out', out);
  checkFolder('--state', state);
  console.log((await initBackend()).description);
  const parts = await loadCorpus(0.03);
  const checkpoints = path.join(state, 'checkpoint');
  const resuming = hasCheckpoint(checkpoints);
  const tokenizer = resuming
    ? loadTokenizer(state)
    : BPETokenizer.train(parts.map((part) => part.train).join('\n'), {
        ...{ vocabSize: 4096, specialTokens: [END_OF_TEXT] },
      });
  const tokens = encodeAll(
    tokenizer,
    parts.map((part) => part.train),
  );
  const held = encodeAll(
    tokenizer,
    parts.map((part) => part.validation),
  );
  writeFilesAtomic(state, {
    ...(!resuming && tokenizerFiles(tokenizer)),
    [TOKENS]: new Uint8Array(tokens.buffer),
  });
  const model = new GPTModel(
    {
      ...{ vocabSize: tokenizer.vocabSize, contextLength: CONTEXT_LENGTH, embDim: 256 },
      ...{ nHeads: 4, nLayers: 4, dropRate: 0, qkvBias: true, tiedHead: true },
    },
    { seed },
  );
  const windows = { length: CONTEXT_LENGTH, batchSize: batch, shuffle: true, seed };
  const loader = new SlidingWindowLoader(tokens, { ...windows, dropLast: true });
  const validation = new SlidingWindowLoader(held, windows);
  const optimizer = new AdamW(model.parameters(), { beta2: 0.99, weightDecay: 0.1 });
  let history = newHistory();
  let engine = thisEngine();
  if (resuming) {
    const checkpoint = loadCheckpoint(checkpoints);
    checkpoint.restore({ model, optimizer, loader });
    ({ history, engine } = checkpoint);
  } else if (exportOnly) {
    throw new DataError(`There is no checkpoint in ${checkpoints} to export`);
  }
  console.log(
    `${model.countParameters()} parameters, ${tokens.length} tokens to train on, ` +
      `${held.length} held back, ${resuming ? 'going on after' : 'starting at'} step ${history.step}`,
  );

  const clock = path.join(state, CLOCK);
  const before = resuming && fs.existsSync(clock) ? Number(fs.readFileSync(clock, 'utf8')) : 0;
  const write = async () => {
    const seconds = fs.existsSync(clock) ? Number(fs.readFileSync(clock, 'utf8')) : 0;
    checkFolder('--out', out);
    writeFilesAtomic(out, { [CARD]: STUB });
    await exportModel(
      model,
      tokenizer,
      parts,
      { history, engine, seed, batch, rate, seconds },
      out,
    );
    console.log(`written to ${path.relative(ROOT, out)}`);
  };
  if (exportOnly) return write();
  const began = { time: Date.now(), step: history.step, tokens: history.tokens };
  const result = await train({
    ...{ model, loader, validation, steps, optimizer, history, seed },
    schedule: cosineSchedule({ steps, peak: rate, warmup: WARMUP, minimum: rate / 20 }),
    ...{ evalEvery: EVAL_EVERY, evalBatches: 16, quiet: true },
    checkpoint: { dir: checkpoints, every: EVAL_EVERY },
    onStep({ step, tokens, losses }) {
      if (step % 50) return;
      const seconds = (Date.now() - began.time) / 1000;
      writeFilesAtomic(state, { [CLOCK]: String(before + seconds) });
      const left = (seconds * (steps - step)) / (step - began.step);
      const mean = losses.slice(-50).reduce((a, b) => a + b, 0) / Math.min(50, losses.length);
      const speed = Math.round((tokens - began.tokens) / seconds);
      console.log(
        `step ${step}/${steps}: loss ${mean.toFixed(3)}, ${speed} tokens/s, ${minutes(left)} left`,
      );
    },
    onEvaluation({ step, trainLoss, validationLoss }) {
      const losses = `train ${trainLoss.toFixed(3)}, validation ${validationLoss?.toFixed(3)}`;
      console.log(`step ${step}/${steps}: ${losses}`);
    },
  });
  if (result.stopped) {
    console.log(`stopped after step ${result.step}; the same command goes on`);
    process.exitCode = 130;
    return;
  }
  await write();
}

async function main(args: string[]): Promise<void> {
  const { values } = readArguments(args, OPTIONS);
  if (values.help) return console.log(HELP);
  const number = (name: 'steps' | 'batch' | 'rate' | 'seed', range: Range) =>
    readNumber(`--${name}`, values[name]!, range);
  const place = (name: 'state' | 'out', ...usual: string[]) =>
    values[name] === undefined
      ? path.join(ROOT, 'data', ...usual)
      : readPath(`--${name}`, values[name]!);
  const options = {
    steps: number('steps', { ...COUNTS, min: WARMUP + 1 }), // after the warm-up
    batch: number('batch', COUNTS),
    rate: number('rate', { above: 0 }),
    seed: number('seed', SEEDS),
    state: place('state', 'cache', 'gpt-mini'),
    out: place('out', 'gpt-mini'),
    exportOnly: values.export!,
  };
  if (options.state === options.out)
    throw new UsageError('--state and --out must be two folders, got the same');
  // TensorFlow reads it when it is loaded.
  if (values.bf16) process.env.TF_SET_ONEDNN_FPMATH_MODE = 'BF16';
  await pretrain(options);
}

runCommand('pretrain', main);
