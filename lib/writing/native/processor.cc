// Says for which of its levels this processor can run what is compiled. It is itself compiled for any.
#include <node_api.h>

static const char* level() {
#if defined(__x86_64__)
  const auto has = [](bool a, bool b, bool c) { return a && b && c; };
  if (has(__builtin_cpu_supports("avx512f"), __builtin_cpu_supports("avx512bw"), __builtin_cpu_supports("avx512vl")) &&
      has(__builtin_cpu_supports("avx512dq"), __builtin_cpu_supports("avx512cd"), __builtin_cpu_supports("fma")))
    return "x86-64-v4";
  if (has(__builtin_cpu_supports("avx2"), __builtin_cpu_supports("fma"), __builtin_cpu_supports("bmi2")))
    return "x86-64-v3";
  if (has(__builtin_cpu_supports("sse4.2"), __builtin_cpu_supports("ssse3"), __builtin_cpu_supports("popcnt")))
    return "x86-64-v2";
  return "";
#elif defined(__aarch64__)
  return "arm64";
#else
  return "";
#endif
}

NAPI_MODULE_INIT() {
  napi_value name;
  napi_create_string_utf8(env, level(), NAPI_AUTO_LENGTH, &name);
  napi_set_named_property(env, exports, "level", name);
  return exports;
}
