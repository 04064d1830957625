/**
 * How much the notebooks compute: the one table of all their sizes, in two profiles. With
 * `GPT_PROFILE=quick`, the default, each chapter ends within minutes on two cores, offline. `full`
 * has the sizes of the book. The notebooks' code is the same for both.
 */

type ProfileName = 'quick' | 'full';

interface Row {
  quick: number;
  full: number;
  /**
   * The size for `quick` without TensorFlow, when training is 5 to 30 times slower; default
   * `quick`.
   */
  wasm?: number;
}

const TABLE = {
  /** Chapter 1: tokens in the vocabularies that it learns from books. */
  bpeVocabSize: { quick: 4096, full: 8192 },
  /** Chapter 2: training steps of each small model, and how many starts of each are compared. */
  attentionSteps: { quick: 200, full: 400 },
  attentionSeeds: { quick: 3, full: 12 },
  /**
   * Chapter 3: steps and starts of each recall network, and the longest distance, which doubles.
   */
  recallSteps: { quick: 100, full: 300 },
  recallRuns: { quick: 1, full: 3 },
  recallDistance: { quick: 64, full: 128, wasm: 32 },
  /** Chapter 3: training steps of the small character models, and of those that guess rings. */
  characterSteps: { quick: 300, full: 1000 },
  overfitSteps: { quick: 400, full: 1000 },
  ringSteps: { quick: 250, full: 1000 },
  /** Chapter 3: longest text for which the cost of attention is measured. */
  attentionLength: { quick: 4096, full: 4096, wasm: 1024 },
  /** Chapter 4: width and depth of the GPT-2 with random weights; 768 and 12 are its own. */
  gpt2EmbDim: { quick: 768, full: 768, wasm: 192 },
  gpt2Layers: { quick: 12, full: 12, wasm: 2 },
  /** Chapter 4: tokens of a book on which the loss of that model is measured. */
  lossTokens: { quick: 256, full: 1024, wasm: 64 },
  /**
   * Chapter 5: the model that is trained on The Verdict, in `full` GPT-2 small as in the book:
   * width, blocks, context, learning rate, and how often it goes through the text.
   */
  verdictWidth: { quick: 128, full: 768, wasm: 64 },
  verdictLayers: { quick: 2, full: 12, wasm: 1 },
  verdictLength: { quick: 64, full: 256 },
  verdictRate: { quick: 0.003, full: 0.0004 },
  verdictEpochs: { quick: 16, full: 10, wasm: 4 },
  /** Chapter 5: the widest model of a family, and the steps of each of its members. */
  largestWidth: { quick: 256, full: 768 },
  familySteps: { quick: 100, full: 400, wasm: 10 },
  /** Chapter 5: steps of each experiment on one tiny model, and of fine-tuning. */
  tinySteps: { quick: 60, full: 400, wasm: 10 },
  tuneSteps: { quick: 40, full: 100, wasm: 5 },
  /**
   * Chapter 6: how often fine-tuning goes through the messages, and how often in the comparison.
   */
  spamEpochs: { quick: 3, full: 5, wasm: 1 },
  spamCompareEpochs: { quick: 1, full: 5, wasm: 1 },
  /** Chapter 7: records, before they are divided, and how often fine-tuning goes through them. */
  instructRecords: { quick: 1100, full: 5000, wasm: 120 },
  instructEpochs: { quick: 2, full: 2, wasm: 1 },
  /** Chapter 7: steps of each way in the comparison of ways. */
  instructCompareSteps: { quick: 24, full: 234, wasm: 3 },
  /** Chapter 7: test records that are answered, and most tokens of an answer. */
  instructTests: { quick: 110, full: 200, wasm: 12 },
  instructAnswerTokens: { quick: 40, full: 256, wasm: 16 },
} satisfies Record<string, Row>;

type Sizes = Record<keyof typeof TABLE, number>;

/**
 * The active profile's name, from `GPT_PROFILE`.
 *
 * @throws Error if the variable holds a word other than `quick` or `full`
 */
export function profileName(): ProfileName {
  const name = process.env.GPT_PROFILE || 'quick';
  if (name !== 'quick' && name !== 'full') {
    throw new Error(`GPT_PROFILE is "${name}"; expected quick or full`);
  }
  return name;
}

/** The active profile's sizes. Pass the name of the engine that `initBackend` returned. */
export function sizes(backend: 'tensorflow' | 'wasm' | 'cpu'): Sizes {
  const name = profileName();
  const pick = (row: Row) =>
    name === 'quick' && backend !== 'tensorflow' ? (row.wasm ?? row.quick) : row[name];
  return Object.fromEntries(Object.entries(TABLE).map(([key, row]) => [key, pick(row)])) as Sizes;
}
