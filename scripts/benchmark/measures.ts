// How this project does each kind of work, and what is taken down of it.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { initBackend, tf } from '../../lib/backend';
import { SlidingWindowLoader } from '../../lib/data';
import { generateBatch } from '../../lib/decoding';
import type { GPTModel } from '../../lib/model';
import { BPETokenizer } from '../../lib/tokenizer';
import { AdamW, compiledTrainStep, evaluate, nextTokenLosses } from '../../lib/training';
import { loadModel } from '../../lib/weights';
import { forWriting } from '../../lib/writing';
import type { Ready } from './child';
import { JS_TIKTOKEN_MOST, type Job, type TrainingPoint } from './groups';

export interface Measured {
  ready?: Ready;
  /** One value of a point, in its row's unit. */
  sample: (point: number) => number | Promise<number>;
}

type Of<Kind> = Extract<Job, { kind: Kind }>;

/** Seconds that something takes. */
async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** How often `work` gets through `amount` in a second: over at least two calls and `seconds`. */
async function rate(amount: number, seconds: number, work: () => unknown): Promise<number> {
  const start = performance.now();
  for (let calls = 1; ; calls++) {
    await work();
    const passed = (performance.now() - start) / 1000;
    if (calls >= 2 && passed >= seconds) return (calls * amount) / passed;
  }
}

const readTokens = (file: string) => {
  const { buffer, byteOffset, length } = fs.readFileSync(file);
  return new Uint16Array(buffer.slice(byteOffset, byteOffset + length));
};

async function training({
  points,
  tokens: file,
  steps,
  seconds,
}: Of<'training'>): Promise<Measured> {
  await initBackend();
  const tokens = readTokens(file);
  const trainers = new Map<string, (point: TrainingPoint) => number>();
  for (const { dir } of points)
    if (!trainers.has(dir)) trainers.set(dir, await trainer(dir, tokens));
  const step = (point: TrainingPoint) => trainers.get(point.dir)!(point);
  const losses = Array.from({ length: steps }, () => step(points[0]));
  for (const point of points.slice(1)) step(point);
  return {
    ready: { losses },
    sample: (i) => rate(points[i].batch * points[i].length, seconds, () => step(points[i])),
  };
}

/** Takes a training step on the next windows of the text and returns its loss. */
async function trainer(
  dir: string,
  tokens: Uint16Array,
): Promise<(point: TrainingPoint) => number> {
  const model = await loadModel(dir, { dropRate: 0 });
  const optimizer = new AdamW(model.parameters(), { learningRate: 3e-4, weightDecay: 0.1 });
  const step = compiledTrainStep(optimizer, nextTokenLosses(model), 1);
  let windows = 0;
  return ({ batch, length }) => {
    const inputs = new Int32Array(batch * length);
    const targets = new Int32Array(batch * length);
    for (let row = 0; row < batch; row++) {
      const start = (windows++ * length) % (tokens.length - length - 1);
      inputs.set(tokens.subarray(start, start + length), row * length);
      targets.set(tokens.subarray(start + 1, start + length + 1), row * length);
    }
    return tf.tidy(() => {
      const x = tf.tensor2d(inputs, [batch, length], 'int32');
      const y = tf.tensor1d(targets, 'int32');
      return step([{ inputs: x, targets: y }]).loss.dataSync()[0];
    });
  };
}

/** @param job.weights how they are packed for writing; else the model writes as it is */
async function decoding({ dir, points, tokens: file, weights }: Of<'decoding'>): Promise<Measured> {
  await initBackend();
  const loaded = await loadModel(dir);
  const model = weights ? forWriting(loaded, { weights }) : loaded;
  if (weights) loaded.dispose();
  const tokens = Array.from(readTokens(file));
  /** Every new token of the first row, and how many tokens a second after the first. */
  const run = async (i: number) => {
    const { batch, prompt, newTokens } = points[i];
    const prompts = Array.from({ length: batch }, (_, row) =>
      tokens.slice(row * prompt, (row + 1) * prompt),
    );
    const ids: (number | null)[] = [];
    let first = 0;
    for await (const [id] of generateBatch(model, prompts, { maxNewTokens: newTokens })) {
      if (!ids.length) first = performance.now();
      ids.push(id);
    }
    const seconds = (performance.now() - first) / 1000;
    return { ids, value: (batch * (newTokens - 1)) / seconds };
  };
  const outputs = [];
  for (const i of points.keys()) outputs.push((await run(i)).ids.join(' '));
  return { ready: { outputs }, sample: async (i) => (await run(i)).value };
}

