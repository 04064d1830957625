import { spawn } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { initBackend, tf } from './backend';
import {
  generate,
  generateBatch,
  generateText,
  sampleToken,
  tokenProbabilities,
  type GenerateOptions,
} from './decoding';
import { loadTiny, publishedCase, tinyConfig, tinyExpected } from './fixtures/reference';
import { GPTModel } from './model';
import { BPETokenizer } from './tokenizer';

// These run once for each engine, see vitest.config.mjs.
let model: GPTModel;
let small: GPTModel; // with a window of 12 tokens
beforeAll(async () => {
  await initBackend();
  small = new GPTModel(
    { vocabSize: 50, contextLength: 12, embDim: 16, nHeads: 2, nLayers: 2, tiedHead: false },
    { seed: 1, init: 'pytorch' },
  );
  model = loadTiny(new GPTModel(tinyConfig, { init: 'zeros' }));
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const { greedy_prompt: prompt, greedy_ids } = tinyExpected;
const continued = greedy_ids.slice(prompt.length);
const hot = { temperature: 1.5, seed: 3 };

describe('generate', () => {
  test.each([true, false])('greedy tokens are those of PyTorch (cache: %s)', async (cache) => {
    const tensors = tf.memory().numTensors;
    expect(await collect(generate(model, prompt, { maxNewTokens: 12, cache }))).toEqual(continued);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test.each<[string, Partial<GenerateOptions>]>([
    ['greedy', {}],
    ['sampled', hot],
    ['top-k', { ...hot, topK: 5 }],
    ['top-p and penalty', { ...hot, topP: 0.7, repetitionPenalty: 1.3 }],
  ])('%s: the same with and without cache, beyond the window too', async (_, options) => {
    const run = (cache: boolean) =>
      collect(generate(small, [3, 1, 4, 1, 5], { maxNewTokens: 20, cache, ...options }));
    const tokens = await run(true);
    expect(tokens.length).toBe(20);
    expect(new Set(tokens).size).toBeGreaterThan(2);
    expect(await run(false)).toEqual(tokens);
  });

  test.each([[[[3, 1, 4]]], [[[3, 1, 4, 1, 5, 9], [2], [6, 5]]]])(
    '40 tokens by the compiled step are those of whole forward passes, and it goes with its model',
    async (prompts) => {
      const tensors = tf.memory().numTensors;
      const gpt = new GPTModel(
        { vocabSize: 50, contextLength: 128, embDim: 16, nHeads: 2, nLayers: 2, tiedHead: false },
        { seed: 4, init: 'pytorch' },
      );
      const run = async (maxNewTokens: number, cache: boolean) => {
        const options = { ...hot, maxNewTokens, cache };
        const lists = await collect(generateBatch(gpt, prompts, options));
        return lists.flat();
      };
      const tokens = await run(40, true);
      expect(await run(40, false)).toEqual(tokens);
      expect(new Set(tokens).size).toBeGreaterThan(5);
      expect(await run(100, true)).toEqual(await run(100, false)); // needs more room
      // Other weights, as after more training, are seen.
      tf.tidy(() => {
        gpt.wte.assign(gpt.wte.mul(-1));
      });
      expect(await run(40, true)).toEqual(await run(40, false));
      gpt.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );

  test('sees only the last contextLength tokens of a longer text', async () => {
    const long = Array.from({ length: 100 }, (_, i) => (i * 37) % 211);
    const run = (ids: number[]) => collect(generate(model, ids, { maxNewTokens: 1 }));
    expect(await run(long)).toEqual(await run(long.slice(-64)));
  });

  test('the seed decides the choices, and each step draws a new number', async () => {
    const run = (seed: number) =>
      collect(generate(model, prompt, { maxNewTokens: 20, temperature: 2, seed }));
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(5);
  });

  test('ends before a stop token', async () => {
    const run = (stop: number | number[]) =>
      collect(generate(model, prompt, { maxNewTokens: 12, stop }));
    const [first] = continued;
    const other = continued.find((id) => id !== first)!;
    expect(await run(first)).toEqual([]);
    expect(await run([300, other])).toEqual(continued.slice(0, continued.indexOf(other)));
    expect(await run([])).toEqual(continued);
  });

  test('an abort stops it within one token and frees the cache', async () => {
    const tensors = tf.memory().numTensors;
    const controller = new AbortController();
    const received: number[] = [];
    const run = async () => {
      const { signal } = controller;
      for await (const id of generate(model, prompt, { maxNewTokens: 12, signal })) {
        received.push(id);
        if (received.length === 3) controller.abort();
      }
    };
    await expect(run()).rejects.toThrow('aborted');
    expect(received).toEqual(continued.slice(0, 3));
    const early = generate(model, prompt, { maxNewTokens: 12 });
    await early.next();
    await early.return();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  test('SIGINT stops it within one token without ending the process', async () => {
    const script = `
      const { initBackend } = require('./lib/backend.ts');
      const { GPTModel } = require('./lib/model.ts');
      const { generate } = require('./lib/decoding.ts');
      (async () => {
        await initBackend();
        const model = new GPTModel({ vocabSize: 50, contextLength: 8, embDim: 8, nHeads: 2, nLayers: 1 });
        let tokens = 0;
        try {
          for await (const id of generate(model, [1], { maxNewTokens: 1e9 })) {
            if (++tokens < 5) continue;
            const alive = setInterval(() => {}, 1000);
            process.once('SIGINT', () => clearInterval(alive));
            console.log('running');
            await new Promise((resolve) => process.once('SIGINT', resolve));
          }
        } catch (error) { console.log(error.name, tokens); }
      })();`;
    const child = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
      cwd: path.resolve(__dirname, '..'),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (output === 'running\n') child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, output]).toEqual([0, 'running\nAbortError 5\n']);
  });

  test.each<[string, number[], Partial<GenerateOptions>, string]>([
    ['no prompt', [], {}, 'The prompt is empty; give at least one token'],
    [
      'half a token',
      [1],
      { maxNewTokens: 0.5 },
      'maxNewTokens must be a whole number from 0, got 0.5',
    ],
    ['temperature', [1], { temperature: -1 }, 'temperature must be a number from 0, got -1'],
    ['topK', [1], { topK: 0 }, 'topK must be a positive whole number, got 0'],
    ['topP', [1], { topP: 0 }, 'topP must be a number above 0 and at most 1, got 0'],
    [
      'penalty',
      [1],
      { repetitionPenalty: 0 },
      'repetitionPenalty must be a positive number, got 0',
    ],
    [
      'a chunk of no tokens',
      [1],
      { prefillChunk: 0 },
      'prefillChunk must be a positive whole number or Infinity, got 0',
    ],
    ['a token outside the vocabulary', [211], {}, 'Token id 211 is outside [0, 211)'],
  ])('%s is refused', async (_, ids, options, message) => {
    await expect(collect(generate(model, ids, { maxNewTokens: 1, ...options }))).rejects.toThrow(
      message,
    );
  });
});

describe('an embedding with more rows than the tokenizer has tokens', () => {
  const TOKENS = 40; // of 50 rows
  const ways: [string, Partial<GenerateOptions>][] = [
    ['greedy', {}],
    ['sampled', hot],
    ['top-k', { ...hot, topK: 5 }],
    ['more than all by top-k', { ...hot, topK: 1000 }],
    ['top-p', { ...hot, topP: 0.7 }],
    ['penalty', { ...hot, repetitionPenalty: 1.3 }],
    ['without a cache', { ...hot, cache: false }],
    ['in chunks', { ...hot, prefillChunk: 2 }],
  ];

  /** A model whose padding is likelier than every token, and the same one without the padding. */
  function padded() {
    const shape = { contextLength: 32, embDim: 16, nHeads: 2, nLayers: 1, tiedHead: false };
    const options = { seed: 2, init: 'pytorch' } as const;
    const whole = new GPTModel({ vocabSize: 50, ...shape }, options);
    const cut = new GPTModel({ vocabSize: TOKENS, ...shape }, options);
    tf.tidy(() => {
      const rows = tf.concat([tf.ones([TOKENS, 1]), tf.fill([50 - TOKENS, 1], 30)]);
      whole.head.assign(whole.head.mul(rows));
      const [from, to] = [whole.parameters(), cut.parameters()];
      for (const [name, variable] of Object.entries(to)) {
        const { shape: size } = variable;
        variable.assign(
          from[name].slice(
            size.map(() => 0),
            size,
          ),
        );
      }
    });
    return { whole, cut };
  }

  test('only ids of the tokenizer are chosen, as by the model without the padding', async () => {
    const { whole, cut } = padded();
    const prompts = [
      [3, 1, 4],
      [1, 5, 9, 2, 6],
    ];
    for (const [way, options] of ways) {
      const run = (gpt: GPTModel, vocabSize?: number) =>
        collect(generateBatch(gpt, prompts, { maxNewTokens: 20, ...options, vocabSize }));
      const tokens = await run(whole, TOKENS);
      expect(tokens, way).toEqual(await run(cut));
      expect(Math.max(...tokens.flat().map(Number)), way).toBeLessThan(TOKENS);
    }
    const free = await collect(generate(whole, [3], { maxNewTokens: 20, ...hot }));
    expect(Math.max(...free)).toBeGreaterThanOrEqual(TOKENS); // what it would write without the limit
    const seen: number[] = [];
    const onLogits = ([row]: readonly Float32Array[]) => void seen.push(row.length);
    await collect(generate(whole, [3], { maxNewTokens: 2, vocabSize: TOKENS, onLogits }));
    expect(seen).toEqual([TOKENS, TOKENS]);
    whole.dispose();
    cut.dispose();
  });

  test('generateText uses the size of the tokenizer, and refuses a tokenizer with more tokens', async () => {
    const tokenizer = BPETokenizer.train('a', { vocabSize: 257, specialTokens: ['<|endoftext|>'] });
    const shape = { contextLength: 64, embDim: 16, nHeads: 2, nLayers: 1 };
    for (const vocabSize of [320, 256]) {
      const gpt = new GPTModel({ ...shape, vocabSize }, { seed: 5, init: 'pytorch' });
      const write = () => collect(generateText(gpt, tokenizer, 'x', { ...hot, maxNewTokens: 60 }));
      if (vocabSize === 320) expect((await write()).join('').length).toBeGreaterThan(0);
      else
        await expect(write()).rejects.toThrow(
          /^The tokenizer has 257 tokens, and the model knows 256/,
        );
      gpt.dispose();
    }
    for (const vocabSize of [0, 1.5, NaN, 212]) {
      const impossible = collect(generate(model, [1], { maxNewTokens: 1, vocabSize }));
      await expect(impossible).rejects.toThrow(/vocabSize must be|has 212 tokens, and the model/);
    }
  });
});

describe('weights that are NaN or infinite', () => {
  test.each([NaN, Infinity, -Infinity])(
    '%s says so instead of writing, in every way',
    async (value) => {
      const gpt = new GPTModel(
        { vocabSize: 50, contextLength: 12, embDim: 16, nHeads: 2, nLayers: 1 },
        { seed: 1 },
      );
      const tensors = tf.memory().numTensors;
      tf.tidy(() => gpt.lnF.bias.assign(tf.fill([16], value)));
      for (const options of [
        {},
        hot,
        { ...hot, topK: 3 },
        { ...hot, topP: 0.5 },
        { cache: false },
      ]) {
        for (const prompts of [[[1]], [[1, 2], [3]]]) {
          const writing = collect(generateBatch(gpt, prompts, { maxNewTokens: 20, ...options }));
          await expect(writing).rejects.toThrow(
            /^No token can be chosen: the logit of token \d+ is /,
          );
        }
      }
      expect(tf.memory().numTensors).toBe(tensors);
      gpt.dispose();
    },
  );

  test('logits from which no token can be chosen', () => {
    for (const logits of [[0, NaN], [NaN, 0], [0, Infinity], [-Infinity, -Infinity], []]) {
      for (const temperature of [0, 1]) {
        const choice = () => sampleToken(logits, { temperature }, [], 0.5);
        expect(choice, String(logits)).toThrow('No token can be chosen: ');
      }
    }
    expect(sampleToken([-Infinity, 0], {}, [], 0.5)).toBe(1);
  });
});

describe('generateBatch', () => {
  const prompts = [[3, 1, 4, 1, 5, 9, 2], [6, 5], [35], [8, 9, 7, 9, 3, 2, 3, 8, 4, 6]];
  const column = (steps: (number | null)[][], row: number) =>
    steps.map((step) => step[row]).filter((id) => id !== null);

  test.each([true, false])(
    'unequal prompts continue as each alone would (cache: %s)',
    async (cache) => {
      const options = { maxNewTokens: 8, cache }; // the longest leave the window, the others not
      const steps = await collect(generateBatch(small, prompts, options));
      for (const [row, ids] of prompts.entries()) {
        expect(column(steps, row)).toEqual(await collect(generate(small, ids, options)));
      }
    },
  );

  test.each([1, 3, 4, 100])('prompts in chunks of %s give the same', async (prefillChunk) => {
    for (const [maxNewTokens, texts] of [
      [8, prompts],
      [40, [prompts[0]]], // beyond the window, and by the compiled step
    ] as const) {
      const run = (options: Partial<GenerateOptions>) =>
        collect(generateBatch(small, texts, { ...hot, maxNewTokens, ...options }));
      const tensors = tf.memory().numTensors;
      expect(await run({ prefillChunk })).toEqual(await run({}));
      expect(tf.memory().numTensors).toBe(tensors);
    }
  });

  test('other work runs between two chunks, and an abort stops the reading', async () => {
    const text = Array.from({ length: 60 }, (_, i) => i);
    const controller = new AbortController();
    const { signal } = controller;
    const first = generate(model, text, { maxNewTokens: 1, prefillChunk: 4, signal }).next();
    let heard = 0;
    const listen = () => {
      if (++heard === 10) controller.abort();
      else setImmediate(listen);
    };
    listen();
    await expect(first).rejects.toThrow('aborted');
    expect(heard).toBe(10);
  });

  test('onLogits receives the logits of each choice', async () => {
    const seen: number[][] = [];
    const argmax = (row: Float32Array) => row.indexOf(Math.max(...row));
    const onLogits = (rows: readonly Float32Array[]) => void seen.push(rows.map(argmax));
    const options = { maxNewTokens: 6, onLogits };
    expect(await collect(generateBatch(small, prompts, options))).toEqual(seen);
  });

  test('a row ends at its stop token while the others continue', async () => {
    const [first] = await collect(generateBatch(small, prompts, { maxNewTokens: 1 }));
    const options = { maxNewTokens: 6, stop: first[1] as number };
    const steps = await collect(generateBatch(small, prompts, options));
    for (const [row, ids] of prompts.entries()) {
      expect(column(steps, row)).toEqual(await collect(generate(small, ids, options)));
    }
    expect(column(steps, 1)).toEqual([]);
    expect(steps.length).toBe(6);
  });
});

describe('generateText', () => {
  // The tiny model's 211 tokens cannot hold all 256 bytes, so this needs a model of its own.
  const tokenizer = BPETokenizer.train('a', { vocabSize: 257, specialTokens: ['<|endoftext|>'] });
  const text = 'só três ações: “não”! STOP end';
  const bytes = tokenizer.encode(text);

  /** A model that says the next byte of `text` by the position, whatever it reads. */
  function reciter(): GPTModel {
    const C = 64;
    const reciting = new GPTModel(
      { vocabSize: 257, contextLength: C, embDim: C, nHeads: 1, nLayers: 1, tiedHead: false },
      { init: 'zeros' },
    );
    tf.tidy(() => {
      const head = tf.buffer([257, C]);
      bytes.forEach((id, position) => head.set(1, id, position));
      head.set(1, 256, bytes.length);
      reciting.head.assign(head.toTensor());
      reciting.wpe.assign(tf.eye(C));
    });
    return reciting;
  }

  test('gives whole characters and ends at <|endoftext|>', async () => {
    const pieces = await collect(generateText(reciter(), tokenizer, 'x', { maxNewTokens: 60 }));
    expect(pieces.join('')).toBe(text);
    expect(pieces.length).toBe([...text].length); // a byte a token, a character a piece
    const cut = await collect(generateText(reciter(), tokenizer, 'x', { maxNewTokens: 2 }));
    expect(cut.join('')).toBe('s\uFFFD');
  });

  test('ends before a stop string and returns no part of it', async () => {
    for (const [stopStrings, expected] of [
      [['STOP'], 'só três ações: “não”! '],
      [['end', ' STOP'], 'só três ações: “não”!'],
      [['ST0P', 'ações', ''], 'só três '],
      [['never'], text],
    ] as const) {
      const pieces = await collect(
        generateText(reciter(), tokenizer, 'x', { maxNewTokens: 60, stopStrings }),
      );
      expect(pieces.join('')).toBe(expected);
    }
  });
});

describe('sampling', () => {
  const { inputs, expected, tolerance } = publishedCase('temperature_and_topk');
  const logits: number[] = inputs.logits;
  const close = (actual: ArrayLike<number>, wanted: number[]) =>
    wanted.forEach((p, i) => expect(Math.abs(actual[i] - p)).toBeLessThan(tolerance));

  test('gives the published probabilities for temperatures and for the top three', () => {
    for (const [temperature, wanted] of Object.entries(expected.probs_by_temperature)) {
      close(tokenProbabilities(logits, { temperature: Number(temperature) }), wanted as number[]);
    }
    close(tokenProbabilities(logits, { temperature: 1, topK: 3 }), expected.top3_probs);
    expect(inputs.vocab[tokenProbabilities(logits).indexOf(1)]).toBe(expected.argmax);
  });

  test('top-p keeps the smallest set that reaches it, within top-k', () => {
    const quarter = [0.4, 0.3, 0.2, 0.1].map(Math.log);
    const kept = (options: object) =>
      Array.from(tokenProbabilities(quarter, { temperature: 1, ...options }), (p) => +p.toFixed(6));
    expect(kept({ topP: 0.39 })).toEqual([1, 0, 0, 0]);
    expect(kept({ topP: 0.69 })).toEqual([0.571429, 0.428571, 0, 0]);
    expect(kept({ topP: 0.75 })).toEqual([0.444444, 0.333333, 0.222222, 0]);
    expect(kept({ topP: 1 })).toEqual([0.4, 0.3, 0.2, 0.1]);
    expect(kept({ topP: 0.5, topK: 2 })).toEqual([1, 0, 0, 0]);
    expect(kept({ topK: 9 })).toEqual([0.4, 0.3, 0.2, 0.1]);
  });

  test.each([1, 10, 1000])(
    'top-k and top-p of logits up to ±%s are those of a plain sort',
    (size) => {
      /** The ids that stay: sorted by weight, at most k, and the fewest of those that reach p. */
      const plain = (weights: number[], k: number, p: number): number[] => {
        const ids = [...weights.keys()]
          .sort((a, b) => weights[b] - weights[a] || a - b)
          .slice(0, k);
        const wanted = p * ids.reduce((sum, id) => sum + weights[id], 0);
        let reached = 0;
        return ids.filter((id) => {
          const needed = p === 1 || reached < wanted;
          reached += weights[id];
          return needed;
        });
      };
      // Rounded, so that many are equal.
      const logits = Array.from({ length: 400 }, (_, i) => Math.round(12 * Math.sin(i * i)) / 12);
      const scaled = logits.map((logit) => logit * size);
      const weights = scaled.map((logit) => Math.exp(logit - Math.max(...scaled)));
      for (const topK of [1, 2, 7, 50, 399, 400, 500]) {
        for (const topP of [1e-9, 0.123, 0.5, 0.987, 1]) {
          const probabilities = tokenProbabilities(scaled, { temperature: 1, topK, topP });
          const kept = [...probabilities.keys()].filter((id) => probabilities[id] > 0);
          const expected = plain(weights, topK, topP).filter((id) => weights[id] > 0);
          expect(kept, `topK ${topK}, topP ${topP}`).toEqual(expected.sort((a, b) => a - b));
        }
      }
    },
  );

  test('among equally probable tokens, top-k and top-p keep the first', () => {
    const equal = [0, 1, 1, 1, 0];
    expect(Array.from(tokenProbabilities(equal, { temperature: 1, topK: 2 }))).toEqual([
      0, 0.5, 0.5, 0, 0,
    ]);
    expect(tokenProbabilities(equal).indexOf(1)).toBe(1);
  });

  test('the penalty lowers logits of seen tokens, positive and negative ones', () => {
    const options = { temperature: 1, repetitionPenalty: 2 };
    const changed = tokenProbabilities([2, -2, 1], options, [0, 1, 1]);
    close(changed, Array.from(tokenProbabilities([1, -4, 1], { temperature: 1 })));
  });

  test('large and infinite logits', () => {
    close(tokenProbabilities([1e4, 1e4, -1e4], { temperature: 0.1 }), [0.5, 0.5, 0]);
    close(
      tokenProbabilities([0, -Infinity, 0], { temperature: 1, topK: 3, topP: 0.9 }),
      [0.5, 0, 0.5],
    );
  });

  test('draws tokens as often as their probabilities say', () => {
    const options = { temperature: 1, topK: 5 };
    const probabilities = tokenProbabilities(logits, options);
    const n = 20_000;
    const counts = new Array(logits.length).fill(0);
    for (let i = 0; i < n; i++) counts[sampleToken(logits, options, [], (i + 0.5) / n)]++;
    counts.forEach((count, id) => expect(Math.abs(count - n * probabilities[id])).toBeLessThan(2));
    expect(sampleToken(logits, options, [], 1)).toBe(8); // the last that is possible
  });
});
