/**
 * LoRA (Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models"): the pretrained
 * weights are frozen, and each linear layer learns a small correction, the product of two thin
 * matrices. Built in notebook 6.
 *
 * y = x W + b + (alpha / rank) · x A B, with A (inDim, rank) and B (rank, outDim). B starts with
 * zeros, so that an adapted model at first computes exactly what it did before.
 */
import { randomUniform, tf } from './backend';
import { checkNumber, checkPositive, checkWhole } from './core/checks';
import { gptConfig, parameterShapes, type GPT2Name, type GPTConfig, type GPTModel } from './model';
import { Module, variable, type Linear, type ParameterMap } from './nn';

export interface LoRAOptions {
  /** Number of columns of A and of rows of B. It limits what a correction can express. */
  rank: number;
  /** The correction is multiplied by alpha / rank; default `rank`, which gives 1. */
  alpha?: number;
  /** Seed for A's initial values; default 0. */
  seed?: number;
}

/** A place in a model whose linear layer can be replaced by another. */
export interface LinearPlace {
  /** The layer's name among the model's parameters, such as `h.0.attn.c_attn`. */
  name: string;
  get(): Linear;
  set(layer: Linear): void;
  /** Number of matrices side by side in the weight, each with its own correction; default 1. */
  parts?: number;
}

/** `c_attn` holds three matrices: for queries, keys and values. */
const QKV_PARTS = 3;

/** All linear layers of a GPT's blocks: four in each. */
export function linearPlaces(model: GPTModel): LinearPlace[] {
  return model.blocks.flatMap(({ attn, mlp }, i) => [
    {
      name: `h.${i}.attn.c_attn`,
      parts: QKV_PARTS,
      get: () => attn.cAttn,
      set: (layer: Linear) => void (attn.cAttn = layer),
    },
    {
      name: `h.${i}.attn.c_proj`,
      get: () => attn.cProj,
      set: (layer: Linear) => void (attn.cProj = layer),
    },
    {
      name: `h.${i}.mlp.c_fc`,
      get: () => mlp.cFc,
      set: (layer: Linear) => void (mlp.cFc = layer),
    },
    {
      name: `h.${i}.mlp.c_proj`,
      get: () => mlp.cProj,
      set: (layer: Linear) => void (mlp.cProj = layer),
    },
  ]);
}

/** A linear layer with a low-rank correction. It shares weight and bias with `base`. */
export class LoRALinear extends Module implements Linear {
  readonly inDim: number;
  readonly outDim: number;
  readonly weight: tf.Variable;
  readonly bias?: tf.Variable;
  /** (inDim, parts · rank) */
  readonly a: tf.Variable;
  /** (rank, outDim) */
  readonly b: tf.Variable;
  private readonly scale: number;

  /**
   * @param parts see {@link LinearPlace}
   * @throws RangeError if an option is out of range; Error if the layer has a LoRA already
   */
  constructor(
    readonly base: Linear,
    { rank, alpha = rank, seed = 0 }: LoRAOptions,
    readonly parts = 1,
  ) {
    super();
    checkPositive({ rank }, { caller: 'LoRA' });
    checkNumber({ alpha }, { above: 0, caller: 'LoRA' });
    if (base instanceof LoRALinear) throw new Error('This layer has a LoRA already');
    this.inDim = base.inDim;
    this.outDim = base.outDim;
    this.weight = base.weight;
    this.bias = base.bias;
    this.scale = alpha / rank;
    const limit = 1 / Math.sqrt(this.inDim);
    this.a = variable(() => randomUniform([this.inDim, parts * rank], [seed, 0], -limit, limit));
    this.b = variable(() => tf.zeros([rank, this.outDim]));
  }

