/** Batches of records, in which only the tokens to be learned have a target. */
import { checkPositive, checkWhole } from '../core/checks';
import { permutation, seededRandom } from '../core/seeded-random';
import { EpochLoader } from '../data';
import { END_OF_TEXT, type BPETokenizer } from '../tokenizer';
import { IGNORE_INDEX, type Examples } from '../training';
import { formatPrompt, type InstructionRecord } from './prompt';

/** A record as token ids, without the end of text. */
export interface EncodedExample {
  readonly ids: readonly number[];
  /** How many of the ids belong to the prompt. */
  readonly promptLength: number;
}

/**
 * The ids of prompt and answer. The two are encoded separately, so that the prompt has the same ids
 * as when the model is asked. Names of special tokens in a record are read as plain text.
 */
export function encodeExample(tokenizer: BPETokenizer, record: InstructionRecord): EncodedExample {
  const prompt = tokenizer.encode(formatPrompt(record), { allowedSpecial: 'none' });
  const answer = tokenizer.encode(record.output, { allowedSpecial: 'none' });
  return { ids: [...prompt, ...answer], promptLength: prompt.length };
}

/** The id that ends an answer and pads short rows. @throws Error if the tokenizer has none */
export function endOfTextId(tokenizer: BPETokenizer): number {
  const { eosId } = tokenizer;
  if (eosId !== undefined) return eosId;
  throw new Error(`This tokenizer has no ${END_OF_TEXT}, which must end every answer`);
}

export interface CollateOptions {
  /** The id that ends each text and pads the rows: 50256 for GPT-2. */
  endOfText: number;
  /** The value of an ignored target; default −100. */
  ignoreIndex?: number;
  /** Most tokens of a row; longer texts are cut. Default: no limit. */
  maxLength?: number;
  /** For each text, the number of its first ids that are prompt and get no target; default 0. */
  promptLengths?: readonly number[];
  /**
   * The rows' length is rounded up to a multiple of this, to limit the number of shapes; default 1.
   */
  multipleOf?: number;
}

/**
 * Makes a batch of texts of different lengths, as in the reference course: the end of text ends
 * each and pads it to the length of the longest. Targets are the ids shifted by one. The first end
 * of text stays a target, so that the model learns to stop; the padding is ignored.
 *
 * @param texts the token ids of each text, at least one
 * @returns inputs and targets of shape [texts, length]
 * @throws Error if there are no texts or one is empty; RangeError if an option is impossible
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
    const ignored = Math.max(0, (promptLengths?.[row] ?? 0) - 1);
    const answer = [...ids.slice(1), endOfText].slice(ignored, length);
    targets.set(answer, row * length + Math.min(ignored, length));
  });
  return { inputs, targets, shape: [texts.length, length] };
}

export interface InstructionLoaderOptions {
  /** Records in a batch; default 8. */
  batchSize?: number;
  /** Most tokens of a row; default: the length of the longest record. */
  maxLength?: number;
  /**
   * Whether prompts get no targets, so that only answers are learned; default false, as in the
   * book.
   */
  maskInstruction?: boolean;
  /**
   * Rows' length is rounded up to a multiple of this, as in {@link CollateOptions}; default 16. A
   * training step is compiled for each shape that occurs. With `accumulate`, one is compiled for
   * each sequence of shapes, so all rows should then have one length.
   */
  multipleOf?: number;
  /** Whether to leave out a last batch that is not full; default false. */
  dropLast?: boolean;
  /** Whether to shuffle the records, differently in each epoch; default false. */
  shuffle?: boolean;
  /** Seed for shuffling; default 0. */
  seed?: number;
}

/** Loads records in batches, for training and evaluation. */
export class InstructionLoader extends EpochLoader<Examples> {
  readonly batches: number;
  /** The records as ids. */
  readonly examples: readonly EncodedExample[];
  /** Number of records longer than `maxLength`, from which the model cannot learn to stop. */
  readonly cut: number;
  /** Number of records left out, because their masked prompts leave no room for an answer. */
  readonly leftOut: number;
  private readonly options: Required<InstructionLoaderOptions>;
  private readonly endOfText: number;

  /**
   * @throws Error if there are too few records for a batch; RangeError if an option is impossible
   */
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
