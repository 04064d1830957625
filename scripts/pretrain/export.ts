// A finished model: weights, tokenizer, and a card that says where they come from.
import { tf } from '../../lib/backend';
import { writeFilesAtomic } from '../../lib/data';
import { countParameters, type GPTModel } from '../../lib/model';
import type { Engine, TrainingHistory } from '../../lib/training';
import { modelFiles } from '../../lib/weights';
import { fromInt8, toFloat16, toInt8 } from '../../lib/weights/int8';
import { evaluationTables, type EvaluationOptions } from './evaluation';
import type { CorpusSource, Recipe } from './recipe';
import { percent } from './tables';
import type { TokenFile } from './token-file';

/** How a model was trained: what the card tells. */
export interface Run {
  /** With the numbers that were used, if others were given on the command line. */
  recipe: Recipe;
  history: TrainingHistory;
  engine: Engine;
  /** What computed it, in words. */
  machine: string;
  /** Of the whole training, in the middle of whatever else the machine did. */
  seconds: number;
}

/**
 * Rounds a model's weights in place, so that it is the same model in float16 and in int8: matrices
 * to what their int8 form stands for, vectors to float16.
 */
export function roundToInt8(model: GPTModel): void {
  for (const parameter of Object.values(model.parameters())) {
    const numbers = parameter.dataSync() as Float32Array;
    const rounded =
      parameter.rank < 2 ? toFloat16(numbers) : fromInt8(toInt8(numbers, parameter.shape[0]));
    tf.tidy(() => parameter.assign(tf.tensor(rounded, parameter.shape)));
  }
}

/**
 * Rounds the model's weights to what their int8 form stands for, measures it, and writes Hugging
 * Face's layout in float16, the tokenizer and README.md, as one set.
 *
 * @param options of the measures
 */
export async function exportModel(
  model: GPTModel,
  tokens: TokenFile,
  run: Run,
  dir: string,
  options?: EvaluationOptions,
): Promise<void> {
  roundToInt8(model);
  const { tokenizer } = tokens;
  const evaluation = await evaluationTables({ model, tokenizer }, tokens, options);
  writeFilesAtomic(dir, {
    ...modelFiles(model, { dtype: 'F16', tokenizer }),
    'README.md': card(model, tokens, run, evaluation),
  });
}

const thousands = (n: number) => n.toLocaleString('en-US');

function described(source: CorpusSource): [title: string, licence: string, origin: string] {
  switch (source.kind) {
    case 'file':
      return [
        source.title,
        source.licence,
        `\`${source.file}\`, from ${source.origin}${source.unpublished ? '; not published' : ''}`,
      ];
    case 'books':
      return ["Books of this project's catalogue", 'public domain', '`./gpt data list`'];
    default:
      return ['Made by `scripts/pretrain`', 'as this project', 'made anew from the seed'];
  }
}

