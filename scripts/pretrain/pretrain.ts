// `./gpt pretrain`: trains a small GPT from nothing, see HELP.
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { initBackend } from '../../lib/backend';
import { DataError, SlidingWindowLoader, writeFilesAtomic } from '../../lib/data';
import { GPTModel } from '../../lib/model';
import {
  AdamW,
  cosineSchedule,
  hasCheckpoint,
  loadCheckpoint,
  newHistory,
  saveCheckpoint,
  thisEngine,
  train,
  trapezoidSchedule,
} from '../../lib/training';
import { loadWithTokenizer } from '../../lib/weights';
import {
  COUNTS,
  EXIT_CODES,
  readArguments,
  readNumber,
  readPath,
  runCommand,
  SEEDS,
  shownPath,
  UsageError,
  type Range,
} from '../commands/arguments';
import { checkCorpus } from './documents';
import { evaluationTables } from './evaluation';
import { exportModel } from './export';
import { loadRecipe, type Recipe } from './recipe';
import { readExam, type Exam } from './teaching';
import { hasTokens, prepareTokens, readTokens, type TokenFile } from './token-file';

const HELP = `Usage: ./gpt pretrain [options]

Trains a small GPT from nothing, by a recipe that says model, training and texts. Started again after
it was stopped or killed, it goes on where it was. A training whose rate has a decay at its end can be
prolonged: the same command with more --steps.

  --recipe NAME   of scripts/pretrain/recipes, or a FILE.json (default gpt-mini)
  --corpus DIR    where the files are that the recipe names
  --blimp DIR     BLiMP's folder of PARADIGM.jsonl: it is kept out of the training text, and measured
  --exam FILE     tasks that the model is asked after a fine-tuning (default the project's own)
  --state DIR     tokens, tokenizer and checkpoint of the training (default data/cache/NAME)
  --out DIR       the finished model (default data/NAME)
  --steps N       steps of the whole training   } instead of the recipe's
  --batch N       windows of tokens in a step   }
  --rate R        highest learning rate         }
  --seed N        of weights and data order     }
  --bf16          multiply matrices in bfloat16: faster where the processor has units for that
  --prepare       make tokenizer and tokens only: with the state's folder carried to another machine,
                  the same command trains there, and needs no corpus
  --export        train no further: write the model as the last checkpoint has it
  --evaluate DIR  measure the model in a folder by the state's texts, and train nothing
  --help          this text

Environment: GPT_DATA_MIRROR=DIR  take the books from this folder

${EXIT_CODES}`;

const ROOT = path.resolve(__dirname, '../..');
const EXAM = path.join(__dirname, 'exam.json');
const EVAL_EVERY = 250;
/** Of the state: the seconds that the training has taken. */
const CLOCK = 'seconds.json';
/** Of the state: what the checkpoint was trained with; scripts/pretrain/accelerate.py reads it too. */
const RUN = 'run.json';
/** Of the state: the checkpoint to prolong from, once the rate falls. */
const BEFORE_DECAY = 'before-decay';

