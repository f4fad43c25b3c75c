#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace goldilocks::unique {

// The distinct values of a tensor, told apart by their bits: 0 and -0 are two. At most 256 are kept, in a hash table
// whose slots are probed one after the other; one pass over the values, which ends at the 257th distinct one.
class DistinctValues {
 public:
  // Nothing if there are more than 256.
  static std::optional<DistinctValues> of(std::span<const float> values);

  // In ascending order, -0 before 0. No value is NaN.
  const std::vector<float>& sorted() const { return sorted_; }

  // The position of a value in sorted(); it must be there.
  std::uint8_t code(float value) const;

 private:
  static constexpr std::size_t slots = 1024;  // four times the most that it holds, so that probes stay short

  DistinctValues() = default;
  std::size_t slot_of(std::uint32_t bits) const;

  std::array<std::uint32_t, slots> keys_{};
  std::array<std::uint8_t, slots> codes_{};
  std::array<bool, slots> used_{};
  std::vector<float> sorted_;
};

}  // namespace goldilocks::unique
