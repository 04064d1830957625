// What is measured: rows of variants that do the same work, and what each row is held against.
import path from 'node:path';
import { BYTES, type WeightType } from '../../lib/writing/rounding';
import { decodingBytes, MODELS, trainingFlops, type ModelName } from './sizes';

export const SECTIONS = [
  'training',
  'decoding',
  'evaluation',
  'tokenizer',
  'loading',
  'start',
  'scaling',
] as const;
export type Section = (typeof SECTIONS)[number];

export interface TrainingPoint {
  dir: string;
  batch: number;
  length: number;
}
export interface DecodingPoint {
  batch: number;
  /** Tokens of the prompt, and new ones; the time of each new one but the first counts. */
  prompt: number;
  newTokens: number;
}

/** What a child is told to measure. A sample is the value of one point. */
export type Job =
  /** Tokens a second; `steps` are the first ones, whose losses are compared. */
  | { kind: 'training'; points: TrainingPoint[]; tokens: string; steps: number; seconds: number }
  | {
      kind: 'decoding';
      dir: string;
      points: DecodingPoint[];
      tokens: string;
      weights?: WeightType;
    }
  | { kind: 'evaluation'; points: TrainingPoint[]; tokens: string; seconds: number }
  /** MB a second; point i is texts[i]. */
  | { kind: 'tokenizer'; texts: string[]; folder: string; tokenizer?: 'js-tiktoken' }
  /** Seconds; point i is dirs[i]. */
  | { kind: 'loading'; dirs: string[] }
  | { kind: 'start'; dir: string }
  /** GFLOP/s of a matrix product, GB/s read, GB/s copied. */
  | { kind: 'limits'; size: number; precision?: 'bfloat16' };

/** How a peer does it. */
export interface PeerOptions {
  library: 'torch' | 'transformers' | 'onnxruntime' | 'tiktoken' | 'tokenizers';
  compile?: boolean;
  precision?: 'bfloat16';
}

export interface Variant {
  name: string;
  /** Settings of this project. */
  env?: Record<string, string>;
  /** Packs the weights for writing, see `forWriting`. */
  weights?: WeightType;
  /** How a peer does it. */
  peer?: PeerOptions;
  /** Another package of Node's. */
  tokenizer?: 'js-tiktoken';
  /** The variant it is compared with. */
  against?: string;
  /** What is to be known of it. */
  note?: string;
}

/** One thing that all variants of a group do. */
export interface Row {
  name: string;
  unit: 'tokens/s' | 'MB/s' | 's' | 'GFLOP/s' | 'GB/s';
  better: 'higher' | 'lower';
  /**
   * Which of the machine's limits a variant comes near to, and what one unit of the value costs;
   * nothing where that is not known.
   */
  limit?: (variant: Variant) => { of: 'matmul' | 'memory'; cost: number } | undefined;
}

export interface Group {
  section: Section | 'limits';
  job: Job;
  /** One for each point of the job. */
  rows: Row[];
  variants: Variant[];
  rounds: number;
  /** A new process for each round: where a process is what is measured, or there is not room for all. */
  fresh?: boolean;
}

const setting = (compile: '0' | '1', precision: 'float32' | 'bfloat16') => ({
  GPT_COMPILE: compile,
  GPT_PRECISION: precision,
});
const OURS: Variant[] = [
  { name: 'eager', env: setting('0', 'float32'), against: 'PyTorch' },
  { name: 'compiled', env: setting('1', 'float32'), against: 'PyTorch' },
  { name: 'compiled, bf16', env: setting('1', 'bfloat16'), against: 'PyTorch, bf16' },
];
const TORCH: Variant[] = [
  { name: 'PyTorch', peer: { library: 'torch' } },
  { name: 'torch.compile', peer: { library: 'torch', compile: true }, against: 'PyTorch' },
  {
    name: 'PyTorch, bf16',
    peer: { library: 'torch', precision: 'bfloat16' },
    against: 'PyTorch',
  },
  {
    name: 'torch.compile, bf16',
    peer: { library: 'torch', precision: 'bfloat16', compile: true },
    against: 'PyTorch, bf16',
  },
];
const WRITING: Variant[] = [
  { name: 'for writing', weights: 'float32', against: 'PyTorch' },
  { name: 'for writing, bf16', weights: 'bfloat16', against: 'PyTorch, bf16' },
  { name: 'for writing, int8', weights: 'int8', against: 'PyTorch' },
];
const pick = (variants: Variant[], ...names: string[]) =>
  variants.filter(({ name }) => names.includes(name));

