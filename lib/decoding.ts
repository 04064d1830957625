/**
 * Generating text: the model's logits for the next token become a choice, the choice is added to
 * the text, and so on. Built in notebook 4; temperature and top-k in notebook 5.
 */
import { interruptible, randomUniform, tf } from './backend';
import { NextLogits, type TextModel } from './decoding/next-logits';
import { checkSampling, sampleToken, type SamplingOptions } from './decoding/sampling';
import type { GPTModel } from './model';
import type { BPETokenizer } from './tokenizer';

export {
  NextLogits,
  type LogitsSource,
  type NextLogitsOptions,
  type TextModel,
} from './decoding/next-logits';
export { sampleToken, tokenProbabilities, type SamplingOptions } from './decoding/sampling';

export interface GenerateOptions extends SamplingOptions {
  /** Stop after this many tokens. */
  maxNewTokens: number;
  /**
   * How many tokens the tokenizer has: no id from here on is ever chosen, and its logit counts
   * nowhere. Smaller than the model's where its embedding is padded, as to 50304 rows; default the
   * model's.
   */
  vocabSize?: number;
  /** End after this token, or one of these; it is not given out. */
  stop?: number | readonly number[];
  /** Seed for the random choices, where `temperature` is not 0; default 0. */
  seed?: number;
  /** Remember keys and values of earlier tokens; default true. The tokens are the same without. */
  cache?: boolean;
  /**
   * How many tokens of the prompt are read at once (chunked prefill), with a pause after each
   * chunk in which other work may run; default all. Has no effect without a cache.
   */
  prefillChunk?: number;
  /** Sees each step's logits before the choice, (vocabSize) of the option for each prompt. */
  onLogits?(logits: readonly Float32Array[]): void;
  /** Ends the generation within one token: the iteration throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Continues a sequence of tokens.
 *
 * The model sees at most its last `contextLength` tokens. Once the text is longer, the oldest
 * token leaves the window at each step, every other one moves to another position, and the
 * whole window is computed anew.
 *
 * Yields to the event loop before each token, and throws within one token of SIGINT.
 *
 * @param ids the prompt, at least one token
 * @returns the new tokens, one at a time
 * @throws Error when the prompt is empty or an option impossible, or when the logits are NaN or
 *   infinite because the model's weights are spoiled
 */
export async function* generate(
  model: GPTModel | TextModel,
  ids: readonly number[],
  options: GenerateOptions,
): AsyncGenerator<number, void, undefined> {
  for await (const [id] of generateBatch(model, [ids], options)) yield id as number;
}

/**
 * As {@link generate}, for several prompts at once, which may differ in length: shorter ones are
 * padded on the left, and no token looks at the padding.
 *
 * @returns at each step one token for each prompt, null for those that have ended
 */
export async function* generateBatch(
  model: GPTModel | TextModel,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): AsyncGenerator<(number | null)[], void, undefined> {
  const { maxNewTokens, stop = [], seed = 0, cache: useCache = true, signal } = options;
  const { prefillChunk = Infinity, vocabSize = model.config.vocabSize } = options;
  checkSampling(options);
  checkVocabulary(model, vocabSize);
  if (!prompts.length || !prompts.every((ids) => ids.length)) {
    throw new Error('The prompt is empty; give at least one token');
  }
  if (!Number.isInteger(maxNewTokens) || maxNewTokens < 0) {
    throw new Error(`maxNewTokens must be a whole number from 0, got ${maxNewTokens}`);
  }
  if (!(prefillChunk === Infinity || (Number.isInteger(prefillChunk) && prefillChunk > 0))) {
    throw new Error(`prefillChunk must be a whole number from 1, got ${prefillChunk}`);
  }
  const stops = new Set(typeof stop === 'number' ? [stop] : stop);
  const sequences = prompts.map((ids) => [...ids]);
  const ended = prompts.map(() => false);
  const reading = { maxNewTokens, useCache, prefillChunk };
  const logitsOf =
    'nextLogits' in model
      ? model.nextLogits(sequences, reading)
      : new NextLogits(model, sequences, reading);
  const loop = interruptible(signal);
  try {
    for (let step = 0; step < maxNewTokens; step++) {
      const rows = await logitsOf.next(loop.pause);
      const logits = rows.map((row) => row.subarray(0, vocabSize));
      options.onLogits?.(logits);
      const random = options.temperature
        ? tf.tidy(() => randomUniform([prompts.length], [seed, step]).dataSync())
        : new Float32Array(prompts.length); // greedy, which draws nothing
      const next = sequences.map((sequence, row) => {
        const id = sampleToken(logits[row], options, sequence, random[row]);
        sequence.push(id); // an ended row grows unseen, so that all rows stay aligned
        ended[row] ||= stops.has(id);
        return ended[row] ? null : id;
      });
      if (ended.every(Boolean)) return;
      yield next;
    }
  } finally {
    logitsOf.dispose();
    loop.end();
  }
}

/**
 * @param vocabSize of the tokenizer
 * @throws Error when it has tokens that the model does not know
 */
export function checkVocabulary({ config }: GPTModel | TextModel, vocabSize: number): void {
  if (!Number.isInteger(vocabSize) || vocabSize < 1) {
    throw new Error(`vocabSize must be a positive whole number, got ${vocabSize}`);
  }
  if (vocabSize <= config.vocabSize) return;
  throw new Error(
    `The tokenizer has ${vocabSize} tokens, and the model knows ${config.vocabSize}: ` +
      'they do not belong together',
  );
}

export interface GenerateTextOptions extends Omit<GenerateOptions, 'vocabSize'> {
  /** End before the first of these strings, which is not given out. */
  stopStrings?: readonly string[];
}

/**
 * Continues a text, a piece at a time. Pieces hold whole characters, though a token may hold
 * part of one.
 *
 * @param prompt a text, or its tokens where it holds special tokens
 * @param options `stop` is the tokenizer's end of a text by default, where it has one
 * @returns the new text in pieces; joined they are the text
 * @throws Error as {@link generate}, when the text holds special tokens, and when the tokenizer has
 *   more tokens than the model
 */
export async function* generateText(
  model: GPTModel | TextModel,
  tokenizer: BPETokenizer,
  prompt: string | readonly number[],
  { stopStrings = [], ...options }: GenerateTextOptions,
): AsyncGenerator<string, void, undefined> {
  const ids = typeof prompt === 'string' ? tokenizer.encode(prompt) : prompt;
  const stop = options.stop ?? tokenizer.eosId ?? [];
  const { vocabSize } = tokenizer;
  checkVocabulary(model, vocabSize);
  const decoder = tokenizer.streamDecoder();
  let waiting = ''; // may be the beginning of a stop string
  for await (const id of generate(model, ids, { ...options, stop, vocabSize })) {
    waiting += decoder.push(id);
    const end = firstOf(waiting, stopStrings);
    if (end >= 0) {
      if (end > 0) yield waiting.slice(0, end);
      return;
    }
    const begun = Math.max(0, ...stopStrings.map((text) => overlap(waiting, text)));
    const safe = waiting.length - begun;
    if (safe > 0) yield waiting.slice(0, safe);
    waiting = waiting.slice(safe);
  }
  waiting += decoder.flush();
  if (waiting) yield waiting;
}

/** Where the first of the strings begins in the text; -1 where there is none. */
function firstOf(text: string, strings: readonly string[]): number {
  const found = strings.filter(Boolean).map((each) => text.indexOf(each));
  return found.reduce((first, at) => (at >= 0 && (first < 0 || at < first) ? at : first), -1);
}

/** Length of the longest end of `text` that is a beginning of `next`. */
function overlap(text: string, next: string): number {
  for (let length = Math.min(text.length, next.length - 1); length > 0; length--) {
    if (text.endsWith(next.slice(0, length))) return length;
  }
  return 0;
}
