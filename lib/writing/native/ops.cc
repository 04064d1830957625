// The operations as functions of JavaScript, through Node-API. Numbers are in typed arrays, matrices
// and caches are objects that hold memory of their own. Nothing is read or written before all sizes
// are checked: what does not fit is a RangeError.
#include <node_api.h>
#include <memory>
#include <stdexcept>
#include <string>
#include "attention.h"
#include "layer_norm.h"
#include "matrix.h"

namespace {

[[noreturn]] void fail(const std::string& message) { throw std::range_error(message); }

void check(napi_status status) {
  if (status != napi_ok) fail("an argument is missing or of another type than expected");
}

void expect(const char* what, int64_t got, int64_t expected) {
  if (got != expected)
    fail(std::string(what) + ": got " + std::to_string(got) + ", expected " + std::to_string(expected));
}

/** Numbers of a typed array; none where it is null. */
template <typename T> struct Numbers {
  T* data = nullptr;
  int64_t length = 0;
};

template <typename T> napi_typedarray_type typeOf();
template <> napi_typedarray_type typeOf<float>() { return napi_float32_array; }
template <> napi_typedarray_type typeOf<int32_t>() { return napi_int32_array; }

/** What JavaScript holds: memory outside its heap. */
struct Owned {
  std::unique_ptr<Panels<float>> float32;
  std::unique_ptr<Panels<uint16_t>> bfloat16;
  std::unique_ptr<Panels<int8_t>> int8;
  std::unique_ptr<Cache> cache;
  int64_t bytes = 0;

  /** Calls `f` with the matrix, whatever its type. */
  template <typename F> void withMatrix(const F& f) const {
    if (float32) return f(*float32);
    if (bfloat16) return f(*bfloat16);
    if (int8) return f(*int8);
    fail("the matrix has been freed, or is not one");
  }
};
const napi_type_tag kOwned = {0x6c1f4c1fd2a84b5cULL, 0x9a3e0d9be5a77123ULL};

void release(napi_env env, Owned& owned) {
  int64_t total;
  napi_adjust_external_memory(env, -owned.bytes, &total);
  owned = Owned();
}

class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info, size_t expected) : env(env) {
    size_t count = kMost;
    check(napi_get_cb_info(env, info, &count, values_, nullptr, nullptr));
    expect("number of arguments", count, expected);
  }

  const napi_env env;

  int64_t integer(int i, const char* what, int64_t least) const {
    double value;
    check(napi_get_value_double(env, values_[i], &value));
    if (!(value >= least && value <= 1e12) || value != double(int64_t(value)))
      fail(std::string(what) + " must be a whole number from " + std::to_string(least));
    return int64_t(value);
  }

  bool boolean(int i) const {
    bool value;
    check(napi_get_value_bool(env, values_[i], &value));
    return value;
  }

  bool isNull(int i) const {
    napi_valuetype type;
    check(napi_typeof(env, values_[i], &type));
    return type == napi_null;
  }

  napi_typedarray_type array(int i, void** data, size_t* length) const {
    bool is;
    check(napi_is_typedarray(env, values_[i], &is));
    if (!is) fail("argument " + std::to_string(i) + " must be a typed array");
    napi_typedarray_type type;
    check(napi_get_typedarray_info(env, values_[i], &type, length, data, nullptr, nullptr));
    return type;
  }

  template <typename T> Numbers<T> numbers(int i) const {
    void* data;
    size_t length;
    if (array(i, &data, &length) != typeOf<T>()) fail("argument " + std::to_string(i) + " is of another type");
    return {static_cast<T*>(data), int64_t(length)};
  }

  template <typename T> Numbers<T> numbersOrNull(int i) const {
    return isNull(i) ? Numbers<T>() : numbers<T>(i);
  }

  Owned& owned(int i) const {
    bool tagged = false;
    void* found = nullptr;
    if (napi_check_object_type_tag(env, values_[i], &kOwned, &tagged) != napi_ok || !tagged)
      fail("argument " + std::to_string(i) + " is no matrix or cache of this module");
    check(napi_unwrap(env, values_[i], &found));
    return *static_cast<Owned*>(found);
  }

 private:
  static constexpr size_t kMost = 8;
  napi_value values_[kMost];
};

