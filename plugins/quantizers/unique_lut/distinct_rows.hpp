#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace goldilocks::unique {

// The distinct rows of `length` values each, told apart as numbers: 0 and -0 are one, and the first of equals stands
// for all.
struct DistinctRows {
  std::vector<float> table;         // row by row, in lexicographic order
  std::vector<std::uint8_t> codes;  // of each row

  // Nothing if there are more than 256. No value is NaN.
  static std::optional<DistinctRows> of(std::span<const float> rows, std::size_t length);
};

}  // namespace goldilocks::unique
