// What a model can be taught: fine-tuned on instructions for as long as chapter 7's quick run takes,
// then asked for held-out skills and the tasks of an exam.
import fs from 'node:fs';
import { z } from 'zod';
import { shuffled } from '../../lib/core/seeded-random';
import { DataError, seededRandom } from '../../lib/data';
import {
  answerRange,
  formatPrompt,
  InstructionLoader,
  instructionTune,
} from '../../lib/instruction';
import { GPTModel } from '../../lib/model';
import { exactMatch, writeOn, type Reader } from './measures';
import type { Recipe } from './recipe';
import { skillRecords } from './skills';
import { LANGUAGES, mean, percent, table } from './tables';
import { testTasks } from './test-texts';

const examForm = z
  .array(
    z.strictObject({
      language: z.enum(['en', 'pt']),
      kind: z.string().min(1),
      instruction: z.string().min(1),
      input: z.string(),
      /** Every answer that counts as right. */
      answers: z.array(z.string().min(1)).min(1),
    }),
  )
  .min(1);

/** How a model is fine-tuned. */
export type Teaching = NonNullable<Recipe['teaching']>;

export type Exam = z.infer<typeof examForm>;

/**
 * Reads an exam: a JSON array of tasks with `language` ("en" or "pt"), `kind`, `instruction`, `input`
 * and `answers`.
 *
 * @throws DataError when the file cannot be read, or a field is missing, unknown or wrong
 */
export function readExam(file: string): Exam {
  let json: unknown;
  try {
    json = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new DataError(`The exam ${file} cannot be read: ${(error as Error).message}`);
  }
  const { data, error } = examForm.safeParse(json);
  if (data) return data;
  const [first] = error.issues;
  throw new DataError(`${file}: ${first.path.join('.') || 'the exam'}: ${first.message}`);
}

/** Letters of either case, quotes of either kind and a last full stop make no difference. */
const comparable = (answer: string) =>
  answer
    .trim()
    .toLowerCase()
    .replace(/[“”]/g, '"')
    .replace(/[‘’]/g, "'")
    .replace(/\s+/g, ' ')
    .replace(/[.!]$/, '');

/** Whether what a model wrote is one of the answers that count as right. */
export function isAccepted(written: string, answers: readonly string[]): boolean {
  const { start, end } = answerRange(written);
  const answer = comparable(written.slice(start, end));
  return answers.some((accepted) => comparable(accepted) === answer);
}

/** Answers to an exam's tasks, in their order: what was written, and whether it is right. */
export async function takeExam(reader: Reader, exam: Exam) {
  const { tokenizer } = reader;
  const prompts = exam.map((task) => tokenizer.encode(formatPrompt(task)));
  const written = await writeOn(reader, prompts, { maxNewTokens: 60 });
  return exam.map((task, i) => ({
    ...task,
    written: written[i],
    right: isAccepted(written[i], task.answers),
  }));
}

/**
 * A copy of a model, fine-tuned on tasks of all skills with the words and wordings of the training
 * text. The caller disposes it.
 */
export async function teach(
  { model, tokenizer }: Reader,
  { records, batch, rate }: Teaching,
): Promise<GPTModel> {
  const seed = 1;
  const each = (['en', 'pt'] as const).flatMap((language) =>
    skillRecords(language, Math.ceil(records / 2), seed),
  );
  const loader = new InstructionLoader(shuffled(each, seededRandom(seed)), tokenizer, {
    batchSize: batch,
    maxLength: model.config.contextLength,
    maskInstruction: true,
  });
  const pupil = new GPTModel(model.config, { seed });
  try {
    pupil.setParameters(model.parameters());
    await instructionTune(pupil, loader, undefined, {
      epochs: 1,
      learningRate: rate,
      seed,
      quiet: true,
    });
  } catch (error) {
    pupil.dispose();
    throw error;
  }
  return pupil;
}

/**
 * Fine-tunes a copy of a model and says in Markdown what it can do then.
 *
 * @param tasks of each kind of skill, at most
 */
export async function teachingTables(
  reader: Reader,
  teaching: Teaching,
  { exam, tasks }: { exam?: Exam; tasks?: number } = {},
): Promise<string> {
  const pupil = { model: await teach(reader, teaching), tokenizer: reader.tokenizer };
  try {
    const kinds = new Map<string, number[]>();
    for (const language of ['en', 'pt'] as const) {
      for (const some of testTasks(language, tasks, true)) {
        const [{ kind }] = some;
        kinds.set(kind, [...(kinds.get(kind) ?? []), await exactMatch(pupil, some)]);
      }
    }
    const rows = [...kinds].map(([kind, shares]) => [kind, ...shares.map(percent)]);
    const means = [0, 1].map((i) => percent(mean([...kinds.values()].map((shares) => shares[i]))));
    const { records, batch, rate } = teaching;
    return `## After fine-tuning on instructions

All weights, one reading of ${records} records of the skills in chapter 7's form (${Math.ceil(records / batch)} steps of ${batch}, rate ${rate}), with the
words and wordings of the training text. Then held-out words and wordings, answered greedily, right to the letter:

${table(['kind', LANGUAGES.en, LANGUAGES.pt], [...rows, ['**mean of kinds**', ...means]])}

${exam ? examined(await takeExam(pupil, exam)) : 'No exam was taken: --exam FILE names one.'}
`;
  } finally {
    pupil.model.dispose();
  }
}

function examined(tasks: Awaited<ReturnType<typeof takeExam>>): string {
  const share = (some: typeof tasks) =>
    percent(some.filter(({ right }) => right).length / some.length);
  const languages = [...new Set(tasks.map(({ language }) => language))].map((language) => {
    const some = tasks.filter((task) => task.language === language);
    return `${share(some)} of ${some.length} in ${LANGUAGES[language]}`;
  });
  return (
    `An exam of ${tasks.length} tasks, written by hand by somebody who had not read the generator of the skills: ` +
    `${share(tasks)} right (${languages.join(', ')}).`
  );
}
