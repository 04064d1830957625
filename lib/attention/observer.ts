/** Lets callers look inside a forward pass. */
import { tf } from '../backend';

/**
 * Receives intermediate results of a forward pass. The tensors are freed as the pass moves on: to
 * use one later, clone it and `tf.keep` the clone. Without an observer none is kept in memory.
 */
export interface Observer {
  /** The input of each block and, last, the output of the final norm. (B, T, C) */
  hiddenState?(x: tf.Tensor): void;
  /**
   * A layer's attention weights, after dropout: row i says how much token i attends to each token.
   * (..., T, tokens)
   */
  attention?(attention: tf.Tensor): void;
}

/**
 * Runs a forward pass and returns its result together with everything that an observer receives, in
 * order. All tensors belong to the surrounding `tf.tidy`.
 */
export function observed<R extends tf.Tensor>(
  forward: (observer: Observer) => R,
): { result: R; hiddenStates: tf.Tensor[]; attention: tf.Tensor[] } {
  const hiddenStates: tf.Tensor[] = [];
  const attention: tf.Tensor[] = [];
  // A kept clone outlives the tidy of the layer that made it, and shares its memory.
  const keepIn = (list: tf.Tensor[]) => (tensor: tf.Tensor) =>
    void list.push(tf.keep(tensor.clone()));
  return tf.tidy(() => {
    try {
      return {
        result: forward({ hiddenState: keepIn(hiddenStates), attention: keepIn(attention) }),
        hiddenStates: hiddenStates.map((tensor) => tensor.clone()),
        attention: attention.map((tensor) => tensor.clone()),
      };
    } finally {
      tf.dispose([...hiddenStates, ...attention]);
    }
  });
}
