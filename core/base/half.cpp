// Single values first, in the plainest way; arrays below without branches, so that the compiler can make vectors of
// them.
//
// A half has 5 exponent bits with bias 15 and 10 mantissa bits, a float 8 with bias 127 and 23. Moving a half's
// exponent and mantissa to a float's place (13 bits up) gives the number scaled by 2^(15 - 127), denormals included:
// one multiplication by 2^112 is exact and sets it right. Infinity and NaN come out as 65536 and more and get the
// float's highest exponent instead.
//
// Back, a normal number is rounded by adding just under half of the last place that stays (and one more where that
// place is odd, so that ties go to even) before the low 13 bits are cut; a carry into the exponent is right as it is. A
// number below 2^-14 becomes a denormal, a multiple of 2^-24: adding 0.5, whose last place is 2^-24, makes the
// processor round it there.
#include "core/base/half.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace goldilocks {
namespace {

static_assert(std::endian::native == std::endian::little, "halves are stored in little-endian order");

float widen(std::uint16_t half) {
  const std::uint32_t magnitude = (half & 0x7FFFU) << 13;
  const std::uint32_t sign = (half & 0x8000U) << 16;
  const auto scaled = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112F);
  const std::uint32_t beyond = magnitude >= (0x1FU << 23) ? 0x7F800000U : 0U;
  return std::bit_cast<float>(scaled | beyond | sign);
}

std::uint16_t narrow(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  const std::uint32_t normal = (magnitude - (112U << 23) + 0x0FFFU + ((magnitude >> 13) & 1U)) >> 13;
  const std::uint32_t denormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - std::bit_cast<std::uint32_t>(0.5F);
  const std::uint32_t finite = magnitude < (113U << 23) ? denormal : normal;
  return static_cast<std::uint16_t>((magnitude == 0x7F800000U ? 0x7C00U : finite) | sign);
}

}  // namespace

// A half is sign (1 bit), exponent (5, bias 15), fraction (10). The value is scaled so that the half's last place is
// one, which makes rounding an integer rounding; std::nearbyint rounds half to even in the default mode.
std::uint16_t half_from_double(double value) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000U : 0U);
  if (std::isnan(value)) return sign | 0x7E00U;
  const double magnitude = std::fabs(value);
  if (magnitude == 0) return sign;
  if (magnitude >= 65520.0) return sign | 0x7C00U;
  int exponent = 0;
  std::frexp(magnitude, &exponent);                              // magnitude = m * 2^exponent, m in [0.5, 1)
  const int last_place = exponent <= -14 ? -24 : exponent - 11;  // power of two of the last place
  const auto units = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(magnitude, -last_place)));
  // Adding the exponent field lets a carry of the rounding move into it by itself.
  const std::uint32_t field = exponent <= -14 ? 0U : static_cast<std::uint32_t>(exponent + 13);
  return static_cast<std::uint16_t>(sign | ((field << 10U) + units));
}

std::uint16_t half_from_float(float value) { return half_from_double(static_cast<double>(value)); }

float float_from_half(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000U) << 16U;
  const std::uint32_t exponent = (bits >> 10U) & 0x1FU;
  const std::uint32_t fraction = bits & 0x3FFU;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000U | (fraction << 13U));
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | ((exponent + 112U) << 23U) | (fraction << 13U));
}

void widen_halves(std::string_view halves, std::span<float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, halves.data() + 2 * i, sizeof half);
    values[i] = widen(half);
  }
}

std::string narrow_to_halves(std::span<const float> values) {
  std::string halves(2 * values.size(), '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t half = narrow(values[i]);
    std::memcpy(halves.data() + 2 * i, &half, sizeof half);
  }
  return halves;
}

std::size_t first_beyond(std::span<const float> values, float limit) {
  // The bits of magnitudes are ordered like the numbers, with NaN above all. Blocks first, the place only on a hit.
  const auto bound = std::bit_cast<std::uint32_t>(limit);
  constexpr std::size_t block = 4096;
  for (std::size_t begin = 0; begin < values.size(); begin += block) {
    const std::span<const float> part = values.subspan(begin, std::min(block, values.size() - begin));
    std::uint32_t beyond = 0;
    for (const float value : part) {
      beyond |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(value) & 0x7FFFFFFFU) >= bound);
    }
    if (beyond == 0) continue;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if ((std::bit_cast<std::uint32_t>(part[i]) & 0x7FFFFFFFU) >= bound) return begin + i;
    }
  }
  return values.size();
}

void round_to_halves(std::span<float> values) {
  for (float& value : values) {
    const float magnitude = std::fabs(value);
    // Not so for NaN either.
    value = magnitude < float16_limit ? widen(narrow(value)) : float_from_half(half_from_float(value));
  }
}

}  // namespace goldilocks
