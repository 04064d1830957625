/** How a model's weights start. */
import { randomNormal, tf } from '../backend';
import { uniformInit, type Initializer } from '../attention';

/** As GPT-2 starts, see `GPTModelOptions.init`. */
function gpt2Init(seed: number, nLayers: number): Initializer {
  let draws = 0;
  const normal = (rows: number, columns: number, stdDev = 0.02) =>
    randomNormal([rows, columns], [seed, draws++], 0, stdDev);
  return {
    weight: (inDim, outDim) => normal(inDim, outDim),
    // 2 · nLayers layers add to one shortcut: this keeps the sum's size independent of depth.
    residual: (inDim, outDim) => normal(inDim, outDim, 0.02 / Math.sqrt(2 * nLayers)),
    bias: (_, outDim) => tf.zeros([outDim]),
    embedding: (rows, dim) => normal(rows, dim),
  };
}

function zerosInit(): Initializer {
  const matrix = (rows: number, columns: number) => tf.zeros([rows, columns]);
  const bias = (_: number, outDim: number) => tf.zeros([outDim]);
  return { weight: matrix, residual: matrix, bias, embedding: matrix };
}

export const initializers = { gpt2: gpt2Init, pytorch: uniformInit, zeros: zerosInit };
