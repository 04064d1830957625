/** A text that is continued token by token, with the probability of each. */
import { generate, tokenProbabilities } from '../decoding';
import type { GPTModel } from '../model';
import type { BPETokenizer } from '../tokenizer';
import type { Send } from './events';
import type { SamplingRequest } from './requests';

/** Tokens that the model reads between two pauses, so that the server hears others. */
const CHUNK = 32;
/** Candidates that are shown for each token. */
const CANDIDATES = 5;

/** One step: the token, and what the model thought before temperature, top-k and top-p. */
export interface Step {
  id: number;
  probability: number;
  /** 1 for the most probable token. */
  rank: number;
  /** The most probable tokens, falling. */
  candidates: { id: number; probability: number }[];
}

/**
 * Continues a sequence of tokens and says what the model thought.
 *
 * @throws the signal's reason within one token or chunk of its abort
 */
export async function* steps(
  model: GPTModel,
  ids: readonly number[],
  options: SamplingRequest,
  signal: AbortSignal,
): AsyncGenerator<Step, void, undefined> {
  let probabilities = new Float64Array();
  const generated = generate(model, ids, {
    ...options,
    topK: options.topK && Math.min(options.topK, model.config.vocabSize),
    prefillChunk: CHUNK,
    signal,
    onLogits: ([logits]) => (probabilities = tokenProbabilities(logits, { temperature: 1 })),
  });
  for await (const id of generated) yield describe(id, probabilities);
}

function describe(id: number, probabilities: Float64Array): Step {
  const best: number[] = [];
  let rank = 1;
  probabilities.forEach((probability, other) => {
    if (probability > probabilities[id]) rank++;
    const last = best[CANDIDATES - 1];
    if (last !== undefined && probability <= probabilities[last]) return;
    const at = best.findIndex((each) => probability > probabilities[each]);
    best.splice(at < 0 ? best.length : at, 0, other);
    best.length = Math.min(best.length, CANDIDATES);
  });
  const candidates = best.map((each) => ({ id: each, probability: probabilities[each] }));
  return { id, probability: probabilities[id], rank, candidates };
}

export interface GenerateInStepsOptions extends SamplingRequest {
  /** End before the first of these strings, which is not given out. */
  stopStrings?: readonly string[];
}

/**
 * Sends `prompt`, a `token` each time, and `done`. A token's `text` is what is certain of the text:
 * nothing while a character lacks bytes; `token` is the token itself, readable. Tokens that may
 * begin a stop string wait until it is sure that they do not.
 */
export async function generateInSteps(
  { model, tokenizer }: { model: GPTModel; tokenizer: BPETokenizer },
  prompt: string,
  { stopStrings = [], ...options }: GenerateInStepsOptions,
  send: Send,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const ids = tokenizer.encode(prompt, { allowedSpecial: 'none' });
  const dropped = Math.max(0, ids.length - model.config.contextLength);
  const { contextLength } = model.config;
  send('prompt', { text: prompt, tokens: ids.length, dropped, contextLength });
  const endOfText = tokenizer.eosId;
  const decoder = tokenizer.streamDecoder();
  const held: { data: object; end: number }[] = [];
  let text = '';
  let tokens = 0;
  const release = (sure: number) => {
    for (; held.length && held[0].end <= sure; tokens++) send('token', held.shift()!.data);
  };
  let ended: 'length' | 'end of text' = 'length';
  for await (const { id, candidates, ...rest } of steps(model, ids, options, signal)) {
    if (id === endOfText) {
      ended = 'end of text';
      break;
    }
    const piece = decoder.push(id);
    text += piece;
    const data = {
      ...{ id, text: piece, token: tokenizer.tokenText(id), ...rest },
      candidates: candidates.map(({ id: other, probability }) => ({
        ...{ token: tokenizer.tokenText(other), probability },
      })),
    };
    held.push({ data, end: text.length });
    const stop = stopStrings.map((each) => text.indexOf(each)).filter((at) => at >= 0);
    if (stop.length) {
      release(Math.min(...stop));
      held.length = 0;
      ended = 'end of text';
      break;
    }
    release(text.length - Math.max(0, ...stopStrings.map((each) => begun(text, each))));
  }
  release(text.length);
  const ms = Math.round(performance.now() - started);
  send('done', { ended, tokens, ms, rest: decoder.flush() });
}

/** How many characters at the end of a text may begin a string. */
function begun(text: string, next: string): number {
  let length = Math.min(text.length, next.length - 1);
  while (length > 0 && !text.endsWith(next.slice(0, length))) length--;
  return length;
}
