import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { initBackend, tf } from './backend';
import { SlidingWindowLoader } from './data';
import { GPTModel } from './model';
import {
  AdamW,
  clipScale,
  compiledTrainStep,
  cosineSchedule,
  trapezoidSchedule,
  crossEntropy,
  evaluate,
  nextTokenLosses,
  perplexity,
  train,
  trainStep,
  type LossFunction,
  type TrainOptions,
} from './training';
import { loadTiny, publishedCase, tinyConfig, tinyExpected } from './fixtures/reference';

// These run once for each engine, see vitest.config.mjs.
beforeAll(async () => {
  await initBackend();
});

beforeEach(() => tf.engine().startScope());
afterEach(() => {
  tf.engine().endScope();
  vi.restoreAllMocks();
});

const tiny = () => loadTiny(new GPTModel(tinyConfig, { init: 'zeros' }));
const number = (scalar: tf.Tensor): number => scalar.dataSync()[0];
const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, 'int32');
const flat = (rows: number[][]) => tf.tensor1d(rows.flat(), 'int32');

/** A text that can be learned, and a model that can learn it. */
const text = Array.from({ length: 205 }, (_, i) => (i * i) % 13);
const small = {
  vocabSize: 13,
  contextLength: 8,
  embDim: 16,
  nHeads: 2,
  nLayers: 1,
  dropRate: 0.1,
  qkvBias: false,
  tiedHead: true,
};
const loaderOf = (length = 8) =>
  new SlidingWindowLoader(text, { length, batchSize: 4, shuffle: true, seed: 3 });
const setup = (changes: Partial<TrainOptions> = {}): TrainOptions => {
  const model = changes.model ?? new GPTModel(small, { seed: 1 });
  return { model, loader: loaderOf(), steps: 10, quiet: true, ...changes };
};

describe('the loss', () => {
  test('equals the published one, and its perplexity', () => {
    const { inputs, expected } = publishedCase('cross_entropy_from_probs');
    // Two classes whose probabilities are p and 1 − p: logits log p and log (1 − p).
    const rows = inputs.target_probs.map((p: number) => [Math.log(p), Math.log1p(-p)]);
    const loss = number(
      crossEntropy(
        tf.tensor2d(rows),
        rows.map(() => 0),
      ),
    );
    expect(loss).toBeCloseTo(expected.loss, 3);
    expect(perplexity(loss) / expected.perplexity).toBeCloseTo(1, 3);
  });

  test('equals PyTorch on gpt2-tiny, with and without ignored targets', () => {
    const logits = tiny().forward(tinyExpected.input_ids);
    expect(number(crossEntropy(logits, tinyExpected.target_ids))).toBeCloseTo(tinyExpected.loss, 4);
    const masked = crossEntropy(logits, tinyExpected.masked_target_ids);
    expect(number(masked)).toBeCloseTo(tinyExpected.masked_loss, 4);
    const asZero = tinyExpected.masked_target_ids.map((row) => row.map((id) => (id < 0 ? 7 : id)));
    expect(number(crossEntropy(logits, asZero, { ignoreIndex: 7 }))).toBeCloseTo(
      tinyExpected.masked_loss,
      4,
    );
    expect(number(crossEntropy(tf.zeros([2, 5]), [-100, -100]))).toBeNaN();
  });

  test('refuses targets of another shape', () => {
    expect(() => crossEntropy(tf.zeros([2, 3, 5]), [[1, 2]])).toThrow(
      'Cross-entropy of logits (2, 3, 5) needs targets of shape (2, 3), got (1, 2)',
    );
  });

  test('evaluating a loader gives the mean over its targets, without dropout', async () => {
    const model = new GPTModel({ ...small, dropRate: 0.5 });
    const loader = loaderOf(7); // the last batch has fewer rows
    const all = [...loader];
    const targets = all.flatMap((batch) => [...batch.targets]);
    const rows = Array.from({ length: targets.length / 7 }, (_, i) =>
      all.flatMap((batch) => [...batch.inputs]).slice(7 * i, 7 * i + 7),
    );
    const expected = number(crossEntropy(model.forward(rows).reshape([-1, 13]), targets));
    const before = tf.memory().numTensors;
    expect(await evaluate(model, loader)).toBeCloseTo(expected, 5);
    expect(await evaluate(model, loader, { batches: 1 })).not.toBeCloseTo(expected, 5);
    expect(tf.memory().numTensors).toBe(before);
    const ignored = { ...all[0], targets: all[0].targets.map(() => -100) };
    await expect(evaluate(model, [ignored])).rejects.toThrow('all targets are ignored');
  });
});