const OPTIONS = {
  recipe: { type: 'string', default: 'gpt-mini' },
  corpus: { type: 'string' },
  blimp: { type: 'string' },
  exam: { type: 'string' },
  state: { type: 'string' },
  out: { type: 'string' },
  steps: { type: 'string' },
  batch: { type: 'string' },
  rate: { type: 'string' },
  seed: { type: 'string' },
  bf16: { type: 'boolean', default: false },
  prepare: { type: 'boolean', default: false },
  export: { type: 'boolean', default: false },
  evaluate: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** The card says whose a model is; this one stands there while the model is written. */
const CARD = 'README.md';
const stub = (name: string) => `# ${name}\n\n\`./gpt pretrain\` is writing it.\n`;

/** What a model consists of. */
const MODEL = ['config.json', 'model.safetensors', 'vocab.json', 'merges.txt', 'tokenizer.json'];

/** @throws DataError where a folder that this training writes is a file or holds somebody's model */
function checkFolder(option: '--out' | '--state', folder: string): void {
  if (fs.existsSync(folder) && !fs.statSync(folder).isDirectory()) {
    throw new DataError(`${folder} is a file: another ${option}`);
  }
  const card = path.join(folder, CARD);
  const ours =
    option === '--out'
      ? fs.statSync(card, { throwIfNoEntry: false })?.isFile() &&
        /`(\.\/gpt|npm run) pretrain/.test(fs.readFileSync(card, 'utf8'))
      : hasTokens(folder);
  const names = option === '--out' ? [CARD, ...MODEL] : MODEL;
  const other = names.find((name) => fs.existsSync(path.join(folder, name)));
  if (other && !ours) {
    throw new DataError(
      `${folder} holds ${other}, which ./gpt pretrain did not write: another ${option}`,
    );
  }
}

const minutes = (seconds: number) => `${Math.round(seconds / 60)} min`;

interface Options {
  recipe: Recipe;
  corpus?: string;
  blimp?: string;
  exam?: Exam;
  state: string;
  out: string;
  exportOnly: boolean;
}

/** The rates of a recipe; `decayStart` where a training can be prolonged from before that step. */
function scheduleOf({ steps, rate: peak, warmup, schedule }: Recipe['training']) {
  if (schedule === 'trapezoid') {
    const rates = trapezoidSchedule({ steps, peak, warmup });
    return { rates, decayStart: rates.decayStart };
  }
  return { rates: cosineSchedule({ steps, peak, warmup, minimum: peak / 20 }) };
}

const runForm = z.record(z.string(), z.union([z.string(), z.number()]));

/** Everything that a checkpoint was trained with, by name. */
const settings = (recipe: Recipe, { about }: TokenFile): z.infer<typeof runForm> => ({
  ...recipe.model,
  ...recipe.training,
  tokens: about.sha256,
});

/**
 * The tokens in the state, which are made where there are none.
 *
 * @throws DataError when they are of another recipe, or the corpus is another one
 */
async function tokensOf({ recipe, corpus, blimp, state }: Options): Promise<TokenFile> {
  if (hasTokens(state)) {
    if (corpus !== undefined) checkCorpus(recipe, corpus);
  } else if (hasCheckpoint(path.join(state, 'checkpoint'))) {
    throw new DataError(
      `${state} holds a training, but not the tokens that it reads: another --state, or delete it`,
    );
  } else {
    await prepareTokens(recipe, state, { corpus, blimp }, (line) => console.log(line));
  }
  const tokens = readTokens(state, recipe);
  const { sources, tokens: all, lateTokens } = tokens.about;
  for (const { name, documents, tokens: once, passes, late } of sources) {
    const share = ((100 * once * passes) / all).toFixed(1);
    const lateShare = late ? `; ${((100 * late) / lateTokens).toFixed(1)} % of the last stage` : '';
    console.log(
      `${name}: ${documents} documents, ${once} tokens, ${passes} times: ${share} %${lateShare}`,
    );
  }
  console.log(`${all} tokens in all, in ${path.join(state, 'train.bin')}`);
  if (lateTokens) console.log(`${lateTokens} tokens in the last stage`);
  return tokens;
}

/**
 * The checkpoint folder to go on from.
 *
 * @throws DataError when the training there has other settings, unless all that differs is its length
 * and no rate so far would have been another
 */
function resumeFrom(state: string, recipe: Recipe, tokens: TokenFile): string {
  const checkpoints = path.join(state, 'checkpoint');
  const file = path.join(state, RUN);
  let was: z.infer<typeof runForm>;
  try {
    was = runForm.parse(JSON.parse(fs.readFileSync(file, 'utf8')));
  } catch (error) {
    throw new DataError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const now = settings(recipe, tokens);
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])];
  const differ = names.filter((name) => was[name] !== now[name]);
  if (differ.length === 0) return checkpoints;
  const { decayStart } = scheduleOf(recipe.training);
  if (differ.join() === 'steps' && decayStart !== undefined) {
    const before = scheduleOf({ ...recipe.training, steps: was.steps as number });
    const latest = Math.min(decayStart, before.decayStart!);
    const folder = [checkpoints, path.join(state, BEFORE_DECAY)].find(
      (each) => hasCheckpoint(each) && loadCheckpoint(each).history.step <= latest,
    );
    if (folder) return folder;
    throw new DataError(
      `The training in ${state} has ${was.steps} steps and its rate has fallen since step ` +
        `${before.decayStart}: it cannot become one of ${now.steps}; another --state`,
    );
  }
  const said = differ.map((name) => `${name} was ${was[name]} and is ${now[name]}`);
  throw new DataError(
    `The training in ${state} is another one: ${said.join(', ')}; another --state`,
  );
}

async function pretrain(options: Options): Promise<void> {
  const { recipe, blimp, exam, state, out, exportOnly } = options;
  const { steps, batch, weightDecay, seed, lateFrom = steps } = recipe.training;
  checkFolder('--out', out);
  checkFolder('--state', state);
  const machine = (await initBackend()).description;
  console.log(machine);
  const tokens = await tokensOf(options);
  const { tokenizer, keptBack } = tokens;
  const { rates, decayStart } = scheduleOf(recipe.training);
  const model = new GPTModel(
    {
      ...recipe.model,
      vocabSize: tokenizer.vocabSize,
      dropRate: 0,
      qkvBias: true,
      tiedHead: true,
    },
    { seed },
  );
  const windows = { length: recipe.model.contextLength, batchSize: batch, shuffle: true, seed };
  const loaderOf = (ids: Uint16Array) =>
    new SlidingWindowLoader(ids, { ...windows, dropLast: true });
  const stages = [{ loader: loaderOf(tokens.tokens), until: Math.min(lateFrom, steps) }];
  if (lateFrom < steps) stages.push({ loader: loaderOf(tokens.lateTokens), until: steps });
  const validationTexts = [...keptBack].filter(([name]) => !recipe.unseen.includes(name));
  const validationIds = validationTexts.flatMap(([, texts]) =>
    texts.flatMap((text) => [...tokenizer.encode(text), tokenizer.eosId!]),
  );
  const validation = validationIds.length
    ? new SlidingWindowLoader(validationIds, windows)
    : undefined;
  const optimizer = new AdamW(model.parameters(), { beta2: 0.99, weightDecay });
  const checkpoints = path.join(state, 'checkpoint');
  let history = newHistory();
  let engine = thisEngine();
  const resuming = hasCheckpoint(checkpoints);
  if (resuming) {
    const folder = resumeFrom(state, recipe, tokens);
    const checkpoint = loadCheckpoint(folder);
    const { loader } = stages.find(({ until }) => checkpoint.history.step <= until)!;
    checkpoint.restore({ model, optimizer, loader });
    ({ history, engine } = checkpoint);
    // First the checkpoint, which is one of the shorter training too, then what that is called.
    if (folder !== checkpoints) {
      saveCheckpoint(checkpoints, { model, optimizer, loader, history, seed });
    }
  } else if (exportOnly) {
    throw new DataError(`There is no checkpoint in ${checkpoints} to export`);
  }
  writeFilesAtomic(state, { [RUN]: `${JSON.stringify(settings(recipe, tokens), null, 2)}\n` });
  console.log(
    `${model.countParameters()} parameters, ${tokens.tokens.length} tokens to train on, ` +
      `${validationIds.length} held back, ${resuming ? 'going on after' : 'starting at'} step ${history.step}`,
  );

  const clock = path.join(state, CLOCK);
  const before = resuming && fs.existsSync(clock) ? Number(fs.readFileSync(clock, 'utf8')) : 0;
  const write = async () => {
    const seconds = fs.existsSync(clock) ? Number(fs.readFileSync(clock, 'utf8')) : 0;
    checkFolder('--out', out);
    writeFilesAtomic(out, { [CARD]: stub(recipe.name) });
    await exportModel(model, tokens, { recipe, history, engine, machine, seconds }, out, {
      blimp,
      exam,
      teaching: recipe.teaching,
    });
    console.log(`written to ${shownPath(out)}`);
  };
  if (exportOnly) return write();
  const began = { time: Date.now(), step: history.step, tokens: history.tokens };
  const trainStage = ({ loader, until }: (typeof stages)[number]) =>
    train({
      model,
      loader,
      validation,
      steps: until,
      optimizer,
      history,
      seed,
      schedule: rates,
      evalEvery: EVAL_EVERY,
      evalBatches: 16,
      quiet: true,
      checkpoint: { dir: checkpoints, every: EVAL_EVERY },
      onStep({ step, tokens, losses }) {
        if (step === decayStart) {
          const dir = path.join(state, BEFORE_DECAY);
          saveCheckpoint(dir, { model, optimizer, loader, history, seed });
        }
        if (step % 50 && step !== steps) return;
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
        const losses = `train ${trainLoss.toFixed(3)}, validation ${validationLoss?.toFixed(3) ?? 'none'}`;
        console.log(`step ${step}/${steps}: ${losses}`);
      },
    });
  for (const stage of stages.filter(({ until }) => until > history.step)) {
    const { stopped, step } = await trainStage(stage);
    if (!stopped) continue;
    console.log(`stopped after step ${step}; the same command goes on`);
    process.exitCode = 130;
    return;
  }
  await write();
}

async function evaluate(dir: string, { recipe, state, blimp, exam }: Options): Promise<void> {
  console.log((await initBackend()).description);
  const tokens = readTokens(state);
  console.log(
    await evaluationTables(await loadWithTokenizer(dir), tokens, {
      blimp,
      exam,
      teaching: recipe.teaching,
    }),
  );
}

async function main(args: string[]): Promise<void> {
  const { values } = readArguments(args, OPTIONS);
  if (values.help) return console.log(HELP);
  const only = (['prepare', 'export', 'evaluate'] as const).filter((name) => values[name]);
  if (only.length > 1) throw new UsageError(`give --${only[0]} or --${only[1]}, not both`);
  const given = (name: 'corpus' | 'blimp' | 'exam' | 'state' | 'out' | 'evaluate') =>
    values[name] === undefined ? undefined : readPath(`--${name}`, values[name]!);
  const named = values.recipe!;
  const recipe = loadRecipe(named.endsWith('.json') ? readPath('--recipe', named) : named);
  const number = (name: 'steps' | 'batch' | 'rate' | 'seed', range: Range) => {
    const text = values[name];
    if (text !== undefined) recipe.training[name] = readNumber(`--${name}`, text, range);
  };
  number('steps', { ...COUNTS, min: recipe.training.warmup + 1 });
  number('batch', COUNTS);
  number('rate', { above: 0 });
  number('seed', SEEDS);
  const exam = given('exam') ?? (fs.existsSync(EXAM) ? EXAM : undefined);
  const options: Options = {
    recipe,
    corpus: given('corpus'),
    blimp: given('blimp'),
    exam: exam === undefined ? undefined : readExam(exam),
    state: given('state') ?? path.join(ROOT, 'data', 'cache', recipe.name),
    out: given('out') ?? path.join(ROOT, 'data', recipe.name),
    exportOnly: values.export!,
  };
  if (options.state === options.out) {
    throw new UsageError('--state and --out must be two folders, got the same');
  }
  const evaluated = given('evaluate');
  // Read when the backend starts.
  if (values.bf16) process.env.GPT_PRECISION = 'bfloat16';
  if (evaluated !== undefined) await evaluate(evaluated, options);
  else if (values.prepare) {
    checkFolder('--state', options.state);
    await tokensOf(options);
  } else await pretrain(options);
}

runCommand('pretrain', main);
