// Winograd's method with vectors of 16 float32. Compiled for AVX-512; called only where the processor has it.
#include <immintrin.h>

#include "kernel.hpp"

namespace goldilocks::onednn::winograd {
namespace {

// Of the 32 registers, 28 hold sums, 2 weights and 1 an input.
struct Lanes512 {
  using Vector = __m512;
  static constexpr std::int64_t width = 16;
  static constexpr int block_tiles = 14;

  static Vector zero() { return _mm512_setzero_ps(); }
  static Vector load(const float* from) { return _mm512_load_ps(from); }
  static void store(float* to, Vector value) { _mm512_store_ps(to, value); }
  static Vector all(float value) { return _mm512_set1_ps(value); }
  static Vector add(Vector a, Vector b) { return _mm512_add_ps(a, b); }
  static Vector subtract(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
  static Vector multiply(Vector a, Vector b) { return _mm512_mul_ps(a, b); }
  static Vector minimum(Vector a, Vector b) { return _mm512_min_ps(a, b); }
  static Vector maximum(Vector a, Vector b) { return _mm512_max_ps(a, b); }
  static Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
};

}  // namespace

void run_avx512(const Shape& shape, const Call& call) { Kernel<Lanes512>::run(shape, call); }

}  // namespace goldilocks::onednn::winograd
