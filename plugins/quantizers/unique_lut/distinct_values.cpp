#include "distinct_values.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace goldilocks::unique {
namespace {

constexpr std::size_t most_values = 256;

}  // namespace

std::size_t DistinctValues::slot_of(std::uint32_t bits) const {
  // Fibonacci hashing: the multiplier is 2^32 divided by the golden ratio, and the product's top bits are its best.
  std::size_t slot = (bits * 2654435769U) >> 22U;
  while (used_[slot] && keys_[slot] != bits) slot = (slot + 1) % slots;
  return slot;
}

std::optional<DistinctValues> DistinctValues::of(std::span<const float> values) {
  DistinctValues distinct;
  for (const float value : values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::size_t slot = distinct.slot_of(bits);
    if (distinct.used_[slot]) continue;
    if (distinct.sorted_.size() == most_values) return std::nullopt;
    distinct.used_[slot] = true;
    distinct.keys_[slot] = bits;
    distinct.sorted_.push_back(value);
  }
  std::ranges::sort(distinct.sorted_,
                    [](float a, float b) { return a < b || (a == b && std::signbit(a) && !std::signbit(b)); });
  for (std::size_t i = 0; i < distinct.sorted_.size(); ++i) {
    distinct.codes_[distinct.slot_of(std::bit_cast<std::uint32_t>(distinct.sorted_[i]))] = static_cast<std::uint8_t>(i);
  }
  return distinct;
}

std::uint8_t DistinctValues::code(float value) const { return codes_[slot_of(std::bit_cast<std::uint32_t>(value))]; }

}  // namespace goldilocks::unique
