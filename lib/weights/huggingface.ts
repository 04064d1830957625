/** Hugging Face's layout: `config.json` and `model.safetensors`, in one file or in shards. */
import path from 'node:path';
import { type tf } from '../backend';
import { writeFilesAtomic, type Files } from '../core/atomic-write';
import { DataError } from '../core/errors';
import { tokenizerFiles } from '../data';
import {
  gptConfig,
  parameterShapes,
  type DropRates,
  type GPTConfig,
  type GPTModel,
} from '../model';
import type { BPETokenizer } from '../tokenizer';
import { encodeFloats, type FloatDtype } from './floats';
import {
  readSafetensors,
  serializeSafetensors,
  type TensorBytes,
  type Safetensors,
} from './safetensors';
import { listFolder, otherWeights } from './model-folder';
import {
  matchParameters,
  readObject,
  shortJson,
  type StoredModel,
  type StoredTensor,
} from './stored-model';

/**
 * Opens a folder that Hugging Face's libraries or `saveModel` wrote.
 *
 * @param dropRate replaces the dropout rates in the config
 * @throws DataError or SafetensorsError if the folder does not hold a GPT-2
 */
export function openHuggingFace(dir: string, dropRate?: number): StoredModel {
  const file = path.join(dir, 'config.json');
  const json = readObject(file);
  const rates = readDropRates(json, file);
  const differ = dropRate === undefined && new Set(Object.values(rates)).size > 1;
  const config = readConfig(json, file, dropRate ?? (differ ? 0 : rates.embd_pdrop));
  const tensors = withoutPrefix(openTensors(dir));
  const stored = config.tiedHead ? uniteEmbedding(tensors, dir) : tensors;
  const needed = stored.filter((tensor) => {
    if (/^h\.\d+\.attn\.(bias|masked_bias)$/.test(tensor.parameter)) return false; // the causal mask
    if (/^score\.(weight|bias)$/.test(tensor.parameter)) return false; // a classifier's head
    if (!config.qkvBias && tensor.parameter.endsWith('.attn.c_attn.bias')) return isNonzero(tensor);
    return true;
  });
  const parameters = matchParameters(config, needed, dir);
  return { layout: 'Hugging Face', config, parameters, ...(differ && { dropRates: rates }) };
}

/**
 * Keeps one tensor for embedding and head, which are one matrix in a tied model. Files store it
 * once, under either name, or twice.
 *
 * @throws DataError if the two differ
 */
function uniteEmbedding(tensors: StoredTensor[], dir: string): StoredTensor[] {
  const head = tensors.find(({ parameter }) => parameter === 'lm_head.weight');
  if (!head) return tensors;
  const embedding = tensors.find(({ parameter }) => parameter === 'wte.weight');
  const withoutHead = tensors.filter((tensor) => tensor !== head);
  if (!embedding)
    return [...withoutHead, { ...head, read: () => head.read(), parameter: 'wte.weight' }];
  if (sameValues(embedding, head)) return withoutHead;
  throw new DataError(
    `${dir}: ${embedding.name} and ${head.name} differ, but its config says that they are one ` +
      'matrix; where each is to be used as it is, config.json needs "tie_word_embeddings": false',
  );
}

function sameValues(one: StoredTensor, other: StoredTensor): boolean {
  if (one.shape.join() !== other.shape.join()) return false;
  const [a, b] = [one.read(), other.read()];
  return a.every((value, i) => Object.is(value, b[i]));
}

const isNonzero = (tensor: StoredTensor) => tensor.read().some((value) => value !== 0);

/** A tensor's name and the open file that holds it. */
interface NamedTensor {
  name: string;
  file: Safetensors;
}

const WEIGHTS = 'model.safetensors';

function openTensors(dir: string): NamedTensor[] {
  const names = listFolder(dir);
  const index = `${WEIGHTS}.index.json`;
  if (names.includes(WEIGHTS) || !names.includes(index)) {
    const otherForm = names.includes(WEIGHTS) ? undefined : otherWeights(names);
    if (otherForm) throw new DataError(`${dir} has ${otherForm}`);
    const whole = readSafetensors(path.join(dir, WEIGHTS));
    return [...whole.tensors.keys()].map((name) => ({ name, file: whole }));
  }
  const file = path.join(dir, index);
  const { weight_map: map } = readObject(file);
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw new DataError(`${file} lacks a weight_map`);
  }
  const shards = new Map<string, Safetensors>();
  for (const shard of new Set(Object.values(map) as unknown[])) {
    if (typeof shard !== 'string' || path.basename(shard) !== shard || /^\.*$/.test(shard)) {
      throw new DataError(`${file} names a file outside its folder: ${shortJson(shard)}`);
    }
    shards.set(shard, readSafetensors(path.join(dir, shard)));
  }
  const listed = Object.entries(map as Record<string, string>);
  for (const [name, shard] of listed) {
    if (!shards.get(shard)?.tensors.has(name))
      throw new DataError(`${shard} has no tensor ${name}`);
  }
  return listed.map(([name, shard]) => ({ name, file: shards.get(shard) as Safetensors }));
}

