#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace goldilocks::onednn {

// Whether no value is infinite or NaN: whether no exponent has all its bits set. Without a branch, so that it runs at
// the speed of memory.
inline bool all_finite(std::span<const float> values) {
  constexpr std::uint32_t exponent = 0x7F800000;
  std::uint32_t found = 0;
  for (const float value : values) {
    found |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(value) & exponent) == exponent);
  }
  return found == 0;
}

}  // namespace goldilocks::onednn
