// The finished gpt-mini: weights, tokenizer, and a card that says where they come from.
import fs from 'node:fs';
import path from 'node:path';
import { SlidingWindowLoader } from '../../lib/data';
import { generateText } from '../../lib/decoding';
import { countParameters, type GPTModel } from '../../lib/model';
import type { BPETokenizer } from '../../lib/tokenizer';
import { evaluate, perplexity, type Engine, type TrainingHistory } from '../../lib/training';
import { loadModel, saveModel } from '../../lib/weights';
import { BOOKS, encodeAll, type Language, type Part } from './corpus';

/** How gpt-mini was trained: what the card tells. */
export interface Run {
  history: TrainingHistory;
  engine: Engine;
  seed: number;
  batch: number;
  rate: number;
  /** Of the whole training, in the middle of whatever else the machine did. */
  seconds: number;
}

const LANGUAGES: Record<Language, string> = { pt: 'Portuguese', en: 'English' };
const PROMPTS: Record<Language, string[]> = {
  pt: ['Era uma vez', 'A casa ficava', 'Não sei'],
  en: ['Once upon a time', 'The house was', 'I do not know'],
};
const SAMPLING = { temperature: 0.8, topK: 40, maxNewTokens: 60 };

/** Writes Hugging Face's layout in f16, the tokenizer and README.md, all from what was written. */
export async function exportModel(
  trained: GPTModel,
  tokenizer: BPETokenizer,
  parts: Part[],
  run: Run,
  dir: string,
): Promise<void> {
  saveModel(trained, dir, { dtype: 'F16', tokenizer });
  const model = await loadModel(dir); // its rounded weights are what the card speaks of
  const rows: string[] = [];
  for (const [language, name] of Object.entries(LANGUAGES)) {
    const held = parts.filter((part) => part.language === language).map((part) => part.validation);
    const tokens = encodeAll(tokenizer, held);
    const bytes = held.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const length = model.config.contextLength;
    const loss = await evaluate(model, new SlidingWindowLoader(tokens, { length, batchSize: 8 }));
    const perByte = perplexity((loss * tokens.length) / bytes);
    rows.push(
      `| ${name} | ${bytes} | ${tokens.length} | ${loss.toFixed(3)} | ` +
        `${perplexity(loss).toFixed(1)} | ${perByte.toFixed(3)} |`,
    );
  }
  const samples: string[] = [];
  for (const prompt of Object.values(PROMPTS).flat()) {
    let text = '';
    for await (const piece of generateText(model, tokenizer, prompt, { ...SAMPLING, seed: 1 })) {
      text += piece;
    }
    samples.push(`> **${prompt}**${text.trimEnd().replace(/\n/g, '\n> \n> ')}\n`);
  }
  fs.writeFileSync(path.join(dir, 'README.md'), card(model, parts, run, rows, samples));
  model.dispose();
}

const thousands = (n: number) => n.toLocaleString('en-US');

function card(model: GPTModel, parts: Part[], run: Run, rows: string[], samples: string[]): string {
  const { config } = model;
  const { history, engine, seed, batch, rate, seconds } = run;
  const curve = history.evaluations.map(
    ({ step, trainLoss, validationLoss }) =>
      `| ${step} | ${trainLoss.toFixed(3)} | ${validationLoss?.toFixed(3)} |`,
  );
  const bytes = (language: Language) =>
    parts
      .filter((part) => part.language === language)
      .reduce((sum, part) => sum + Buffer.byteLength(part.train), 0);
  const books = BOOKS.map(({ title }) => title).join('; ');
  return `---
language: [pt, en]
license: mit
pipeline_tag: text-generation
---

# gpt-mini

A small GPT-2 that this project pretrained itself, from nothing, with \`npm run pretrain\`. It writes
phrases in the Portuguese and English of 19th-century novels, and makes the chapters mean something
offline. It knows nothing and follows no instructions.

| | |
|---|---|
| Parameters | ${thousands(countParameters(config))}: ${config.nLayers} layers, ${config.nHeads} heads, width ${config.embDim}, tied head |
| Context | ${config.contextLength} tokens |
| Vocabulary | ${thousands(config.vocabSize)}: byte-level BPE, trained on the same texts |
| File | Hugging Face layout, float16 |

## Training

- Data: ${thousands(bytes('pt'))} bytes of Portuguese and ${thousands(bytes('en'))} of English in ${BOOKS.length} books, all in the public
  domain. Lines were joined to paragraphs. The last 3 % of each book were held back for validation.
- ${thousands(history.step)} steps of ${batch} × ${config.contextLength} tokens, ${thousands(history.tokens)} tokens in all; seed ${seed}.
- AdamW (β₁ 0.9, β₂ 0.99, weight decay 0.1 on matrices), gradients clipped to norm 1, ${thousands(200)} steps of
  warm-up to a rate of ${rate}, then a cosine down to a twentieth of it; no dropout.
- ${Math.round(seconds / 60)} minutes on ${engine.threads} processor cores that other work was using at the same time, ${engine.backend}
  engine, ${engine.mode}, matrix products in ${engine.precision}.

| step | train loss | validation loss |
|--:|--:|--:|
${curve.join('\n')}

The losses are in nats per token, on 16 batches each.

## Evaluation

All of the held back texts, with the float16 weights, in windows of ${config.contextLength} tokens:

| language | bytes | tokens | loss | perplexity per token | perplexity per byte |
|---|--:|--:|--:|--:|--:|
${rows.join('\n')}

## Samples

Temperature ${SAMPLING.temperature}, top-k ${SAMPLING.topK}, seed 1, the first ${SAMPLING.maxNewTokens} tokens, not chosen:

${samples.join('\n')}
## Books

${books}.
`;
}
