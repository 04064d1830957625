/** The numbers that describe a GPT, and those of the published ones. */

export interface GPTConfig {
  /** Different tokens. */
  vocabSize: number;
  /** Longest sequence, in tokens: there is one trained position vector for each place in it. */
  contextLength: number;
  /** Numbers that stand for a token inside the model. */
  embDim: number;
  /** Attention heads in a block; must divide embDim. */
  nHeads: number;
  /** Transformer blocks, one after the other. */
  nLayers: number;
  /** Share of values dropped while training. */
  dropRate: number;
  /** Biases for queries, keys and values. */
  qkvBias: boolean;
  /** The output head is the token embedding itself, instead of a matrix of its own. */
  tiedHead: boolean;
}

/** Rates of dropout by Hugging Face's names: of the embeddings, the attention weights, the rest. */
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
 * A complete, checked configuration.
 *
 * @param base a published model's name, or values that replace those of `gpt2`
 * @param changes replace values of `base`
 * @throws Error when a name, a key or a value is unknown or impossible
 */
export function gptConfig(
  base: GPT2Name | Partial<GPTConfig> = 'gpt2',
  changes: Partial<GPTConfig> = {},
): GPTConfig {
  const start = typeof base === 'string' ? published(base) : { ...GPT2, ...base };
  const config = { ...start, ...changes };
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
  const sizes = { vocabSize, contextLength, embDim, nHeads, nLayers };
  for (const [key, value] of Object.entries(sizes)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new Error(`${key} must be a positive integer, got ${value}`);
    }
  }
  if (embDim % nHeads) throw new Error(`nHeads (${nHeads}) must divide embDim (${embDim})`);
  if (!(dropRate >= 0 && dropRate < 1)) {
    throw new Error(`dropRate must lie in [0, 1), got ${dropRate}`);
  }
  return config;
}

function published(name: string): GPTConfig {
  const known = { ...GPT2_CONFIGS, 'gpt2-small': GPT2 };
  if (!Object.hasOwn(known, name)) {
    throw new Error(`No GPT-2 is called "${name}"; names are ${Object.keys(known).join(', ')}`);
  }
  return known[name as GPT2Name];
}

/**
 * Parameters by GPT-2's names with their shapes, in order, without making any.
 * Linear weights are (in, out), as OpenAI stored them; embeddings and `lm_head` (vocabSize, embDim).
 */
export function parameterShapes(config: GPTConfig): Record<string, number[]> {
  const { vocabSize, contextLength, embDim: C, nLayers, qkvBias, tiedHead } = config;
  const shapes: Record<string, number[]> = {
    'wte.weight': [vocabSize, C],
    'wpe.weight': [contextLength, C],
  };
  const pair = (name: string, weight: number[], bias = true) => {
    shapes[`${name}.weight`] = weight;
    if (bias) shapes[`${name}.bias`] = weight.slice(-1);
  };
  for (let i = 0; i < nLayers; i++) {
    pair(`h.${i}.ln_1`, [C]);
    pair(`h.${i}.attn.c_attn`, [C, 3 * C], qkvBias);
    pair(`h.${i}.attn.c_proj`, [C, C]);
    pair(`h.${i}.ln_2`, [C]);
    pair(`h.${i}.mlp.c_fc`, [C, 4 * C]);
    pair(`h.${i}.mlp.c_proj`, [4 * C, C]);
  }
  pair('ln_f', [C]);
  if (!tiedHead) shapes['lm_head.weight'] = [vocabSize, C];
  return shapes;
}

/** Number of parameters of a model with this configuration, which is not built for it. */
export function countParameters(config: GPT2Name | Partial<GPTConfig>): number {
  return Object.values(parameterShapes(gptConfig(config))).reduce(
    (sum, shape) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );
}