describe('AdamW', () => {
  test('five steps on gpt2-tiny give the losses and gradient norms of PyTorch', () => {
    const { lr, betas, eps, weight_decay, clip, losses, grad_norms } = tinyExpected.adamw;
    const model = tiny();
    const optimizer = new AdamW(model.parameters(), {
      learningRate: lr,
      beta1: betas[0],
      beta2: betas[1],
      epsilon: eps,
      weightDecay: weight_decay,
      decays: () => true,
    });
    const batch = { inputs: ids(tinyExpected.input_ids), targets: flat(tinyExpected.target_ids) };
    losses.forEach((expected, i) => {
      const { loss, gradNorm } = trainStep(optimizer, nextTokenLosses(model), [batch], clip);
      expect(Math.abs(number(loss) - expected)).toBeLessThan(1e-4);
      expect(Math.abs(number(gradNorm) - grad_norms[i])).toBeLessThan(1e-4);
    });
  });

  test('follows the formula, with a rate that changes', () => {
    const [beta1, beta2, epsilon, weightDecay] = [0.8, 0.99, 1e-3, 0.5];
    const parameter = tf.variable(tf.tensor2d([[1, -2]]));
    const optimizer = new AdamW({ w: parameter }, { beta1, beta2, epsilon, weightDecay });
    const [w, m, v] = [
      [1, -2],
      [0, 0],
      [0, 0],
    ];
    for (let t = 1; t <= 4; t++) {
      const gradient = [0.3 * t, -1 / t];
      optimizer.learningRate.assign(tf.scalar(0.1 * t));
      optimizer.step([tf.tensor2d([gradient])]);
      gradient.forEach((g, i) => {
        w[i] *= 1 - 0.1 * t * weightDecay;
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        const root = Math.sqrt(v[i] / (1 - beta2 ** t)) + epsilon;
        w[i] -= (0.1 * t * (m[i] / (1 - beta1 ** t))) / root;
      });
      parameter.dataSync().forEach((value, i) => expect(value).toBeCloseTo(w[i], 4));
    }
  });

  test('weight decay excludes biases and norms unless `decays` says otherwise', () => {
    const decayed = (decays?: (name: string) => boolean) => {
      const model = new GPTModel(small);
      for (const parameter of Object.values(model.parameters())) {
        parameter.assign(tf.ones(parameter.shape));
      }
      const optimizer = new AdamW(model.parameters(), {
        learningRate: 0.1,
        weightDecay: 1,
        decays,
      });
      optimizer.step(
        Object.values(optimizer.parameters).map((parameter) => tf.zerosLike(parameter)),
      );
      return Object.entries(model.parameters())
        .filter(([, parameter]) => number(parameter.mean()) < 0.95)
        .map(([name]) => name);
    };
    const byDefault = decayed();
    expect(byDefault).toEqual(
      Object.keys(new GPTModel(small).parameters()).filter(
        (name) => /weight$/.test(name) && !/ln_/.test(name),
      ),
    );
    expect(decayed((name) => name === 'ln_f.bias')).toEqual(['ln_f.bias']);
  });

  test('uses a constant number of tensors, and frees them', () => {
    const model = new GPTModel(small);
    const before = tf.memory().numTensors;
    const optimizer = new AdamW(model.parameters());
    const batch = { inputs: ids([[1, 2]]), targets: flat([[2, 3]]) };
    const counts = Array.from({ length: 5 }, () => {
      const { loss, gradNorm } = trainStep(optimizer, nextTokenLosses(model), [batch]);
      tf.dispose([loss, gradNorm]);
      return tf.memory().numTensors;
    });
    expect(new Set(counts).size).toBe(1);
    tf.dispose([batch.inputs, batch.targets]);
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('refuses impossible options and a wrong number of gradients', () => {
    const w = { w: tf.variable(tf.zeros([1])) };
    expect(() => new AdamW(w, { beta1: 1 })).toThrow(
      'beta1 must be a number from 0 to below 1, got 1',
    );
    expect(() => new AdamW(w, { learningRate: NaN })).toThrow('learningRate must be a number');
    expect(() => new AdamW(w).step([])).toThrow('AdamW has 1 parameters, got 0 gradients');
  });
});

describe('learning rate schedules', () => {
  test('a cosine equals the published one', () => {
    const { inputs, expected, tolerance } = publishedCase('lr_schedule');
    const { peak_lr: peak, initial_lr: initial, min_lr: minimum } = inputs;
    const rate = cosineSchedule({ steps: 135, warmup: 27, peak, initial, minimum });
    for (const [step, value] of Object.entries(expected.lr_at as Record<string, number>)) {
      expect(Math.abs(rate(Number(step)) - value)).toBeLessThan(10 * tolerance);
    }
    expect(rate(1000)).toBe(minimum);
  });

  test('a cosine without warm-up starts at the peak; numbers out of range are refused', () => {
    expect(cosineSchedule({ steps: 10, peak: 2 })(0)).toBe(2);
    expect(() => cosineSchedule({ steps: 5, warmup: 5, peak: 1 })).toThrow('leave none');
    expect(() => cosineSchedule({ steps: 5.5, peak: 1 })).toThrow('steps must be a positive');
    expect(() => cosineSchedule({ steps: 5, peak: -1 })).toThrow('peak must be a positive number');
  });

  test('a trapezoid rises linearly, stays constant, and falls linearly', () => {
    const rate = trapezoidSchedule({ steps: 20, peak: 8, warmup: 4, decay: 0.35 });
    expect(rate.decayStart).toBe(13);
    expect([0, 1, 2, 3].map(rate)).toEqual([2, 4, 6, 8]);
    expect([4, 8, 12].map(rate)).toEqual([8, 8, 8]);
    expect([13, 14, 15, 16, 17, 18, 19].map(rate)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect([20, 1000].map(rate)).toEqual([0, 0]);
  });

  test('a trapezoid has the same rates before its decay whatever the number of steps', () => {
    const [short, long] = [100, 400].map((steps) =>
      trapezoidSchedule({ steps, peak: 1, warmup: 10 }),
    );
    expect([short.decayStart, long.decayStart]).toEqual([80, 320]);
    for (let step = 0; step < 80; step++) expect(long(step)).toBe(short(step));
    expect(short(80)).toBeLessThan(long(80));
    expect(trapezoidSchedule({ steps: 10, peak: 2, decay: 0 })(9)).toBe(2);
  });

  test('a trapezoid refuses numbers out of range', () => {
    const made = (options: object) => () => trapezoidSchedule({ steps: 10, peak: 1, ...options });
    expect(made({ warmup: 9 })).toThrow('a warm-up of 9 and a decay of 2 are more than 10 steps');
    expect(made({ decay: 1.5 })).toThrow('decay must be a number from 0 to 1, got 1.5');
    expect(made({ decay: NaN })).toThrow('decay must be a number');
    expect(made({ peak: 0 })).toThrow('trapezoidSchedule: peak must be a positive number');
    expect(made({ steps: 2.5 })).toThrow('trapezoidSchedule: steps must be a positive');
  });
});

describe('a step', () => {
  /** Gradients of this loss are the given matrix, whatever the weights are. */
  const linear =
    (w: tf.Variable, gradient: number[][]): LossFunction =>
    () =>
      w.mul(gradient);

  test('clips gradients as published', () => {
    const { inputs, expected } = publishedCase('grad_clip');
    const norm = tf.tensor2d(inputs.G).norm();
    expect(number(norm)).toBeCloseTo(expected.norm, 6);
    const clipped = tf.tensor2d(inputs.G).mul(clipScale(norm, inputs.max_norm));
    clipped.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(expected.clipped.flat()[i], 6);
    });
    expect(number(clipScale(tf.scalar(0.5), 1))).toBe(1);
  });

  test('clips the gradients for the optimizer, and returns their norm before clipping', () => {
    const w = tf.variable(tf.zeros([2, 2]));
    const optimizer = new AdamW({ w }, { learningRate: 1, beta1: 0 });
    const batch = { inputs: ids([[0]]), targets: flat([[0]]) };
    const { gradNorm } = trainStep(
      optimizer,
      linear(w, [
        [1, 2],
        [2, 4],
      ]),
      [batch],
      1,
    );
    expect(number(gradNorm)).toBeCloseTo(5, 5);
    const { 'w.momentum': clipped } = optimizer.state();
    clipped.dataSync().forEach((value, i) => expect(value).toBeCloseTo([0.2, 0.4, 0.4, 0.8][i], 5));
  });

  test('drops the same values whether the number of the step is a tensor or plain', () => {
    const model = new GPTModel({ ...small, dropRate: 0.5 }, { seed: 5 });
    const logits = (step: number | tf.Tensor) => [
      ...model.forward([[1, 2, 3]], { training: { seed: 4, step } }).dataSync(),
    ];
    expect(logits(tf.scalar(9, 'int32'))).toEqual(logits(9));
    expect(logits(tf.scalar(10, 'int32'))).not.toEqual(logits(9));
  });

  test('accumulation gives the step of one large batch, even if some targets are ignored', () => {
    const rows = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ];
    const targets = [
      [2, 3, 4],
      [-100, -100, 7],
      [8, -100, 10],
    ];
    const after = (parts: number[][]) => {
      const model = new GPTModel(small, { seed: 5 });
      const optimizer = new AdamW(model.parameters(), { epsilon: 1e-3 });
      const batches = parts.map((part) => ({
        inputs: ids(part.map((i) => rows[i])),
        targets: flat(part.map((i) => targets[i])),
      }));
      const { loss, gradNorm } = trainStep(optimizer, nextTokenLosses(model), batches, 0.5);
      return [number(loss), number(gradNorm), ...model.wte.dataSync()];
    };
    const whole = after([[0, 1, 2]]);
    after([[0], [1, 2]]).forEach((value, i) => expect(value).toBeCloseTo(whole[i], 5));
  });
});

