/** From records to batches in which only what should be learned has a target. */
import { checkPositive, checkWhole } from '../core/checks';
import { permutation, seededRandom } from '../core/seeded-random';
import { EpochLoader } from '../data';
import { END_OF_TEXT, type BPETokenizer } from '../tokenizer';
import { IGNORE_INDEX, type Examples } from '../training';
import { formatPrompt, type InstructionRecord } from './prompt';

/** A record as the model sees it, without end of text. */
export interface EncodedExample {
  readonly ids: readonly number[];
  /** How many of the ids are the prompt. */
  readonly promptLength: number;
}

/**
 * The ids of prompt and answer. They are encoded each for itself, so that the prompt has the same
 * ids as when the model is asked. A special token's name in a record is read as plain text.
 */
export function encodeExample(tokenizer: BPETokenizer, record: InstructionRecord): EncodedExample {
  const prompt = tokenizer.encode(formatPrompt(record), { allowedSpecial: 'none' });
  const answer = tokenizer.encode(record.output, { allowedSpecial: 'none' });
  return { ids: [...prompt, ...answer], promptLength: prompt.length };
}

/** The id that ends an answer and fills up short rows. @throws Error when the tokenizer has none */
export function endOfTextId(tokenizer: BPETokenizer): number {
  const { eosId } = tokenizer;
  if (eosId !== undefined) return eosId;
  throw new Error(`This tokenizer has no ${END_OF_TEXT}, which has to end an answer`);
}

export interface CollateOptions {
  /** Ends each text, and fills up the rows: 50256 for GPT-2. */
  endOfText: number;
  /** What an ignored target is; default −100. */
  ignoreIndex?: number;
  /** Rows are cut to so many tokens; default: they are not. */
  maxLength?: number;
  /** For each text, how many of its first ids get no target; default: all have one. */
  promptLengths?: readonly number[];
  /** The rows' length is rounded up to a multiple of this, so that few shapes occur; default 1. */
  multipleOf?: number;
}

/**
 * Makes a batch of texts of different lengths, as in the reference course: each is ended by end of
 * text, filled up with it to the longest, and its targets are the ids moved on by one. The first end
 * of text stays a target, for the model has to learn to stop; the others are filling and ignored.
 *
 * @param texts the ids of each, at least one
 * @throws Error when there is no text, one is empty, or an option is impossible
 */
export function collate(
  texts: readonly (readonly number[])[],
  {
    endOfText,
    ignoreIndex = IGNORE_INDEX,
    maxLength = Infinity,
    promptLengths,
    multipleOf = 1,
  }: CollateOptions,
): Examples {
  if (!texts.length || texts.some((ids) => !ids.length)) {
    throw new Error('collate needs at least one text, and one token in each');
  }
  if (promptLengths && promptLengths.length !== texts.length) {
    throw new Error(`collate: ${promptLengths.length} prompt lengths for ${texts.length} texts`);
  }
  checkPositive({ maxLength }, { orInfinity: true });
  checkPositive({ multipleOf });
  checkWhole({ endOfText }, { from: 0 });
  promptLengths?.forEach((promptLength) => checkWhole({ promptLength }, { from: 0 }));
  checkWhole({ ignoreIndex });
  const longest = texts.reduce((most, { length }) => Math.max(most, length), 0);
  const length = Math.min(maxLength, Math.ceil(longest / multipleOf) * multipleOf);
  const inputs = new Int32Array(texts.length * length).fill(endOfText);
  const targets = new Int32Array(inputs.length).fill(ignoreIndex);
  texts.forEach((ids, row) => {
    inputs.set(ids.slice(0, length), row * length);
    const known = Math.max(0, (promptLengths?.[row] ?? 0) - 1);
    const answers = [...ids.slice(1), endOfText].slice(known, length);
    targets.set(answers, row * length + Math.min(known, length));
  });
  return { inputs, targets, shape: [texts.length, length] };
}

