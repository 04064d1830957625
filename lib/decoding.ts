/**
 * Generating text: the model gives logits for the next token, one token is chosen and appended to
 * the text, and so on. Built in notebook 4; temperature and top-k in notebook 5.
 */
import { interruptible, randomUniform, tf } from './backend';
import { checkPositive, checkWhole } from './core/checks';
import { NextLogits, type TextModel } from './decoding/next-logits';
import { checkSampling, sampleToken, type SamplingOptions } from './decoding/sampling';
import { checkVocabulary, type GPTModel } from './model';
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
   * Number of tokens of the tokenizer: larger ids are never chosen, and their logits are ignored.
   * It is smaller than the model's if the embedding is padded, for example to 50304 rows. Default:
   * the model's.
   */
  vocabSize?: number;
  /** Stop at this token, or at the first of these, which is not returned. */
  stop?: number | readonly number[];
  /** Seed for the random choices, if `temperature` is above 0; default 0. */
  seed?: number;
  /** Whether to keep keys and values of earlier tokens. It changes the speed only; default true. */
  cache?: boolean;
  /**
   * Number of tokens of the prompt that are read at once (chunked prefill), with a pause after each
   * chunk in which other work may run; default Infinity, for all. It has no effect without a cache.
   */
  prefillChunk?: number;
  /**
   * Receives the logits of each step before the choice: an array of `vocabSize` for each prompt.
   */
  onLogits?(logits: readonly Float32Array[]): void;
  /** Stops the generation within one token: the iteration throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Continues a sequence of tokens.
 *
 * The model sees the last `contextLength` tokens at most. Once the text is longer, the oldest token
 * leaves the window at each step, all others move to another position, and the whole window has to
 * be computed again.
 *
 * Yields to the event loop before each token, and throws within one token of SIGINT.
 *
 * @param ids the prompt, at least one token
 * @returns the new tokens, one at a time
 * @throws Error if the prompt is empty, or if the logits are NaN or infinite because the model's
 *   weights are; RangeError if an option is out of range
 */
export async function* generate(
  model: GPTModel | TextModel,
  ids: readonly number[],
  options: GenerateOptions,
): AsyncGenerator<number, void, undefined> {
  for await (const [id] of generateBatch(model, [ids], options)) yield id as number;
}

/**
 * Like {@link generate}, for several prompts at once, which may differ in length. A `GPTModel` pads
 * the shorter ones on the left, and no token attends to the padding.
 *
 * @returns at each step, one token for each prompt, or null if that text has ended
 * @throws Error like {@link generate}
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
  checkWhole({ maxNewTokens }, { from: 0 });
  checkPositive({ prefillChunk }, { orInfinity: true });
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
        : new Float32Array(prompts.length); // greedy decoding draws nothing
      const next = sequences.map((sequence, row) => {
        const id = sampleToken(logits[row], options, sequence, random[row]);
        sequence.push(id); // even after its end, so that all rows keep the same length
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

export interface GenerateTextOptions extends Omit<GenerateOptions, 'vocabSize'> {
  /** Stop at the first of these strings, which is not returned. */
  stopStrings?: readonly string[];
}

/**
 * Continues a text, a piece at a time. Pieces hold whole characters only, although a token may hold
 * part of one.
 *
 * @param prompt a text, or its token ids, which may include special tokens
 * @param options `stop` defaults to the tokenizer's end-of-text token, if it has one
 * @returns the new text in pieces
 * @throws Error like {@link generate}, or if the text holds special tokens or the tokenizer has
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
  let pending = ''; // text that may be the beginning of a stop string
  for await (const id of generate(model, ids, { ...options, stop, vocabSize })) {
    pending += decoder.push(id);
    const end = indexOfFirst(pending, stopStrings);
    if (end >= 0) {
      if (end > 0) yield pending.slice(0, end);
      return;
    }
    const begun = Math.max(0, ...stopStrings.map((text) => overlap(pending, text)));
    const safeLength = pending.length - begun;
    if (safeLength > 0) yield pending.slice(0, safeLength);
    pending = pending.slice(safeLength);
  }
  pending += decoder.flush();
  if (pending) yield pending;
}

/** Index in the text of whichever string occurs first in it; -1 if none does. */
function indexOfFirst(text: string, strings: readonly string[]): number {
  const indices = strings.filter(Boolean).map((string) => text.indexOf(string));
  const found = indices.filter((index) => index >= 0);
  return found.length ? Math.min(...found) : -1;
}

/** Length of the longest end of `text` with which `next` begins, shorter than `next`. */
function overlap(text: string, next: string): number {
  for (let length = Math.min(text.length, next.length - 1); length > 0; length--) {
    if (text.endsWith(next.slice(0, length))) return length;
  }
  return 0;
}
