/** Continuing a text token by token, with the probability of each. */
import { generate, tokenProbabilities, type TextModel } from '../decoding';
import type { GPTModel } from '../model';
import type { BPETokenizer } from '../tokenizer';
import type { Send } from './events';
import type { SamplingRequest } from './requests';

/** Tokens of the prompt between two pauses in which the server handles other requests. */
const PREFILL_CHUNK = 32;
/** Number of candidates shown for each token. */
const CANDIDATES = 5;

/** A language model with its tokenizer. */
interface Writer {
  model: GPTModel | TextModel;
  tokenizer: BPETokenizer;
}

/** A chosen token, and the model's probabilities before temperature, top-k and top-p. */
export interface Step {
  id: number;
  probability: number;
  /** 1 for the most probable token. */
  rank: number;
  /** The most probable tokens, in decreasing order. */
  candidates: { id: number; probability: number }[];
}

/**
 * Continues a sequence of tokens, with the model's probabilities at each step.
 *
 * @throws the signal's reason, within one token or chunk after its abort
 */
export async function* steps(
  { model, tokenizer }: Writer,
  ids: readonly number[],
  options: SamplingRequest,
  signal: AbortSignal,
): AsyncGenerator<Step, void, undefined> {
  let probabilities: Float64Array = new Float64Array();
  const generated = generate(model, ids, {
    ...options,
    vocabSize: tokenizer.vocabSize, // an embedding may be padded, and padding is never chosen
    prefillChunk: PREFILL_CHUNK,
    signal,
    onLogits: ([logits]) => (probabilities = tokenProbabilities(logits, { temperature: 1 })),
  });
  for await (const id of generated) yield stepOf(id, probabilities);
}

function stepOf(id: number, probabilities: Float64Array): Step {
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

interface GenerateInStepsOptions extends SamplingRequest {
  /** The part of the generated text to send, in the form of `answerRange`; default: all of it. */
  range?: (written: string, complete: boolean) => { end: number; over: boolean };
}

/**
 * Continues a prompt and sends the events `prompt`, `token` for each token, and `done`. The `text`
 * of a token is the text that it completes, which is empty while a character lacks bytes; `token`
 * is the token itself in readable form. Tokens that may lie beyond the end of the range are sent
 * once it is certain that they do not.
 *
 * @throws the signal's reason, within one token or chunk after its abort
 */
export async function generateInSteps(
  writer: Writer,
  prompt: string,
  {
    range = (written) => ({ end: written.length, over: false }),
    ...options
  }: GenerateInStepsOptions,
  send: Send,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const { model, tokenizer } = writer;
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
    // The part of a token before the end is sent once the end is certain.
    const isDue = ({ from, to }: (typeof waiting)[0]) =>
      to <= end || ((complete || over) && from < end);
    for (; waiting.length && isDue(waiting[0]); tokens++) {
      const { data, from } = waiting.shift()!;
      send('token', { ...data, text: data.text.slice(0, end - from) });
    }
    return over;
  };
  let ended: 'length' | 'end of text' = 'length';
  for await (const { id, candidates, ...rest } of steps(writer, ids, options, signal)) {
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
  const decoded = written.length;
  written += decoder.flush();
  release(true);
  const rest = written.slice(decoded, range(written, true).end);
  const ms = Math.round(performance.now() - started);
  send('done', { ended, tokens, ms, rest });
}
