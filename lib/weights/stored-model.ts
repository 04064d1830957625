/** From tensors as files hold them to a model's parameters. */
import { DataError } from '../core/errors';
import { readText } from '../core/read-file';
import { parameterShapes, type DropRates, type GPTConfig } from '../model';
import { JsonError, parseJson, type JsonValue } from './strict-json';

/** A tensor in a file. */
export interface StoredTensor {
  /** The parameter it is, by the model's name for it. */
  readonly parameter: string;
  /** What the file calls it. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Its numbers, row by row. */
  read(): Float32Array;
}

/** A parameter and where its values are. */
export interface Found extends StoredTensor {
  /** The file has rows and columns swapped. */
  readonly transposed: boolean;
}

/** A model in a folder: configuration and all tensors are known and fit, no values were read yet. */
export interface StoredModel {
  readonly layout: 'Hugging Face' | 'OpenAI';
  readonly config: GPTConfig;
  readonly parameters: readonly Found[];
  /** Hugging Face's three rates of dropout where they differ: `config.dropRate` is then 0. */
  readonly dropRates?: DropRates;
}

const LISTED = 6;
/** GPT-2 has 12 to 48; a config that says millions must not keep the reader busy. */
const MAX_LAYERS = 1000;

/**
 * Finds every parameter's tensor. GPT-2's linear weights are (in, out), "Conv1D"; where all of
 * them are (out, in), as PyTorch's `Linear` has them, they are marked as transposed.
 *
 * @throws DataError that names missing, unknown, doubled and misshapen tensors
 */
export function fit(config: GPTConfig, stored: readonly StoredTensor[], where: string): Found[] {
  if (config.nLayers > MAX_LAYERS) {
    const layers = stored.map(({ parameter }) => /^h\.(\d+)\./.exec(parameter)?.[1]);
    throw new DataError(
      `${where} does not fit its config: that has ${config.nLayers} layers, the weights have ` +
        `${new Set(layers.filter(Boolean)).size}, and more than ${MAX_LAYERS} are not read`,
    );
  }
  const wanted = parameterShapes(config);
  const byParameter = new Map<string, StoredTensor>();
  const problems: string[] = [];
  const list = (what: string, names: string[]) => {
    const more = names.length > LISTED ? [`${names.length - LISTED} more`] : [];
    if (names.length) problems.push(`${what}: ${[...names.slice(0, LISTED), ...more].join(', ')}`);
  };

  const unknown: string[] = [];
  const doubled: string[] = [];
  for (const tensor of stored) {
    const earlier = byParameter.get(tensor.parameter);
    if (!Object.hasOwn(wanted, tensor.parameter)) unknown.push(described(tensor));
    else if (earlier) doubled.push(`${earlier.name} and ${tensor.name}`);
    else byParameter.set(tensor.parameter, tensor);
  }
  const first = byParameter.get('h.0.attn.c_attn.weight')?.shape;
  const swapped = first?.length === 2 && first[0] === 3 * first[1];

  const missing: string[] = [];
  const misshapen: string[] = [];
  const found = Object.entries(wanted).flatMap(([parameter, shape]) => {
    const tensor = byParameter.get(parameter);
    const transposed = swapped && /\.c_(attn|fc|proj)\.weight$/.test(parameter);
    const expected = transposed ? [...shape].reverse() : shape;
    if (!tensor) missing.push(described({ name: parameter, shape }));
    else if (tensor.shape.join() !== expected.join()) {
      misshapen.push(`${described(tensor)} instead of (${expected.join(', ')})`);
    } else return [{ ...tensor, read: () => tensor.read(), transposed }];
    return [];
  });
  list('missing', missing);
  list('unknown', unknown);
  list('there twice', doubled);
  list('of another shape', misshapen);
  if (problems.length)
    throw new DataError(`${where} does not fit its config: ${problems.join('; ')}`);
  return found;
}

const described = ({ name, shape }: { name: string; shape: readonly number[] }) =>
  `${name.length > 80 ? `${name.slice(0, 80)}…` : name} (${shape.slice(0, 8).join(', ')})`;

/**
 * The object in a JSON file.
 *
 * @throws DataError when the file cannot be read or holds something else, such as a key twice
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
    throw new DataError(`${file} is no JSON object: ${error.message}`);
  }
}

/** JSON for an error message, cut off where it is long. */
export function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** As `JSON.parse` gives it. */
function plain(value: JsonValue): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  }
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'bigint' ? Number(value) : value;
}
