// `./gpt generate`: continues a text with a model, see HELP.
import fs from 'node:fs';
import { initBackend } from '../../lib/backend';
import { DataError } from '../../lib/data';
import { generateText, type TextModel } from '../../lib/decoding';
import { INSTRUCTION_MODEL_DIR, loadInstructionModel, streamAnswer } from '../../lib/instruction';
import type { GPTModel } from '../../lib/model';
import type { BPETokenizer } from '../../lib/tokenizer';
import { GPT_MINI_DIR, loadWithTokenizer } from '../../lib/weights';
import { forWriting, WEIGHT_TYPES, type WeightType } from '../../lib/writing';
import {
  COUNTS,
  EXIT_CODES,
  readArguments,
  readChoice,
  readNumber,
  readPath,
  runCommand,
  SEEDS,
  UsageError,
  type Range,
} from './arguments';

const HELP = `Usage: ./gpt generate --prompt TEXT [options]
       ./gpt generate --instruction TEXT [--input TEXT] [options]

Continues a text, or answers an instruction, with a model in Hugging Face's or OpenAI's layout.

  --model DIR        the model, with its tokenizer (default data/gpt-mini; for instructions the
                     one that chapter 7 saves)
  --prompt TEXT      what to continue; an empty one begins a text of its own. <|endoftext|> and other
                     special tokens in it count as such, which is where a text ends or begins
  --plain            read them as plain text instead
  --instruction TEXT a task, put to the model as it was trained; only the answer is written
  --input TEXT       what the task is about
  --max-tokens N     new tokens at most (default 100)
  --temperature T    0 is greedy; higher is more varied (default 0.8)
  --top-k K          choose among the K most probable tokens (default: all)
  --top-p P          choose among those that together have this probability (default: all)
  --penalty R        repetition penalty, 1 for none (default 1)
  --stop TEXT        end before this text; may be given several times
  --seed N           of the random choices (default 0)
  --weights TYPE     pack the weights for writing, as float32, bfloat16 or int8: faster, with int8 in
                     a quarter of the memory and some loss (default: the model as it is)
  --stream           write the text as it is made
  --help             this text

${EXIT_CODES}`;

const OPTIONS = {
  model: { type: 'string' },
  prompt: { type: 'string' },
  plain: { type: 'boolean', default: false },
  instruction: { type: 'string' },
  input: { type: 'string' },
  'max-tokens': { type: 'string', default: '100' },
  temperature: { type: 'string', default: '0.8' },
  'top-k': { type: 'string' },
  'top-p': { type: 'string' },
  penalty: { type: 'string' },
  stop: { type: 'string', multiple: true },
  seed: { type: 'string', default: '0' },
  weights: { type: 'string' },
  stream: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const END_OF_TEXT = '<|endoftext|>';

const parse = (args: string[]) => readArguments(args, OPTIONS).values;

function checked(values: ReturnType<typeof parse>) {
  const number = (name: 'max-tokens' | 'temperature' | 'seed', range: Range) =>
    readNumber(`--${name}`, values[name]!, range);
  const optional = (name: 'top-k' | 'top-p' | 'penalty', range: Range) =>
    values[name] === undefined ? undefined : readNumber(`--${name}`, values[name]!, range);
  const { prompt, instruction, input, plain, stream, model, stop } = values;
  const sampling = {
    maxNewTokens: number('max-tokens', { ...COUNTS, min: 0 }),
    temperature: number('temperature', { min: 0 }),
    topK: optional('top-k', COUNTS),
    topP: optional('top-p', { above: 0, max: 1 }),
    repetitionPenalty: optional('penalty', { above: 0 }),
    ...(stop && { stopStrings: stop }),
    seed: number('seed', SEEDS),
  };
  if (prompt !== undefined && instruction !== undefined) {
    throw new UsageError('give --prompt or --instruction, not both');
  }
  if (prompt === undefined && instruction === undefined) {
    throw new UsageError('--prompt is missing: give the text to continue, or an --instruction');
  }
  if (instruction?.trim() === '') throw new UsageError('--instruction is empty: give a task');
  if (prompt !== undefined && input !== undefined) {
    throw new UsageError('--input belongs to an --instruction, not to a --prompt');
  }
  if (instruction !== undefined && plain) {
    throw new UsageError(
      '--plain belongs to a --prompt: an --instruction is always read as plain text',
    );
  }
  if (stop?.includes('')) throw new UsageError('--stop is empty: give the text to end before');
  const dir = model === undefined ? undefined : readPath('--model', model);
  if (dir !== undefined && !fs.existsSync(dir)) throw new DataError(`There is no folder ${dir}`);
  const weights =
    values.weights === undefined
      ? undefined
      : readChoice('--weights', values.weights, WEIGHT_TYPES);
  return { prompt, instruction, input, plain, stream, dir, weights, sampling };
}

/** The model itself, or packed for writing, and then it is freed. */
function packed(model: GPTModel, weights: WeightType | undefined): GPTModel | TextModel {
  if (!weights) return model;
  const writing = forWriting(model, { weights });
  model.dispose();
  return writing;
}

/**
 * What a text begins with: special tokens in it count as such, unless it is to be read as plain text,
 * and an empty one is the start of a text, which GPT-2 was trained to find after the end of another.
 */
function promptIds(tokenizer: BPETokenizer, prompt: string, plain = false): number[] {
  if (prompt !== '') return tokenizer.encode(prompt, { allowedSpecial: plain ? 'none' : 'all' });
  const end = tokenizer.specialTokens[END_OF_TEXT];
  if (end !== undefined) return [end];
  throw new DataError(`The tokenizer has no ${END_OF_TEXT} to begin a text with: give a --prompt`);
}

async function main(args: string[]): Promise<void> {
  const values = parse(args);
  if (values.help) return console.log(HELP);
  const {
    prompt = '',
    instruction,
    input,
    plain,
    stream,
    dir,
    weights,
    sampling,
  } = checked(values);
  await initBackend();
  let pieces: AsyncIterable<string>;
  if (instruction === undefined) {
    const { model, tokenizer } = await loadWithTokenizer(dir ?? GPT_MINI_DIR);
    const ids = promptIds(tokenizer, prompt, plain);
    pieces = generateText(packed(model, weights), tokenizer, ids, sampling);
  } else {
    const { model, tokenizer } = await loadInstructionModel(dir ?? INSTRUCTION_MODEL_DIR);
    const loaded = { model: packed(model, weights), tokenizer };
    pieces = streamAnswer(loaded, { instruction, input }, sampling);
  }
  let text = prompt;
  if (stream) process.stdout.write(text);
  for await (const piece of pieces) {
    text += piece;
    if (stream) process.stdout.write(piece);
  }
  process.stdout.write(stream ? '\n' : `${text}\n`);
}

runCommand('generate', main);
