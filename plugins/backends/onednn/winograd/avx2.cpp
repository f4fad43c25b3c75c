// Winograd's method with vectors of 8 float32. Compiled for AVX2 with FMA; called only where the processor has both.
#include <immintrin.h>

#include "kernel.hpp"

namespace goldilocks::onednn::winograd {
namespace {

// Of the 16 registers, 12 hold sums, 2 weights and 1 an input.
struct Lanes256 {
  using Vector = __m256;
  static constexpr std::int64_t width = 8;
  static constexpr int block_tiles = 6;

  static Vector zero() { return _mm256_setzero_ps(); }
  static Vector load(const float* from) { return _mm256_load_ps(from); }
  static void store(float* to, Vector value) { _mm256_store_ps(to, value); }
  static Vector all(float value) { return _mm256_set1_ps(value); }
  static Vector add(Vector a, Vector b) { return _mm256_add_ps(a, b); }
  static Vector subtract(Vector a, Vector b) { return _mm256_sub_ps(a, b); }
  static Vector multiply(Vector a, Vector b) { return _mm256_mul_ps(a, b); }
  static Vector minimum(Vector a, Vector b) { return _mm256_min_ps(a, b); }
  static Vector maximum(Vector a, Vector b) { return _mm256_max_ps(a, b); }
  static Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
};

}  // namespace

void run_avx2(const Shape& shape, const Call& call) { Kernel<Lanes256>::run(shape, call); }

}  // namespace goldilocks::onednn::winograd
