/** Matching the tensors in files with a model's parameters. */
import { DataError } from '../core/errors';
import { readText } from '../core/read-file';
import { parameterShapes, type DropRates, type GPTConfig } from '../model';
import { JsonError, parseJson, type JsonValue } from './strict-json';

/** A tensor in a file. */
export interface StoredTensor {
  /** The model's name for it. */
  readonly parameter: string;
  /** The file's name for it. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Reads its numbers, row by row. */
  read(): Float32Array;
}

/** A parameter of the model, and the tensor that holds its values. */
export interface ParameterSource extends StoredTensor {
  /** Whether the file has its rows and columns swapped. */
  readonly transposed: boolean;
}

/**
 * A model in a folder, whose configuration and tensors are known to match; no values are read yet.
 */
export interface StoredModel {
  readonly layout: 'Hugging Face' | 'OpenAI';
  readonly config: GPTConfig;
  readonly parameters: readonly ParameterSource[];
  /** Hugging Face's three dropout rates if they differ; `config.dropRate` is 0 then. */
  readonly dropRates?: DropRates;
}

/** The most tensors that an error lists. */
const MAX_LISTED = 6;
/** GPT-2 has 12 to 48 layers; a config that claims millions must not keep the reader busy. */
const MAX_LAYERS = 1000;

/**
 * Finds the tensor of every parameter. GPT-2 stores linear weights as (in, out), in "Conv1D"
 * layers. If all of them are (out, in), as in PyTorch's `Linear`, they are marked as transposed.
 *
 * @throws DataError that lists missing, unknown, duplicate and misshapen tensors
 */
export function matchParameters(
  config: GPTConfig,
  stored: readonly StoredTensor[],
  where: string,
): ParameterSource[] {
  if (config.nLayers > MAX_LAYERS) {
    const layers = stored.map(({ parameter }) => /^h\.(\d+)\./.exec(parameter)?.[1]);
    throw new DataError(
      `${where} does not fit its config: that has ${config.nLayers} layers, the weights have ` +
        `${new Set(layers.filter(Boolean)).size}, and more than ${MAX_LAYERS} are not read`,
    );
  }
  const shapes = parameterShapes(config);
  const byParameter = new Map<string, StoredTensor>();
  const problems: string[] = [];
  const report = (problem: string, names: string[]) => {
    if (!names.length) return;
    const listed = names.slice(0, MAX_LISTED);
    if (names.length > MAX_LISTED) listed.push(`${names.length - MAX_LISTED} more`);
    problems.push(`${problem}: ${listed.join(', ')}`);
  };

  const unknown: string[] = [];
  const duplicate: string[] = [];
  for (const tensor of stored) {
    const earlier = byParameter.get(tensor.parameter);
    if (!Object.hasOwn(shapes, tensor.parameter)) unknown.push(described(tensor));
    else if (earlier) duplicate.push(`${earlier.name} and ${tensor.name}`);
    else byParameter.set(tensor.parameter, tensor);
  }
  const qkvShape = byParameter.get('h.0.attn.c_attn.weight')?.shape;
  const isPyTorch = qkvShape?.length === 2 && qkvShape[0] === 3 * qkvShape[1];

  const missing: string[] = [];
  const misshapen: string[] = [];
  const found = Object.entries(shapes).flatMap(([parameter, shape]) => {
    const tensor = byParameter.get(parameter);
    const transposed = isPyTorch && /\.c_(attn|fc|proj)\.weight$/.test(parameter);
    const expected = transposed ? [...shape].reverse() : shape;
    if (!tensor) missing.push(described({ name: parameter, shape }));
    else if (tensor.shape.join() !== expected.join()) {
      misshapen.push(`${described(tensor)} instead of (${expected.join(', ')})`);
    } else return [{ ...tensor, read: () => tensor.read(), transposed }];
    return [];
  });
  report('missing', missing);
  report('unknown', unknown);
  report('there twice', duplicate);
  report('of another shape', misshapen);
  if (problems.length)
    throw new DataError(`${where} does not fit its config: ${problems.join('; ')}`);
  return found;
}

const described = ({ name, shape }: { name: string; shape: readonly number[] }) =>
  `${name.length > 80 ? `${name.slice(0, 80)}…` : name} (${shape.slice(0, 8).join(', ')})`;

/**
 * The object in a JSON file.
 *
 * @throws DataError if the file cannot be read, holds something else, or has a key twice
 */
export function readObject(file: string): Record<string, unknown> {
  const text = readText(file);
  if (text.trim() === '') throw new DataError(`${file} is empty, expected a JSON object`);
  try {
    const { value, duplicate } = parseJson(text);
    if (duplicate !== undefined) throw new DataError(`${file} has ${shortJson(duplicate)} twice`);
    if (value instanceof Map) return plain(value) as Record<string, unknown>;
    throw new JsonError(`it holds ${shortJson(plain(value))}`);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new DataError(`${file} is not a JSON object: ${error.message}`);
  }
}

/** JSON for an error message, cut off if it is long. */
export function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** The value as `JSON.parse` would return it. */
function plain(value: JsonValue): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  }
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'bigint' ? Number(value) : value;
}