function card(model: GPTModel, { about }: TokenFile, run: Run, evaluation: string): string {
  const { config } = model;
  const { recipe, history, engine, machine, seconds } = run;
  const { batch, rate, warmup, schedule, weightDecay, seed } = recipe.training;
  const curve = history.evaluations.map(
    ({ step, trainLoss, validationLoss }) =>
      `| ${step} | ${trainLoss.toFixed(3)} | ${validationLoss?.toFixed(3) ?? 'none'} |`,
  );
  const { lateFrom = history.step } = recipe.training;
  const early = history.tokens * Math.min(1, lateFrom / history.step);
  /** How often the tokens of the first stage were read, and those of the last. */
  const times = early / about.tokens;
  const lateTimes = about.lateTokens && (history.tokens - early) / about.lateTokens;
  const read = ({ tokens, passes, late }: (typeof about.sources)[number]) =>
    tokens * passes * times + late * lateTimes;
  const share = (wanted: (source: CorpusSource) => boolean) =>
    about.sources
      .filter((_, i) => wanted(recipe.sources[i]))
      .reduce((sum, source) => sum + read(source) / history.tokens, 0);
  const sources = about.sources.map((source, i) => {
    const [title, licence, origin] = described(recipe.sources[i]);
    const { name, documents, tokens } = source;
    const timesRead = (read(source) / tokens).toFixed(1);
    return `| ${[
      name,
      title,
      licence,
      origin,
      thousands(documents),
      thousands(tokens),
      timesRead,
      percent(read(source) / history.tokens),
    ].join(' | ')} |`;
  });
  const overlaps = about.sources.map((source) => {
    const { name, overlapping, overlappingShare, overlappingAfter } = source;
    return `| ${name} | ${overlapping} | ${(100 * overlappingShare).toFixed(2)} % | ${overlappingAfter} | ${source.withoutOriginal} | ${source.faulty} |`;
  });
  const fromFiles = share(({ kind }) => kind === 'file');
  const unpublished = share((source) => source.kind === 'file' && source.unpublished === true);
  return `---
language: [pt, en]
license: mit
pipeline_tag: text-generation
---

# ${recipe.name}

${recipe.title}, pretrained by this project from nothing with
\`./gpt pretrain --recipe ${recipe.name} --corpus DIR\`.

| | |
|---|---|
| Parameters | ${thousands(countParameters(config))}: ${config.nLayers} layers, ${config.nHeads} heads, width ${config.embDim}, tied head |
| Context | ${config.contextLength} tokens |
| Vocabulary | ${thousands(config.vocabSize)}: byte-level BPE, trained on the same texts |
| File | Hugging Face layout, float16; each number of a matrix is an integer from −127 to 127 times its row's scale |

## Data

${thousands(about.tokens)} tokens of documents in random order, those of some sources several times.${
    about.lateTokens
      ? ` After step ${thousands(lateFrom)} ${thousands(about.lateTokens)} tokens of a choice of them, with more exercises.`
      : ''
  }

| source | what | licence | origin | documents | tokens | times read | share of what was read |
|---|---|---|---|--:|--:|--:|--:|
${sources.join('\n')}

The files are gathered from the repositories named, at those commits, and have the hashes in the recipe:
${percent(fromFiles)} of the tokens are theirs. ${
    unpublished
      ? `${percent(unpublished)} are of files that were never published, which nobody else can repeat. `
      : ''
  }Everything else, ${percent(1 - fromFiles)}, follows from this
repository and its catalogue. Texts under a CC BY licence are by the authors whom their origins name; they were cut, and their
quotes and spaces made plain.

Kept back and never read: one in ten stories, with its translation, and the last 3 % of each book; and of the
catalogue ${recipe.unseen.join(', ')}. Documents that shared 13 words in a row with those or with a test text, or a
whole sentence with a pair of sentences to be judged, were taken out (${about.tests.join(', ')}):

| source | documents taken out | share | left that overlap | no original known | faults of translation |
|---|--:|--:|--:|--:|--:|
${overlaps.join('\n')}

${recipe.trials ? `## Trials\n\n${recipe.trials}\n` : ''}## Training

- ${thousands(history.step)} steps of ${batch} × ${config.contextLength} tokens, ${thousands(history.tokens)} tokens in all; seed ${seed}.
- AdamW (β₁ 0.9, β₂ 0.99, weight decay ${weightDecay} on matrices), gradients clipped to norm 1, ${warmup} steps of warm-up to a rate
  of ${rate}, then ${schedule === 'trapezoid' ? 'constant, and over the last 20 % of the steps in a straight line to 0' : 'a cosine down to a twentieth of it'}; no dropout.
- ${seconds < 120 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`} on ${machine}; ${engine.threads} threads, ${engine.mode}.

| step | train loss | validation loss |
|--:|--:|--:|
${curve.join('\n')}

The losses are in nats per token, on 16 batches each. Everything below was measured with the weights as they are in the file.

${evaluation}
`;
}
