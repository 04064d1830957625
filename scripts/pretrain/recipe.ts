// A recipe: everything that decides what a model will be, in one file that is committed.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { DataError } from '../../lib/data';

const FOLDER = path.join(__dirname, 'recipes');

/** Licences under which a model that was trained on the text may be passed on, also for money. */
const LICENCES = [
  'public domain',
  'MIT',
  'Apache-2.0',
  'CC-BY-4.0',
  'CC-BY-2.0-FR',
  'CDLA-Sharing-1.0',
] as const;

const shared = {
  name: z.string(),
  language: z.enum(['en', 'pt']),
  /** How often the source is read. */
  passes: z.number().int().positive(),
};

const source = z.discriminatedUnion('kind', [
  /** A file of the corpus folder, that is not the project's to give. */
  z.strictObject({
    ...shared,
    kind: z.literal('file'),
    file: z.string(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    title: z.string(),
    licence: z.enum(LICENCES),
    origin: z.string(),
    /** How the file is cut: at `<|endoftext|>`, or a sentence a line. */
    form: z.enum(['documents', 'sentences']),
    /** Stories whose translation is in the file of the other language: see documents.ts. */
    translated: z.boolean().optional(),
    /** Said by the model to be left out: parts of titles or first lines. */
    leaveOut: z.array(z.string()).optional(),
  }),
  /** Books of the catalogue; their last 3 % are kept back. */
  z.strictObject({
    ...shared,
    kind: z.literal('books'),
    leaveOut: z.array(z.string()),
  }),
  /** Made by the grammar and the generators of this folder. */
  z.strictObject({
    ...shared,
    kind: z.enum(['stories', 'agreement', 'skills']),
    documents: z.number().int().positive(),
  }),
]);

const recipe = z.strictObject({
  title: z.string(),
  model: z.strictObject({
    nLayers: z.number().int().positive(),
    nHeads: z.number().int().positive(),
    embDim: z.number().int().positive(),
    contextLength: z.number().int().positive(),
  }),
  vocabSize: z.number().int().min(257),
  training: z.strictObject({
    steps: z.number().int().positive(),
    batch: z.number().int().positive(),
    rate: z.number().positive(),
    warmup: z.number().int().positive(),
    weightDecay: z.number().nonnegative(),
    seed: z.number().int().positive(),
  }),
  sources: z.array(source).min(1),
});

export type Recipe = z.infer<typeof recipe>;
export type CorpusSource = Recipe['sources'][number];

/**
 * Reads a recipe of this project by its name, or a file of yours.
 *
 * @throws DataError when there is none, or a field is missing, unknown or wrong: such as a licence
 *   under which a model could not be passed on
 */
export function loadRecipe(name: string): Recipe {
  const file = name.endsWith('.json') ? path.resolve(name) : path.join(FOLDER, `${name}.json`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const known = readdirSync(FOLDER).map((entry) => path.basename(entry, '.json'));
    throw new DataError(
      `The recipe ${name} cannot be read (${(error as Error).message}); there are: ${known.join(', ')}`,
    );
  }
  const { data, error } = recipe.safeParse(json);
  if (!data) {
    const [first] = error.issues;
    throw new DataError(`${file}: ${first.path.join('.') || 'the recipe'}: ${first.message}`);
  }
  return data;
}
