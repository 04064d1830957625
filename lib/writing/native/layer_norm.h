// Layer normalisation (Ba et al. 2016).
#pragma once
#include <cmath>
#include "threads.h"
#include "vectors.h"

/** Σ f(x_i) over a row; `f` takes a vector or a number. */
template <typename F> inline float sumOf(const float* x, int64_t n, const F& f) {
  Vector sums = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) sums += f(load<Vector>(x + i));
  float total = sum(sums);
  for (; i < n; i++) total += f(x[i]);
  return total;
}

/** Each row gets mean 0 and variance 1, then scale and shift. (rows, size) -> (rows, size) */
inline void layerNorm(const float* x, int64_t rows, int64_t size, const float* scale, const float* shift, float* out) {
  threads().run(rows, [&](int64_t row) {
    const float* from = x + row * size;
    float* to = out + row * size;
    const float mean = sumOf(from, size, [](auto value) { return value; }) / float(size);
    const float variance =
        sumOf(from, size, [=](auto value) { return (value - mean) * (value - mean); }) / float(size);
    const float inverse = 1.0f / std::sqrt(variance + 1e-5f);
    for (int64_t i = 0; i < size; i++) to[i] = (from[i] - mean) * inverse * scale[i] + shift[i];
  });
}
