#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace goldilocks::affine {

// Operations whose results are rounded to a type. Written so that compilers turn loops over them into vector code.
struct InFloat32 {
  static float rounded(float value) { return value; }
};

// To round to the 11 binary digits of a half, a power of two is added that is 2^13 times the value's own: what the sum
// keeps are those digits, rounded half to even. Below 2^-14 halves have fewer digits, so the power stays that of 2^-14.
struct InFloat16 {
  static float rounded(float value) {
    constexpr std::uint32_t one = 1U << 23U;  // of the exponent
    constexpr std::uint32_t least = 113 * one;
    constexpr std::uint32_t most = 200 * one;
    const auto bits = std::bit_cast<std::uint32_t>(value);
    std::uint32_t exponent = bits & 0x7F800000U;
    exponent = exponent < least ? least : exponent;
    exponent = exponent > most ? most : exponent;
    const auto magic = std::bit_cast<float>((exponent + 13 * one) | (bits & 0x80000000U));
    const float result = (value + magic) - magic;
    const float infinite = value < 0 ? -std::numeric_limits<float>::infinity() : std::numeric_limits<float>::infinity();
    const bool overflows = result >= 65536.0F || result <= -65536.0F;
    return overflows ? infinite : result;
  }
};

// The nearest whole number, ties to even, of one below 2^22 in magnitude; an infinite one and what is no number stay.
inline float nearest_whole(float value) {
  constexpr float magic = 12582912.0F;  // 1.5 * 2^23: the sum's last place is the ones' place
  const float whole = (value + magic) - magic;
  return value < 4194304.0F && value > -4194304.0F ? whole : value;
}

}  // namespace goldilocks::affine