describe('train', () => {
  test('evaluates only when evalEvery says so', async () => {
    const { evaluations } = await train(setup({ steps: 2, validation: loaderOf() }));
    expect(evaluations).toEqual([]);
  });

  test('learns, records the numbers of each step, and leaves no tensors', async () => {
    const options = setup({ steps: 60, evalEvery: 20, validation: loaderOf(), seed: 2 });
    const optimizer = new AdamW(options.model.parameters(), { learningRate: 0.01 });
    const counts: number[] = [];
    const history = await train({
      ...options,
      optimizer,
      onStep: () => void counts.push(tf.memory().numTensors),
    });
    expect(new Set(counts).size).toBe(1);
    expect(history).toMatchObject({ step: 60, stopped: undefined });
    expect(history.evaluations.map(({ step }) => step)).toEqual([0, 20, 40, 60]);
    expect(history.evaluations[0].trainLoss).toBeCloseTo(Math.log(13), 1);
    expect(history.evaluations[3].trainLoss).toBeLessThan(2);
    expect(history.evaluations[3].validationLoss).toBe(history.evaluations[3].trainLoss);
    for (const { length } of [history.losses, history.gradNorms, history.learningRates]) {
      expect(length).toBe(60);
    }
    // 25 windows: the seventh batch of each epoch has one row.
    expect(history.tokens).toBe(8 * (8 * 25 + 4 * 4));
  });

  test('reading losses back less often changes no number', async () => {
    const often = await train(setup());
    const rarely = await train(setup({ logEvery: 4 }));
    expect(rarely).toEqual(often);
  });

  test('epochs and accumulation give the number of steps', async () => {
    expect((await train(setup({ steps: undefined, epochs: 2, accumulate: 3 }))).step).toBe(5);
    await expect(train(setup({ steps: undefined }))).rejects.toThrow('give steps or epochs');
    await expect(train(setup({ accumulate: 0 }))).rejects.toThrow('accumulate must be a positive');
  });

  test('prints one line for each evaluation in a terminal, the same in every run', async () => {
    const lines = async () => {
      const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
      await train(setup({ steps: 4, evalEvery: 2, validation: loaderOf(), quiet: false }));
      const printed = log.mock.calls.map(([line]) => String(line));
      log.mockRestore();
      return printed;
    };
    const first = await lines();
    expect(first).toHaveLength(4); // three evaluations and the plot
    expect(first[1]).toMatch(
      /^training 2\/4: train loss \d\.\d{3}, validation loss \d\.\d{3}, last step: loss \d\.\d{3}, learning rate 1\.0e-3, gradient norm \d\.\d\d$/,
    );
    expect(await lines()).toEqual(first);
  });

  test('follows the schedule', async () => {
    const schedule = cosineSchedule({ steps: 10, peak: 0.01, warmup: 3 });
    const { learningRates } = await train(setup({ schedule }));
    expect(learningRates).toEqual(Array.from({ length: 10 }, (_, step) => schedule(step)));
  });

  test.each(['SIGINT', 'abort'] as const)('%s stops it within one step', async (how) => {
    const controller = new AbortController();
    const stopAt = (step: number) => {
      if (step !== 3) return;
      if (how === 'SIGINT') process.emit('SIGINT');
      else controller.abort();
    };
    const { signal } = controller;
    const options = setup({ signal, onStep: ({ step }) => stopAt(step) });
    const before = number(options.model.wte.sum());
    const listeners = process.listenerCount('SIGINT');
    const result = await train(options);
    expect(result.stopped).toBe(how === 'SIGINT' ? 'interrupt' : 'abort');
    expect([result.step, result.losses.length]).toEqual([3, 3]);
    expect(number(options.model.wte.sum())).not.toBe(before);
    expect(process.listenerCount('SIGINT')).toBe(listeners);
  });

  test('yields to the event loop at every step', async () => {
    let turns = 0;
    const count = () => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    await train(setup());
    clearImmediate(timer);
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  test.each([1, 4])('a loss of NaN stops it and names the step', async (logEvery) => {
    const options = setup({ logEvery });
    const spoil: LossFunction = (inputs, targets, training) => {
      const losses = nextTokenLosses(options.model)(inputs, targets, training);
      if (!training) return losses;
      const spoiled = tf.equal(training.step, tf.scalar(5, 'int32'));
      return losses.mul(tf.where(spoiled, tf.scalar(NaN), tf.scalar(1)));
    };
    const before = tf.memory().numTensors;
    await expect(train({ ...options, loss: spoil })).rejects.toThrow('the loss of step 6 is NaN');
    expect(tf.memory().numTensors).toBe(before);
  });

  test('so does an infinite gradient', async () => {
    const options = setup();
    const optimizer = new AdamW({ wte: options.model.wte });
    const steep: LossFunction = () => options.model.wte.mul(1e30);
    await expect(train({ ...options, optimizer, loss: steep })).rejects.toThrow(
      'gradient norm of step 1',
    );
  });

  test('a parameter that the loss does not depend on is named', async () => {
    const options = setup();
    const loss: LossFunction = () => options.model.wte.sum();
    await expect(train({ ...options, loss })).rejects.toThrow('does not depend on wpe.weight');
  });

  test('an observer receives every loss, even if several are read back together, and the end', async () => {
    const losses: [number, number][] = [];
    const ends: unknown[] = [];
    const history = await train(
      setup({
        steps: 5,
        logEvery: 2,
        onLoss: (step, loss) => losses.push([step, loss]),
        onEnd: (stopped) => ends.push(stopped),
      }),
    );
    expect(losses).toEqual(history.losses.map((loss, i) => [i + 1, loss]));
    await train(setup({ signal: AbortSignal.abort(), onEnd: (stopped) => ends.push(stopped) }));
    expect(ends).toEqual([undefined, 'abort']);
  });

  test('an error is not mistaken for the abort that happened just before it', async () => {
    const controller = new AbortController();
    const onStep = () => {
      controller.abort();
      throw new Error('mine');
    };
    await expect(train(setup({ signal: controller.signal, onStep }))).rejects.toThrow('mine');
  });

  test('an error thrown by an observer reaches the caller and leaves no tensors', async () => {
    const options = setup({ logEvery: 4, onStep: () => Promise.reject(new Error('mine')) });
    const before = tf.memory().numTensors;
    await expect(train(options)).rejects.toThrow('mine');
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('train refuses batches and options with which nothing can be learned', () => {
  afterEach(() => vi.unstubAllEnvs());

  /** A loader that gives these batches in turn. */
  const giving = (
    ...batches: { inputs: number[]; targets: number[] }[]
  ): TrainOptions['loader'] => {
    const all = batches.map(({ inputs, targets }) => ({
      // Plain lists, as JavaScript may pass them, because int32 would hide a fraction or NaN.
      inputs: inputs as never as Int32Array,
      targets: targets as never as Int32Array,
      shape: [1, inputs.length] as const,
    }));
    let at = 0;
    return {
      batches: all.length,
      next: () => all[at++ % all.length],
      state: () => ({ epoch: 0, position: at, order: '' }),
      restore: () => undefined,
      [Symbol.iterator]: () => all[Symbol.iterator](),
    };
  };
  const good = { inputs: [1, 2, 3, 4], targets: [2, 3, 4, 5] };
  const none = { inputs: [1, 2, 3, 4], targets: [-100, -100, -100, -100] };

  /** Trains and returns the error, after a check that neither model nor optimizer changed. */
  async function refusal(loader: TrainOptions['loader'], more: Partial<TrainOptions> = {}) {
    const model = new GPTModel(small, { seed: 1 });
    const optimizer = new AdamW(model.parameters());
    const everything = { ...model.parameters(), ...optimizer.state() };
    const read = () => Object.values(everything).map((each) => [...each.dataSync()]);
    const before = read();
    const options = { model, loader, optimizer, steps: 3, quiet: true, ...more };
    const error = await train(options).catch((each: Error) => each);
    expect(error).toBeInstanceOf(Error);
    expect(read()).toEqual(before);
    return (error as Error).message;
  }

  test.each(['1', '0'])(
    'targets and ids outside their limits, before the step (GPT_COMPILE=%s)',
    async (compile) => {
      vi.stubEnv('GPT_COMPILE', compile);
      for (const target of [13, 1e6, -1, -99, 1.5, NaN]) {
        const loader = giving({ ...good, targets: [2, 3, target, 5] });
        const message = `Target ${target} is outside [0, 13), the classes; only -100 is ignored`;
        expect(await refusal(loader)).toBe(message);
        await expect(evaluate(new GPTModel(small), loader)).rejects.toThrow(message);
      }
      for (const id of [13, -1, 1.5, NaN]) {
        const loader = giving({ ...good, inputs: [1, 2, id, 4] });
        const message = `Token id ${id} is outside [0, 13), the vocabulary`;
        expect(await refusal(loader)).toBe(message);
        await expect(evaluate(new GPTModel(small), loader)).rejects.toThrow(message);
      }
      const long = { inputs: Array<number>(9).fill(1), targets: Array<number>(9).fill(2) };
      expect(await refusal(giving(long))).toContain('longer than contextLength = 8');
    },
  );

  test('the loss and the step functions refuse them too', () => {
    const model = new GPTModel(small);
    const losses = nextTokenLosses(model);
    const x = ids([[1, 2]]);
    for (const target of [13, -1]) {
      const message = `Target ${target} is outside [0, 13), the classes; only -100 is ignored`;
      const y = flat([[1, target]]);
      expect(() => losses(x, y)).toThrow(message);
      const optimizer = new AdamW(model.parameters());
      for (const step of [
        trainStep,
        (...[o, l, b]: Parameters<typeof trainStep>) => compiledTrainStep(o, l)(b),
      ]) {
        expect(() => step(optimizer, losses, [{ inputs: x, targets: y }])).toThrow(message);
      }
    }
    expect(() => crossEntropy(tf.zeros([2, 5]), [1, 1.5])).toThrow('Target 1.5 is outside [0, 5)');
    expect(() => crossEntropy(tf.zeros([2, 5]), [1, NaN])).toThrow('Target NaN is outside [0, 5)');
    expect(() => crossEntropy(tf.zeros([2, 5]), tf.tensor1d([1, 1.5]))).toThrow('int32');
    // One target for each row would be read as rows of more classes.
    expect(() =>
      losses(
        ids([
          [1, 2],
          [3, 4],
        ]),
        flat([[1, 2]]),
      ),
    ).toThrow('got (4, 13) and (2)');
  });

  test.each(['1', '0'])('batches without targets (GPT_COMPILE=%s)', async (compile) => {
    vi.stubEnv('GPT_COMPILE', compile);
    const message =
      /^There is nothing to learn in this step: all of its \d targets are -100, which is ignored/;
    expect(await refusal(giving(none))).toMatch(message);
    expect(await refusal(giving(none), { accumulate: 2 })).toMatch(message);
    expect(await refusal(giving(none))).not.toMatch(/learning rate/);
    // One of the accumulated batches may lack targets: the mean is over those of the others.
    const after = async (loader: TrainOptions['loader'], accumulate: number) => {
      const model = new GPTModel({ ...small, dropRate: 0 }, { seed: 1 });
      const { losses } = await train({ model, loader, accumulate, steps: 2, quiet: true });
      return [...losses, ...model.wte.dataSync()];
    };
    const [both, alone] = [await after(giving(none, good), 2), await after(giving(good), 1)];
    both.forEach((value, i) => expect(value).toBeCloseTo(alone[i], 5));
  });

  test('options that are out of range or would teach nothing', async () => {
    const loader = giving(good);
    for (const maxNorm of [0, -1, NaN, -Infinity]) {
      expect(await refusal(loader, { maxNorm })).toBe(
        `maxNorm must be a positive number or Infinity, got ${maxNorm}`,
      );
      const model = new GPTModel(small);
      const [optimizer, losses] = [new AdamW(model.parameters()), nextTokenLosses(model)];
      expect(() => compiledTrainStep(optimizer, losses, maxNorm)).toThrow('maxNorm must be');
      const batch = { inputs: ids([good.inputs]), targets: flat([good.targets]) };
      expect(() => trainStep(optimizer, losses, [batch], maxNorm)).toThrow('maxNorm must be');
    }
    const says = async (more: Partial<TrainOptions>, message: string) => {
      await expect(train(setup({ model: tied, ...more }))).rejects.toThrow(message);
    };
    const tied = new GPTModel(small);
    const kept = tf.memory().numTensors;
    await says({ steps: undefined, epochs: 0 }, 'train: epochs must be a positive number, got 0');
    await says({ steps: undefined, epochs: NaN }, 'epochs must be a positive number, got NaN');
    await says({ steps: undefined, epochs: Infinity }, 'epochs must be');
    await says({ steps: 0 }, 'train: steps must be a positive whole number, got 0');
    await says(
      { accumulate: NaN, epochs: 1 },
      'accumulate must be a positive whole number, got NaN',
    );
    await says(
      { evalBatches: 0 },
      'evalBatches must be a positive whole number or Infinity, got 0',
    );
    await says({ evalBatches: NaN }, 'evalBatches must be');
    await says({ maxNorm: 0 }, 'maxNorm must be');
    // A checkpoint with such a seed could not be read again.
    await says({ seed: NaN }, 'train: seed must be a whole number, got NaN');
    await says({ seed: 1.5 }, 'seed must be a whole number, got 1.5');
    await says(
      { schedule: () => NaN },
      "the schedule's rate for step 1 must be a number from 0, got NaN",
    );
    await says(
      { schedule: (step) => -step, logEvery: 3 },
      'step 2 must be a number from 0, got -1',
    );
    expect(tf.memory().numTensors).toBe(kept);
    const still = new AdamW(tied.parameters(), { learningRate: 0 });
    await says({ optimizer: still }, 'with a learning rate of 0 nothing is learned');
    await expect(evaluate(tied, loader, { batches: NaN })).rejects.toThrow('batches must be');
    expect(() => new AdamW({})).toThrow('AdamW has no parameters');
    expect(() => new AdamW(tied.parameters(), { epsilon: 0 })).toThrow(
      'epsilon must be a positive',
    );
    expect(() => cosineSchedule({ steps: 5, peak: 0 })).toThrow(
      'peak must be a positive number, got 0',
    );
    expect(() => cosineSchedule({ steps: 5, peak: Infinity })).toThrow(
      'peak must be a positive number',
    );
    expect(() => cosineSchedule({ steps: 5, peak: 1, minimum: 2 })).toThrow('above the peak of 1');
  });

  test('numbers that are no longer finite: the error says where and what to change', async () => {
    // From the start: no learning rate is to blame.
    const model = new GPTModel(small);
    model.lnF.bias.assign(tf.fill([16], NaN));
    const message = await train(setup({ model })).catch((error: Error) => error.message);
    expect(message).toMatch(/the loss of step 1 is NaN\. \d+ of the \d+ trained tensors hold NaN/);
    expect(message).toContain('No step had changed anything before');
    expect(message).not.toContain('learning rate');
    // Later on.
    const options = setup({ schedule: (step) => (step === 2 ? 1e38 : 0.01) });
    await expect(train(options)).rejects.toThrow(
      /step 4 is .*Start again with a lower learning rate/,
    );
    // The norm is too large for float32, the gradients are not: they are scaled to 0.
    const steep = new GPTModel(small);
    const loss: LossFunction = () => steep.wte.mul(1e30);
    const optimizer = new AdamW({ wte: steep.wte });
    await expect(train(setup({ model: steep, optimizer, loss }))).rejects.toThrow(
      'The weights are still finite',
    );
    expect(steep.wte.isFinite().all().dataSync()[0]).toBeTruthy();
  });
});
