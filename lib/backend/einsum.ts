/**
 * The gradient of `tf.einsum` for all engines, and the operation itself as a product of matrices.
 */
import * as tf from '@tensorflow/tfjs';

/** Splits `'bik,bkj->bij'` into its terms, with one letter for each axis. */
function parse(equation: string): { terms: string[]; result: string } {
  const [inputs, result] = equation.replace(/\s/g, '').split('->');
  const terms = inputs.split(',');
  for (const term of [...terms, result]) {
    if (new Set(term).size !== term.length) {
      throw new Error(`einsum "${equation}": an index twice in one term is not supported`);
    }
  }
  return { terms, result };
}

/**
 * Registers the gradient, which tfjs lacks. It is an einsum of the result's gradient and the other
 * input.
 */
export function registerEinsumGradient(): void {
  if (tf.getGradient('Einsum')) return;
  tf.registerGradient({
    kernelName: 'Einsum',
    saveAllInputs: true,
    gradFunc(dy, saved, attrs) {
      const inputs = saved as tf.Tensor[];
      const { terms, result } = parse((attrs as unknown as { equation: string }).equation);
      const gradient = (which: number) => {
        const others = [...terms.keys()].filter((i) => i !== which);
        const rest = [result, ...others.map((i) => terms[i])];
        // An axis that only this input has was summed over, so the gradient is constant along it.
        const shared = [...terms[which]].filter((index) => rest.join('').includes(index));
        const part = tf.einsum(
          `${rest.join(',')}->${shared.join('')}`,
          dy as tf.Tensor,
          ...others.map((i) => inputs[i]),
        );
        const { shape } = inputs[which];
        const spread = [...terms[which]].map((i, axis) => (shared.includes(i) ? shape[axis] : 1));
        return part.reshape(spread).mul(tf.onesLike(inputs[which]));
      };
      return Object.fromEntries(inputs.map((_, i) => [i, () => gradient(i)]));
    },
  });
}

/** Computes an einsum of one or two inputs as one product of matrices. */
export function einsumByMatMul(equation: string, inputs: tf.Tensor[]): tf.Tensor {
  const { terms, result } = parse(equation);
  const sizes: Record<string, number> = {};
  terms.forEach((term, k) => [...term].forEach((i, axis) => (sizes[i] = inputs[k].shape[axis])));
  const isIn = (term: string | undefined) => (index: string) => !!term?.includes(index);
  const operands = inputs.map((x, k) => {
    const used = (index: string) => isIn(result)(index) || isIn(terms[1 - k])(index);
    const alone = [...terms[k]].flatMap((index, axis) => (used(index) ? [] : [axis]));
    return { x: alone.length ? x.sum(alone) : x, names: [...terms[k]].filter(used) };
  });
  const ordered = ({ x, names }: (typeof operands)[0], order: string[]) =>
    x.rank > 1 ? x.transpose(order.map((index) => names.indexOf(index))) : x;
  const [a, b] = operands;
  if (!b) return ordered(a, [...result]);

  const both = a.names.filter(isIn(b.names.join('')));
  const batch = both.filter(isIn(result));
  const inner = both.filter((index) => !batch.includes(index));
  const left = a.names.filter((index) => !both.includes(index));
  const right = b.names.filter((index) => !both.includes(index));
  const size = (names: string[]) => names.reduce((product, index) => product * sizes[index], 1);
  const product = tf.matMul(
    ordered(a, [...batch, ...left, ...inner]).reshape([size(batch), size(left), size(inner)]),
    ordered(b, [...batch, ...inner, ...right]).reshape([size(batch), size(inner), size(right)]),
  );
  const names = [...batch, ...left, ...right];
  const x = product.reshape(names.map((index) => sizes[index]));
  return ordered({ x, names }, [...result]);
}
