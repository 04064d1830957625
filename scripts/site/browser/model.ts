// The library's model and decoding on tfjs's WebAssembly engine, as one script: `gptModel`.

import wasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';
import { KVCache } from '../../../lib/attention';
import { initBackend, randomUniform, tf } from '../../../lib/backend/browser';
import { sampleToken, tokenProbabilities, type SamplingOptions } from '../../../lib/decoding';
import { GPTModel } from '../../../lib/model';
import { unpackWeights, type PackedModel } from './weights';

export { generate, type SamplingOptions } from '../../../lib/decoding';

export interface Started {
  model: GPTModel;
  /** What computes. */
  description: string;
}

/** The model with its weights, on an engine that has run once. */
export async function startModel(packed: PackedModel): Promise<Started> {
  const { description } = await initBackend(wasm);
  const model = new GPTModel(packed.config, { init: 'zeros' });
  const variables = model.parameters();
  for (const { name, shape, values } of unpackWeights(packed)) {
    tf.tidy(() => variables[name].assign(tf.tensor(values, [...shape])));
  }
  return { model, description };
}

/** The logits after each token, (tokens, vocabSize). */
export function logitsOf(model: GPTModel, ids: readonly number[]): number[][] {
  return tf.tidy(() => (model.forward([[...ids]]).arraySync() as number[][][])[0]);
}

/** How much each token looks at which: [layer][head][token][token seen]. */
export function attentionOf(model: GPTModel, ids: readonly number[]): number[][][][] {
  return tf.tidy(() =>
    model.trace([[...ids]]).attention.map((layer) => (layer.arraySync() as number[][][][])[0]),
  );
}

/** A token that may come next. */
export interface Candidate {
  id: number;
  /** As the model has it. */
  probability: number;
  /** After temperature, top-k and top-p: 0 where these leave it out. */
  chance: number;
}

/** A choice among the tokens that may come next. */
export interface Choice {
  /** The likeliest first. */
  candidates: Candidate[];
  /** The token that the options and the seed draw. */
  drawn: number;
}

const SHOWN = 10;

/**
 * Generating one token at a time, so that a reader can look at each choice and make it himself.
 * Left alone it draws what `generate` draws.
 */
export class Stepper {
  private cache: KVCache;

  constructor(private readonly model: GPTModel) {
    this.cache = new KVCache(model.config.nLayers);
  }

  /** What may follow the tokens. Remembers them; those of the last call must be their beginning. */
  choose(
    ids: readonly number[],
    { seed, step, ...sampling }: SamplingOptions & { seed: number; step: number },
  ): Choice {
    const { contextLength } = this.model.config;
    const fits = ids.length <= contextLength;
    if (!fits || this.cache.length >= ids.length) this.forget();
    const window = fits ? ids.slice(this.cache.length) : ids.slice(-contextLength);
    const logits = tf.tidy(() =>
      this.model
        .forward([window], { lastOnly: true, cache: fits ? this.cache : undefined })
        .dataSync(),
    ) as Float32Array;
    const random = tf.tidy(() => randomUniform([1], [seed, step]).dataSync()[0]);
    const probabilities = tokenProbabilities(logits, { temperature: 1 });
    const chances = tokenProbabilities(logits, sampling, ids);
    const candidates = [...probabilities.keys()]
      .sort((a, b) => probabilities[b] - probabilities[a])
      .slice(0, SHOWN)
      .map((id) => ({ id, probability: probabilities[id], chance: chances[id] }));
    const drawn = sampleToken(logits, sampling, ids, random);
    if (!candidates.some(({ id }) => id === drawn)) {
      const chance = chances[drawn];
      candidates.push({ id: drawn, probability: probabilities[drawn], chance });
    }
    return { candidates, drawn };
  }

  /** Starts with another text. */
  forget(): void {
    this.cache.dispose();
  }
}
