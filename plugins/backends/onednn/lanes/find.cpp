#include "find.hpp"

namespace goldilocks::onednn {

bool has_lanes([[maybe_unused]] std::int64_t lanes) {
#ifdef __x86_64__
  if (lanes == 16) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  }
  return lanes == 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

}  // namespace goldilocks::onednn
