#pragma once

#include <cstdint>

namespace goldilocks::onednn {

// Whether code for vectors was compiled at all.
#ifdef __x86_64__
inline constexpr bool has_vector_code = true;
#else
inline constexpr bool has_vector_code = false;
#endif

// Whether there is code for vectors of this many float32, and the processor has what it needs: for 16 AVX-512 (F, VL,
// DQ, BW), for 8 AVX2 and FMA. Any thread.
bool has_lanes(std::int64_t lanes);

}  // namespace goldilocks::onednn
