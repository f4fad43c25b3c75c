#include "core/base/half.hpp"

#include <bit>
#include <cmath>

namespace goldilocks {

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

}  // namespace goldilocks
