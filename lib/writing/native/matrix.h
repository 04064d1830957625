// The product of a few rows with a matrix of weights, which is nearly all of the work when a GPT
// writes: each weight is read once from memory and used for a few numbers only, so that what counts is
// how many bytes a weight has, and that they are read one after the other.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <new>
#include <vector>
#include "threads.h"
#include "vectors.h"

constexpr int kVectors = 4;
/** Columns of a panel: the matrix is cut into panels, which lie in memory as they are read. */
constexpr int kColumns = kVectors * kLanes;
/** Rows of a panel that stay in the processor's cache while all rows of x are multiplied by them. */
constexpr int64_t kInputsAtOnce = 256;
/** An item of work for a thread is at least so many bytes of weights. */
constexpr int64_t kBytesPerItem = 32768;

constexpr int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/** Memory that begins where a line of the cache does, filled with zeros. */
class Memory {
 public:
  explicit Memory(size_t bytes) : all_(std::calloc(bytes + 64, 1)) {
    if (!all_) throw std::bad_alloc();
  }
  ~Memory() { std::free(all_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  template <typename T> T* as() const {
    return reinterpret_cast<T*>((reinterpret_cast<uintptr_t>(all_) + 63) & ~uintptr_t(63));
  }

 private:
  void* all_;
};

/**
 * sums[row][column] += Σ_k x[row][k] · panel[k][column], for `Rows` rows and the kColumns of a panel.
 * The sums stay in registers, and are added up in the same order for any number of rows.
 */
template <int Rows, typename T>
inline void addProducts(const float* x, int64_t rowLength, const T* panel, int64_t inputs, float* sums) {
  Vector s[Rows][kVectors];
  for (int row = 0; row < Rows; row++)
    for (int v = 0; v < kVectors; v++) s[row][v] = load<Vector>(sums + row * kColumns + v * kLanes);
  for (int64_t k = 0; k < inputs; k++) {
    Vector w[kVectors];
    for (int v = 0; v < kVectors; v++) w[v] = widen(panel + k * kColumns + v * kLanes);
    for (int row = 0; row < Rows; row++)
      for (int v = 0; v < kVectors; v++) s[row][v] += w[v] * x[row * rowLength + k];
  }
  for (int row = 0; row < Rows; row++)
    for (int v = 0; v < kVectors; v++) store(sums + row * kColumns + v * kLanes, s[row][v]);
}

/** As addProducts, for any number of rows. */
template <typename T>
void addAllProducts(const float* x, int64_t rows, int64_t rowLength, const T* panel, int64_t inputs, float* sums) {
  int64_t row = 0;
  for (; row + kRowsAtOnce <= rows; row += kRowsAtOnce)
    addProducts<kRowsAtOnce>(x + row * rowLength, rowLength, panel, inputs, sums + row * kColumns);
  for (; row < rows; row++)
    addProducts<1>(x + row * rowLength, rowLength, panel, inputs, sums + row * kColumns);
}

/** What is done to the sums before they become the output. */
struct Finish {
  const float* bias = nullptr;     // (outputs)
  bool gelu = false;
  const float* residual = nullptr; // (rows, outputs)
};

/** A matrix of weights, cut into panels; T is float, uint16_t for bfloat16, or int8_t. */
template <typename T> struct Panels {
  const int64_t inputs, outputs, count = ceilDiv(outputs, kColumns);
  Memory memory{size_t(count) * inputs * kColumns * sizeof(T)};
  T* const values = memory.as<T>();
  std::vector<float> scales; // of each output; empty where there are none

  /** @param matrix (inputs, outputs), or (outputs, inputs) where it is transposed */
  Panels(const T* matrix, int64_t inputs, int64_t outputs, bool transposed, const float* scales)
      : inputs(inputs), outputs(outputs) {
    if (scales) this->scales.assign(scales, scales + outputs);
    threads().run(count, [&](int64_t p) {
      T* panel = values + p * inputs * kColumns;
      const int64_t first = p * kColumns, columns = std::min<int64_t>(kColumns, outputs - first);
      for (int64_t k = 0; k < inputs; k++)
        for (int64_t c = 0; c < columns; c++)
          panel[k * kColumns + c] =
              transposed ? matrix[(first + c) * inputs + k] : matrix[k * outputs + first + c];
    });
  }

  /** The weights of one output, (inputs). */
  void column(int64_t output, float* out) const {
    const T* panel = values + output / kColumns * inputs * kColumns + output % kColumns;
    const float scale = scales.empty() ? 1.0f : scales[output];
    for (int64_t k = 0; k < inputs; k++) out[k] = widen1(panel[k * kColumns]) * scale;
  }

  /** out = finish(x · matrix): (rows, inputs) -> (rows, outputs). `out` may be the residual. */
  void multiply(const float* x, int64_t rows, float* out, const Finish& finish) const {
    const int64_t panelSize = inputs * kColumns;
    const int64_t panels = std::max<int64_t>(1, kBytesPerItem / (panelSize * int64_t(sizeof(T))));
    threads().run(ceilDiv(count, panels), [&](int64_t item) {
      const int64_t end = std::min((item + 1) * panels, count);
      static thread_local std::vector<float> sums;
      for (int64_t p = item * panels; p < end; p++) {
        sums.assign(rows * kColumns, 0.0f);
        const int64_t step = rows > kRowsAtOnce ? kInputsAtOnce : inputs;
        for (int64_t k = 0; k < inputs; k += step)
          addAllProducts(x + k, rows, inputs, values + p * panelSize + k * kColumns,
                         std::min(step, inputs - k), sums.data());
        for (int64_t row = 0; row < rows; row++)
          finishRow(sums.data() + row * kColumns, p * kColumns, row, out, finish);
      }
    });
  }

 private:
  void finishRow(const float* sums, int64_t first, int64_t row, float* out, const Finish& finish) const {
    for (int64_t c = 0; c < kColumns && first + c < outputs; c += kLanes) {
      const int64_t at = first + c, n = outputs - at, place = row * outputs + at;
      Vector y = load<Vector>(sums + c);
      if (!scales.empty()) y *= loadSome(scales.data() + at, n);
      if (finish.bias) y += loadSome(finish.bias + at, n);
      if (finish.gelu) y = gelu(y);
      if (finish.residual) y += loadSome(finish.residual + place, n);
      storeSome(out + place, y, n);
    }
  }
};
