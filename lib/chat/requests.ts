/** Reading and checking the bodies of requests. */
import { z } from 'zod';
import { ChatError } from './errors';

/** Most characters of a text. */
const MAX_CHARACTERS = 20_000;
/** Most bytes of a body: two texts, in which JSON may write each character as six bytes. */
const MAX_BYTES = 12 * MAX_CHARACTERS + 2_000;
const MAX_NEW_TOKENS = 500;

/** Replaces half of a surrogate pair by U+FFFD, as the tokenizer does. */
const wellFormed = (value: string): string => Buffer.from(value, 'utf8').toString('utf8');

/** A text that is not blank. */
const text = z
  .string()
  .max(MAX_CHARACTERS)
  .refine((value) => value.trim() !== '', 'must not be empty')
  .transform(wellFormed);

const sampling = {
  maxNewTokens: z.number().int().min(1).max(MAX_NEW_TOKENS).default(100),
  temperature: z.number().min(0).max(10).default(0.8),
  topK: z.number().int().min(1).max(1_000_000).optional(),
  topP: z.number().gt(0).max(1).default(1),
  seed: z.number().int().min(0).max(0x7fffffff).default(0),
};

export const classifyRequest = z.strictObject({ text });
export const generateRequest = z.strictObject({
  model: z.enum(['gpt-mini', 'gpt2']).default('gpt-mini'),
  prompt: text,
  ...sampling,
});

export const instructRequest = z.strictObject({
  instruction: text,
  input: z.string().max(MAX_CHARACTERS).default('').transform(wellFormed),
  ...sampling,
});

export type SamplingRequest = Omit<z.output<typeof generateRequest>, 'model' | 'prompt'>;

/**
 * Reads and checks a request's JSON body; stops at the size limit.
 *
 * @throws ChatError 415, 413 or 400, which says what was expected
 */
export async function readJson<T extends z.ZodType>(
  request: Request,
  schema: T,
): Promise<z.output<T>> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new ChatError(415, 'not-json', 'The body must be application/json');
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await readBody(request)));
  } catch (error) {
    if (error instanceof ChatError) throw error;
    throw new ChatError(400, 'not-json', 'The body is not JSON in UTF-8');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [{ code, path, message, ...issue }] = parsed.error.issues;
  if (code === 'too_big' && 'origin' in issue && issue.origin === 'string') {
    throw new ChatError(
      413,
      'too-large',
      `${path.join('.')}: at most ${MAX_CHARACTERS} characters`,
    );
  }
  throw new ChatError(400, 'invalid', [path.join('.'), message].filter(Boolean).join(': '));
}

/**
 * Reads a body up to the size limit. (hono's `bodyLimit` copies a request that arrives in chunks
 * into a new `Request`, which `@hono/node-server` supports only if it replaces Node's globals.)
 *
 * @throws ChatError 413
 */
async function readBody(request: Request): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const count = (bytes: number) => {
    if (bytes <= MAX_BYTES) return;
    throw new ChatError(413, 'too-large', `The body has more than ${MAX_BYTES} bytes`);
  };
  count(Number(request.headers.get('content-length') ?? 0));
  for await (const piece of request.body ?? []) {
    count((size += piece.length));
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
