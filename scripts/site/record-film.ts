/** `./gpt site film`: see HELP. */
import fs from 'node:fs';
import path from 'node:path';
import { initBackend, tf } from '../../lib/backend';
import { openText, SlidingWindowLoader } from '../../lib/data';
import { generateText } from '../../lib/decoding';
import { GPTModel } from '../../lib/model';
import { BPETokenizer } from '../../lib/tokenizer';
import { AdamW, cosineSchedule, train } from '../../lib/training';
import { EXIT_CODES, readArguments, runCommand } from '../commands/arguments';
import type { Film, Frame } from './film';

const HELP = `Usage: ./gpt site film

Records scripts/site/film.json, the training that the site shows as a film: a small GPT learns the
project's own story, and at some of its steps we keep the losses, a sample, and where each head
looks.

${EXIT_CODES}`;

const STEPS = 800;
const PROMPT = 'In the year the river rose';
const SENTENCE = 'She had a table, a lamp, a clock that gained four minutes a day';
const CONFIG = { contextLength: 64, embDim: 96, nHeads: 4, nLayers: 3 };
const OUT = path.join(__dirname, 'film.json');

/** The steps to keep: close together at first, where most happens. */
function isFrame(step: number): boolean {
  if (step <= 40) return step % 4 === 0;
  if (step <= 200) return step % 20 === 0;
  return step % 40 === 0;
}

async function main(args: string[]): Promise<void> {
  const options = { help: { type: 'boolean', short: 'h', default: false } } as const;
  if (readArguments(args, options).values.help) return console.log(HELP);
  const { description } = await initBackend();
  console.log(description);
  const { text } = openText('story-en');
  const cut = text.lastIndexOf('\n\n', Math.floor(0.9 * text.length));
  const tokenizer = BPETokenizer.train(text.slice(0, cut), {
    vocabSize: 512,
    specialTokens: ['<|endoftext|>'],
  });
  const length = CONFIG.contextLength;
  const loader = new SlidingWindowLoader(tokenizer.encode(text.slice(0, cut)), {
    length,
    stride: 1,
    batchSize: 8,
    shuffle: true,
    seed: 1,
  });
  const validation = new SlidingWindowLoader(tokenizer.encode(text.slice(cut)), { length });
  const model = new GPTModel(
    { ...CONFIG, vocabSize: tokenizer.vocabSize, dropRate: 0, qkvBias: false },
    { seed: 1 },
  );
  const ids = tokenizer.encode(SENTENCE);
  const frames: Frame[] = [];

  await train({
    model,
    loader,
    validation,
    steps: STEPS,
    seed: 1,
    quiet: true,
    optimizer: new AdamW(model.parameters(), { learningRate: 3e-3 }),
    schedule: cosineSchedule({ steps: STEPS, peak: 3e-3, warmup: 20 }),
    evalEvery: 4,
    evalBatches: 4,
    async onEvaluation({ step, trainLoss, validationLoss }) {
      if (!isFrame(step)) return;
      let sample = '';
      for await (const piece of generateText(model, tokenizer, PROMPT, { maxNewTokens: 48 })) {
        sample += piece;
      }
      const losses = { train: trainLoss, validation: validationLoss! };
      frames.push({ step, ...losses, sample, attention: packAttention(model, ids) });
      console.log(`step ${step}: ${trainLoss.toFixed(2)} ${JSON.stringify(sample.slice(0, 60))}`);
    },
  });
  const millions = (model.countParameters() / 1e6).toFixed(2);
  const film: Film = {
    prompt: PROMPT,
    tokens: ids.map((id) => tokenizer.tokenText(id)),
    nLayers: CONFIG.nLayers,
    nHeads: CONFIG.nHeads,
    frames,
  };
  fs.writeFileSync(`${OUT}.tmp`, `${JSON.stringify(film)}\n`);
  fs.renameSync(`${OUT}.tmp`, OUT);
  console.log(
    `${frames.length} frames, ${millions} million parameters, ${fs.statSync(OUT).size} bytes`,
  );
}

function packAttention(model: GPTModel, ids: number[]): string {
  const layers = tf.tidy(() => model.trace([ids]).attention.map((layer) => layer.arraySync()));
  const bytes = (layers as number[][][][][]).flatMap(([heads]) =>
    heads.flatMap((rows) =>
      rows.flatMap((row, t) => row.slice(0, t + 1).map((weight) => Math.round(255 * weight))),
    ),
  );
  return Buffer.from(bytes).toString('base64');
}

runCommand('site film', main);
