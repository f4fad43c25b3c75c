#pragma once

#ifdef __SSE__
#include <xmmintrin.h>
#endif

namespace goldilocks::onednn {

// While it lives, the calling thread takes numbers below 1.2e-38 for zero, as operands and as results: processors need
// a hundred cycles and more for each of them, and networks fade out in such numbers. Zeros, infinities and NaN are as
// always. Not for code that may divide by such a number or take its logarithm.
class FlushDenormals {
 public:
#ifdef __SSE__
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | results_and_operands); }
  // Exceptions that came up stay noted, as they would be without it.
  ~FlushDenormals() { _mm_setcsr(_mm_getcsr() & ~(results_and_operands & ~before_)); }
#else
  FlushDenormals() = default;
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

#ifdef __SSE__
 private:
  static constexpr unsigned results_and_operands = 0x8040;
  unsigned before_;
#endif
};

}  // namespace goldilocks::onednn
