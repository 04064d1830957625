/**
 * Generating text: the model's logits for the next token become a choice, the choice is added to
 * the text, and so on.
 */
import { interruptible, tf } from './backend';
import { KVCache } from './attention';
import type { GPTModel } from './model';

export interface GenerateOptions {
  /** Stop after this many tokens. */
  maxNewTokens: number;
  /** End after this token, or one of these; it is not given out. */
  stop?: number | readonly number[];
  /** Remember keys and values of earlier tokens; default true. The tokens are the same without. */
  cache?: boolean;
  /** Ends the generation within one token: the iteration throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Continues a sequence of tokens, greedily: always the most probable token.
 *
 * The model sees at most its last `contextLength` tokens. Once the text is longer, the oldest
 * token leaves the window at each step, every other one moves to another position, and the
 * whole window is computed anew.
 *
 * Gives way to the event loop before each token, and throws within one token of SIGINT.
 *
 * @param ids the prompt, at least one token
 * @returns the new tokens, one at a time
 * @throws Error when the prompt is empty or an option impossible
 */
export async function* generate(
  model: GPTModel,
  ids: readonly number[],
  options: GenerateOptions,
): AsyncGenerator<number, void, undefined> {
  const { maxNewTokens, stop = [], cache: useCache = true, signal } = options;
  if (!ids.length) throw new Error('The prompt is empty; give at least one token');
  if (!Number.isInteger(maxNewTokens) || maxNewTokens < 0) {
    throw new Error(`maxNewTokens must be a whole number, got ${maxNewTokens}`);
  }
  const { contextLength, nLayers } = model.config;
  const stops = new Set(typeof stop === 'number' ? [stop] : stop);
  const sequence = [...ids];
  const cache = useCache ? new KVCache(nLayers) : undefined;
  const loop = interruptible(signal);
  try {
    for (let i = 0; i < maxNewTokens; i++) {
      await loop.pause();
      const fits = sequence.length <= contextLength;
      // Of the tokens in the window, those the cache does not hold yet.
      const fresh = sequence.slice(cache && fits ? cache.length : -contextLength);
      const next = tf.tidy(() => {
        const logits = model.forward([fresh], { lastOnly: true, cache: fits ? cache : undefined });
        return logits.argMax(-1).dataSync()[0];
      });
      if (stops.has(next)) return;
      sequence.push(next);
      yield next;
    }
  } finally {
    cache?.dispose();
    loop.end();
  }
}
