// Several numbers at once: the vectors of the processor that this is compiled for, and the functions
// of them that a GPT needs. `a * b + c` on a Vector is one instruction for all its numbers.
#pragma once
#include <cstdint>
#include <cstring>

#if defined(__AVX512F__)
constexpr int kLanes = 16;     // numbers in a vector
constexpr int kRowsAtOnce = 4; // rows of x whose sums fit into the processor's registers
#elif defined(__AVX2__)
constexpr int kLanes = 8;
constexpr int kRowsAtOnce = 2;
#elif defined(__aarch64__)
constexpr int kLanes = 4;
constexpr int kRowsAtOnce = 4;
#else
constexpr int kLanes = 4;
constexpr int kRowsAtOnce = 2;
#endif

typedef float Vector __attribute__((vector_size(kLanes * sizeof(float))));
typedef int32_t Integers __attribute__((vector_size(kLanes * sizeof(int32_t))));
typedef uint16_t Halves __attribute__((vector_size(kLanes * sizeof(uint16_t))));
typedef int8_t Bytes __attribute__((vector_size(kLanes * sizeof(int8_t))));

/** Any memory as a vector; the compiler makes one instruction of the copy. */
template <typename V, typename T> inline V load(const T* from) {
  V vector;
  memcpy(&vector, from, sizeof vector);
  return vector;
}

inline void store(float* to, Vector vector) { memcpy(to, &vector, sizeof vector); }

// Weights of each type as float32. A bfloat16 is the upper half of a float32.
inline Vector widen(const float* from) { return load<Vector>(from); }
inline Vector widen(const uint16_t* from) {
  return (Vector)(__builtin_convertvector(load<Halves>(from), Integers) << 16);
}
inline Vector widen(const int8_t* from) {
  return __builtin_convertvector(__builtin_convertvector(load<Bytes>(from), Integers), Vector);
}
inline float widen1(float value) { return value; }
inline float widen1(uint16_t value) {
  const uint32_t bits = uint32_t(value) << 16;
  float wide;
  memcpy(&wide, &bits, sizeof wide);
  return wide;
}
inline float widen1(int8_t value) { return value; }

/** The first `n` numbers, and zeros. */
inline Vector loadSome(const float* from, int64_t n) {
  if (n >= kLanes) return load<Vector>(from);
  Vector vector = {};
  memcpy(&vector, from, n * sizeof(float));
  return vector;
}

inline void storeSome(float* to, Vector vector, int64_t n) {
  memcpy(to, &vector, (n < kLanes ? n : kLanes) * sizeof(float));
}

/** The sum of a vector's numbers, always in the same order. */
inline float sum(Vector vector) {
  float total = 0;
  for (int i = 0; i < kLanes; i++) total += vector[i];
  return total;
}

/**
 * e^x = 2^n · e^r with a whole n and |r| ≤ ln 2 / 2, where six terms of the series, with coefficients
 * that spread the error (Cephes, Moshier 1992), are right to 2e-7. What would be a denormal is 0; NaN
 * stays NaN.
 */
inline Vector exp(Vector x) {
  const Vector most = Vector{} + 88.3762589f, least = Vector{} - 87.3365402f;
  Vector clamped = x > most ? most : x;
  clamped = clamped < least ? least : clamped;
  // Adding 1.5 · 2^23 rounds to a whole number and leaves it in the lowest bits.
  const Vector shifted = clamped * 1.44269504f + 12582912.0f;
  const Vector n = shifted - 12582912.0f;
  const Vector r = (clamped - n * 0.693359375f) + n * 2.12194440e-4f; // ln 2 in two parts
  Vector series = r * 1.9875691500e-4f + 1.3981999507e-3f;
  series = series * r + 8.3334519073e-3f;
  series = series * r + 4.1665795894e-2f;
  series = series * r + 1.6666665459e-1f;
  series = series * r + 5.0000001201e-1f;
  series = series * (r * r) + r + 1.0f;
  const Vector power = (Vector)(((Integers)shifted << 23) + 0x3f800000); // 2^n
  const Vector y = series * power;
  const Vector infinite = Vector{} + __builtin_inff();
  return x > most ? infinite : x < least ? Vector{} : y;
}

/** GELU in GPT-2's form: x/2 · (1 + tanh u) = x / (1 + e^-2u) with u = √(2/π) (x + 0.044715 x³). */
inline Vector gelu(Vector x) {
  const Vector twiceU = (x + x * x * x * 0.044715f) * 1.5957691216f;
  return x / (exp(-twiceU) + 1.0f);
}