/** The most x that js-tiktoken is asked for. */
export const JS_TIKTOKEN_MOST = 2000;

/** Where the prepared files are. */
export interface Prepared {
  folder: string;
  /** What the texts are. */
  notes: { texts: string[] };
  /** What computes. */
  engine: string;
}

export interface Extent {
  quick: boolean;
  rounds?: number;
}

/** Everything there is to measure. */
export function groups(
  { folder, notes }: Omit<Prepared, 'engine'>,
  { quick, rounds }: Extent,
): Group[] {
  const at = (name: string) => path.join(folder, name);
  const point = (name: ModelName, batch: number, length: number) => {
    return { dir: at(name), batch, length };
  };
  const tokens = (name: ModelName) => at(`tokens-${MODELS[name].vocabSize}.bin`);
  const seconds = quick ? 0.5 : 1.5;
  const several = rounds ?? (quick ? 2 : 5);
  const few = rounds ?? (quick ? 1 : 3);

  const flops = (name: ModelName, length: number, share = 1) => ({
    limit: () => ({ of: 'matmul' as const, cost: share * trainingFlops(MODELS[name], length) }),
  });
  const perSecond = { unit: 'tokens/s', better: 'higher' } as const;
  const training = (name: ModelName, batch: number, length: number, steps: number): Group => {
    const big = name === 'gpt2';
    return {
      section: 'training',
      job: {
        kind: 'training',
        points: [point(name, batch, length)],
        tokens: tokens(name),
        steps,
        seconds,
      },
      rows: [
        {
          name: `${LABELS[name]}, ${batch} × ${length} tokens`,
          ...perSecond,
          ...flops(name, length),
        },
      ],
      variants: [...OURS, ...TORCH],
      rounds: big ? few : several,
      fresh: big,
    };
  };

  const decodes: DecodingPoint[] = [
    { batch: 1, prompt: 64, newTokens: quick ? 9 : 49 },
    { batch: 8, prompt: 64, newTokens: quick ? 5 : 25 },
    { batch: 1, prompt: quick ? 500 : 980, newTokens: quick ? 5 : 25 },
  ];
  const decoding: Group = {
    section: 'decoding',
    job: { kind: 'decoding', dir: at('gpt2'), points: decodes, tokens: tokens('gpt2') },
    rows: decodes.map(({ batch, prompt, newTokens }) => ({
      name: `GPT-2 124M, batch ${batch}, ${prompt} to ${prompt + newTokens} tokens`,
      ...perSecond,
      limit: ({ env, peer, weights = 'float32' }) => {
        // With GPT_PRECISION=bfloat16 the weights stay in float32. Some products round a copy of them
        // for each token, and those of few rows, as for a single text, use them as they are.
        if (env?.GPT_PRECISION === 'bfloat16') return undefined;
        const half = peer?.precision === 'bfloat16';
        const widths = { weights: half ? 2 : BYTES[weights], cache: half ? 2 : 4 };
        const bytes = decodingBytes(MODELS.gpt2, prompt + newTokens / 2, batch, widths);
        return { of: 'memory', cost: bytes / batch };
      },
    })),
    variants: [
      ...OURS,
      ...WRITING,
      ...pick(TORCH, 'PyTorch', 'PyTorch, bf16'),
      { name: 'transformers', peer: { library: 'transformers' }, against: 'PyTorch' },
      { name: 'onnxruntime-node', peer: { library: 'onnxruntime' }, against: 'PyTorch' },
    ],
    rounds: few,
  };

  const evaluation: Group = {
    section: 'evaluation',
    job: { kind: 'evaluation', points: [point('small', 4, 256)], tokens: tokens('small'), seconds },
    rows: [
      { name: `${LABELS.small}, 4 × 256 tokens`, ...perSecond, ...flops('small', 256, 1 / 3) },
    ],
    variants: [...OURS, ...pick(TORCH, 'PyTorch', 'PyTorch, bf16')],
    rounds: several,
  };

  const tokenizer: Group = {
    section: 'tokenizer',
    job: {
      kind: 'tokenizer',
      texts: ['short', 'long', 'same'].map((name) => at(`${name}.txt`)),
      folder,
    },
    rows: notes.texts.map((name) => ({ name, unit: 'MB/s', better: 'higher' })),
    variants: [
      { name: 'this project', against: 'tiktoken' },
      {
        name: 'js-tiktoken',
        tokenizer: 'js-tiktoken',
        against: 'tiktoken',
        note: `of the million x only ${JS_TIKTOKEN_MOST}: its time grows with their square`,
      },
      { name: 'tiktoken', peer: { library: 'tiktoken' } },
      { name: 'tokenizers', peer: { library: 'tokenizers' }, against: 'tiktoken' },
    ],
    rounds: few,
  };

  const processes: Variant[] = [
    { name: 'this project', env: setting('1', 'float32'), against: 'transformers' },
    { name: 'transformers', peer: { library: 'transformers' } },
    { name: 'PyTorch', peer: { library: 'torch' }, against: 'transformers' },
  ];
  const loading: Group = {
    section: 'loading',
    job: { kind: 'loading', dirs: [at('gpt2'), at('gpt2-f16')] },
    rows: ['float32, 498 MB', 'float16, 249 MB'].map((what) => ({
      name: `weights of GPT-2 124M, ${what}`,
      unit: 's',
      better: 'lower',
    })),
    variants: processes,
    rounds: few,
    fresh: true,
  };
  const start: Group = {
    section: 'start',
    job: { kind: 'start', dir: at('gpt2') },
    rows: [{ name: 'from nothing to the first logits of GPT-2 124M', unit: 's', better: 'lower' }],
    variants: processes,
    rounds: few,
    fresh: true,
  };

  const scaled = pick([...OURS, ...TORCH], 'eager', 'compiled', 'PyTorch');
  const scaling = (what: string, of: [ModelName, number, number][]): Group => ({
    section: 'scaling',
    job: {
      kind: 'training',
      points: of.map((each) => point(...each)),
      tokens: tokens(of[0][0]),
      steps: 1,
      seconds: quick ? 0 : 1,
    },
    rows: of.map(([name, batch, length]) => ({
      name: `${what}: ${LABELS[name]}, ${batch} × ${length} tokens`,
      ...perSecond,
      ...flops(name, length),
    })),
    variants: scaled,
    rounds: few,
  });
  const lengths = quick ? [64, 256] : [64, 128, 256, 512, 1024];
  return [
    training('tiny', 16, 128, quick ? 10 : 100),
    training('small', 4, 256, 4),
    training('gpt2', 2, 256, 2),
    decoding,
    evaluation,
    tokenizer,
    loading,
    start,
    scaling(
      'context',
      lengths.map((length) => ['small', 1024 / length, length]),
    ),
    scaling(
      'size',
      (['small', 'medium', 'large'] as const).map((name) => [name, 2, 256]),
    ),
  ];
}