export interface InstructionLoaderOptions {
  /** Records in a batch; default 8. */
  batchSize?: number;
  /** Most tokens of a row; default those of the longest. */
  maxLength?: number;
  /** No targets in the prompt: only the answer is learned; default false, as published. */
  maskInstruction?: boolean;
  /**
   * As for {@link collate}; default 16. A training step is compiled for each shape that occurs, and
   * with `accumulate` for each sequence of shapes: there all rows should have one length.
   */
  multipleOf?: number;
  /** Leave out a last batch that is not full; default false. */
  dropLast?: boolean;
  /** Another order in every epoch; default false. */
  shuffle?: boolean;
  /** Default 0. */
  seed?: number;
}

/** Records as batches, for training and evaluation. */
export class InstructionLoader extends EpochLoader<Examples> {
  readonly batches: number;
  /** The records as ids. */
  readonly examples: readonly EncodedExample[];
  /** Records that do not end within `maxLength`: no stop is learned from them. */
  readonly cut: number;
  /** Records left out: with the instruction masked and the answer cut off, nothing is to be learned. */
  readonly leftOut: number;
  private readonly options: Required<InstructionLoaderOptions>;
  private readonly endOfText: number;

  /** @throws Error when there is no record or an option is impossible */
  constructor(
    records: readonly InstructionRecord[],
    tokenizer: BPETokenizer,
    options: InstructionLoaderOptions = {},
  ) {
    super();
    this.options = {
      batchSize: 8,
      maxLength: Infinity,
      maskInstruction: false,
      multipleOf: 16,
      dropLast: false,
      shuffle: false,
      seed: 0,
      ...options,
    };
    const { batchSize, maxLength, maskInstruction, multipleOf, dropLast } = this.options;
    checkPositive({ batchSize, multipleOf });
    checkPositive({ maxLength }, { orInfinity: true });
    this.endOfText = endOfTextId(tokenizer);
    const examples = records.map((record) => encodeExample(tokenizer, record));
    this.examples = maskInstruction
      ? examples.filter(({ promptLength }) => promptLength <= maxLength)
      : examples;
    this.leftOut = examples.length - this.examples.length;
    this.cut = this.examples.filter(({ ids }) => ids.length > maxLength).length;
    const full = this.examples.length / batchSize;
    this.batches = dropLast ? Math.floor(full) : Math.ceil(full);
    if (this.batches === 0) {
      const why = this.leftOut
        ? `: of ${records.length}, ${this.leftOut} are left out, whose prompts alone have more than ` +
          `maxLength = ${maxLength} tokens and leave no room for an answer`
        : '';
      throw new Error(
        `${this.examples.length} records are too few for one batch of ${batchSize}${why}`,
      );
    }
  }

  *epoch(epoch = 0, from = 0): IterableIterator<Examples> {
    const { batchSize, maxLength, maskInstruction, multipleOf, shuffle, seed } = this.options;
    const { length } = this.examples;
    const order = shuffle
      ? permutation(length, seededRandom(seed, epoch))
      : Uint32Array.from({ length }, (_, i) => i);
    for (let i = from; i < this.batches; i++) {
      const rows = Array.from(
        order.subarray(i * batchSize, (i + 1) * batchSize),
        (index) => this.examples[index],
      );
      yield collate(
        rows.map(({ ids }) => ids),
        {
          endOfText: this.endOfText,
          maxLength,
          multipleOf,
          ...(maskInstruction && { promptLengths: rows.map(({ promptLength }) => promptLength) }),
        },
      );
    }
  }

  protected order(): string {
    const { batchSize, maxLength, maskInstruction, multipleOf, shuffle, seed } = this.options;
    const masked = maskInstruction ? ', instructions masked' : '';
    const order = shuffle ? `shuffled with seed ${seed}` : 'in order';
    return (
      `${this.examples.length} records of at most ${maxLength} tokens${masked}, ` +
      `batches of ${batchSize}, padded to multiples of ${multipleOf}, ${order}`
    );
  }
}