  /** (..., inDim) -> (..., outDim) */
  forward(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const rows = x.reshape([-1, this.inDim]);
      const correction = this.product(tf.matMul(rows, this.a)).mul(this.scale);
      const shape = [...x.shape.slice(0, -1), this.outDim];
      return this.base.forward(x).add(correction.reshape(shape));
    });
  }

  /** The correction as one matrix, (alpha / rank) · A B. (inDim, outDim) */
  delta(): tf.Tensor {
    return tf.tidy(() => this.product(this.a).mul(this.scale));
  }

  /** (N, parts · rank) -> (N, outDim): the columns of each part times its own B. */
  private product(x: tf.Tensor): tf.Tensor {
    if (this.parts === 1) return tf.matMul(x, this.b);
    const b = tf.split(this.b, this.parts, 1);
    const products = tf.split(x, this.parts, 1).map((part, i) => tf.matMul(part, b[i]));
    return tf.concat(products, 1);
  }

  parameters(): ParameterMap {
    return { ...this.base.parameters(), lora_A: this.a, lora_B: this.b };
  }
}

/**
 * Low-rank corrections for some of a model's linear layers:
 *
 *     const lora = new LoRA(linearPlaces(model), { rank: 16, alpha: 16 });
 *     await train({ model, optimizer: new AdamW(lora.parameters()), … });
 *     lora.merge(); // an ordinary model again, with the corrections in its weights
 */
export class LoRA {
  private readonly adapted: { place: LinearPlace; layer: LoRALinear }[] = [];

  /**
   * @throws RangeError if an option is out of range; Error if a layer has a LoRA already. The model
   *   then stays as it was.
   */
  constructor(places: readonly LinearPlace[], options: LoRAOptions) {
    const { seed = 0 } = options;
    checkWhole({ seed }, { caller: 'LoRA' });
    try {
      places.forEach((place, i) => {
        const layerSeed = (seed + Math.imul(i + 1, 0x9e3779b9)) | 0;
        const layer = new LoRALinear(place.get(), { ...options, seed: layerSeed }, place.parts);
        place.set(layer);
        this.adapted.push({ place, layer });
      });
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** The trained parameters: A and B of each layer. */
  parameters(): ParameterMap {
    return Object.fromEntries(
      this.adapted.flatMap(({ place, layer }) => [
        [`${place.name}.lora_A`, layer.a],
        [`${place.name}.lora_B`, layer.b],
      ]),
    );
  }

  /** Number of trained values. */
  countParameters(): number {
    return Object.values(this.parameters()).reduce((sum, { size }) => sum + size, 0);
  }

  /** Adds the corrections to the weights and removes them from the layers. */
  merge(): void {
    for (const { layer } of this.adapted) {
      tf.tidy(() => layer.weight.assign(layer.weight.add(layer.delta())));
    }
    this.remove();
  }

  /**
   * Ends a training that may have failed: merges the corrections, or removes them if they hold NaN
   * or infinity, so that the model's weights stay finite.
   */
  mergeIfFinite(): void {
    const finite = Object.values(this.parameters()).every((parameter) =>
      tf.tidy(() => parameter.isFinite().all().dataSync()[0]),
    );
    if (finite) this.merge();
    else this.remove();
  }

  /** Removes the corrections, which leaves the model as it was before. */
  remove(): void {
    for (const { place, layer } of this.adapted.splice(0)) {
      place.set(layer.base);
      tf.dispose([layer.a, layer.b]);
    }
  }
}

/** Number of trained values in the correction of one layer. */
export const loraSize = (rank: number, inDim: number, outDim: number, parts = 1): number =>
  rank * (parts * inDim + outDim);

/**
 * Number of trained values of a {@link LoRA} on all {@link linearPlaces} of a model, without
 * building it.
 */
export function countLoraParameters(config: GPT2Name | Partial<GPTConfig>, rank: number): number {
  return Object.entries(parameterShapes(gptConfig(config)))
    .filter(([name]) => /\.c_(attn|fc|proj)\.weight$/.test(name))
    .map(([name, [inDim, outDim]]) =>
      loraSize(rank, inDim, outDim, name.includes('c_attn') ? QKV_PARTS : 1),
    )
    .reduce((a, b) => a + b, 0);
}