/** What the machine can do at most, by the best library there. */
export function limitGroups({ quick }: Extent): Group[] {
  const job = (precision?: 'bfloat16'): Job => ({
    kind: 'limits',
    size: quick ? 1024 : 2048,
    precision,
  });
  const ours = { name: 'TensorFlow' };
  const torch = { name: 'PyTorch', peer: { library: 'torch' as const } };
  const product = (name: string): Row => ({
    name: `matrix product, ${name}`,
    unit: 'GFLOP/s',
    better: 'higher',
  });
  const memory = (name: string): Row => ({
    name: `memory, ${name}`,
    unit: 'GB/s',
    better: 'higher',
  });
  const common = { section: 'limits' as const, rounds: quick ? 2 : 5 };
  return [
    {
      ...common,
      job: job(),
      rows: [product('float32'), memory('read'), memory('copied (read and written)')],
      variants: [ours, torch],
    },
    {
      ...common,
      job: job('bfloat16'),
      rows: [product('bfloat16')],
      variants: [
        { ...ours, env: { TF_SET_ONEDNN_FPMATH_MODE: 'BF16' } },
        { ...torch, peer: { ...torch.peer, precision: 'bfloat16' } },
      ],
    },
  ];
}

export const LABELS: Record<ModelName, string> = {
  tiny: 'tiny (4 layers of 128)',
  small: 'small (4 layers of 256)',
  medium: 'medium (6 layers of 384)',
  large: 'large (8 layers of 512)',
  gpt2: 'GPT-2 124M',
};
