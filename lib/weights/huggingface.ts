/** Hugging Face's layout: `config.json` and `model.safetensors`, whole or in shards. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type tf } from '../backend';
import { DataError, tokenizerFiles, writeFilesAtomic } from '../data';
import { gptConfig, parameterShapes, type GPTConfig, type GPTModel } from '../model';
import type { BPETokenizer } from '../tokenizer';
import { encodeFloats, type FloatDtype } from './floats';
import {
  readSafetensors,
  serializeSafetensors,
  type RawTensor,
  type Safetensors,
} from './safetensors';
import { fit, parseObject, type StoredModel, type StoredTensor } from './stored';

export const isHuggingFace = (dir: string): boolean => existsSync(path.join(dir, 'config.json'));

/**
 * Opens a folder that Hugging Face's libraries, or `saveModel`, wrote.
 *
 * @param dropRate instead of the config's
 * @throws DataError, SafetensorsError
 */
export function openHuggingFace(dir: string, dropRate?: number): StoredModel {
  const file = path.join(dir, 'config.json');
  const json = parseObject(readFileSync(file, 'utf8'), file);
  const config = readConfig(json, file, dropRate);
  const tensors = namedTensors(openTensors(dir));
  const kept = tensors.filter((tensor) => {
    if (/^h\.\d+\.attn\.(bias|masked_bias)$/.test(tensor.parameter)) return false; // the causal mask
    if (/^score\.(weight|bias)$/.test(tensor.parameter)) return false; // a classifier's head
    if (tensor.parameter === 'lm_head.weight' && config.tiedHead)
      return isOtherHead(tensors, tensor);
    if (!config.qkvBias && tensor.parameter.endsWith('.attn.c_attn.bias')) return isNonzero(tensor);
    return true;
  });
  return { layout: 'Hugging Face', config, parameters: fit(config, kept, dir) };
}

/** A tied head that is stored too is the embedding again, or something that nobody would use. */
function isOtherHead(tensors: StoredTensor[], head: StoredTensor): boolean {
  const embedding = tensors.find(({ parameter }) => parameter === 'wte.weight');
  if (!embedding) return true;
  const [a, b] = [embedding.read(), head.read()];
  return a.length !== b.length || a.some((value, i) => !Object.is(value, b[i]));
}

const isNonzero = (tensor: StoredTensor) => tensor.read().some((value) => value !== 0);

interface Opened {
  name: string;
  file: Safetensors;
}

