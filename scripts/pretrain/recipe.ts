// A recipe: everything that decides what a model will be, in one file that is committed.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { CATALOGUE, DataError } from '../../lib/data';

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

const bookName = z
  .string()
  .refine((name) => CATALOGUE.some((book) => book.name === name && book.kind === 'book'), {
    error: ({ input }) => `the catalogue has no book ${JSON.stringify(input)}`,
  });

const licence = z.enum(LICENCES, {
  error: ({ input }) =>
    `${JSON.stringify(input)} is not among the licences under which a model may be passed on: ` +
    LICENCES.join(', '),
});

const shared = {
  name: z.string(),
  language: z.enum(['en', 'pt']),
  /** How often the source is read. */
  passes: z.number().int().nonnegative(),
  /** How often its documents are read in the last stage of the training, 0.5 for half of them; default never. */
  late: z.number().positive().optional(),
};

const source = z.discriminatedUnion('kind', [
  /** A file of the corpus folder, that is not the project's to give. */
  z.strictObject({
    ...shared,
    kind: z.literal('file'),
    file: z.string(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    title: z.string(),
    licence,
    origin: z.string(),
    /** How the file is cut: at `<|endoftext|>`, or a sentence a line. */
    form: z.enum(['documents', 'sentences']),
    /** Stories whose translation is in the file of the other language: see documents.ts. */
    translated: z.boolean().optional(),
    /** Was never published, so that others can train without it only. */
    unpublished: z.boolean().optional(),
    /** Documents with one of these in them are left out. */
    leaveOut: z.array(z.string()).optional(),
  }),
  /** The catalogue's books in a language, without those that are never to be seen. */
  z.strictObject({
    ...shared,
    kind: z.literal('books'),
    /** Left out too, such as what is there in another spelling. */
    leaveOut: z.array(bookName),
  }),
  /** Made by the grammar and the generators of this folder. */
  z.strictObject({
    ...shared,
    kind: z.enum(['stories', 'agreement', 'skills', 'instructions', 'copies']),
    documents: z.number().int().positive(),
  }),
]);

const fields = z.strictObject({
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
    /** Windows of `contextLength` tokens in a step. */
    batch: z.number().int().positive(),
    /** The highest learning rate. */
    rate: z.number().positive(),
    warmup: z.number().int().positive(),
    /** The step after which the documents of the last stage are read, where sources are `late`. */
    lateFrom: z.number().int().positive().optional(),
    schedule: z.enum(['trapezoid', 'cosine']),
    weightDecay: z.number().nonnegative(),
    /** Of weights and the order of windows. */
    seed: z.number().int().positive(),
  }),
  /** A fine-tuning that shows what the model can be taught: one reading of records of the skills. */
  teaching: z
    .strictObject({
      records: z.number().int().positive(),
      batch: z.number().int().positive(),
      rate: z.number().positive(),
    })
    .optional(),
  /** Of what is generated, and of the order of the documents. */
  seed: z.number().int().positive(),
  /** Books of the catalogue that are measured and of which nothing is trained on. */
  unseen: z.array(bookName),
  sources: z
    .array(source)
    .min(1)
    .superRefine((sources, { addIssue }) => {
      const unread = sources.find(({ passes, late }) => passes === 0 && late === undefined);
      if (unread) addIssue(`${unread.name} is never read: passes is 0 and late is missing`);
    })
    .refine((sources) => new Set(sources.map(({ name }) => name)).size === sources.length, {
      error: 'two have the same name',
    }),
});

/** What trials of a recipe of this project have shown, in Markdown: a file beside it. */
function trialsOf(file: string): string | undefined {
  const trials = file.replace(/\.json$/, '.md');
  const isOurs = path.dirname(file) === FOLDER;
  return isOurs && existsSync(trials) ? readFileSync(trials, 'utf8') : undefined;
}

const recipe = fields.refine(
  ({ training, sources }) =>
    (training.lateFrom !== undefined) === sources.some(({ late }) => late !== undefined),
  { error: 'training.lateFrom and sources with late need each other' },
);

export type Recipe = z.infer<typeof recipe> & {
  /** As it is called for: its file's name without `.json`. */
  name: string;
  /** What trials have shown, in Markdown; only of recipes of this project. */
  trials?: string;
};
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
    const files = readdirSync(FOLDER).filter((entry) => entry.endsWith('.json'));
    const known = files.map((entry) => path.basename(entry, '.json'));
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new DataError(`There is no recipe ${name}; there are: ${known.join(', ')}`);
    }
    throw new DataError(`The recipe ${name} cannot be read: ${(error as Error).message}`);
  }
  const { data, error } = recipe.safeParse(json);
  if (!data) {
    const [first] = error.issues;
    throw new DataError(`${file}: ${first.path.join('.') || 'the recipe'}: ${first.message}`);
  }
  return { ...data, name: path.basename(file, '.json'), trials: trialsOf(file) };
}
