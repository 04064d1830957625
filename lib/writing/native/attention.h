// Attention of new tokens over a KV cache, which is written in place.
#pragma once
#include <cmath>
#include "matrix.h"

/**
 * The keys and values of all layers, for some sequences. Keys lie in panels of kColumns tokens, values
 * in panels of kColumns of a head's numbers: both products of attention are those of matrix.h.
 */
struct Cache {
  const int64_t layers, sequences, heads, size; // numbers per head
  const int64_t tokens;                         // room for so many in each sequence
  const int64_t room = ceilDiv(tokens, kColumns) * kColumns;
  const int64_t valuePanels = ceilDiv(size, kColumns);
  Memory keyMemory{size_t(layers * sequences * heads * room * size) * sizeof(float)};
  Memory valueMemory{size_t(layers * sequences * heads * room * valuePanels * kColumns) * sizeof(float)};

  Cache(int64_t layers, int64_t sequences, int64_t heads, int64_t size, int64_t tokens)
      : layers(layers), sequences(sequences), heads(heads), size(size), tokens(tokens) {}

  float* keys(int64_t layer, int64_t sequence, int64_t head) const {
    return keyMemory.as<float>() + ((layer * sequences + sequence) * heads + head) * room * size;
  }
  float* values(int64_t layer, int64_t sequence, int64_t head) const {
    return valueMemory.as<float>() +
           ((layer * sequences + sequence) * heads + head) * room * valuePanels * kColumns;
  }
};

/** softmax in place: e^(score − most) / Σ. A row that holds NaN becomes NaN. */
inline void softmax(float* scores, int64_t n) {
  float most = scores[0];
  for (int64_t i = 1; i < n; i++) most = scores[i] > most ? scores[i] : most;
  Vector sums = {};
  for (int64_t i = 0; i < n; i += kLanes) {
    const Vector power = exp(loadSome(scores + i, n - i) - most);
    storeSome(scores + i, power, n - i);
    sums += loadSome(scores + i, n - i);
  }
  const float total = sum(sums);
  for (int64_t i = 0; i < n; i++) scores[i] /= total;
}

/**
 * softmax(q Kᵀ / √size) V for rows of new tokens: row r is the token at `positions[r]` of the sequence
 * `which[r]`, and sees that one and all before it.
 *
 * @param qkv (rows, 3 · heads · size): queries, keys and values, as c_attn gives them; keys and values
 *   go into the cache first
 * @param out (rows, heads · size)
 */
inline void attention(const float* qkv, int64_t rows, const int32_t* which, const int32_t* positions,
                      Cache& cache, int64_t layer, float* out) {
  const int64_t size = cache.size, width = cache.heads * size;
  for (int64_t row = 0; row < rows; row++)
    for (int64_t head = 0; head < cache.heads; head++) {
      const int64_t t = positions[row];
      const float* k = qkv + row * 3 * width + width + head * size;
      const float* v = k + width;
      float* keys = cache.keys(layer, which[row], head) + t / kColumns * size * kColumns + t % kColumns;
      float* values = cache.values(layer, which[row], head) + t * kColumns;
      for (int64_t d = 0; d < size; d++) {
        keys[d * kColumns] = k[d];
        values[d / kColumns * cache.room * kColumns + d % kColumns] = v[d];
      }
    }
  threads().run(rows * cache.heads, [&](int64_t item) {
    const int64_t row = item / cache.heads, head = item % cache.heads, seen = positions[row] + 1;
    static thread_local std::vector<float> query, scores, sums;
    const float* q = qkv + row * 3 * width + head * size;
    query.assign(q, q + size);
    for (float& number : query) number /= std::sqrt(float(size));
    scores.assign(ceilDiv(seen, kColumns) * kColumns, 0.0f);
    const float* keys = cache.keys(layer, which[row], head);
    for (int64_t t = 0; t < seen; t += kColumns)
      addProducts<1>(query.data(), size, keys + t * size, size, scores.data() + t);
    softmax(scores.data(), seen);
    const float* values = cache.values(layer, which[row], head);
    sums.assign(cache.valuePanels * kColumns, 0.0f);
    for (int64_t p = 0; p < cache.valuePanels; p++)
      addProducts<1>(scores.data(), seen, values + p * cache.room * kColumns, seen, sums.data() + p * kColumns);
    std::copy(sums.begin(), sums.begin() + size, out + row * width + head * size);
  });
}