/**
 * Removes the prefix of the parameters' names, usually `transformer.`, which a model with a head
 * has.
 */
function withoutPrefix(opened: NamedTensor[]): StoredTensor[] {
  const prefixBefore = (anchor: string) =>
    opened.find(({ name }) => name.endsWith(anchor))?.name.slice(0, -anchor.length);
  const prefix = prefixBefore('wte.weight') ?? prefixBefore('wpe.weight');
  const outer = prefix?.replace(/transformer\.$/, '') ?? '';
  const parameter = (name: string) => {
    if (prefix && name.startsWith(prefix)) return name.slice(prefix.length);
    return name === `${outer}lm_head.weight` ? 'lm_head.weight' : name;
  };
  return opened.map(({ name, file }) => ({
    parameter: parameter(name),
    name,
    shape: file.info(name).shape,
    read: () => file.floats(name),
  }));
}

/**
 * Settings in which Hugging Face's GPT-2 may differ from ours, with the values that ours supports.
 */
const FIXED: Record<string, unknown[]> = {
  model_type: ['gpt2'],
  activation_function: ['gelu_new', 'gelu_pytorch_tanh'],
  layer_norm_epsilon: [1e-5],
  scale_attn_weights: [true],
  scale_attn_by_inverse_layer_idx: [false],
  add_cross_attention: [false],
};

const SIZES = {
  vocabSize: 'vocab_size',
  contextLength: 'n_positions',
  embDim: 'n_embd',
  nHeads: 'n_head',
  nLayers: 'n_layer',
};

function readConfig(json: Record<string, unknown>, file: string, dropRate: number): GPTConfig {
  const wrong = (key: string, expected: string) =>
    new DataError(`${file}: ${key} is ${shortJson(json[key])}, expected ${expected}`);
  for (const [key, known] of Object.entries(FIXED)) {
    // Hugging Face's default for an absent setting is ours too.
    if (json[key] === undefined && key !== 'model_type') continue;
    if (!known.includes(json[key]))
      throw wrong(key, known.map((value) => JSON.stringify(value)).join(' or '));
  }
  for (const key of ['tie_word_embeddings', 'qkv_bias']) {
    if (![undefined, null, true, false].includes(json[key] as boolean))
      throw wrong(key, 'true or false');
  }
  const config: Partial<GPTConfig> = {
    tiedHead: json.tie_word_embeddings !== false,
    qkvBias: json.qkv_bias !== false,
    dropRate,
  };
  for (const [ours, theirs] of Object.entries(SIZES)) {
    if (json[theirs] === undefined) continue;
    if (typeof json[theirs] !== 'number') throw wrong(theirs, 'a number');
    config[ours as keyof typeof SIZES] = json[theirs] as number;
  }
  let complete;
  try {
    complete = gptConfig(config);
  } catch (error) {
    throw new DataError(`${file}: ${(error as Error).message}`);
  }
  const inner = 4 * complete.embDim;
  if (![undefined, null, inner].includes(json.n_inner as number))
    throw wrong('n_inner', `${inner}`);
  return complete;
}

/** Hugging Face's three dropout rates. @throws DataError if one is not a rate */
function readDropRates(json: Record<string, unknown>, file: string): DropRates {
  const rate = (key: keyof DropRates): number => {
    const value = json[key] ?? 0.1; // Hugging Face's default
    if (typeof value === 'number' && value >= 0 && value < 1) return value;
    throw new DataError(
      `${file}: ${key} is ${shortJson(value)}, expected a number from 0 to below 1`,
    );
  };
  return {
    embd_pdrop: rate('embd_pdrop'),
    attn_pdrop: rate('attn_pdrop'),
    resid_pdrop: rate('resid_pdrop'),
  };
}

