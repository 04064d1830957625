// The models that are measured, and what a token costs at least.
import { countParameters, gptConfig, type GPTConfig } from '../../lib/model';

const model = (nLayers: number, embDim: number, nHeads: number, more: Partial<GPTConfig> = {}) =>
  gptConfig('gpt2', { nLayers, embDim, nHeads, dropRate: 0, ...more });

/** Random weights, no dropout, tied head. */
export const MODELS = {
  tiny: model(4, 128, 4, { vocabSize: 1024, contextLength: 128 }),
  small: model(4, 256, 4),
  medium: model(6, 384, 6),
  large: model(8, 512, 8),
  gpt2: model(12, 768, 12),
};

export type ModelName = keyof typeof MODELS;

/** Parameters that every token meets: all but the positions. */
const weights = (config: GPTConfig) =>
  countParameters(config) - config.contextLength * config.embDim;

/**
 * Floating-point operations of one training step, per token: 6 for each weight (2 forward, 4
 * backward) and 12 · layers · width · length for attention, which counts the masked half too.
 * A third of it is the forward pass.
 */
export function trainingFlops(config: GPTConfig, length: number): number {
  return 6 * weights(config) + 12 * config.nLayers * config.embDim * length;
}

/**
 * Bytes that a decoding step moves at least: all weights once, and for each sequence the keys and
 * values of `context` tokens read and of one written.
 *
 * @param widths bytes of a weight, and of a number in the cache: 4 for float32, 2 for bfloat16
 */
export function decodingBytes(
  config: GPTConfig,
  context: number,
  batch: number,
  widths: { weights: number; cache: number },
): number {
  const perToken = 2 * config.nLayers * config.embDim;
  return widths.weights * weights(config) + widths.cache * batch * perToken * (context + 1);
}
