/** Separates the tensors in what a compiled function takes and returns from everything else. */
import * as tf from '@tensorflow/tfjs';
import { CompileError } from './compile-error';

/**
 * One entry of a structure's description: a tensor, a plain value, or how long a list or object is.
 */
export interface Leaf {
  /** Where it is, such as `args[0].inputs`. */
  path: string;
  kind: 'tensor' | 'plain';
  /** What the graph depends on: a tensor's type, or the value of anything else. */
  value: string;
}

export interface Flat {
  /** In the order of the structure. */
  tensors: tf.Tensor[];
  leaves: Leaf[];
  /** Makes the same structure with other tensors. */
  rebuild(tensors: readonly tf.Tensor[]): unknown;
}

/**
 * Takes a structure of lists and plain objects apart.
 *
 * @param name the beginning of every path, such as `args`
 * @throws CompileError for what can neither go into a graph nor tell graphs apart: a function, an
 *   instance of a class, a promise, a symbol, a freed tensor, or a structure that contains itself
 */
export function flatten(structure: unknown, name: string): Flat {
  const tensors: tf.Tensor[] = [];
  const leaves: Leaf[] = [];
  const ancestors = new Set<unknown>();
  type Rebuild = Flat['rebuild'];

  const walk = (value: unknown, path: string): Rebuild => {
    if (value instanceof tf.Tensor) {
      if (value.isDisposed) throw freed(path, value);
      leaves.push({ path, kind: 'tensor', value: describe(value, tensors) });
      const index = tensors.push(value) - 1;
      return (from) => from[index];
    }
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw notData(path, `a ${typeof value}`);
    }
    if (typeof value !== 'object' || value === null) {
      leaves.push({ path, kind: 'plain', value: primitive(value) });
      return () => value;
    }
    if (ancestors.has(value)) throw new CompileError(`${path} contains itself.`);
    ancestors.add(value);
    const rebuild = Array.isArray(value) ? walkList(value, path) : walkObject(value, path);
    ancestors.delete(value);
    return rebuild;
  };
  const walkList = (list: readonly unknown[], path: string): Rebuild => {
    leaves.push({ path, kind: 'plain', value: `list of ${list.length}` });
    const parts = Array.from(list, (each, i) => walk(each, `${path}[${i}]`));
    return (from) => parts.map((part) => part(from));
  };
  const walkObject = (object: object, path: string): Rebuild => {
    if (!isPlain(object)) throw notData(path, `an instance of ${object.constructor.name}`);
    const entries = Object.entries(object);
    leaves.push({ path, kind: 'plain', value: `object of ${entries.length}` });
    const parts = entries.map(([key, each]) => [key, walk(each, path + member(key))] as const);
    return (from) => Object.fromEntries(parts.map(([key, part]) => [key, part(from)]));
  };

  const rebuild = walk(structure, name);
  return { tensors, leaves, rebuild };
}

/** Looks at the prototype's prototype, because a notebook's cells have an `Object` of their own. */
function isPlain(object: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const member = (key: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;

/** The text that tells the graphs of a function apart: equal arguments have the same one. */
export const keyOf = (leaves: readonly Leaf[]): string =>
  leaves.map(({ path, value }) => `${path}: ${value}`).join('\n');

function describe(tensor: tf.Tensor, before: readonly tf.Tensor[]): string {
  const { dtype, shape } = tensor;
  const type = `${dtype} (${shape.join(', ')})`;
  if (!(tensor instanceof tf.Variable)) return `tensor ${type}`;
  // A variable given twice needs another graph than two variables: assigning to one changes both.
  const same = before.indexOf(tensor);
  return same < 0 ? `variable ${type}` : `variable ${type}, the same as tensor ${same}`;
}

function primitive(value: unknown): string {
  if (typeof value === 'string') return `string ${JSON.stringify(value)}`;
  if (Object.is(value, -0)) return 'number -0';
  return value === undefined || value === null ? String(value) : `${typeof value} ${String(value)}`;
}

function freed(path: string, tensor: tf.Tensor): CompileError {
  const kind = tensor instanceof tf.Variable ? 'variable' : 'tensor';
  return new CompileError(`${path} is a ${kind} that was freed.`);
}

function notData(path: string, what: string): CompileError {
  return new CompileError(
    `${path} is ${what}. What a compiled function takes and returns consists of tensors, plain ` +
      'values, lists and plain objects; let the function reach anything else from outside.',
  );
}
