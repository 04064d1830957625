/** The configuration of a GPT, and those of the published models. */
import { checkNumber, checkPositive } from '../core/checks';

export interface GPTConfig {
  /** Number of different tokens. */
  vocabSize: number;
  /** Longest sequence, in tokens: each position in it has a trained vector. */
  contextLength: number;
  /** Numbers that represent a token inside the model. */
  embDim: number;
  /** Attention heads in a block; must divide embDim. */
  nHeads: number;
  /** Transformer blocks, one after the other. */
  nLayers: number;
  /** Share of values dropped in training, from 0 to below 1. */
  dropRate: number;
  /** Whether queries, keys and values have biases. */
  qkvBias: boolean;
  /** Whether the output head is the token embedding itself, not a matrix of its own. */
  tiedHead: boolean;
}

/** Dropout rates by Hugging Face's names: for embeddings, attention weights and everything else. */
export interface DropRates {
  embd_pdrop: number;
  attn_pdrop: number;
  resid_pdrop: number;
}

const GPT2: GPTConfig = {
  vocabSize: 50257,
  contextLength: 1024,
  embDim: 768,
  nHeads: 12,
  nLayers: 12,
  dropRate: 0.1,
  qkvBias: true,
  tiedHead: true,
};

/** GPT-2 as OpenAI published it in 2019, with 124, 355, 774 and 1558 million parameters. */
export const GPT2_CONFIGS = {
  gpt2: GPT2,
  'gpt2-medium': { ...GPT2, embDim: 1024, nHeads: 16, nLayers: 24 },
  'gpt2-large': { ...GPT2, embDim: 1280, nHeads: 20, nLayers: 36 },
  'gpt2-xl': { ...GPT2, embDim: 1600, nHeads: 25, nLayers: 48 },
} satisfies Record<string, GPTConfig>;

export type GPT2Name = keyof typeof GPT2_CONFIGS | 'gpt2-small';

/**
 * Completes and checks a configuration.
 *
 * @param base name of a published model, or values that replace those of `gpt2`
 * @param changes values that replace those of `base`
 * @throws Error if a name or a key is unknown, or a value has the wrong type or does not fit;
 *   RangeError if a number is out of range
 */
export function gptConfig(
  base: GPT2Name | Partial<GPTConfig> = 'gpt2',
  changes: Partial<GPTConfig> = {},
): GPTConfig {
  const original = typeof base === 'string' ? publishedConfig(base) : { ...GPT2, ...base };
  const config = { ...original, ...changes };
  for (const [key, value] of Object.entries(config)) {
    if (!(key in GPT2)) {
      throw new Error(
        `Unknown key "${key}" in a GPTConfig; keys are ${Object.keys(GPT2).join(', ')}`,
      );
    }
    const expected = typeof GPT2[key as keyof GPTConfig];
    if (typeof value !== expected) throw new Error(`${key} must be a ${expected}, got ${value}`);
  }
  const { vocabSize, contextLength, embDim, nHeads, nLayers, dropRate } = config;
  checkPositive({ vocabSize, contextLength, embDim, nHeads, nLayers });
  checkNumber({ dropRate }, { from: 0, below: 1 });
  if (embDim % nHeads) throw new Error(`nHeads (${nHeads}) must divide embDim (${embDim})`);
  return config;
}

function publishedConfig(name: string): GPTConfig {
  const known = { ...GPT2_CONFIGS, 'gpt2-small': GPT2 };
  if (!Object.hasOwn(known, name)) {
    throw new Error(`No GPT-2 is called "${name}"; names are ${Object.keys(known).join(', ')}`);
  }
  return known[name as GPT2Name];
}

/**
 * The shapes of a model's parameters by GPT-2's names, in order, without building the model.
 * Linear weights are (in, out), as OpenAI stored them; the token embedding and `lm_head` are
 * (vocabSize, embDim).
 */
export function parameterShapes(config: GPTConfig): Record<string, number[]> {
  const { vocabSize, contextLength, embDim: C, nLayers, qkvBias, tiedHead } = config;
  const shapes: Record<string, number[]> = {
    'wte.weight': [vocabSize, C],
    'wpe.weight': [contextLength, C],
  };
  const layer = (name: string, weight: number[], bias = true) => {
    shapes[`${name}.weight`] = weight;
    if (bias) shapes[`${name}.bias`] = weight.slice(-1);
  };
  for (let i = 0; i < nLayers; i++) {
    layer(`h.${i}.ln_1`, [C]);
    layer(`h.${i}.attn.c_attn`, [C, 3 * C], qkvBias);
    layer(`h.${i}.attn.c_proj`, [C, C]);
    layer(`h.${i}.ln_2`, [C]);
    layer(`h.${i}.mlp.c_fc`, [C, 4 * C]);
    layer(`h.${i}.mlp.c_proj`, [4 * C, C]);
  }
  layer('ln_f', [C]);
  if (!tiedHead) shapes['lm_head.weight'] = [vocabSize, C];
  return shapes;
}

/** Number of parameters of a model with this configuration, without building it. */
export function countParameters(config: GPT2Name | Partial<GPTConfig>): number {
  return Object.values(parameterShapes(gptConfig(config))).reduce(
    (sum, shape) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );
}
