// What `./gpt site film` records of a training and the site's film shows.

export interface Frame {
  /** Steps done. */
  step: number;
  /** Mean cross-entropy on the text it learns from, and on text it has not seen. */
  train: number;
  validation: number;
  /** How it continues the prompt, greedily. */
  sample: string;
  /**
   * Where each head looks, in base64: a byte (255 is 1) for each layer, head, token, and token up
   * to it.
   */
  attention: string;
}

export interface Film {
  prompt: string;
  /** The tokens of the sentence whose attention is shown. */
  tokens: string[];
  nLayers: number;
  nHeads: number;
  frames: Frame[];
}
