#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "distinct_points.hpp"

namespace goldilocks::kmeans {

// How often each float16 number occurs among values that all are such numbers: at most 65,536 counters take the place
// of a sort, and as many codes that of a search for each value. The results are those of distinct_points() and
// assign_codes(), byte for byte.
class HalfCounts {
 public:
  // Nothing if there are too few values for it to pay, or one isn't a finite float16 number. Fewer than 2^31 values.
  static std::optional<HalfCounts> of(std::span<const float> values);

  DistinctPoints points() const;

 private:
  HalfCounts() = default;
  std::vector<std::int32_t> counts_;  // by the number's bits
};

// The code of each value: how many of the borders don't lie above it. All values are float16 numbers; borders ascend,
// at most 255.
void assign_half_codes(std::span<const float> values, std::span<const float> borders, std::span<std::uint8_t> codes);

}  // namespace goldilocks::kmeans
