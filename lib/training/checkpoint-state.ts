/** The file `state.json` of a checkpoint: everything but the tensors. */
import { z } from 'zod';
import { DataError } from '../core/errors';
import { readText } from '../core/read-file';

export const FORMAT = 'gpt-in-typescript checkpoint 2';
/** The first version, without config, optimizer and checksums. */
const FORMAT_1 = 'gpt-in-typescript checkpoint 1';

const countSchema = z.number().int().nonnegative();
const numbersSchema = z.array(z.number());
const lossSchema = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN); // JSON writes NaN as null
/** The form of a `TrainingHistory` in JSON. */
export const historySchema = z
  .object({
    step: countSchema,
    tokens: countSchema,
    losses: numbersSchema,
    gradNorms: numbersSchema,
    learningRates: numbersSchema,
    evaluations: z.array(
      z.object({
        step: countSchema,
        trainLoss: lossSchema,
        validationLoss: lossSchema.optional(),
      }),
    ),
  })
  .refine(
    ({ step, losses, gradNorms, learningRates }) =>
      losses.length <= step &&
      losses.length === gradNorms.length &&
      losses.length === learningRates.length,
    'must have a loss, a gradient norm and a learning rate for each step',
  );
const stateV1 = z.object({
  format: z.literal(FORMAT_1),
  engine: z.object({
    backend: z.string(),
    mode: z.enum(['eager', 'compiled']),
    threads: z.number(),
    precision: z.string(),
  }),
  seed: z.number().int(),
  data: z.object({
    epoch: countSchema,
    position: countSchema,
    order: z.string(),
    batches: countSchema.optional(),
  }),
  history: historySchema,
});
const stateV2 = stateV1.extend({
  format: z.literal(FORMAT),
  config: z.record(z.string(), z.unknown()).optional(),
  optimizer: z.record(z.string(), z.unknown()),
});
const stateSchema = z.discriminatedUnion('format', [
  stateV1.extend({ config: z.undefined().optional(), optimizer: z.undefined().optional() }),
  stateV2,
]);

/**
 * Reads and checks the file.
 *
 * @throws DataError in one line if it is unreadable or has another format
 */
export function readState(file: string): z.infer<typeof stateSchema> {
  const text = readText(file);
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const { data, error } = stateSchema.safeParse(state);
  if (data) return data;
  const [{ path: place, message }] = error.issues;
  throw new DataError(
    `${file} is not a "${FORMAT}": ${[place.join('.'), message].filter(Boolean).join(': ')}`,
  );
}