const TORCH_NAMES = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/** The `config.json` of a model, for Hugging Face's `GPT2LMHeadModel`. */
function formatConfig(
  { config, dropRates }: GPTModel,
  dtype: FloatDtype,
  tokenizer?: BPETokenizer,
  extraConfig: Readonly<Record<string, unknown>> = {},
): string {
  const { dropRate, vocabSize, embDim, nHeads, nLayers, contextLength } = config;
  const json = {
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    activation_function: 'gelu_new',
    layer_norm_epsilon: 1e-5,
    attn_pdrop: dropRate,
    embd_pdrop: dropRate,
    resid_pdrop: dropRate,
    ...dropRates,
    // null, because Hugging Face assumes 50256 if the field is absent.
    bos_token_id: tokenizer?.bosId ?? null,
    eos_token_id: tokenizer?.eosId ?? null,
    ...(tokenizer?.padId === undefined ? {} : { pad_token_id: tokenizer.padId }),
    vocab_size: vocabSize,
    n_positions: contextLength,
    n_embd: embDim,
    n_head: nHeads,
    n_layer: nLayers,
    tie_word_embeddings: config.tiedHead,
    // Our own field: the biases in the file are only there for Hugging Face.
    ...(config.qkvBias ? {} : { qkv_bias: false }),
    torch_dtype: TORCH_NAMES[dtype],
    ...extraConfig,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

export interface ModelFilesOptions {
  /** Dtype of the stored numbers; F16 and BF16 take half the space. Default F32. */
  dtype?: FloatDtype;
  /** More tensors to store, such as another head, under Hugging Face's names. */
  tensors?: Readonly<Record<string, tf.Tensor>>;
  /** More fields for `config.json`. */
  config?: Readonly<Record<string, unknown>>;
  /** A tokenizer to store too; `config.json` gets its ids for beginning, end and padding. */
  tokenizer?: BPETokenizer;
}

/**
 * The contents of `config.json`, `model.safetensors` and a tokenizer's files, for
 * `writeFilesAtomic`. Weights are read only while they are written.
 *
 * @throws Error if the model has parameters that a GPT-2 lacks, such as those of a LoRA
 */
export function modelFiles(
  model: GPTModel,
  { dtype = 'F32', tensors: extraTensors, config: extraConfig, tokenizer }: ModelFilesOptions = {},
): Files {
  const { config } = model;
  const known = parameterShapes(config);
  const tensors: Record<string, tf.Tensor | TensorBytes> = { ...extraTensors };
  for (const [name, value] of Object.entries(model.parameters())) {
    if (!Object.hasOwn(known, name)) {
      throw new Error(`${name} is not a parameter of GPT-2: merge or remove the LoRA first`);
    }
    tensors[name === 'lm_head.weight' ? name : `transformer.${name}`] = value;
  }
  for (let i = 0; !config.qkvBias && i < config.nLayers; i++) {
    // Hugging Face's model always has these biases.
    const shape = [3 * config.embDim];
    const data = encodeFloats(new Float32Array(shape[0]), dtype);
    tensors[`transformer.h.${i}.attn.c_attn.bias`] = { dtype, shape, data };
  }
  const metadata = { format: 'pt' }; // Hugging Face's loader requires it
  return {
    'model.safetensors': serializeSafetensors(tensors, { dtype, metadata }),
    'config.json': formatConfig(model, dtype, tokenizer, extraConfig),
    // If the folder had another model, these files would still describe that one.
    'generation_config.json': undefined,
    'model.safetensors.index.json': undefined,
    ...(tokenizer && tokenizerFiles(tokenizer)),
  };
}

/**
 * Writes `config.json` and `model.safetensors` to `dir`, for `loadModel` and for Hugging Face's
 * `GPT2LMHeadModel.from_pretrained`, and a tokenizer's files if one is given. Once everything is
 * written, it replaces the files of an earlier model as a set.
 *
 * @param options.dtype dtype of the stored numbers; F16 and BF16 take half the space. Default F32
 * @param options.tokenizer the model's tokenizer; `config.json` gets its ids for beginning, end and
 *   padding; without a tokenizer it says that there are none
 * @throws DataError if the disk is full or the folder cannot be written; Error like `modelFiles`
 */
export function saveModel(
  model: GPTModel,
  dir: string,
  { dtype, tokenizer }: Pick<ModelFilesOptions, 'dtype' | 'tokenizer'> = {},
): void {
  writeFilesAtomic(path.resolve(dir), modelFiles(model, { dtype, tokenizer }));
}
