// Where the time of eager work goes: which TensorFlow operations, how often, how long.
import { initBackend, isNative, tf } from '../../lib/backend';
import { generate } from '../../lib/decoding';
import { GPTModel } from '../../lib/model';
import { AdamW, nextTokenLosses, trainStep } from '../../lib/training';
import { MODELS, type ModelName } from './sizes';
import { columns, digits } from './tables';

/** Operations that are shown by name. */
const MOST = 12;

interface Binding {
  executeOp(name: string, ...rest: unknown[]): unknown;
}

/**
 * Runs something and sums up the time of its operations by their names. Between them is the time
 * of JavaScript. On the processor an operation has ended when its call returns.
 *
 * @returns rows for a table: operation, calls, milliseconds, share of the whole
 */
async function profile(work: () => unknown): Promise<string[][]> {
  const backend = tf.backend() as unknown as { binding: Binding };
  const { binding } = backend;
  const found = new Map<string, { calls: number; ms: number }>();
  const executeOp: Binding['executeOp'] = (name, ...rest) => {
    const start = performance.now();
    const result = binding.executeOp(name, ...rest);
    const op = found.get(name) ?? { calls: 0, ms: 0 };
    found.set(name, { calls: op.calls + 1, ms: op.ms + performance.now() - start });
    return result;
  };
  backend.binding = Object.create(binding, { executeOp: { value: executeOp } }) as Binding;
  const start = performance.now();
  try {
    await work();
  } finally {
    backend.binding = binding;
  }
  const whole = performance.now() - start;
  const slowest = [...found].sort(([, a], [, b]) => b.ms - a.ms);
  const row = (name: string, calls: string, ms: number) => [
    name,
    calls,
    digits(ms),
    `${digits((100 * ms) / whole)} %`,
  ];
  const rest = slowest.slice(MOST);
  const sum = (of: typeof rest) => of.reduce((total, [, { ms }]) => total + ms, 0);
  return [
    ['operation', 'calls', 'ms', 'of the whole'],
    ...slowest.slice(0, MOST).map(([name, { calls, ms }]) => row(name, String(calls), ms)),
    row(`(${rest.length} others)`, '', sum(rest)),
    row('(between them)', '', whole - sum(slowest)),
    row('whole', '', whole),
  ];
}

/**
 * Prints the profiles of a training step and of a decoded token, both eager.
 *
 * @throws Error where TensorFlow does not compute
 */
export async function showProfiles(name: ModelName): Promise<void> {
  process.env.GPT_COMPILE = '0';
  await initBackend();
  if (!isNative()) throw new Error('a profile needs TensorFlow, which does not compute here');
  const [batch, length] = name === 'tiny' ? [16, 128] : [2, 256];
  const model = new GPTModel(MODELS[name], { seed: 1 });
  const optimizer = new AdamW(model.parameters());
  const ids = Array.from({ length }, (_, i) => (37 * i) % MODELS[name].vocabSize);
  const inputs = tf.tensor2d(Array<number[]>(batch).fill(ids), [batch, length], 'int32');
  const targets = inputs.reshape([-1]) as tf.Tensor1D;
  const losses = nextTokenLosses(model);
  const step = () =>
    tf.tidy(() => trainStep(optimizer, losses, [{ inputs, targets }], 1).loss.dataSync());
  step(); // the first one is slower
  console.log(`a training step of ${name}, ${batch} × ${length} tokens`);
  console.log(columns(await profile(step)).join('\n'));

  const tokens = generate(model, ids.slice(0, 64), { maxNewTokens: 10 });
  const next = () => tokens.next();
  for (let i = 0; i < 3; i++) await next();
  console.log(`\na token of ${name} after 66 others`);
  console.log(columns(await profile(next)).join('\n'));
  await tokens.return();
}
