// Conversions without branches, so that the compiler can make vectors of them.
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
#include "core/weights/half_arrays.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace goldilocks::model {
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

}  // namespace goldilocks::model
