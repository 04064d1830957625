/** A text that is continued token by token, with the probability of each. */
import { generate, tokenProbabilities, type TextModel } from '../decoding';
import type { GPTModel } from '../model';
import type { BPETokenizer } from '../tokenizer';
import type { Send } from './events';
import type { SamplingRequest } from './requests';

/** Tokens that the model reads between two pauses, so that the server hears others. */
const CHUNK = 32;
/** Candidates that are shown for each token. */
const CANDIDATES = 5;

/** What writes: a model, and the tokenizer of its tokens. */
interface Writing {
  model: GPTModel | TextModel;
  tokenizer: BPETokenizer;
}

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
  { model, tokenizer }: Writing,
  ids: readonly number[],
  options: SamplingRequest,
  signal: AbortSignal,
): AsyncGenerator<Step, void, undefined> {
  let probabilities: Float64Array = new Float64Array();
  const generated = generate(model, ids, {
    ...options,
    vocabSize: tokenizer.vocabSize, // the embedding may be padded: that is never chosen or shown
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
  /** How much of what is written is to be given out, as `answerRange` says; default all. */
  range?: (written: string, complete: boolean) => { end: number; over: boolean };
}

/**
 * Sends `prompt`, a `token` each time, and `done`. A token's `text` is what is certain of the text:
 * nothing while a character lacks bytes; `token` is the token itself, readable. Tokens that may lie
 * beyond the end of the range wait until it is sure that they do not.
 */
export async function generateInSteps(
  writing: Writing,
  prompt: string,
  {
    range = (written) => ({ end: written.length, over: false }),
    ...options
  }: GenerateInStepsOptions,
  send: Send,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const { model, tokenizer } = writing;
  const ids = tokenizer.encode(prompt, { allowedSpecial: 'none' });
  const dropped = Math.max(0, ids.length - model.config.contextLength);
  const { contextLength } = model.config;
  send('prompt', { text: prompt, tokens: ids.length, dropped, contextLength });
  const endOfText = tokenizer.eosId;
  const decoder = tokenizer.streamDecoder();
  const waiting: { data: { text: string }; from: number; to: number }[] = [];
  let [written, tokens] = ['', 0];
  const release = (complete: boolean): boolean => {
    const { end, over } = range(written, complete);
    // A token that crosses the end is given out as far as it is before it.
    const out = ({ from, to }: (typeof waiting)[0]) =>
      to <= end || ((complete || over) && from < end);
    for (; waiting.length && out(waiting[0]); tokens++) {
      const { data, from } = waiting.shift()!;
      send('token', { ...data, text: data.text.slice(0, end - from) });
    }
    return over;
  };
  let ended: 'length' | 'end of text' = 'length';
  for await (const { id, candidates, ...rest } of steps(writing, ids, options, signal)) {
    if (id === endOfText) {
      ended = 'end of text';
      break;
    }
    const text = decoder.push(id);
    const data = {
      id,
      text,
      token: tokenizer.tokenText(id),
      ...rest,
      candidates: candidates.map(({ id: other, probability }) => ({
        token: tokenizer.tokenText(other),
        probability,
      })),
    };
    waiting.push({ data, from: written.length, to: (written += text).length });
    if (release(false)) {
      ended = 'end of text';
      break;
    }
  }
  const known = written.length;
  written += decoder.flush();
  release(true);
  const rest = written.slice(known, range(written, true).end);
  const ms = Math.round(performance.now() - started);
  send('done', { ended, tokens, ms, rest });
}