function openTensors(dir: string): Opened[] {
  const file = path.join(dir, 'model.safetensors');
  const index = `${file}.index.json`;
  if (existsSync(file) || !existsSync(index)) {
    if (!existsSync(file) && existsSync(path.join(dir, 'pytorch_model.bin'))) {
      throw new DataError(
        `${dir} has pytorch_model.bin only, a Python pickle: save it in Python with ` +
          'save_pretrained, which writes model.safetensors',
      );
    }
    const whole = readSafetensors(file);
    return [...whole.tensors.keys()].map((name) => ({ name, file: whole }));
  }
  const { weight_map: map } = parseObject(readFileSync(index, 'utf8'), index);
  if (typeof map !== 'object' || map === null) throw new DataError(`${index} has no weight_map`);
  const shards = new Map<string, Safetensors>();
  for (const shard of new Set(Object.values(map) as unknown[])) {
    if (typeof shard !== 'string' || path.basename(shard) !== shard) {
      throw new DataError(`${index} names a file outside its folder: ${JSON.stringify(shard)}`);
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

/** Takes away what stands before the model's names: `transformer.` of a model with a head, mostly. */
function namedTensors(opened: Opened[]): StoredTensor[] {
  const anchor = 'wte.weight';
  const prefix = opened.find(({ name }) => name.endsWith(anchor))?.name.slice(0, -anchor.length);
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

/** What a GPT-2 of Hugging Face's can be that ours is not, with the only value that ours knows. */
const FIXED: Record<string, unknown[]> = {
  model_type: ['gpt2'],
  activation_function: ['gelu_new', 'gelu_pytorch_tanh'],
  layer_norm_epsilon: [1e-5],
  scale_attn_weights: [true],
  scale_attn_by_inverse_layer_idx: [false],
  add_cross_attention: [false],
};

const SIZES = {
  ...{ vocabSize: 'vocab_size', contextLength: 'n_positions', embDim: 'n_embd' },
  ...{ nHeads: 'n_head', nLayers: 'n_layer' },
};

function readConfig(json: Record<string, unknown>, file: string, dropRate?: number): GPTConfig {
  const wrong = (key: string, expected: string) =>
    new DataError(`${file}: ${key} is ${JSON.stringify(json[key])}, expected ${expected}`);
  for (const [key, known] of Object.entries(FIXED)) {
    // What is absent has Hugging Face's default, which is ours too.
    if (json[key] === undefined && key !== 'model_type') continue;
    if (!known.includes(json[key]))
      throw wrong(key, known.map((one) => JSON.stringify(one)).join(' or '));
  }
  const config: Partial<GPTConfig> = {
    tiedHead: json.tie_word_embeddings !== false,
    qkvBias: json.qkv_bias !== false,
    dropRate: dropRate ?? readDropRate(json, file),
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

function readDropRate(json: Record<string, unknown>, file: string): number {
  const rates = ['embd_pdrop', 'attn_pdrop', 'resid_pdrop'].map((key) => json[key] ?? 0.1);
  if (new Set(rates).size === 1 && typeof rates[0] === 'number') return rates[0];
  throw new DataError(
    `${file}: embd_pdrop, attn_pdrop and resid_pdrop are ${rates.join(', ')}, but one rate holds ` +
      'everywhere here: give dropRate',
  );
}

const TORCH_NAMES = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/** The `config.json` of a model of ours, for Hugging Face's `GPT2LMHeadModel`. */
function formatConfig(
  config: GPTConfig,
  dtype: FloatDtype,
  tokenizer?: BPETokenizer,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const { dropRate, vocabSize, embDim, nHeads, nLayers, contextLength } = config;
  const json = {
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    activation_function: 'gelu_new',
    layer_norm_epsilon: 1e-5,
    ...{ attn_pdrop: dropRate, embd_pdrop: dropRate, resid_pdrop: dropRate },
    // null, since Hugging Face takes 50256 for what is not said.
    ...{ bos_token_id: tokenizer?.bosId ?? null, eos_token_id: tokenizer?.eosId ?? null },
    ...(tokenizer?.padId === undefined ? {} : { pad_token_id: tokenizer.padId }),
    ...{ vocab_size: vocabSize, n_positions: contextLength, n_embd: embDim },
    ...{ n_head: nHeads, n_layer: nLayers },
    tie_word_embeddings: config.tiedHead,
    // Ours alone: says that the biases in the file are only there for Hugging Face.
    ...(config.qkvBias ? {} : { qkv_bias: false }),
    torch_dtype: TORCH_NAMES[dtype],
    ...more,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

export interface ModelFilesOptions {
  /** Of the stored numbers: F16 and BF16 take half the room; default F32. */
  dtype?: FloatDtype;
  /** Its ids for a text's beginning, end and padding are said in `config.json`; default: none are. */
  tokenizer?: BPETokenizer;
  /** To be stored too, such as another head, by Hugging Face's names. */
  tensors?: Readonly<Record<string, tf.Tensor>>;
  /** To be said in `config.json` too. */
  config?: Readonly<Record<string, unknown>>;
}

/**
 * The contents of `config.json` and `model.safetensors`, for `writeFilesAtomic`. The weights are
 * read when they are written.
 *
 * @throws Error when the model has other parameters than a GPT-2, such as those of a LoRA
 */
export function modelFiles(
  model: GPTModel,
  { dtype = 'F32', tokenizer, tensors: more, config: said }: ModelFilesOptions = {},
): Record<'model.safetensors' | 'config.json', string | Iterable<Uint8Array>> {
  const { config } = model;
  const known = parameterShapes(config);
  const tensors: Record<string, tf.Tensor | RawTensor> = { ...more };
  for (const [name, value] of Object.entries(model.parameters())) {
    if (!Object.hasOwn(known, name)) {
      throw new Error(`${name} has no place in a GPT-2's file: merge or remove the LoRA first`);
    }
    tensors[name === 'lm_head.weight' ? name : `transformer.${name}`] = value;
  }
  for (let i = 0; !config.qkvBias && i < config.nLayers; i++) {
    // Hugging Face's model always has these.
    const shape = [3 * config.embDim];
    const data = encodeFloats(new Float32Array(shape[0]), dtype);
    tensors[`transformer.h.${i}.attn.c_attn.bias`] = { dtype, shape, data };
  }
  const metadata = { format: 'pt' }; // what Hugging Face's loader wants to see
  return {
    'model.safetensors': serializeSafetensors(tensors, { dtype, metadata }),
    'config.json': formatConfig(config, dtype, tokenizer, said),
  };
}

/**
 * Writes `config.json` and `model.safetensors` to `dir`, which `loadModel` and Hugging Face's
 * `GPT2LMHeadModel.from_pretrained` load. What is there already is replaced only when all is
 * written.
 *
 * @param options.dtype of the stored numbers: F16 and BF16 take half the room; default F32
 * @param options.tokenizer the model's: is written too, and `config.json` says its ids for a text's
 *   beginning, end and padding; without it, that there are none
 * @throws DataError when the disk is full or the folder cannot be written, or as `saveTokenizer`;
 *   Error as `modelFiles`
 */
export function saveModel(
  model: GPTModel,
  dir: string,
  { dtype = 'F32', tokenizer }: { dtype?: FloatDtype; tokenizer?: BPETokenizer } = {},
): void {
  const folder = path.resolve(dir);
  writeFilesAtomic(folder, {
    ...modelFiles(model, { dtype, tokenizer }),
    ...(tokenizer && tokenizerFiles(tokenizer, folder)),
  });
}
