// `npm run generate`: continues a text with a model, see HELP.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { initBackend } from '../lib/backend';
import { DataError } from '../lib/data';
import { generateText } from '../lib/decoding';
import { INSTRUCTION_MODEL_DIR, loadInstructionModel, streamAnswer } from '../lib/instruction';
import { loadWithTokenizer } from '../lib/weights';

const HELP = `Usage: npm run generate -- --prompt TEXT [options]
       npm run generate -- --instruction TEXT [--input TEXT] [options]

Continues a text, or answers an instruction, with a model in Hugging Face's or OpenAI's layout.

  --model DIR        the model, with its tokenizer (default data/gpt-mini; for instructions the
                     one that chapter 7 saves)
  --prompt TEXT      what to continue
  --instruction TEXT a task, put to the model as it was trained; only the answer is written
  --input TEXT       what the task is about
  --max-tokens N     new tokens at most (default 100)
  --temperature T    0 is greedy; higher is more varied (default 0.8)
  --top-k K          choose among the K most probable tokens (default: all)
  --top-p P          choose among those that together have this probability (default: all)
  --penalty R        repetition penalty, 1 for none (default 1)
  --stop TEXT        end before this text; may be given several times
  --seed N           of the random choices (default 0)
  --stream           write the text as it is made
  --help             this text

Exit code: 0 done, 1 it could not be done, 2 wrong usage, 130 interrupted`;

const OPTIONS = {
  model: { type: 'string' },
  prompt: { type: 'string' },
  instruction: { type: 'string' },
  input: { type: 'string' },
  'max-tokens': { type: 'string', default: '100' },
  temperature: { type: 'string', default: '0.8' },
  'top-k': { type: 'string' },
  'top-p': { type: 'string' },
  penalty: { type: 'string' },
  stop: { type: 'string', multiple: true },
  seed: { type: 'string', default: '0' },
  stream: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

class UsageError extends Error {}

function readArguments(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const optional = (text?: string) => (text === undefined ? undefined : Number(text));

async function main(args: string[]): Promise<void> {
  const values = readArguments(args);
  if (values.help) return console.log(HELP);
  const { prompt = '', instruction, input } = values;
  if (prompt && instruction) throw new UsageError('give --prompt or --instruction, not both');
  if (!prompt && !instruction) {
    throw new UsageError('--prompt is missing: give the text to continue, or an --instruction');
  }
  const dir = values.model ?? (instruction ? INSTRUCTION_MODEL_DIR : path.join('data', 'gpt-mini'));
  await initBackend();
  const loaded = instruction ? await loadInstructionModel(dir) : await loadWithTokenizer(dir);
  const options = {
    maxNewTokens: Number(values['max-tokens']),
    temperature: Number(values.temperature),
    topK: optional(values['top-k']),
    topP: optional(values['top-p']),
    repetitionPenalty: optional(values.penalty),
    ...(values.stop && { stopStrings: values.stop }),
    seed: Number(values.seed),
  };
  const pieces = instruction
    ? streamAnswer(loaded, { instruction, input }, options)
    : generateText(loaded.model, loaded.tokenizer, prompt, options);
  let text = prompt;
  if (values.stream) process.stdout.write(text);
  for await (const piece of pieces) {
    text += piece;
    if (values.stream) process.stdout.write(piece);
  }
  process.stdout.write(values.stream ? '\n' : `${text}\n`);
}

process.stdout.on('error', () => process.exit()); // such as `generate | head -1`
main(process.argv.slice(2)).catch((error: Error) => {
  if (error instanceof UsageError) console.error(`${error.message}; see --help`);
  else console.error(error instanceof DataError ? error.message : `generate: ${error.message}`);
  process.exitCode = error instanceof UsageError ? 2 : error.name === 'AbortError' ? 130 : 1;
});