async function evaluation({ points, tokens: file, seconds }: Of<'evaluation'>): Promise<Measured> {
  await initBackend();
  const [{ dir, batch, length }] = points;
  const model = await loadModel(dir);
  const loader = new SlidingWindowLoader(readTokens(file), { length, batchSize: batch });
  const batches = 4;
  const losses = [await evaluate(model, loader, { batches })];
  return {
    ready: { losses },
    sample: () =>
      rate(batches * batch * length, seconds, () => evaluate(model, loader, { batches })),
  };
}

/** @param job.tokenizer another package's, for comparison */
async function tokenizer({ texts, tokenizer }: Of<'tokenizer'>): Promise<Measured> {
  const { encode, most } = tokenizer === 'js-tiktoken' ? jsTiktoken() : ours();
  const contents = texts.map((file) => fs.readFileSync(file, 'utf8'));
  // One piece of a million characters would take a tokenizer of quadratic time a day.
  if (most) contents[2] = contents[2].slice(0, most);
  const outputs = contents.map((text, i) => {
    const ids = hash(encode(text));
    return most && i === 2 ? '' : ids;
  });
  return {
    ready: { outputs },
    sample: async (i) => {
      const megabytes = Buffer.byteLength(contents[i]) / 1e6;
      return rate(megabytes, 0.5, () => encode(contents[i]));
    },
  };
}

interface Encoder {
  encode: (text: string) => number[];
  /** The longest single piece that it can be asked for. */
  most?: number;
}

function ours(): Encoder {
  const gpt2 = BPETokenizer.gpt2();
  return { encode: (text) => gpt2.encode(text) };
}

function jsTiktoken(): Encoder {
  const { Tiktoken } = require('js-tiktoken/lite') as typeof import('js-tiktoken');
  const encoding = new Tiktoken(require('js-tiktoken/ranks/gpt2'));
  return { encode: (text) => encoding.encode(text), most: JS_TIKTOKEN_MOST };
}

/** Of the ids as 32-bit numbers. */
const hash = (ids: readonly number[]) =>
  createHash('sha256')
    .update(Buffer.from(Int32Array.from(ids).buffer))
    .digest('hex');

/** Each weight is looked at once: some loaders only map the file and read it later. */
async function loading({ dirs }: Of<'loading'>): Promise<Measured> {
  await initBackend();
  return {
    sample: async (i) => {
      const start = performance.now();
      const model = await loadModel(dirs[i]);
      tf.tidy(() => Object.values(model.parameters()).forEach((weight) => weight.max().dataSync()));
      const seconds = (performance.now() - start) / 1000;
      model.dispose();
      return seconds;
    },
  };
}

async function start({ dir }: Of<'start'>): Promise<Measured> {
  const phases: Record<string, number> = { 'process and imports': process.uptime() };
  phases.engine = await timed(initBackend);
  let model: GPTModel | undefined;
  phases.weights = await timed(async () => (model = await loadModel(dir)));
  phases.logits = await timed(() => tf.tidy(() => model!.forward([[464, 3797]]).dataSync()));
  return { ready: { phases }, sample: () => NaN };
}

async function limits({ size, precision }: Of<'limits'>): Promise<Measured> {
  await initBackend();
  const [a, b] = [1, 2].map((seed) => tf.randomUniform([size, size], -1, 1, 'float32', seed));
  const large = precision ? undefined : tf.ones([64, 1024, 1024]); // 256 MB
  const best = async (amount: number, make: () => tf.Tensor) => {
    const times = [];
    for (let i = 0; i < 5; i++) times.push(await timed(() => make().dispose()));
    return amount / 1e9 / Math.min(...times);
  };
  const points = [
    () => best(2 * size ** 3, () => tf.matMul(a, b)),
    () => best(large!.size * 4, () => large!.max()),
    () => best(large!.size * 8, () => large!.add(1)),
  ];
  return { sample: (i) => points[i]() };
}

export const measures = { training, decoding, evaluation, tokenizer, loading, start, limits };
