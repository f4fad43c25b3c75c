#pragma once

#include <immintrin.h>

#include <cstdint>

namespace goldilocks::onednn {

// Vectors of 16 float32, by AVX-512 (F, VL, DQ, BW): for code that is compiled for such processors alone.
// Addresses are aligned to a vector, but for prefetch(), which takes any at all and reads nothing. fma(a, b, c) is a *
// b + c; power_of_two() takes whole numbers from -126 to 127.
struct Lanes512 {
  using Vector = __m512;
  static constexpr std::int64_t width = 16;
  // Of the 32 registers, 28 hold the sums of a matrix product, 2 weights and 1 an input.
  static constexpr int block_tiles = 14;

  static Vector zero() { return _mm512_setzero_ps(); }
  static Vector load(const float* from) { return _mm512_load_ps(from); }
  static void store(float* to, Vector value) { _mm512_store_ps(to, value); }
  static void prefetch(const float* from) { _mm_prefetch(from, _MM_HINT_T0); }
  static Vector all(float value) { return _mm512_set1_ps(value); }
  static Vector add(Vector a, Vector b) { return _mm512_add_ps(a, b); }
  static Vector subtract(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
  static Vector multiply(Vector a, Vector b) { return _mm512_mul_ps(a, b); }
  static Vector minimum(Vector a, Vector b) { return _mm512_min_ps(a, b); }
  static Vector maximum(Vector a, Vector b) { return _mm512_max_ps(a, b); }
  static Vector divide(Vector a, Vector b) { return _mm512_div_ps(a, b); }
  static Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
  static Vector rounded(Vector a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Vector power_of_two(Vector exponent) { return _mm512_scalef_ps(_mm512_set1_ps(1.0F), exponent); }
};

}  // namespace goldilocks::onednn
