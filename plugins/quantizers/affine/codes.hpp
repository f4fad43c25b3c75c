#pragma once

#include <cstdint>
#include <span>

#include "channels.hpp"

namespace goldilocks::affine {

// A step of this size or less is taken for none: all codes are 0, as in the reference implementation.
inline constexpr double smallest_scale = 1e-6;

// What a code stands for: code * scale + bias, in float64.
struct Affine {
  double scale = 0;
  double bias = 0;
};

// 2^bits evenly spaced values, the first and the last at the range's ends.
Affine affine_of_range(const ValueRange& range, int bits);

// 2^bits evenly spaced values from the range's least one on; one step more would be the largest.
Affine affine_of_half_open_range(const ValueRange& range, int bits);

// 2^bits evenly spaced values of which the middle one, code 2^(bits - 1), is exactly 0, and which reach beyond both
// ends of the range. bits >= 2.
Affine symmetric_affine(const ValueRange& range, int bits);

// The two ways in which the reference implementation rounds to codes, half to even; they differ in the last bit of the
// quotient. `codes` is as long as `values`. Values must lie within the range that the affine was made from.
//   multiplied: round((value - bias) * (1 / scale))
//   divided:    round((value - bias) / scale)
void multiplied_codes(std::span<const float> values, const Affine& affine, std::span<std::uint8_t> codes);
void divided_codes(std::span<const float> values, const Affine& affine, std::span<std::uint8_t> codes);

// The nearest of the values i * scale + bias, i in 0..largest_code, in float64; the lower one where two are equally
// near. Values must not lie below bias.
void nearest_codes(std::span<const float> values, const Affine& affine, int largest_code,
                   std::span<std::uint8_t> codes);

// The nearest float32. Throws BadData that names `what` where it would be infinite.
float to_float32(double value, const char* what);

}  // namespace goldilocks::affine
