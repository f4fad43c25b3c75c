#pragma once

#include <immintrin.h>

#include <cstdint>

namespace goldilocks::onednn {

// Vectors of 8 float32, by AVX2 and FMA: for code that is compiled for such processors alone.
// Addresses are aligned to a vector, but for prefetch(), which takes any at all and reads nothing. fma(a, b, c) is a *
// b + c; power_of_two() takes whole numbers from -126 to 127.
struct Lanes256 {
  using Vector = __m256;
  static constexpr std::int64_t width = 8;
  // Of the 16 registers, 12 hold the sums of a matrix product, 2 weights and 1 an input.
  static constexpr int block_tiles = 6;

  static Vector zero() { return _mm256_setzero_ps(); }
  static Vector load(const float* from) { return _mm256_load_ps(from); }
  static void store(float* to, Vector value) { _mm256_store_ps(to, value); }
  static void prefetch(const float* from) { _mm_prefetch(from, _MM_HINT_T0); }
  static Vector all(float value) { return _mm256_set1_ps(value); }
  static Vector add(Vector a, Vector b) { return _mm256_add_ps(a, b); }
  static Vector subtract(Vector a, Vector b) { return _mm256_sub_ps(a, b); }
  static Vector multiply(Vector a, Vector b) { return _mm256_mul_ps(a, b); }
  static Vector minimum(Vector a, Vector b) { return _mm256_min_ps(a, b); }
  static Vector maximum(Vector a, Vector b) { return _mm256_max_ps(a, b); }
  static Vector divide(Vector a, Vector b) { return _mm256_div_ps(a, b); }
  static Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
  static Vector rounded(Vector a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Vector power_of_two(Vector exponent) {
    const __m256i biased = _mm256_add_epi32(_mm256_cvtps_epi32(exponent), _mm256_set1_epi32(127));
    return _mm256_castsi256_ps(_mm256_slli_epi32(biased, 23));
  }
};

}  // namespace goldilocks::onednn
