// All arithmetic is float64, as numpy does it on widened weights. To round a number of 0 to 255 half to even without a
// call per value, 2^52 is added: the sum's last place is the ones' place, and its lowest byte the code.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <string>

#include <goldilocks/affine.hpp>
#include <goldilocks/error.hpp>
#include <goldilocks/vectorize.hpp>

namespace goldilocks::affine {
namespace {

std::uint8_t rounded(double value) { return static_cast<std::uint8_t>(std::bit_cast<std::uint64_t>(value + 0x1p52)); }

GOLDILOCKS_VECTORIZE void multiply(const float* values, std::size_t count, double bias, double factor,
                                   std::uint8_t* codes) {
  for (std::size_t i = 0; i < count; ++i) codes[i] = rounded((static_cast<double>(values[i]) - bias) * factor);
}

GOLDILOCKS_VECTORIZE void divide(const float* values, std::size_t count, double bias, double scale,
                                 std::uint8_t* codes) {
  for (std::size_t i = 0; i < count; ++i) codes[i] = rounded((static_cast<double>(values[i]) - bias) / scale);
}

// The estimate by division may be off by one only where the value lies next to an entry, and then the comparison of
// that entry with its neighbour still picks the right one.
GOLDILOCKS_VECTORIZE void compare(const float* values, std::size_t count, double bias, double scale, std::int32_t last,
                                  std::uint8_t* codes) {
  const double factor = 1 / scale;
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<double>(values[i]);
    const auto steps = static_cast<std::int32_t>((value - bias) * factor);
    const std::int32_t lower = steps < last ? steps : last;
    const double to_lower = std::fabs(value - (static_cast<double>(lower) * scale + bias));
    const double to_upper = std::fabs(value - (static_cast<double>(lower + 1) * scale + bias));
    const std::int32_t nearest = lower + (to_upper < to_lower ? 1 : 0);
    codes[i] = static_cast<std::uint8_t>(nearest < last ? nearest : last);
  }
}

}  // namespace

Affine affine_of_range(const ValueRange& range, int bits) {
  const auto least = static_cast<double>(range.least);
  return {(static_cast<double>(range.largest) - least) / ((1 << bits) - 1), least};
}

Affine affine_of_half_open_range(const ValueRange& range, int bits) {
  const auto least = static_cast<double>(range.least);
  return {(static_cast<double>(range.largest) - least) / (1 << bits), least};
}

Affine symmetric_affine(const ValueRange& range, int bits) {
  const double reach =
      std::max(std::fabs(static_cast<double>(range.least)), std::fabs(static_cast<double>(range.largest)));
  const int middle = 1 << (bits - 1);
  const double scale = reach / (middle - 1);
  return {scale, -middle * scale};
}

void multiplied_codes(std::span<const float> values, const Affine& affine, std::span<std::uint8_t> codes) {
  const double factor = std::fabs(affine.scale) <= smallest_scale ? 0.0 : 1 / affine.scale;
  multiply(values.data(), values.size(), affine.bias, factor, codes.data());
}

void divided_codes(std::span<const float> values, const Affine& affine, std::span<std::uint8_t> codes) {
  if (std::fabs(affine.scale) <= smallest_scale) {
    std::fill(codes.begin(), codes.end(), std::uint8_t{0});
    return;
  }
  divide(values.data(), values.size(), affine.bias, affine.scale, codes.data());
}

void nearest_codes(std::span<const float> values, const Affine& affine, int largest_code,
                   std::span<std::uint8_t> codes) {
  if (affine.scale == 0) {
    std::fill(codes.begin(), codes.end(), std::uint8_t{0});
    return;
  }
  compare(values.data(), values.size(), affine.bias, affine.scale, largest_code, codes.data());
}

float to_float32(double value, const char* what) {
  const auto narrow = static_cast<float>(value);
  if (!std::isfinite(narrow)) {
    throw BadData("the weights spread too far: the " + std::string(what) + " " + std::to_string(value) +
                  " is beyond float32");
  }
  return narrow;
}

}  // namespace goldilocks::affine