napi_value give(napi_env env, std::unique_ptr<Owned> owned) {
  napi_value object;
  check(napi_create_object(env, &object));
  check(napi_type_tag_object(env, object, &kOwned));
  const auto finalize = [](napi_env env, void* data, void*) {
    release(env, *static_cast<Owned*>(data));
    delete static_cast<Owned*>(data);
  };
  int64_t total;
  napi_adjust_external_memory(env, owned->bytes, &total);
  check(napi_wrap(env, object, owned.get(), finalize, nullptr, nullptr));
  owned.release();
  return object;
}

/** Whether two arrays have memory in common. */
bool overlap(Numbers<float> a, Numbers<float> b) {
  return a.data && b.data && a.data < b.data + b.length && b.data < a.data + a.length;
}

// threads(count)
napi_value setThreads(const Arguments& args) {
  threads().setCount(int(std::min<int64_t>(args.integer(0, "threads", 1), 256)));
  return nullptr;
}

// matrix(values, inputs, outputs, transposed, scales | null): packs a matrix of weights
napi_value makeMatrix(const Arguments& args) {
  void* data;
  size_t length;
  const auto type = args.array(0, &data, &length);
  const int64_t inputs = args.integer(1, "inputs", 1), outputs = args.integer(2, "outputs", 1);
  const bool transposed = args.boolean(3);
  const auto scales = args.numbersOrNull<float>(4);
  if (inputs > int64_t(length)) fail("values: there are fewer than inputs");
  expect("values", length, inputs * outputs);
  if (scales.data) expect("scales", scales.length, outputs);
  auto owned = std::make_unique<Owned>();
  const auto pack = [&](auto& panels, auto* values) {
    using T = std::remove_pointer_t<decltype(values)>;
    panels = std::make_unique<Panels<T>>(values, inputs, outputs, transposed, scales.data);
    owned->bytes = panels->count * kColumns * inputs * sizeof(T);
  };
  if (type == napi_float32_array) pack(owned->float32, static_cast<float*>(data));
  else if (type == napi_uint16_array) pack(owned->bfloat16, static_cast<uint16_t*>(data));
  else if (type == napi_int8_array) pack(owned->int8, static_cast<int8_t*>(data));
  else fail("values must be a Float32Array, a Uint16Array (bfloat16) or an Int8Array");
  return give(args.env, std::move(owned));
}

// column(out, matrix, output): the weights of one output
napi_value column(const Arguments& args) {
  const auto out = args.numbers<float>(0);
  const int64_t output = args.integer(2, "output", 0);
  args.owned(1).withMatrix([&](const auto& matrix) {
    expect("length of out", out.length, matrix.inputs);
    if (output >= matrix.outputs) fail("output " + std::to_string(output) + " is beyond the matrix");
    matrix.column(output, out.data);
  });
  return nullptr;
}

// linear(out, x, matrix, bias | null, gelu, residual | null)
napi_value linear(const Arguments& args) {
  const auto out = args.numbers<float>(0), x = args.numbers<float>(1);
  const auto bias = args.numbersOrNull<float>(3), residual = args.numbersOrNull<float>(5);
  const bool gelu = args.boolean(4);
  args.owned(2).withMatrix([&](const auto& matrix) {
    const int64_t rows = x.length / matrix.inputs;
    expect("length of x", x.length, rows * matrix.inputs);
    expect("length of out", out.length, rows * matrix.outputs);
    if (bias.data) expect("length of bias", bias.length, matrix.outputs);
    if (residual.data) expect("length of residual", residual.length, out.length);
    if (overlap(out, x) || overlap(out, bias)) fail("out shares memory with x or bias");
    if (overlap(out, residual) && out.data != residual.data) fail("out shares a part of residual's memory");
    if (rows) matrix.multiply(x.data, rows, out.data, {bias.data, gelu, residual.data});
  });
  return nullptr;
}

