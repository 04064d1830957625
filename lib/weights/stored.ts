/** From tensors as files hold them to a model's parameters. */
import { DataError } from '../data';
import { parameterShapes, type GPTConfig } from '../model';

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
}

const LISTED = 6;

/**
 * Finds every parameter's tensor. GPT-2's linear weights are (in, out), "Conv1D"; where all of
 * them are (out, in), as PyTorch's `Linear` has them, they are marked as transposed.
 *
 * @throws DataError that names every missing, unknown, doubled and misshapen tensor
 */
export function fit(config: GPTConfig, stored: readonly StoredTensor[], where: string): Found[] {
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
  `${name} (${shape.join(', ')})`;

/** The object in a JSON file. */
export function parseObject(text: string, file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Said below.
  }
  throw new DataError(`${file} is no JSON object`);
}