// layerNorm(out, x, scale, shift)
napi_value layerNorm(const Arguments& args) {
  const auto out = args.numbers<float>(0), x = args.numbers<float>(1);
  const auto scale = args.numbers<float>(2), shift = args.numbers<float>(3);
  if (!scale.length) fail("scale is empty");
  const int64_t rows = x.length / scale.length;
  expect("length of x", x.length, rows * scale.length);
  expect("length of shift", shift.length, scale.length);
  expect("length of out", out.length, x.length);
  if (overlap(out, x) || overlap(out, scale) || overlap(out, shift)) fail("out shares memory with an input");
  ::layerNorm(x.data, rows, scale.length, scale.data, shift.data, out.data);
  return nullptr;
}

// cache(layers, sequences, heads, size, tokens): an empty KV cache
napi_value makeCache(const Arguments& args) {
  auto owned = std::make_unique<Owned>();
  const int64_t layers = args.integer(0, "layers", 1), sequences = args.integer(1, "sequences", 1);
  const int64_t heads = args.integer(2, "heads", 1), size = args.integer(3, "size", 1);
  const int64_t tokens = args.integer(4, "tokens", 1);
  if (double(layers) * sequences * heads * size * tokens > 1e11) fail("the cache would be too large");
  owned->cache = std::make_unique<Cache>(layers, sequences, heads, size, tokens);
  const Cache& cache = *owned->cache;
  owned->bytes = 4 * layers * sequences * heads * cache.room * (size + cache.valuePanels * kColumns);
  return give(args.env, std::move(owned));
}

// attention(out, qkv, cache, layer, sequences, positions)
napi_value attention(const Arguments& args) {
  const auto out = args.numbers<float>(0), qkv = args.numbers<float>(1);
  const auto& cache = args.owned(2).cache;
  if (!cache) fail("the cache has been freed, or is not one");
  const int64_t layer = args.integer(3, "layer", 0);
  const auto sequences = args.numbers<int32_t>(4), positions = args.numbers<int32_t>(5);
  const int64_t rows = sequences.length, width = cache->heads * cache->size;
  if (layer >= cache->layers) fail("layer " + std::to_string(layer) + " is beyond the cache");
  expect("length of positions", positions.length, rows);
  expect("length of qkv", qkv.length, rows * 3 * width);
  expect("length of out", out.length, rows * width);
  if (overlap(out, qkv)) fail("out shares memory with qkv");
  for (int64_t row = 0; row < rows; row++) {
    if (sequences.data[row] < 0 || sequences.data[row] >= cache->sequences)
      fail("sequence " + std::to_string(sequences.data[row]) + " is not in the cache");
    if (positions.data[row] < 0 || positions.data[row] >= cache->tokens)
      fail("position " + std::to_string(positions.data[row]) + " is beyond the cache");
  }
  ::attention(qkv.data, rows, sequences.data, positions.data, *cache, layer, out.data);
  return nullptr;
}

// free(matrix or cache)
napi_value freeOwned(const Arguments& args) {
  release(args.env, args.owned(0));
  return nullptr;
}

template <napi_value (*function)(const Arguments&), size_t count>
napi_value call(napi_env env, napi_callback_info info) {
  try {
    return function(Arguments(env, info, count));
  } catch (const std::exception& error) {
    napi_throw_range_error(env, nullptr, error.what());
    return nullptr;
  }
}

}  // namespace

NAPI_MODULE_INIT() {
  const auto add = [&](const char* name, napi_callback function) {
    napi_value value;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
    napi_set_named_property(env, exports, name, value);
  };
  add("threads", call<setThreads, 1>);
  add("matrix", call<makeMatrix, 5>);
  add("column", call<column, 3>);
  add("linear", call<linear, 6>);
  add("layerNorm", call<layerNorm, 4>);
  add("cache", call<makeCache, 5>);
  add("attention", call<attention, 6>);
  add("free", call<freeOwned, 1>);
  return exports;
}
